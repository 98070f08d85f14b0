//! The forms in which sign-in reads and answers: parameters, JSON errors, pages, redirects.

use std::collections::{HashMap, HashSet};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, PRAGMA, REFERRER_POLICY, SET_COOKIE,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::tables::{AuthRequest, ResponseMode};
use super::tokens::Unsignable;

/// Parameters of a query or a form.
#[derive(Default)]
pub(super) struct Params {
    values: HashMap<String, String>,
    duplicates: HashSet<String>,
}

impl Params {
    /// Reads `application/x-www-form-urlencoded`, which a query also is.
    pub(super) fn read(text: &[u8]) -> Self {
        let mut params = Self::default();
        for (name, value) in url::form_urlencoded::parse(text) {
            let name = name.into_owned();
            if params.values.insert(name.clone(), value.into_owned()).is_some() {
                params.duplicates.insert(name);
            }
        }
        params
    }

    /// Reads a body that is declared as a form; returns no parameters otherwise.
    pub(super) fn read_form(headers: &HeaderMap, body: &[u8]) -> Self {
        let is_form = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
        if is_form { Self::read(body) } else { Self::default() }
    }

    /// Returns whether a parameter was sent, even empty.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Returns a parameter that was sent and is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns whether some name was sent twice.
    pub(super) fn has_duplicates(&self) -> bool {
        !self.duplicates.is_empty()
    }

    /// Returns whether this name was sent twice.
    pub(super) fn is_duplicate(&self, name: &str) -> bool {
        self.duplicates.contains(name)
    }
}

/// Why a request was not carried out, as it is answered.
pub(super) enum Refusal {
    /// JSON `error` and `error_description`.
    OAuth(StatusCode, &'static str, &'static str),
    /// As [`OAuth`](Self::OAuth), without caching headers.
    Plain(StatusCode, &'static str, &'static str),
    /// An empty body with the `WWW-Authenticate` of RFC 6750.
    Bearer(StatusCode, &'static str, &'static str),
    /// The same if no token was sent.
    NoBearer,
    /// A page in the browser; the client receives nothing.
    Page(StatusCode, &'static str),
    /// The sandbox itself failed.
    Broken,
}

/// Returns a 400 as the token endpoint gives it.
pub(super) const fn bad(error: &'static str, description: &'static str) -> Refusal {
    Refusal::OAuth(StatusCode::BAD_REQUEST, error, description)
}

/// Returns a 400 with `invalid_grant`.
pub(super) const fn bad_grant(description: &'static str) -> Refusal {
    bad("invalid_grant", description)
}

impl Refusal {
    /// Returns the same without caching headers.
    pub(super) fn uncached(self) -> Self {
        match self {
            Self::OAuth(status, error, description) => Self::Plain(status, error, description),
            other @ (Self::Plain(..) | Self::Bearer(..) | Self::NoBearer | Self::Page(..) | Self::Broken) => other,
        }
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "sign-in could not use its database");
        Self::Broken
    }
}

impl From<Unsignable> for Refusal {
    fn from(error: Unsignable) -> Self {
        tracing::error!(%error, "sign-in could not sign");
        Self::Broken
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::OAuth(status, error, description) => {
                json_reply(status, &json!({"error": error, "error_description": description}))
            }
            Self::Plain(status, error, description) => {
                plain_json(status, &json!({"error": error, "error_description": description}))
            }
            Self::Bearer(status, error, description) => {
                challenge(status, &format!(r#"Bearer realm="tdr", error="{error}", error_description="{description}""#))
            }
            Self::NoBearer => challenge(StatusCode::UNAUTHORIZED, r#"Bearer realm="tdr""#),
            Self::Page(status, message) => page(
                status,
                "We are sorry...",
                &format!("<div id=\"kc-error-message\"><p class=\"instruction\">{}</p></div>", escape(message)),
            ),
            Self::Broken => json_reply(StatusCode::INTERNAL_SERVER_ERROR, &json!({"error": "unknown_error"})),
        }
    }
}

/// Returns JSON that no cache may keep.
pub(super) fn json_reply(status: StatusCode, value: &Value) -> Response {
    let mut response = plain_json(status, value);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// JSON that may be kept as `cache_control` has it.
pub(super) fn cached_json(value: &Value, cache_control: &'static str) -> Response {
    let mut response = plain_json(StatusCode::OK, value);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(cache_control));
    response
}

/// JSON without caching headers.
pub(super) fn plain_json(status: StatusCode, value: &Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Returns a refusal that only its header describes.
fn challenge(status: StatusCode, challenge: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    if let Ok(value) = HeaderValue::try_from(challenge) {
        headers.insert(http::header::WWW_AUTHENTICATE, value);
    }
    response
}

/// Returns a page. `title` and `body` are markup.
pub(super) fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>body{{font:1.1rem/1.5 sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem}}\
         label{{display:block;margin-top:1rem}}input{{font:inherit;width:100%;box-sizing:border-box;padding:.4rem}}\
         input[type=submit]{{margin-top:1.5rem;width:auto;padding:.4rem 1.5rem}}.wrong{{border-left:.4rem solid #b00;padding-left:1rem}}\
         small{{color:#555}}</style></head>\n<body><h1>{title}</h1>\n{body}\n<p><small>Waybill sandbox: this is not a real account.\
         </small></p></body></html>\n"
    );
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html;charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store, must-revalidate, max-age=0"));
    // No form-action: browsers apply it to the redirect that follows a login, which goes to the client.
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'",
        ),
    );
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Escapes text for markup, including attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Returns a 302 to `location`.
pub(super) fn redirect(location: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    if let Ok(value) = HeaderValue::try_from(location) {
        response.headers_mut().insert(LOCATION, value);
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store, must-revalidate, max-age=0"));
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// What a client is answered at its redirect address.
pub(super) enum Answer<'a> {
    /// A code, and the session that it belongs to.
    Code { session: &'a str, code: &'a str },
    /// An error code and its description, which some errors go without.
    Error(&'static str, &'a str),
}

/// Returns a redirect to the client, with `state` and `iss` (RFC 9207) where Keycloak puts them.
pub(super) fn redirect_to_client(issuer: &str, request: &AuthRequest, answer: &Answer<'_>) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let state = request.state.as_deref();
    match answer {
        Answer::Code { session, code } => {
            query.extend_pairs(state.map(|state| ("state", state)));
            query.extend_pairs([("session_state", *session), ("iss", issuer), ("code", *code)]);
        }
        Answer::Error(error, description) => {
            query.append_pair("error", error);
            query.extend_pairs(Some(("error_description", *description)).filter(|(_, text)| !text.is_empty()));
            query.extend_pairs(state.map(|state| ("state", state)));
            query.append_pair("iss", issuer);
        }
    }
    let mark = match request.response_mode {
        ResponseMode::Fragment => '#',
        ResponseMode::Query if request.redirect_uri.contains('?') => '&',
        ResponseMode::Query => '?',
    };
    redirect(&format!("{}{mark}{}", request.redirect_uri, query.finish()))
}

/// Adds a `Set-Cookie`.
pub(super) fn add_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}
