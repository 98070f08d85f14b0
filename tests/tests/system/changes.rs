//! The folder changes while it is sent.

use std::fs;
use std::path::PathBuf;

use waybill_system_tests::{Effect, Error, Event, Fault, PATIENCE, Result, Role, Run, compare};

use crate::scene::Scene;

/// A small file that is among the last to be sent.
const LATE: &str = "Parish records/Minutes/no-extension";

/// Starts to send, and holds every file but the first few back until the fault is removed.
fn send_held_back(scene: &Scene) -> Result<(Run, u64)> {
    let hold =
        Fault::new(Role::Upload, Effect::Status { status: 503, body: slow_down(), content_type: "application/xml" });
    let hold = scene.sandbox.control().set(&hold.method("PUT").always())?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(hold, 1, PATIENCE)?;
    Ok((run, hold))
}

fn slow_down() -> String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message>\
     <RequestId>0000000000000000</RequestId><HostId>sandbox</HostId></Error>"
        .to_owned()
}

fn is_set_aside(event: &Event, code: &str) -> bool {
    event.is("item_problem", &[("path", LATE), ("code", code)])
}

/// Sends; the file is changed after registration; ends with it set aside.
fn set_aside(scene: &Scene) -> Result<(PathBuf, Vec<u8>, fs::Metadata)> {
    let path = scene.sample.on_disk(LATE);
    let before = fs::read(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
    let metadata = fs::metadata(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
    let (run, hold) = send_held_back(scene)?;
    fs::write(&path, "something else altogether").map_err(|source| Error::Io { path: path.clone(), source })?;
    scene.sandbox.control().remove(hold)?;
    run.wait_for("the file to be set aside", PATIENCE, |event| is_set_aside(event, "changed_after_checking"))?;
    let finished = run.finish(PATIENCE)?.expect_code(5)?;
    assert_eq!(finished.event("error")?.text("code"), "items_set_aside");
    Ok((path, before, metadata))
}

#[test]
fn a_file_changed_after_registration_is_set_aside_and_giving_up_is_recorded() -> Result<()> {
    let scene = Scene::new()?;
    set_aside(&scene)?;
    let consignment = scene.sandbox.control().consignment(&scene.consignment.id)?;
    assert_eq!(consignment.status("Upload"), Some("InProgress"), "the transfer stays open");

    let cancel = ["cancel", scene.consignment.reference.as_str(), "--give-up"];
    let given_up = scene.waybill.run(cancel, PATIENCE)?.expect_code(0)?;
    assert!(given_up.event("hand_over")?.text("url").contains("uploadFailed=true"));
    let consignment = scene.sandbox.control().consignment(&scene.consignment.id)?;
    assert_eq!(consignment.status("Upload"), Some("CompletedWithIssues"));
    let receipt = scene.receipts();
    let entries = fs::read_dir(&receipt).map_err(|source| Error::Io { path: receipt.clone(), source })?;
    let json =
        entries.filter_map(std::result::Result::ok).find(|entry| entry.path().extension().is_some_and(|e| e == "json"));
    let text = json.and_then(|entry| fs::read_to_string(entry.path()).ok()).unwrap_or_default();
    assert!(
        text.contains(LATE) && text.contains("changed_after_checking"),
        "the receipt says what was not sent and why: {text}"
    );
    Ok(())
}

#[test]
fn a_file_that_is_put_back_as_it_was_is_sent_when_tried_again() -> Result<()> {
    let scene = Scene::new()?;
    let (path, contents, metadata) = set_aside(&scene)?;
    let put_back = || -> std::io::Result<()> {
        fs::write(&path, &contents)?;
        fs::File::options().write(true).open(&path)?.set_modified(metadata.modified()?)
    };
    put_back().map_err(|source| Error::Io { path: path.clone(), source })?;
    scene.resume(&["--retry"])?.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn a_file_that_vanished_is_set_aside_and_everything_else_is_sent() -> Result<()> {
    let scene = Scene::new()?;
    let (run, hold) = send_held_back(&scene)?;
    let path = scene.sample.on_disk(LATE);
    fs::remove_file(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
    scene.sandbox.control().remove(hold)?;
    let finished = run.finish(PATIENCE)?.expect_code(5)?;
    let problem = finished.event("item_problem")?;
    assert!(
        is_set_aside(problem, "file_gone") || is_set_aside(problem, "changed_after_checking"),
        "{:?}",
        problem.value()
    );

    // All but that one are there, and nothing of it.
    let others = scene.sample.sent.keys().filter(|path| *path != LATE);
    let compared = compare(scene.sandbox.control(), &scene.consignment.id, scene.dir.path(), others);
    match compared {
        Err(Error::Different(differences)) => assert_eq!(
            differences,
            [
                format!("{LATE} is registered, and should not be, or twice"),
                format!("{LATE} is registered and not stored")
            ]
        ),
        other => panic!("{other:?}"),
    }
    Ok(())
}

#[test]
fn a_folder_that_goes_away_and_comes_back_is_waited_for() -> Result<()> {
    let scene = Scene::new()?;
    let (run, hold) = send_held_back(&scene)?;
    let away = scene.dir.path().join("elsewhere");
    let moved =
        |from: &PathBuf, to: &PathBuf| fs::rename(from, to).map_err(|source| Error::Io { path: from.clone(), source });
    moved(&scene.sample.root, &away)?;
    scene.sandbox.control().remove(hold)?;
    run.wait_for("the folder missed", PATIENCE, |event| event.is("waiting", &[("reason", "folder_gone")]))?;
    moved(&away, &scene.sample.root)?;
    let finished = run.finish(PATIENCE)?.expect_code(0)?;
    assert_eq!(finished.named("item_problem").count(), 0, "{:?}", finished.event("item_problem"));
    scene.everything_arrived()?;
    Ok(())
}
