//! One row for each row of facts A6, B8, C3, C4 and C9 that a client can meet.

use waybill_model::{ETag, Timestamp, UploadId};

use super::*;
use crate::classify::samples::{bare, edge, html, json, silent, store};

fn put(reply: &Reply<Stored>) -> (Setback, bool) {
    match put_object(reply.clone(), false, Repeat::Guarded) {
        PutDecision::Setback { setback, maybe_done } => (setback, maybe_done),
        other @ (PutDecision::Done(_) | PutDecision::Unknown(_) | PutDecision::ExistsAfterOwnAttempt) => {
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
    let refused = Setback::SetAside(Code::StoreRefused);
    let rows: Vec<(&str, Reply<Stored>, Setback)> = vec![
        ("A6 no key pair", edge(403, "MissingKey"), Setback::RefreshCookies),
        ("A6 expired, not yet, resource", edge(403, "AccessDenied"), Setback::RefreshCookies),
        ("A6 unknown key", edge(403, "UnknownKey"), Setback::RefreshCookies),
        ("A6 malformed policy", edge(403, "MalformedPolicy"), Setback::RefreshCookies),
        ("A6 no body", bare(403), Setback::RefreshCookies),
        ("A6 the store's policy", store(403, "AccessDenied"), refused),
        ("A6 firewall", html(403), Setback::Wait(WaitReason::Firewall)),
        ("B8 500", store(500, "InternalError"), Setback::Failed { by_store: true }),
        ("B8 500 without a code", bare(500), Setback::Failed { by_store: false }),
        ("B8 502", html(502), Setback::Failed { by_store: false }),
        ("B8 503", html(503), Setback::SlowDown(None)),
        ("B8 504", html(504), Setback::Failed { by_store: false }),
        ("B8 509", bare(509), Setback::SlowDown(None)),
        ("B8 429", bare(429), Setback::SlowDown(None)),
        ("C5 other ACL", store(400, "AccessControlListNotSupported"), refused),
        ("C9 SlowDown", store(503, "SlowDown"), Setback::SlowDown(None)),
        ("C9 ServiceUnavailable", store(503, "ServiceUnavailable"), Setback::SlowDown(None)),
        ("C9 RequestTimeout", store(400, "RequestTimeout"), Setback::Again),
        ("C9 BadDigest", store(400, "BadDigest"), Setback::Differs),
        ("C9 XAmzContentSHA256Mismatch", store(400, "XAmzContentSHA256Mismatch"), Setback::Differs),
        ("C9 IncompleteBody", store(400, "IncompleteBody"), Setback::Again),
        ("C9 OperationAborted", store(409, "OperationAborted"), Setback::Again),
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
        ("C9 RequestTimeTooSkewed", store(403, "RequestTimeTooSkewed"), Setback::Again),
        ("C9 SignatureDoesNotMatch", store(403, "SignatureDoesNotMatch"), Setback::Again),
        ("C9 TemporaryRedirect", store(307, "TemporaryRedirect"), Setback::Again),
        ("B2 address too long", html(413), refused),
        ("code before status", store(200, "SlowDown"), Setback::SlowDown(None)),
        ("captive portal", html(200), Setback::Wait(WaitReason::UnexpectedPage)),
        ("captive portal's redirect", bare(302), Setback::Wait(WaitReason::UnexpectedPage)),
        ("captive portal, RFC 6585", html(511), Setback::Wait(WaitReason::UnexpectedPage)),
        ("proxy's page", html(404), Setback::Wait(WaitReason::UnexpectedPage)),
        ("proxy's sign-in", html(407), Setback::Wait(WaitReason::ProxyRefused)),
        ("unknown code", store(418, "Teapot"), refused),
        ("no such bucket", store(404, "NoSuchBucket"), refused),
        ("JSON of a gateway", json(403, ""), Setback::RefreshCookies),
        ("name not found", silent(NoAnswerKind::Dns, false), Setback::Unreachable),
        ("no connection", silent(NoAnswerKind::Connect, false), Setback::Unreachable),
        ("no handshake", silent(NoAnswerKind::Tls, false), Setback::Unreachable),
        ("reset before a byte", silent(NoAnswerKind::Reset, false), Setback::Unreachable),
        ("reset in the body", silent(NoAnswerKind::Reset, true), Setback::Broken),
        ("stalled", silent(NoAnswerKind::TimedOut, true), Setback::Broken),
        ("half an answer", silent(NoAnswerKind::Garbled, true), Setback::Again),
        (
            "certificate",
            silent(NoAnswerKind::CertificateUntrusted, false),
            Setback::Wait(WaitReason::CertificateUntrusted),
        ),
        ("proxy", silent(NoAnswerKind::ProxyRefused, false), Setback::Wait(WaitReason::ProxyRefused)),
        ("gone", Err(NotDone::NotSent(LocalFault::FileGone)), Setback::SetAside(Code::FileGone)),
        ("changed", Err(NotDone::NotSent(LocalFault::FileChanged)), Setback::SetAside(Code::ChangedAfterChecking)),
        (
            "unreadable",
            Err(NotDone::NotSent(LocalFault::Unreadable(String::new()))),
            Setback::SetAside(Code::Unreadable),
        ),
        ("locked", Err(NotDone::NotSent(LocalFault::Locked(String::new()))), Setback::SetAside(Code::Locked)),
        ("folder", Err(NotDone::NotSent(LocalFault::FolderGone)), Setback::FolderGone),
        (
            "no session",
            Err(NotDone::NotSent(LocalFault::Blocked(WaitReason::SignedOut))),
            Setback::Wait(WaitReason::SignedOut),
        ),
        ("called off", Err(NotDone::NotSent(LocalFault::CalledOff)), Setback::CalledOff),
        (
            "impossible",
            Err(NotDone::NotSent(LocalFault::Impossible(Code::HostNotAllowed, String::new()))),
            Setback::Stop(Code::HostNotAllowed),
        ),
    ];
    for (row, reply, setback) in rows {
        assert_eq!(put(&reply).0, setback, "PutObject, {row}");
        assert_eq!(upload_part(reply.clone()), PartDecision::Setback(setback), "UploadPart, {row}");
        let created = reply.clone().map(|_| Created { upload_id: UploadId::from("u"), abort_at: None });
        assert_eq!(create_upload(created), CreateDecision::Setback(setback), "Create, {row}");
        match complete(&reply) {
            CompleteDecision::Setback { setback: found, .. } => assert_eq!(found, setback, "Complete, {row}"),
            other @ (CompleteDecision::Done(_)
            | CompleteDecision::ExistsAfterOwnAttempt
            | CompleteDecision::GoneAfterOwnCompletion
            | CompleteDecision::Restart(_)
            | CompleteDecision::SendPartsAgain) => panic!("Complete, {row}: {other:?}"),
        }
    }
}

#[test]
fn a_good_reply_means_done() {
    let etag = ETag::from("\"a\"");
    assert_eq!(put_object(stored(), false, Repeat::Guarded), PutDecision::Done(stored().unwrap()));
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
fn a_lost_reply_is_not_followed_by_another_try_where_that_might_store_the_file_twice() {
    let (no, yes) = (Repeat::Duplicates { allowed: false }, Repeat::Duplicates { allowed: true });
    let lost = || silent(NoAnswerKind::Reset, true);
    assert_eq!(put_object(lost(), false, no), PutDecision::Unknown(Setback::Broken));
    let failed = PutDecision::Unknown(Setback::Failed { by_store: true });
    assert_eq!(put_object(store(500, "InternalError"), false, no), failed);
    for repeat in [yes, Repeat::Safe, Repeat::Guarded] {
        let again = PutDecision::Setback { setback: Setback::Broken, maybe_done: true };
        assert_eq!(put_object(lost(), false, repeat), again);
    }
    let never_sent = PutDecision::Setback { setback: Setback::Unreachable, maybe_done: false };
    assert_eq!(put_object(silent(NoAnswerKind::Connect, false), false, no), never_sent);
    let refused = PutDecision::Setback { setback: Setback::RefreshCookies, maybe_done: false };
    assert_eq!(put_object(bare(401), false, no), refused);
}

/// Facts C3 and C4.
#[test]
fn already_exists_means_done_only_after_our_own_attempt() {
    let exists = Setback::SetAside(Code::ObjectExists);
    for reply in [store(412, "PreconditionFailed"), bare(412)] {
        assert_eq!(put_object(reply.clone(), true, Repeat::Guarded), PutDecision::ExistsAfterOwnAttempt);
        assert_eq!(put(&reply), (exists, false));
        let history = CompletionHistory { of_this_item: true, ..Default::default() };
        assert_eq!(complete_upload(reply.clone(), history), CompleteDecision::ExistsAfterOwnAttempt);
        assert_eq!(complete(&reply), CompleteDecision::Setback { setback: exists, maybe_done: false });
    }
}

/// Facts C4.
#[test]
fn a_conflict_repeats_a_put_and_restarts_a_multipart_upload() {
    let reply = store(409, "ConditionalRequestConflict");
    assert_eq!(put(&reply), (Setback::Again, false));
    assert_eq!(complete(&reply), CompleteDecision::Restart(Code::StoreFailed));
}

/// Facts C3 and C7.
#[test]
fn a_missing_upload_was_completed_only_if_we_tried_and_it_has_not_expired() {
    let reply = store(404, "NoSuchUpload");
    let tried = CompletionHistory { of_this_upload: true, of_this_item: true, not_aged: true };
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
    assert_eq!(decision, CompleteDecision::Setback { setback: Setback::Failed { by_store: true }, maybe_done: true });
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
    }));
    assert_eq!(put(&reply).0, Setback::SlowDown(Some(Duration::from_secs(7))));
}
