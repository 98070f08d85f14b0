//! The window is closed while a transfer continues.

use std::time::Duration;

use super::*;
use crate::bridge::ClosedToTray;
use crate::settings::Explained;
use crate::system::PageEvent;
use crate::{closing, text, tray_view};

const GOING: Sample = Sample { paused: false, ..SENDING };
const BEING_CHECKED: Sample = Sample { paused: false, ..CHECKED };

/// With a transfer that continues, and a page that listens.
fn going_on(sample: Sample, has_tray: bool) -> Scene {
    let dir = tempfile::tempdir().unwrap();
    write_journal(dir.path(), &[sample]).unwrap();
    going_on_in(dir, has_tray)
}

fn going_on_in(dir: TempDir, has_tray: bool) -> Scene {
    let scene = Scene::of(dir, FakeSystem { has_tray, ..FakeSystem::default() });
    tauri::async_runtime::block_on(async {
        ownership::start(Arc::clone(&scene.shell)).await;
        let mut snapshots = scene.shell.controller.owner().await.unwrap().snapshots();
        let busy = snapshots.wait_for(tray_view::any_busy);
        drop(tokio::time::timeout(Duration::from_secs(20), busy).await.unwrap().unwrap());
    });
    scene.ok("ready", json!({}));
    scene.system.done();
    scene
}

fn close(scene: &Scene) -> Vec<Done> {
    tauri::async_runtime::block_on(closing::close(&scene.shell));
    // What else there is to tell has nothing to do with closing.
    let mut done = scene.system.done();
    done.retain(|done| !matches!(done, Done::Sent(PageEvent::Snapshot(_) | PageEvent::Notice(_))));
    done
}

#[test]
fn where_the_program_has_gone_is_told_the_first_time_and_not_again() {
    for (sample, explained) in [(GOING, Explained::Sending), (BEING_CHECKED, Explained::Running)] {
        for (has_tray, gone) in [(true, Done::Hidden), (false, Done::Minimised)] {
            let scene = going_on(sample, has_tray);
            let closed = ClosedToTray { minimised: !has_tray, sending: explained == Explained::Sending };
            let told = Done::Notified(text::closed(closed).0.to_owned());
            assert_eq!(close(&scene), [gone.clone(), told, Done::Sent(PageEvent::ClosedToTray(closed))]);
            assert_eq!(close(&scene), [gone]);
            scene.end();
            // Nor by the next process.
            let next = crate::testing::shell(scene.dir.path(), &Arc::new(FakeSystem::default()));
            assert!(next.settings().is_explained(explained));
        }
    }
}

#[test]
fn whoever_knows_that_it_goes_on_sending_is_told_once_that_it_runs_without_that() {
    let dir = tempfile::tempdir().unwrap();
    write_journal(dir.path(), &[BEING_CHECKED]).unwrap();
    crate::settings::SettingsFile::read(dir.path()).set_explained(Explained::Sending).unwrap();
    let scene = going_on_in(dir, true);
    assert!(close(&scene).contains(&Done::Notified("Waybill is still running".to_owned())));
    assert_eq!(close(&scene), [Done::Hidden]);
    scene.end();
}
