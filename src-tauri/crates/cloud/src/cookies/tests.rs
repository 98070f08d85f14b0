use waybill_model::{NoAnswerKind, NotDone};

use super::*;
use crate::testing::{Act, Server, net};

fn encoded(policy: &str) -> String {
    STANDARD.encode(policy).replace('+', "-").replace('=', "_").replace('/', "~")
}

fn policy() -> String {
    encoded(
        "{\"Statement\":[{\"Resource\":\"https://upload.example/~?>>/*\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":1700000000}}}]}",
    )
}

async fn ask(headers: &[(&str, &str)], status: &str) -> (Server, Reply<Pass>) {
    let server = Server::scripted([Act::respond(status, headers, "")]).await;
    let net = net(&[(Role::Upload, &server.url)]);
    let reply = fetch_cookies(&net, &Secret::new("t0ken".to_owned())).await;
    (server, reply)
}

#[tokio::test]
async fn every_cloudfront_cookie_is_kept_and_the_policy_says_until_when() {
    let attributes = "Path=/; Secure; HttpOnly; SameSite=None; Max-Age=1";
    let set = |pair: &str| format!("{pair}; {attributes}");
    let values = [
        set(&format!("CloudFront-Policy={}", policy())),
        set("CloudFront-Key-Pair-Id=K1"),
        set("CloudFront-Signature=abc-_~"),
        set("CloudFront-Hash-Algorithm=SHA256"),
        set("AWSALB=other"),
    ];
    let headers: Vec<_> = values.iter().map(|value| ("Set-Cookie", value.as_str())).collect();
    let (server, reply) = ask(&headers, "200 OK").await;
    let Ok(cookies) = reply else { panic!("{reply:?}") };
    assert_eq!(cookies.until, Timestamp::from_epoch_seconds(1_700_000_000));
    assert_eq!(
        cookies.headers["cookie"],
        format!(
            "CloudFront-Hash-Algorithm=SHA256; CloudFront-Key-Pair-Id=K1; CloudFront-Policy={}; CloudFront-Signature=abc-_~",
            policy()
        )
    );
    assert!(!format!("{cookies:?}").contains("abc-"));
    let request = server.only_request();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/cookies"));
    assert_eq!(request.header("authorization"), Some("Bearer t0ken"));
    assert_eq!(request.header("origin"), Some("https://website.example"));
    assert_eq!(request.header("cookie"), None);
}

#[tokio::test]
async fn a_canned_policy_states_its_expiry_in_a_separate_cookie() {
    let headers = ["CloudFront-Expires=1700000001", "CloudFront-Key-Pair-Id=K", "CloudFront-Signature=s"]
        .map(|v| ("Set-Cookie", v));
    let (_server, reply) = ask(&headers, "200 OK").await;
    assert!(matches!(reply, Ok(cookies) if cookies.until == Timestamp(1_700_000_001_000)));
}

#[tokio::test]
async fn an_answer_without_usable_cookies_is_a_refusal() {
    let bad_policy = format!("CloudFront-Policy={}", encoded("{\"Statement\":[]}"));
    let good_policy = format!("CloudFront-Policy={}", policy());
    for cookies in [
        vec![],
        vec!["CloudFront-Key-Pair-Id=K", "CloudFront-Signature=s"],
        vec![bad_policy.as_str(), "CloudFront-Key-Pair-Id=K", "CloudFront-Signature=s"],
        vec!["CloudFront-Policy=!!", "CloudFront-Key-Pair-Id=K", "CloudFront-Signature=s"],
        vec![good_policy.as_str(), "CloudFront-Key-Pair-Id=K", "CloudFront-Signature="],
    ] {
        let headers: Vec<_> = cookies.iter().map(|value| ("Set-Cookie", *value)).collect();
        let (_server, reply) = ask(&headers, "200 OK").await;
        assert!(matches!(&reply, Err(NotDone::Refused(refusal)) if refusal.status == 200), "{cookies:?} {reply:?}");
    }
}

#[tokio::test]
async fn a_bare_401_and_a_page_are_refusals_and_a_cut_answer_is_none() {
    let (_server, reply) = ask(&[], "401 Unauthorized").await;
    let Err(NotDone::Refused(refusal)) = reply else { panic!("{reply:?}") };
    assert_eq!((refusal.status, refusal.body, refusal.message), (401, BodyKind::Empty, None));
    let server = Server::scripted([Act::html("200 OK"), Act::AnswerAndClose(Vec::new())]).await;
    let net = net(&[(Role::Upload, &server.url)]);
    let access = Secret::new("t".to_owned());
    assert!(
        matches!(fetch_cookies(&net, &access).await, Err(NotDone::Refused(refusal)) if refusal.body == BodyKind::Html)
    );
    assert!(
        matches!(fetch_cookies(&net, &access).await, Err(NotDone::NoAnswer(silence)) if silence.kind == NoAnswerKind::Reset)
    );
}
