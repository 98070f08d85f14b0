//! What S3 adds to every answer of the protocol layer: request ids, CORS, and the early 200 of
//! `CompleteMultipartUpload`.

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use s3s::{S3Error, S3ErrorCode};

use crate::random;

/// An error that arrives inside a 200 reply to `CompleteMultipartUpload`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CompleteError {
    /// The S3 error code, such as `InternalError`.
    pub code: String,
    /// Whether the upload is completed all the same.
    pub done: bool,
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// The two ids S3 gives every request.
pub(super) struct Ids {
    request: String,
    host: String,
}

impl Ids {
    pub(super) fn new() -> Self {
        Self { request: random::capitals(16), host: random::token(56) }
    }
}

/// Returns the protocol layer's answer as S3 would send it: errors name the request.
pub(super) async fn dress(reply: s3s::HttpResponse, ids: &Ids) -> Response<Body> {
    let (mut parts, body) = reply.into_parts();
    let body = if parts.status.is_client_error() || parts.status.is_server_error() {
        parts.headers.remove(header::CONTENT_LENGTH);
        let text = collect(body).await;
        Body::from(text.replace("</Error>", &format!("{}</Error>", elements(ids))))
    } else {
        Body::new(body)
    };
    let mut reply = Response::from_parts(parts, body);
    add_ids(reply.headers_mut(), ids);
    reply
}

/// Returns an error without the protocol layer.
pub(super) async fn refuse(error: S3Error, ids: &Ids) -> Response<Body> {
    match error.to_http_response() {
        Ok(reply) => dress(reply, ids).await,
        Err(error) => {
            tracing::error!(%error, "an error could not be written");
            let mut reply = Response::new(Body::empty());
            *reply.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            reply
        }
    }
}

/// Returns a successful `CompleteMultipartUpload` as it goes over the wire: 200 at once, white space while S3 works,
/// then the result.
pub(super) async fn early_success(reply: s3s::HttpResponse, ids: &Ids) -> Response<Body> {
    let (mut parts, body) = reply.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let text = collect(body).await;
    let result = text.strip_prefix(DECLARATION).unwrap_or(&text).trim_start().to_owned();
    let mut reply = Response::from_parts(parts, after_white_space(result));
    add_ids(reply.headers_mut(), ids);
    reply
}

/// Returns a `CompleteMultipartUpload` that fails after its 200 was sent.
pub(super) fn early_failure(error: &CompleteError, ids: &Ids) -> Response<Body> {
    let message = match error.code.as_str() {
        "InternalError" => "We encountered an internal error. Please try again.",
        "SlowDown" => "Please reduce your request rate.",
        _ => "The upload could not be completed.",
    };
    let code: String = error.code.chars().filter(char::is_ascii_alphanumeric).collect();
    let text = format!("<Error><Code>{code}</Code><Message>{message}</Message>{}</Error>", elements(ids));
    let mut reply = Response::new(after_white_space(text));
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    add_ids(reply.headers_mut(), ids);
    reply
}

/// Returns the internal error of a protocol layer that gave up.
pub(super) fn internal_error() -> S3Error {
    S3Error::with_message(S3ErrorCode::InternalError, "We encountered an internal error. Please try again.")
}

/// Returns the bucket's answer to a browser's preflight from `origin`, when it is one the bucket allows.
pub(super) fn preflight(headers: &HeaderMap, website: &str) -> Option<Response<Body>> {
    let method = headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
    let allowed =
        [Method::PUT, Method::POST, Method::GET].iter().any(|one| one.as_str().as_bytes() == method.as_bytes());
    if !allowed || !from_website(headers, website) {
        return None;
    }
    let mut reply = Response::new(Body::empty());
    share(reply.headers_mut(), headers, website);
    if let Some(asked) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        reply.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    Some(reply)
}

/// Adds the CORS headers of the bucket to an answer for the website's origin.
pub(super) fn share(reply: &mut HeaderMap, request: &HeaderMap, website: &str) {
    if !from_website(request, website) {
        return;
    }
    if let Some(origin) = request.get(header::ORIGIN) {
        reply.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        reply.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        reply.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("PUT, POST, GET"));
        reply.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("ETag, x-amz-server-side-encryption, x-amz-request-id, x-amz-id-2"),
        );
        reply.insert(header::VARY, HeaderValue::from_static("Origin"));
    }
}

/// Returns whether the request comes from a page that the bucket's rules name: the website, or TDR's pages in
/// SharePoint.
fn from_website(headers: &HeaderMap, website: &str) -> bool {
    let Some(origin) = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()) else { return false };
    let is_sharepoint = origin.starts_with("https://") && origin.ends_with(".sharepoint.com");
    is_sharepoint || (!website.is_empty() && origin == website)
}

fn after_white_space(text: String) -> Body {
    let frames = [Bytes::from_static(DECLARATION.as_bytes()), Bytes::from_static(b"\n  \n"), Bytes::from(text)];
    Body::from_stream(futures_util::stream::iter(frames.map(Ok::<_, Infallible>)))
}

fn elements(ids: &Ids) -> String {
    format!("<RequestId>{}</RequestId><HostId>{}</HostId>", ids.request, ids.host)
}

fn add_ids(headers: &mut HeaderMap, ids: &Ids) {
    for (name, value) in [("x-amz-request-id", &ids.request), ("x-amz-id-2", &ids.host)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    headers.insert(header::SERVER, HeaderValue::from_static("AmazonS3"));
}

async fn collect(body: s3s::Body) -> String {
    match body.collect().await {
        Ok(collected) => String::from_utf8_lossy(&collected.to_bytes()).into_owned(),
        Err(error) => {
            tracing::error!(%error, "an answer could not be read");
            String::new()
        }
    }
}
