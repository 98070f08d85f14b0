//! Replies of the consignment API (facts E3, E4, E6).

use waybill_model::{BodyKind, Code, LocalFault, NoAnswer, NoAnswerKind, NotDone, Refusal, Reply, WaitReason};

use super::{Trouble, in_between, local, silence};

/// What a reply means to a call that must not be repeated blindly: `startUpload` and `addFilesAndMetadata`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallDecision<T> {
    /// It was acted on.
    Done(T),
    /// The call may have been acted on. The truth must be read back once the trouble is over.
    Unknown(Trouble),
    /// The call was certainly not acted on. It may be repeated once the trouble is over.
    NotDone(Trouble),
    /// The consignment is in the wrong state for the call, perhaps because of an earlier call of ours.
    StateRefused,
    /// The call was certainly not acted on, and repeating it would not help.
    Stop(Code),
    /// Something on this side failed for good, before or after the call. The truth must be read back before another
    /// call.
    StopUnknown(Code),
}

/// What a reply to a query means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadDecision<T> {
    /// It was answered.
    Done(T),
    /// Ask again once the trouble is over.
    Again(Trouble),
    /// Asking again would not help.
    Stop(Code),
}

/// Reads a reply to `startUpload`.
#[must_use]
pub fn start_upload<T>(reply: Reply<T>) -> CallDecision<T> {
    call(reply, Code::ServiceRefused)
}

/// Reads a reply to `addFilesAndMetadata`. A body over the API's limit (413, facts E3) has its own code.
#[must_use]
pub fn register<T>(reply: Reply<T>) -> CallDecision<T> {
    call(reply, Code::RegistrationTooLarge)
}

/// Reads a reply to a query.
#[must_use]
pub fn read<T>(reply: Reply<T>) -> ReadDecision<T> {
    match call(reply, Code::ServiceRefused) {
        CallDecision::Done(answer) => ReadDecision::Done(answer),
        CallDecision::Unknown(trouble) | CallDecision::NotDone(trouble) => ReadDecision::Again(trouble),
        CallDecision::StateRefused => ReadDecision::Stop(Code::ServiceRefused),
        CallDecision::Stop(code) | CallDecision::StopUnknown(code) => ReadDecision::Stop(code),
    }
}

fn call<T>(reply: Reply<T>, too_large: Code) -> CallDecision<T> {
    match reply {
        Ok(answer) => CallDecision::Done(answer),
        Err(NotDone::Refused(refusal)) => refused(&refusal, too_large),
        Err(NotDone::NoAnswer(answer)) => no_answer(&answer),
        // Neither says at which moment the call ended.
        Err(NotDone::NotSent(LocalFault::CalledOff)) => CallDecision::Unknown(Trouble::CalledOff),
        Err(NotDone::NotSent(LocalFault::Blocked(reason @ WaitReason::DiskFull))) => {
            CallDecision::Unknown(Trouble::Wait(reason))
        }
        Err(NotDone::NotSent(fault)) => local(&fault).map_or_else(CallDecision::StopUnknown, CallDecision::NotDone),
    }
}

fn no_answer<T>(answer: &NoAnswer) -> CallDecision<T> {
    let trouble = silence(answer);
    let certain = match answer.kind {
        NoAnswerKind::Dns
        | NoAnswerKind::Connect
        | NoAnswerKind::CertificateUntrusted
        | NoAnswerKind::ClockWrong
        | NoAnswerKind::Tls
        | NoAnswerKind::ProxyRefused
        | NoAnswerKind::ProxySignIn
        | NoAnswerKind::ProxyUnreachable
        | NoAnswerKind::Reset
        | NoAnswerKind::TimedOut => !answer.maybe_received,
        NoAnswerKind::Garbled => false,
    };
    if certain { CallDecision::NotDone(trouble) } else { CallDecision::Unknown(trouble) }
}

fn refused<T>(refusal: &Refusal, too_large: Code) -> CallDecision<T> {
    match (refusal.status, refusal.code.as_deref()) {
        // Business errors come in a 200, before anything is written (facts E3).
        (200, Some("NOT_AUTHORISED")) => CallDecision::Stop(Code::ConsignmentUnknown),
        (200, Some("INVALID_CONSIGNMENT_STATE")) => CallDecision::StateRefused,
        (200, Some("INVALID_INPUT_DATA")) => CallDecision::Stop(Code::ServiceRefused),
        // TDR's firewall answers 403, with any body.
        (403, _) => CallDecision::NotDone(Trouble::Wait(WaitReason::Firewall)),
        (401, _) => CallDecision::NotDone(Trouble::Token),
        (413, _) => CallDecision::Stop(too_large),
        (200..=299, _) if refusal.body != BodyKind::Html => CallDecision::Unknown(Trouble::Failed(None)),
        _ => match in_between(refusal) {
            // With a good status, or one that says that something broke on the way, the call may have been acted on.
            Some(trouble) if refusal.status >= 500 || refusal.status < 300 => CallDecision::Unknown(trouble),
            Some(trouble) => CallDecision::NotDone(trouble),
            None => CallDecision::Stop(Code::ServiceRefused),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::samples::{bare, html, json, refused as other, silent};

    /// Facts E3, row by row, and E6 for the two calls.
    #[test]
    fn every_reply_of_the_api_has_its_decision() {
        let failed = Trouble::Failed(None);
        let page = Trouble::Wait(WaitReason::UnexpectedPage);
        let firewall = Trouble::Wait(WaitReason::Firewall);
        let rows: Vec<(Reply<()>, CallDecision<()>, ReadDecision<()>)> = vec![
            (Ok(()), CallDecision::Done(()), ReadDecision::Done(())),
            (
                json(200, "NOT_AUTHORISED"),
                CallDecision::Stop(Code::ConsignmentUnknown),
                ReadDecision::Stop(Code::ConsignmentUnknown),
            ),
            (
                json(200, "INVALID_CONSIGNMENT_STATE"),
                CallDecision::StateRefused,
                ReadDecision::Stop(Code::ServiceRefused),
            ),
            (
                json(200, "INVALID_INPUT_DATA"),
                CallDecision::Stop(Code::ServiceRefused),
                ReadDecision::Stop(Code::ServiceRefused),
            ),
            (json(200, ""), CallDecision::Unknown(failed), ReadDecision::Again(failed)),
            (json(400, ""), CallDecision::Stop(Code::ServiceRefused), ReadDecision::Stop(Code::ServiceRefused)),
            (other(500, "", BodyKind::Other, false), CallDecision::Unknown(failed), ReadDecision::Again(failed)),
            (
                other(401, "", BodyKind::Other, false),
                CallDecision::NotDone(Trouble::Token),
                ReadDecision::Again(Trouble::Token),
            ),
            (bare(413), CallDecision::Stop(Code::ServiceRefused), ReadDecision::Stop(Code::ServiceRefused)),
            (html(403), CallDecision::NotDone(firewall), ReadDecision::Again(firewall)),
            (bare(403), CallDecision::NotDone(firewall), ReadDecision::Again(firewall)),
            (html(200), CallDecision::Unknown(page), ReadDecision::Again(page)),
            (html(302), CallDecision::NotDone(page), ReadDecision::Again(page)),
            (html(404), CallDecision::NotDone(page), ReadDecision::Again(page)),
            (html(502), CallDecision::Unknown(failed), ReadDecision::Again(failed)),
            (html(504), CallDecision::Unknown(failed), ReadDecision::Again(failed)),
            (bare(503), CallDecision::Unknown(Trouble::SlowDown(None)), ReadDecision::Again(Trouble::SlowDown(None))),
            (bare(429), CallDecision::NotDone(Trouble::SlowDown(None)), ReadDecision::Again(Trouble::SlowDown(None))),
            (
                silent(NoAnswerKind::Connect, false),
                CallDecision::NotDone(Trouble::Silence),
                ReadDecision::Again(Trouble::Silence),
            ),
            (
                silent(NoAnswerKind::Reset, true),
                CallDecision::Unknown(Trouble::Silence),
                ReadDecision::Again(Trouble::Silence),
            ),
            (silent(NoAnswerKind::Garbled, true), CallDecision::Unknown(failed), ReadDecision::Again(failed)),
            (
                Err(NotDone::NotSent(LocalFault::Blocked(WaitReason::SignedOut))),
                CallDecision::NotDone(Trouble::Wait(WaitReason::SignedOut)),
                ReadDecision::Again(Trouble::Wait(WaitReason::SignedOut)),
            ),
            (
                Err(NotDone::NotSent(LocalFault::Impossible(Code::HostNotAllowed, String::new()))),
                CallDecision::StopUnknown(Code::HostNotAllowed),
                ReadDecision::Stop(Code::HostNotAllowed),
            ),
            (
                Err(NotDone::NotSent(LocalFault::Blocked(WaitReason::DiskFull))),
                CallDecision::Unknown(Trouble::Wait(WaitReason::DiskFull)),
                ReadDecision::Again(Trouble::Wait(WaitReason::DiskFull)),
            ),
        ];
        for (reply, call, query) in rows {
            assert_eq!(start_upload(reply.clone()), call, "startUpload, {reply:?}");
            assert_eq!(read(reply.clone()), query, "query, {reply:?}");
        }
    }

    #[test]
    fn a_registration_over_the_api_limit_has_its_own_code() {
        assert_eq!(register::<()>(bare(413)), CallDecision::Stop(Code::RegistrationTooLarge));
        assert_eq!(register::<()>(html(413)), CallDecision::Stop(Code::RegistrationTooLarge));
    }

    #[test]
    fn a_call_that_was_called_off_may_have_been_acted_on() {
        let reply: Reply<()> = Err(NotDone::NotSent(LocalFault::CalledOff));
        assert_eq!(register(reply), CallDecision::Unknown(Trouble::CalledOff));
    }
}
