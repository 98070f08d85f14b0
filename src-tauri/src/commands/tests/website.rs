//! Receipts, and pages of the service's website.

use super::*;
use crate::shell_state::Listed;

#[test]
fn a_receipt_is_there_from_the_hand_over_on() {
    let scene = Scene::new(&[SENDING, CHECKED]);
    assert_eq!(scene.code("receipt", json!({"transfer": id(SENDING)})), "not_possible_now");
    let receipt = scene.ok("receipt", json!({"transfer": id(CHECKED)}));
    assert_eq!((&receipt["outcome"], &receipt["files"]), (&json!("handed_over"), &json!(3)));
    let file = scene.dir.path().join("my receipt.json");
    *scene.system.chosen.lock().unwrap() = Some(file.clone());
    scene.ok("export_receipt", json!({"transfer": id(CHECKED), "format": "json"}));
    let written: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(written["sent"].as_array().unwrap().len(), 3);
    assert!(scene.system.done().contains(&Done::Suggested("TDR-2026-2 receipt.json".to_owned())));
    // It is not written by itself before the checks have ended.
    assert_eq!(scene.code("open_receipt_to_print", json!({"transfer": id(CHECKED)})), "not_possible_now");
}

#[test]
fn the_hand_over_opens_the_websites_page_and_only_when_it_is_due() {
    let scene = Scene::new(&[SENDING, CHECKED]);
    assert_eq!(scene.code("open_hand_over", json!({"transfer": id(SENDING)})), "not_possible_now");
    assert_eq!(scene.ok("open_hand_over", json!({"transfer": id(CHECKED)})), true);
    let opened = scene.system.done();
    let address = opened.iter().find_map(|done| if let Done::Web(url) = done { Some(url.as_str()) } else { None });
    assert!(address.unwrap().ends_with("/file-checks?uploadFailed=false"), "{opened:?}");
    assert_eq!(opened.len(), 1, "whoever asked has the answer, and needs no notice beside it");
}

#[test]
fn pages_of_the_website_are_named_by_what_they_are_about_and_never_by_address() {
    let finished = Sample { number: 3, phase: Phase::Finished, ..CHECKED };
    let scene = Scene::new(&[SENDING, CHECKED, finished]);
    let opened = |place: Value| {
        assert_eq!(scene.ok("open_website", json!({"place": place})), true);
        let done = scene.system.done().into_iter();
        let mut web = done.filter_map(|done| if let Done::Web(url) = done { Some(url) } else { None });
        web.next().unwrap().path().to_owned()
    };
    assert_eq!(opened(json!({"at": "home"})), "/");
    assert_eq!(opened(json!({"at": "transfer", "transfer": id(SENDING)})), "/view-transfers");
    assert!(opened(json!({"at": "transfer", "transfer": id(CHECKED)})).ends_with("/file-checks"));
    assert!(opened(json!({"at": "transfer", "transfer": id(finished)})).ends_with("/file-checks-results"));

    let code = |place: Value| scene.code("open_website", json!({"place": place}));
    assert_eq!(code(json!({"at": "transfer", "transfer": "../.."})), "transfer_unknown");
    let consignment = json!({"at": "consignment", "reference": "TDR-2026-GA2"});
    assert_eq!(code(consignment.clone()), "consignment_unknown", "it was in no list that the page was given");
    let page = |url: &str| {
        let id = "00000000-0000-4000-8000-000000000001".parse().unwrap();
        let listed = Listed { id, page: url.parse().unwrap() };
        scene.shell.references.set_listed([("TDR-2026-GA2".to_owned(), listed)].into());
    };
    page("http://127.0.0.1:9/consignment/1/transfer-agreement");
    assert_eq!(opened(consignment.clone()), "/consignment/1/transfer-agreement");
    page("https://elsewhere.example/consignment/1/transfer-agreement");
    assert_eq!(code(consignment), "host_not_allowed");
    assert_eq!(scene.system.done(), []);
}
