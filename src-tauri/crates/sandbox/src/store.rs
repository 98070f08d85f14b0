//! The object store behind the edge: one versioned, owner-enforced, write-only bucket.
//!
//! The `s3s` crate does the protocol (paths, queries, XML), [`policy`] decides what is allowed, [`backend`] carries it
//! out, and [`reply`] adds what S3 adds on the wire. Bodies are files under `objects/` and `uploads/` in the sandbox's
//! folder, described in its database. A kill at any instant loses nothing that was acknowledged; see [`tables`] and
//! [`folder`].
//!
//! If an S3 server takes the store's place ([`remote`]), only the policy and the CORS rules are the sandbox's.
//!
//! Which keys a person may write is not decided here but by the cookies that the edge checks.

mod backend;
mod body;
mod checksum;
mod complete;
mod folder;
mod objects;
mod policy;
mod remote;
mod reply;
mod state;
mod tables;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;

use axum::body::Body;
use http::{Method, Request, Response, Uri, header};
use s3s::S3ErrorCode;
use s3s::service::{S3Service, S3ServiceBuilder};

pub(crate) use self::objects::{known_sha256, list, open, sha256_of};
use self::policy::{Call, Wishes};
pub(crate) use self::remote::Remote;
pub(crate) use self::reply::CompleteError;
use self::reply::Ids;
pub(crate) use self::state::Store;

/// The bucket's name. Clients of the upload domain see it only in the reply to a completed upload.
const BUCKET: &str = "tdr-upload-files-cloudfront-dirty-sandbox";

/// The store as the edge sees it: HTTP requests in, HTTP replies out.
#[derive(Clone)]
pub(crate) struct Origin {
    store: Arc<Store>,
    service: S3Service,
}

/// What the edge tells the store about a request besides the request itself. The default is an ordinary request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caller {
    /// A `CompleteMultipartUpload` answers 200 and then this error in its body.
    pub complete_error: Option<CompleteError>,
}

/// Makes the tables and removes what a kill left behind. Call it once, before the first request.
///
/// # Errors
/// When the database or the folder cannot be used.
pub(crate) fn prepare(store: &Store) -> io::Result<()> {
    let now = store.clock.now();
    let keep = store
        .db
        .with(|db| {
            tables::prepare(db)?;
            tables::forget_aborted(db, now)?;
            tables::referenced(db)
        })
        .map_err(io::Error::other)?;
    folder::open(&store.dir, &store.db, &keep)
}

/// Returns the store of one sandbox.
pub(crate) fn origin(store: Arc<Store>) -> Origin {
    let service = S3ServiceBuilder::new(backend::Backend { store: Arc::clone(&store) }).build();
    Origin { store, service }
}

impl Origin {
    /// Answers one request. The path is the key; the bucket is the store's own.
    ///
    /// # Errors
    /// The S3 server in the store's place cannot be reached.
    pub(crate) async fn call(&self, request: Request<Body>, caller: Caller) -> io::Result<Response<Body>> {
        let website = &self.store.website;
        let asked = request.headers().clone();
        let head = request.method() == Method::HEAD;
        let mut reply = if request.method() == Method::OPTIONS {
            match reply::preflight(&asked, website) {
                Some(reply) => reply,
                None => reply::refuse(policy::access_denied(), &Ids::new()).await,
            }
        } else {
            Box::pin(self.answer(request, caller)).await?
        };
        reply::share(reply.headers_mut(), &asked, website);
        if head {
            *reply.body_mut() = Body::empty();
        }
        Ok(reply)
    }

    async fn answer(&self, request: Request<Body>, caller: Caller) -> io::Result<Response<Body>> {
        let ids = Ids::new();
        let (parts, body) = request.into_parts();
        let inspected = policy::granted(&parts).and_then(|call| match self.store.remote {
            // The S3 server decides about the headers.
            Some(_) => Ok((call, Wishes::default())),
            None => policy::inspect(call, &parts).map(|wishes| (call, wishes)),
        });
        let (call, wishes) = match inspected {
            Ok(granted) => granted,
            Err(error) => {
                // Do not receive five gigabytes only to reject them.
                if *error.code() != S3ErrorCode::EntityTooLarge {
                    body::discard(body.into_data_stream()).await;
                }
                return Ok(reply::refuse(error, &ids).await);
            }
        };
        let failing = caller.complete_error.filter(|_| call == Call::CompleteMultipartUpload);
        if let Some(error) = failing.as_ref().filter(|error| !error.done) {
            body::discard(body.into_data_stream()).await;
            return Ok(reply::early_failure(error, &ids));
        }
        let request = Request::from_parts(parts, body);
        let answered = match &self.store.remote {
            Some(remote) => remote.call(request).await?,
            None => self.carry_out(call, wishes, request, &ids).await,
        };
        Ok(match failing {
            Some(error) if answered.status().is_success() => reply::early_failure(&error, &ids),
            Some(_) | None => answered,
        })
    }

    /// Carries out a call here.
    async fn carry_out(&self, call: Call, wishes: Wishes, request: Request<Body>, ids: &Ids) -> Response<Body> {
        let (mut parts, body) = request.into_parts();
        let Some(uri) = in_bucket(&parts.uri) else {
            body::discard(body.into_data_stream()).await;
            return reply::refuse(policy::access_denied(), ids).await;
        };
        parts.uri = uri;
        parts.headers.remove(header::AUTHORIZATION);
        parts.extensions.insert(wishes);
        let request = Request::from_parts(parts, s3s::Body::http_body_unsync(body));
        let answered = match self.service.call(request).await {
            Ok(answered) => answered,
            Err(error) => {
                tracing::error!(?error, "the protocol layer gave up");
                return reply::refuse(reply::internal_error(), ids).await;
            }
        };
        match call {
            Call::CompleteMultipartUpload if answered.status().is_success() => {
                reply::early_success(answered, ids).await
            }
            Call::CompleteMultipartUpload
            | Call::PutObject
            | Call::PutObjectTagging
            | Call::CreateMultipartUpload
            | Call::UploadPart => reply::dress(answered, ids).await,
        }
    }
}

/// Returns the address of the same key in the bucket, as the protocol layer wants it.
fn in_bucket(uri: &Uri) -> Option<Uri> {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("/{BUCKET}{}{query}", uri.path()).parse().ok()
}
