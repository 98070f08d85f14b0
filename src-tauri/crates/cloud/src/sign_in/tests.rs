mod attacks;
mod keycloak;

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use waybill_model::{BodyKind, NoAnswerKind};

use self::keycloak::{Faults, Keycloak, NOW, USER};
use super::*;
use crate::testing::Act;

const LONG: Duration = Duration::from_secs(30);

/// A sign-in in progress, and the address that the browser was sent to.
struct UnderWay {
    url: Url,
    outcome: tokio::task::JoinHandle<Result<Tokens, Failure>>,
}

impl UnderWay {
    async fn begin(keycloak: &Keycloak) -> Self {
        Self::begin_within(keycloak, LONG).await
    }

    async fn begin_within(keycloak: &Keycloak, limit: Duration) -> Self {
        let net = keycloak.net();
        let Ok(provider) = discover(&net).await else { panic!() };
        let (sender, receiver) = oneshot::channel();
        let outcome = tokio::spawn(async move {
            let on_url = move |url: &Url| sender.send(url.clone()).unwrap();
            sign_in(&net, &provider, || NOW, on_url, limit, std::future::pending()).await
        });
        Self { url: receiver.await.unwrap(), outcome }
    }

    fn asked(&self, name: &str) -> String {
        self.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap()
    }

    /// Returns the redirect address with a query.
    fn back(&self, pairs: &[(&str, &str)]) -> Url {
        let mut url = Url::parse(&self.asked("redirect_uri")).unwrap();
        url.query_pairs_mut().extend_pairs(pairs);
        url
    }

    /// Returns the query that Keycloak would send the browser back with.
    fn good_answer(&self, keycloak: &Keycloak) -> Url {
        let code =
            keycloak.issue_code(&self.asked("nonce"), &self.asked("code_challenge"), &self.asked("redirect_uri"));
        self.back(&[
            ("state", &self.asked("state")),
            ("iss", &keycloak.issuer()),
            ("session_state", "s"),
            ("code", &code),
        ])
    }

    async fn failure(self) -> Failure {
        self.outcome.await.unwrap().unwrap_err()
    }
}

/// Visits an address as a browser does; returns the whole response.
async fn visit(method: &str, url: &Url) -> String {
    let mut stream = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).await.unwrap();
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    stream.write_all(format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_person_signs_in_with_pkce_state_and_nonce() {
    let keycloak = Keycloak::start(Faults::default()).await;
    let under_way = UnderWay::begin(&keycloak).await;
    assert!(under_way.url.as_str().starts_with(&format!("{}/protocol/openid-connect/auth?", keycloak.issuer())));
    for (name, value) in
        [("response_type", "code"), ("client_id", "waybill"), ("scope", "openid"), ("code_challenge_method", "S256")]
    {
        assert_eq!(under_way.asked(name), value);
    }
    assert!(under_way.asked("redirect_uri").starts_with("http://127.0.0.1:"));
    assert!(under_way.asked("redirect_uri").ends_with("/callback"));
    let page = visit("GET", &under_way.good_answer(&keycloak)).await;
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(
        page.contains("<h1>You are signed in</h1>\n<p>You can close this page and go back to Waybill.</p>"),
        "{page}"
    );
    let tokens = under_way.outcome.await.unwrap().unwrap();
    assert_eq!((tokens.obtained, tokens.access_expires), (NOW, NOW.server + Duration::from_secs(300)));
    assert_eq!(tokens.refresh_expires, Some(NOW.server + Duration::from_secs(3_600)));
    assert_eq!(tokens.refresh.as_ref().map(Secret::reveal), Some("refresh-1"));
    let expected = Person {
        user_id: USER.parse().unwrap(),
        name: "Olga Example".to_owned(),
        email: Some("olga@example.org".to_owned()),
        body: Some("MOCK1".to_owned()),
        standard_user: true,
        judgment_user: false,
    };
    assert_eq!(tokens.person, expected);
    assert!(!format!("{tokens:?}").contains("refresh-1"));
    let request = keycloak.token_requests().remove(0);
    assert_eq!(request.form("grant_type").as_deref(), Some("authorization_code"));
    assert_eq!(request.header("authorization"), None);
}

#[tokio::test]
async fn only_the_answer_of_this_sign_in_counts_and_only_once() {
    let gate = Arc::new(Notify::new());
    let keycloak = Keycloak::start(Faults { token_waits: Some(Arc::clone(&gate)), ..Faults::default() }).await;
    let under_way = UnderWay::begin(&keycloak).await;
    let good = under_way.good_answer(&keycloak);
    let mut icon = good.clone();
    icon.set_path("/favicon.ico");
    assert!(visit("GET", &icon).await.starts_with("HTTP/1.1 404 "));
    assert!(visit("POST", &good).await.starts_with("HTTP/1.1 405 "));
    for foreign in [
        under_way.back(&[("code", "stolen")]),
        under_way.back(&[("code", "stolen"), ("state", "another")]),
        under_way.back(&[("error", "access_denied"), ("state", "another")]),
        under_way.back(&[("code", "a"), ("state", &under_way.asked("state")), ("state", "another")]),
    ] {
        assert!(visit("GET", &foreign).await.starts_with("HTTP/1.1 400 "), "{foreign}");
    }
    // Browsers open connections that they do not use.
    let _unused = TcpStream::connect((good.host_str().unwrap(), good.port().unwrap())).await.unwrap();
    let first = tokio::spawn({
        let good = good.clone();
        async move { visit("GET", &good).await }
    });
    keycloak.token_asked().await;
    assert!(visit("GET", &good).await.starts_with("HTTP/1.1 409 "));
    gate.notify_one();
    assert!(first.await.unwrap().contains("You are signed in"));
    assert!(under_way.outcome.await.unwrap().is_ok());
    assert_eq!(keycloak.token_requests().len(), 1);
}

#[tokio::test]
async fn a_refusal_by_the_page_is_distinguished_from_its_failure() {
    let keycloak = Keycloak::start(Faults::default()).await;
    for (error, description, code) in [
        ("access_denied", "User denied", Code::SignInRefused),
        ("login_required", "", Code::SignInRefused),
        ("server_error", "", Code::ServiceFailed),
        ("temporarily_unavailable", "other", Code::ServiceFailed),
    ] {
        let under_way = UnderWay::begin(&keycloak).await;
        let state = under_way.asked("state");
        let back = under_way.back(&[("error", error), ("error_description", description), ("state", &state)]);
        let page = visit("GET", &back).await;
        assert!(page.contains("You are not signed in"), "{page}");
        assert!(!page.contains(description) || description.is_empty(), "what came in is not shown: {page}");
        let failure = under_way.failure().await;
        assert_eq!(failure.code, code);
        assert!(failure.detail.unwrap().starts_with(error));
    }
}

#[tokio::test]
async fn a_page_that_had_expired_is_opened_again_but_not_for_ever() {
    let keycloak = Keycloak::start(Faults::default()).await;
    let under_way = UnderWay::begin(&keycloak).await;
    let state = under_way.asked("state");
    let expired = under_way.back(&[
        ("error", "temporarily_unavailable"),
        ("error_description", "authentication_expired"),
        ("state", &state),
    ]);
    for _ in 0..NEW_STARTS {
        let page = visit("GET", &expired).await;
        assert!(page.starts_with("HTTP/1.1 302 Found\r\n"), "{page}");
        assert!(page.contains(&format!("Location: {}\r\n", under_way.url)), "{page}");
    }
    assert!(visit("GET", &expired).await.starts_with("HTTP/1.1 200 "));
    assert_eq!(under_way.failure().await.code, Code::SignInRefused);
}

#[tokio::test]
async fn an_answer_from_another_issuer_is_refused() {
    let keycloak = Keycloak::start(Faults::default()).await;
    for issuer in [Some("https://evil.example/realms/tdr"), None] {
        let under_way = UnderWay::begin(&keycloak).await;
        let state = under_way.asked("state");
        let mut back = under_way.back(&[("state", &state), ("code", "c")]);
        if let Some(issuer) = issuer {
            back.query_pairs_mut().append_pair("iss", issuer);
        }
        visit("GET", &back).await;
        assert_eq!(under_way.failure().await.code, Code::SignInMismatch);
    }
    assert!(keycloak.token_requests().is_empty());
}

#[tokio::test]
async fn an_id_token_that_is_not_for_this_sign_in_is_refused() {
    for faults in [
        Faults { nonce: Some("another"), ..Faults::default() },
        Faults { audience: Some("another-client"), ..Faults::default() },
        Faults { token_issuer: Some("https://evil.example"), ..Faults::default() },
        Faults { expired: true, ..Faults::default() },
        Faults { forged: true, ..Faults::default() },
        Faults { other_access_token: true, ..Faults::default() },
        Faults { no_id_token: true, ..Faults::default() },
        Faults { unknown_key: true, ..Faults::default() },
    ] {
        let shown = format!("{faults:?}");
        let keycloak = Keycloak::start(faults).await;
        let under_way = UnderWay::begin(&keycloak).await;
        let page = visit("GET", &under_way.good_answer(&keycloak)).await;
        assert!(page.contains("You are not signed in"), "{shown}: {page}");
        assert_eq!(under_way.failure().await.code, Code::SignInMismatch, "{shown}");
    }
}

#[tokio::test]
async fn keys_that_changed_since_the_discovery_are_read_again() {
    let keycloak = Keycloak::start(Faults::default()).await;
    let under_way = UnderWay::begin(&keycloak).await;
    keycloak.rotate_keys();
    visit("GET", &under_way.good_answer(&keycloak)).await;
    assert!(under_way.outcome.await.unwrap().is_ok());
}

#[tokio::test]
async fn an_account_without_user_id_is_incomplete_and_texts_count_as_truth_values() {
    let keycloak = Keycloak::start(Faults { no_user_id: true, ..Faults::default() }).await;
    let under_way = UnderWay::begin(&keycloak).await;
    visit("GET", &under_way.good_answer(&keycloak)).await;
    assert_eq!(under_way.failure().await.code, Code::AccountIncomplete);

    let keycloak = Keycloak::start(Faults { textual_flags: true, ..Faults::default() }).await;
    let under_way = UnderWay::begin(&keycloak).await;
    visit("GET", &under_way.good_answer(&keycloak)).await;
    let person = under_way.outcome.await.unwrap().unwrap().person;
    assert_eq!((person.standard_user, person.judgment_user), (true, false));
}

#[tokio::test]
async fn a_refusal_by_the_token_endpoint_ends_the_sign_in_with_its_message() {
    let no =
        Act::respond("400 Bad Request", &[], "{\"error\":\"invalid_grant\",\"error_description\":\"Code not valid\"}");
    for (act, code) in [
        (no, Code::SignInRefused),
        (Act::respond("503 Service Unavailable", &[], ""), Code::ServiceFailed),
        (Act::html("200 OK"), Code::UnexpectedPage),
        (Act::AnswerAndClose(Vec::new()), Code::SignInUnreachable),
        (Act::respond("200 OK", &[], "{}"), Code::ServiceFailed),
    ] {
        let keycloak = Keycloak::start(Faults { token_answer: Some(act), ..Faults::default() }).await;
        let under_way = UnderWay::begin(&keycloak).await;
        visit("GET", &under_way.good_answer(&keycloak)).await;
        assert_eq!(under_way.failure().await.code, code);
    }
}

#[tokio::test]
async fn a_sign_in_ends_at_its_time_limit_or_when_it_is_cancelled() {
    let keycloak = Keycloak::start(Faults::default()).await;
    let late = UnderWay::begin_within(&keycloak, Duration::from_millis(100)).await;
    assert_eq!(late.failure().await.code, Code::SignInAbandoned);

    let net = keycloak.net();
    let Ok(provider) = discover(&net).await else { panic!() };
    let cancel = Arc::new(Notify::new());
    let called = Mutex::new(None);
    let on_url = |url: &Url| {
        *called.lock().unwrap() = Some(url.clone());
        cancel.notify_one();
    };
    let failure = sign_in(&net, &provider, || NOW, on_url, LONG, cancel.notified()).await.unwrap_err();
    assert_eq!(failure.code, Code::SignInAbandoned);
    let redirect = called.lock().unwrap().clone().unwrap();
    let redirect = redirect.query_pairs().find(|(key, _)| key == "redirect_uri").unwrap().1.into_owned();
    let port = Url::parse(&redirect).unwrap().port().unwrap();
    // A system may accept one more connection for a listener that is about to close.
    let refused = async { while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {} };
    tokio::time::timeout(LONG, refused).await.expect("the listener ends with the sign-in");
}

#[tokio::test]
async fn a_fixed_port_that_is_taken_is_reported() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let wanted = Url::parse(&format!("http://{}/callback", taken.local_addr().unwrap())).unwrap();
    let failure = Loopback::open(&wanted).await.err().unwrap();
    assert_eq!(failure.code, Code::SignInNoPort);
    drop(taken);
    assert_eq!(Loopback::open(&wanted).await.unwrap().redirect(), &wanted);
}

#[tokio::test]
async fn discovery_must_be_of_the_configured_issuer_and_stay_on_its_address() {
    for (faults, code) in [
        (Faults { issuer: Some("https://evil.example/realms/tdr"), ..Faults::default() }, Code::SignInUnusable),
        (Faults { token_endpoint: Some("https://evil.example/token"), ..Faults::default() }, Code::SignInUnusable),
        (Faults { token_endpoint: Some("http://127.0.0.1:1/token"), ..Faults::default() }, Code::SignInUnusable),
        (Faults { plain_pkce_only: true, ..Faults::default() }, Code::SignInUnusable),
    ] {
        let keycloak = Keycloak::start(faults).await;
        let reply = discover(&keycloak.net()).await;
        assert!(
            matches!(&reply, Err(NotDone::NotSent(LocalFault::Impossible(found, _))) if *found == code),
            "{reply:?}"
        );
    }
    let keycloak = Keycloak::start(Faults { discovery_is_a_page: true, ..Faults::default() }).await;
    let reply = discover(&keycloak.net()).await;
    assert!(matches!(reply, Err(NotDone::Refused(refusal)) if refusal.body == BodyKind::Html));
}

#[tokio::test]
async fn a_refresh_gives_new_tokens_and_a_refusal_keeps_its_message() {
    let keycloak = Keycloak::start(Faults::default()).await;
    let net = keycloak.net();
    let Ok(provider) = discover(&net).await else { panic!() };
    let old = Secret::new("refresh-1".to_owned());
    let Ok(tokens) = refresh(&net, &provider, &old, NOW).await else { panic!() };
    assert_eq!(tokens.refresh.as_ref().map(Secret::reveal), Some("refresh-2"));
    assert_eq!(tokens.person.user_id, USER.parse().unwrap());
    let request = keycloak.token_requests().remove(0);
    assert_eq!(request.form("grant_type").as_deref(), Some("refresh_token"));
    assert_eq!(request.form("refresh_token").as_deref(), Some("refresh-1"));
    assert_eq!(request.form("client_id").as_deref(), Some("waybill"));

    let Err(NotDone::Refused(refusal)) = refresh(&net, &provider, &old, NOW).await else { panic!() };
    assert_eq!((refusal.status, refusal.code.as_deref()), (400, Some("invalid_grant")));
    assert_eq!(refusal.message.as_deref(), Some("Stale token"));
    assert_eq!(keycloak.token_requests().len(), 2);
}

#[tokio::test]
async fn a_refreshed_token_of_another_client_or_half_an_answer_is_not_taken() {
    let keycloak = Keycloak::start(Faults { audience: Some("another-client"), ..Faults::default() }).await;
    let net = keycloak.net();
    let Ok(provider) = discover(&net).await else { panic!() };
    let reply = refresh(&net, &provider, &Secret::new("refresh-1".to_owned()), NOW).await;
    assert!(
        matches!(reply, Err(NotDone::NoAnswer(silence)) if silence.kind == NoAnswerKind::Garbled && silence.maybe_received)
    );

    let half = Act::AnswerAndClose(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"access_".to_vec());
    let keycloak = Keycloak::start(Faults { token_answer: Some(half), ..Faults::default() }).await;
    let net = keycloak.net();
    let reply = refresh(&net, &provider_of(&net).await, &Secret::new("refresh-1".to_owned()), NOW).await;
    assert!(
        matches!(reply, Err(NotDone::NoAnswer(silence)) if silence.kind == NoAnswerKind::Reset && silence.maybe_received)
    );
}

async fn provider_of(net: &Net) -> Provider {
    let Ok(provider) = discover(net).await else { panic!() };
    provider
}

#[tokio::test]
async fn without_a_new_refresh_token_the_old_one_stays_valid() {
    let keycloak = Keycloak::start(Faults { no_new_refresh_token: true, ..Faults::default() }).await;
    let net = keycloak.net();
    let provider = provider_of(&net).await;
    let Ok(tokens) = refresh(&net, &provider, &Secret::new("refresh-1".to_owned()), NOW).await else { panic!() };
    assert_eq!(tokens.refresh.as_ref().map(Secret::reveal), Some("refresh-1"));
}

#[tokio::test]
async fn a_session_is_ended_with_its_refresh_token() {
    let keycloak = Keycloak::start(Faults::default()).await;
    let net = keycloak.net();
    let provider = provider_of(&net).await;
    let old = Secret::new("refresh-1".to_owned());
    let Ok(tokens) = refresh(&net, &provider, &old, NOW).await else { panic!() };
    assert_eq!(end_session(&net, &provider, &tokens).await, Ok(()));
    let request = keycloak.logout_requests().remove(0);
    assert_eq!(request.method, "POST");
    assert_eq!(request.form("refresh_token").as_deref(), Some("refresh-2"));
    assert_eq!(request.form("client_id").as_deref(), Some("waybill"));
    let without = Tokens { refresh: None, ..tokens };
    assert_eq!(end_session(&net, &provider, &without).await, Ok(()));
    assert_eq!(keycloak.logout_requests().len(), 1);
}
