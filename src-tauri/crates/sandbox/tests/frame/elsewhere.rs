//! A realm in place of sign-in: here that of another sandbox, which speaks as Keycloak does.

use std::time::Duration;

use reqwest::header::ORIGIN;
use reqwest::{Method, StatusCode};
use serde_json::json;
use waybill_sandbox::{Options, Sandbox, SignIn};

use crate::support::{Bench, text};

/// Returns a sandbox whose people sign in at `realm`.
async fn before(realm: &Bench) -> Bench {
    let issuer = realm.issuer();
    Bench::start_with(|options| options.sign_in = Some(SignIn { issuer, website_secret: String::new() })).await
}

/// Returns what `/cookies` of a sandbox answers to this token.
async fn cookies_for(bench: &Bench, token: &str) -> StatusCode {
    let request = bench.client.get(format!("{}/cookies", bench.ready.addresses.upload)).bearer_auth(token);
    request.header(ORIGIN, &bench.ready.addresses.website).send().await.unwrap().status()
}

/// Returns what the API of a sandbox answers to this token.
async fn api_for(bench: &Bench, token: &str) -> StatusCode {
    let request = bench.client.post(format!("{}/graphql", bench.ready.addresses.api)).bearer_auth(token);
    request.json(&json!({"query": "{ __typename }"})).send().await.unwrap().status()
}

#[tokio::test]
async fn tokens_of_the_realm_are_believed_and_no_others() {
    let realm = Bench::start().await;
    let bench = before(&realm).await;
    assert_eq!(bench.ready.addresses.sign_in, realm.ready.addresses.sign_in);
    assert!(bench.ready.users.iter().all(|user| user.password.is_none()));
    let profile = std::fs::read_to_string(&bench.ready.service).unwrap();
    assert!(profile.contains(&realm.issuer()), "{profile}");

    let tokens = realm.tokens().await;
    let good = text(&tokens, "access_token");
    assert_eq!((cookies_for(&bench, good).await, api_for(&bench, good).await), (StatusCode::OK, StatusCode::OK));
    let stranger = Bench::start().await.tokens().await;
    for bad in [text(&stranger, "access_token"), text(&tokens, "refresh_token"), "nonsense"] {
        let answers = (cookies_for(&bench, bad).await, api_for(&bench, bad).await);
        assert_eq!(answers, (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED), "{bad}");
    }
}

#[tokio::test]
async fn new_keys_of_the_realm_are_found_and_removed_ones_are_forgotten() {
    let realm = Bench::start().await;
    let bench = before(&realm).await;
    let old = realm.tokens().await;
    assert_eq!(cookies_for(&bench, text(&old, "access_token")).await, StatusCode::OK);
    realm.post("/keys/rotate", json!({"role": "sign_in", "drop_old": true})).await;
    let new = realm.tokens().await;
    // The keys are looked for once in a second at the most.
    let found = tokio::time::timeout(Duration::from_secs(30), async {
        while cookies_for(&bench, text(&new, "access_token")).await != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    found.await.unwrap();
    assert_eq!(cookies_for(&bench, text(&old, "access_token")).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_is_the_realms_to_do_is_refused_at_the_control_address() {
    let realm = Bench::start().await;
    let bench = before(&realm).await;
    for (path, body) in [
        ("/sessions/end", json!({"username": "amina.osei"})),
        ("/people/amina.osei", json!({"enabled": false})),
        ("/keys/rotate", json!({"role": "sign_in"})),
        ("/lives", json!({"access_token_seconds": 5})),
    ] {
        let refused = bench.try_control(Method::POST, path, Some(body)).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{path}");
        assert!(refused.text().await.unwrap().contains(&realm.issuer()), "{path}");
    }
    bench.post("/keys/rotate", json!({"role": "upload"})).await;
    bench.post("/lives", json!({"cookie_seconds": 5})).await;
}

#[tokio::test]
async fn a_realm_that_is_silent_stops_the_start_with_its_address() {
    let realm = Bench::start().await;
    let issuer = realm.issuer();
    realm.sandbox.stop().await;
    let dir = tempfile::tempdir().unwrap();
    let mut options = Options::new(dir.path());
    options.sign_in = Some(SignIn { issuer: issuer.clone(), website_secret: String::new() });
    let error = Sandbox::start(options).await.unwrap_err().to_string();
    assert!(error.contains(&issuer) && error.contains("description"), "{error}");
}
