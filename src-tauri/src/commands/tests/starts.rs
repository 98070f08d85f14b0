//! Starting the program a second time, and quitting it.

use super::*;
use crate::closing;
use crate::start::started_again;

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
    // Between the beginning of the end and the end of the program.
    let (shell, home) = (Arc::clone(&scene.shell), scene.dir.path().to_path_buf());
    *scene.system.when_hidden.lock().unwrap() = Some(Box::new(move || {
        assert_eq!(shell.second_starts.hear(vec!["waybill-desktop".to_owned()], home), None);
    }));
    tauri::async_runtime::block_on(closing::quit(&scene.shell, true));
    let done = scene.system.done();
    assert_eq!(done, [Done::Hidden, Done::NameReleased, Done::StartedAgain(start), Done::Exit]);
    scene.ok("quit", json!({"confirmed": true}));
    assert_eq!(scene.system.done(), [], "it ends once");
}
