//! What the API answers before and beside GraphQL.

use http::StatusCode;
use serde_json::json;

use super::{AMINA, ask, post, seeded};
use crate::testing::Bench;

const REFERENCE: &str = "query getConsignmentReference($consignmentId: UUID!) { getConsignment(consignmentid: $consignmentId) { consignmentReference } }";

#[tokio::test]
async fn without_a_token_that_holds_there_is_401_in_plain_text() {
    let bench = Bench::new();
    let token = bench.token(&bench.person(AMINA));
    let broken = format!("{token}x");
    let body = json!({ "query": REFERENCE }).to_string();
    for token in [None, Some("nonsense"), Some(broken.as_str())] {
        let answer = post(&bench, token, body.clone()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.headers["www-authenticate"], "Bearer realm=\"tdr\"");
        assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
    }
    bench.roles.realm.clock.advance(301).unwrap();
    assert_eq!(post(&bench, Some(&token), body).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn documents_that_do_not_parse_or_fit_are_400_in_json() {
    let bench = Bench::new();
    let unparsed = ask(&bench, "query {", json!({})).await;
    assert_eq!(unparsed.status, StatusCode::BAD_REQUEST);
    assert!(unparsed.json()["error"].as_str().unwrap().starts_with("Syntax error"), "{}", unparsed.text);
    for (query, variables) in [
        ("{ getConsignment { nothing } }", json!({})),
        ("{ unknown }", json!({})),
        (REFERENCE, json!({})),
        (REFERENCE, json!({ "consignmentId": "not a uuid" })),
        (super::START, json!({ "input": { "consignmentId": seeded(&bench, AMINA, "ready") } })),
    ] {
        let answer = ask(&bench, query, variables).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}: {}", answer.text);
        assert!(answer.json()["errors"][0]["message"].is_string(), "{}", answer.text);
    }
    let token = bench.token(&bench.person(AMINA));
    assert_eq!(post(&bench, Some(&token), "not json").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    let bench = Bench::with(|options| options.api_body_bytes = 1_000);
    let token = bench.token(&bench.person(AMINA));
    let fits =
        json!({ "query": REFERENCE, "variables": { "consignmentId": seeded(&bench, AMINA, "ready") } }).to_string();
    assert_eq!(post(&bench, Some(&token), fits.clone()).await.status, StatusCode::OK);
    let padded = format!("{fits}{}", " ".repeat(1_001 - fits.len()));
    let answer = post(&bench, Some(&token), padded).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.text.contains("1001") && answer.text.contains("1000"), "{}", answer.text);
}

#[tokio::test]
async fn a_failure_nobody_foresaw_is_500_and_names_the_field() {
    let bench = Bench::new();
    bench.roles.realm.db.with(|db| db.execute_batch("alter table consignment_statuses rename to gone")).unwrap();
    let input = json!({ "input": { "consignmentId": seeded_id(&bench), "parentFolder": "x" } });
    let answer = ask(&bench, super::START, input).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.text, "Request with field startUpload failed");
}

/// Returns a consignment of the first person, without a look at the statuses.
fn seeded_id(bench: &Bench) -> uuid::Uuid {
    let user = bench.person(AMINA).user_id;
    bench.roles.realm.db.with(|db| crate::consignments::of_user(db, user)).unwrap()[7].id
}

#[tokio::test]
async fn every_reply_allows_the_websites_pages_even_without_a_token() {
    let bench = Bench::new();
    let website = bench.roles.addresses.url(crate::role::Role::Website);
    for (method, origin, status) in [("OPTIONS", "https://elsewhere.example", 200), ("POST", website.as_str(), 401)] {
        let request = http::Request::builder().method(method).uri("/graphql").header("origin", origin);
        let request = request.body(axum::body::Body::empty()).unwrap();
        let reply = tower::ServiceExt::oneshot(bench.router(crate::role::Role::Api), request).await.unwrap();
        assert_eq!(reply.status(), status);
        assert_eq!(reply.headers()["access-control-allow-origin"], website.as_str());
        assert_eq!(reply.headers()["access-control-allow-credentials"], "true");
        assert_eq!(reply.headers()["access-control-allow-headers"], "Authorization, Content-Type, X-Requested-With");
        assert_eq!(reply.headers()["access-control-allow-methods"], "OPTIONS, POST, GET");
    }
}
