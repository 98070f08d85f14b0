//! The program started a second time: one window, and no start that hangs.

use rustix::process::{Pid, Signal, kill_process};
use waybill_system_tests::{Error, Group, PATIENCE, Result, until};

use crate::app::Scene;

#[test]
fn of_several_starts_at_once_one_becomes_the_program_and_the_others_end_well() -> Result<()> {
    let scene = Scene::new(&[])?;
    // The later ones knock while the first has its name and not yet its desk, or soon after.
    let mut starts = (0..4).map(|_| scene.start(&[&scene.sample.root])).collect::<Result<Vec<Group>>>()?;
    let mut ended = 0;
    until("all starts but one to end", PATIENCE, || {
        let mut running = Vec::new();
        for mut start in starts.drain(..) {
            match start.try_wait()? {
                Some(status) => {
                    assert!(status.success(), "a start ended with {status}");
                    ended += 1;
                }
                None => running.push(start),
            }
        }
        starts = running;
        Ok((ended == 3).then_some(()))
    })?;
    let owner = scene.data_dir().join("journal.owner");
    let process = format!("\"process\":{}", starts[0].process().id());
    until("the one that is left to own the journal", PATIENCE, || {
        Ok(std::fs::read_to_string(&owner).is_ok_and(|text| text.contains(&process)).then_some(()))
    })?;
    assert!(starts[0].try_wait()?.is_none());
    Ok(())
}

#[test]
fn a_second_start_with_a_folder_offers_it_in_the_window_that_is_there() -> Result<()> {
    let scene = Scene::new(&[])?;
    let app = scene.open()?;
    let mut second = scene.start(&[&scene.sample.root])?;
    until("the second start to end", PATIENCE, || Ok(second.try_wait()?.filter(std::process::ExitStatus::success)))?;
    app.page.wait_for_text("Parish récords 2026")
}

#[test]
fn a_start_while_the_program_ends_leaves_one_that_runs() -> Result<()> {
    let scene = Scene::new(&[])?;
    let mut first = scene.start(&[])?;
    scene.wait_for_log("the page is ready", 1)?;
    let process = Pid::from_child(first.process());
    kill_process(process, Signal::TERM).map_err(|error| Error::unexpected(error.to_string()))?;
    scene.wait_for_log("the system asks to end", 1)?;
    // It knocks while the first ends, and is started again by it, or comes when the name is free: both have to end in a
    // window.
    let mut second = scene.start(&[])?;
    until("the first to end well", PATIENCE, || Ok(first.try_wait()?.filter(std::process::ExitStatus::success)))?;
    // In the few milliseconds in which the first can neither hear it nor has let go of the name, a person starts it
    // once more.
    let came = until("the second to come", PATIENCE, || {
        let is_ready = scene.log().matches("the page is ready").count() >= 2;
        Ok((is_ready || second.try_wait()?.is_some_and(|status| !status.success())).then_some(is_ready))
    })?;
    if !came {
        second = scene.start(&[])?;
    }
    scene.wait_for_log("the page is ready", 2)?;
    let owner = scene.data_dir().join("journal.owner");
    let is_ended = format!("\"process\":{}", process.as_raw_nonzero());
    until("another program to own the journal", PATIENCE, || {
        Ok(std::fs::read_to_string(&owner)
            .is_ok_and(|text| text.contains("\"process\":") && !text.contains(&is_ended))
            .then_some(()))
    })?;
    if let Some(status) = second.try_wait()? {
        assert!(status.success(), "the second start ended with {status}");
    }
    Ok(())
}
