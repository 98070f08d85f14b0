//! Replies that no honest service sends: none may fill the memory, overflow the stack, take for ever or be believed.
//!
//! Every reply here is tried on every kind of request, because each kind has its own reader.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use waybill_model::{
    ByteRange, Crc64Nvme, NoAnswerKind, NotDone, Now, ObjectKey, PartNumber, Reply, Role, Secret, Steady, Timestamp,
};

use crate::testing::{Act, Recorded, Server, net, response};
use crate::{Api, FileRange, Limits, Net, Objects, Pass, Tokens, discover, fetch_cookies, refresh};

const ID: &str = "7f9fbd5a-0000-4000-8000-000000000001";
const NOW: Now = Now { server: Timestamp(1_700_000_000_000), steady: Steady::from_second(1_000) };

/// What Waybill asks a service for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    Discovery,
    Refresh,
    Cookies,
    Consignments,
    Start,
    Truth,
    Matches,
    FileStatuses,
    Checks,
    Put,
    Create,
    Part,
    Complete,
}

impl Request {
    const ALL: [Self; 13] = [
        Self::Discovery,
        Self::Refresh,
        Self::Cookies,
        Self::Consignments,
        Self::Start,
        Self::Truth,
        Self::Matches,
        Self::FileStatuses,
        Self::Checks,
        Self::Put,
        Self::Create,
        Self::Part,
        Self::Complete,
    ];

    const fn role(self) -> Role {
        match self {
            Self::Discovery | Self::Refresh => Role::SignIn,
            Self::Consignments | Self::Start | Self::Truth | Self::Matches | Self::FileStatuses | Self::Checks => {
                Role::Api
            }
            Self::Cookies | Self::Put | Self::Create | Self::Part | Self::Complete => Role::Upload,
        }
    }

    /// Sends it; returns what was made of the reply, printed.
    async fn send(self, net: &Net) -> Reply<String> {
        let access = Secret::new("t".to_owned());
        let api = Api::new(net);
        let id = ID.parse().unwrap();
        let objects = Objects::new(net);
        let pass = Pass::of_cookies("CloudFront-Policy=p", Timestamp(1_800_000_000_000)).unwrap();
        let key = ObjectKey::registered(ID.parse().unwrap(), id, ID.parse().unwrap());
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(b"record").unwrap();
        let range = FileRange {
            file: file.reopen().unwrap(),
            path: file.path().to_owned(),
            range: ByteRange { offset: 0, len: 6 },
        };
        let part = PartNumber::new(1).unwrap();
        let upload = "u".into();
        let crc = Crc64Nvme(1);
        match self {
            Self::Discovery => shown(discover(net).await),
            Self::Refresh => shown(refreshed(net).await),
            Self::Cookies => shown(fetch_cookies(net, &access).await),
            Self::Consignments => shown(api.consignments(&access, ID.parse().unwrap()).await),
            Self::Start => shown(api.start_upload(&access, id, "Post").await),
            Self::Truth => shown(api.truth(&access, id).await),
            Self::Matches => shown(api.matches(&access, id, 0).await),
            Self::FileStatuses => shown(api.file_statuses(&access, id, 0).await),
            Self::Checks => shown(api.checks(&access, id).await),
            Self::Put => shown(objects.put_object(&pass, &key, &range, crc, Arc::new(|_| {})).await),
            Self::Create => shown(objects.create_upload(&pass, &key).await),
            Self::Part => shown(objects.upload_part(&pass, &key, &upload, part, &range, crc, Arc::new(|_| {})).await),
            Self::Complete => {
                shown(objects.complete_upload(&pass, &key, &upload, &[(part, "\"e\"".into(), crc)], 6).await)
            }
        }
    }
}

fn shown<T: std::fmt::Debug>(reply: Reply<T>) -> Reply<String> {
    reply.map(|value| format!("{value:?}"))
}

/// Refreshes at a provider whose description is not what is tried.
async fn refreshed(net: &Net) -> Reply<Tokens> {
    let provider = discover(net).await?;
    refresh(net, &provider, &Secret::new("r".to_owned()), NOW).await
}

/// A good description of the provider and no keys, for what comes before a refresh.
fn introduction(recorded: &Recorded) -> Option<Act> {
    let issuer = format!("http://{}/realms/tdr", recorded.header("host")?);
    let end = |name: &str| format!("{issuer}/{name}");
    let document = json!({
        "issuer": issuer, "authorization_endpoint": end("auth"), "token_endpoint": end("token"), "jwks_uri": end("certs"),
    });
    match recorded.target.rsplit('/').next() {
        Some("openid-configuration") => Some(Act::json(&document)),
        Some("certs") => Some(Act::json(&json!({"keys": []}))),
        Some(_) | None => None,
    }
}

async fn ask_within(request: Request, act: Act, limits: Limits) -> Reply<String> {
    let server = Server::start(move |recorded| {
        introduction(recorded).filter(|_| request == Request::Refresh).unwrap_or_else(|| act.clone())
    })
    .await;
    let net = net(&[(request.role(), &server.url)]).with_limits(limits);
    let reply = request.send(&net).await;
    for recorded in server.requests() {
        assert_eq!(recorded.header("accept-encoding"), None, "no compressed reply is asked for");
    }
    reply
}

async fn ask(request: Request, act: Act) -> Reply<String> {
    ask_within(request, act, Limits::default()).await
}

/// Asks on a thread with the stack that a thread of the program has (2 MiB).
fn ask_on_a_thread(request: Request, act: Act) -> Reply<String> {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let asking = move || runtime().block_on(Box::pin(ask(request, act)));
    std::thread::Builder::new().stack_size(2 << 20).spawn(asking).unwrap().join().unwrap()
}

fn is_garbled(reply: &Reply<String>) -> bool {
    matches!(reply, Err(NotDone::NoAnswer(silence)) if silence.kind == NoAnswerKind::Garbled && silence.maybe_received)
}

fn is_refused(reply: &Reply<String>) -> bool {
    matches!(reply, Err(NotDone::Refused(_)))
}

#[tokio::test]
async fn a_reply_without_end_is_cut_off_at_a_known_length() {
    let plain = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"data\":".to_vec();
    let sized = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\n<x>".to_vec();
    let spaces = vec![b' '; 1 << 16];
    for request in Request::ALL {
        for head in [&plain, &sized] {
            let reply = ask(request, Act::AnswerWithoutEnd(head.clone(), spaces.clone())).await;
            let Err(NotDone::NoAnswer(silence)) = &reply else { panic!("{request:?}: {reply:?}") };
            assert!(silence.detail.contains("longer than"), "{request:?}: {silence:?}");
        }
    }
}

#[tokio::test]
async fn headers_of_megabytes_are_no_reply() {
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "x".repeat(4 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}Content-Length: 0\r\n\r\n", "Set-Cookie: a=b\r\n".repeat(50_000));
    let status = format!("HTTP/1.1 200 {}\r\n\r\n", "K".repeat(4 << 20));
    for request in Request::ALL {
        for head in [&long, &many, &status] {
            let reply = ask(request, Act::AnswerAndClose(head.clone().into_bytes())).await;
            assert!(matches!(&reply, Err(NotDone::NoAnswer(_))), "{request:?}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn headers_and_announcements_without_end_stop_in_time() {
    let limits =
        Limits { answer: Duration::from_millis(300), api_answer: Duration::from_millis(300), ..Limits::default() };
    let header = Act::AnswerWithoutEnd(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X: 1\r\n".to_vec());
    let announced = Act::AnswerWithoutEnd(Vec::new(), b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec());
    for request in [Request::Discovery, Request::Start, Request::Put] {
        for act in [&header, &announced] {
            let reply = ask_within(request, act.clone(), limits).await;
            assert!(matches!(&reply, Err(NotDone::NoAnswer(_))), "{request:?}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn a_compressed_reply_is_not_unpacked() {
    // `{"data":{"startUpload":"x"}}` in gzip. Whoever does not unpack cannot be made to unpack a bomb.
    let packed: &[u8] = &[
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 74, 73, 44, 73, 84, 178, 170, 86, 42, 46, 73, 44, 42, 9, 45, 200,
        201, 79, 76, 81, 178, 82, 170, 80, 170, 173, 5, 0, 93, 233, 161, 235, 28, 0, 0, 0,
    ];
    for encoding in ["gzip", "deflate", "br", "zstd"] {
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {}\r\n\r\n", packed.len());
        let act = Act::Answer([head.as_bytes(), packed].concat());
        let reply = ask(Request::Start, act).await;
        assert!(is_garbled(&reply), "{reply:?}");
    }
    let plain = Act::json(&json!({"data": {"startUpload": "x"}}));
    assert!(ask(Request::Start, plain).await.is_ok());
}

#[test]
fn json_of_any_depth_is_refused_and_not_followed() {
    const DEPTH: usize = 100_000;
    let lists = "[".repeat(DEPTH);
    let closed = format!("{lists}{}", "]".repeat(DEPTH));
    let objects = "{\"a\":".repeat(DEPTH);
    for body in [
        closed.clone(),
        lists,
        objects,
        format!("{{\"data\":{closed}}}"),
        format!("{{\"errors\":{closed}}}"),
        format!("{{\"unknown\":{closed},\"data\":{{\"startUpload\":7}}}}"),
        format!("{{\"error\":\"invalid_grant\",\"error_description\":{closed}}}"),
    ] {
        for request in Request::ALL {
            let reply = ask_on_a_thread(request, Act::respond("200 OK", &[], &body));
            assert!(is_garbled(&reply) || is_refused(&reply), "{request:?}: {reply:?}");
        }
    }
}

#[test]
fn tokens_and_policies_of_any_depth_are_not_followed() {
    let deep = format!("{{\"user_id\":{}", "[".repeat(100_000));
    let token = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(&deep));
    let body = json!({"access_token": token, "id_token": token, "refresh_token": token, "token_type": "Bearer"});
    let reply = ask_on_a_thread(Request::Refresh, Act::json(&body));
    assert!(is_garbled(&reply), "{reply:?}");

    let policy = STANDARD.encode(&deep).replace('+', "-").replace('=', "_").replace('/', "~");
    let cookie = format!("CloudFront-Policy={policy}");
    let headers = ["CloudFront-Key-Pair-Id=K", "CloudFront-Signature=s", &cookie].map(|value| ("Set-Cookie", value));
    let reply = ask_on_a_thread(Request::Cookies, Act::respond("200 OK", &headers, ""));
    assert!(is_refused(&reply), "{reply:?}");
}

#[test]
fn xml_that_grows_nests_or_reads_files_is_not_followed() {
    let mut laughs = "<?xml version=\"1.0\"?><!DOCTYPE Error [<!ENTITY l0 \"lol\">".to_owned();
    for level in 1..=30 {
        laughs.push_str(&format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10)));
    }
    let nested = |name: &str| format!("<{name}>{}", "<a>".repeat(100_000));
    let file = "<!DOCTYPE Error [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>";
    for (request, root, status) in [
        (Request::Put, "Error", "403 Forbidden"),
        (Request::Create, "InitiateMultipartUploadResult", "200 OK"),
        (Request::Complete, "CompleteMultipartUploadResult", "200 OK"),
        (Request::Complete, "Error", "200 OK"),
    ] {
        for body in [
            format!("{laughs}]><{root}><Code>&l30;</Code><UploadId>&l30;</UploadId><ETag>&l30;</ETag></{root}>"),
            format!("{file}<{root}><Code>&f;</Code><UploadId>&f;</UploadId><ETag>&f;</ETag></{root}>"),
            nested(root),
            format!("{}{}</{root}>", nested(root), "</a>".repeat(100_000)),
            format!("<{root} {}></{root}>", "a=\"1\" ".repeat(100_000)),
        ] {
            let reply = ask_on_a_thread(request, Act::respond(status, &[], &body));
            assert!(is_garbled(&reply) || is_refused(&reply), "{request:?}: {reply:?}");
            let printed = format!("{reply:?}");
            assert!(!printed.contains("root:") && printed.len() < 4_096, "{printed}");
        }
    }
}

#[tokio::test]
async fn numbers_and_dates_out_of_range_are_neither_believed_nor_fatal() {
    let far = [i64::MIN, -1, 0, i64::MAX];
    for number in far {
        let policy =
            format!("{{\"Statement\":[{{\"Condition\":{{\"DateLessThan\":{{\"AWS:EpochTime\":{number}}}}}}}]}}");
        let policy = format!("CloudFront-Policy={}", STANDARD.encode(policy).replace('=', "_"));
        let canned = format!("CloudFront-Expires={number}");
        for expiry in [&policy, &canned] {
            let cookies = ["CloudFront-Key-Pair-Id=K", "CloudFront-Signature=s", expiry].map(|v| ("Set-Cookie", v));
            let reply = ask(Request::Cookies, Act::respond("200 OK", &cookies, "")).await;
            assert!(reply.is_ok(), "{reply:?}");
        }
        let count = json!({"filesProcessed": number});
        let body = json!({"data": {"getConsignment": {
            "totalFiles": number, "allChecksSucceeded": true, "consignmentStatuses": [], "parentFolder": null,
            "fileChecks": {"antivirusProgress": count, "checksumProgress": count, "ffidProgress": count},
        }}});
        for request in [Request::Truth, Request::Checks] {
            let reply = ask(request, Act::json(&body)).await;
            assert_eq!(reply.is_ok(), number >= 0, "{reply:?}");
        }
    }
    let huge = ["1e400", "18446744073709551616", "-1", "0.5", "\"300\"", "null", "18446744073709551615"];
    let claims = |exp: &str| URL_SAFE_NO_PAD.encode(format!("{{\"user_id\":\"{ID}\",\"sub\":\"s\",\"exp\":{exp}}}"));
    for number in huge {
        let token = format!("e30.{}.x", claims(number));
        let body = format!(
            "{{\"access_token\":\"{token}\",\"token_type\":\"Bearer\",\"expires_in\":{number},\
             \"refresh_expires_in\":{number},\"refresh_token\":\"{token}\"}}"
        );
        let reply = ask(Request::Refresh, Act::respond("200 OK", &[], &body)).await;
        assert!(reply.is_ok() || is_garbled(&reply), "{number}: {reply:?}");
    }
    for date in ["Fri, 31 Dec 99999 23:59:59 GMT", "Thu, 01 Jan 0000 00:00:00 GMT", "yesterday", "-1", ""] {
        let body = "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
        let headers = [("x-amz-abort-date", date), ("Date", date), ("Age", date)];
        let reply = ask(Request::Create, Act::respond("200 OK", &headers, body)).await;
        assert!(reply.is_ok() || is_garbled(&reply), "{date}: {reply:?}");
        let busy = [("Retry-After", "18446744073709551615"), ("Date", date)];
        let reply = ask(Request::Put, Act::respond("503 Slow Down", &busy, "")).await;
        assert!(is_refused(&reply), "{reply:?}");
    }
}

#[tokio::test]
async fn a_list_that_never_ends_is_given_up() {
    let edge = json!({"node": {
        "consignmentid": ID, "consignmentReference": "TDR-2026-B", "consignmentType": "standard", "seriesName": null,
        "createdDatetime": null, "exportDatetime": null, "totalFiles": 0, "consignmentStatuses": [],
    }});
    let same: Value = json!({"data": {"consignments": {"edges": [edge]}}});
    let reply = ask(Request::Consignments, Act::json(&same)).await;
    assert!(is_garbled(&reply), "{reply:?}");
}

#[tokio::test]
async fn no_reply_leads_to_another_address() {
    let other = Server::scripted([]).await;
    let there = other.url.as_str();
    let located = format!(
        "<CompleteMultipartUploadResult><Location>{there}</Location><ETag>\"e\"</ETag></CompleteMultipartUploadResult>"
    );
    let api = json!({"data": {"startUpload": there, "getConsignment": {
        "consignmentid": ID, "consignmentReference": there, "consignmentType": there, "seriesName": there,
        "createdDatetime": there, "exportDatetime": there, "totalFiles": 0, "parentFolder": there,
        "consignmentStatuses": [{"statusType": there, "value": there}],
    }}});
    for request in Request::ALL {
        for status in
            ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
        {
            let headers = [("Location", there), ("Refresh", there), ("Alt-Svc", "h2=\"127.0.0.1:1\"")];
            let reply = ask(request, Act::respond(status, &headers, "")).await;
            assert!(is_refused(&reply), "{request:?} {status}: {reply:?}");
        }
        let headers = [("Content-Location", there), ("Link", there), ("ETag", "\"e\"")];
        let _any = ask(request, Act::respond("200 OK", &headers, &located)).await;
        let _any = ask(request, Act::Answer(response("200 OK", &headers, &api.to_string()))).await;
    }
    assert!(other.requests().is_empty(), "{:?}", other.requests());
}
