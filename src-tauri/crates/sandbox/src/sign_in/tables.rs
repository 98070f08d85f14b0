//! What sign-in keeps: sessions, the clients attached to them, codes, login forms not yet filled in.
//!
//! A session that has ended is a row that is gone. All of it is committed before a reply leaves, so a sandbox that is
//! killed comes back with everybody signed in as before.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::random;

/// Seconds a code may wait to be exchanged (Keycloak's default).
const CODE_SECONDS: i64 = 60;
/// Seconds a login form may wait to be filled in (Keycloak's default).
pub(super) const LOGIN_SECONDS: i64 = 1_800;

pub(super) fn create(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "create table if not exists sign_in_sessions (
            id text primary key, username text not null, auth_time integer not null, last_refresh integer not null) strict;
        create table if not exists sign_in_client_sessions (
            session_id text not null references sign_in_sessions (id) on delete cascade, client_id text not null,
            issued integer not null default 0, last_used integer, uses integer not null default 0,
            primary key (session_id, client_id)) strict;
        create table if not exists sign_in_codes (
            id text primary key, session_id text not null, expires_at integer not null, is_used integer not null default 0,
            request text not null) strict;
        create table if not exists sign_in_forms (
            tab_id text primary key, browser text not null, session_code text not null, made_at integer not null,
            request text not null) strict;
        create table if not exists sign_in_consents (
            username text not null, client_id text not null, primary key (username, client_id)) strict;
        create table if not exists sign_in_revoked (token_id text primary key) strict;
        create table if not exists website_logins (state text primary key, return_to text not null) strict;",
    )
}

/// What a client asked for at the authorisation endpoint, once it has been checked.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub(super) struct AuthRequest {
    pub client_id: String,
    pub redirect_uri: String,
    pub scope: String,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub challenge: Option<Challenge>,
    pub response_mode: ResponseMode,
}

/// A code challenge of RFC 7636.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Challenge {
    /// The verifier itself.
    Plain(String),
    /// Its SHA-256 in base64url.
    S256(String),
}

/// Where the answer is in the redirect.
#[derive(Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum ResponseMode {
    Query,
    Fragment,
}

/// A single sign-on session.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Session {
    pub id: String,
    pub username: String,
    /// When the password was typed, in seconds since 1970.
    pub auth_time: i64,
    /// The last login or refresh, in seconds since 1970.
    pub last_refresh: i64,
}

fn read_session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: row.get("id")?,
        username: row.get("username")?,
        auth_time: row.get("auth_time")?,
        last_refresh: row.get("last_refresh")?,
    })
}

/// Returns the session of this id, whether or not its time has passed.
pub(super) fn session(db: &Connection, id: &str) -> rusqlite::Result<Option<Session>> {
    db.prepare_cached("select * from sign_in_sessions where id = ?1")?.query_row([id], read_session).optional()
}

pub(super) fn start_session(db: &Connection, username: &str, now: i64) -> rusqlite::Result<Session> {
    let session = Session {
        id: uuid::Uuid::new_v4().to_string(),
        username: username.to_owned(),
        auth_time: now,
        last_refresh: now,
    };
    db.execute("insert into sign_in_sessions values (?1, ?2, ?3, ?3)", params![session.id, session.username, now])?;
    Ok(session)
}

/// Records that a session was used; `authenticated` if the password was typed again.
pub(super) fn touch_session(db: &Connection, id: &str, now: i64, authenticated: bool) -> rusqlite::Result<()> {
    db.execute(
        "update sign_in_sessions set last_refresh = ?2, auth_time = iif(?3, ?2, auth_time) where id = ?1",
        params![id, now, authenticated],
    )?;
    Ok(())
}

pub(super) fn end_session(db: &Connection, id: &str) -> rusqlite::Result<()> {
    db.execute("delete from sign_in_sessions where id = ?1", [id])?;
    Ok(())
}

/// Ends every session of a person and returns how many there were.
pub(super) fn end_sessions_of(db: &Connection, username: &str) -> rusqlite::Result<usize> {
    db.execute("delete from sign_in_sessions where username = ?1", [username])
}

/// A client's part of a session, with what rotation needs to know. Refresh tokens are numbered as they are issued.
pub(super) struct ClientSession {
    /// Number of the last refresh token that was used.
    pub last_used: Option<i64>,
    /// How often that one was used.
    pub uses: i64,
}

pub(super) fn client_session(
    db: &Connection,
    session_id: &str,
    client_id: &str,
) -> rusqlite::Result<Option<ClientSession>> {
    db.prepare_cached("select last_used, uses from sign_in_client_sessions where session_id = ?1 and client_id = ?2")?
        .query_row([session_id, client_id], |row| Ok(ClientSession { last_used: row.get(0)?, uses: row.get(1)? }))
        .optional()
}

pub(super) fn attach_client(db: &Connection, session_id: &str, client_id: &str) -> rusqlite::Result<()> {
    db.execute(
        "insert into sign_in_client_sessions (session_id, client_id) values (?1, ?2) on conflict do nothing",
        [session_id, client_id],
    )?;
    Ok(())
}

/// Detaches a client from a session: its refresh tokens become invalid, the session continues.
pub(super) fn detach_client(db: &Connection, session_id: &str, client_id: &str) -> rusqlite::Result<()> {
    db.execute(
        "delete from sign_in_client_sessions where session_id = ?1 and client_id = ?2",
        [session_id, client_id],
    )?;
    Ok(())
}

/// Returns whether any client is attached to the session.
pub(super) fn has_clients(db: &Connection, session_id: &str) -> rusqlite::Result<bool> {
    db.query_row("select exists (select 1 from sign_in_client_sessions where session_id = ?1)", [session_id], |row| {
        row.get(0)
    })
}

/// Records that refresh token `number` was used.
pub(super) fn use_refresh(
    db: &Connection,
    session_id: &str,
    client_id: &str,
    number: i64,
    uses: i64,
) -> rusqlite::Result<()> {
    db.execute(
        "update sign_in_client_sessions set last_used = ?3, uses = ?4 where session_id = ?1 and client_id = ?2",
        params![session_id, client_id, number, uses],
    )?;
    Ok(())
}

/// Returns the number for the next refresh token.
pub(super) fn next_refresh(db: &Connection, session_id: &str, client_id: &str) -> rusqlite::Result<i64> {
    db.query_row(
        "update sign_in_client_sessions set issued = issued + 1 where session_id = ?1 and client_id = ?2 returning issued",
        [session_id, client_id],
        |row| row.get(0),
    )
}

/// An issued code.
pub(super) struct Code {
    pub session_id: String,
    pub expires_at: i64,
    pub request: AuthRequest,
}

/// What the database says about a code that is presented.
pub(super) enum CodeFound {
    /// For the first time.
    Fresh(Code),
    /// Not for the first time.
    Used(Code),
    Unknown,
}

pub(super) fn make_code(
    db: &Connection,
    session: &Session,
    request: &AuthRequest,
    now: i64,
) -> rusqlite::Result<String> {
    let code = format!("{}.{}.{}", uuid::Uuid::new_v4(), session.id, random::token(12));
    db.execute(
        "insert into sign_in_codes (id, session_id, expires_at, request) values (?1, ?2, ?3, ?4)",
        params![code, session.id, now + CODE_SECONDS, to_text(request)?],
    )?;
    Ok(code)
}

/// Presents a code, which is used up with any outcome.
pub(super) fn present_code(db: &Connection, code: &str) -> rusqlite::Result<CodeFound> {
    let found = db
        .query_row("select session_id, expires_at, request, is_used from sign_in_codes where id = ?1", [code], |row| {
            let text: String = row.get(2)?;
            let is_used: bool = row.get(3)?;
            Ok((Code { session_id: row.get(0)?, expires_at: row.get(1)?, request: from_text(&text)? }, is_used))
        })
        .optional()?;
    db.execute("update sign_in_codes set is_used = 1 where id = ?1", [code])?;
    Ok(match found {
        Some((code, true)) => CodeFound::Used(code),
        Some((code, false)) => CodeFound::Fresh(code),
        None => CodeFound::Unknown,
    })
}

/// A login form shown to a browser.
pub(super) struct Form {
    pub tab_id: String,
    /// The value of the browser's `AUTH_SESSION_ID` cookie.
    pub browser: String,
    pub session_code: String,
    pub made_at: i64,
    pub request: AuthRequest,
}

pub(super) fn make_form(db: &Connection, browser: &str, request: AuthRequest, now: i64) -> rusqlite::Result<Form> {
    let form = Form {
        tab_id: random::token(8),
        browser: browser.to_owned(),
        session_code: random::token(32),
        made_at: now,
        request,
    };
    db.execute("delete from sign_in_forms where made_at < ?1", [now - 2 * LOGIN_SECONDS])?;
    db.execute(
        "insert into sign_in_forms values (?1, ?2, ?3, ?4, ?5)",
        params![form.tab_id, form.browser, form.session_code, form.made_at, to_text(&form.request)?],
    )?;
    Ok(form)
}

pub(super) fn form(db: &Connection, tab_id: &str) -> rusqlite::Result<Option<Form>> {
    db.query_row(
        "select browser, session_code, made_at, request from sign_in_forms where tab_id = ?1",
        [tab_id],
        |row| {
            let text: String = row.get(3)?;
            Ok(Form {
                tab_id: tab_id.to_owned(),
                browser: row.get(0)?,
                session_code: row.get(1)?,
                made_at: row.get(2)?,
                request: from_text(&text)?,
            })
        },
    )
    .optional()
}

/// Gives a form a new session code after a failed try; the old one is void.
pub(super) fn renew_form(db: &Connection, form: &mut Form) -> rusqlite::Result<()> {
    form.session_code = random::token(32);
    db.execute("update sign_in_forms set session_code = ?2 where tab_id = ?1", [&form.tab_id, &form.session_code])?;
    Ok(())
}

pub(super) fn remove_form(db: &Connection, tab_id: &str) -> rusqlite::Result<()> {
    db.execute("delete from sign_in_forms where tab_id = ?1", [tab_id])?;
    Ok(())
}

pub(super) fn has_consent(db: &Connection, username: &str, client_id: &str) -> rusqlite::Result<bool> {
    let sql = "select exists (select 1 from sign_in_consents where username = ?1 and client_id = ?2)";
    db.query_row(sql, [username, client_id], |row| row.get(0))
}

pub(super) fn grant_consent(db: &Connection, username: &str, client_id: &str) -> rusqlite::Result<()> {
    db.execute("insert into sign_in_consents values (?1, ?2) on conflict do nothing", [username, client_id])?;
    Ok(())
}

/// Revokes the consent that the person of a session gave a client.
pub(super) fn revoke_consent(db: &Connection, session_id: &str, client_id: &str) -> rusqlite::Result<()> {
    db.execute(
        "delete from sign_in_consents where client_id = ?2
         and username = (select username from sign_in_sessions where id = ?1)",
        [session_id, client_id],
    )?;
    Ok(())
}

pub(super) fn revoke_token(db: &Connection, token_id: &str) -> rusqlite::Result<()> {
    db.execute("insert into sign_in_revoked values (?1) on conflict do nothing", [token_id])?;
    Ok(())
}

pub(super) fn is_revoked(db: &Connection, token_id: &str) -> rusqlite::Result<bool> {
    db.query_row("select exists (select 1 from sign_in_revoked where token_id = ?1)", [token_id], |row| row.get(0))
}

fn to_text(request: &AuthRequest) -> rusqlite::Result<String> {
    serde_json::to_string(request).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn from_text(text: &str) -> rusqlite::Result<AuthRequest> {
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))
}
