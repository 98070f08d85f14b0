//! The window is closed while a transfer goes on.

use super::*;
use crate::bridge::ClosedToTray;
use crate::{views, words};

const GOING: Sample = Sample { paused: false, ..SENDING };

/// With a transfer that goes on, and a page that listens.
fn going_on(has_tray: bool) -> Scene {
    let dir = tempfile::tempdir().unwrap();
    write_journal(dir.path(), &[GOING]).unwrap();
    let scene = Scene::of(dir, Recorded { has_tray, ..Recorded::default() });
    tauri::async_runtime::block_on(async {
        running::start(Arc::clone(&scene.desk)).await;
        let mut snapshots = scene.desk.owner().await.unwrap().snapshots();
        let busy = snapshots.wait_for(views::any_busy);
        drop(tokio::time::timeout(Duration::from_secs(20), busy).await.unwrap().unwrap());
    });
    scene.ok("ready", json!({}));
    scene.outside.done();
    scene
}

fn close(scene: &Scene) -> Vec<Done> {
    tauri::async_runtime::block_on(closing::close(&scene.desk));
    // What else there is to tell has nothing to do with closing.
    let mut done = scene.outside.done();
    done.retain(|done| !matches!(done, Done::Told(PageEvent::Snapshot(_) | PageEvent::Notice(_))));
    done
}

#[test]
fn where_the_program_has_gone_is_told_the_first_time_and_not_again() {
    for (has_tray, gone, (title, _)) in
        [(true, Done::Hidden, words::CLOSED_TO_TRAY), (false, Done::Minimised, words::MINIMISED)]
    {
        let scene = going_on(has_tray);
        let told = PageEvent::ClosedToTray(ClosedToTray { minimised: !has_tray });
        assert_eq!(close(&scene), [gone.clone(), Done::Notified(title.to_owned()), Done::Told(told)]);
        assert_eq!(close(&scene), [gone]);
        scene.end();
        // Nor by the next process.
        assert!(crate::testing::desk(scene.dir.path(), &Arc::new(Recorded::default())).settings().tray_explained());
    }
}
