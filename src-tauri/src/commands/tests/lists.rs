//! Lists of what the journal has: transfers, files, findings.

use waybill_app::{CheckFailure, CheckFailures};

use super::*;
use crate::commands::safe_file_name;

#[test]
fn a_name_from_elsewhere_stays_a_name() {
    assert_eq!(safe_file_name("TDR-2026-ABC check.csv"), "TDR-2026-ABC check.csv");
    assert_eq!(safe_file_name("../../etc/passwd"), "_.._etc_passwd");
    assert_eq!(safe_file_name(" a:b\u{0}c "), "a_b_c");
}

#[test]
fn a_computer_without_a_journal_has_no_transfers_and_gets_no_journal_by_looking() {
    let scene = Scene::new(&[]);
    assert_eq!(scene.ok("transfers", first()), json!({"transfers": [], "total": 0}));
    assert_eq!(scene.code("transfer", json!({"transfer": "nonsense"})), "transfer_unknown");
    assert_eq!(scene.code("transfer", json!({"transfer": id(SENDING)})), "transfer_unknown");
    assert_eq!(std::fs::read_dir(scene.dir.path()).unwrap().count(), 0);
}

#[test]
fn transfers_come_newest_first_and_in_full() {
    let scene = Scene::new(&[SENDING, CHECKED]);
    let page = scene.ok("transfers", first());
    let references: Vec<&Value> = page["transfers"].as_array().unwrap().iter().map(|row| &row["destination"]).collect();
    assert_eq!(references, ["TDR-2026-2", "TDR-2026-1"]);
    assert_eq!(page["transfers"][1]["sent"]["items_done"], 300);
    assert_eq!(page["transfers"][1]["same_service"], true);
    let detail = scene.ok("transfer", json!({"transfer": id(SENDING)}));
    assert_eq!((&detail["person"]["name"], &detail["line"]["paused"]), (&json!("Ada Müller"), &json!(true)));
}

#[test]
fn a_long_list_of_transfers_comes_in_pages_without_a_gap() {
    let samples: Vec<Sample> = (1..=205).map(|number| Sample { number, items: 1, sent: 1, ..SENDING }).collect();
    let scene = Scene::new(&samples);
    let mut seen = Vec::new();
    for offset in [0, 50, 100, 150, 200, 250] {
        let page = scene.ok("transfers", json!({"offset": offset, "limit": 50}));
        assert_eq!(page["total"], 205);
        seen.extend(page["transfers"].as_array().unwrap().iter().map(|row| row["destination"].clone()));
    }
    let all: Vec<Value> = (1..=205).rev().map(|number| json!(format!("TDR-2026-{number}"))).collect();
    assert_eq!(seen, all);
    let most = scene.ok("transfers", json!({"offset": 0, "limit": 1_000_000}));
    assert_eq!(most["transfers"].as_array().unwrap().len(), 200, "no page is larger");
}

#[test]
fn a_line_of_the_list_tells_how_the_services_checks_ended() {
    let bad = Sample { number: 3, phase: Phase::Finished, ..CHECKED };
    let scene = Scene::new(&[CHECKED, bad]);
    let page = scene.ok("transfers", first());
    let checks = |place: usize| page["transfers"][place]["checks"].clone();
    assert_eq!((&checks(0)["finished"], &checks(0)["all_succeeded"]), (&json!(true), &json!(false)));
    assert_eq!(checks(1), Value::Null, "they have not been read yet");
}

#[test]
fn files_come_by_filter_and_place_and_no_more_than_a_page() {
    let scene = Scene::new(&[SENDING]);
    let counts = scene.ok("item_counts", json!({"transfer": id(SENDING)}));
    assert_eq!(counts, json!({"all": 450, "waiting": 149, "started": 0, "sent": 300, "set_aside": 1, "left_out": 0}));
    let items = |filter: &str, offset: u64, limit: u64| {
        let arguments = json!({"transfer": id(SENDING), "filter": filter, "offset": offset, "limit": limit});
        scene.ok("items", arguments).as_array().unwrap().clone()
    };
    assert_eq!(items("all", 0, 1_000_000).len(), 200, "no page is larger");
    assert_eq!(items("all", 449, 5)[0]["item"], 449);
    assert_eq!(items("waiting", 0, 1)[0]["item"], 301);
    assert_eq!(items("waiting", 149, 1).len(), 0);
    assert_eq!(items("started", 0, 1).len(), 0);
    let aside = items("set_aside", 0, 10);
    assert_eq!((&aside[0]["state"], &aside[0]["why"]), (&json!("set_aside"), &json!("locked")));
    assert_eq!(items("sent", 0, 1)[0]["sha256"], "00".repeat(32));
}

#[test]
fn findings_come_by_group_and_are_saved_where_the_person_wants_them() {
    let scene = Scene::new(&[SENDING]);
    let groups = scene.ok("finding_groups", json!({"transfer": id(SENDING)}));
    let shape = json!([
        {"kind": "empty_file", "effect": "leaves_out", "count": 3, "bytes": 0, "sends": false},
        {"kind": "link", "effect": "leaves_out", "count": 4, "bytes": 0, "sends": false},
    ]);
    assert_eq!(groups, shape);
    let arguments = json!({"transfer": id(SENDING), "kind": "link", "offset": 3, "limit": 10});
    let rows = scene.ok("findings", arguments);
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["path"]), (1, &json!("folder 1/left out 6")));

    let save = json!({"transfer": id(SENDING), "kind": "link"});
    assert_eq!(scene.ok("save_findings", save.clone()), Value::Null, "the person would rather not");
    let file = scene.dir.path().join("links.csv");
    *scene.system.chosen.lock().unwrap() = Some(file.clone());
    assert_eq!(scene.ok("save_findings", save), json!(file.display().to_string()));
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 5, "{text}");
    assert!(scene.system.done().contains(&Done::Suggested("TDR-2026-1 check.csv".to_owned())));
}

#[test]
fn what_the_checks_found_is_asked_of_the_service_and_then_read_in_pages() {
    let scene = Scene::running(&[CHECKED]);
    let lines = |offset: u32| {
        scene.call("check_failure_lines", json!({"transfer": id(CHECKED), "offset": offset, "limit": 1_000_000}))
    };
    assert_eq!(lines(0).unwrap_err()["code"], "not_possible_now", "nobody has asked the service");
    assert_eq!(scene.code("check_failures", json!({"transfer": id(CHECKED)})), "sign_in_needed");
    assert_eq!(scene.code("check_failures", json!({"transfer": id(SENDING)})), "transfer_unknown");
    let row = |number: u32| CheckFailure {
        path: format!("folder 2/file {number}.txt"),
        check: "Antivirus".to_owned(),
        result: "VirusDetected".to_owned(),
    };
    let failures = CheckFailures { rows: (0..450).map(row).collect(), ..CheckFailures::default() };
    scene.shell.references.set_check_failures(CHECKED.id(), Arc::new(failures));
    assert_eq!(lines(0).unwrap().as_array().unwrap().len(), 200, "no page is larger");
    let last = json!([{"path": "folder 2/file 449.txt", "check": "Antivirus", "result": "VirusDetected"}]);
    assert_eq!(lines(449).unwrap(), last);
    scene.end();
}

#[test]
fn a_journal_that_is_broken_is_named_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("journal.sqlite");
    std::fs::write(&file, "this is no journal").unwrap();
    let shell = crate::testing::shell(dir.path(), &Arc::new(FakeSystem::default()));
    tauri::async_runtime::block_on(ownership::start(Arc::clone(&shell)));
    let blocked = shell.snapshot().blocked.unwrap();
    assert_eq!(blocked.code, Code::JournalCorrupt);
    assert!(blocked.detail.unwrap().contains("journal.sqlite"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "this is no journal");
}
