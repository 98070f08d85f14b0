//! The cookie signer and the edge against the facts of CloudFront.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Bench, claims, cookies, text};

const DENIED: &str =
    r#"<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>"#;

async fn put_status(bench: &Bench, path: &str, cookies: &str) -> (StatusCode, String) {
    let response = bench.put(path, cookies, "content").send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

#[tokio::test]
async fn a_token_and_an_origin_give_three_session_cookies_for_the_persons_prefix() {
    let bench = Bench::start().await;
    let tokens = bench.tokens().await;
    let access = text(&tokens, "access_token");
    let response = bench.cookie_call(access).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["access-control-allow-origin"], bench.ready.addresses.website);
    assert_eq!(response.headers()["access-control-allow-credentials"], "true");
    for value in response.headers().get_all(SET_COOKIE) {
        assert!(value.to_str().unwrap().ends_with("; Path=/; Secure; HttpOnly; SameSite=None"));
    }
    let found = cookies(response.headers());
    let mut names: Vec<&str> = found.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["CloudFront-Key-Pair-Id", "CloudFront-Policy", "CloudFront-Signature"]);
    let policy = found["CloudFront-Policy"].replace('-', "+").replace('_', "=").replace('~', "/");
    let policy: Value = serde_json::from_slice(&STANDARD.decode(policy).unwrap()).unwrap();
    let statement = &policy["Statement"][0];
    let resource = format!("{}/{}/*", bench.ready.addresses.upload, text(&claims(access), "user_id"));
    assert_eq!(statement["Resource"], resource);
    let until = statement["Condition"]["DateLessThan"]["AWS:EpochTime"].as_i64().unwrap();
    let issued = claims(access)["iat"].as_i64().unwrap();
    assert!((10_800..10_830).contains(&(until - issued)));
    assert!(response.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn every_failure_of_the_signer_is_a_bare_401() {
    let bench = Bench::start().await;
    let tokens = bench.tokens().await;
    let access = text(&tokens, "access_token");
    let (website, sharepoint) = (bench.ready.addresses.website.as_str(), "https://x.sharepoint.com");
    let id_token = format!("Bearer {}", text(&tokens, "id_token"));
    let good = format!("Bearer {access}");
    for (authorization, origin) in [
        (None, Some(website)),
        (Some(good.as_str()), None),
        (Some(good.as_str()), Some(sharepoint)),
        (Some(id_token.as_str()), Some(website)),
        (Some("Bearer nonsense"), Some(website)),
        (Some(access), Some(website)),
    ] {
        let mut request = bench.client.get(format!("{}/cookies", bench.ready.addresses.upload));
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        if let Some(value) = origin {
            request = request.header("origin", value);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{origin:?}");
        assert!(!response.headers().contains_key("access-control-allow-origin"));
        assert!(response.bytes().await.unwrap().is_empty());
    }
    bench.advance(300).await;
    assert_eq!(bench.cookie_call(access).await.status(), StatusCode::UNAUTHORIZED, "expired");
}

#[tokio::test]
async fn another_origin_still_hears_the_websites_address() {
    let bench = Bench::start().await;
    let tokens = bench.tokens().await;
    let call = bench.client.get(format!("{}/cookies", bench.ready.addresses.upload));
    let response =
        call.bearer_auth(text(&tokens, "access_token")).header("origin", "https://other.example").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["access-control-allow-origin"], bench.ready.addresses.website);
}

#[tokio::test]
async fn the_signer_takes_get_head_and_options_only() {
    let bench = Bench::start().await;
    let url = format!("{}/cookies", bench.ready.addresses.upload);
    let status = async |method: Method| bench.client.request(method, &url).send().await.unwrap().status();
    assert_eq!(status(Method::OPTIONS).await, StatusCode::OK);
    assert_eq!(status(Method::HEAD).await, StatusCode::UNAUTHORIZED);
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        assert_eq!(status(method).await, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn without_cookies_the_key_is_missing() {
    let bench = Bench::start().await;
    let response = bench.put("/u/c/f", "other=1", "content").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(response.headers()["content-type"], "text/xml");
    assert_eq!(response.headers()["content-length"], "146");
    assert_eq!(response.headers()["server"], "CloudFront");
    assert_eq!(response.headers()["x-cache"], "Error from cloudfront");
    let body = response.text().await.unwrap();
    assert!(
        body.contains("<Code>MissingKey</Code><Message>Missing Key-Pair-Id query parameter or cookie value</Message>")
    );
}

#[tokio::test]
async fn cookies_open_the_persons_prefix_and_no_other() {
    let bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    let path = format!("/{user}/c/f");
    let response = bench.put(&path, &cookies, "content").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["strict-transport-security"], "max-age=31536000; includeSubDomains");
    let objects = bench.get("/objects").await;
    assert_eq!(objects.as_array().unwrap().len(), 1);
    assert_eq!(objects[0]["key"], format!("{user}/c/f"));

    let (status, body) = put_status(&bench, "/other/c/f", &cookies).await;
    assert_eq!((status, body.as_str()), (StatusCode::FORBIDDEN, DENIED));
    let (status, body) =
        put_status(&bench, &path, &cookies.replace("CloudFront-Signature=", "CloudFront-Signature=A")).await;
    assert_eq!((status, body.as_str()), (StatusCode::FORBIDDEN, DENIED));
}

#[tokio::test]
async fn a_refusal_by_the_store_can_be_told_from_one_by_the_edge() {
    let bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    let url = format!("{}/{user}/c/f", bench.ready.addresses.upload);
    let response = bench.client.get(url).header(COOKIE, &cookies).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let body = response.text().await.unwrap();
    assert!(body.contains("<Message>Access Denied</Message>"), "{body}");
    assert!(body.contains("<RequestId>") && body.contains("<HostId>"), "{body}");
}

#[tokio::test]
async fn cookies_end_with_the_clock_and_their_life_can_be_set() {
    let bench = Bench::start().await;
    bench.post("/lives", json!({"cookie_seconds": 30})).await;
    let (cookies, user) = bench.upload_cookies().await;
    assert_eq!(put_status(&bench, &format!("/{user}/c/1"), &cookies).await.0, StatusCode::OK);
    bench.advance(30).await;
    let (status, body) = put_status(&bench, &format!("/{user}/c/2"), &cookies).await;
    assert_eq!((status, body.as_str()), (StatusCode::FORBIDDEN, DENIED));
}

#[tokio::test]
async fn a_signed_url_name_in_the_query_makes_the_cookies_void() {
    let bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    let (status, body) = put_status(&bench, &format!("/{user}/c/f?Policy=x"), &cookies).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(body.contains("<Code>MissingKey</Code>"));
}

#[tokio::test]
async fn after_a_rotation_two_keys_hold_until_the_old_one_is_dropped() {
    let bench = Bench::start().await;
    let (old, user) = bench.upload_cookies().await;
    bench.post("/keys/rotate", json!({"role": "upload"})).await;
    let (new, _) = bench.upload_cookies().await;
    let key_id =
        |cookies: &str| cookies.split("; ").find(|pair| pair.starts_with("CloudFront-Key-Pair-Id")).unwrap().to_owned();
    assert_ne!(key_id(&old), key_id(&new));
    assert_eq!(put_status(&bench, &format!("/{user}/c/1"), &old).await.0, StatusCode::OK);
    assert_eq!(put_status(&bench, &format!("/{user}/c/2"), &new).await.0, StatusCode::OK);
    bench.post("/keys/rotate", json!({"role": "upload", "drop_old": true})).await;
    let (status, body) = put_status(&bench, &format!("/{user}/c/3"), &new).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(body.contains("Unknown Key"));
}

#[tokio::test]
async fn long_urls_and_long_heads_are_413() {
    let bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    let (status, _) = put_status(&bench, &format!("/{user}/c/{}", "f".repeat(8_192)), &cookies).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let request = bench.put(&format!("/{user}/c/f"), &cookies, "content").header("x-filler", "f".repeat(20_480));
    assert_eq!(request.send().await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_firewall_blocks_beyond_its_rate_until_the_window_has_passed() {
    let bench = Bench::start_with(|options| options.request_limit = 5).await;
    let (cookies, user) = bench.upload_cookies().await;
    for n in 0..4 {
        assert_eq!(put_status(&bench, &format!("/{user}/c/{n}"), &cookies).await.0, StatusCode::OK);
    }
    let (status, body) = put_status(&bench, &format!("/{user}/c/5"), &cookies).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(body.starts_with("<!DOCTYPE HTML") && body.contains("Request blocked"));
    bench.advance(301).await;
    assert_eq!(put_status(&bench, &format!("/{user}/c/5"), &cookies).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_host_that_is_not_the_upload_domain_and_a_get_with_a_body_are_refused() {
    let bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    let client =
        reqwest::Client::builder().tls_danger_accept_invalid_certs(true).http1_only().no_proxy().build().unwrap();
    let url = format!("{}/{user}/c/f", bench.ready.addresses.upload);
    let response = client.put(&url).header(COOKIE, &cookies).header("host", "other.example").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let response = client.get(&url).header(COOKIE, &cookies).body("body").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(response.text().await.unwrap().contains("GET request"));
}
