//! What another program, another web page or another server may try while a sign-in waits for its answer. After each
//! of these the person can still sign in, unless the service itself has refused.

use super::*;

/// Sends bytes to the listener; returns everything that comes back.
async fn send(to: &Url, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect((to.host_str().unwrap(), to.port().unwrap())).await.unwrap();
    // The listener may close the connection before it has read everything.
    let _closed = stream.write_all(bytes).await;
    let _closed = stream.shutdown().await;
    let mut answer = Vec::new();
    let _closed = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn target(url: &Url) -> &str {
    &url[url::Position::BeforePath..url::Position::AfterQuery]
}

fn authority(url: &Url) -> &str {
    &url[url::Position::BeforeHost..url::Position::AfterPort]
}

/// The person's own answer is taken, and it is the only one that reached the token endpoint.
async fn the_person_signs_in(keycloak: &Keycloak, under_way: UnderWay) {
    let page = visit("GET", &under_way.good_answer(keycloak)).await;
    assert!(page.contains("You are signed in"), "{page}");
    assert!(under_way.outcome.await.unwrap().is_ok());
    assert_eq!(keycloak.token_requests().len(), 1);
}

#[tokio::test]
async fn the_answer_to_one_sign_in_is_refused_by_another() {
    let keycloak = Keycloak::start(Faults::default()).await;
    let (mine, other) = (UnderWay::begin(&keycloak).await, UnderWay::begin(&keycloak).await);
    for name in ["state", "nonce", "code_challenge", "redirect_uri"] {
        assert_ne!(mine.asked(name), other.asked(name), "{name} is new each time");
    }
    let mut mixed_up = mine.back(&[]);
    mixed_up.set_query(other.good_answer(&keycloak).query());
    assert!(visit("GET", &mixed_up).await.starts_with("HTTP/1.1 400 "));
    the_person_signs_in(&keycloak, mine).await;
    visit("GET", &other.good_answer(&keycloak)).await;
    assert!(other.outcome.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_code_that_was_issued_to_another_program_gives_no_tokens() {
    let keycloak = Keycloak::start(Faults::default()).await;
    let under_way = UnderWay::begin(&keycloak).await;
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let code = keycloak.issue_code(&under_way.asked("nonce"), challenge, &under_way.asked("redirect_uri"));
    let injected =
        under_way.back(&[("state", &under_way.asked("state")), ("iss", &keycloak.issuer()), ("code", &code)]);
    assert!(visit("GET", &injected).await.contains("You are not signed in"));
    let failure = under_way.failure().await;
    assert_eq!(failure.code, Code::SignInRefused);
    assert!(failure.detail.unwrap().contains("PKCE verification failed"));
}

#[tokio::test]
async fn a_code_of_another_persons_sign_in_is_known_by_its_nonce() {
    let keycloak = Keycloak::start(Faults::default()).await;
    let under_way = UnderWay::begin(&keycloak).await;
    let redirect = under_way.asked("redirect_uri");
    let code = keycloak.issue_code("of-somebody-else", &under_way.asked("code_challenge"), &redirect);
    let injected =
        under_way.back(&[("state", &under_way.asked("state")), ("iss", &keycloak.issuer()), ("code", &code)]);
    assert!(visit("GET", &injected).await.contains("You are not signed in"));
    assert_eq!(under_way.failure().await.code, Code::SignInMismatch);
}

#[tokio::test]
async fn an_answer_that_names_anything_twice_is_refused() {
    let keycloak = Keycloak::start(Faults { promises_no_issuer: true, ..Faults::default() }).await;
    for twice in ["iss", "code", "error"] {
        let under_way = UnderWay::begin(&keycloak).await;
        let mut back = under_way.good_answer(&keycloak);
        if twice == "error" {
            back.query_pairs_mut().append_pair("error", "access_denied");
        }
        back.query_pairs_mut().append_pair(twice, "https://evil.example/realms/tdr");
        visit("GET", &back).await;
        assert_eq!(under_way.failure().await.code, Code::SignInMismatch, "{twice}");
    }
    assert!(keycloak.token_requests().is_empty());
}

#[tokio::test]
async fn a_server_that_promises_no_issuer_need_not_name_it_but_must_not_name_another() {
    let keycloak = Keycloak::start(Faults { promises_no_issuer: true, ..Faults::default() }).await;
    let under_way = UnderWay::begin(&keycloak).await;
    let state = under_way.asked("state");
    let other = [("state", state.as_str()), ("iss", "https://evil.example/realms/tdr"), ("code", "c")];
    visit("GET", &under_way.back(&other)).await;
    assert_eq!(under_way.failure().await.code, Code::SignInMismatch);
    assert!(keycloak.token_requests().is_empty());

    let under_way = UnderWay::begin(&keycloak).await;
    let mut without = under_way.good_answer(&keycloak);
    let pairs: Vec<_> =
        without.query_pairs().filter(|(name, _)| name != "iss").map(|(n, v)| (n.to_string(), v.to_string())).collect();
    without.query_pairs_mut().clear().extend_pairs(pairs);
    visit("GET", &without).await;
    assert!(under_way.outcome.await.unwrap().is_ok());
}

#[tokio::test]
async fn another_program_cannot_take_the_port_while_a_sign_in_waits() {
    let keycloak = Keycloak::start(Faults::default()).await;
    let under_way = UnderWay::begin(&keycloak).await;
    let port = under_way.back(&[]).port().unwrap();
    let taken = std::net::TcpListener::bind(("127.0.0.1", port));
    assert_eq!(taken.err().map(|error| error.kind()), Some(std::io::ErrorKind::AddrInUse));
    assert!(TcpStream::connect(("::1", port)).await.is_err(), "it listens on one address of this computer only");
    the_person_signs_in(&keycloak, under_way).await;
}

#[tokio::test]
async fn an_answer_that_comes_under_another_host_name_is_not_taken() {
    let keycloak = Keycloak::start(Faults::default()).await;
    let under_way = UnderWay::begin(&keycloak).await;
    let good = under_way.good_answer(&keycloak);
    let port = good.port().unwrap();
    for hosts in [
        format!("Host: evil.example:{port}\r\n"),
        format!("Host: localhost:{port}\r\n"),
        "Host: 127.0.0.1\r\n".to_owned(),
        format!("Host: 127.0.0.1:{port}\r\nHost: evil.example\r\n"),
        String::new(),
    ] {
        let request = format!("GET {} HTTP/1.1\r\n{hosts}\r\n", target(&good));
        assert!(send(&good, request.as_bytes()).await.starts_with("HTTP/1.1 404 "), "{hosts}");
    }
    the_person_signs_in(&keycloak, under_way).await;
}

#[tokio::test]
async fn a_web_page_of_another_site_can_neither_answer_nor_read_what_comes_back() {
    let keycloak = Keycloak::start(Faults::default()).await;
    let under_way = UnderWay::begin(&keycloak).await;
    let guessed = under_way.back(&[("code", "c"), ("state", "guessed")]);
    for (method, more, status) in [
        ("GET", "Sec-Fetch-Mode: cors\r\n", "400"),
        ("GET", "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n", "400"),
        ("OPTIONS", "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Private-Network: true\r\n", "405"),
        ("POST", "Content-Type: text/plain\r\nContent-Length: 0\r\n", "405"),
        ("HEAD", "", "405"),
    ] {
        let (target, host) = (target(&guessed), authority(&guessed));
        let request =
            format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nOrigin: https://evil.example\r\n{more}\r\n");
        let answer = send(&guessed, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{method} {more}: {answer}");
        let answer = answer.to_ascii_lowercase();
        assert!(!answer.contains("access-control-allow"), "{answer}");
        assert!(answer.contains("frame-ancestors 'none'") && answer.contains("referrer-policy: no-referrer"));
        assert!(!answer.contains("guessed"), "what came in is not shown: {answer}");
    }
    the_person_signs_in(&keycloak, under_way).await;
}

#[tokio::test]
async fn long_and_malformed_requests_do_not_end_a_sign_in() {
    let keycloak = Keycloak::start(Faults::default()).await;
    let under_way = UnderWay::begin(&keycloak).await;
    let back = under_way.back(&[]);
    let (path, host) = (back.path(), authority(&back));
    let head = |rest: &str| format!("GET {path}{rest} HTTP/1.1\r\nHost: {host}\r\n\r\n").into_bytes();
    let endless_header = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nX: {}", "x".repeat(1 << 20));
    for bytes in [
        vec![b'A'; 1 << 20],
        vec![0; 1 << 20],
        endless_header.into_bytes(),
        b"\r\n\r\n".to_vec(),
        b"GET".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"\xff\xfe GET \xff HTTP/1.1\r\n\xff: \xff\r\n\r\n".to_vec(),
        head("?code=%&state=%zz&iss=%ff%fe"),
        head(&format!("?{}", "state=a&".repeat(1_900))),
        head("?=&&==&code"),
        head("/../callback?code=c"),
    ] {
        let answer = send(&back, &bytes).await;
        assert!(!answer.starts_with("HTTP/1.1 2") && !answer.contains("signed in"), "{answer}");
    }
    for _ in 0..100 {
        let guess = under_way.back(&[("code", "c"), ("state", "guess")]);
        assert!(visit("GET", &guess).await.starts_with("HTTP/1.1 400 "));
    }
    the_person_signs_in(&keycloak, under_way).await;
}
