//! A sandbox that comes back, and one that must not start.

use reqwest::StatusCode;
use serde_json::json;
use waybill_sandbox::{Error, Options, Sandbox};

use crate::support::{Bench, client, text};

#[tokio::test]
async fn a_sandbox_comes_back_with_its_addresses_keys_people_sessions_and_clock() {
    let mut bench = Bench::start().await;
    let (cookies, user) = bench.upload_cookies().await;
    let tokens = bench.tokens().await;
    bench.advance(120).await;
    bench.post("/lives", json!({"cookie_seconds": 77})).await;
    let before = serde_json::to_value(&bench.ready).unwrap();
    let options = Options::new(bench.dir.path().join("sandbox"));
    // The kept-alive connections of the old client end with the old sandbox.
    bench.sandbox.stop().await;

    bench.sandbox = Sandbox::start(options).await.unwrap();
    bench.ready = bench.sandbox.ready().clone();
    bench.client = client(&bench.ready);
    assert_eq!(serde_json::to_value(&bench.ready).unwrap(), before);
    assert_eq!(bench.get("/clock").await["offset_seconds"], 120);
    assert_eq!(bench.get("/lives").await["cookie_seconds"], 77);
    let (status, _) = bench.refresh(text(&tokens, "refresh_token")).await;
    assert_eq!(status, StatusCode::OK);
    let response = bench.put(&format!("/{user}/c/f"), &cookies, "content").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_second_sandbox_on_the_same_folder_is_refused() {
    let bench = Bench::start().await;
    let error = Sandbox::start(Options::new(bench.dir.path().join("sandbox"))).await.unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
}

#[tokio::test]
async fn an_address_taken_by_somebody_else_is_named() {
    let bench = Bench::start().await;
    let address: std::net::SocketAddr = bench.ready.addresses.api.strip_prefix("https://").unwrap().parse().unwrap();
    let options = Options::new(bench.dir.path().join("sandbox"));
    bench.sandbox.stop().await;
    let _taken = std::net::TcpListener::bind(address).unwrap();
    let error = Sandbox::start(options).await.unwrap_err();
    assert!(matches!(error, Error::Address { what: "api", .. }), "{error}");
}

#[tokio::test]
async fn the_ready_line_and_the_profile_say_what_the_client_needs() {
    let bench = Bench::start().await;
    let line = serde_json::to_value(&bench.ready).unwrap();
    let mut names: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["addresses", "ca", "consignments", "control", "event", "service", "users"]);
    assert_eq!(line["event"], "ready");
    let ready_ones = bench.ready.consignments.iter().filter(|consignment| consignment.state == "ready").count();
    assert!(ready_ones >= 10, "{ready_ones}");
    assert!(bench.ready.users.len() >= 3);
    let shown = format!("{:?}", bench.ready);
    assert!(!shown.contains(&bench.ready.control.token) && !shown.contains(bench.first_user().1));

    let profile: toml::Table = toml::from_str(&std::fs::read_to_string(&bench.ready.service).unwrap()).unwrap();
    let port = bench.ready.addresses.sign_in.rsplit(':').next().unwrap();
    assert_eq!(profile["name"].as_str(), Some(format!("sandbox-{port}").as_str()));
    assert_eq!(profile["sign_in"]["issuer"].as_str(), Some(bench.issuer().as_str()));
    assert_eq!(profile["sign_in"]["redirect_uri"].as_str(), Some("http://127.0.0.1/callback"));
    assert_eq!(profile["upload"]["url"].as_str(), Some(bench.ready.addresses.upload.as_str()));
    assert_eq!(profile["limits"]["requests"].as_integer(), Some(10_000));
}

#[cfg(unix)]
#[tokio::test]
async fn secrets_in_the_folder_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;

    let bench = Bench::start().await;
    let dir = bench.dir.path().join("sandbox");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    let databases = ["sandbox.sqlite", "sandbox.sqlite-wal", "sandbox.sqlite-shm"];
    for file in databases.into_iter().chain(["sandbox.lock", "server-key.pem", "keys/realm-secret"]) {
        assert_eq!(mode(&dir.join(file)), 0o600, "{file}");
    }
    for ring in ["keys/sign_in", "keys/upload"] {
        for entry in std::fs::read_dir(dir.join(ring)).unwrap() {
            assert_eq!(mode(&entry.unwrap().path()), 0o600);
        }
    }
}
