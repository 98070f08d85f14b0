//! The control address.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{Bench, text};

#[tokio::test]
async fn nothing_is_told_without_the_token() {
    let bench = Bench::start().await;
    for path in ["/objects", "/requests", "/faults", "/clock", "/nothing"] {
        let response = bench.client.get(format!("{}{path}", bench.ready.control.url)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn the_clock_moves_tokens_replies_and_itself() {
    let bench = Bench::start().await;
    let before = bench.get("/clock").await;
    assert_eq!(before["offset_seconds"], 0);
    bench.advance(86_400 * 400).await;
    let after = bench.get("/clock").await;
    assert_eq!(after["offset_seconds"], 86_400 * 400);
    let response = bench.client.get(bench.openid("certs")).send().await.unwrap();
    let date = chrono::DateTime::parse_from_rfc2822(response.headers()["date"].to_str().unwrap()).unwrap();
    let now: chrono::DateTime<chrono::Utc> = text(&after, "now").parse().unwrap();
    assert!((date.to_utc() - now).num_seconds().abs() < 30);
    bench.advance(-86_400 * 400).await;
    assert_eq!(bench.get("/clock").await["offset_seconds"], 0);
}

#[tokio::test]
async fn the_log_holds_every_request_and_no_secret() {
    let bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    bench.control(Method::DELETE, "/requests", None).await;
    bench.put(&format!("/{user}/c/f?Policy=secret&partNumber=3&uploadId=u"), &cookies, "content").send().await.unwrap();
    bench.authorise(&Bench::auth_request(), None).await;
    let log = bench.get("/requests").await;
    assert_eq!(log.as_array().unwrap().len(), 2);
    assert_eq!(text(&log[0], "role"), "upload");
    assert_eq!(text(&log[0], "method"), "PUT");
    assert_eq!(text(&log[0], "path"), format!("/{user}/c/f?partNumber=3&uploadId=u"));
    assert_eq!((log[0]["status"].as_u64(), log[0]["bytes"].as_u64()), (Some(403), Some(7)));
    assert_eq!(text(&log[1], "path"), "/realms/tdr/protocol/openid-connect/auth");
}

#[tokio::test]
async fn the_log_names_the_operation_of_the_api_even_if_the_reply_is_lost() {
    let bench = Bench::start().await;
    let tokens = bench.tokens().await;
    let ask = |query: &str, token: &str| {
        let request = bench.client.post(format!("{}/graphql", bench.ready.addresses.api)).bearer_auth(token);
        request.json(&json!({"query": query})).send()
    };
    let series = "query whatever { getSeries(body: \"MOCK1\") { seriesid } }";
    bench.control(Method::DELETE, "/requests", None).await;
    assert_eq!(ask(series, text(&tokens, "access_token")).await.unwrap().status(), StatusCode::OK);
    assert_eq!(ask(series, "no token").await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(ask("query {", text(&tokens, "access_token")).await.unwrap().status(), StatusCode::BAD_REQUEST);
    bench.post("/faults", json!({"role": "api", "effect": {"lose_reply": true}})).await;
    ask(series, text(&tokens, "access_token")).await.unwrap_err();
    let log = bench.get("/requests").await;
    let said: Vec<_> = log.as_array().unwrap().iter().map(|entry| entry["operation"].as_str()).collect();
    assert_eq!(said, [Some("getSeries"), Some("getSeries"), None, Some("getSeries")]);
    assert_eq!(text(&log[3], "note"), "fault: reply lost");
}

#[tokio::test]
async fn an_objects_bytes_can_be_fetched() {
    let bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    bench.put(&format!("/{user}/c/f"), &cookies, "content").send().await.unwrap();
    let response = bench.try_control(Method::GET, &format!("/objects/{user}/c/f"), None).await;
    assert_eq!(response.text().await.unwrap(), "content");
    let missing = bench.try_control(Method::GET, &format!("/objects/{user}/c/g"), None).await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn wrong_requests_are_refused_with_a_reason() {
    let bench = Bench::start().await;
    for (path, body, status) in [
        ("/faults", json!({"role": "nobody", "effect": {"status": 500}}), 400),
        ("/faults", json!({"role": "upload", "effect": {"status": 500, "colour": 1}}), 400),
        ("/faults", json!({"role": "upload", "effect": {"status": 100}}), 400),
        ("/faults", json!({"role": "api", "effect": {"complete_error": "InternalError"}}), 400),
        ("/clock", json!({"advance": 1}), 400),
        ("/keys/rotate", json!({"role": "website"}), 400),
        ("/sessions/end", json!({"username": "nobody"}), 404),
        ("/people/nobody", json!({"enabled": true}), 404),
    ] {
        let response = bench.try_control(Method::POST, path, Some(body)).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert!(!text(&response.json().await.unwrap(), "error").is_empty());
    }
    assert_eq!(bench.try_control(Method::DELETE, "/faults/77", None).await.status(), StatusCode::NOT_FOUND);
    let nobody = "/consignments/00000000-0000-0000-0000-000000000000";
    assert_eq!(bench.try_control(Method::GET, nobody, None).await.status(), StatusCode::NOT_FOUND);
}
