use std::sync::Arc;
use std::time::Duration;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue, Method};
use tokio::io::AsyncWriteExt as _;
use url::Url;
use waybill_model::{Code, LocalFault, NoAnswer, NoAnswerKind, Now, Role, Steady, Timestamp};

use super::*;
use crate::testing::{Act, Server, authority, authority_between, net, profile, response};

fn get(role: Role, url: Url) -> Outbound {
    Outbound {
        role,
        method: Method::GET,
        url,
        headers: HeaderMap::new(),
        body: Outgoing::empty(),
        answer_within: Duration::from_secs(20),
        reply: ReplyTime::Short,
        more_time: Duration::ZERO,
        longest_answer: 1 << 20,
    }
}

fn put(url: Url, body: Vec<u8>) -> Outbound {
    Outbound { method: Method::PUT, body: Outgoing::bytes(body), ..get(Role::Upload, url) }
}

async fn silence(net: &Net, outbound: Outbound) -> NoAnswer {
    match net.execute(outbound).await {
        Err(Miss::Silence(silence)) => silence,
        Err(Miss::Fault(fault)) => panic!("{fault:?}"),
        Ok(answer) => panic!("{}", answer.status),
    }
}

#[tokio::test]
async fn only_the_address_of_the_role_is_spoken_to() {
    let server = Server::scripted([]).await;
    let other = Server::scripted([]).await;
    let net = net(&[(Role::Upload, &server.url), (Role::Api, &other.url)]);
    let mut refused = vec![
        other.url.clone(),
        Url::parse("https://example.org/").unwrap(),
        Url::parse("http://127.0.0.1/").unwrap(),
        Url::parse("data:text/plain,x").unwrap(),
        Url::parse("file:///etc/hosts").unwrap(),
    ];
    for change in [
        |url: &mut Url| url.set_scheme("https").unwrap(),
        |url: &mut Url| url.set_host(Some("localhost")).unwrap(),
        |url: &mut Url| url.set_host(Some("127.0.0.2")).unwrap(),
        |url: &mut Url| url.set_username("me").unwrap(),
    ] {
        let mut url = server.url.clone();
        change(&mut url);
        refused.push(url);
    }
    for url in refused {
        let outcome = net.execute(get(Role::Upload, url.clone())).await;
        assert!(
            matches!(outcome, Err(Miss::Fault(LocalFault::Impossible(Code::HostNotAllowed, _)))),
            "{url} was let through"
        );
    }
    assert_eq!(net.requests_sent(), 0);
    assert!(server.requests().is_empty() && other.requests().is_empty());
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let other = Server::scripted([]).await;
    let redirect = Act::respond("307 Temporary Redirect", &[("Location", other.url.as_str())], "");
    let server = Server::scripted([redirect]).await;
    let net = net(&[(Role::Upload, &server.url), (Role::Website, &other.url)]);
    let answer = net.execute(put(server.url.clone(), b"x".to_vec())).await.ok().unwrap();
    assert_eq!(answer.status.as_u16(), 307);
    assert!(other.requests().is_empty());
    assert_eq!(net.requests_sent(), 1);
}

#[tokio::test]
async fn cookies_go_to_the_upload_address_only() {
    let server = Server::scripted([]).await;
    let net = net(&[(Role::Api, &server.url)]);
    let mut outbound = get(Role::Api, server.url.clone());
    outbound.headers.insert(COOKIE, HeaderValue::from_static("CloudFront-Policy=x"));
    assert!(matches!(net.execute(outbound).await, Err(Miss::Fault(LocalFault::Impossible(Code::Internal, _)))));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn every_request_names_the_program_and_adds_nothing_unasked() {
    let server =
        Server::scripted([Act::respond("200 OK", &[("Set-Cookie", "a=b")], ""), Act::respond("200 OK", &[], "")]).await;
    let net = net(&[(Role::Upload, &server.url)]);
    for _ in 0..2 {
        assert!(net.execute(get(Role::Upload, server.url.clone())).await.is_ok());
    }
    for request in server.requests() {
        assert_eq!(request.header("user-agent"), Some(AGENT));
        let mut names = request.names();
        names.sort_unstable();
        assert_eq!(names, ["accept", "host", "user-agent"]);
    }
}

#[tokio::test]
async fn the_time_of_an_answer_counts_once_it_is_known_to_be_the_services() {
    let date = ("Date", "Tue, 14 Nov 2023 22:13:20 GMT");
    let server = Server::scripted([
        Act::respond("200 OK", &[], ""),
        Act::respond("403 Forbidden", &[date], ""),
        Act::respond("200 OK", &[("Date", "Tue, 14 Nov 2023 23:13:20 GMT"), ("Age", "3600")], ""),
        Act::respond("200 OK", &[("Date", "yesterday")], ""),
    ])
    .await;
    let here = Now { server: Timestamp(1_700_000_000_000 + 3_600_000), steady: Steady::from_second(5) };
    let net = net(&[(Role::Upload, &server.url)]).with_clock(Arc::new(move || here));
    for has_time in [false, true, false, false] {
        let before = net.times();
        let answer = net.execute(get(Role::Upload, server.url.clone())).await.ok().unwrap();
        assert_eq!(net.times(), before, "a page in between may say anything");
        answer.is_the_services();
        assert_eq!(net.times() != before, has_time);
    }
    let [seen] = net.times()[..] else { panic!("{:?}", net.times()) };
    assert_eq!((seen.role, seen.steady), (Role::Upload, here.steady));
    // An hour behind; half a second because Date is cut to seconds; and half of the way there and back.
    assert!((-3_599_500..-3_589_500).contains(&seen.offset_ms()), "{seen:?}");
    assert_eq!(net.clock_offset_ms(), Some(seen.offset_ms()));
}

#[test]
fn of_several_times_one_that_stands_alone_does_not_count() {
    let of = |offsets: &[i64]| {
        let sighting = |(number, offset): (u64, &i64)| Sighting {
            number,
            role: Role::Api,
            server: Timestamp(*offset),
            own: Timestamp(0),
            steady: Steady::from_second(1),
        };
        times::offset_ms(&(1..).zip(offsets).map(sighting).collect::<Vec<_>>())
    };
    assert_eq!([of(&[]), of(&[5]), of(&[900_000, -5]), of(&[7, 900_000, 5])], [None, Some(5), Some(-5), Some(7)]);
}

#[tokio::test]
async fn before_a_connection_stands_nothing_can_have_been_received() {
    let nobody = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
    };
    let refused = silence(&net(&[(Role::Upload, &nobody)]), get(Role::Upload, nobody.clone())).await;
    assert_eq!((refused.kind, refused.maybe_received), (NoAnswerKind::Connect, false), "{refused:?}");

    let nowhere = Url::parse("https://upload.invalid").unwrap();
    let far = Arc::new(profile(&[(Role::Upload, &nowhere)]));
    let direct = Route::of(&ProxyChoice::Direct, &far, |_| None);
    let lost = Net::make(far, None, direct, |builder| builder.dns_resolver(NoSuchName));
    let unknown = silence(&lost.unwrap(), get(Role::Upload, nowhere.clone())).await;
    assert_eq!((unknown.kind, unknown.maybe_received), (NoAnswerKind::Dns, false), "{unknown:?}");

    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let encrypted = Url::parse(&format!("https://{}", plain.local_addr().unwrap())).unwrap();
    let answers_at_once = async {
        let (mut stream, _) = plain.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream
    };
    let net = net(&[(Role::Upload, &encrypted)]);
    let (mixed, _stream) = tokio::join!(silence(&net, get(Role::Upload, encrypted.clone())), answers_at_once);
    assert_eq!((mixed.kind, mixed.maybe_received), (NoAnswerKind::Tls, false), "{mixed:?}");
}

/// A name server that knows no names, so that the test depends on no other.
struct NoSuchName;

impl reqwest::dns::Resolve for NoSuchName {
    fn resolve(&self, _name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async { Err("no such name".into()) })
    }
}

#[tokio::test]
async fn after_a_connection_stood_anything_may_have_been_received() {
    let server = Server::scripted([
        Act::AnswerAndClose(Vec::new()),
        Act::AnswerAndClose(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec()),
        Act::AnswerAndClose(b"nonsense nonsense nonsense\r\n\r\n".to_vec()),
        Act::Answer(response("200 OK", &[], &"x".repeat(2 << 20))),
    ])
    .await;
    let net = net(&[(Role::Upload, &server.url)]);
    for kind in [NoAnswerKind::Reset, NoAnswerKind::Reset, NoAnswerKind::Garbled, NoAnswerKind::Garbled] {
        let silence = silence(&net, put(server.url.clone(), b"body".to_vec())).await;
        assert_eq!((silence.kind, silence.maybe_received), (kind, true), "{silence:?}");
    }
    assert_eq!(net.requests_sent(), 4);
}

#[tokio::test]
async fn silence_ends_after_the_limit_wherever_it_falls() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n".to_vec();
    let silences = [Act::StopReading, Act::AnswerAndStall(Vec::new()), Act::AnswerAndStall(head)];
    let server = Server::scripted(silences.into_iter().flat_map(|act| [Act::respond("200 OK", &[], ""), act])).await;
    let patient = net(&[(Role::Upload, &server.url)]);
    let net = patient.clone().with_limits(Limits { idle: Duration::from_secs(1), ..Limits::default() });
    // More than the kernel's buffers hold, so that a body that is not read does stall.
    let (large, small) = (32 << 20, 1);
    let (soon, late) = (Duration::from_millis(400), Duration::from_secs(60));
    for (length, answer_within, detail) in
        [(large, late, "no byte of the request"), (small, soon, "no answer came"), (small, late, "nothing more came")]
    {
        // The limit is for the silence, not for connecting.
        assert!(patient.execute(get(Role::Upload, server.url.clone())).await.is_ok());
        let outbound = Outbound { answer_within, ..put(server.url.clone(), vec![7; length]) };
        let silence = silence(&net, outbound).await;
        assert_eq!((silence.kind, silence.maybe_received), (NoAnswerKind::TimedOut, true));
        assert!(silence.detail.contains(detail), "{silence:?}");
    }
}

#[tokio::test]
async fn an_answer_that_drips_is_ended_in_its_head_and_in_its_body() {
    let gap = Duration::from_millis(20);
    let drips = [
        (b"HTTP/1.1 200 OK\r\nX-Long: ".to_vec(), "no answer came"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".to_vec(), "did not end in time"),
    ];
    for (begin, detail) in drips {
        let server = Server::scripted([Act::respond("200 OK", &[], ""), Act::AnswerAndDrip(begin, gap)]).await;
        let net = net(&[(Role::Upload, &server.url)]);
        let net = net.with_limits(Limits { reply: Duration::from_millis(400), ..Limits::default() });
        assert!(net.execute(get(Role::Upload, server.url.clone())).await.is_ok());
        let outbound = Outbound { answer_within: Duration::from_millis(400), ..get(Role::Upload, server.url.clone()) };
        let silence = silence(&net, outbound).await;
        assert_eq!((silence.kind, silence.maybe_received), (NoAnswerKind::TimedOut, true));
        assert!(silence.detail.contains(detail), "{silence:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_may_take_hours_and_a_stopped_one_may_not_take_a_minute() {
    let limits = Limits::default();
    let upload = RequestLimit { idle: limits.idle, answer: limits.answer, body: None };
    let activity = Arc::new(Activity::new());
    let started = Instant::now();
    let slow = async {
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_secs(59)).await;
            activity.moved();
        }
        activity.finish();
        tokio::time::sleep(Duration::from_secs(119)).await;
    };
    assert_eq!(limited(slow, &activity, upload).await, Ok(()));
    assert_eq!(started.elapsed(), Duration::from_secs(100 * 59 + 119));

    let activity = Activity::new();
    let started = Instant::now();
    let stopped = limited(std::future::pending::<()>(), &activity, upload).await;
    assert_eq!((stopped, started.elapsed()), (Err(limits::Elapsed::Idle), limits.idle));

    let activity = Activity::new();
    let started = Instant::now();
    let unanswered = async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        activity.finish();
        std::future::pending::<()>().await;
    };
    let outcome = limited(unanswered, &activity, upload).await;
    assert_eq!((outcome, started.elapsed()), (Err(limits::Elapsed::NoAnswer), Duration::from_secs(30) + limits.answer));
}

#[tokio::test]
async fn only_authorities_of_the_profile_or_the_platform_make_a_certificate_trusted() {
    let (ca, config) = authority("127.0.0.1");
    let server = Server::encrypted(config, [Act::respond("204 No Content", &[], "")]).await;
    let addresses = [(Role::Upload, &server.url)];
    let untrusted = silence(&net(&addresses), get(Role::Upload, server.url.clone())).await;
    assert_eq!((untrusted.kind, untrusted.maybe_received), (NoAnswerKind::CertificateUntrusted, false));

    let trusting = Net::new(Arc::new(profile(&addresses)), Some(ca.as_bytes()), &ProxyChoice::System).unwrap();
    assert_eq!(trusting.execute(get(Role::Upload, server.url.clone())).await.ok().unwrap().status.as_u16(), 204);

    let (ca, config) = authority("another.example");
    let elsewhere = Server::encrypted(config, []).await;
    let misnamed =
        Net::new(Arc::new(profile(&[(Role::Upload, &elsewhere.url)])), Some(ca.as_bytes()), &ProxyChoice::System)
            .unwrap();
    let misnamed = silence(&misnamed, get(Role::Upload, elsewhere.url.clone())).await;
    assert_eq!((misnamed.kind, misnamed.maybe_received), (NoAnswerKind::CertificateUntrusted, false));
}

#[tokio::test]
async fn a_future_certificate_shows_a_wrong_clock_but_an_expired_one_needs_more_evidence() {
    for (from, until, kind) in
        [(2_900, 2_901, NoAnswerKind::ClockWrong), (1_990, 1_991, NoAnswerKind::CertificateUntrusted)]
    {
        let (ca, config) = authority_between("127.0.0.1", from, until);
        let server = Server::encrypted(config, []).await;
        let profile = Arc::new(profile(&[(Role::Upload, &server.url)]));
        let net = Net::new(profile, Some(ca.as_bytes()), &ProxyChoice::System).unwrap();
        let refused = silence(&net, get(Role::Upload, server.url.clone())).await;
        assert_eq!((refused.kind, refused.maybe_received), (kind, false), "{refused:?}");
        // One of the service's responses has shown that this computer's clock is far off.
        let (server_time, own) = (Timestamp(0), Timestamp(86_400_000));
        let at = Now { server: own, steady: Steady::from_second(1) };
        let mut headers = HeaderMap::new();
        headers.insert(http::header::DATE, HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT"));
        let heard = Heard::of(Role::Api, &headers, at, &net.shared.times).unwrap();
        assert_eq!(heard.server().since(server_time).as_secs(), 0);
        heard.believe();
        let refused = silence(&net, get(Role::Upload, server.url.clone())).await;
        assert_eq!(refused.kind, NoAnswerKind::ClockWrong, "{refused:?}");
    }
}

#[test]
fn a_ca_file_without_a_certificate_is_named_as_the_profiles_fault() {
    for pem in ["", "nonsense", "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n"] {
        let failure = Net::new(Arc::new(profile(&[])), Some(pem.as_bytes()), &ProxyChoice::System).err().unwrap();
        assert_eq!(failure.code, Code::ProfileMalformed);
        assert!(failure.detail.unwrap().starts_with("ca_file: "));
    }
}

/// A client for an upload address behind a proxy, independent of the tests' environment.
fn through(proxy: &Url, upload: &Url) -> Net {
    let profile = Arc::new(profile(&[(Role::Upload, upload)]));
    let choice = ProxyChoice::read(proxy.as_str(), "").unwrap();
    let route = Route::of(&choice, &profile, |_| None);
    Net::make(profile, None, route, |builder| builder).unwrap()
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named_and_not_the_address_behind_it() {
    let dead = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
    };
    let target = Url::parse("https://upload.example").unwrap();
    let silent = silence(&through(&dead, &target), get(Role::Upload, target)).await;
    assert_eq!((silent.kind, silent.maybe_received), (NoAnswerKind::ProxyUnreachable, false), "{silent:?}");
    let named = format!("proxy {}: ", dead.as_str().trim_end_matches('/'));
    assert!(silent.detail.starts_with(&named), "{silent:?}");
}

#[tokio::test]
async fn a_proxy_that_hangs_up_allows_no_connection() {
    let proxy = Server::scripted([Act::AnswerAndClose(Vec::new())]).await;
    let target = Url::parse("https://upload.example").unwrap();
    let silent = silence(&through(&proxy.url, &target), get(Role::Upload, target)).await;
    assert_eq!((silent.kind, silent.maybe_received), (NoAnswerKind::ProxyUnreachable, false), "{silent:?}");
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named_and_nothing_was_received() {
    for (status, kind) in [
        ("407 Proxy Authentication Required", NoAnswerKind::ProxySignIn),
        ("403 Forbidden", NoAnswerKind::ProxyRefused),
    ] {
        let proxy = Server::scripted([Act::respond(status, &[], "")]).await;
        let target = Url::parse("https://upload.example").unwrap();
        let net = through(&proxy.url, &target);
        let refused = silence(&net, get(Role::Upload, target)).await;
        assert_eq!((refused.kind, refused.maybe_received), (kind, false), "{refused:?}");
        assert_eq!(proxy.only_request().method, "CONNECT");
    }
}
