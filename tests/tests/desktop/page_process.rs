//! The process that draws the page ends, and the program does not.
//!
//! The driver's session ends with that process. What comes after is seen by the program's log and on the display.

use rustix::process::Pid;
use waybill_system_tests::{PATIENCE, Result, until};

use crate::app::{Scene, kill_page_process};
use crate::screen::Picture;

const LISTENS: &str = "the page listens";

#[test]
fn killed_while_sending_it_comes_back_with_the_same_transfer_which_has_gone_on() -> Result<()> {
    let scene = Scene::new(&[])?;
    let mut app = scene.open()?;
    drop(scene.sign_in(&app)?);
    let after_opening = Picture::at_rest(scene.desk.display())?;
    let held = scene.hold_parts()?;
    scene.send(&app)?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    app.page.wait_for_text("Sending Parish récords 2026")?;
    // From here on the bars stand still until the parts are let go.
    app.page.wait_for_text("0 bytes a second")?;
    app.page.scroll_to_top()?;
    let before = Picture::at_rest(scene.desk.display())?;
    assert!(before.is_other_than(&after_opening), "one view could not be told from the other");
    kill_page_process(app.process()?)?;
    scene.wait_for_log(LISTENS, 2)?;
    before.wait_for(scene.desk.display())?;
    scene.sandbox.control().remove(held)?;
    scene.receipt_is_complete()?;
    scene.everything_arrived().map(drop)
}

#[test]
fn killed_again_and_again_it_is_left_until_somebody_wants_to_see_the_window() -> Result<()> {
    let scene = Scene::new(&[])?;
    let mut program = scene.start(&[])?;
    let process = Pid::from_child(program.process());
    for end in 1..=4 {
        scene.wait_for_log(LISTENS, end)?;
        kill_page_process(process)?;
    }
    scene.wait_for_log("it is left until the window is asked for", 1)?;
    let mut second = scene.start(&[])?;
    until("the second start to end", PATIENCE, || Ok(second.try_wait()?.filter(std::process::ExitStatus::success)))?;
    scene.wait_for_log(LISTENS, 5)?;
    assert!(program.try_wait()?.is_none(), "the program has run all the time");
    Ok(())
}
