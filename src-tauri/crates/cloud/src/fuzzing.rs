//! The parsers of input from outside, each as one function, for the fuzz targets. No function asks a network; each panics only
//! if Waybill is wrong.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::net::Answer;

/// Reads a response, given as status, headers and body like in HTTP/1.1 (each line ends in `\n`), as the cookie signer's.
pub fn cookies(data: &[u8]) {
    let answer = answer(data);
    if crate::cookies::read(&answer).is_ok() {
        assert!(answer.status.is_success(), "cookies of a refusal were taken");
    }
}

/// Reads a policy, as the value of its cookie.
pub fn policy(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _expiry = crate::cookies::policy_expiry(&text);
}

/// Reads a response as the store's: a result, an error document, or a key.
pub fn store(data: &[u8]) {
    crate::objects::read_without_sdk(&answer(data));
}

/// Reads a body as what the sign-in provider sends: its description, its keys, tokens, errors.
pub fn sign_in(data: &[u8]) {
    let body = Bytes::copy_from_slice(data);
    crate::sign_in::read_all(&Answer::of(StatusCode::OK, HeaderMap::new(), body));
}

/// Reads a request to the listener of a sign-in, up to its empty line.
pub fn browser_request(data: &[u8]) {
    crate::sign_in::read_request(data);
}

/// Reads a response as each of the API's.
pub fn api(data: &[u8]) {
    crate::api::read_all(&answer(data));
}

/// Reads a stored session.
pub fn stored_session(data: &[u8]) {
    if let Some(session) = crate::session_store::StoredSession::from_json(data, "tdr") {
        assert_eq!(session.service, "tdr", "a session of another service was taken");
    }
}

/// Reads the status from the first line, headers from the following ones, and the body from what follows an empty line.
fn answer(data: &[u8]) -> Answer {
    let end = data.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = end.map_or((data, &b""[..]), |at| (&data[..at], &data[at + 2..]));
    let mut lines = head.split(|byte| *byte == b'\n');
    let status = lines.next().and_then(|line| StatusCode::from_bytes(line).ok()).unwrap_or(StatusCode::OK);
    let mut headers = HeaderMap::new();
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    Answer::of(status, headers, Bytes::copy_from_slice(body))
}
