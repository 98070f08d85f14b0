//! Sign-in as Keycloak 26 does it for TDR's realm `tdr`.
//!
//! Owns the realm's sessions, codes and tokens. What a reply says is committed before it is sent. A sandbox that is
//! killed between the two has used up a code or a refresh token whose reply never arrived, as the real service would
//! have.

mod authorise;
mod claims;
mod clients;
mod discovery;
mod elsewhere;
mod end;
mod grants;
mod jwks;
mod newcomers;
mod reply;
mod sessions;
mod state;
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
use serde_json::json;

pub(crate) use self::claims::{Claims, read_claims};
pub(crate) use self::elsewhere::Elsewhere;
pub use self::elsewhere::Unusable;
pub(crate) use self::newcomers::expect_token;
pub(crate) use self::state::SignIn;
pub(crate) use self::tokens::{read_signed_by_any_issuer as read_signed_token, verify_access as verify_access_token};
pub(crate) use self::website::{website_login_url, website_redeem, website_return_to};
use crate::db::Db;

/// Makes the tables of the role.
pub(crate) fn prepare(db: &Db) -> rusqlite::Result<()> {
    db.with(|db| tables::create(db))
}

/// Returns everything at the sign-in address: nothing if people sign in elsewhere.
pub(crate) fn router(sign_in: Arc<SignIn>) -> Router {
    if sign_in.elsewhere.is_some() {
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
        .with_state(sign_in)
}

/// Ends every session of a person, as an administrator would, and returns how many there were.
pub(crate) fn end_sessions(sign_in: &SignIn, username: &str) -> rusqlite::Result<usize> {
    sign_in.realm.db.with(|db| tables::end_sessions_of(db, username))
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

/// Adds the headers that TDR's Keycloak adds to every reply.
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
