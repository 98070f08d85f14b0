mod http2;

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tempfile::NamedTempFile;
use tokio::sync::{Notify, Semaphore};
use waybill_model::service::{Headers, Scheme};
use waybill_model::{BodyKind, ByteRange, NoAnswerKind, NotDone, Refusal, Role, Secret};

use super::*;
use crate::Limits;
use crate::testing::{Act, Recorded, Server, net, response};

const TAG: &str = "\"9b2cf535f27731c974343645a3985328\"";

const COOKIES: &str = "CloudFront-Key-Pair-Id=K1; CloudFront-Policy=p_; CloudFront-Signature=s~";

fn cookies() -> Pass {
    Pass::of_cookies(COOKIES, Timestamp(1_800_000_000_000)).unwrap()
}

fn key() -> ObjectKey {
    let id = |last: u8| format!("7f9fbd5a-0000-4000-8000-00000000000{last}");
    ObjectKey::registered(id(1).parse().unwrap(), id(2).parse().unwrap(), id(3).parse().unwrap())
}

const PATH: &str =
    "/7f9fbd5a-0000-4000-8000-000000000001/7f9fbd5a-0000-4000-8000-000000000002/7f9fbd5a-0000-4000-8000-000000000003";

fn file(content: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

fn range(file: &NamedTempFile, offset: u64, len: u64) -> FileRange {
    FileRange { file: file.reopen().unwrap(), path: file.path().to_owned(), range: ByteRange { offset, len } }
}

fn unheard() -> Sent {
    Arc::new(|_| {})
}

fn part(number: u16) -> PartNumber {
    PartNumber::new(number).unwrap()
}

/// Returns the query, sorted and without the SDK's name of the operation.
fn query(request: &Recorded) -> Vec<&str> {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    assert_eq!(path, PATH);
    let mut pairs: Vec<_> = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("x-id=")).collect();
    pairs.sort_unstable();
    pairs
}

/// Returns all headers except those that every request has. Also checks every request for what none may have.
fn headers(request: &Recorded) -> Vec<(&str, &str)> {
    for never in ["authorization", "transfer-encoding", "expect", "x-amz-content-sha256", "content-encoding", "te"] {
        assert_eq!(request.header(never), None, "{never}");
    }
    assert_eq!(request.header("cookie"), Some(COOKIES));
    assert!(request.header("user-agent").unwrap().starts_with("Waybill/"));
    let usual = ["host", "accept", "user-agent", "cookie"];
    let mut rest: Vec<_> = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    rest.retain(|(name, _)| !usual.contains(name));
    rest.sort_unstable();
    rest
}

async fn store(acts: impl IntoIterator<Item = Act>) -> (Server, Objects) {
    let server = Server::scripted(acts).await;
    let objects = Objects::new(&net(&[(Role::Upload, &server.url)]));
    (server, objects)
}

fn refusal<T>(reply: Reply<T>) -> Refusal {
    match reply {
        Err(NotDone::Refused(refusal)) => refusal,
        Ok(_) | Err(NotDone::NoAnswer(_) | NotDone::NotSent(_)) => panic!("not refused"),
    }
}

#[tokio::test]
async fn put_object_sends_the_range_with_its_length_its_checksum_and_the_condition() {
    let (server, objects) = store([Act::respond("200 OK", &[("ETag", TAG)], "")]).await;
    let content: Vec<u8> = (0..700_000_u32).map(|i| i.to_le_bytes()[0]).collect();
    let file = file(&content);
    let heard = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&heard);
    let sent: Sent = Arc::new(move |bytes| {
        counter.fetch_add(bytes, Ordering::Relaxed);
    });
    let reply = objects.put_object(&cookies(), &key(), &range(&file, 1_000, 600_000), Crc64Nvme(1), sent).await;
    assert_eq!(reply, Ok(Stored { etag: TAG.into(), key: None }));
    assert_eq!(heard.load(Ordering::Relaxed), 600_000);
    let request = server.only_request();
    assert_eq!((request.method.as_str(), query(&request)), ("PUT", vec![]));
    assert_eq!(
        headers(&request),
        [
            ("content-length", "600000"),
            ("content-type", "application/octet-stream"),
            ("if-none-match", "*"),
            ("x-amz-acl", "bucket-owner-full-control"),
            ("x-amz-checksum-crc64nvme", "AAAAAAAAAAE="),
        ]
    );
    assert!(request.body == content[1_000..601_000]);
}

#[tokio::test]
async fn another_way_has_other_headers_and_learns_the_key_from_the_reply() {
    let named = Act::respond("200 OK", &[("ETag", TAG)], "{\"cfRequestId\":\"r-1\"}");
    let unnamed = Act::respond("200 OK", &[("ETag", TAG)], "");
    let (server, objects) = store([named, unnamed]).await;
    let way = UploadWay {
        headers: Headers { if_none_match: false, acl: None, checksum: Checksum::None },
        key: KeyFrom::Reply { path: "api".to_owned(), field: "cfRequestId".to_owned(), may_repeat: false },
        ..UploadWay::tdr()
    };
    let objects = objects.in_way(&way);
    let pass = Pass::of_token("x-token", Scheme::Raw, &Secret::new("t".to_owned()), Timestamp(1)).unwrap();
    let content = file(b"abc");
    let (key, body) = ("api".into(), range(&content, 0, 3));
    let put = || objects.put_object(&pass, &key, &body, Crc64Nvme(1), unheard());
    assert_eq!(put().await, Ok(Stored { etag: TAG.into(), key: Some("r-1".into()) }));
    let unknown = put().await;
    assert!(matches!(&unknown, Err(NotDone::NoAnswer(lost)) if lost.maybe_received), "{unknown:?}");
    let request = &server.requests()[0];
    assert!(request.target == "/api" || request.target.starts_with("/api?x-id="), "{}", request.target);
    assert_eq!((request.header("x-token"), request.header("cookie")), (Some("t"), None));
    for absent in ["if-none-match", "x-amz-acl", "x-amz-checksum-crc64nvme"] {
        assert_eq!(request.header(absent), None, "{absent}");
    }
    assert_eq!(request.body, b"abc");
}

#[tokio::test]
async fn an_empty_object_is_put_with_length_zero() {
    let (server, objects) = store([Act::respond("200 OK", &[("ETag", TAG)], "")]).await;
    let reply = objects.put_object(&cookies(), &key(), &range(&file(b""), 0, 0), Crc64Nvme(0), unheard()).await;
    assert_eq!(reply, Ok(Stored { etag: TAG.into(), key: None }));
    assert_eq!(server.only_request().header("content-length"), Some("0"));
}

#[tokio::test]
async fn create_upload_announces_the_checksum_and_learns_when_the_parts_go() {
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key>\
                <UploadId>u+1/2</UploadId></InitiateMultipartUploadResult>";
    let aborts = [("x-amz-abort-date", "Tue, 21 Nov 2023 00:00:00 GMT"), ("x-amz-abort-rule-id", "r")];
    let (server, objects) = store([Act::respond("200 OK", &aborts, body), Act::respond("200 OK", &[], body)]).await;
    let created = Created { upload_id: "u+1/2".into(), abort_at: Some(Timestamp(1_700_524_800_000)) };
    assert_eq!(objects.create_upload(&cookies(), &key()).await, Ok(created.clone()));
    let undated = Created { abort_at: None, ..created };
    assert_eq!(objects.create_upload(&cookies(), &key()).await, Ok(undated));
    let request = &server.requests()[0];
    assert_eq!((request.method.as_str(), query(request)), ("POST", vec!["uploads"]));
    assert_eq!(
        headers(request),
        [
            ("content-length", "0"),
            ("x-amz-acl", "bucket-owner-full-control"),
            ("x-amz-checksum-algorithm", "CRC64NVME"),
            ("x-amz-checksum-type", "FULL_OBJECT"),
        ]
    );
}

#[tokio::test]
async fn upload_part_carries_neither_condition_nor_acl() {
    let (server, objects) = store([Act::respond("200 OK", &[("ETag", TAG)], "")]).await;
    let file = file(b"0123456789");
    let upload = "u+1/2".into();
    let crc = Crc64Nvme(0x0102_0304_0506_0708);
    let reply = objects.upload_part(&cookies(), &key(), &upload, part(7), &range(&file, 2, 5), crc, unheard()).await;
    assert_eq!(reply, Ok(Stored { etag: TAG.into(), key: None }));
    let request = server.only_request();
    assert_eq!((request.method.as_str(), query(&request)), ("PUT", vec!["partNumber=7", "uploadId=u%2B1%2F2"]));
    assert_eq!(
        headers(&request),
        [
            ("content-length", "5"),
            ("content-type", "application/octet-stream"),
            ("x-amz-checksum-crc64nvme", "AQIDBAUGBwg="),
        ]
    );
    assert_eq!(request.text(), "23456");
}

const COMPLETED: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CompleteMultipartUploadResult><Location>l</Location>\
                         <Bucket>b</Bucket><Key>k</Key><ETag>&quot;abc-2&quot;</ETag></CompleteMultipartUploadResult>";

async fn complete(objects: &Objects) -> Reply<Stored> {
    let parts = [(part(1), ETag::from("\"a\""), Crc64Nvme(1)), (part(2), ETag::from("\"b\""), Crc64Nvme(2))];
    objects.complete_upload(&cookies(), &key(), &"u1".into(), &parts, 9_000_000).await
}

#[tokio::test]
async fn complete_upload_lists_the_parts_under_the_condition_and_names_the_size() {
    let (server, objects) = store([Act::respond("200 OK", &[], COMPLETED)]).await;
    assert_eq!(complete(&objects).await, Ok(Stored { etag: "\"abc-2\"".into(), key: None }));
    let request = server.only_request();
    assert_eq!((request.method.as_str(), query(&request)), ("POST", vec!["uploadId=u1"]));
    let length = request.body.len().to_string();
    assert_eq!(
        headers(&request),
        [
            ("content-length", length.as_str()),
            ("content-type", "application/xml"),
            ("if-none-match", "*"),
            ("x-amz-checksum-type", "FULL_OBJECT"),
            ("x-amz-mp-object-size", "9000000"),
        ]
    );
    let text = request.text();
    let places: Vec<_> = [
        "<CompleteMultipartUpload",
        "<Part>",
        "<ChecksumCRC64NVME>AAAAAAAAAAE=</ChecksumCRC64NVME>",
        "<PartNumber>1</PartNumber>",
        "<Part>",
        "<ChecksumCRC64NVME>AAAAAAAAAAI=</ChecksumCRC64NVME>",
        "<PartNumber>2</PartNumber>",
    ]
    .iter()
    .scan(0, |from, wanted| {
        let at = text[*from..].find(wanted).map(|at| at + *from);
        *from = at.unwrap_or(text.len()) + 1;
        Some(at)
    })
    .collect();
    assert!(places.iter().all(Option::is_some), "{text}");
    assert!(text.contains("<ETag>&quot;a&quot;</ETag>") || text.contains("<ETag>\"a\"</ETag>"), "{text}");
}

#[tokio::test]
async fn the_end_of_a_long_complete_counts_and_not_its_beginning() {
    let error = "<Error><Code>InternalError</Code><Message>Try again</Message><RequestId>R</RequestId></Error>";
    let space = "   \n\n   ";
    let declared = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{space}{error}");
    for body in [format!("{space}{declared}"), declared.clone(), format!("{space}{error}")] {
        let (_server, objects) = store([Act::respond("200 OK", &[], &body)]).await;
        let refusal = refusal(complete(&objects).await);
        assert_eq!((refusal.status, refusal.code.as_deref()), (200, Some("InternalError")), "{body}");
        assert!(refusal.from_store);
    }
    let (_server, objects) = store([
        Act::respond("200 OK", &[], &format!("{space}{COMPLETED}")),
        Act::respond("200 OK", &[], &COMPLETED.replace("?>\n", &format!("?>{space}"))),
    ])
    .await;
    for _ in 0..2 {
        assert_eq!(complete(&objects).await, Ok(Stored { etag: "\"abc-2\"".into(), key: None }));
    }
}

#[tokio::test]
async fn an_answer_that_lacks_what_was_due_proves_nothing_either_way() {
    let (_server, objects) = store([
        Act::respond("200 OK", &[], ""),
        Act::respond("200 OK", &[], "   \n  "),
        Act::respond("200 OK", &[], "<CompleteMultipartUploadResult><Bucket>b</Bucket>"),
        Act::respond("200 OK", &[], "{}"),
    ])
    .await;
    for _ in 0..4 {
        match complete(&objects).await {
            Err(NotDone::NoAnswer(silence)) => {
                assert_eq!((silence.kind, silence.maybe_received), (NoAnswerKind::Garbled, true));
            }
            other @ (Ok(_) | Err(NotDone::Refused(_) | NotDone::NotSent(_))) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_edge_and_the_store_say_no_in_different_voices() {
    let edge = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>";
    let store_error = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message>\
                 <RequestId>R1</RequestId><HostId>H1</HostId></Error>";
    let busy = "<Error><Code>SlowDown</Code><RequestId>R2</RequestId></Error>";
    let xml = [("Content-Type", "text/xml")];
    let (_server, objects) = store([
        Act::respond("403 Forbidden", &xml, edge),
        Act::respond("403 Forbidden", &xml, store_error),
        Act::html("403 Forbidden"),
        Act::html("200 OK"),
        Act::respond("503 Slow Down", &[("Retry-After", "9")], busy),
        Act::respond(
            "412 Precondition Failed",
            &xml,
            "<Error><Code>PreconditionFailed</Code><RequestId>R</RequestId></Error>",
        ),
        Act::respond("504 Gateway Timeout", &[], ""),
    ])
    .await;
    let file = file(b"abc");
    let mut seen = Vec::new();
    for _ in 0..7 {
        let reply = objects.put_object(&cookies(), &key(), &range(&file, 0, 3), Crc64Nvme(0), unheard()).await;
        let refusal = refusal(reply);
        seen.push((
            refusal.status,
            refusal.code,
            refusal.from_store,
            refusal.body,
            refusal.retry_after.map(|d| d.as_secs()),
        ));
    }
    let code = |text: &str| Some(text.to_owned());
    assert_eq!(
        seen,
        [
            (403, code("AccessDenied"), false, BodyKind::Xml, None),
            (403, code("AccessDenied"), true, BodyKind::Xml, None),
            (403, None, false, BodyKind::Html, None),
            (200, None, false, BodyKind::Html, None),
            (503, code("SlowDown"), true, BodyKind::Xml, Some(9)),
            (412, code("PreconditionFailed"), true, BodyKind::Xml, None),
            (504, None, false, BodyKind::Empty, None),
        ]
    );
}

#[tokio::test]
async fn each_call_is_one_request_for_any_reply() {
    let file = file(b"abc");
    for act in
        [Act::respond("503 Slow Down", &[], ""), Act::AnswerAndClose(Vec::new()), Act::respond("500 No", &[], "")]
    {
        let (server, objects) = store([act]).await;
        let reply = objects.put_object(&cookies(), &key(), &range(&file, 0, 3), Crc64Nvme(0), unheard()).await;
        assert!(!matches!(reply, Ok(_) | Err(NotDone::NotSent(_))), "{reply:?}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_refusal_that_comes_before_the_body_is_sent_is_read() {
    let early = response("403 Forbidden", &[("Connection", "close")], "<Error><Code>MissingKey</Code></Error>");
    let (server, objects) = store([Act::AnswerEarly(early)]).await;
    let file = NamedTempFile::new().unwrap();
    file.as_file().set_len(64 << 20).unwrap();
    let reply = objects.put_object(&cookies(), &key(), &range(&file, 0, 64 << 20), Crc64Nvme(0), unheard()).await;
    assert_eq!(refusal(reply).code.as_deref(), Some("MissingKey"));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_as_promised_is_not_sent() {
    let (server, objects) = store([]).await;
    let file = file(b"abc");
    for (body, fault) in [
        (range(&file, 0, 4), LocalFault::FileChanged),
        (range(&file, 4, 1), LocalFault::FileChanged),
        (range(&file, u64::MAX, 1), LocalFault::FileChanged),
    ] {
        let reply = objects.put_object(&cookies(), &key(), &body, Crc64Nvme(0), unheard()).await;
        assert_eq!(reply, Err(NotDone::NotSent(fault)), "{body:?}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_file_that_becomes_shorter_while_it_is_sent_is_never_taken_for_whole() {
    let gate = Arc::new(Notify::new());
    let waits = Act::WaitFor(Arc::clone(&gate), response("200 OK", &[("ETag", TAG)], ""));
    let (server, objects) = store([waits]).await;
    let file = NamedTempFile::new().unwrap();
    file.as_file().set_len(64 << 20).unwrap();
    let moved = Arc::new(Notify::new());
    let first = Arc::clone(&moved);
    let sent: Sent = Arc::new(move |_| first.notify_one());
    let shorten = async {
        moved.notified().await;
        file.as_file().set_len(1 << 20).unwrap();
        gate.notify_one();
    };
    let (cookies, key, body) = (cookies(), key(), range(&file, 0, 64 << 20));
    let put = objects.put_object(&cookies, &key, &body, Crc64Nvme(0), sent);
    let (reply, ()) = tokio::join!(put, shorten);
    assert_eq!(reply, Err(NotDone::NotSent(LocalFault::FileChanged)));
    assert_eq!(server.only_request().body.len(), 0, "the server never had the whole body");
}

#[tokio::test]
async fn a_body_keeps_its_pace_and_no_time_limit_runs_out_meanwhile() {
    let idle = Duration::from_secs(1);
    let stored = || Act::respond("200 OK", &[("ETag", TAG)], "");
    let server = Server::scripted([stored(), stored()]).await;
    let net = net(&[(Role::Upload, &server.url)]);
    let go = Arc::new(Semaphore::new(0));
    let pace: Pace = {
        let go = Arc::clone(&go);
        Arc::new(move |bytes| {
            assert!(bytes <= 16 << 10, "pieces of {bytes} bytes make no even pace");
            let go = Arc::clone(&go);
            Some(Box::pin(async move { go.acquire().await.unwrap().forget() }))
        })
    };
    let heard = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&heard);
    let sent: Sent = Arc::new(move |bytes| {
        counter.fetch_add(bytes, Ordering::Relaxed);
    });
    let (cookies, key, content) = (cookies(), key(), file(&[7; 100_000]));
    // The limit is for the body, not for connecting.
    let first = Objects::new(&net);
    let connected = first.put_object(&cookies, &key, &range(&content, 0, 1), Crc64Nvme(1), unheard()).await;
    assert!(connected.is_ok(), "{connected:?}");
    let objects = Objects::new(&net.with_limits(Limits { idle, ..Limits::default() })).paced(pace);
    let body = range(&content, 0, 100_000);
    let mut put = std::pin::pin!(objects.put_object(&cookies, &key, &body, Crc64Nvme(1), sent));
    assert!(tokio::time::timeout(idle * 2, put.as_mut()).await.is_err(), "waiting for the pace is no silence");
    assert_eq!(heard.load(Ordering::Relaxed), 0, "nothing goes out before its time");
    go.add_permits(100);
    assert_eq!(put.await, Ok(Stored { etag: TAG.into(), key: None }));
    assert_eq!(heard.load(Ordering::Relaxed), 100_000);
    let [_, paced] = &server.requests()[..] else { panic!("each call is one request") };
    assert!(paced.body == [7; 100_000]);
}
