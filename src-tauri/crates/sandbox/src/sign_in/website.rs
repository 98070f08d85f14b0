//! What the website needs to sign a person in: it is a client (`tdr`) of the realm like any other, with a session
//! cookie of its own. It sends the browser to [`website_login_url`], is called back at `/callback?code=..&state=..` on
//! its own address, and exchanges both there. Who already has a single sign-on session never sees a form.

use rusqlite::OptionalExtension as _;

use super::grants::{Presented, redeem};
use super::state::SignIn;
use super::{clients, newcomers};
use crate::people::Person;
use crate::random;

/// Returns where the website sends a browser that has no session with it; `return_to` is a path on the website.
pub(crate) fn website_login_url(sign_in: &SignIn, return_to: &str) -> String {
    let state = random::token(16);
    let kept =
        sign_in.realm.db.with(|db| db.execute("insert into website_logins values (?1, ?2)", [&state, return_to]));
    if let Err(error) = kept {
        tracing::error!(%error, "the website's login could not be noted");
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", clients::WEBSITE)
        .append_pair("redirect_uri", &sign_in.website_callback())
        .append_pair("scope", "openid")
        .append_pair("state", &state)
        .finish();
    match &sign_in.elsewhere {
        Some(elsewhere) => format!("{}?{query}", elsewhere.authorization_endpoint()),
        None => format!("{}/protocol/openid-connect/auth?{query}", sign_in.issuer()),
    }
}

/// Exchanges the `code` of the website's callback for the person who signed in. Works once.
pub(crate) async fn website_redeem(sign_in: &SignIn, code: &str) -> Option<Person> {
    if sign_in.elsewhere.is_some() {
        return newcomers::redeem(sign_in, code).await;
    }
    let client = clients::find(sign_in, clients::WEBSITE)?;
    let callback = sign_in.website_callback();
    let presented = Presented { client: &client, code, redirect_uri: &callback, verifier: None };
    redeem(sign_in, &presented).ok().map(|(_, person, _)| person)
}

/// Returns the `return_to` that belongs to the `state` of the website's callback; `None` for a state the website never
/// gave out, which is to be refused. Works once.
pub(crate) fn website_return_to(sign_in: &SignIn, state: &str) -> Option<String> {
    let found = sign_in.realm.db.with(|db| {
        db.query_row("delete from website_logins where state = ?1 returning return_to", [state], |row| row.get(0))
            .optional()
    });
    found.unwrap_or_else(|error| {
        tracing::error!(%error, "the website's login could not be read");
        None
    })
}
