//! Signing in, in a browser that this test is.

mod server;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use url::Url;

use super::*;
use server::SignInServer;

/// The browser's page for signing in, once it is known.
fn page(scene: &Scene) -> Url {
    tauri::async_runtime::block_on(async {
        let mut changes = scene.shell.sign_in.changes();
        loop {
            if let Some((address, _)) = scene.shell.sign_in.page() {
                return address;
            }
            tokio::time::timeout(Duration::from_secs(20), changes.changed()).await.unwrap().unwrap();
        }
    })
}

/// The server sends the browser back with this.
fn come_back(page: &Url, answer: &str) {
    let asked = |name: &str| page.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let redirect = Url::parse(&asked("redirect_uri")).unwrap();
    let mut browser = TcpStream::connect(("127.0.0.1", redirect.port().unwrap())).unwrap();
    let (path, state) = (redirect.path(), asked("state"));
    let host = &redirect[url::Position::BeforeHost..url::Position::AfterPort];
    write!(browser, "GET {path}?state={state}&{answer} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut read = Vec::new();
    browser.read_to_end(&mut read).unwrap();
    assert!(read.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&read));
}

/// Starts to sign in, does `then` with the page, and returns the result of the sign-in.
fn sign_in(scene: &Scene, then: impl FnOnce(Url)) -> Result<Value, Value> {
    std::thread::scope(|threads| {
        let page_of_window = scene.page.clone();
        let signing_in = threads.spawn(move || call(&page_of_window, "sign_in", json!({})));
        then(page(scene));
        signing_in.join().unwrap()
    })
}

fn begin() -> (Scene, SignInServer) {
    let server = SignInServer::start();
    let dir = tempfile::tempdir().unwrap();
    let system = Arc::new(FakeSystem::default());
    let shell = crate::testing::shell_that_signs_in_at(dir.path(), &system, &server.issuer);
    let scene = Scene::with(dir, system, shell);
    tauri::async_runtime::block_on(ownership::start(Arc::clone(&scene.shell)));
    (scene, server)
}

fn session(scene: &Scene) -> Value {
    scene.ok("snapshot", json!({}))["session"].clone()
}

#[test]
fn whoever_has_signed_in_finds_the_window_before_them_and_no_page_to_open_again() {
    let (scene, server) = begin();
    let person = sign_in(&scene, |page| {
        let nonce = page.query_pairs().find(|(key, _)| key == "nonce").unwrap().1.into_owned();
        assert!(!scene.system.done().contains(&Done::Forward), "the browser is before them");
        come_back(&page, &format!("code={}", server.code_for(&nonce, "waybill")));
    });
    assert_eq!(person.unwrap()["name"], "Ada Müller");
    assert_eq!(scene.system.done().last(), Some(&Done::Forward));
    assert_eq!(session(&scene)["state"], "signed_in");
    for command in ["open_sign_in_again", "copy_sign_in_address"] {
        assert_eq!(scene.code(command, json!({})), "not_possible_now");
    }
    assert_eq!(scene.system.done(), []);
    scene.end();
}

#[test]
fn the_page_is_opened_again_and_its_address_copied_without_the_window_seeing_it() {
    let (scene, _server) = begin();
    let outcome = sign_in(&scene, |page| {
        assert_eq!(scene.system.done(), [Done::Web(page.clone())]);
        assert_eq!(scene.ok("open_sign_in_again", json!({})), true);
        assert_eq!(scene.system.done(), [Done::Web(page.clone())]);
        scene.ok("copy_sign_in_address", json!({}));
        assert_eq!(scene.system.done(), [Done::Copied(page.to_string())]);
        assert_eq!(session(&scene), json!({"state": "signing_in", "address_known": true, "opened": true}));
        come_back(&page, "error=access_denied");
    });
    assert_eq!(outcome.unwrap_err()["code"], "sign_in_refused");
    assert_eq!(scene.system.done(), [], "after a refusal, the window stays with the reason");
    scene.end();
}

#[test]
fn a_sign_in_that_is_called_off_ends_at_once_and_brings_nothing_forward() {
    let (scene, _server) = begin();
    let outcome = sign_in(&scene, |_| {
        scene.ok("cancel_sign_in", json!({}));
    });
    assert_eq!(outcome.unwrap_err()["code"], "sign_in_abandoned");
    assert!(!scene.system.done().contains(&Done::Forward));
    // The snapshot comes another way than the answer.
    tauri::async_runtime::block_on(async {
        let mut snapshots = scene.shell.controller.owner().await.unwrap().snapshots();
        let out = snapshots.wait_for(|snapshot| matches!(snapshot.session, waybill_app::SessionState::SignedOut(_)));
        drop(tokio::time::timeout(Duration::from_secs(20), out).await.unwrap().unwrap());
    });
    assert_eq!(session(&scene)["state"], "signed_out");
    assert_eq!(scene.code("copy_sign_in_address", json!({})), "not_possible_now");
    scene.ok("cancel_sign_in", json!({}));
    assert_eq!(scene.system.done(), [], "there is nothing to call off");
    scene.end();
}
