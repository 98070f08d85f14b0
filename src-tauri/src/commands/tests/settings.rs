//! Settings, and the support bundle.

use waybill_model::Failure;

use super::*;

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
