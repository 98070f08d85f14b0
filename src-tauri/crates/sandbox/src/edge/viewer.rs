//! Whether a viewer may pass: the signature in its cookies or in its URL.
//!
//! The signature is verified over the policy bytes as they were received, never over a policy written anew.

use std::net::IpAddr;

use http::header::COOKIE;
use http::{HeaderMap, Uri};

use super::policy::{self, Policy};
use crate::trusted_keys::{Hash, TrustedKeys};

/// Query names that make a request a signed URL, whose cookies are then not looked at.
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
        // A canned policy stands for the exact URL.
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

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::keys::Keys;

    const ORIGIN: &str = "https://127.0.0.3:1";
    const VIEWER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn signed(keys: &TrustedKeys, text: &str) -> HeaderMap {
        let key = keys.signer();
        let signature = policy::encode(&key.sign(text).unwrap());
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("Policy", policy::encode(text.as_bytes())), ("Signature", signature), ("Key-Pair-Id", key.id)]
        {
            headers.append(COOKIE, HeaderValue::try_from(format!("CloudFront-{name}={value}")).unwrap());
        }
        headers
    }

    fn check_at(keys: &TrustedKeys, uri: &str, headers: &HeaderMap) -> Result<Option<String>, Denial> {
        check(keys, ORIGIN, &uri.parse().unwrap(), headers, VIEWER, 50)
    }

    #[test]
    fn the_bytes_received_are_verified_and_not_the_policy_written_anew() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::open(dir.path()).unwrap().upload;
        let spaced = r#"{ "Statement": [{"Condition": {"DateLessThan": {"AWS:EpochTime": 100}}, "Resource": "https://127.0.0.3:1/u/*"}] }"#;
        let mut headers = signed(&keys, spaced);
        assert_eq!(check_at(&keys, "/u/c/f?uploads", &headers), Ok(Some("uploads".to_owned())));

        let written_anew = Policy::read(spaced.as_bytes()).unwrap().text();
        headers.append(COOKIE, HeaderValue::from_static("other=1"));
        let values: Vec<HeaderValue> = headers.get_all(COOKIE).iter().cloned().collect();
        let mut changed = HeaderMap::new();
        changed.append(
            COOKIE,
            HeaderValue::try_from(format!("CloudFront-Policy={}", policy::encode(written_anew.as_bytes()))).unwrap(),
        );
        changed.append(COOKIE, values[1].clone());
        changed.append(COOKIE, values[2].clone());
        assert_eq!(check_at(&keys, "/u/c/f", &changed), Err(Denial::AccessDenied));
    }

    #[test]
    fn a_query_name_of_a_signed_url_makes_the_cookies_void() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::open(dir.path()).unwrap().upload;
        let headers = signed(&keys, &Policy::until("https://127.0.0.3:1/u/*", 100).text());
        assert_eq!(check_at(&keys, "/u/c/f", &headers), Ok(None));
        for name in ["Expires", "Policy", "Signature"] {
            assert_eq!(check_at(&keys, &format!("/u/c/f?{name}=1"), &headers), Err(Denial::MissingKey), "{name}");
        }
        assert_eq!(check_at(&keys, "/u/c/f?Key-Pair-Id=K", &headers), Err(Denial::UnknownKey));
        assert_eq!(check_at(&keys, "/u/c/f?expires=1", &headers), Ok(Some("expires=1".to_owned())));
    }

    #[test]
    fn signed_urls_with_canned_and_custom_policies_pass_and_the_origin_sees_no_signature() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::open(dir.path()).unwrap().upload;
        let key = keys.signer();
        let canned = Policy::until("https://127.0.0.3:1/u/f?a=1", 100).text();
        let signature = policy::encode(&key.sign(&canned).unwrap());
        let uri = format!("/u/f?a=1&Expires=100&Signature={signature}&Key-Pair-Id={}", key.id);
        assert_eq!(check_at(&keys, &uri, &HeaderMap::new()), Ok(Some("a=1".to_owned())));
        let uri = format!("/u/g?a=1&Expires=100&Signature={signature}&Key-Pair-Id={}", key.id);
        assert_eq!(check_at(&keys, &uri, &HeaderMap::new()), Err(Denial::AccessDenied));

        let custom = Policy::until("https://127.0.0.3:1/u/*", 100).text();
        let signature = policy::encode(&key.sign(&custom).unwrap());
        let policy = policy::encode(custom.as_bytes());
        let uri = format!("/u/f?Policy={policy}&Signature={signature}&Key-Pair-Id={}", key.id);
        assert_eq!(check_at(&keys, &uri, &HeaderMap::new()), Ok(None));
    }

    #[test]
    fn no_key_an_unknown_key_and_a_bad_signature_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::open(dir.path()).unwrap().upload;
        assert_eq!(check_at(&keys, "/u/f", &HeaderMap::new()), Err(Denial::MissingKey));
        let headers = signed(&keys, &Policy::until("https://127.0.0.3:1/u/*", 50).text());
        assert_eq!(check_at(&keys, "/u/f", &headers), Err(Denial::AccessDenied), "expired");
        let headers = signed(&keys, &Policy::until("https://127.0.0.3:1/u/*", 100).text());
        keys.rotate(false).unwrap();
        assert_eq!(check_at(&keys, "/u/f", &headers), Ok(None), "the old key is still trusted");
        keys.rotate(true).unwrap();
        assert_eq!(check_at(&keys, "/u/f", &headers), Err(Denial::UnknownKey));
    }
}
