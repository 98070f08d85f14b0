//! Everything secret that went over the roles' addresses, as `GET /secrets` at the control address shows it: tests
//! search what a client leaves behind for each of them.
//!
//! It is held in memory and is lost with the process.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use parking_lot::Mutex;
use serde::Serialize;
use serde_json::Value;

/// The longest form or reply that is looked at, in bytes.
const LONGEST: usize = 1 << 20;
/// What a form may carry that proves something.
const IN_FORMS: [&str; 5] = ["code", "code_verifier", "refresh_token", "password", "client_secret"];
/// What the token endpoint gives out.
const IN_REPLIES: [&str; 3] = ["access_token", "refresh_token", "id_token"];
/// The id of a key is public.
const PUBLIC_COOKIES: [&str; 2] = ["CloudFront-Key-Pair-Id", "CloudFront-Hash-Algorithm"];

/// A secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Issued {
    /// What it is: the name of the field or the cookie.
    pub kind: String,
    pub value: String,
}

/// All of them; clones share the list.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Arc<Mutex<BTreeSet<Issued>>>);

impl Secrets {
    /// Returns each of them once.
    pub(crate) fn all(&self) -> Vec<Issued> {
        self.0.lock().iter().cloned().collect()
    }

    fn add(&self, kind: &str, value: &str) {
        if !value.is_empty() {
            self.0.lock().insert(Issued { kind: kind.to_owned(), value: value.to_owned() });
        }
    }

    fn add_form(&self, form: &[u8]) {
        for (key, value) in url::form_urlencoded::parse(form) {
            if IN_FORMS.contains(&&*key) {
                self.add(&key, &value);
            }
        }
    }

    fn add_headers(&self, headers: &HeaderMap) {
        let texts = |name| headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        for cookie in texts(SET_COOKIE) {
            let pair = cookie.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=')
                && !PUBLIC_COOKIES.contains(&name)
            {
                self.add(name, value);
            }
        }
        for location in texts(LOCATION) {
            let query = location.split_once(['?', '#']).map_or("", |(_, query)| query);
            for (_, code) in url::form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == "code") {
                self.add("code", &code);
            }
        }
    }

    fn add_reply(&self, body: &[u8]) {
        let Ok(Value::Object(reply)) = serde_json::from_slice(body) else { return };
        for name in IN_REPLIES {
            if let Some(value) = reply.get(name).and_then(Value::as_str) {
                self.add(name, value);
            }
        }
    }
}

/// Notes what a request and its reply carry.
pub(crate) async fn note(State(secrets): State<Secrets>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let is_form = has_type(&parts.headers, "application/x-www-form-urlencoded");
    let body = if is_form {
        let Ok(form) = axum::body::to_bytes(body, LONGEST).await else {
            let mut refused = Response::new(Body::empty());
            *refused.status_mut() = StatusCode::BAD_REQUEST;
            return refused;
        };
        secrets.add_form(&form);
        Body::from(form)
    } else {
        body
    };
    let is_of_tokens = parts.uri.path().ends_with("/protocol/openid-connect/token");
    let response = next.run(Request::from_parts(parts, body)).await;
    secrets.add_headers(response.headers());
    if !is_of_tokens {
        return response;
    }
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, LONGEST).await.unwrap_or_else(|_| Bytes::new());
    secrets.add_reply(&body);
    Response::from_parts(parts, Body::from(body))
}

fn has_type(headers: &HeaderMap, wanted: &str) -> bool {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|text| text.starts_with(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_is_noted_once_and_nothing_else() {
        let secrets = Secrets::default();
        secrets.add_form(b"grant_type=authorization_code&code=c.1&code_verifier=v%7E&client_id=waybill&password=");
        let mut headers = HeaderMap::new();
        for cookie in ["KEYCLOAK_IDENTITY=i; Path=/", "CloudFront-Key-Pair-Id=K", "CloudFront-Policy=p_; Secure"] {
            headers.append(SET_COOKIE, cookie.parse().unwrap());
        }
        headers.insert(LOCATION, "http://127.0.0.1:1/callback?state=s&code=c.1".parse().unwrap());
        secrets.add_headers(&headers);
        secrets.add_reply(b"{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":300}");
        secrets.add_reply(b"not JSON");
        let all: Vec<_> = secrets.all().into_iter().map(|one| format!("{}={}", one.kind, one.value)).collect();
        assert_eq!(
            all,
            ["CloudFront-Policy=p_", "KEYCLOAK_IDENTITY=i", "access_token=a", "code=c.1", "code_verifier=v~"]
        );
    }
}
