//! The store through its HTTP boundary, as the edge calls it.

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;

use super::checksum::{Algorithm, Tally, encode};
use super::{Caller, CompleteError, list, open, origin};
use crate::options::RepeatComplete;
use crate::testing::Bench;

const MIB: usize = 1024 * 1024;
const CONDITION: (&str, &str) = ("if-none-match", "*");

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn code(&self) -> &str {
        self.element("Code")
    }

    fn element(&self, name: &str) -> &str {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        self.body.split_once(&open).and_then(|(_, rest)| rest.split_once(&close)).map_or("", |(text, _)| text)
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn send(bench: &Bench, method: &str, uri: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
    send_as(bench, Caller::default(), method, uri, headers, body).await
}

async fn send_as(
    bench: &Bench,
    caller: Caller,
    method: &str,
    uri: &str,
    headers: &[(&str, &str)],
    body: impl Into<Vec<u8>>,
) -> Answer {
    let body = body.into();
    let mut request = Request::builder().method(method).uri(uri);
    if !headers.iter().any(|(name, _)| *name == "content-length") {
        request = request.header("content-length", body.len());
    }
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        request = request.header(*name, *value);
    }
    let reply =
        origin(Arc::clone(&bench.roles.store)).call(request.body(Body::from(body)).unwrap(), caller).await.unwrap();
    let (parts, body) = reply.into_parts();
    let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

async fn bytes(bench: &Bench, key: &str) -> Option<Vec<u8>> {
    let body = open(&bench.roles.store, key).await.unwrap()?;
    Some(body.collect().await.unwrap().to_bytes().to_vec())
}

fn sum(algorithm: Algorithm, data: &[u8]) -> String {
    let mut tally = Tally::new(Some(algorithm), false, false);
    tally.update(data);
    encode(&tally.finish(Some(algorithm)).checksum.unwrap())
}

/// Starts an upload with these headers and gives its id.
async fn create(bench: &Bench, key: &str, headers: &[(&str, &str)]) -> String {
    let answer = send(bench, "POST", &format!("/{key}?uploads"), headers, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.element("UploadId").to_owned()
}

async fn part(bench: &Bench, key: &str, id: &str, number: usize, headers: &[(&str, &str)], data: &[u8]) -> Answer {
    send(bench, "PUT", &format!("/{key}?partNumber={number}&uploadId={id}&x-id=UploadPart"), headers, data).await
}

fn list_xml(parts: &[(usize, &str)]) -> String {
    let parts: String = parts
        .iter()
        .map(|(number, etag)| format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"))
        .collect();
    format!(
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{parts}</CompleteMultipartUpload>"
    )
}

async fn complete(bench: &Bench, key: &str, id: &str, headers: &[(&str, &str)], xml: String) -> Answer {
    let mut all = vec![CONDITION];
    all.extend_from_slice(headers);
    send(bench, "POST", &format!("/{key}?uploadId={id}"), &all, xml).await
}

/// Returns an upload of 5 MiB and a few bytes, ready to be completed: id, list, content.
async fn two_parts(bench: &Bench, key: &str) -> (String, String, Vec<u8>) {
    let id = create(bench, key, &[]).await;
    let data = [vec![1_u8; 5 * MIB], b"the end".to_vec()];
    let mut etags = Vec::new();
    for (number, data) in data.iter().enumerate() {
        let answer = part(bench, key, &id, number + 1, &[], data).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        etags.push(answer.header("etag").to_owned());
    }
    let list = list_xml(&[(1, &etags[0]), (2, &etags[1])]);
    (id, list, data.concat())
}

#[tokio::test]
async fn an_object_is_stored_once_and_a_second_put_is_told_so() {
    let bench = Bench::new();
    let put = send(&bench, "PUT", "/u/c/f", &[CONDITION, ("x-amz-acl", "bucket-owner-full-control")], "hello").await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.body);
    assert!(put.header("etag").starts_with('"') && put.header("etag").ends_with('"'));
    assert!(!put.header("x-amz-version-id").is_empty());
    assert_eq!(put.header("x-amz-checksum-crc64nvme"), sum(Algorithm::Crc64Nvme, b"hello"));
    assert_eq!(put.header("x-amz-server-side-encryption"), "aws:kms");
    let again = send(&bench, "PUT", "/u/c/f", &[CONDITION], "other").await;
    assert_eq!((again.status, again.code()), (StatusCode::PRECONDITION_FAILED, "PreconditionFailed"));
    assert_eq!(bytes(&bench, "u/c/f").await.unwrap(), b"hello");
    let listed = list(&bench.roles.store).unwrap();
    assert_eq!((listed.len(), listed[0].size), (1, 5));
    assert_eq!(listed[0].sha256, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
}

#[tokio::test]
async fn of_racing_puts_exactly_one_wins() {
    let bench = Bench::new();
    let puts = (0..8).map(|number| {
        let bench = &bench;
        async move { send(bench, "PUT", "/race", &[CONDITION], format!("body {number}")).await.status }
    });
    let statuses = futures_util::future::join_all(puts).await;
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::OK).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [StatusCode::OK, StatusCode::PRECONDITION_FAILED].contains(status)));
    let left = std::fs::read_dir(bench.roles.store.dir.join("objects")).unwrap().count();
    assert_eq!(left, 1, "the bodies of the losers are removed");
}

#[tokio::test]
async fn the_bucket_policy_refuses_everything_but_conditional_writes() {
    let bench = Bench::new();
    for (method, uri, headers) in [
        ("PUT", "/u/c/f", vec![]),
        ("GET", "/u/c/f", vec![]),
        ("GET", "/?list-type=2", vec![]),
        ("GET", "/u/c/f?uploadId=abc", vec![]),
        ("DELETE", "/u/c/f?uploadId=abc", vec![]),
        ("DELETE", "/u/c/f", vec![]),
        ("POST", "/u/c/f?uploadId=abc", vec![]),
    ] {
        let answer = send(&bench, method, uri, &headers, "x").await;
        assert_eq!((answer.status, answer.code()), (StatusCode::FORBIDDEN, "AccessDenied"), "{method} {uri}");
        assert_eq!(answer.element("Message"), "Access Denied");
        assert_eq!(answer.element("RequestId"), answer.header("x-amz-request-id"));
        assert!(!answer.element("HostId").is_empty());
    }
    let head = send(&bench, "HEAD", "/u/c/f", &[], "").await;
    assert_eq!((head.status, head.body.as_str()), (StatusCode::FORBIDDEN, ""));
    assert!(list(&bench.roles.store).unwrap().is_empty());
}

#[tokio::test]
async fn bodies_that_do_not_match_their_headers_are_refused_and_leave_nothing() {
    let bench = Bench::new();
    for algorithm in Algorithm::ALL {
        let wrong = sum(algorithm, b"other");
        let put = send(&bench, "PUT", "/k", &[CONDITION, (algorithm.header(), &wrong)], "hello").await;
        assert_eq!((put.status, put.code()), (StatusCode::BAD_REQUEST, "BadDigest"), "{}", algorithm.name());
    }
    let md5 = send(&bench, "PUT", "/k", &[CONDITION, ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")], "hello").await;
    assert_eq!(md5.code(), "BadDigest");
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let payload = send(&bench, "PUT", "/k", &[CONDITION, ("x-amz-content-sha256", hash)], "hello").await;
    assert_eq!((payload.status, payload.code()), (StatusCode::BAD_REQUEST, "XAmzContentSHA256Mismatch"));
    let short = send(&bench, "PUT", "/k", &[CONDITION, ("content-length", "6")], "hello").await;
    assert_eq!((short.status, short.code()), (StatusCode::BAD_REQUEST, "IncompleteBody"));
    let none = send(&bench, "PUT", "/k", &[CONDITION, ("content-length", "")], "hello").await;
    assert_eq!((none.status, none.code()), (StatusCode::LENGTH_REQUIRED, "MissingContentLength"));
    let acl = send(&bench, "PUT", "/k", &[CONDITION, ("x-amz-acl", "public-read")], "hello").await;
    assert_eq!((acl.status, acl.code()), (StatusCode::BAD_REQUEST, "AccessControlListNotSupported"));
    let huge = send(&bench, "PUT", "/k", &[CONDITION, ("content-length", "5368709121")], "hello").await;
    assert_eq!((huge.status, huge.code()), (StatusCode::BAD_REQUEST, "EntityTooLarge"));
    assert!(list(&bench.roles.store).unwrap().is_empty());
    assert_eq!(std::fs::read_dir(bench.roles.store.dir.join("objects")).unwrap().count(), 0);
    for algorithm in Algorithm::ALL {
        let right = sum(algorithm, b"hello");
        let uri = format!("/{}", algorithm.name());
        let put = send(&bench, "PUT", &uri, &[CONDITION, (algorithm.header(), &right)], "hello").await;
        assert_eq!((put.status, put.header(algorithm.header())), (StatusCode::OK, right.as_str()));
    }
}

#[tokio::test]
async fn parts_become_one_object_whose_answer_comes_after_white_space() {
    let bench = Bench::new();
    let (id, list_of_parts, content) = two_parts(&bench, "u/c/f").await;
    let done = complete(&bench, "u/c/f", &id, &[], list_of_parts).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert!(done.headers.get("content-length").is_none());
    let (declaration, rest) = done.body.split_once("?>").unwrap();
    assert!(declaration.starts_with("<?xml") && rest.starts_with([' ', '\n']));
    assert_eq!(rest.matches("<?xml").count(), 0);
    assert!(done.element("ETag").contains("-2"));
    assert_eq!(done.element("ChecksumCRC64NVME"), sum(Algorithm::Crc64Nvme, &content));
    assert_eq!(done.element("ChecksumType"), "FULL_OBJECT");
    assert!(!done.header("x-amz-version-id").is_empty());
    assert_eq!(bytes(&bench, "u/c/f").await.unwrap(), content);
    assert_eq!(list(&bench.roles.store).unwrap()[0].size, u64::try_from(content.len()).unwrap());
    let put = send(&bench, "PUT", "/u/c/f", &[CONDITION], "x").await;
    assert_eq!(put.code(), "PreconditionFailed");
}

#[tokio::test]
async fn a_part_sent_again_replaces_the_first_and_its_old_etag_is_refused() {
    let bench = Bench::new();
    let id = create(&bench, "k", &[]).await;
    let first = part(&bench, "k", &id, 1, &[], b"old").await;
    let second = part(&bench, "k", &id, 1, &[], b"new").await;
    assert_ne!(first.header("etag"), second.header("etag"));
    assert_eq!(std::fs::read_dir(bench.roles.store.dir.join("uploads").join(&id)).unwrap().count(), 1);
    let old = complete(&bench, "k", &id, &[], list_xml(&[(1, first.header("etag"))])).await;
    assert_eq!((old.status, old.code()), (StatusCode::BAD_REQUEST, "InvalidPart"));
    let new = complete(&bench, "k", &id, &[], list_xml(&[(1, second.header("etag"))])).await;
    assert_eq!(new.status, StatusCode::OK);
    assert_eq!(bytes(&bench, "k").await.unwrap(), b"new");
}

#[tokio::test]
async fn complete_refuses_lists_that_s3_refuses() {
    let bench = Bench::new();
    let id = create(&bench, "k", &[]).await;
    let one = part(&bench, "k", &id, 1, &[], b"small").await.header("etag").to_owned();
    let two = part(&bench, "k", &id, 2, &[], b"last").await.header("etag").to_owned();
    let code =
        async |headers: &[(&str, &str)], xml: String| complete(&bench, "k", &id, headers, xml).await.code().to_owned();
    assert_eq!(code(&[], list_xml(&[])).await, "MalformedXML");
    assert_eq!(code(&[], "<html>".to_owned()).await, "MalformedXML");
    assert_eq!(code(&[], list_xml(&[(2, &two), (1, &one)])).await, "InvalidPartOrder");
    assert_eq!(code(&[], list_xml(&[(1, &one), (3, &two)])).await, "InvalidPart");
    assert_eq!(code(&[], list_xml(&[(1, &one), (2, &two)])).await, "EntityTooSmall");
    assert_eq!(code(&[("x-amz-mp-object-size", "7")], list_xml(&[(2, &two)])).await, "InvalidRequest");
    let wrong = sum(Algorithm::Crc64Nvme, b"other");
    assert_eq!(code(&[("x-amz-checksum-crc64nvme", &wrong)], list_xml(&[(2, &two)])).await, "BadDigest");
    let number = part(&bench, "k", &id, 10_001, &[], b"x").await;
    assert_eq!((number.status, number.code()), (StatusCode::BAD_REQUEST, "InvalidArgument"));
    let elsewhere = part(&bench, "other", &id, 1, &[], b"x").await;
    assert_eq!((elsewhere.status, elsewhere.code()), (StatusCode::NOT_FOUND, "NoSuchUpload"));
    assert_eq!(code(&[("x-amz-mp-object-size", "4")], list_xml(&[(2, &two)])).await, "");
    assert_eq!(bytes(&bench, "k").await.unwrap(), b"last");
}

#[tokio::test]
async fn an_upload_with_an_algorithm_holds_every_part_to_it() {
    let bench = Bench::new();
    let nvme = Algorithm::Crc64Nvme;
    let announced = [("x-amz-checksum-algorithm", "CRC64NVME"), ("x-amz-checksum-type", "FULL_OBJECT")];
    let id = create(&bench, "k", &announced).await;
    let without = part(&bench, "k", &id, 1, &[], b"data").await;
    assert_eq!((without.status, without.code()), (StatusCode::BAD_REQUEST, "InvalidRequest"));
    let other =
        part(&bench, "k", &id, 1, &[("x-amz-checksum-sha256", &sum(Algorithm::Sha256, b"data"))], b"data").await;
    assert_eq!(other.code(), "InvalidRequest");
    let wrong = part(&bench, "k", &id, 1, &[(nvme.header(), &sum(nvme, b"atad"))], b"data").await;
    assert_eq!(wrong.code(), "BadDigest");
    let right = part(&bench, "k", &id, 1, &[(nvme.header(), &sum(nvme, b"data"))], b"data").await;
    assert_eq!((right.status, right.header(nvme.header())), (StatusCode::OK, sum(nvme, b"data").as_str()));
    let whole = sum(nvme, b"data");
    let headers =
        [(nvme.header(), whole.as_str()), ("x-amz-checksum-type", "FULL_OBJECT"), ("x-amz-mp-object-size", "4")];
    let done = complete(&bench, "k", &id, &headers, list_xml(&[(1, right.header("etag"))])).await;
    assert_eq!((done.status, done.element("ChecksumCRC64NVME")), (StatusCode::OK, whole.as_str()));
    let gaps = create(&bench, "gaps", &announced).await;
    let second = part(&bench, "gaps", &gaps, 2, &[(nvme.header(), &whole)], b"data").await;
    let refused = complete(&bench, "gaps", &gaps, &[], list_xml(&[(2, second.header("etag"))])).await;
    assert_eq!(refused.code(), "InvalidPartOrder");
    let bad = [("x-amz-checksum-algorithm", "SHA256"), ("x-amz-checksum-type", "FULL_OBJECT")];
    assert_eq!(send(&bench, "POST", "/z?uploads", &bad, "").await.code(), "InvalidRequest");
}

#[tokio::test]
async fn an_upload_is_aborted_seven_days_after_it_began() {
    let bench = Bench::new();
    let answer = send(&bench, "POST", "/k?uploads", &[], "").await;
    assert_eq!(answer.header("x-amz-abort-rule-id"), "abort-incomplete-uploads");
    let abort = chrono::DateTime::parse_from_rfc2822(answer.header("x-amz-abort-date")).unwrap();
    let days = abort.signed_duration_since(bench.roles.realm.clock.now());
    assert!((days.num_seconds() - 7 * 86_400).abs() < 60, "{days}");
    let id = answer.element("UploadId").to_owned();
    bench.roles.realm.clock.advance(7 * 86_400 - 60).unwrap();
    let etag = part(&bench, "k", &id, 1, &[], b"x").await.header("etag").to_owned();
    bench.roles.realm.clock.advance(61).unwrap();
    let late = part(&bench, "k", &id, 1, &[], b"x").await;
    assert_eq!((late.status, late.code()), (StatusCode::NOT_FOUND, "NoSuchUpload"));
    let done = complete(&bench, "k", &id, &[], list_xml(&[(1, &etag)])).await;
    assert_eq!((done.status, done.code()), (StatusCode::NOT_FOUND, "NoSuchUpload"));
}

#[tokio::test]
async fn repeating_a_complete_answers_as_the_options_say() {
    for (option, status, code) in [
        (RepeatComplete::Ok200, StatusCode::OK, ""),
        (RepeatComplete::Precondition412, StatusCode::PRECONDITION_FAILED, "PreconditionFailed"),
        (RepeatComplete::NoSuchUpload404, StatusCode::NOT_FOUND, "NoSuchUpload"),
    ] {
        let bench = Bench::with(|options| options.repeat_complete = option);
        let (id, list_of_parts, _) = two_parts(&bench, "k").await;
        let first = complete(&bench, "k", &id, &[], list_of_parts.clone()).await;
        let again = complete(&bench, "k", &id, &[], list_of_parts).await;
        assert_eq!((again.status, again.code()), (status, code));
        if option == RepeatComplete::Ok200 {
            assert_eq!(again.element("ETag"), first.element("ETag"));
        }
        let late = part(&bench, "k", &id, 3, &[], b"x").await;
        assert_eq!(late.code(), "NoSuchUpload");
    }
}

#[tokio::test]
async fn an_error_can_arrive_inside_a_200_with_or_without_the_work_done() {
    for done in [false, true] {
        let bench = Bench::new();
        let (id, list_of_parts, _) = two_parts(&bench, "k").await;
        let caller = Caller { complete_error: Some(CompleteError { code: "InternalError".to_owned(), done }) };
        let answer = send_as(&bench, caller, "POST", &format!("/k?uploadId={id}"), &[CONDITION], list_of_parts).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::OK, "InternalError"));
        assert_eq!(answer.body.matches("<?xml").count(), 1);
        assert_eq!(list(&bench.roles.store).unwrap().len(), usize::from(done));
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_and_what_was_not_is_swept() {
    let bench = Bench::new();
    let put = send(&bench, "PUT", "/single", &[CONDITION], "hello").await;
    assert_eq!(put.status, StatusCode::OK);
    let (id, list_of_parts, content) = two_parts(&bench, "k").await;
    let orphan = bench.roles.store.dir.join(super::folder::object_file());
    std::fs::write(&orphan, "left by a kill").unwrap();
    let bench = bench.restarted();
    assert!(!orphan.exists());
    assert_eq!(bytes(&bench, "single").await.unwrap(), b"hello");
    let done = complete(&bench, "k", &id, &[], list_of_parts).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let bench = bench.restarted();
    assert_eq!(bytes(&bench, "k").await.unwrap(), content);
    assert_eq!(list(&bench.roles.store).unwrap().len(), 2);
}

#[tokio::test]
async fn aws_chunked_bodies_are_refused_rather_than_stored_with_their_framing() {
    let bench = Bench::new();
    let headers = [
        CONDITION,
        ("content-encoding", "aws-chunked"),
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ("x-amz-decoded-content-length", "5"),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
    ];
    let answer = send(&bench, "PUT", "/k", &headers, "5\r\nhello\r\n0\r\n\r\n").await;
    assert_eq!((answer.status, answer.code()), (StatusCode::NOT_IMPLEMENTED, "NotImplemented"));
    assert!(list(&bench.roles.store).unwrap().is_empty());
}

#[tokio::test]
async fn the_website_may_ask_from_a_browser_and_nobody_else() {
    let bench = Bench::new();
    let website = bench.roles.addresses.url(crate::role::Role::Website);
    let ask = |origin: String| {
        let bench = &bench;
        async move {
            let headers = [("origin", origin.as_str()), ("access-control-request-method", "PUT")];
            send(bench, "OPTIONS", "/u/c/f", &headers, "").await
        }
    };
    let own = ask(website.clone()).await;
    assert_eq!((own.status, own.header("access-control-allow-origin")), (StatusCode::OK, website.as_str()));
    assert!(own.header("access-control-expose-headers").contains("ETag"));
    assert_eq!(ask("https://elsewhere.example".to_owned()).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn tags_can_be_put_on_an_object_that_exists() {
    let bench = Bench::new();
    let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
    assert_eq!(send(&bench, "PUT", "/k?tagging", &[], tags).await.code(), "NoSuchKey");
    send(&bench, "PUT", "/k", &[CONDITION], "x").await;
    assert_eq!(send(&bench, "PUT", "/k?tagging", &[], tags).await.status, StatusCode::OK);
}
