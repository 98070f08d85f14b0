//! What the API tells browsers: the website's pages may ask it (TDR's consignment API, `Cors.scala`).
//!
//! The headers are on every reply, whatever origin asked. Another origin than the website's is told the website's, and its
//! browser then refuses.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, Method, StatusCode, header};

use crate::role::Role;
use crate::state::Shared;

/// Answers `OPTIONS` with 200, without a look at the token, and adds the headers to every reply.
pub(super) async fn share(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let mut reply =
        if request.method() == Method::OPTIONS { StatusCode::OK.into_response() } else { next.run(request).await };
    let headers = reply.headers_mut();
    if let Ok(website) = HeaderValue::try_from(shared.url(Role::Website)) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, website);
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Authorization, Content-Type, X-Requested-With"),
    );
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("OPTIONS, POST, GET"));
    reply
}
