//! What came back from a request, as facts. The engine decides what they mean.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Code, ETag, ObjectKey, Timestamp, UploadId, WaitReason};

/// The addresses that a service can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Keycloak.
    SignIn,
    /// The consignment API.
    Api,
    /// The upload domain, which serves passes and accepts objects.
    Upload,
    /// The website.
    Website,
}

impl Role {
    /// All of them, in the order in which a transfer needs them.
    pub const ALL: [Self; 4] = [Self::SignIn, Self::Api, Self::Upload, Self::Website];
}

/// The outcome of one request: the expected answer, or why it did not come.
pub type Reply<T> = Result<T, NotDone>;

/// Why a request did not produce the expected answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotDone {
    /// The service answered and refused.
    Refused(Refusal),
    /// No answer arrived, or only part of one.
    NoAnswer(NoAnswer),
    /// Nothing was sent, because of a problem on this side.
    NotSent(LocalFault),
}

impl From<Refusal> for NotDone {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<NoAnswer> for NotDone {
    fn from(no_answer: NoAnswer) -> Self {
        Self::NoAnswer(no_answer)
    }
}

impl From<LocalFault> for NotDone {
    fn from(fault: LocalFault) -> Self {
        Self::NotSent(fault)
    }
}

/// An answer that refuses the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status; 200 for an error inside a successful response (CompleteMultipartUpload, GraphQL).
    pub status: u16,
    /// The answer's own code: S3's `Code`, GraphQL's `extensions.code`, OAuth's `error`.
    pub code: Option<String>,
    /// The answer's own message, shortened to 500 characters; for logs and details only, never parsed.
    pub message: Option<String>,
    /// Whether an XML error carries a `RequestId`; if so, it came from S3, otherwise from the edge in front of it
    /// (facts A6).
    pub from_store: bool,
    /// The kind of body.
    pub body: BodyKind,
    /// `Retry-After`, if it was given in seconds.
    pub retry_after: Option<Duration>,
    /// The answer's `Date`, if it has one.
    pub date: Option<Timestamp>,
}

/// The kind of a body, judged by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// Empty.
    Empty,
    /// XML other than HTML.
    Xml,
    /// JSON.
    Json,
    /// A web page.
    Html,
    /// Anything else.
    Other,
}

/// No answer, or only part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAnswer {
    /// What happened.
    pub kind: NoAnswerKind,
    /// Whether any byte of the request may have reached the server, in which case it may have acted on it.
    pub maybe_received: bool,
    /// For logs; contains no secrets.
    pub detail: String,
}

impl NoAnswer {
    /// Returns the code for this at an address. It is the same in the self-test, when signing in, in lists and while
    /// sending.
    #[must_use]
    pub fn code(&self, role: Role) -> Code {
        match self.kind {
            NoAnswerKind::CertificateUntrusted => Code::CertificateUntrusted,
            NoAnswerKind::ClockWrong => Code::ClockWrong,
            NoAnswerKind::ProxyRefused => Code::ProxyRefused,
            NoAnswerKind::ProxySignIn => Code::ProxySignIn,
            NoAnswerKind::ProxyUnreachable => Code::ProxyUnreachable,
            NoAnswerKind::Garbled => Code::ServiceFailed,
            NoAnswerKind::Dns
            | NoAnswerKind::Connect
            | NoAnswerKind::Tls
            | NoAnswerKind::Reset
            | NoAnswerKind::TimedOut => match role {
                Role::SignIn => Code::SignInUnreachable,
                Role::Api => Code::ApiUnreachable,
                Role::Upload => Code::UploadUnreachable,
                Role::Website => Code::Offline,
            },
        }
    }
}

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswerKind {
    /// The name could not be resolved.
    Dns,
    /// The connection could not be established.
    Connect,
    /// The certificate is not trusted.
    CertificateUntrusted,
    /// The certificate would be trusted if this computer's clock were right.
    ClockWrong,
    /// Another TLS failure.
    Tls,
    /// The proxy refused (CONNECT denied).
    ProxyRefused,
    /// The proxy wants a sign-in (407).
    ProxySignIn,
    /// The proxy could not be reached, or did not open the connection in time.
    ProxyUnreachable,
    /// The connection broke.
    Reset,
    /// No data moved, or no answer came, for too long.
    TimedOut,
    /// The answer was not in the expected form.
    Garbled,
}

/// A problem on this side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalFault {
    /// The file does not exist.
    FileGone,
    /// The file has changed since it was checked.
    FileChanged,
    /// This account is not allowed to read the file.
    Unreadable(String),
    /// Another program has locked the file.
    Locked(String),
    /// The folder answers, and the file does not: a lost connection. Worth a bounded number of attempts.
    Unreachable(String),
    /// Too many files are open. Worth a bounded number of attempts.
    TooManyOpen(String),
    /// The folder itself cannot be reached.
    FolderGone,
    /// There is no usable session or pass at the moment.
    Blocked(WaitReason),
    /// The request was cancelled on this side before it was answered.
    CalledOff,
    /// The address does not belong to the service, or the request is impossible.
    Impossible(Code, String),
}

/// The store's answer to PutObject, UploadPart and CompleteMultipartUpload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The entity tag, quotes included.
    pub etag: ETag,
    /// The key of the object, if the store reported it.
    pub key: Option<ObjectKey>,
}

/// The store's answer to CreateMultipartUpload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// The upload's id.
    pub upload_id: UploadId,
    /// `x-amz-abort-date`: when the store discards the parts (TDR: 7 days).
    pub abort_at: Option<Timestamp>,
}
