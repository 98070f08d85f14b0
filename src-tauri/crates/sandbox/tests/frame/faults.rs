//! Every fault, as a client meets it.

use std::error::Error as _;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Bench, old_client};

async fn fault(bench: &Bench, rule: Value) -> u64 {
    bench.post("/faults", rule).await["id"].as_u64().unwrap()
}

async fn object_count(bench: &Bench) -> usize {
    bench.get("/objects").await.as_array().unwrap().len()
}

/// Returns whether somewhere in an error's causes stands a broken connection.
fn is_broken_connection(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        let is_io = inner.downcast_ref::<std::io::Error>().is_some_and(|io| {
            let kind = io.kind();
            [std::io::ErrorKind::ConnectionReset, std::io::ErrorKind::BrokenPipe, std::io::ErrorKind::UnexpectedEof]
                .contains(&kind)
        });
        if is_io || inner.to_string().contains("connection") {
            return true;
        }
        cause = inner.source();
    }
    false
}

#[tokio::test]
async fn a_status_is_answered_as_often_as_told_with_the_body_given() {
    let bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    let body = "<Error><Code>SlowDown</Code><RequestId>1</RequestId></Error>";
    fault(
        &bench,
        json!({"role": "upload", "method": "PUT", "path": format!("/{user}/*"), "skip": 1, "count": 2,
            "effect": {"status": 503, "body": body, "content_type": "application/xml", "headers": {"Retry-After": "2"}}}),
    )
    .await;
    let mut statuses = Vec::new();
    for n in 0..4 {
        let response = bench.put(&format!("/{user}/c/{n}"), &cookies, "content").send().await.unwrap();
        statuses.push(response.status().as_u16());
        if n == 1 {
            assert_eq!(response.headers()["retry-after"], "2");
            assert_eq!(response.headers()["content-type"], "application/xml");
            assert_eq!(response.text().await.unwrap(), body);
        }
    }
    assert_eq!(statuses, [200, 503, 503, 200]);
    assert_eq!(object_count(&bench).await, 2);
    let standing = bench.get("/faults").await;
    assert_eq!((standing[0]["matched"].as_u64(), standing[0]["fired"].as_u64()), (Some(3), Some(2)));
}

#[tokio::test]
async fn a_delay_holds_a_request_up() {
    let bench = Bench::start().await;
    fault(&bench, json!({"role": "sign_in", "path": "*/certs", "effect": {"delay_ms": 300}})).await;
    let before = Instant::now();
    assert_eq!(bench.client.get(bench.openid("certs")).send().await.unwrap().status(), StatusCode::OK);
    assert!(before.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_bandwidth_slows_the_body_down() {
    let bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    fault(&bench, json!({"role": "upload", "method": "PUT", "effect": {"bandwidth": 200_000}})).await;
    let before = Instant::now();
    let response = bench.put(&format!("/{user}/c/f"), &cookies, vec![7; 100_000]).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(before.elapsed() >= Duration::from_millis(250), "{:?}", before.elapsed());
}

#[tokio::test]
async fn a_reset_breaks_the_connection_in_mid_body_and_nothing_is_stored() {
    let mut bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    for bytes in [0, 100_000, 100_001] {
        if bytes == 100_001 {
            bench.client = old_client(&bench.ready);
        }
        fault(&bench, json!({"role": "upload", "method": "PUT", "effect": {"reset_after_bytes": bytes}})).await;
        let error = bench.put(&format!("/{user}/c/f"), &cookies, vec![7; 3_000_000]).send().await.unwrap_err();
        assert!(is_broken_connection(&error), "{error:?}");
    }
    assert_eq!(object_count(&bench).await, 0);
    let response = bench.put(&format!("/{user}/c/f"), &cookies, vec![7; 3_000_000]).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn uploads_that_wait_hold_up_no_other_on_the_same_connection() {
    const WAITING: u64 = 12;
    let bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    let rule = json!({"role": "upload", "path": "*/slow/*", "count": WAITING, "effect": {"delay_ms": 600_000}});
    fault(&bench, rule).await;
    let mut waiting = tokio::task::JoinSet::new();
    for number in 0..WAITING {
        let request = bench.put(&format!("/{user}/slow/{number}"), &cookies, vec![7; 2_000_000]);
        waiting.spawn(async move { drop(request.send().await) });
    }
    while bench.get("/faults").await[0]["fired"] != WAITING {
        tokio::task::yield_now().await;
    }
    let request = bench.put(&format!("/{user}/c/f"), &cookies, vec![7; 3_000_000]).timeout(Duration::from_secs(60));
    let response = request.send().await.unwrap();
    assert_eq!((response.status(), response.version()), (StatusCode::OK, reqwest::Version::HTTP_2));
    assert_eq!((waiting.len(), object_count(&bench).await), (12, 1));
}

/// Returns what the log has of a request that stalls, which it has as soon as that does.
async fn stalled_request(bench: &Bench) -> Value {
    loop {
        let log = bench.get("/requests").await;
        if let Some(entry) = log.as_array().unwrap().iter().find(|entry| entry["note"] == "fault: stalled") {
            return entry.clone();
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_stalled_request_is_read_and_never_answered() {
    let bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    fault(&bench, json!({"role": "upload", "method": "PUT", "effect": {"stall": true}})).await;
    let put = tokio::spawn(bench.put(&format!("/{user}/c/f"), &cookies, vec![7; 300_000]).send());
    let stalled = stalled_request(&bench).await;
    assert_eq!((stalled["bytes"].as_u64(), &stalled["status"]), (Some(300_000), &Value::Null));
    assert_eq!((put.is_finished(), object_count(&bench).await), (false, 0));
}

#[tokio::test]
async fn a_lost_reply_breaks_the_connection_after_the_work_was_done() {
    let mut bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    for client in [bench.client.clone(), old_client(&bench.ready)] {
        bench.client = client;
        let before = object_count(&bench).await;
        let path = format!("/{user}/c/{before}");
        fault(&bench, json!({"role": "upload", "method": "PUT", "effect": {"lose_reply": true}})).await;
        let error = bench.put(&path, &cookies, "content").send().await.unwrap_err();
        assert!(is_broken_connection(&error), "{error:?}");
        assert_eq!(object_count(&bench).await, before + 1);
        let again = bench.put(&path, &cookies, "content").send().await.unwrap();
        assert_eq!(again.status(), StatusCode::PRECONDITION_FAILED);
    }
}

#[tokio::test]
async fn a_status_can_hide_that_the_work_was_done() {
    let bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    fault(&bench, json!({"role": "upload", "method": "PUT", "effect": {"status": 504, "done": true}})).await;
    let response = bench.put(&format!("/{user}/c/f"), &cookies, "content").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(object_count(&bench).await, 1);
}

#[tokio::test]
async fn a_role_that_goes_down_breaks_the_requests_it_is_at() {
    let bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    fault(&bench, json!({"role": "upload", "method": "PUT", "effect": {"stall": true}})).await;
    let put = tokio::spawn(bench.put(&format!("/{user}/c/f"), &cookies, "content").send());
    stalled_request(&bench).await;
    fault(&bench, json!({"role": "upload", "effect": {"down": true}})).await;
    let error = put.await.unwrap().unwrap_err();
    assert!(is_broken_connection(&error), "{error:?}");
}

#[tokio::test]
async fn a_role_that_is_down_breaks_connections_until_the_fault_is_removed() {
    let bench = Bench::start().await;
    let certs = bench.openid("certs");
    assert_eq!(bench.client.get(&certs).send().await.unwrap().status(), StatusCode::OK);
    let id = fault(&bench, json!({"role": "sign_in", "effect": {"down": true}})).await;
    for _ in 0..3 {
        assert!(bench.client.get(&certs).send().await.is_err());
    }
    bench.control(Method::DELETE, &format!("/faults/{id}"), None).await;
    assert_eq!(bench.client.get(&certs).send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_fault_can_be_tied_to_what_a_body_contains() {
    let bench = Bench::start().await;
    let effect = json!({"status": 502});
    fault(&bench, json!({"role": "sign_in", "path": "*/token", "body_contains": "refresh_token", "effect": effect}))
        .await;
    let (status, _) = bench.redeem("nonsense").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let refresh =
        bench.client.post(bench.openid("token")).form(&[("grant_type", "refresh_token")]).send().await.unwrap();
    assert_eq!(refresh.status(), StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn clearing_takes_every_fault_away() {
    let bench = Bench::start().await;
    fault(&bench, json!({"role": "sign_in", "count": 0, "effect": {"status": 500}})).await;
    assert_eq!(
        bench.client.get(bench.openid("certs")).send().await.unwrap().status(),
        StatusCode::INTERNAL_SERVER_ERROR
    );
    bench.control(Method::DELETE, "/faults", None).await;
    assert_eq!(bench.client.get(bench.openid("certs")).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(bench.get("/faults").await, json!([]));
}

#[tokio::test]
async fn a_complete_can_fail_inside_a_200() {
    let bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    let url = format!("{}/{user}/c/f", bench.ready.addresses.upload);
    let created = bench
        .client
        .post(format!("{url}?uploads"))
        .header("cookie", &cookies)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let upload = created.split("<UploadId>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let part =
        bench.client.put(format!("{url}?partNumber=1&uploadId={upload}")).header("cookie", &cookies).body("content");
    let etag = part.send().await.unwrap().headers()["etag"].to_str().unwrap().to_owned();
    fault(&bench, json!({"role": "upload", "method": "POST", "effect": {"complete_error": "InternalError"}})).await;
    let list = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part></CompleteMultipartUpload>",
        etag.replace('"', "&quot;")
    );
    let complete = || {
        let call = bench.client.post(format!("{url}?uploadId={upload}")).header("cookie", &cookies);
        call.header("if-none-match", "*").body(list.clone()).send()
    };
    let failed = complete().await.unwrap();
    assert_eq!(failed.status(), StatusCode::OK);
    assert!(failed.text().await.unwrap().contains("<Code>InternalError</Code>"));
    assert_eq!(object_count(&bench).await, 0);
    let done = complete().await.unwrap();
    assert!(done.text().await.unwrap().contains("CompleteMultipartUploadResult"));
    assert_eq!(object_count(&bench).await, 1);
}

#[tokio::test]
async fn a_rule_that_is_taken_away_lets_go_what_it_holds() {
    let bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    for effect in [json!({"delay_ms": 600_000}), json!({"bandwidth": 1})] {
        let before = object_count(&bench).await;
        let id = fault(&bench, json!({"role": "upload", "method": "PUT", "count": 0, "effect": effect})).await;
        let held = tokio::spawn(bench.put(&format!("/{user}/c/{before}"), &cookies, vec![7; 300_000]).send());
        while bench.get("/faults").await[0]["fired"] != 1 {
            tokio::task::yield_now().await;
        }
        assert_eq!((held.is_finished(), object_count(&bench).await), (false, before));
        bench.control(Method::DELETE, &format!("/faults/{id}"), None).await;
        assert_eq!(held.await.unwrap().unwrap().status(), StatusCode::OK);
        assert_eq!(object_count(&bench).await, before + 1);
    }
}
