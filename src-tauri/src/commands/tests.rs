//! The commands as the page calls them: through Tauri, with the journal of a real folder behind them.

mod closing_twice;
mod receipt_files;
mod signing_in;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder, mock_context, noop_assets};
use tauri::webview::InvokeRequest;
use tauri::{App, Manager as _, WebviewWindow, WebviewWindowBuilder};
use tempfile::TempDir;
use waybill_app::samples::{Sample, write_journal};
use waybill_app::{CheckFailure, CheckFailures, Command, Hold};
use waybill_model::{Code, Failure, Phase};

use super::safe_file_name;
use super::transfers::tell_transfer;
use crate::bridge::{DropProblem, FolderDrop, Notice};
use crate::shell_state::{ControllerState, Listed, ShellState};
use crate::start::started_again;
use crate::system::PageEvent;
use crate::testing::{Done, FakeSystem};
use crate::{arrivals, closing, ownership};

/// A page over a data folder with these transfers.
struct Scene {
    page: WebviewWindow<MockRuntime>,
    shell: Arc<ShellState>,
    system: Arc<FakeSystem>,
    dir: TempDir,
    _app: App<MockRuntime>,
}

const SENDING: Sample = Sample { number: 1, phase: Phase::Sending, paused: true, items: 450, sent: 300, findings: 7 };
const CHECKED: Sample = Sample { number: 2, phase: Phase::BeingChecked, paused: true, items: 3, sent: 3, findings: 0 };

impl Scene {
    fn new(samples: &[Sample]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        if !samples.is_empty() {
            write_journal(dir.path(), samples).unwrap();
        }
        Self::of(dir, FakeSystem::default())
    }

    /// Without a transfer, on another computer.
    fn over(system: FakeSystem) -> Self {
        Self::of(tempfile::tempdir().unwrap(), system)
    }

    fn of(dir: TempDir, system: FakeSystem) -> Self {
        let system = Arc::new(system);
        let shell = crate::testing::shell(dir.path(), &system);
        Self::with(dir, system, shell)
    }

    fn with(dir: TempDir, system: Arc<FakeSystem>, shell: Arc<ShellState>) -> Self {
        let app = mock_builder()
            .invoke_handler(crate::bindings::<MockRuntime>().invoke_handler())
            .manage(Arc::clone(&shell))
            .build(mock_context(noop_assets()))
            .unwrap();
        let page = WebviewWindowBuilder::new(&app, "main", tauri::WebviewUrl::default()).build().unwrap();
        Self { page, shell, system, dir, _app: app }
    }

    /// With the controller running, and owning the journal.
    fn running(samples: &[Sample]) -> Self {
        let scene = Self::new(samples);
        tauri::async_runtime::block_on(ownership::start(Arc::clone(&scene.shell)));
        scene
    }

    fn call(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        call(&self.page, command, arguments)
    }

    fn ok(&self, command: &str, arguments: Value) -> Value {
        self.call(command, arguments).unwrap_or_else(|problem| panic!("{command}: {problem}"))
    }

    fn code(&self, command: &str, arguments: Value) -> String {
        let problem = self.call(command, arguments).expect_err(command);
        problem["code"].as_str().unwrap_or_else(|| panic!("{command}: {problem}")).to_owned()
    }

    fn end(&self) {
        let controller = self.shell.controller.now();
        if let ControllerState::Running { handle, .. } = controller {
            tauri::async_runtime::block_on(handle.shutdown()).unwrap();
        }
    }
}

fn call(page: &WebviewWindow<MockRuntime>, command: &str, arguments: Value) -> Result<Value, Value> {
    let request = InvokeRequest {
        cmd: command.to_owned(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: "tauri://localhost".parse().unwrap(),
        body: InvokeBody::Json(arguments),
        headers: tauri::http::HeaderMap::default(),
        invoke_key: INVOKE_KEY.to_owned(),
    };
    get_ipc_response(page, request).map(|body| body.deserialize().unwrap())
}

fn id(sample: Sample) -> Value {
    json!(sample.id().to_string())
}

/// Asks for the first page of the transfers.
fn first() -> Value {
    json!({"offset": 0, "limit": 50})
}

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
    let references: Vec<&Value> = page["transfers"].as_array().unwrap().iter().map(|row| &row["consignment"]).collect();
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
        seen.extend(page["transfers"].as_array().unwrap().iter().map(|row| row["consignment"].clone()));
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
    assert_eq!(counts, json!({"all": 450, "waiting": 149, "begun": 0, "sent": 300, "set_aside": 1, "left_out": 0}));
    let items = |filter: &str, offset: u64, limit: u64| {
        let arguments = json!({"transfer": id(SENDING), "filter": filter, "offset": offset, "limit": limit});
        scene.ok("items", arguments).as_array().unwrap().clone()
    };
    assert_eq!(items("all", 0, 1_000_000).len(), 200, "no page is larger");
    assert_eq!(items("all", 449, 5)[0]["item"], 449);
    assert_eq!(items("waiting", 0, 1)[0]["item"], 301);
    assert_eq!(items("waiting", 149, 1).len(), 0);
    assert_eq!(items("begun", 0, 1).len(), 0);
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

#[test]
fn only_an_offered_folder_can_be_opened() {
    let scene = Scene::running(&[]);
    let open = |token: &str| scene.code("open", json!({"token": token, "consignment": "TDR-2026-1"}));
    assert_eq!(open(&scene.dir.path().display().to_string()), "folder_missing", "a path is no token");
    assert_eq!(scene.ok("choose_folder", json!({})), Value::Null);
    let folder = scene.dir.path().join("Records");
    *scene.system.chosen.lock().unwrap() = Some(folder.clone());
    assert_eq!(scene.code("choose_folder", json!({})), "folder_missing");
    std::fs::create_dir(&folder).unwrap();
    let offer = scene.ok("choose_folder", json!({}));
    assert_eq!((&offer["name"], &offer["path"]), (&json!("Records"), &json!(folder.display().to_string())));
    // Now it is the service that says no: nobody is signed in.
    assert_eq!(open(offer["token"].as_str().unwrap()), "sign_in_needed");
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
fn settings_hold_and_are_kept() {
    let scene = Scene::running(&[]);
    let usual = scene.ok("settings", json!({}));
    assert_eq!(
        usual,
        json!({"keep_awake": true, "start_with_computer": false, "speed_limit": null, "notifications": true})
    );
    let wanted =
        json!({"keep_awake": false, "start_with_computer": true, "speed_limit": 500_000, "notifications": false});
    scene.ok("save_settings", json!({"settings": wanted}));
    assert_eq!(scene.ok("settings", json!({})), wanted);
    assert!(scene.system.done().contains(&Done::Autostart(true)));
    scene.ok("limit_speed", json!({"bytesPerSecond": null}));
    assert_eq!(scene.ok("settings", json!({}))["speed_limit"], Value::Null);
    scene.end();
}

#[test]
fn settings_are_kept_also_where_transfers_cannot_be_run() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("journal.sqlite"), "this is no journal").unwrap();
    let scene = Scene::of(dir, FakeSystem::default());
    tauri::async_runtime::block_on(ownership::start(Arc::clone(&scene.shell)));
    assert_eq!(scene.ok("snapshot", json!({}))["blocked"]["code"], "journal_corrupt");
    let wanted =
        json!({"keep_awake": false, "start_with_computer": false, "speed_limit": 500_000, "notifications": false});
    scene.ok("save_settings", json!({"settings": wanted}));
    assert_eq!(scene.ok("settings", json!({})), wanted);
    scene.ok("limit_speed", json!({"bytesPerSecond": 250_000}));
    assert_eq!(scene.ok("settings", json!({}))["speed_limit"], 250_000);
}

#[test]
fn whether_it_starts_with_the_computer_is_what_the_system_says() {
    let scene = Scene::running(&[]);
    let on = json!({"keep_awake": true, "start_with_computer": true, "speed_limit": null, "notifications": true});
    scene.ok("save_settings", json!({"settings": on}));
    let says = |what: Result<bool, Failure>| {
        *scene.system.autostart.lock().unwrap() = what;
        scene.ok("settings", json!({}))["start_with_computer"].clone()
    };
    assert_eq!(says(Ok(false)), false, "it was taken away by hand");
    scene.system.done();
    scene.ok("save_settings", json!({"settings": on}));
    assert!(scene.system.done().contains(&Done::Autostart(true)), "set again, it is put there again");
    assert_eq!(says(Err(Code::AutostartRefused.into())), true, "where the system says nothing, what was set holds");
    scene.end();
}

#[test]
fn settings_are_kept_also_where_the_system_refuses_to_start_the_program() {
    let refused = Failure::new(Code::AutostartRefused, "read-only file system");
    let scene = Scene::over(FakeSystem { autostart_refused: Some(refused), ..FakeSystem::default() });
    tauri::async_runtime::block_on(ownership::start(Arc::clone(&scene.shell)));
    let wanted =
        json!({"keep_awake": false, "start_with_computer": true, "speed_limit": 500_000, "notifications": false});
    assert_eq!(scene.code("save_settings", json!({"settings": wanted})), "autostart_refused");
    let kept =
        json!({"keep_awake": false, "start_with_computer": false, "speed_limit": 500_000, "notifications": false});
    assert_eq!(scene.ok("settings", json!({})), kept);
    scene.end();
}

#[test]
fn paused_transfers_are_loaded_and_stay_paused_and_the_others_resume() {
    let going = Sample { number: 3, paused: false, ..SENDING };
    let over = Sample { number: 4, paused: false, phase: Phase::Cancelled, ..SENDING };
    let scene = Scene::running(&[SENDING, going, over]);
    let mut snapshots = match &*scene.shell.controller.subscribe().borrow() {
        ControllerState::Running { handle, .. } => handle.snapshots(),
        ControllerState::Starting | ControllerState::Failed(_) => panic!("it does not run"),
    };
    let shown = tauri::async_runtime::block_on(async {
        let shown = snapshots.wait_for(|snapshot| snapshot.transfers.len() == 2);
        let shown = tokio::time::timeout(Duration::from_secs(20), shown).await.unwrap().unwrap();
        shown.transfers.iter().map(|(id, now)| (*id, now.hold == Hold::Paused)).collect::<Vec<_>>()
    });
    assert_eq!(shown, [(SENDING.id(), true), (going.id(), false)], "and none that is over");
    let snapshot = scene.ok("snapshot", json!({}));
    assert_eq!((&snapshot["owns_journal"], &snapshot["blocked"]), (&json!(true), &Value::Null));
    let paused = &snapshot["transfers"][0];
    assert_eq!((&paused["id"], &paused["hold"]["state"]), (&id(SENDING), &json!("paused")));
    assert_eq!(paused["sent"]["items_done"], 300);
    scene.end();
}

#[test]
fn while_another_program_owns_the_journal_this_one_reads_says_who_and_takes_over() {
    let scene = Scene::new(&[SENDING]);
    let other = Arc::new(FakeSystem::default());
    let other = crate::testing::shell(scene.dir.path(), &other);
    tauri::async_runtime::block_on(async {
        ownership::start(Arc::clone(&other)).await;
        let first = other.controller.owner().await.unwrap();
        let taking_over = tokio::spawn(ownership::start(Arc::clone(&scene.shell)));
        scene.shell.controller.handle().await.unwrap();
        let snapshot = scene.shell.snapshot();
        assert!(!snapshot.owns_journal);
        let blocked = snapshot.blocked.unwrap();
        assert_eq!(blocked.code, Code::JournalInUse);
        assert!(blocked.detail.unwrap().contains("waybill-desktop"));
        first.shutdown().await.unwrap();
        tokio::time::timeout(Duration::from_secs(30), taking_over).await.unwrap().unwrap();
    });
    assert!(scene.shell.snapshot().owns_journal);
    assert_eq!(scene.ok("transfers", first())["total"], 1);
    scene.end();
}

#[test]
fn an_order_given_just_after_the_other_program_ended_waits_for_the_takeover() {
    let going = Sample { paused: false, ..SENDING };
    let scene = Scene::new(&[going]);
    let other = crate::testing::shell(scene.dir.path(), &Arc::new(FakeSystem::default()));
    tauri::async_runtime::block_on(async {
        ownership::start(Arc::clone(&other)).await;
        let taking_over = tokio::spawn(ownership::start(Arc::clone(&scene.shell)));
        scene.shell.controller.handle().await.unwrap();
        other.controller.owner().await.unwrap().shutdown().await.unwrap();
        tell_transfer(&scene.shell, going.id(), Command::Pause).await.unwrap();
        taking_over.await.unwrap();
        let mut snapshots = scene.shell.controller.owner().await.unwrap().snapshots();
        let paused =
            snapshots.wait_for(|now| now.transfers.get(&going.id()).is_some_and(|now| now.hold == Hold::Paused));
        drop(tokio::time::timeout(Duration::from_secs(20), paused).await.unwrap().unwrap());
    });
    scene.end();
}

#[test]
fn where_nobody_can_run_a_transfer_the_answer_says_why_and_names_no_other_program() {
    let scene = Scene::running(&[SENDING]);
    let ControllerState::Running { handle, .. } = scene.shell.controller.now() else { panic!("it does not run") };
    scene.end();
    let full = Failure::new(Code::DiskFull, "no room");
    scene.shell.controller.set(ControllerState::Running { handle, reads_only: Some(full.clone()) });
    let told = tell_transfer(&scene.shell, SENDING.id(), Command::Pause);
    assert_eq!(tauri::async_runtime::block_on(told), Err(full));
}

#[test]
fn quitting_ends_the_controller_before_the_program() {
    let scene = Scene::running(&[]);
    scene.ok("quit", json!({"confirmed": false}));
    assert_eq!(scene.system.done(), [Done::Hidden, Done::NameReleased, Done::Exit]);
    // The journal is free again.
    let again = crate::testing::shell(scene.dir.path(), &Arc::new(FakeSystem::default()));
    tauri::async_runtime::block_on(async {
        ownership::start(Arc::clone(&again)).await;
        again.controller.owner().await.unwrap().shutdown().await.unwrap();
    });
}

#[test]
fn a_second_start_is_never_lost_be_it_too_early_or_too_late() {
    let scene = Scene::new(&[]);
    scene.ok("ready", json!({}));
    scene.system.done();
    let starts = scene.shell.second_starts.clone();
    let words = |folder: &str| vec!["waybill-desktop".to_owned(), folder.to_owned()];
    let home = scene.dir.path().to_path_buf();
    std::fs::create_dir(home.join("Records")).unwrap();

    // Nothing is managed in this program yet; asking for the shell would end the thread that a second process waits for.
    let empty = mock_builder().build(mock_context(noop_assets())).unwrap();
    started_again(empty.handle(), &starts, words("Records"), home.clone());
    assert_eq!(scene.system.done(), []);
    let waited = starts.begin();
    assert_eq!(waited.len(), 1);
    started_again(scene.page.app_handle(), &starts, words("--nonsense"), home.clone());
    assert_eq!(scene.system.done(), [Done::Forward]);

    assert!(starts.end());
    started_again(scene.page.app_handle(), &starts, words("Records"), home);
    assert_eq!(scene.system.done(), []);
    assert_eq!(starts.take_waiting(), waited);
}

#[test]
fn who_starts_the_program_while_it_ends_gets_it_again_after_the_end() {
    let scene = Scene::running(&[]);
    let starts = &scene.shell.second_starts;
    starts.begin();
    let start = starts.hear(vec!["waybill-desktop".to_owned()], scene.dir.path().to_path_buf()).unwrap();
    tauri::async_runtime::block_on(async {
        // The second is polled when the first waits for the controller: between the end's beginning and the program's.
        tokio::join!(closing::quit(&scene.shell, true), async {
            assert_eq!(starts.hear(vec!["waybill-desktop".to_owned()], scene.dir.path().to_path_buf()), None);
        });
    });
    let done = scene.system.done();
    assert_eq!(done, [Done::Hidden, Done::NameReleased, Done::StartedAgain(start), Done::Exit]);
    scene.ok("quit", json!({"confirmed": true}));
    assert_eq!(scene.system.done(), [], "it ends once");
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

#[test]
fn a_support_bundle_has_no_names_unless_they_are_ticked() {
    let scene = Scene::running(&[SENDING]);
    let logs = scene.dir.path().join("logs");
    std::fs::create_dir_all(&logs).unwrap();
    let line = "signed in as Ada Müller; folder 1/file 3.txt: locked; Bearer abc\n\
                2026-11-21T12:00:00Z unreadable: folder 1/Minutes: secret plan.docx: locked\n";
    std::fs::write(logs.join("waybill-desktop.log"), line).unwrap();
    let bundle = |name: &str, include_names: bool| {
        let file = scene.dir.path().join(name);
        *scene.system.chosen.lock().unwrap() = Some(file.clone());
        scene.ok("save_support_bundle", json!({"includeNames": include_names}));
        let mut zip = zip::ZipArchive::new(std::fs::File::open(&file).unwrap()).unwrap();
        let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
        let text = (0..zip.len()).map(|at| std::io::read_to_string(zip.by_index(at).unwrap()).unwrap());
        (names, text.collect::<String>())
    };
    let (files, text) = bundle("without.zip", false);
    for file in ["about.txt", "self-test.txt", "transfers.txt", "logs/waybill-desktop.log"] {
        assert!(files.iter().any(|name| name == file), "{files:?} lacks {file}");
    }
    for name in [
        "Ada",
        "Müller",
        "folder 1",
        "file 3.txt",
        "secret plan",
        "Bearer abc",
        &scene.dir.path().display().to_string(),
    ] {
        assert!(!text.contains(name), "{name} is in:\n{text}");
    }
    assert!(text.contains("TDR-2026-1") && text.contains("Data folder"), "{text}");
    let (_, text) = bundle("with.zip", true);
    assert!(text.contains("Ada Müller") && text.contains("folder 1/file 3.txt"), "{text}");
    assert!(!text.contains("Bearer abc"), "{text}");
    scene.end();
}

#[test]
fn a_notice_to_nobody_is_kept() {
    let scene = Scene::new(&[]);
    scene.shell.page.send(PageEvent::Notice(Notice::ClockOff { seconds: 300 }));
    scene.ok("ready", json!({}));
    assert!(scene.system.done().contains(&Done::Sent(PageEvent::Notice(Notice::ClockOff { seconds: 300 }))));
}
