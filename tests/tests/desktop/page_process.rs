//! The process that draws the page ends, and the program does not.
//!
//! The driver's session ends with that process. What comes after is seen by the program's log and on the display.

use rustix::process::Pid;
use waybill_system_tests::{PATIENCE, Result, until};

use crate::app::{Scene, kill_page_process, stop_page_process};
use crate::keyboard::Keyboard;
use crate::panel::Panel;
use crate::screen::Picture;
use crate::window_manager::manage_windows;

const PAGE_READY: &str = "the page is ready";
const LEFT: &str = "it is left until the window is asked for";

#[test]
fn killed_while_sending_it_comes_back_with_the_same_transfer_which_has_gone_on() -> Result<()> {
    let scene = Scene::new(&[])?;
    let mut app = scene.open()?;
    drop(scene.sign_in(&app)?);
    let after_opening = Picture::at_rest(scene.desk.display())?;
    let held = scene.send_and_hold(&app)?;
    app.page.wait_for_text("Sending Parish récords 2026")?;
    // From here on the bars stand still until the parts are let go.
    app.page.wait_for_text("Speed0 bytes a second")?;
    app.page.scroll_to_top()?;
    let before = Picture::at_rest(scene.desk.display())?;
    assert!(before.is_other_than(&after_opening), "one view cannot be distinguished from the other");
    kill_page_process(app.process()?)?;
    scene.wait_for_log(PAGE_READY, 2)?;
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
    // As many times as it takes within a minute, which is four where each takes less than twenty seconds.
    let mut kills = 0;
    while kills < 10 {
        let starts = until("the page, or its end", PATIENCE, || {
            let log = scene.log();
            let starts = log.lines().filter(|line| line.contains(PAGE_READY)).count();
            Ok((log.contains(LEFT) || starts > kills).then_some(starts))
        })?;
        if scene.log().contains(LEFT) {
            break;
        }
        kills = starts;
        kill_page_process(process)?;
    }
    scene.wait_for_log(LEFT, 1)?;
    let mut second = scene.start(&[])?;
    until("the second start to end", PATIENCE, || Ok(second.try_wait()?.filter(std::process::ExitStatus::success)))?;
    scene.wait_for_log(PAGE_READY, kills + 1)?;
    assert!(program.try_wait()?.is_none(), "the program has run all the time");
    Ok(())
}

#[test]
fn stuck_while_sending_it_leaves_the_question_whether_to_quit_to_the_system() -> Result<()> {
    let scene = Scene::new(&[])?;
    manage_windows(scene.desk.display())?;
    let keyboard = Keyboard::plug_in(scene.desk.display())?;
    let panel = Panel::start(scene.desk.bus())?;
    let mut app = scene.open()?;
    drop(scene.sign_in(&app)?);
    scene.send_and_hold(&app)?;
    stop_page_process(app.process()?)?;
    panel.choose("Quit Waybill")?;
    keyboard.wait_for_window("Quit while files are being sent?")?;
    // Its first button says so.
    keyboard.enter()?;
    let journal = scene.data_dir().join("journal.owner");
    until("the journal to be free", PATIENCE, || Ok((!journal.exists()).then_some(())))
}
