//! The website's own session: a cookie that says who signed in, kept in the database.
//!
//! As in TDR a bearer token is of no use here, and this session lives on when the one at the sign-in address ends.

use http::{HeaderMap, header};
use rusqlite::{OptionalExtension as _, params};
use uuid::Uuid;

use crate::db::Db;
use crate::people::Person;
use crate::random;
use crate::realm::Realm;

/// The cookie's name (Play's default).
const COOKIE: &str = "PLAY_SESSION";
/// Life of a session in seconds; TDR ends its sessions after 180 minutes.
const LIFE_SECONDS: i64 = 180 * 60;

/// Makes the table if it is missing.
pub(super) fn prepare(db: &Db) -> rusqlite::Result<()> {
    db.with(|db| {
        db.execute_batch(
            "create table if not exists website_sessions (token text primary key, user_id text not null, ends integer not null) strict",
        )
    })
}

/// Starts a session and returns the value of its `Set-Cookie` header.
pub(super) fn begin(realm: &Realm, person: &Person) -> rusqlite::Result<String> {
    let token = random::token(32);
    let now = realm.clock.epoch_seconds();
    realm.db.with(|db| {
        db.execute("delete from website_sessions where ends <= ?1", [now])?;
        db.execute(
            "insert into website_sessions (token, user_id, ends) values (?1, ?2, ?3)",
            params![token, person.user_id.to_string(), now + LIFE_SECONDS],
        )
    })?;
    Ok(format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax"))
}

/// Returns the person whose session the request carries.
pub(super) fn person(realm: &Realm, headers: &HeaderMap) -> Option<Person> {
    let token = cookie(headers)?;
    let now = realm.clock.epoch_seconds();
    let found = realm.db.with(|db| {
        db.query_row(
            "select user_id from website_sessions where token = ?1 and ends > ?2",
            params![token, now],
            |row| row.get::<_, String>(0),
        )
        .optional()
    });
    let user = found.unwrap_or_else(|error| {
        tracing::error!(%error, "the website's sessions could not be read");
        None
    })?;
    realm.people.by_user_id(Uuid::parse_str(&user).ok()?)
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value.to_owned())
}
