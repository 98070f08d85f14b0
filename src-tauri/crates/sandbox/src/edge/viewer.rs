//! Whether a viewer may pass: the signature in its cookies or in its URL.
//!
//! The signature is verified over the policy bytes as they were received, never over a policy written anew.

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use http::header::COOKIE;
use http::{HeaderMap, Uri};

use super::policy::{self, Policy};
use crate::trusted_keys::{Hash, TrustedKeys};

/// Query names that make a request a signed URL, whose cookies are then ignored.
const SIGNED_URL_NAMES: [&str; 4] = ["Expires", "Policy", "Signature", "Key-Pair-Id"];
const HASH_ALGORITHM: &str = "Hash-Algorithm";

/// Why a viewer may not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denial {
    /// No key pair id came.
    MissingKey,
    /// It names no trusted key.
    UnknownKey,
    /// Expired, too early, for something else, from elsewhere, or not signed by the key.
    AccessDenied,
}

/// What a viewer brought along.
struct Credentials {
    key_pair_id: Option<String>,
    signature: Option<String>,
    policy: Option<String>,
    expires: Option<String>,
    hash_algorithm: Option<String>,
}

/// Checks a request for `url` (as the viewer wrote it) and gives the query that the origin may see.
pub(super) fn check(
    keys: &TrustedKeys,
    origin_of_url: &str,
    uri: &Uri,
    headers: &HeaderMap,
    viewer: IpAddr,
    now: i64,
) -> Result<Option<String>, Denial> {
    let query = uri.query();
    let is_signed_url =
        query.is_some_and(|query| query.split('&').any(|pair| SIGNED_URL_NAMES.contains(&name_of(pair))));
    let (credentials, query) = if is_signed_url {
        (from_query(query.unwrap_or_default()), without_signature(query.unwrap_or_default()))
    } else {
        (from_cookies(headers), query.map(str::to_owned))
    };
    // What is compared with a policy: the URL without what a signed URL adds.
    let url = match &query {
        Some(query) => format!("{origin_of_url}{}?{query}", uri.path()),
        None => format!("{origin_of_url}{}", uri.path()),
    };
    let key_pair_id = credentials.key_pair_id.filter(|id| !id.is_empty()).ok_or(Denial::MissingKey)?;
    let key = keys.find(&key_pair_id).ok_or(Denial::UnknownKey)?;
    let hash = match credentials.hash_algorithm.as_deref() {
        None | Some("SHA1") => Hash::Sha1,
        Some("SHA256") => Hash::Sha256,
        Some(_) => return Err(Denial::AccessDenied),
    };
    let bytes = match (credentials.policy, credentials.expires) {
        (Some(policy), _) => policy::decode(&policy).ok_or(Denial::AccessDenied)?,
        // A canned policy means the exact URL.
        (None, Some(expires)) => {
            let expires = expiry(&expires).ok_or(Denial::AccessDenied)?;
            Policy::until(&url, expires).text().into_bytes()
        }
        (None, None) => return Err(Denial::AccessDenied),
    };
    let signature = credentials.signature.and_then(|text| policy::decode(&text)).ok_or(Denial::AccessDenied)?;
    let is_granted = key.verify(hash, &bytes, &signature)
        && Policy::read(&bytes).is_some_and(|policy| policy.grants(&url, viewer, now));
    if is_granted { Ok(query) } else { Err(Denial::AccessDenied) }
}

/// Returns the end of a canned policy: seconds since 1970, written as the signer wrote them into the policy, and
/// 2147483647 at the most ("Set signed cookies using a canned policy", CloudFront developer guide).
fn expiry(text: &str) -> Option<i64> {
    let seconds: i32 = text.parse().ok()?;
    (seconds >= 0 && seconds.to_string() == text).then(|| i64::from(seconds))
}

fn name_of(pair: &str) -> &str {
    pair.split('=').next().unwrap_or_default()
}

fn from_query(query: &str) -> Credentials {
    let value = |wanted: &str| {
        let pair = query.split('&').find(|pair| name_of(pair) == wanted)?;
        Some(pair.split_once('=').map_or("", |(_, value)| value).to_owned())
    };
    Credentials {
        key_pair_id: value("Key-Pair-Id"),
        signature: value("Signature"),
        policy: value("Policy"),
        expires: value("Expires"),
        hash_algorithm: value(HASH_ALGORITHM),
    }
}

fn without_signature(query: &str) -> Option<String> {
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !SIGNED_URL_NAMES.contains(&name_of(pair)) && name_of(pair) != HASH_ALGORITHM)
        .collect();
    (!kept.is_empty()).then(|| kept.join("&"))
}

fn from_cookies(headers: &HeaderMap) -> Credentials {
    let value = |wanted: &str| {
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value.to_owned())
    };
    Credentials {
        key_pair_id: value("CloudFront-Key-Pair-Id"),
        signature: value("CloudFront-Signature"),
        policy: value("CloudFront-Policy"),
        expires: value("CloudFront-Expires"),
        hash_algorithm: value("CloudFront-Hash-Algorithm"),
    }
}
