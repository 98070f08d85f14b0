//! What came back from a request, as facts. The engine decides what they mean.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Code, ETag, ObjectKey, Timestamp, UploadId, WaitReason};

/// The four addresses of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Keycloak.
    SignIn,
    /// The consignment API.
    Api,
    /// The upload domain: cookies and objects.
    Upload,
    /// The website.
    Website,
}

/// The outcome of one request: the answer that was asked for, or why there is none.
pub type Reply<T> = Result<T, NotDone>;

/// Why a request did not bring the answer that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotDone {
    /// The service answered and refused.
    Refused(Refusal),
    /// No answer arrived, or only part of one.
    NoAnswer(NoAnswer),
    /// Nothing was sent, because of something on this side.
    NotSent(LocalFault),
}

impl From<Refusal> for NotDone {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<NoAnswer> for NotDone {
    fn from(silence: NoAnswer) -> Self {
        Self::NoAnswer(silence)
    }
}

impl From<LocalFault> for NotDone {
    fn from(fault: LocalFault) -> Self {
        Self::NotSent(fault)
    }
}

/// An answer that says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status; 200 for errors inside a good status (CompleteMultipartUpload, GraphQL).
    pub status: u16,
    /// The answer's own code: S3's `Code`, GraphQL's `extensions.code`, OAuth's `error`.
    pub code: Option<String>,
    /// The answer's own words, shortened to 500 characters; for logs and details only, never parsed.
    pub message: Option<String>,
    /// Whether an XML error carries a `RequestId`: then S3 spoke, otherwise the edge before it (facts A6).
    pub from_store: bool,
    /// What the body was.
    pub body: BodyKind,
    /// `Retry-After`, where it was given in seconds.
    pub retry_after: Option<Duration>,
}

/// What a body was, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// Nothing.
    Empty,
    /// XML that is no HTML.
    Xml,
    /// JSON.
    Json,
    /// A page for people.
    Html,
    /// Anything else.
    Other,
}

/// No answer, or half of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAnswer {
    /// What happened.
    pub kind: NoAnswerKind,
    /// Whether any byte of the request may have reached the server: then it may have acted on it.
    pub maybe_received: bool,
    /// For logs; no secrets.
    pub detail: String,
}

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswerKind {
    /// The name was not found.
    Dns,
    /// No connection.
    Connect,
    /// The certificate is not trusted.
    CertificateUntrusted,
    /// Another failure of TLS.
    Tls,
    /// The proxy refused (407, or CONNECT denied).
    ProxyRefused,
    /// The proxy was not reached, or did not let the connection through in time.
    ProxyUnreachable,
    /// The connection broke.
    Reset,
    /// Nothing moved, or no answer came, for too long.
    TimedOut,
    /// The answer could not be read as what was due.
    Garbled,
}

/// Something on this side is in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalFault {
    /// The file is not there.
    FileGone,
    /// The file is not what was checked.
    FileChanged,
    /// The file may not be read.
    Unreadable(String),
    /// Another program has locked the file.
    Locked(String),
    /// The folder itself is not reachable.
    FolderGone,
    /// No usable session or cookies at the moment.
    Blocked(WaitReason),
    /// The request was called off on this side before it was answered.
    CalledOff,
    /// The address is not the service's, or the request is impossible.
    Impossible(Code, String),
}

/// The store's answer to PutObject, UploadPart and CompleteMultipartUpload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The entity tag, quotes included.
    pub etag: ETag,
    /// The key of the object, where the store named it.
    pub key: Option<ObjectKey>,
}

/// The store's answer to CreateMultipartUpload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// The upload's id.
    pub upload_id: UploadId,
    /// `x-amz-abort-date`: when the store throws the parts away (TDR: 7 days).
    pub abort_at: Option<Timestamp>,
}
