//! The token endpoint: codes and refresh tokens against tokens, with Keycloak's error texts.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use rusqlite::Connection;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::authorise::is_pkce_text;
use super::clients::{self, Client};
use super::reply::{Params, Refusal, bad, bad_grant, json_reply};
use super::sessions;
use super::state::SignIn;
use super::tables::{self, AuthRequest, Challenge, CodeFound, Session};
use super::tokens;
use crate::people::Person;

/// `POST .../token`
pub(super) async fn token(
    State(sign_in): State<Arc<SignIn>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let params = Params::read_form(&headers, &body);
    let grant_type = params.get("grant_type").ok_or(bad("invalid_request", "Missing form parameter: grant_type"))?;
    if params.has_duplicates() {
        return Err(bad("invalid_request", "duplicated parameter"));
    }
    let grant = match grant_type {
        "authorization_code" => Grant::Code,
        "refresh_token" => Grant::Refresh,
        "password" => Grant::Password,
        "client_credentials" => Grant::ClientCredentials,
        _ => return Err(bad("unsupported_grant_type", "Unsupported grant_type")),
    };
    let client = authenticate_client(&sign_in, &headers, &params)?;
    match grant {
        Grant::Code => {}
        Grant::Refresh => return refresh(&sign_in, &client, &params),
        Grant::Password => return Err(bad("unauthorized_client", "Client not allowed for direct access grants")),
        Grant::ClientCredentials => {
            return Err(Refusal::OAuth(
                StatusCode::UNAUTHORIZED,
                "unauthorized_client",
                "Public client not allowed to retrieve service account",
            ));
        }
    }
    let code = params.get("code").ok_or(bad("invalid_request", "Missing parameter: code"))?;
    let presented = Presented {
        client: &client,
        code,
        redirect_uri: params.get("redirect_uri").unwrap_or_default(),
        verifier: params.get("code_verifier"),
    };
    let (session, person, request) = redeem(&sign_in, &presented)?;
    if request.scope.split(' ').any(|scope| scope == "offline_access") {
        return Err(bad("not_allowed", "Offline tokens not allowed for the user or client"));
    }
    let number = sign_in.realm.db.with(|db| tables::next_refresh(db, &session.id, client.id))?;
    let issue = Issue { kind: "onrtac", scope: &request.scope, nonce: request.nonce.as_deref(), number };
    reply(&sign_in, &person, &session, &client, &issue)
}

/// The grants of the realm; none of its clients may use the last two.
enum Grant {
    Code,
    Refresh,
    Password,
    ClientCredentials,
}

/// Returns the client of a request to an endpoint that clients use directly. Public ones name themselves in the form; a
/// confidential one would have to prove itself, which nobody outside the sandbox can.
pub(super) fn authenticate_client(sign_in: &SignIn, headers: &HeaderMap, params: &Params) -> Result<Client, Refusal> {
    const REFUSED: &str = "Invalid client or Invalid client credentials";
    let refused = |error| Refusal::OAuth(StatusCode::UNAUTHORIZED, error, REFUSED);
    let basic = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|value| STANDARD.decode(value).ok())
        .and_then(|value| String::from_utf8(value).ok());
    let id = match &basic {
        Some(pair) => pair.split(':').next(),
        None => params.get("client_id"),
    };
    let client = id.and_then(|id| clients::find(sign_in, id)).ok_or(refused("invalid_client"))?;
    if client.is_public { Ok(client) } else { Err(refused("unauthorized_client")) }
}

/// A code as it is presented.
pub(super) struct Presented<'a> {
    pub client: &'a Client,
    pub code: &'a str,
    pub redirect_uri: &'a str,
    pub verifier: Option<&'a str>,
}

/// Exchanges a code. It is used up by the first try, good or bad; the second, or one after its time, takes the client
/// off the session, so that everything the first try got becomes invalid.
pub(super) fn redeem(sign_in: &SignIn, presented: &Presented<'_>) -> Result<(Session, Person, AuthRequest), Refusal> {
    let now = sign_in.realm.clock.epoch_seconds();
    let found = sign_in.realm.db.with(|db| {
        let transaction = db.transaction()?;
        let found = tables::present_code(&transaction, presented.code)?;
        let dead = match &found {
            CodeFound::Used(code) => Some(code),
            CodeFound::Fresh(code) => Some(code).filter(|code| code.expires_at <= now),
            CodeFound::Unknown => None,
        };
        if let Some(code) = dead {
            tables::detach_client(&transaction, &code.session_id, &code.request.client_id)?;
        }
        let session = match &found {
            CodeFound::Fresh(code) => tables::session(&transaction, &code.session_id)?,
            CodeFound::Used(_) | CodeFound::Unknown => None,
        };
        transaction.commit()?;
        Ok((found, session))
    })?;
    let (code, session) = match found {
        (CodeFound::Fresh(code), session) => (code, session),
        (CodeFound::Used(_) | CodeFound::Unknown, _) => return Err(bad_grant("Code not valid")),
    };
    // Keycloak forgets codes that have expired, and those of sessions that have ended.
    let session = session.filter(|_| code.expires_at > now).ok_or(bad_grant("Code not valid"))?;
    let person = sign_in.realm.people.by_username(&session.username).ok_or(bad_grant("User not found"))?;
    if !person.enabled {
        return Err(bad_grant("User disabled"));
    }
    if code.request.redirect_uri != presented.redirect_uri {
        return Err(bad_grant("Incorrect redirect_uri"));
    }
    if code.request.client_id != presented.client.id {
        return Err(bad_grant("Auth error: Found different client_id in clientSession"));
    }
    if !sign_in.is_active(&session) {
        return Err(bad_grant("Session not active"));
    }
    verify_pkce(code.request.challenge.as_ref(), presented.verifier)?;
    Ok((session, person, code.request))
}

fn verify_pkce(challenge: Option<&Challenge>, verifier: Option<&str>) -> Result<(), Refusal> {
    let (challenge, verifier) = match (challenge, verifier) {
        (None, None) => return Ok(()),
        (None, Some(_)) => {
            return Err(bad_grant("PKCE code verifier specified but challenge not present in authorization"));
        }
        (Some(_), None) => return Err(bad_grant("PKCE code verifier not specified")),
        (Some(challenge), Some(verifier)) => (challenge, verifier),
    };
    if !is_pkce_text(verifier) {
        return Err(bad_grant("PKCE verification failed: Invalid code verifier"));
    }
    let is_right = match challenge {
        Challenge::Plain(text) => text == verifier,
        Challenge::S256(text) => *text == URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)),
    };
    if is_right { Ok(()) } else { Err(bad_grant("PKCE verification failed: Code mismatch")) }
}

fn refresh(sign_in: &SignIn, client: &Client, params: &Params) -> Result<Response, Refusal> {
    if !params.has("refresh_token") {
        return Err(bad("invalid_request", "No refresh token"));
    }
    let token = params.get("refresh_token").unwrap_or_default();
    let claims = tokens::read_refresh(sign_in, token).ok_or(bad_grant("Invalid refresh token"))?;
    let now = sign_in.realm.clock.epoch_seconds();
    if claims.azp != client.id {
        return Err(bad_grant("Invalid refresh token. Token client and authorized client don't match"));
    }
    if claims.exp <= now {
        return Err(bad_grant("Token is not active"));
    }
    let session = sign_in
        .realm
        .db
        .with(|db| sessions::active(sign_in, db, &claims.sid))?
        .ok_or(bad_grant("Session not active"))?;
    let person = sign_in.realm.people.by_username(&session.username).ok_or(bad_grant("User not found"))?;
    if !person.enabled {
        return Err(bad_grant("User disabled"));
    }
    let rotate = sign_in.rules.rotate_refresh_tokens;
    let number = sign_in.realm.db.with(|db| {
        let transaction = db.transaction()?;
        let outcome = use_token(&transaction, &claims, rotate, now)?;
        transaction.commit()?;
        Ok(outcome)
    })?;
    let number = number.map_err(bad_grant)?;
    let session = Session { last_refresh: now, ..session };
    let issue = Issue { kind: "onrtrt", scope: &claims.scope, nonce: None, number };
    reply(sign_in, &person, &session, client, &issue)
}

/// Uses up a refresh token; returns the number of the next one, else Keycloak's error text. With rotation a token works
/// once; presenting it again, or one older than the last used, takes the client off the session.
fn use_token(
    db: &Connection,
    claims: &tokens::Refresh,
    rotate: bool,
    now: i64,
) -> rusqlite::Result<Result<i64, &'static str>> {
    let Some(state) = tables::client_session(db, &claims.sid, &claims.azp)? else {
        return Ok(Err("Session doesn't have required client"));
    };
    if rotate {
        let uses = match state.last_used {
            Some(last) if claims.number < last => {
                tables::detach_client(db, &claims.sid, &claims.azp)?;
                return Ok(Err("Stale token"));
            }
            Some(last) if claims.number == last => state.uses,
            Some(_) | None => 0,
        };
        if uses > 0 {
            tables::detach_client(db, &claims.sid, &claims.azp)?;
            return Ok(Err("Maximum allowed refresh token reuse exceeded"));
        }
        tables::use_refresh(db, &claims.sid, &claims.azp, claims.number, uses + 1)?;
    }
    tables::touch_session(db, &claims.sid, now, false)?;
    tables::next_refresh(db, &claims.sid, &claims.azp).map(Ok)
}

/// What is particular to one reply.
struct Issue<'a> {
    /// The prefix of an access token's id in Keycloak: online, regular, and which grant.
    kind: &'static str,
    scope: &'a str,
    nonce: Option<&'a str>,
    /// Number of the refresh token.
    number: i64,
}

fn reply(
    sign_in: &SignIn,
    person: &Person,
    session: &Session,
    client: &Client,
    issue: &Issue<'_>,
) -> Result<Response, Refusal> {
    let Issue { kind, scope, nonce, number } = *issue;
    let (access, life) = tokens::access(sign_in, person, session, client.id, scope, kind)?;
    let (refresh, refresh_life) = tokens::refresh(sign_in, person, session, client.id, scope, number)?;
    let mut body = json!({
        "access_token": access,
        "expires_in": life,
        "refresh_expires_in": refresh_life,
        "refresh_token": refresh,
        "token_type": "Bearer",
        "not-before-policy": 0,
        "session_state": session.id,
        "scope": scope,
    });
    if scope.split(' ').any(|scope| scope == "openid") {
        body["id_token"] = tokens::id(sign_in, person, session, client.id, nonce, &access, life)?.into();
    }
    Ok(json_reply(StatusCode::OK, &body))
}
