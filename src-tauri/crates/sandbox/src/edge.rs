//! The upload domain's edge, like CloudFront in front of TDR's bucket: limits, firewall, the cookie signer at
//! `/cookies`, and signed cookies (or a signed URL) for everything else, which is forwarded to the object store.
//!
//! The edge keeps only the firewall's counts.

mod forward;
mod lambda;
mod limits;
mod policy;
mod replies;
mod viewer;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::HOST;
use http::request::Parts;
use http::{Method, StatusCode, Uri};
use http_body::Body as _;
use http_body_util::BodyExt as _;

use self::lambda::CookieSigner;
use self::limits::RateRule;
use crate::connection::Peer;
use crate::faults;
use crate::options::Options;
use crate::realm::{Lives, Realm};
use crate::role::{Addresses, Role};
use crate::sign_in::SignIn;
use crate::store::{self, Store};

/// A rejected request's body is read up to this many bytes, so that the client can read why; then the connection
/// closes.
const DRAINED_BYTES: u64 = 64 * 1024 * 1024;

/// The state of the role.
pub(crate) struct Edge {
    realm: Arc<Realm>,
    signer: CookieSigner,
    origin: store::Origin,
    rate: RateRule,
    /// The base address.
    own: String,
}

impl Edge {
    pub(crate) fn new(
        realm: Arc<Realm>,
        lives: Arc<Lives>,
        sign_in: Arc<SignIn>,
        store: Arc<Store>,
        addresses: &Addresses,
        options: &Options,
    ) -> Self {
        let own = addresses.url(Role::Upload);
        Self {
            signer: CookieSigner {
                realm: Arc::clone(&realm),
                lives,
                sign_in,
                upload: own.clone(),
                website: addresses.url(Role::Website),
            },
            origin: store::origin(store),
            rate: RateRule::new(options.request_limit, options.request_window_seconds),
            realm,
            own,
        }
    }
}

/// Returns everything at the upload domain.
pub(crate) fn router(edge: Edge) -> Router {
    Router::new().fallback(answer).with_state(Arc::new(edge))
}

async fn answer(State(edge): State<Arc<Edge>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let has_body = !body.is_end_stream();
    let mut response = match edge.decide(parts, has_body).await {
        Decision::Reply(response) => {
            drain(body).await;
            response
        }
        Decision::Forward { parts, caller } => {
            edge.origin.call(Request::from_parts(*parts, body), caller).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "the origin could not be reached");
                replies::page(StatusCode::BAD_GATEWAY, "CloudFront wasn't able to connect to the origin.")
            })
        }
    };
    replies::mark(&mut response);
    response
}

/// What the edge decides from a request's head.
enum Decision {
    Reply(Response),
    Forward { parts: Box<Parts>, caller: store::Caller },
}

impl Edge {
    async fn decide(&self, mut parts: Parts, has_body: bool) -> Decision {
        let own = self.own.as_str();
        let url = format!("{own}{}", parts.uri.path_and_query().map_or("/", |path| path.as_str()));
        let viewer = parts.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip());
        let now = self.realm.clock.epoch_seconds();
        if limits::is_too_long(&parts, &url) {
            return Decision::Reply(replies::too_long(parts.version));
        }
        if self.rate.blocks(viewer, now) {
            return Decision::Reply(replies::page(StatusCode::FORBIDDEN, "Request blocked."));
        }
        if authority(&parts).as_deref() != own.strip_prefix("https://") {
            return Decision::Reply(replies::page(
                StatusCode::FORBIDDEN,
                "Bad request. No distribution has this name.",
            ));
        }
        if parts.method == Method::GET && has_body {
            return Decision::Reply(replies::page(StatusCode::FORBIDDEN, "Bad request. A GET request has no body."));
        }
        if parts.uri.path() == "/cookies" {
            return Decision::Reply(self.cookies(&parts).await);
        }
        // A browser sends no cookies with a preflight, and TDR's website works from another origin, so the edge allows
        // it.
        if parts.method == Method::OPTIONS {
            let query = parts.uri.query().map(str::to_owned);
            forward::rewrite(&mut parts, query.as_deref(), viewer);
            return Decision::Forward { parts: Box::new(parts), caller: store::Caller::default() };
        }
        match viewer::check(&self.realm.keys.upload, own, &parts.uri, &parts.headers, viewer, now) {
            Ok(query) => {
                let fault = parts.extensions.remove::<faults::CompleteError>();
                let complete_error =
                    fault.map(|fault| store::CompleteError { code: fault.complete_error, done: fault.done });
                forward::rewrite(&mut parts, query.as_deref(), viewer);
                Decision::Forward { parts: Box::new(parts), caller: store::Caller { complete_error } }
            }
            Err(denial) => Decision::Reply(replies::denied(denial)),
        }
    }

    async fn cookies(&self, parts: &Parts) -> Response {
        if [Method::GET, Method::HEAD].contains(&parts.method) {
            self.signer.cookies(&parts.headers).await
        } else if parts.method == Method::OPTIONS {
            self.signer.options()
        } else {
            let reason =
                "This distribution is not configured to allow the HTTP request method that was used for this request.";
            replies::page(StatusCode::FORBIDDEN, reason)
        }
    }
}

/// Returns the host and port the viewer asked for: in the URI with HTTP/2, in `Host` with HTTP/1.1.
fn authority(parts: &Parts) -> Option<String> {
    let of_uri = |uri: &Uri| uri.authority().map(ToString::to_string);
    of_uri(&parts.uri).or_else(|| parts.headers.get(HOST)?.to_str().ok().map(str::to_owned))
}

async fn drain(body: Body) {
    let mut body = body;
    let mut seen: u64 = 0;
    while let Some(Ok(frame)) = body.frame().await {
        seen += frame.data_ref().map_or(0, |data| u64::try_from(data.len()).unwrap_or(u64::MAX));
        if seen > DRAINED_BYTES {
            return;
        }
    }
}
