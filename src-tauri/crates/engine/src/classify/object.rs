//! Replies of the store, and of the edge in front of it, to the four calls that the bucket allows (facts A6, B8, C3,
//! C4, C9).

use std::time::Duration;

use waybill_model::service::Repeat;
use waybill_model::{
    BodyKind, Code, Created, ETag, LocalFault, NoAnswer, NoAnswerKind, NotDone, Refusal, Reply, Stored, WaitReason,
};

use super::{Trouble, in_between};

/// What a reply to PutObject means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutDecision {
    /// The store has it.
    Done(Stored),
    /// The object exists, under a key that only this transfer knows, so it is done.
    Exists,
    /// The store may have it, and sending it again might store it twice: only a person may order that. The failure
    /// still says what is wrong with the service.
    Unknown(RequestFailure),
    /// The request failed, as far as is known.
    Failed {
        /// What to do now.
        failure: RequestFailure,
        /// The store may have it nevertheless.
        maybe_done: bool,
    },
}

/// What a reply to CreateMultipartUpload means. An upload whose reply was lost does no harm: the store discards it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateDecision {
    /// The upload is started.
    Done(Created),
    /// The upload is not started, as far as is known.
    Failed(RequestFailure),
}

/// What a reply to UploadPart means. Sending a part twice does no harm, as the later one counts (facts C3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartDecision {
    /// The store has it.
    Done(ETag),
    /// The upload is gone. All parts must be sent again in a new one. The code is for when that does not help.
    Restart(Code),
    /// The request failed, as far as is known.
    Failed(RequestFailure),
}

/// What a reply to CompleteMultipartUpload means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompleteDecision {
    /// The store has the object.
    Done(ETag),
    /// The object exists, under a key that only this transfer knows, so it is done.
    Exists,
    /// The upload is gone because a completion of ours used it up, so it is done.
    GoneAfterOwnCompletion,
    /// The upload is lost or useless. All parts must be sent again in a new one. The code is for when that does not
    /// help.
    Restart(Code),
    /// The store does not have the parts that were named. All parts must be sent again in the same upload.
    SendPartsAgain,
    /// The request failed, as far as is known.
    Failed {
        /// What to do now.
        failure: RequestFailure,
        /// The store may have it nevertheless.
        maybe_done: bool,
    },
}

/// What was tried before this completion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CompletionHistory {
    /// An earlier completion of this very upload may have been acted on.
    pub of_this_upload: bool,
    /// The store cannot have discarded the upload because of its age yet. `false` if its date is not known: then the
    /// bytes are sent again, and "already exists" (412) shows whether that was needed.
    pub not_aged: bool,
}

/// What to do after a request that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestFailure {
    /// Send the same again, a limited number of times because the trouble may be the item's own.
    Again,
    /// The content that arrived is not what was declared. Send it again once; after that, it is the file that differs.
    Differs,
    /// The edge refused the pass. Send the same again with a fresh one.
    RefreshPermit,
    /// The address could not be reached, and nothing was sent.
    Unreachable,
    /// The connection broke or stalled on the way.
    Broken,
    /// A waiting state.
    Wait(WaitReason),
    /// The service asked to slow down. The time is a `Retry-After`.
    SlowDown(Option<Duration>),
    /// The service failed.
    Failed {
        /// The store itself says so, not the edge in front of it.
        by_store: bool,
    },
    /// This item cannot be sent. The rest is not affected.
    SetAside(Code),
    /// The file does not answer, and its folder does. Try again a limited number of times.
    FileSilent(Code),
    /// The folder is not reachable.
    FolderGone,
    /// The request was called off on this side. It is sent again when it is wanted again.
    CalledOff,
    /// Nothing can be sent like this.
    Stop(Code),
}

/// Reads a reply to PutObject. `repeat` says what another one would do.
#[must_use]
pub fn put_object(reply: Reply<Stored>, repeat: Repeat) -> PutDecision {
    match read(reply) {
        Read::Done(stored) => PutDecision::Done(stored),
        // Nothing else can have written under a key that only this transfer knows: a proxy repeated the request.
        Read::Special(Special::Exists) if repeat == Repeat::Guarded => PutDecision::Exists,
        Read::Special(Special::Exists) => {
            PutDecision::Failed { failure: RequestFailure::SetAside(Code::ObjectExists), maybe_done: false }
        }
        Read::Special(Special::Conflict) => PutDecision::Failed { failure: RequestFailure::Again, maybe_done: false },
        Read::Special(Special::NoSuchUpload | Special::InvalidPart | Special::TooSmall) => {
            PutDecision::Failed { failure: RequestFailure::SetAside(Code::StoreRefused), maybe_done: false }
        }
        Read::Failed(failure, true) if repeat == (Repeat::Duplicates { allowed: false }) => {
            PutDecision::Unknown(failure)
        }
        Read::Failed(failure, maybe_done) => PutDecision::Failed { failure, maybe_done },
    }
}

/// Reads a reply to CreateMultipartUpload.
#[must_use]
pub fn create_upload(reply: Reply<Created>) -> CreateDecision {
    match read(reply) {
        Read::Done(created) => CreateDecision::Done(created),
        Read::Special(Special::Conflict) => CreateDecision::Failed(RequestFailure::Again),
        Read::Special(Special::Exists | Special::NoSuchUpload | Special::InvalidPart | Special::TooSmall) => {
            CreateDecision::Failed(RequestFailure::SetAside(Code::StoreRefused))
        }
        Read::Failed(failure, _) => CreateDecision::Failed(failure),
    }
}

/// Reads a reply to UploadPart.
#[must_use]
pub fn upload_part(reply: Reply<Stored>) -> PartDecision {
    match read(reply) {
        Read::Done(stored) => PartDecision::Done(stored.etag),
        Read::Special(Special::NoSuchUpload) => PartDecision::Restart(Code::StoreFailed),
        Read::Special(Special::Conflict) => PartDecision::Failed(RequestFailure::Again),
        Read::Special(Special::Exists | Special::InvalidPart | Special::TooSmall) => {
            PartDecision::Failed(RequestFailure::SetAside(Code::StoreRefused))
        }
        Read::Failed(failure, _) => PartDecision::Failed(failure),
    }
}

/// Reads a reply to CompleteMultipartUpload, whose errors may come with a 200 (facts C3).
#[must_use]
pub fn complete_upload(reply: Reply<Stored>, history: CompletionHistory) -> CompleteDecision {
    match read(reply) {
        Read::Done(stored) => CompleteDecision::Done(stored.etag),
        Read::Special(Special::Exists) => CompleteDecision::Exists,
        Read::Special(Special::NoSuchUpload) if history.of_this_upload && history.not_aged => {
            CompleteDecision::GoneAfterOwnCompletion
        }
        Read::Special(Special::NoSuchUpload | Special::Conflict) => CompleteDecision::Restart(Code::StoreFailed),
        Read::Special(Special::TooSmall) => CompleteDecision::Restart(Code::StoreRefused),
        Read::Special(Special::InvalidPart) => CompleteDecision::SendPartsAgain,
        Read::Failed(failure, maybe_done) => CompleteDecision::Failed { failure, maybe_done },
    }
}

/// Whether the edge refused the request because of its pass.
pub(super) fn refuses_permit(refusal: &Refusal) -> bool {
    match read_refusal::<()>(refusal) {
        Read::Failed(failure, _) => failure == RequestFailure::RefreshPermit,
        Read::Done(()) | Read::Special(_) => false,
    }
}

enum Read<T> {
    Done(T),
    Special(Special),
    Failed(RequestFailure, bool),
}

/// Errors whose meaning depends on the call.
#[derive(Clone, Copy)]
enum Special {
    Exists,
    Conflict,
    NoSuchUpload,
    InvalidPart,
    TooSmall,
}

fn read<T>(reply: Reply<T>) -> Read<T> {
    match reply {
        Ok(value) => Read::Done(value),
        Err(NotDone::Refused(refusal)) => read_refusal(&refusal),
        Err(NotDone::NoAnswer(silence)) => Read::Failed(read_silence(&silence), silence.maybe_received),
        Err(NotDone::NotSent(fault)) => Read::Failed(read_fault(&fault), matches!(fault, LocalFault::CalledOff)),
    }
}

fn read_silence(silence: &NoAnswer) -> RequestFailure {
    match silence.kind {
        NoAnswerKind::Dns | NoAnswerKind::Connect | NoAnswerKind::Tls => RequestFailure::Unreachable,
        NoAnswerKind::Reset | NoAnswerKind::TimedOut if !silence.maybe_received => RequestFailure::Unreachable,
        NoAnswerKind::Reset | NoAnswerKind::TimedOut => RequestFailure::Broken,
        NoAnswerKind::CertificateUntrusted => RequestFailure::Wait(WaitReason::CertificateUntrusted),
        NoAnswerKind::ClockWrong => RequestFailure::Wait(WaitReason::ClockWrong),
        NoAnswerKind::ProxyRefused => RequestFailure::Wait(WaitReason::ProxyRefused),
        NoAnswerKind::ProxySignIn => RequestFailure::Wait(WaitReason::ProxySignIn),
        NoAnswerKind::ProxyUnreachable => RequestFailure::Wait(WaitReason::ProxyUnreachable),
        NoAnswerKind::Garbled => RequestFailure::Again,
    }
}

fn read_fault(fault: &LocalFault) -> RequestFailure {
    match fault {
        LocalFault::FileGone => RequestFailure::SetAside(Code::FileGone),
        LocalFault::FileChanged => RequestFailure::SetAside(Code::ChangedAfterChecking),
        LocalFault::Unreadable(_) => RequestFailure::SetAside(Code::Unreadable),
        LocalFault::Locked(_) => RequestFailure::SetAside(Code::Locked),
        LocalFault::Unreachable(_) => RequestFailure::FileSilent(Code::Unreadable),
        LocalFault::TooManyOpen(_) => RequestFailure::FileSilent(Code::TooManyOpenFiles),
        LocalFault::FolderGone => RequestFailure::FolderGone,
        LocalFault::Blocked(reason) => RequestFailure::Wait(*reason),
        LocalFault::CalledOff => RequestFailure::CalledOff,
        LocalFault::Impossible(code, _) => RequestFailure::Stop(*code),
    }
}

fn read_refusal<T>(refusal: &Refusal) -> Read<T> {
    // Any 5xx leaves open whether the request was acted on (facts B8), and so does an error or a page with a good
    // status.
    let maybe_done = refusal.status >= 500 || refusal.status < 400;
    let by_code = refusal.code.as_deref().and_then(|code| read_code(code, refusal));
    match by_code {
        Some(ByCode::Special(special)) => Read::Special(special),
        Some(ByCode::Failed(failure)) => Read::Failed(failure, maybe_done),
        None => read_status(refusal, maybe_done),
    }
}

enum ByCode {
    Special(Special),
    Failed(RequestFailure),
}

/// Reads an error code (facts C9). `None` means that the code is not in the table, so the status decides.
fn read_code(code: &str, refusal: &Refusal) -> Option<ByCode> {
    let failure = match code {
        "PreconditionFailed" => return Some(ByCode::Special(Special::Exists)),
        "ConditionalRequestConflict" => return Some(ByCode::Special(Special::Conflict)),
        "NoSuchUpload" => return Some(ByCode::Special(Special::NoSuchUpload)),
        "InvalidPart" => return Some(ByCode::Special(Special::InvalidPart)),
        "EntityTooSmall" => return Some(ByCode::Special(Special::TooSmall)),
        "SlowDown" | "ServiceUnavailable" => RequestFailure::SlowDown(refusal.retry_after),
        "InternalError" => RequestFailure::Failed { by_store: true },
        // A redirect names a host of the store itself, which is not one of the service's, so it is not followed. It
        // ends once the bucket's name has spread.
        "RequestTimeout" | "IncompleteBody" | "OperationAborted" | "TemporaryRedirect" => RequestFailure::Again,
        "BadDigest" | "XAmzContentSHA256Mismatch" | "XAmzContentChecksumMismatch" => RequestFailure::Differs,
        // The edge signs, not the client, so this is the service's fault and worth a few tries.
        "RequestTimeTooSkewed" | "SignatureDoesNotMatch" => RequestFailure::Again,
        "AccessDenied" if refusal.from_store => RequestFailure::SetAside(Code::StoreRefused),
        "InvalidPartOrder"
        | "MalformedXML"
        | "InvalidArgument"
        | "InvalidRequest"
        | "InvalidDigest"
        | "MissingContentLength"
        | "MethodNotAllowed"
        | "NotImplemented"
        | "KeyTooLongError"
        | "EntityTooLarge"
        | "AccessControlListNotSupported" => RequestFailure::SetAside(Code::StoreRefused),
        _ => return None,
    };
    Some(ByCode::Failed(failure))
}

fn read_status<T>(refusal: &Refusal, maybe_done: bool) -> Read<T> {
    let failure = match in_between(refusal) {
        Some(Trouble::Wait(reason)) => RequestFailure::Wait(reason),
        Some(Trouble::SlowDown(floor)) => RequestFailure::SlowDown(floor),
        Some(Trouble::Failed(_)) => RequestFailure::Failed { by_store: refusal.from_store },
        Some(Trouble::Silence | Trouble::Token | Trouble::CalledOff) => RequestFailure::Again,
        None => match refusal.status {
            // A reply without a RequestId comes from the edge (facts A6).
            401 | 403 if !refusal.from_store => RequestFailure::RefreshPermit,
            404 if refusal.body == BodyKind::Empty => RequestFailure::Again,
            408 | 409 | 200..=299 => RequestFailure::Again,
            412 => return Read::Special(Special::Exists),
            _ => RequestFailure::SetAside(Code::StoreRefused),
        },
    };
    Read::Failed(failure, maybe_done)
}

#[cfg(test)]
mod tests;
