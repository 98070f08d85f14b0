//! Sign-in as Keycloak 26 does it for TDR's realm.

mod website;

use std::sync::Arc;

use uuid::Uuid;

use crate::state::Shared;

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
pub(crate) fn prepare(_shared: &Shared) -> rusqlite::Result<()> {
    Ok(())
}

/// Everything at the sign-in address.
pub(crate) fn router(_shared: Arc<Shared>) -> axum::Router {
    axum::Router::new()
}

/// Verifies a bearer token the way TDR's API does: signature, expiry and issuer, not audience and not the session.
pub(crate) fn verify_access_token(_shared: &Shared, _token: &str) -> Result<Claims, TokenRefused> {
    Err(TokenRefused::Invalid)
}
