//! When a session is alive, and the cookie that carries it.

use http::HeaderMap;
use http::header::COOKIE;
use rusqlite::Connection;

use super::tables::{self, Session};
use super::tokens;
use crate::people::Person;
use crate::state::Shared;

/// Carries the single sign-on session.
pub(super) const IDENTITY: &str = "KEYCLOAK_IDENTITY";
/// Ties a login form to a browser.
pub(super) const BROWSER: &str = "AUTH_SESSION_ID";

impl Session {
    /// Neither idle for too long nor older than allowed.
    pub(super) fn is_active(&self, shared: &Shared) -> bool {
        let now = shared.clock.epoch_seconds();
        now < self.last_refresh + i64::from(shared.options.session_idle_seconds) && now < self.end(shared)
    }

    /// When the session ends whatever happens, in seconds since 1970.
    pub(super) fn end(&self, shared: &Shared) -> i64 {
        self.auth_time + i64::from(shared.options.session_max_seconds)
    }
}

/// The session of this id if it is active. One whose time has passed is ended for good.
pub(super) fn active(shared: &Shared, db: &Connection, id: &str) -> rusqlite::Result<Option<Session>> {
    let Some(session) = tables::session(db, id)? else {
        return Ok(None);
    };
    if session.is_active(shared) {
        return Ok(Some(session));
    }
    tables::end_session(db, id)?;
    Ok(None)
}

/// The active session of the browser that sent `headers`.
pub(super) fn of_browser(shared: &Shared, headers: &HeaderMap) -> rusqlite::Result<Option<Session>> {
    let Some(id) = cookie(headers, IDENTITY).and_then(|value| tokens::read_identity(shared, value)) else {
        return Ok(None);
    };
    shared.db.with(|db| active(shared, db, &id))
}

/// The person whose single sign-on session the browser that sent `headers` has, if the account is enabled.
pub(super) fn person_of(shared: &Shared, session: &Session) -> Option<Person> {
    shared.people.by_username(&session.username).filter(|person| person.enabled)
}

/// The value of a cookie that was sent.
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

/// A `Set-Cookie` for the realm. Keycloak adds `Secure; SameSite=None`; here the address is plain http on loopback, where
/// most HTTP clients would not send such a cookie back.
pub(super) fn set_cookie(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/realms/tdr/; HttpOnly; SameSite=Lax")
}

/// A `Set-Cookie` that takes a cookie away.
pub(super) fn clear_cookie(name: &str) -> String {
    format!("{name}=; Path=/realms/tdr/; HttpOnly; SameSite=Lax; Max-Age=0")
}
