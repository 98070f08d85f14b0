//! The program started a second time: one window, and no start that hangs.

use waybill_system_tests::{Group, PATIENCE, Result, until};

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
