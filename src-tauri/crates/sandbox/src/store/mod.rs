//! The object store behind the edge: one versioned, owner-enforced, write-only bucket.
//!
//! The protocol (paths, queries, XML) is the `s3s` crate's; what may be done is [`policy`]'s, what it does is [`backend`]'s, and
//! what S3 adds on the wire is [`reply`]'s. Bodies lie as files under `objects/` and `uploads/` of the sandbox's folder, what
//! they are in its database. Nothing acknowledged is lost by a kill at any instant; see [`tables`] and [`folder`].
//!
//! Where an S3 server takes the store's place ([`remote`]), only the policy and the CORS rules are the sandbox's.
//!
//! Which keys a person may write is not decided here: that is in the cookies the edge checks.

mod backend;
mod body;
mod checksum;
mod complete;
mod folder;
mod objects;
mod policy;
mod remote;
mod reply;
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
use self::reply::Ids;
use crate::role::Role;
use crate::state::Shared;

/// The bucket's name, which clients of the upload domain never see but in the answer to a completed upload.
const BUCKET: &str = "tdr-upload-files-cloudfront-dirty-sandbox";

/// The store as the edge sees it: HTTP requests in, HTTP replies out.
#[derive(Clone)]
pub(crate) struct Origin {
    shared: Arc<Shared>,
    service: S3Service,
}

/// What the edge tells the store about one request beside the request itself. The default is an ordinary request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caller {
    /// A `CompleteMultipartUpload` answers 200 and then this error in its body.
    pub complete_error: Option<CompleteError>,
}

/// An error that arrives inside a 200 reply to `CompleteMultipartUpload`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CompleteError {
    /// The S3 error code, such as `InternalError`.
    pub code: String,
    /// Whether the upload is completed all the same.
    pub done: bool,
}

/// Makes the tables and removes what a kill left behind. Call it once, before the first request.
///
/// # Errors
/// When the database or the folder cannot be used.
pub(crate) fn prepare(shared: &Shared) -> io::Result<()> {
    let now = shared.clock.now();
    let keep = shared
        .db
        .with(|db| {
            tables::prepare(db)?;
            remote::sums::prepare(db)?;
            tables::forget_aborted(db, now)?;
            tables::referenced(db)
        })
        .map_err(io::Error::other)?;
    folder::open(&shared.dir, &shared.db, &keep)
}

/// The store of one sandbox.
pub(crate) fn origin(shared: Arc<Shared>) -> Origin {
    let service = S3ServiceBuilder::new(backend::Backend { shared: Arc::clone(&shared) }).build();
    Origin { shared, service }
}

impl Origin {
    /// Answers one request. The path is the key; the bucket is the store's own.
    ///
    /// # Errors
    /// The S3 server in the store's place cannot be reached.
    pub(crate) async fn call(&self, request: Request<Body>, caller: Caller) -> io::Result<Response<Body>> {
        let website = self.shared.url(Role::Website);
        let asked = request.headers().clone();
        let head = request.method() == Method::HEAD;
        let mut reply = if request.method() == Method::OPTIONS {
            match reply::preflight(&asked, &website) {
                Some(reply) => reply,
                None => reply::refuse(policy::access_denied(), &Ids::new()).await,
            }
        } else {
            Box::pin(self.answer(request, caller)).await?
        };
        reply::share(reply.headers_mut(), &asked, &website);
        if head {
            *reply.body_mut() = Body::empty();
        }
        Ok(reply)
    }

    async fn answer(&self, request: Request<Body>, caller: Caller) -> io::Result<Response<Body>> {
        let ids = Ids::new();
        let (parts, body) = request.into_parts();
        let inspected = policy::granted(&parts).and_then(|call| match self.shared.remote_store {
            // What the headers ask for is for the S3 server to judge.
            Some(_) => Ok((call, Wishes::default())),
            None => policy::inspect(call, &parts).map(|wishes| (call, wishes)),
        });
        let (call, wishes) = match inspected {
            Ok(granted) => granted,
            Err(error) => {
                // Nobody sends five gigabytes to be told that they are too many.
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
        let answered = match &self.shared.remote_store {
            Some(remote) => remote.call(request).await?,
            None => self.carry_out(call, wishes, request, &ids).await,
        };
        Ok(match failing {
            Some(error) if answered.status().is_success() => reply::early_failure(&error, &ids),
            Some(_) | None => answered,
        })
    }

    /// Does what was asked, here.
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

/// The address of the same key in the bucket, as the protocol layer wants it.
fn in_bucket(uri: &Uri) -> Option<Uri> {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("/{BUCKET}{}{query}", uri.path()).parse().ok()
}
