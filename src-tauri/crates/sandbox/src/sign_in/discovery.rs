//! What clients look up: the realm's description, its public keys, and who a token belongs to.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::header::{AUTHORIZATION, PRAGMA};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::reply::{Refusal, cached_json};
use super::state::SignIn;
use super::{jwks, sessions, tables, tokens};

/// `GET .../.well-known/openid-configuration`
pub(super) async fn configuration(State(sign_in): State<Arc<SignIn>>) -> Response {
    let issuer = sign_in.issuer();
    let endpoint = |name: &str| format!("{issuer}/protocol/openid-connect/{name}");
    let methods = ["client_secret_basic", "client_secret_post"];
    cached_json(
        &json!({
            "issuer": issuer,
            "authorization_endpoint": endpoint("auth"),
            "token_endpoint": endpoint("token"),
            "userinfo_endpoint": endpoint("userinfo"),
            "end_session_endpoint": endpoint("logout"),
            "jwks_uri": endpoint("certs"),
            "revocation_endpoint": endpoint("revoke"),
            "frontchannel_logout_supported": false,
            "backchannel_logout_supported": false,
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "acr_values_supported": ["0", "1"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment"],
            "subject_types_supported": ["public"],
            "prompt_values_supported": ["none", "login"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_methods_supported": methods,
            "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "name", "given_name", "family_name",
                "preferred_username", "email", "acr", "azp", "nonce"],
            "claim_types_supported": ["normal"],
            "claims_parameter_supported": false,
            "scopes_supported": ["openid", "profile", "email", "roles", "web-origins", "acr", "basic", "offline_access",
                "address", "phone"],
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
            "code_challenge_methods_supported": ["plain", "S256"],
            "tls_client_certificate_bound_access_tokens": false,
            "authorization_response_iss_parameter_supported": true,
        }),
        "no-cache, must-revalidate, no-transform, no-store",
    )
}

/// `GET .../certs`
pub(super) async fn certs(State(sign_in): State<Arc<SignIn>>) -> Result<Response, Refusal> {
    let set = jwks::set(&sign_in.realm.keys).map_err(|error| {
        tracing::error!(%error, "the realm's keys cannot be shown");
        Refusal::Broken
    })?;
    Ok(cached_json(&set, "no-cache"))
}

/// `GET` and `POST .../userinfo`. Unlike the API it asks whether the session is still there.
pub(super) async fn userinfo(State(sign_in): State<Arc<SignIn>>, headers: HeaderMap) -> Result<Response, Refusal> {
    const REFUSED: StatusCode = StatusCode::UNAUTHORIZED;
    let token = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let token = token.ok_or(Refusal::NoBearer)?;
    let invalid = || Refusal::Bearer(REFUSED, "invalid_token", "Token verification failed");
    let bearer = tokens::verify_access(&sign_in, token).map_err(|_| invalid())?;
    let claims = tokens::read_signed(&sign_in, token).ok_or_else(invalid)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let is_live = sign_in.realm.db.with(|db| {
        if tables::is_revoked(db, text("jti"))? {
            return Ok(None);
        }
        let session = sessions::active(&sign_in, db, text("sid"))?;
        Ok(Some(session.is_some() && tables::client_session(db, text("sid"), text("azp"))?.is_some()))
    })?;
    match is_live {
        None => return Err(invalid()),
        Some(false) => {
            return Err(Refusal::Bearer(REFUSED, "invalid_token", "user_session_not_found"));
        }
        Some(true) => {}
    }
    if !text("scope").split(' ').any(|scope| scope == "openid") {
        return Err(Refusal::Bearer(StatusCode::FORBIDDEN, "insufficient_scope", "Missing openid scope"));
    }
    let person = sign_in.realm.people.by_user_id(bearer.user_id).filter(|person| person.enabled);
    let person = person.ok_or(Refusal::Bearer(REFUSED, "invalid_token", "User disabled"))?;
    let mut response = cached_json(&Value::Object(person.claims()), "no-cache");
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}
