//! What the website needs to sign somebody in: it is a client (`tdr`) of the realm like any other, with a session cookie of
//! its own. It sends the browser to [`website_login_url`], is called back at `/callback?code=..&state=..` on its own
//! address, and exchanges both there. Who already has a single sign-on session never sees a form.

use rusqlite::OptionalExtension as _;

use super::grants::{Presented, redeem};
use super::{clients, elsewhere};
use crate::people::Person;
use crate::random;
use crate::state::Shared;

/// Where the website sends a browser that has no session with it; `return_to` is a path on the website.
pub(crate) fn website_login_url(shared: &Shared, return_to: &str) -> String {
    let state = random::token(16);
    let kept = shared.db.with(|db| db.execute("insert into website_logins values (?1, ?2)", [&state, return_to]));
    if let Err(error) = kept {
        tracing::error!(%error, "the website's login could not be noted");
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", clients::WEBSITE)
        .append_pair("redirect_uri", &clients::website_callback(shared))
        .append_pair("scope", "openid")
        .append_pair("state", &state)
        .finish();
    match &shared.elsewhere {
        Some(elsewhere) => format!("{}?{query}", elsewhere.authorization_endpoint()),
        None => format!("{}/protocol/openid-connect/auth?{query}", shared.issuer()),
    }
}

/// Exchanges the `code` of the website's callback for the person who signed in. Works once.
pub(crate) async fn website_redeem(shared: &Shared, code: &str) -> Option<Person> {
    if let Some(elsewhere) = &shared.elsewhere {
        return elsewhere::redeem(shared, elsewhere, code).await;
    }
    let client = clients::find(shared, clients::WEBSITE)?;
    let callback = clients::website_callback(shared);
    let presented = Presented { client: &client, code, redirect_uri: &callback, verifier: None };
    redeem(shared, &presented).ok().map(|(_, person, _)| person)
}

/// The `return_to` that belongs to the `state` of the website's callback; `None` for a state the website never gave out,
/// which is to be refused. Works once.
pub(crate) fn website_return_to(shared: &Shared, state: &str) -> Option<String> {
    let found = shared.db.with(|db| {
        db.query_row("delete from website_logins where state = ?1 returning return_to", [state], |row| row.get(0))
            .optional()
    });
    found.unwrap_or_else(|error| {
        tracing::error!(%error, "the website's login could not be read");
        None
    })
}
