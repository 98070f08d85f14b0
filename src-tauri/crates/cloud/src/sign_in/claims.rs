//! What the tokens contain (facts D9).
//!
//! The ID token is verified by its signature, issuer, audience, expiry and nonce. The access token is meant for the
//! API, which verifies it. It is only read here, and only as it came from the token endpoint over an encrypted
//! connection.

use std::str::FromStr as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet};
use openidconnect::{
    AccessToken, AccessTokenHash, ClaimsVerificationError, ClientId, IssuerUrl, Nonce, SignatureVerificationError,
};
use serde_json::{Map, Value};
use waybill_model::{Code, Failure, Person, Secret, Timestamp};

use super::provider;
use super::{Provider, failure_of};
use crate::net::Net;

/// Verifies the ID token of a sign-in (OpenID Connect Core, 3.1.3.7). Looks once for a key that is not known yet.
pub(super) async fn verify_id_token(
    net: &Net,
    provider: &Provider,
    access: &Secret,
    id: Option<&Secret>,
    nonce: &Nonce,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(token) = id else { return Err(mismatch("no ID token came back")) };
    let token = CoreIdToken::from_str(token.reveal()).map_err(|_| mismatch("the ID token cannot be read"))?;
    match verify(net, provider, &provider.keys, &token, access, nonce, now) {
        Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) => {}
        outcome => return outcome.map_err(|error| mismatch(&error.to_string())),
    }
    let keys = provider::keys(net, provider.keys_url.clone()).await.map_err(failure_of)?;
    verify(net, provider, &keys, &token, access, nonce, now).map_err(|error| mismatch(&error.to_string()))
}

fn verify(
    net: &Net,
    provider: &Provider,
    keys: &CoreJsonWebKeySet,
    token: &CoreIdToken,
    access: &Secret,
    nonce: &Nonce,
    now: Timestamp,
) -> Result<(), ClaimsVerificationError> {
    let issuer = IssuerUrl::new(provider.issuer.clone())
        .map_err(|_| ClaimsVerificationError::InvalidIssuer(provider.issuer.clone()))?;
    let mut verifier =
        CoreIdTokenVerifier::new_public_client(ClientId::new(net.profile().client_id.clone()), issuer, keys.clone())
            .set_time_fn(move || DateTime::from_timestamp_millis(now.0).unwrap_or_default());
    if !provider.algorithms.is_empty() {
        verifier = verifier.set_allowed_algs(provider.algorithms.clone());
    }
    let claims = token.claims(&verifier, nonce)?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = token.signing_alg().map_err(ClaimsVerificationError::SignatureVerification)?;
        let key = token.signing_key(&verifier).map_err(ClaimsVerificationError::SignatureVerification)?;
        let access = AccessToken::new(access.reveal().to_owned());
        let actual = AccessTokenHash::from_token(&access, algorithm, key)
            .map_err(|error| ClaimsVerificationError::Other(error.to_string()))?;
        if actual != *expected {
            return Err(ClaimsVerificationError::Other("the ID token is not for this access token".to_owned()));
        }
    }
    Ok(())
}

/// Checks a refreshed ID token. It must be from the same issuer, for this client and about the same subject as its
/// access token (OpenID Connect Core, 12.2). The owner of the session checks whether that is still the person who
/// signed in. The signature adds nothing to the encrypted connection (3.1.3.7, 6), and the keys may have changed since.
pub(super) fn check_refreshed(
    net: &Net,
    provider: &Provider,
    access: &Secret,
    id: Option<&Secret>,
) -> Result<(), Failure> {
    let Some(token) = id else { return Ok(()) };
    let Some(claims) = read(token) else { return Err(mismatch("the ID token cannot be read")) };
    let ours = |value: &Value| value.as_str() == Some(net.profile().client_id.as_str());
    let for_us = match claims.get("aud") {
        Some(Value::Array(list)) => list.iter().any(ours),
        Some(single) => ours(single),
        None => false,
    };
    if text(&claims, "iss").as_deref() != Some(provider.issuer.as_str()) || !for_us {
        return Err(mismatch("the refreshed ID token is from another issuer or for another client"));
    }
    let subject = text(&claims, "sub");
    let of_access = read(access).and_then(|claims| text(&claims, "sub"));
    if subject.is_none() || of_access.is_some() && of_access != subject {
        return Err(mismatch("the refreshed ID token is about another person"));
    }
    Ok(())
}

/// Identifies the person from the access token or, if that does not say, from the ID token.
pub(super) fn person(access: &Secret, id: Option<&Secret>) -> Result<Person, Failure> {
    let mut claims = id.and_then(read).unwrap_or_default();
    claims.extend(read(access).unwrap_or_default());
    let Some(user_id) = text(&claims, "user_id") else {
        return Err(Failure::new(Code::AccountIncomplete, "user_id"));
    };
    let user_id = user_id.parse().map_err(|_| Failure::new(Code::AccountIncomplete, "user_id is no UUID"))?;
    let email = text(&claims, "email");
    let name = text(&claims, "name")
        .or_else(|| text(&claims, "preferred_username"))
        .or_else(|| email.clone())
        .unwrap_or_else(|| format!("{user_id}"));
    Ok(Person {
        user_id,
        name,
        email,
        body: text(&claims, "body"),
        standard_user: flag(&claims, "standard_user"),
        judgment_user: flag(&claims, "judgment_user"),
    })
}

/// Returns the `exp` claim, if the token is a JWT that has one.
pub(super) fn expiry(token: &Secret) -> Option<Timestamp> {
    read(token)?.get("exp")?.as_i64().map(Timestamp::from_epoch_seconds)
}

/// Returns the claims of a JWT (RFC 7519), unverified; `None` for any other kind of token.
fn read(token: &Secret) -> Option<Map<String, Value>> {
    let payload = token.reveal().split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

fn text(claims: &Map<String, Value>, name: &str) -> Option<String> {
    claims.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Keycloak's mappers write these as a boolean or as text (facts D9).
fn flag(claims: &Map<String, Value>, name: &str) -> bool {
    match claims.get(name) {
        Some(Value::Bool(value)) => *value,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        Some(Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_)) | None => false,
    }
}

/// Reads a text as each kind of token.
#[cfg(feature = "fuzzing")]
pub(super) fn read_all(token: &Secret) {
    let _claims = (expiry(token), person(token, Some(token)));
    let Ok(parsed) = CoreIdToken::from_str(token.reveal()) else { return };
    let Ok(issuer) = IssuerUrl::new("https://auth.example/realms/tdr".to_owned()) else { return };
    let verifier = CoreIdTokenVerifier::new_public_client(
        ClientId::new("waybill".to_owned()),
        issuer,
        CoreJsonWebKeySet::new(Vec::new()),
    );
    let taken = parsed.claims(&verifier, &Nonce::new("n".to_owned())).is_ok();
    assert!(!taken, "a token was taken that no key has signed");
}

fn mismatch(what: &str) -> Failure {
    Failure::new(Code::SignInMismatch, crate::net::shorten(what))
}
