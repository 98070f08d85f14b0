//! An S3 server in the place of the sandbox's own object store.
//!
//! The bucket's policy and its CORS rules stay the sandbox's, in front; everything else (conditions, checksums, parts,
//! limits) is the server's to decide. Requests are passed on with their body as it comes, signed as CloudFront's origin access
//! control signs them, and replies come back as they are. Nothing is kept here but the digests of objects that somebody
//! asked for, in [`tables`](super::tables).
//!
//! Crash behaviour: the server keeps what it acknowledged; nothing else is kept here.

mod list;
mod sign;

use std::io;
use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt as _;
use http::header::{CONNECTION, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body::Body as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

pub(super) use self::list::Listed;
use crate::object_store::ObjectStore;

/// What `SigV4` leaves as it is in a path ("Create a canonical request", IAM user guide). A viewer may have encoded
/// less or more. A server that encodes the path again to verify a signature would then calculate a different one.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');
/// How long the server may take to accept a connection: CloudFront's default for an origin.
const CONNECT: Duration = Duration::from_secs(10);

/// The bucket.
pub(crate) struct Remote {
    store: ObjectStore,
    client: reqwest::Client,
}

impl Remote {
    /// Asks the bucket for its first object, to see that it is there and may be read.
    ///
    /// # Errors
    /// The server does not answer, or refuses.
    pub(crate) async fn open(store: ObjectStore) -> io::Result<Self> {
        // The choice may have been made already, which is fine: nothing here uses TLS.
        let _chosen = rustls::crypto::ring::default_provider().install_default();
        // A connection that the server closes while it is idle would fail the next request, which cannot be repeated.
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(0)
            .http1_only()
            .build()
            .map_err(io::Error::other)?;
        let remote = Self { store, client };
        remote.page("", None, 1).await?;
        Ok(remote)
    }

    /// Passes one granted request on. Its path is the key.
    ///
    /// # Errors
    /// The server cannot be reached, or breaks off before it has answered.
    pub(super) async fn call(&self, request: Request<Body>) -> io::Result<Response<Body>> {
        let (Parts { method, uri, headers, .. }, body) = request.into_parts();
        let body = if body.is_end_stream() {
            reqwest::Body::from("")
        } else {
            reqwest::Body::wrap_stream(body.into_data_stream())
        };
        self.send(method, &uri, headers, Some(body)).await
    }

    /// Returns everything below `prefix`, by key.
    ///
    /// # Errors
    /// The server does not answer, or refuses.
    pub(super) async fn list(&self, prefix: &str) -> io::Result<Vec<Listed>> {
        let mut all = Vec::new();
        let mut next = None;
        loop {
            let page = self.page(prefix, next.as_deref(), 1_000).await?;
            all.extend(page.objects);
            match page.next {
                Some(token) => next = Some(token),
                None => return Ok(all),
            }
        }
    }

    /// Returns the bytes of one object; `None` if it does not exist.
    ///
    /// # Errors
    /// The server does not answer, or refuses.
    pub(super) async fn open_object(&self, key: &str) -> io::Result<Option<Body>> {
        let path = format!("/{}", utf8_percent_encode(key, PATH));
        let uri = Uri::try_from(path).map_err(io::Error::other)?;
        let reply = self.send(Method::GET, &uri, HeaderMap::new(), None).await?;
        match reply.status().as_u16() {
            200 => Ok(Some(reply.into_body())),
            404 => Ok(None),
            status => Err(io::Error::other(format!("the object store answers {status} to GetObject"))),
        }
    }

    /// Returns the SHA-256 of one object in lower-case hexadecimal, read whole; `None` if it does not exist.
    ///
    /// # Errors
    /// The server does not answer, refuses, or breaks off.
    pub(super) async fn sha256(&self, key: &str) -> io::Result<Option<String>> {
        let Some(body) = self.open_object(key).await? else { return Ok(None) };
        let mut sha256 = Sha256::new();
        let mut bytes = body.into_data_stream();
        while let Some(chunk) = bytes.next().await {
            sha256.update(chunk.map_err(io::Error::other)?);
        }
        Ok(Some(super::checksum::hex(&sha256.finalize())))
    }

    async fn page(&self, prefix: &str, token: Option<&str>, most: u32) -> io::Result<list::Page> {
        let uri = Uri::try_from(list::query(prefix, token, most)).map_err(io::Error::other)?;
        let reply = self.send(Method::GET, &uri, HeaderMap::new(), None).await?;
        let status = reply.status();
        let body = axum::body::to_bytes(reply.into_body(), list::LARGEST_PAGE).await.map_err(io::Error::other)?;
        let text = String::from_utf8_lossy(&body);
        if status.is_success() {
            list::read(&text)
        } else {
            Err(io::Error::other(format!("the object store answers {status} to ListObjectsV2: {text}")))
        }
    }

    /// Sends a request for a path below the bucket.
    async fn send(
        &self,
        method: Method,
        uri: &Uri,
        mut headers: HeaderMap,
        body: Option<reqwest::Body>,
    ) -> io::Result<Response<Body>> {
        let key = percent_decode_str(uri.path()).collect::<Vec<u8>>();
        let path = percent_encoding::percent_encode(&key, PATH);
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let url = format!("http://{}/{}{path}{query}", self.store.authority, self.store.bucket);
        headers.remove(HOST);
        if let Some(keys) = &self.store.keys {
            sign::sign(keys, &self.store.region, &method, &url, &mut headers)?;
        }
        let mut request = self.client.request(method, &url).headers(headers);
        if let Some(body) = body {
            request = request.body(body);
        }
        let reply = request.send().await.map_err(io::Error::other)?;
        let reply = Response::<reqwest::Body>::from(reply).map(Body::new);
        let (mut parts, body) = reply.into_parts();
        let own: Vec<_> =
            parts.headers.keys().filter(|name| name.as_str().starts_with("access-control-")).cloned().collect();
        for name in own.iter().chain([&CONNECTION, &TRANSFER_ENCODING]) {
            parts.headers.remove(name);
        }
        parts.headers.remove("keep-alive");
        Ok(Response::from_parts(parts, body))
    }
}
