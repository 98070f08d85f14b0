//! The folder changes while it is sent.

use std::fs;
use std::path::{Path, PathBuf};

use waybill_system_tests::{Effect, Error, Event, Fault, PATIENCE, Result, Role, Run, Waybill, compare};

use crate::scene::Scene;

/// A small file that is among the last to be sent.
const LATE: &str = "Parish records/Minutes/no-extension";

/// Starts to send, and holds every file but the first few back until the fault is removed.
pub(crate) fn send_held_back(scene: &Scene) -> Result<(Run, u64)> {
    send_held_back_by(scene, &scene.waybill)
}

/// Does the same with another `waybill`.
pub(crate) fn send_held_back_by(scene: &Scene, waybill: &Waybill) -> Result<(Run, u64)> {
    let hold = scene.sandbox.control().set(&Fault::new(Role::Upload, slow_down()).method("PUT").always())?;
    let run = waybill.start(scene.send_arguments())?;
    scene.sandbox.control().wait_fired(hold, 1, PATIENCE)?;
    Ok((run, hold))
}

/// The store asks to slow down.
pub(crate) fn slow_down() -> Effect {
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>SlowDown</Code>\
                <Message>Please reduce your request rate.</Message>\
                <RequestId>0000000000000000</RequestId><HostId>sandbox</HostId></Error>";
    Effect::Status { status: 503, body: body.to_owned(), content_type: "application/xml" }
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

/// So large that reading it takes far longer than a folder takes to be renamed; most file systems store none of it.
const LONG_TO_READ: u64 = 1 << 30;
/// More files than are read together, so that the last ones are opened only when the first have been read.
const FIRST_FILES: usize = 300;

#[test]
fn what_is_lost_after_the_check_is_covered_by_no_agreement() -> Result<()> {
    let scene = Scene::new()?;
    let io = |path: &Path| {
        let path = path.to_owned();
        |source| Error::Io { path, source }
    };
    let (first, last) = (scene.sample.root.join("000"), scene.sample.root.join("zzz"));
    for (folder, count) in [(&first, FIRST_FILES), (&last, 3)] {
        fs::create_dir(folder).map_err(io(folder))?;
        for number in 0..count {
            let path = folder.join(format!("{number}.txt"));
            fs::write(&path, format!("{number}")).map_err(io(&path))?;
        }
    }
    let long = first.join("long.bin");
    fs::File::create(&long).and_then(|file| file.set_len(LONG_TO_READ)).map_err(io(&long))?;

    let run = scene.send()?;
    run.wait_for("reading", PATIENCE, |event| event.is("state", &[("phase", "hashing")]))?;
    let away = scene.dir.path().join("away");
    fs::rename(&last, &away).map_err(io(&last))?;
    let stopped = run.finish(PATIENCE)?.expect_code(4)?;
    assert_eq!(stopped.event("error")?.text("code"), "leaves_out");
    let asks: Vec<u64> = stopped.named("left_out").map(left_out_of).collect();
    assert_eq!(asks.len(), 2, "what the check found, and what there is after the files were read: {asks:?}");
    assert_eq!(asks[1], asks[0] + 3);
    assert_eq!(scene.calls_of("startUpload")?, 0, "the consignment can still be used");

    fs::remove_file(&long).map_err(io(&long))?;
    fs::rename(&away, &last).map_err(io(&last))?;
    scene.send_to_the_end()?;
    Ok(())
}

/// Returns how many files an event of that name would leave out.
fn left_out_of(event: &Event) -> u64 {
    let groups = event.value()["groups"].as_array().into_iter().flatten();
    groups.filter(|group| group["effect"] == "leaves_out").filter_map(|group| group["count"].as_u64()).sum()
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
