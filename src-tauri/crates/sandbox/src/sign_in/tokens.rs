//! The tokens: access and ID tokens (RS256, the realm's key ring), refresh tokens and the session cookie (HS512, the
//! realm's own secret). Expiry follows the sandbox's clock, so the checks of `jsonwebtoken`, which knows only the
//! machine's, are off.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use rsa::pkcs1::{EncodeRsaPrivateKey as _, EncodeRsaPublicKey as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::claims::{Claims, TokenRefused, read_claims};
use super::state::SignIn;
use super::tables::Session;
use crate::key_ring::Key;
use crate::people::Person;

/// What a refresh token carries.
#[derive(Serialize, Deserialize)]
pub(super) struct Refresh {
    pub exp: i64,
    pub iat: i64,
    pub jti: String,
    pub iss: String,
    pub aud: String,
    pub sub: Uuid,
    pub typ: String,
    pub azp: String,
    pub sid: String,
    pub scope: String,
    /// Its number among those of the same client and session.
    pub number: i64,
}

/// Why tokens could not be made: a fault of the sandbox, never of a request.
#[derive(Debug, thiserror::Error)]
#[error("a token cannot be made: {0}")]
pub(super) struct Unsignable(String);

/// Returns the access token for `client` in `session`, and its life in seconds: never beyond the session's end.
pub(super) fn access(
    sign_in: &SignIn,
    person: &Person,
    session: &Session,
    client: &str,
    scope: &str,
    kind: &str,
) -> Result<(String, i64), Unsignable> {
    let now = sign_in.realm.clock.epoch_seconds();
    let exp = (now + i64::from(sign_in.lives.access_token_seconds())).min(sign_in.end_of(session));
    let mut claims = person.claims();
    claims.insert("aud".into(), json!(["tdr-fe", "account"]));
    claims.insert("typ".into(), json!("Bearer"));
    claims.insert("realm_access".into(), json!({"roles": ["uma_authorization"]}));
    let roles = ["manage-account", "manage-account-links", "view-profile"];
    claims.insert("resource_access".into(), json!({"account": {"roles": roles}}));
    claims.insert("scope".into(), json!(scope));
    add_common(sign_in, &mut claims, session, client, exp, Some(kind));
    Ok((sign(sign_in, &claims)?, exp - now))
}

/// Returns the ID token that belongs to `access_token`.
pub(super) fn id(
    sign_in: &SignIn,
    person: &Person,
    session: &Session,
    client: &str,
    nonce: Option<&str>,
    access_token: &str,
    life: i64,
) -> Result<String, Unsignable> {
    let mut claims = person.claims();
    claims.insert("aud".into(), json!(client));
    claims.insert("typ".into(), json!("ID"));
    claims.insert("at_hash".into(), json!(URL_SAFE_NO_PAD.encode(&Sha256::digest(access_token)[..16])));
    if let Some(nonce) = nonce {
        claims.insert("nonce".into(), json!(nonce));
    }
    add_common(sign_in, &mut claims, session, client, sign_in.realm.clock.epoch_seconds() + life, None);
    sign(sign_in, &claims)
}

fn add_common(
    sign_in: &SignIn,
    claims: &mut Map<String, Value>,
    session: &Session,
    client: &str,
    exp: i64,
    kind: Option<&str>,
) {
    claims.insert("exp".into(), json!(exp));
    claims.insert("iat".into(), json!(sign_in.realm.clock.epoch_seconds()));
    claims.insert("auth_time".into(), json!(session.auth_time));
    let id = Uuid::new_v4().to_string();
    claims.insert("jti".into(), json!(kind.map_or_else(|| id.clone(), |kind| format!("{kind}:{id}"))));
    claims.insert("iss".into(), json!(sign_in.issuer()));
    claims.insert("azp".into(), json!(client));
    claims.insert("sid".into(), json!(session.id));
    claims.insert("acr".into(), json!("1"));
}

/// Returns the refresh token numbered `number`, and its life in seconds.
pub(super) fn refresh(
    sign_in: &SignIn,
    person: &Person,
    session: &Session,
    client: &str,
    scope: &str,
    number: i64,
) -> Result<(String, i64), Unsignable> {
    let now = sign_in.realm.clock.epoch_seconds();
    let exp = (now + sign_in.rules.idle_seconds).min(sign_in.end_of(session));
    let issuer = sign_in.issuer().to_owned();
    let claims = Refresh {
        exp,
        iat: now,
        jti: Uuid::new_v4().to_string(),
        iss: issuer.clone(),
        aud: issuer,
        sub: person.user_id,
        typ: "Refresh".to_owned(),
        azp: client.to_owned(),
        sid: session.id.clone(),
        scope: scope.to_owned(),
        number,
    };
    Ok((sign_secretly(sign_in, &claims)?, exp - now))
}

/// Reads a refresh token; `None` unless this realm made it. Its expiry is not looked at.
pub(super) fn read_refresh(sign_in: &SignIn, token: &str) -> Option<Refresh> {
    read_secret::<Refresh>(sign_in, token).filter(|claims| claims.typ == "Refresh" && claims.iss == sign_in.issuer())
}

#[derive(Serialize, Deserialize)]
struct Identity {
    typ: String,
    sid: String,
}

/// Returns the value of the single sign-on cookie for a session.
pub(super) fn identity(sign_in: &SignIn, session: &Session) -> Result<String, Unsignable> {
    sign_secretly(sign_in, &Identity { typ: "Serialized-ID".to_owned(), sid: session.id.clone() })
}

/// Returns the session a single sign-on cookie names.
pub(super) fn read_identity(sign_in: &SignIn, value: &str) -> Option<String> {
    read_secret::<Identity>(sign_in, value).filter(|claims| claims.typ == "Serialized-ID").map(|claims| claims.sid)
}

#[derive(Serialize, Deserialize)]
struct Confirmation {
    typ: String,
    sid: String,
}

/// Ties a "do you want to sign out?" page to a session, so that another site cannot press the button.
/// The session's id is empty for a browser without one.
pub(super) fn confirmation(sign_in: &SignIn, session_id: &str) -> Result<String, Unsignable> {
    sign_secretly(sign_in, &Confirmation { typ: "Confirmation".to_owned(), sid: session_id.to_owned() })
}

/// Returns the session that the button was shown for.
pub(super) fn read_confirmation(sign_in: &SignIn, value: &str) -> Option<String> {
    read_secret::<Confirmation>(sign_in, value).filter(|claims| claims.typ == "Confirmation").map(|claims| claims.sid)
}

/// Returns the claims of a token this realm signed with its key ring, of any kind, even if it has expired. The issuer is
/// checked.
pub(super) fn read_signed(sign_in: &SignIn, token: &str) -> Option<Map<String, Value>> {
    let claims = read_signed_by_any_issuer(sign_in, token)?;
    (claims.get("iss").and_then(Value::as_str) == Some(sign_in.issuer())).then_some(claims)
}

/// As [`read_signed`], without a look at the issuer: all that TDR's cookie lambda verifies besides audience and expiry.
pub(crate) fn read_signed_by_any_issuer(sign_in: &SignIn, token: &str) -> Option<Map<String, Value>> {
    let header = decode_header(token).ok()?;
    let id = header.kid.as_deref()?;
    let key = match &sign_in.elsewhere {
        Some(elsewhere) => elsewhere.key(id)?,
        None => {
            let key = sign_in.realm.keys.sign_in.find(id)?;
            DecodingKey::from_rsa_der(key.public.to_pkcs1_der().ok()?.as_bytes())
        }
    };
    Some(decode::<Map<String, Value>>(token, &key, &unchecked(Algorithm::RS256)).ok()?.claims)
}

/// Returns the claims of an access token that is in date.
pub(crate) fn verify_access(sign_in: &SignIn, token: &str) -> Result<Claims, TokenRefused> {
    let claims = read_signed(sign_in, token).ok_or(TokenRefused::Invalid)?;
    if claims.get("typ").and_then(Value::as_str) != Some("Bearer") {
        return Err(TokenRefused::Invalid);
    }
    let claims = read_claims(&claims).ok_or(TokenRefused::Invalid)?;
    if claims.exp <= sign_in.realm.clock.epoch_seconds() { Err(TokenRefused::Expired) } else { Ok(claims) }
}

fn sign(sign_in: &SignIn, claims: &Map<String, Value>) -> Result<String, Unsignable> {
    let key: &Key = &sign_in.realm.keys.sign_in.signing();
    let der = key.private.to_pkcs1_der().map_err(|error| Unsignable(error.to_string()))?;
    let header = Header { kid: Some(key.id.clone()), ..Header::new(Algorithm::RS256) };
    encode(&header, claims, &EncodingKey::from_rsa_der(der.as_bytes())).map_err(|error| Unsignable(error.to_string()))
}

fn sign_secretly<T: Serialize>(sign_in: &SignIn, claims: &T) -> Result<String, Unsignable> {
    let header = Header { kid: Some(sign_in.realm.keys.realm_secret_id()), ..Header::new(Algorithm::HS512) };
    encode(&header, claims, &EncodingKey::from_secret(&sign_in.realm.keys.realm_secret))
        .map_err(|error| Unsignable(error.to_string()))
}

fn read_secret<T: serde::de::DeserializeOwned>(sign_in: &SignIn, token: &str) -> Option<T> {
    let key = DecodingKey::from_secret(&sign_in.realm.keys.realm_secret);
    Some(decode::<T>(token, &key, &unchecked(Algorithm::HS512)).ok()?.claims)
}

/// Only the signature is checked.
fn unchecked(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}
