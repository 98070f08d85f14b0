//! Who runs the transfers: this program or another one.

use std::time::Duration;

use waybill_app::{Command, Hold};
use waybill_model::Failure;

use super::*;
use crate::commands::transfers::tell_transfer;

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
