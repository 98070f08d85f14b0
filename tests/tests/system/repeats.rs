//! Every command can be run again: after it has ended, after it was killed, and while another `waybill` sends. The
//! table in `docs/command-line.md` says what happens then; each of its rows has a test here.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use waybill_system_tests::{Error, Finished, PATIENCE, Result, Role, Run, Size, program, sample_folder};

use crate::scene::Scene;

const DOCUMENT: &str = include_str!("../../../docs/command-line.md");

/// Tests of rows of the table, each with the command that it is about.
macro_rules! rows {
    ($($command:literal: $name:ident($scene:ident) $body:block)*) => {
        const TESTED: &[&str] = &[$($command),*];
        $(
            #[test]
            fn $name() -> Result<()> {
                let $scene = Scene::new()?;
                $body
                Ok(())
            }
        )*
    };
}

#[test]
fn every_row_of_the_table_has_a_test() {
    let (_, table) = DOCUMENT.split_once("\n## Every command can be repeated").unwrap();
    let table = table.split("\n## ").next().unwrap();
    let rows: BTreeSet<&str> = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert_eq!(rows, TESTED.iter().copied().collect());
}

/// Runs a command to its end, which must be good.
fn well<A: Into<OsString>>(scene: &Scene, arguments: impl IntoIterator<Item = A>) -> Result<Finished> {
    scene.waybill.run(arguments, PATIENCE)?.expect_code(0)
}

/// Starts to send, and waits until a part is under way. It stays so until the fault is removed.
fn sending(scene: &Scene) -> Result<(Run, u64)> {
    let held = scene.hold_parts()?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    Ok((run, held))
}

/// Lets a run that was held up send to its end, which must be good.
fn ends_well(scene: &Scene, (run, held): (Run, u64)) -> Result<()> {
    scene.sandbox.control().remove(held)?;
    run.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    Ok(())
}

/// The same, twice, and once more while another `waybill` sends.
fn says_the_same(scene: &Scene, arguments: &[&str], exit: i32) -> Result<()> {
    let said = || -> Result<Vec<String>> {
        let finished = scene.waybill.run(arguments.iter().copied(), PATIENCE)?.expect_code(exit)?;
        let lasting = finished.events.iter().filter(|event| !matches!(event.name(), "progress" | "note" | "self_test"));
        Ok(lasting.map(|event| event.value().to_string()).collect())
    };
    let first = said()?;
    assert_eq!(said()?, first);
    let other = sending(scene)?;
    scene.waybill.run(arguments.iter().copied(), PATIENCE)?.expect_code(exit)?;
    ends_well(scene, other)
}

/// A program that needs neither a service nor a data folder prints the same each time.
fn prints_the_same(arguments: &[&str]) -> Result<()> {
    let printed = || {
        let output = Command::new(program()?).args(arguments).stdin(Stdio::null()).output();
        output.map_err(|source| Error::Io { path: "waybill".into(), source })
    };
    let first = printed()?;
    assert!(first.status.success() && !first.stdout.is_empty(), "{first:?}");
    assert_eq!(printed()?.stdout, first.stdout);
    Ok(())
}

fn io(path: PathBuf) -> impl FnOnce(std::io::Error) -> Error {
    move |source| Error::Io { path, source }
}

rows! {
    "sign-in": signing_in_again_changes_nothing_and_works_after_a_kill(scene) {
        let nobody = scene.waybill.clone().browser(None);
        let run = nobody.start(["sign-in"])?;
        run.wait_for("the address", PATIENCE, |event| event.name() == "sign_in")?;
        run.kill()?;
        let person = well(&scene, ["sign-in"])?.event("person")?.value().clone();
        let other = sending(&scene)?;
        let again = well(&scene, ["sign-in"])?;
        assert_eq!((again.named("sign_in").count(), again.event("person")?.value()), (0, &person));
        ends_well(&scene, other)?;
    }

    "sign-out": signing_out_again_is_no_failure_and_stops_no_transfer(scene) {
        well(&scene, ["sign-out"])?;
        let other = sending(&scene)?;
        well(&scene, ["sign-out"])?;
        well(&scene, ["sign-out"])?;
        scene.waybill.run(["whoami"], PATIENCE)?.expect_code(3)?;
        ends_well(&scene, other)?;
    }

    "whoami": whoever_is_signed_in_is_told_each_time(scene) {
        scene.waybill.run(["whoami"], PATIENCE)?.expect_code(3)?;
        well(&scene, ["sign-in"])?;
        says_the_same(&scene, &["whoami"], 0)?;
    }

    "consignments": consignments_are_listed_each_time(scene) {
        well(&scene, ["sign-in"])?;
        says_the_same(&scene, &["consignments"], 0)?;
    }

    "check": a_folder_is_checked_each_time(scene) {
        says_the_same(&scene, &["check", &scene.sample.root.to_string_lossy()], 4)?;
    }

    "send": sending_resumes_after_a_kill_and_says_when_it_is_done(scene) {
        let (run, held) = sending(&scene)?;
        let second = scene.send()?.finish(PATIENCE)?.expect_code(7)?;
        assert_eq!(second.event("error")?.text("code"), "journal_in_use");
        let acknowledged = run.kill()?.acknowledged_bytes();
        scene.sandbox.control().remove(held)?;
        scene.sandbox.control().wait_quiet(Role::Upload, PATIENCE)?;
        let before = scene.sandbox.control().requests()?.len();
        scene.send_to_the_end()?;
        scene.everything_arrived()?;
        let after = scene.sandbox.control().requests()?;
        let sent: u64 = after[before..].iter().filter(|logged| logged.is_stored()).map(|logged| logged.bytes).sum();
        assert!(acknowledged + sent <= scene.sample.bytes(), "{acknowledged} acknowledged, {sent} sent afterwards");
        let requests = after.len();
        let third = scene.send_to_the_end()?;
        assert!(third.event("done")?.text("message").contains("has already been uploaded"));
        assert_eq!(scene.sandbox.control().requests()?.len(), requests, "nothing was asked of the service");
    }

    "resume": resuming_again_has_nothing_to_do(scene) {
        assert!(well(&scene, ["resume"])?.event("done")?.text("message").contains("nothing to resume"));
        let (run, held) = sending(&scene)?;
        let second = scene.resume(&[])?.finish(PATIENCE)?.expect_code(7)?;
        assert_eq!(second.event("error")?.text("code"), "journal_in_use");
        run.kill()?;
        scene.sandbox.control().remove(held)?;
        well(&scene, ["resume"])?;
        scene.everything_arrived()?;
        assert!(well(&scene, ["resume"])?.event("done")?.text("message").contains("nothing to resume"));
        let named = scene.resume_to_the_end()?;
        assert!(named.event("done")?.text("message").contains("already been uploaded"), "{:?}", named.events);
        well(&scene, ["resume", "--all"])?;
    }

    "transfers": transfers_are_listed_each_time(scene) {
        says_the_same(&scene, &["transfers"], 0)?;
        assert_eq!(well(&scene, ["transfers"])?.named("transfer").count(), 1);
    }

    "show": a_transfer_is_shown_each_time(scene) {
        let (run, held) = sending(&scene)?;
        let show = ["show", scene.consignment.reference.as_str(), "--items", "--findings"];
        assert_eq!(well(&scene, show)?.event("transfer")?.text("phase"), "sending");
        run.kill()?;
        let shown = well(&scene, show)?;
        assert_eq!(well(&scene, show)?.events.len(), shown.events.len());
        scene.sandbox.control().remove(held)?;
    }

    "pause": pausing_again_leaves_it_paused(scene) {
        let pause = ["pause", scene.consignment.reference.as_str()];
        let (run, held) = sending(&scene)?;
        well(&scene, pause)?;
        run.finish(PATIENCE)?.expect_code(5)?;
        well(&scene, pause)?;
        well(&scene, pause)?;
        assert_eq!(well(&scene, ["transfers"])?.event("transfer")?.value()["paused"], true);
        scene.sandbox.control().remove(held)?;
        scene.resume_to_the_end()?;
        scene.everything_arrived()?;
    }

    "cancel": cancelling_again_says_the_same(scene) {
        let (run, held) = sending(&scene)?;
        let cancel = ["cancel", scene.consignment.reference.as_str()];
        let said = |arguments: &[&str]| -> Result<String> {
            Ok(well(&scene, arguments.iter().copied())?.event("done")?.text("message").to_owned())
        };
        let first = said(&cancel)?;
        run.finish(PATIENCE)?.expect_code(5)?;
        assert_eq!((said(&cancel)?, said(&cancel)?), (first.clone(), first));
        scene.sandbox.control().remove(held)?;

        let other = sample_folder(scene.dir.path(), "Other records", Size::Small, 12)?;
        let second = scene.sandbox.consignment("ready", 1)?.clone();
        let held = scene.hold_parts()?;
        let send: [OsString; 5] = ["send".into(), other.root.into(), "--consignment".into(),
            second.reference.clone().into(), "--yes".into()];
        let run = scene.waybill.start(send)?;
        scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
        run.kill()?;
        scene.sandbox.control().remove(held)?;
        let give_up = ["cancel", second.reference.as_str(), "--give-up"];
        let killed = scene.waybill.start(give_up)?;
        killed.wait_for("the hand-over page", PATIENCE, |event| event.name() == "hand_over")?;
        killed.kill()?;
        let first = said(&give_up)?;
        assert_eq!(said(&give_up)?, first);
        assert_eq!(scene.sandbox.control().consignment(&second.id)?.status("Upload"), Some("CompletedWithIssues"));
    }

    "receipt": a_receipt_is_written_again_where_a_file_is_missing(scene) {
        scene.send_to_the_end()?;
        let out = scene.dir.path().join("out");
        let arguments = || -> [OsString; 6] {
            let reference = scene.consignment.reference.clone();
            let formats = "html,csv,json,bagit";
            ["receipt".into(), reference.into(), "--format".into(), formats.into(), "--out".into(), out.clone().into()]
        };
        well(&scene, arguments())?;
        let files = || -> Result<Vec<(PathBuf, Vec<u8>)>> {
            let mut paths: Vec<PathBuf> =
                fs::read_dir(&out).map_err(io(out.clone()))?.flatten().map(|entry| entry.path()).collect();
            paths.sort();
            paths.into_iter().map(|path| Ok((path.clone(), fs::read(&path).map_err(io(path))?))).collect()
        };
        let first = files()?;
        assert_eq!(first.len(), 4);
        well(&scene, arguments())?;
        fs::remove_file(&first[1].0).map_err(io(first[1].0.clone()))?;
        let other = sample_folder(scene.dir.path(), "Other records", Size::Small, 12)?;
        let second = scene.sandbox.consignment("ready", 1)?.clone();
        let held = scene.hold_parts()?;
        let send: [OsString; 5] =
            ["send".into(), other.root.into(), "--consignment".into(), second.reference.into(), "--yes".into()];
        let run = scene.waybill.start(send)?;
        scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
        well(&scene, arguments())?;
        assert!(files()? == first, "the same files as before");
        scene.sandbox.control().remove(held)?;
        run.finish(PATIENCE)?.expect_code(0)?;
    }

    "doctor": everything_is_tested_each_time(scene) {
        says_the_same(&scene, &["doctor"], 0)?;
    }

    "sandbox": a_second_sandbox_at_the_same_folder_says_so_and_disturbs_nothing(scene) {
        let dir = scene.sandbox.profile().parent().map(PathBuf::from).unwrap_or_default();
        let second = || {
            let mut command = Command::new(program()?);
            command.args(["sandbox", "--dir"]).arg(&dir).stdin(Stdio::null());
            waybill_system_tests::output_within(&mut command, &[], PATIENCE)
        };
        assert!(!second()?.status.success());
        scene.send_to_the_end()?;
        scene.everything_arrived()?;
    }

    "completions": completions_are_the_same_each_time(_scene) {
        prints_the_same(&["completions", "bash"])?;
    }

    "manual": manual_pages_are_written_again(scene) {
        let dir = scene.dir.path().join("man1");
        let write = || -> Result<Vec<u8>> {
            let status = Command::new(program()?).arg("manual").arg(&dir).status().map_err(io(dir.clone()))?;
            assert!(status.success());
            fs::read(dir.join("waybill-send.1")).map_err(io(dir.clone()))
        };
        let first = write()?;
        fs::write(dir.join("waybill-send.1"), "torn").map_err(io(dir.clone()))?;
        assert!(write()? == first);
    }

    "help": help_is_the_same_each_time(_scene) {
        prints_the_same(&["help"])?;
        prints_the_same(&["help", "send"])?;
    }
}
