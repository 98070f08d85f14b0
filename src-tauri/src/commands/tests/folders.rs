//! Folders that are offered, and what the page hears of what arrives.

use waybill_model::ServiceProfile;

use super::*;
use crate::arrivals;
use crate::bridge::{DropProblem, FolderDrop, Notice};
use crate::system::PageEvent;

#[test]
fn only_an_offered_folder_can_be_opened() {
    let scene = Scene::running(&[]);
    let open = |token: &str| scene.code("open", json!({"token": token, "consignment": "TDR-2026-1"}));
    assert_eq!(open(&scene.dir.path().display().to_string()), "folder_missing", "a path is no token");
    assert_eq!(scene.ok("choose_folder", json!({})), Value::Null);
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().join("Records");
    *scene.system.chosen.lock().unwrap() = Some(folder.clone());
    assert_eq!(scene.code("choose_folder", json!({})), "folder_missing");
    std::fs::create_dir(&folder).unwrap();
    let offer = scene.ok("choose_folder", json!({}));
    assert_eq!((&offer["name"], &offer["path"]), (&json!("Records"), &json!(folder.display().to_string())));
    // Now it is the service that refuses: no person is signed in.
    assert_eq!(open(offer["token"].as_str().unwrap()), "sign_in_needed");
    *scene.system.chosen.lock().unwrap() = Some(scene.dir.path().to_owned());
    assert_eq!(scene.code("choose_folder", json!({})), "waybill_data", "it may contain a session");
    scene.end();
}

#[test]
fn what_is_dropped_before_the_page_listens_is_heard_when_it_does() {
    let scene = Scene::new(&[]);
    let folder = scene.dir.path().join("Records");
    std::fs::create_dir(&folder).unwrap();
    tauri::async_runtime::block_on(async {
        arrivals::offer(&scene.shell, folder).await;
        arrivals::offer(&scene.shell, scene.dir.path().join("none")).await;
    });
    scene.shell.page.send(PageEvent::Drop(FolderDrop::Over));
    assert_eq!(scene.system.done(), []);
    scene.ok("ready", json!({}));
    let heard: Vec<PageEvent> = scene
        .system
        .done()
        .into_iter()
        .filter_map(|done| if let Done::Sent(event) = done { Some(event) } else { None })
        .collect();
    let [PageEvent::Snapshot(_), PageEvent::Drop(FolderDrop::Offered { offer }), PageEvent::Drop(refused)] =
        heard.as_slice()
    else {
        panic!("{heard:?}")
    };
    assert_eq!(offer.name, "Records");
    let FolderDrop::Refused { problem: DropProblem::Unusable { problem } } = refused else { panic!("{refused:?}") };
    assert_eq!(problem.code, Code::FolderMissing);
}

#[test]
fn choosing_a_notification_brings_the_window_forward_to_its_transfer() {
    let scene = Scene::new(&[SENDING]);
    scene.ok("ready", json!({}));
    scene.system.done();
    arrivals::notification_chosen(&scene.shell, id(SENDING).as_str());
    let chosen = PageEvent::Notice(Notice::Chosen { transfer: SENDING.id().to_string() });
    assert_eq!(scene.system.done(), [Done::Forward, Done::Sent(chosen)]);
    for nothing in [None, Some("../nonsense")] {
        arrivals::notification_chosen(&scene.shell, nothing);
        assert_eq!(scene.system.done(), [Done::Forward]);
    }
}

#[test]
fn a_notice_to_nobody_is_kept() {
    let scene = Scene::new(&[]);
    scene.shell.page.send(PageEvent::Notice(Notice::ClockOff { seconds: 300 }));
    scene.ok("ready", json!({}));
    assert!(scene.system.done().contains(&Done::Sent(PageEvent::Notice(Notice::ClockOff { seconds: 300 }))));
}

/// A service that has no consignments, no API and no website, at a port that nothing listens on.
const DROP_BOX: &str = r#"name = "drop-box"
title = "County Record Office"
[sign_in]
issuer = "http://127.0.0.1:9/realm"
client_id = "waybill"
[upload]
url = "http://127.0.0.1:9"
[upload.way]
permit = "token"
key = "local"
opening = "none"
closing = "none"
"#;

#[test]
fn a_service_without_consignments_says_so_and_takes_a_folder_without_one() {
    let (dir, system) = (tempfile::tempdir().unwrap(), Arc::new(FakeSystem::default()));
    let profile = ServiceProfile::from_toml(DROP_BOX).unwrap();
    let shell = crate::testing::shell_for(profile, dir.path(), &system);
    let scene = Scene::with(dir, system, shell);
    tauri::async_runtime::block_on(ownership::start(Arc::clone(&scene.shell)));
    let service = scene.ok("about", json!({}))["service"].take();
    let told = (&service["destination"], &service["website"], &service["upload"]);
    assert_eq!(told, (&json!("service"), &Value::Null, &json!("127.0.0.1")));
    assert_eq!(scene.code("open_website", json!({"place": {"at": "home"}})), "profile_malformed");

    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().join("Records");
    std::fs::create_dir(&folder).unwrap();
    *scene.system.chosen.lock().unwrap() = Some(folder);
    let offer = scene.ok("choose_folder", json!({}));
    let open = |consignment: Value| scene.code("open", json!({"token": offer["token"], "consignment": consignment}));
    assert_eq!(open(json!("TDR-2026-1")), "no_consignments");
    assert_eq!(open(Value::Null), "sign_in_needed", "it would be accepted from a person who is signed in");
    scene.end();

    let tdr = Scene::running(&[]);
    assert_eq!(tdr.ok("about", json!({}))["service"]["destination"], "consignment");
    let chosen = elsewhere.path().join("Records");
    *tdr.system.chosen.lock().unwrap() = Some(chosen);
    let offer = tdr.ok("choose_folder", json!({}));
    assert_eq!(tdr.code("open", json!({"token": offer["token"], "consignment": null})), "consignment_needed");
    tdr.end();
}

#[test]
fn only_a_transfer_that_is_here_can_have_its_folder_elsewhere() {
    let scene = Scene::running(&[]);
    let unknown = json!({"transfer": "7c1a2b0e-50f4-4a83-9d2c-3f0a7f5f6a11"});
    assert_eq!(scene.ok("choose_moved_folder", unknown.clone()), json!(false), "the dialog was closed");
    let elsewhere = tempfile::tempdir().unwrap();
    *scene.system.chosen.lock().unwrap() = Some(elsewhere.path().to_owned());
    assert_eq!(scene.code("choose_moved_folder", unknown), "transfer_unknown");
    scene.end();
}
