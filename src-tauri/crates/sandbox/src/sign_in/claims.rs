//! What TDR reads from an access token.

use serde_json::{Map, Value};
use uuid::Uuid;

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

/// Why a bearer token is rejected. The API answers all of them alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenRefused {
    /// Not a token of this realm, or altered.
    #[error("the token's signature, issuer or form is wrong")]
    Invalid,
    /// It has expired.
    #[error("the token has expired")]
    Expired,
}

/// Reads what TDR uses from the claims of a token; `None` without `exp` or `user_id`. Flags may be strings or booleans.
pub(crate) fn read_claims(claims: &Map<String, Value>) -> Option<Claims> {
    let flag = |name: &str| match claims.get(name) {
        Some(Value::Bool(value)) => *value,
        Some(Value::String(text)) => text == "true",
        Some(Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_)) | None => false,
    };
    let aud = match claims.get("aud") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => many.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
    };
    Some(Claims {
        user_id: claims.get("user_id")?.as_str()?.parse().ok()?,
        body: claims.get("body").and_then(Value::as_str).map(str::to_owned),
        standard_user: flag("standard_user"),
        judgment_user: flag("judgment_user"),
        aud,
        exp: claims.get("exp")?.as_i64()?,
    })
}
