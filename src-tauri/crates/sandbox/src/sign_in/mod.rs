//! Sign-in as Keycloak 26 does it for TDR's realm `tdr`.
//!
//! Owner of the realm's sessions, codes and tokens. Whatever a reply says is committed first; a sandbox that is killed between
//! the two has used up a code or a refresh token whose answer never arrived, as the real thing would have.

mod authorise;
mod clients;
mod discovery;
mod elsewhere;
mod end;
mod grants;
mod jwks;
mod reply;
mod sessions;
mod tables;
mod tokens;
mod website;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::state::Shared;

pub use elsewhere::Unusable;
pub(crate) use elsewhere::{Elsewhere, expect_token};
pub(crate) use website::{website_login_url, website_redeem, website_return_to};

/// What an access token says about its bearer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claims {
    pub user_id: Uuid,
    pub body: Option<String>,
    pub standard_user: bool,
    pub judgment_user: bool,
    pub aud: Vec<String>,
    /// Seconds since 1970.
    pub exp: i64,
}

/// Why a bearer token is not taken. The API answers all of them alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenRefused {
    /// Not a token of this realm, or changed on the way.
    #[error("the token's signature, issuer or form is wrong")]
    Invalid,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
}

/// Makes the tables of the role.
pub(crate) fn prepare(shared: &Shared) -> rusqlite::Result<()> {
    shared.db.with(|db| tables::create(db))
}

/// Everything at the sign-in address: nothing where people sign in elsewhere.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    if shared.elsewhere.is_some() {
        return Router::new().fallback(not_found).layer(middleware::from_fn(harden));
    }
    let openid = Router::new()
        .route("/auth", get(authorise::get).post(authorise::post))
        .route("/token", post(grants::token))
        .route("/userinfo", get(discovery::userinfo).post(discovery::userinfo))
        .route("/certs", get(discovery::certs))
        .route("/logout", get(end::get).post(end::post))
        .route("/logout/logout-confirm", post(end::confirm))
        .route("/revoke", post(end::revoke));
    Router::new()
        .route("/realms/tdr/.well-known/openid-configuration", get(discovery::configuration))
        .route("/realms/tdr/login-actions/authenticate", post(authorise::authenticate))
        .route("/realms/tdr/login-actions/consent", post(authorise::consent))
        .nest("/realms/tdr/protocol/openid-connect", openid)
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        .layer(middleware::from_fn(harden))
        .with_state(shared)
}

/// Verifies a bearer token the way TDR's API does: signature, expiry and issuer, not audience and not the session.
pub(crate) fn verify_access_token(shared: &Shared, token: &str) -> Result<Claims, TokenRefused> {
    tokens::verify_access(shared, token)
}

/// The claims of a token signed by the realm, whatever its issuer, audience and expiry.
pub(crate) fn read_signed_token(shared: &Shared, token: &str) -> Option<Map<String, Value>> {
    tokens::read_signed_by_anyone_here(shared, token)
}

/// Reads what TDR uses from the claims of a token; `None` without `exp` or `user_id`.
pub(crate) fn read_claims(claims: &Map<String, Value>) -> Option<Claims> {
    tokens::read_claims(claims)
}

/// Ends every session of a person, as an administrator would; gives their number.
pub(crate) fn end_sessions(shared: &Shared, username: &str) -> rusqlite::Result<usize> {
    shared.db.with(|db| tables::end_sessions_of(db, username))
}

async fn not_found(request: Request) -> Response {
    let is_other_realm =
        request.uri().path().starts_with("/realms/") && !request.uri().path().starts_with("/realms/tdr/");
    let error = if is_other_realm { "Realm does not exist" } else { "Unable to find matching target resource method" };
    reply::plain_json(StatusCode::NOT_FOUND, &json!({"error": error}))
}

async fn not_allowed() -> Response {
    reply::plain_json(StatusCode::METHOD_NOT_ALLOWED, &json!({"error": "HTTP 405 Method Not Allowed"}))
}

/// The headers TDR's Keycloak adds to every reply.
async fn harden(request: Request, next: Next) -> Response {
    const HEADERS: [(&str, &str); 3] = [
        ("x-content-type-options", "nosniff"),
        ("x-permitted-cross-domain-policies", "none"),
        ("x-robots-tag", "none"),
    ];
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
