//! Which cookies and signed URLs pass.

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
fn signed_urls_pass_and_the_origin_does_not_see_their_signature() {
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
