//! What a reply means: one function for each kind of request.
//!
//! Pure functions of the reply and of the little history that changes its meaning. S3 errors are read by their `Code`
//! first, and by the status only without a code (AWS, "Error best practices"; facts C9). Messages are never read.

mod api;
mod object;
mod permit;
mod sign_in;

pub use api::read as api_read;
pub use api::{CallDecision, ReadDecision, register, start_upload};
pub use object::{
    CompleteDecision, CompletionHistory, CreateDecision, PartDecision, PutDecision, RequestFailure, complete_upload,
    create_upload, put_object, upload_part,
};
pub use permit::fetch as permit_fetch;
pub use permit::{EdgeVerdict, PermitDecision, edge_verdict};
pub use sign_in::{RefreshDecision, refresh};

use std::time::Duration;

use waybill_model::{BodyKind, LocalFault, NoAnswer, NoAnswerKind, Refusal, Role, WaitReason};

/// What is in the way, when neither the request nor its author is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The address does not answer, or the connection broke. It is worth finding out which addresses answer at all.
    Silence,
    /// A waiting state. All that helps is to try again later.
    Wait(WaitReason),
    /// The service asked to slow down. The time is a `Retry-After`.
    SlowDown(Option<Duration>),
    /// The service failed.
    Failed(Option<Duration>),
    /// The token was refused. There may be a new one soon.
    Token,
    /// The request was called off on this side.
    CalledOff,
}

impl Trouble {
    /// Returns the waiting state that people see, and the least time to wait.
    #[must_use]
    pub fn wait(self, role: Role) -> (WaitReason, Option<Duration>) {
        match self {
            Self::Silence => (unreachable(role), None),
            Self::Wait(WaitReason::Firewall) => (WaitReason::Firewall, Some(FIREWALL_FLOOR)),
            Self::Wait(reason) => (reason, None),
            Self::SlowDown(floor) => (WaitReason::SlowDown, floor),
            Self::Failed(floor) => (WaitReason::ServiceFailed, floor),
            Self::Token => (WaitReason::SignedOut, None),
            Self::CalledOff => (WaitReason::ServiceFailed, None),
        }
    }
}

/// The firewall counts requests over 300 s and blocks until the count falls (facts B10), so trying at once makes it
/// worse.
pub const FIREWALL_FLOOR: Duration = Duration::from_secs(60);

/// Returns the waiting state of an address that does not answer.
#[must_use]
pub fn unreachable(role: Role) -> WaitReason {
    match role {
        Role::SignIn => WaitReason::SignInUnreachable,
        Role::Upload => WaitReason::UploadUnreachable,
        Role::Api | Role::Website => WaitReason::ApiUnreachable,
    }
}

/// Reads the lack of an answer, at any address.
fn silence(silence: &NoAnswer) -> Trouble {
    match silence.kind {
        NoAnswerKind::Dns
        | NoAnswerKind::Connect
        | NoAnswerKind::Tls
        | NoAnswerKind::Reset
        | NoAnswerKind::TimedOut => Trouble::Silence,
        NoAnswerKind::CertificateUntrusted => Trouble::Wait(WaitReason::CertificateUntrusted),
        NoAnswerKind::ClockWrong => Trouble::Wait(WaitReason::ClockWrong),
        NoAnswerKind::ProxyRefused => Trouble::Wait(WaitReason::ProxyRefused),
        NoAnswerKind::ProxySignIn => Trouble::Wait(WaitReason::ProxySignIn),
        NoAnswerKind::ProxyUnreachable => Trouble::Wait(WaitReason::ProxyUnreachable),
        NoAnswerKind::Garbled => Trouble::Failed(None),
    }
}

/// Recognises replies from between client and service by status and kind of body: pages of proxies, portals and
/// firewalls, and a service that is overloaded or down. `None` means that the reply is the service's own and about the
/// request.
fn in_between(refusal: &Refusal) -> Option<Trouble> {
    let html = refusal.body == BodyKind::Html;
    match refusal.status {
        407 => Some(Trouble::Wait(WaitReason::ProxySignIn)),
        403 if html => Some(Trouble::Wait(WaitReason::Firewall)),
        429 | 503 | 509 => Some(Trouble::SlowDown(refusal.retry_after)),
        511 => Some(Trouble::Wait(WaitReason::UnexpectedPage)),
        501 => None,
        500.. => Some(Trouble::Failed(refusal.retry_after)),
        300..=399 => Some(Trouble::Wait(WaitReason::UnexpectedPage)),
        // These statuses are what a client's own mistake looks like at the edge, which also answers with pages. A page
        // with any other status, good ones included, comes from something else, such as a captive portal.
        400 | 405 | 411 | 413 | 414 | 431 => None,
        _ if html => Some(Trouble::Wait(WaitReason::UnexpectedPage)),
        _ => None,
    }
}

/// Reads a fault on this side, for requests that read no file.
fn local(fault: &LocalFault) -> Result<Trouble, waybill_model::Code> {
    match fault {
        LocalFault::Blocked(reason) => Ok(Trouble::Wait(*reason)),
        LocalFault::CalledOff => Ok(Trouble::CalledOff),
        LocalFault::FolderGone => Ok(Trouble::Wait(WaitReason::FolderGone)),
        LocalFault::Impossible(code, _) => Err(*code),
        LocalFault::FileGone
        | LocalFault::FileChanged
        | LocalFault::Unreadable(_)
        | LocalFault::Locked(_)
        | LocalFault::Unreachable(_) => Err(waybill_model::Code::Internal),
        LocalFault::TooManyOpen(_) => Err(waybill_model::Code::TooManyOpenFiles),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocker_has_the_same_name_while_sending_in_lists_and_in_the_self_test() {
        for kind in [
            NoAnswerKind::Dns,
            NoAnswerKind::Connect,
            NoAnswerKind::CertificateUntrusted,
            NoAnswerKind::ClockWrong,
            NoAnswerKind::Tls,
            NoAnswerKind::ProxyRefused,
            NoAnswerKind::ProxySignIn,
            NoAnswerKind::ProxyUnreachable,
            NoAnswerKind::Reset,
            NoAnswerKind::TimedOut,
            NoAnswerKind::Garbled,
        ] {
            for role in [Role::SignIn, Role::Api, Role::Upload] {
                let answer = NoAnswer { kind, maybe_received: false, detail: String::new() };
                assert_eq!(silence(&answer).wait(role).0.code(), answer.code(role), "{kind:?} at {role:?}");
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod samples {
    //! Replies for tests.

    use waybill_model::{BodyKind, NoAnswer, NoAnswerKind, NotDone, Refusal, Reply, Timestamp};

    pub(crate) fn refused<T>(status: u16, code: &str, body: BodyKind, from_store: bool) -> Reply<T> {
        let code = (!code.is_empty()).then(|| code.to_owned());
        Err(NotDone::Refused(Refusal { status, code, message: None, from_store, body, retry_after: None, date: None }))
    }

    /// The same reply with this `Date`, if it is a refusal.
    pub(crate) fn dated<T>(mut reply: Reply<T>, date: Timestamp) -> Reply<T> {
        if let Err(NotDone::Refused(refusal)) = &mut reply {
            refusal.date = Some(date);
        }
        reply
    }

    /// An XML error of the store itself.
    pub(crate) fn store<T>(status: u16, code: &str) -> Reply<T> {
        refused(status, code, BodyKind::Xml, true)
    }

    /// An XML error of the edge.
    pub(crate) fn edge<T>(status: u16, code: &str) -> Reply<T> {
        refused(status, code, BodyKind::Xml, false)
    }

    pub(crate) fn json<T>(status: u16, code: &str) -> Reply<T> {
        refused(status, code, BodyKind::Json, false)
    }

    pub(crate) fn html<T>(status: u16) -> Reply<T> {
        refused(status, "", BodyKind::Html, false)
    }

    pub(crate) fn bare<T>(status: u16) -> Reply<T> {
        refused(status, "", BodyKind::Empty, false)
    }

    pub(crate) fn silent<T>(kind: NoAnswerKind, maybe_received: bool) -> Reply<T> {
        Err(NotDone::NoAnswer(NoAnswer { kind, maybe_received, detail: String::new() }))
    }
}
