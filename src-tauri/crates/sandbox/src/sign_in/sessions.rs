//! When a session is alive, and the cookie that carries it.

use http::HeaderMap;
use http::header::COOKIE;
use rusqlite::Connection;

use super::state::SignIn;
use super::tables::{self, Session};
use super::tokens;
use crate::people::Person;

/// Carries the single sign-on session.
pub(super) const IDENTITY: &str = "KEYCLOAK_IDENTITY";
/// Ties a login form to a browser.
pub(super) const BROWSER: &str = "AUTH_SESSION_ID";

/// Returns the session of this id if it is active. A session whose time has passed is ended for good.
pub(super) fn active(sign_in: &SignIn, db: &Connection, id: &str) -> rusqlite::Result<Option<Session>> {
    let Some(session) = tables::session(db, id)? else {
        return Ok(None);
    };
    if sign_in.is_active(&session) {
        return Ok(Some(session));
    }
    tables::end_session(db, id)?;
    Ok(None)
}

/// Returns the active session of the browser that sent `headers`.
pub(super) fn of_browser(sign_in: &SignIn, headers: &HeaderMap) -> rusqlite::Result<Option<Session>> {
    let Some(id) = cookie(headers, IDENTITY).and_then(|value| tokens::read_identity(sign_in, value)) else {
        return Ok(None);
    };
    sign_in.realm.db.with(|db| active(sign_in, db, &id))
}

/// Returns the person whose single sign-on session the browser that sent `headers` has, if the account is enabled.
pub(super) fn person_of(sign_in: &SignIn, session: &Session) -> Option<Person> {
    sign_in.realm.people.by_username(&session.username).filter(|person| person.enabled)
}

/// Returns the value of a cookie that was sent.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// Returns a `Set-Cookie` for the realm. Keycloak adds `Secure; SameSite=None`; here the address is plain http on
/// loopback, where most HTTP clients would not send such a cookie back.
pub(super) fn set_cookie(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/realms/tdr/; HttpOnly; SameSite=Lax")
}

/// Returns a `Set-Cookie` that takes a cookie away.
pub(super) fn clear_cookie(name: &str) -> String {
    format!("{name}=; Path=/realms/tdr/; HttpOnly; SameSite=Lax; Max-Age=0")
}
