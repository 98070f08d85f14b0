use std::sync::Arc;

use super::*;
use crate::testing::{Act, Server, net};

async fn examined(role: Role, act: Act) -> Examination {
    let server = Server::scripted([act]).await;
    examine(&net(&[(role, &server.url)]), role).await.unwrap()
}

#[tokio::test]
async fn any_answer_counts_and_silence_does_not() {
    let server = Server::scripted([Act::respond("403 Forbidden", &[], ""), Act::AnswerAndClose(Vec::new())]).await;
    let net = net(&[(Role::Api, &server.url)]);
    assert_eq!(answers(&net, Role::Api).await, Ok(()));
    let silence = answers(&net, Role::Api).await.unwrap_err();
    assert_eq!(silence.kind, NoAnswerKind::Reset);
    let request = &server.requests()[0];
    assert_eq!((request.method.as_str(), request.target.as_str()), ("HEAD", "/"));
    assert!(request.body.is_empty() && request.header("authorization").is_none());
}

#[tokio::test]
async fn an_address_that_the_service_does_not_have_is_not_asked() {
    let mut profile = crate::testing::profile(&[]);
    profile.website_url = None;
    let net = Net::new(Arc::new(profile), None, &waybill_model::ProxyChoice::System).unwrap();
    assert_eq!(examine(&net, Role::Website).await, None);
    assert!(answers(&net, Role::Website).await.unwrap_err().detail.contains("website.url"));
}

#[tokio::test]
async fn an_examination_says_how_far_it_got() {
    let nobody = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
    };
    let net = net(&[(Role::Upload, &nobody)]);
    let found = examine(&net, Role::Upload).await.unwrap();
    assert_eq!((found.dns, found.proxy, found.via), (Outcome::Well, Outcome::Skipped, None));
    assert_eq!((found.connect, found.http), (Outcome::Failed(Code::UploadUnreachable), Outcome::Skipped));
    assert_eq!(found.clock_offset_ms, None);
}

#[tokio::test]
async fn each_address_is_asked_without_a_session_and_known_by_its_answer() {
    let date = ("Date", "Tue, 14 Nov 2023 22:13:20 GMT");
    let server = Server::start(move |request| match request.target.as_str() {
        "/realms/tdr/.well-known/openid-configuration" => {
            let issuer = format!("http://{}/realms/tdr", request.header("host").unwrap());
            Act::json(&serde_json::json!({ "issuer": issuer }))
        }
        "/graphql" => Act::respond("401 Unauthorized", &[date], "The resource requires authentication"),
        _ if request.method == "HEAD" => Act::respond("303 See Other", &[("Location", "/homepage")], ""),
        _ => Act::respond("403 Forbidden", &[], "<?xml version=\"1.0\"?><Error><Code>MissingKey</Code></Error>"),
    })
    .await;
    let roles = [Role::SignIn, Role::Api, Role::Upload, Role::Website];
    let now = waybill_model::Timestamp(1_700_000_000_500);
    let now = waybill_model::Now { server: now, steady: waybill_model::Steady::from_second(1) };
    let net = net(&roles.map(|role| (role, &server.url))).with_clock(Arc::new(move || now));
    for role in roles {
        let found = examine(&net, role).await.unwrap();
        assert_eq!(
            (found.http, found.tls, found.proxy),
            (Outcome::Well, Outcome::Skipped, Outcome::Skipped),
            "{found:?}"
        );
        if role == Role::Api {
            assert!(found.clock_offset_ms.unwrap().abs() < 10_000, "{found:?}");
            assert_eq!(found.seen, Seen::Expected(401));
        }
    }
    let bare = |request: &crate::testing::Recorded| {
        request.header("authorization").is_none() && request.header("cookie").is_none()
    };
    assert!(server.requests().iter().all(bare));
}

#[tokio::test]
async fn a_page_from_a_server_in_between_is_not_mistaken_for_the_service() {
    for role in [Role::SignIn, Role::Api, Role::Upload] {
        for status in ["200 OK", "403 Forbidden"] {
            let found = examined(role, Act::html(status)).await;
            assert_eq!(found.http, Outcome::Failed(Code::UnexpectedPage), "{found:?}");
            assert!(matches!(found.seen, Seen::Unexpected(_, Unexpected::WebPage)), "{found:?}");
        }
        let plain = examined(role, Act::respond("200 OK", &[], "Blocked by policy")).await;
        assert_eq!(plain.http, Outcome::Failed(Code::UnexpectedPage), "{plain:?}");
    }
    for role in [Role::SignIn, Role::Api, Role::Upload, Role::Website] {
        let portal = ("Location", "https://guest.example/login");
        let found = examined(role, Act::respond("302 Found", &[portal], "")).await;
        assert_eq!(found.http, Outcome::Failed(Code::UnexpectedPage), "{found:?}");
        assert_eq!(found.seen.to_string(), "HTTP 302: redirected to guest.example");
        let found = examined(role, Act::respond("503 No", &[], "")).await;
        assert_eq!(found.http, Outcome::Failed(Code::ServiceFailed), "{found:?}");
    }
}

#[tokio::test]
async fn another_issuers_sign_in_is_not_the_services() {
    let other = serde_json::json!({ "issuer": "https://elsewhere.example/realms/tdr" });
    let found = examined(Role::SignIn, Act::json(&other)).await;
    assert_eq!(found.http, Outcome::Failed(Code::SignInUnusable), "{found:?}");
}
