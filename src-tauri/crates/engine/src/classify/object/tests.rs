//! One row for each row of facts A6, B8, C3, C4 and C9 that a client can meet.

use waybill_model::{ETag, Timestamp, UploadId};

use super::*;
use crate::classify::samples::{bare, edge, html, json, silent, store};

fn put(reply: &Reply<Stored>) -> (RequestFailure, bool) {
    match put_object(reply.clone(), Repeat::Guarded) {
        PutDecision::Failed { failure, maybe_done } => (failure, maybe_done),
        other @ (PutDecision::Done(_) | PutDecision::Unknown(_) | PutDecision::Exists) => {
            panic!("{reply:?} is {other:?}")
        }
    }
}

fn complete(reply: &Reply<Stored>) -> CompleteDecision {
    complete_upload(reply.clone(), CompletionHistory::default())
}

fn stored() -> Reply<Stored> {
    Ok(Stored { etag: ETag::from("\"a\""), key: None })
}

/// Errors that mean the same for all four calls.
#[test]
fn common_errors_mean_the_same_for_all_four_calls() {
    let refused = RequestFailure::SetAside(Code::StoreRefused);
    let rows: Vec<(&str, Reply<Stored>, RequestFailure)> = vec![
        ("A6 no key pair", edge(403, "MissingKey"), RequestFailure::RefreshPermit),
        ("A6 expired, not yet, resource", edge(403, "AccessDenied"), RequestFailure::RefreshPermit),
        ("A6 unknown key", edge(403, "UnknownKey"), RequestFailure::RefreshPermit),
        ("A6 malformed policy", edge(403, "MalformedPolicy"), RequestFailure::RefreshPermit),
        ("A6 no body", bare(403), RequestFailure::RefreshPermit),
        ("A6 the store's policy", store(403, "AccessDenied"), refused),
        ("A6 firewall", html(403), RequestFailure::Wait(WaitReason::Firewall)),
        ("B8 500", store(500, "InternalError"), RequestFailure::Failed { by_store: true }),
        ("B8 500 without a code", bare(500), RequestFailure::Failed { by_store: false }),
        ("B8 502", html(502), RequestFailure::Failed { by_store: false }),
        ("B8 503", html(503), RequestFailure::SlowDown(None)),
        ("B8 504", html(504), RequestFailure::Failed { by_store: false }),
        ("B8 509", bare(509), RequestFailure::SlowDown(None)),
        ("B8 429", bare(429), RequestFailure::SlowDown(None)),
        ("C5 other ACL", store(400, "AccessControlListNotSupported"), refused),
        ("C9 SlowDown", store(503, "SlowDown"), RequestFailure::SlowDown(None)),
        ("C9 ServiceUnavailable", store(503, "ServiceUnavailable"), RequestFailure::SlowDown(None)),
        ("C9 RequestTimeout", store(400, "RequestTimeout"), RequestFailure::Again),
        ("C9 BadDigest", store(400, "BadDigest"), RequestFailure::Differs),
        ("C9 XAmzContentSHA256Mismatch", store(400, "XAmzContentSHA256Mismatch"), RequestFailure::Differs),
        ("C9 IncompleteBody", store(400, "IncompleteBody"), RequestFailure::Again),
        ("C9 OperationAborted", store(409, "OperationAborted"), RequestFailure::Again),
        ("C9 InvalidPartOrder", store(400, "InvalidPartOrder"), refused),
        ("C9 MalformedXML", store(400, "MalformedXML"), refused),
        ("C9 InvalidArgument", store(400, "InvalidArgument"), refused),
        ("C9 InvalidRequest", store(400, "InvalidRequest"), refused),
        ("C9 InvalidDigest", store(400, "InvalidDigest"), refused),
        ("C9 MissingContentLength", store(411, "MissingContentLength"), refused),
        ("C9 MethodNotAllowed", store(405, "MethodNotAllowed"), refused),
        ("C9 NotImplemented", store(501, "NotImplemented"), refused),
        ("C9 KeyTooLongError", store(400, "KeyTooLongError"), refused),
        ("C9 EntityTooLarge", store(400, "EntityTooLarge"), refused),
        ("C9 RequestTimeTooSkewed", store(403, "RequestTimeTooSkewed"), RequestFailure::Again),
        ("C9 SignatureDoesNotMatch", store(403, "SignatureDoesNotMatch"), RequestFailure::Again),
        ("C9 TemporaryRedirect", store(307, "TemporaryRedirect"), RequestFailure::Again),
        ("B2 address too long", html(413), refused),
        ("code before status", store(200, "SlowDown"), RequestFailure::SlowDown(None)),
        ("captive portal", html(200), RequestFailure::Wait(WaitReason::UnexpectedPage)),
        ("captive portal's redirect", bare(302), RequestFailure::Wait(WaitReason::UnexpectedPage)),
        ("captive portal, RFC 6585", html(511), RequestFailure::Wait(WaitReason::UnexpectedPage)),
        ("proxy's page", html(404), RequestFailure::Wait(WaitReason::UnexpectedPage)),
        ("proxy's sign-in", html(407), RequestFailure::Wait(WaitReason::ProxySignIn)),
        ("unknown code", store(418, "Teapot"), refused),
        ("no such bucket", store(404, "NoSuchBucket"), refused),
        ("JSON of a gateway", json(403, ""), RequestFailure::RefreshPermit),
        ("name not found", silent(NoAnswerKind::Dns, false), RequestFailure::Unreachable),
        ("no connection", silent(NoAnswerKind::Connect, false), RequestFailure::Unreachable),
        ("no handshake", silent(NoAnswerKind::Tls, false), RequestFailure::Unreachable),
        ("reset before a byte", silent(NoAnswerKind::Reset, false), RequestFailure::Unreachable),
        ("reset in the body", silent(NoAnswerKind::Reset, true), RequestFailure::Broken),
        ("stalled", silent(NoAnswerKind::TimedOut, true), RequestFailure::Broken),
        ("half an answer", silent(NoAnswerKind::Garbled, true), RequestFailure::Again),
        (
            "certificate",
            silent(NoAnswerKind::CertificateUntrusted, false),
            RequestFailure::Wait(WaitReason::CertificateUntrusted),
        ),
        (
            "proxy's sign-in before a connection",
            silent(NoAnswerKind::ProxySignIn, false),
            RequestFailure::Wait(WaitReason::ProxySignIn),
        ),
        ("no proxy", silent(NoAnswerKind::ProxyUnreachable, false), RequestFailure::Wait(WaitReason::ProxyUnreachable)),
        ("clock", silent(NoAnswerKind::ClockWrong, false), RequestFailure::Wait(WaitReason::ClockWrong)),
        ("proxy", silent(NoAnswerKind::ProxyRefused, false), RequestFailure::Wait(WaitReason::ProxyRefused)),
        ("gone", Err(NotDone::NotSent(LocalFault::FileGone)), RequestFailure::SetAside(Code::FileGone)),
        (
            "changed",
            Err(NotDone::NotSent(LocalFault::FileChanged)),
            RequestFailure::SetAside(Code::ChangedAfterChecking),
        ),
        (
            "unreadable",
            Err(NotDone::NotSent(LocalFault::Unreadable(String::new()))),
            RequestFailure::SetAside(Code::Unreadable),
        ),
        (
            "silent",
            Err(NotDone::NotSent(LocalFault::Unreachable(String::new()))),
            RequestFailure::FileSilent(Code::Unreadable),
        ),
        (
            "too many open files",
            Err(NotDone::NotSent(LocalFault::TooManyOpen(String::new()))),
            RequestFailure::FileSilent(Code::TooManyOpenFiles),
        ),
        ("locked", Err(NotDone::NotSent(LocalFault::Locked(String::new()))), RequestFailure::SetAside(Code::Locked)),
        ("folder", Err(NotDone::NotSent(LocalFault::FolderGone)), RequestFailure::FolderGone),
        (
            "no session",
            Err(NotDone::NotSent(LocalFault::Blocked(WaitReason::SignedOut))),
            RequestFailure::Wait(WaitReason::SignedOut),
        ),
        ("called off", Err(NotDone::NotSent(LocalFault::CalledOff)), RequestFailure::CalledOff),
        (
            "impossible",
            Err(NotDone::NotSent(LocalFault::Impossible(Code::HostNotAllowed, String::new()))),
            RequestFailure::Stop(Code::HostNotAllowed),
        ),
    ];
    for (row, reply, failure) in rows {
        assert_eq!(put(&reply).0, failure, "PutObject, {row}");
        assert_eq!(upload_part(reply.clone()), PartDecision::Failed(failure), "UploadPart, {row}");
        let created = reply.clone().map(|_| Created { upload_id: UploadId::from("u"), abort_at: None });
        assert_eq!(create_upload(created), CreateDecision::Failed(failure), "Create, {row}");
        match complete(&reply) {
            CompleteDecision::Failed { failure: found, .. } => assert_eq!(found, failure, "Complete, {row}"),
            other @ (CompleteDecision::Done(_)
            | CompleteDecision::Exists
            | CompleteDecision::GoneAfterOwnCompletion
            | CompleteDecision::Restart(_)
            | CompleteDecision::SendPartsAgain) => panic!("Complete, {row}: {other:?}"),
        }
    }
}

#[test]
fn a_good_reply_means_done() {
    let etag = ETag::from("\"a\"");
    assert_eq!(put_object(stored(), Repeat::Guarded), PutDecision::Done(stored().unwrap()));
    assert_eq!(upload_part(stored()), PartDecision::Done(etag.clone()));
    assert_eq!(complete(&stored()), CompleteDecision::Done(etag));
    let created = Created { upload_id: UploadId::from("u"), abort_at: Some(Timestamp(1)) };
    assert_eq!(create_upload(Ok(created.clone())), CreateDecision::Done(created));
}

#[test]
fn after_a_5xx_or_a_lost_reply_the_request_may_be_done() {
    for reply in
        [store(500, "InternalError"), html(502), store(503, "SlowDown"), html(504), store(200, "InternalError")]
    {
        assert!(put(&reply).1, "{reply:?}");
    }
    assert!(put(&silent(NoAnswerKind::Reset, true)).1);
    assert!(put(&Err(NotDone::NotSent(LocalFault::CalledOff))).1);
    assert!(!put(&silent(NoAnswerKind::Connect, false)).1);
    assert!(!put(&edge(403, "AccessDenied")).1);
    assert!(!put(&store(400, "BadDigest")).1);
}

#[test]
fn a_lost_reply_is_not_retried_if_that_might_store_the_file_twice() {
    let (no, yes) = (Repeat::Duplicates { allowed: false }, Repeat::Duplicates { allowed: true });
    let lost = || silent(NoAnswerKind::Reset, true);
    assert_eq!(put_object(lost(), no), PutDecision::Unknown(RequestFailure::Broken));
    let failed = PutDecision::Unknown(RequestFailure::Failed { by_store: true });
    assert_eq!(put_object(store(500, "InternalError"), no), failed);
    for repeat in [yes, Repeat::Safe, Repeat::Guarded] {
        let again = PutDecision::Failed { failure: RequestFailure::Broken, maybe_done: true };
        assert_eq!(put_object(lost(), repeat), again);
    }
    let never_sent = PutDecision::Failed { failure: RequestFailure::Unreachable, maybe_done: false };
    assert_eq!(put_object(silent(NoAnswerKind::Connect, false), no), never_sent);
    let refused = PutDecision::Failed { failure: RequestFailure::RefreshPermit, maybe_done: false };
    assert_eq!(put_object(bare(401), no), refused);
}

/// Facts C4.
#[test]
fn already_exists_means_done_also_at_the_first_attempt() {
    for reply in [store(412, "PreconditionFailed"), bare(412)] {
        assert_eq!(put_object(reply.clone(), Repeat::Guarded), PutDecision::Exists);
        assert_eq!(complete(&reply), CompleteDecision::Exists);
        let unguarded =
            PutDecision::Failed { failure: RequestFailure::SetAside(Code::ObjectExists), maybe_done: false };
        assert_eq!(put_object(reply, Repeat::Safe), unguarded, "nothing was asked that could exist");
    }
}

/// Facts C4.
#[test]
fn a_conflict_repeats_a_put_and_restarts_a_multipart_upload() {
    let reply = store(409, "ConditionalRequestConflict");
    assert_eq!(put(&reply), (RequestFailure::Again, false));
    assert_eq!(complete(&reply), CompleteDecision::Restart(Code::StoreFailed));
}

/// Facts C3 and C7.
#[test]
fn a_missing_upload_was_completed_only_if_we_tried_and_it_has_not_expired() {
    let reply = store(404, "NoSuchUpload");
    let tried = CompletionHistory { of_this_upload: true, not_aged: true };
    assert_eq!(complete_upload(reply.clone(), tried), CompleteDecision::GoneAfterOwnCompletion);
    let aged = CompletionHistory { not_aged: false, ..tried };
    assert_eq!(complete_upload(reply.clone(), aged), CompleteDecision::Restart(Code::StoreFailed));
    let other = CompletionHistory { of_this_upload: false, ..tried };
    assert_eq!(complete_upload(reply.clone(), other), CompleteDecision::Restart(Code::StoreFailed));
    assert_eq!(upload_part(reply), PartDecision::Restart(Code::StoreFailed));
}

/// Facts C3 and C9.
#[test]
fn unknown_parts_are_sent_again_and_parts_too_small_restart_the_upload() {
    assert_eq!(complete(&store(400, "InvalidPart")), CompleteDecision::SendPartsAgain);
    assert_eq!(complete(&store(400, "EntityTooSmall")), CompleteDecision::Restart(Code::StoreRefused));
}

/// Facts C3: the status is sent before the result is known.
#[test]
fn an_error_in_a_200_is_an_error() {
    let decision = complete(&store(200, "InternalError"));
    assert_eq!(
        decision,
        CompleteDecision::Failed { failure: RequestFailure::Failed { by_store: true }, maybe_done: true }
    );
    assert_eq!(complete(&store(200, "InvalidPart")), CompleteDecision::SendPartsAgain);
}

#[test]
fn a_retry_after_is_passed_on() {
    let reply = Err(NotDone::Refused(Refusal {
        status: 503,
        code: None,
        message: None,
        from_store: false,
        body: BodyKind::Empty,
        retry_after: Some(Duration::from_secs(7)),
        date: None,
    }));
    assert_eq!(put(&reply).0, RequestFailure::SlowDown(Some(Duration::from_secs(7))));
}
