//! People who sign in elsewhere: unknown users are added when their first token arrives, and get sample consignments.

use serde_json::Value;

use super::state::SignIn;
use super::{clients, tokens};
use crate::people::Person;

/// Gets ready to verify a token: fetches its key and adds its bearer if either is unknown. Does nothing if people sign
/// in at the sandbox's own realm.
pub(crate) async fn expect_token(sign_in: &SignIn, token: &str) {
    let Some(elsewhere) = &sign_in.elsewhere else { return };
    elsewhere.look_for_key_of(token).await;
    if let Err(error) = add(sign_in, token) {
        tracing::error!(%error, "a new user could not be added");
    }
}

/// Returns the person that the website's `code` stands for; `None` if the realm elsewhere rejects it.
pub(super) async fn redeem(sign_in: &SignIn, code: &str) -> Option<Person> {
    let callback = sign_in.website_callback();
    let token = sign_in.elsewhere.as_ref()?.exchange(clients::WEBSITE, &callback, code).await?;
    expect_token(sign_in, &token).await;
    let bearer = tokens::verify_access(sign_in, &token).ok()?;
    sign_in.realm.people.by_user_id(bearer.user_id)
}

/// Adds the bearer of a valid token, if unknown.
fn add(sign_in: &SignIn, token: &str) -> rusqlite::Result<()> {
    let (Ok(bearer), Some(claims)) = (tokens::verify_access(sign_in, token), tokens::read_signed(sign_in, token))
    else {
        return Ok(());
    };
    if sign_in.realm.people.by_user_id(bearer.user_id).is_some() {
        return Ok(());
    }
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let person = Person {
        user_id: bearer.user_id,
        username: text("preferred_username"),
        password: String::new(),
        name: text("name"),
        email: text("email"),
        body_code: bearer.body,
        standard_user: bearer.standard_user,
        judgment_user: bearer.judgment_user,
        enabled: true,
    };
    sign_in.realm.people.adopt(&person)?;
    sign_in.seeds.seed_for(&person)
}
