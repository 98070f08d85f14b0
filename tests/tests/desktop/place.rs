//! The window comes back where the person left it, and as large.

use rustix::process::{Pid, Signal, kill_process};
use waybill_system_tests::{Error, Group, PATIENCE, Result, until};

use crate::app::Scene;
use crate::panel::Panel;
use crate::window::{Place, Window};
use crate::window_manager::manage_windows;

/// Neither where a window is put nor as large as it is made without anybody's doing.
const LEFT: Place = Place { x: 37, y: 58, width: 901, height: 643 };
const SCREEN: Place = Place { x: 0, y: 0, width: 1280, height: 900 };
const ELSEWHERE: Place = Place { x: 211, y: 94, width: 765, height: 587 };

#[test]
fn the_window_reopens_where_it_was_closed_or_ended_by_the_system() -> Result<()> {
    let scene = Scene::new(&[])?;
    manage_windows(scene.desk.display())?;
    let (first, window) = open(&scene)?;
    let usual = window.place()?;
    assert!(usual != LEFT && usual != ELSEWHERE, "{usual:?}");
    window.put(LEFT)?;
    window.close()?;
    end(first)?;

    let (mut second, window) = open(&scene)?;
    window.wait_until_at(LEFT)?;
    window.put(ELSEWHERE)?;
    let process = Pid::from_child(second.process());
    kill_process(process, Signal::TERM).map_err(|error| Error::unexpected(error.to_string()))?;
    end(second)?;

    let (third, window) = open(&scene)?;
    window.wait_until_at(ELSEWHERE)?;
    window.close()?;
    end(third)
}

#[test]
fn a_program_that_was_never_shown_forgets_nothing_of_where_its_window_was() -> Result<()> {
    let scene = Scene::new(&[])?;
    manage_windows(scene.desk.display())?;
    let panel = Panel::start(scene.desk.bus())?;
    let (first, window) = open(&scene)?;
    window.put(LEFT)?;
    window.close()?;
    end(first)?;

    let started_with_the_computer = scene.start(&["--background".as_ref()])?;
    panel.wait_for("Not signed in")?;
    panel.choose("Quit Waybill")?;
    end(started_with_the_computer)?;

    let shown_later = scene.start(&["--background".as_ref()])?;
    panel.choose("Open Waybill")?;
    let window = Window::find(scene.desk.display())?;
    window.wait_until_at(LEFT)?;
    window.close()?;
    end(shown_later)?;

    let (last, window) = open(&scene)?;
    window.wait_until_at(LEFT)?;
    window.close()?;
    end(last)
}

#[test]
fn a_window_that_was_maximised_is_so_again() -> Result<()> {
    let scene = Scene::new(&[])?;
    manage_windows(scene.desk.display())?;
    let (first, window) = open(&scene)?;
    window.put(LEFT)?;
    window.maximise()?;
    window.wait_until_at(SCREEN)?;
    window.close()?;
    end(first)?;

    let (second, window) = open(&scene)?;
    window.wait_until_maximised()?;
    window.wait_until_at(SCREEN)?;
    window.close()?;
    end(second)
}

/// Starts the program and waits until its window is shown, and its page drawn.
fn open(scene: &Scene) -> Result<(Group, Window)> {
    let listening = scene.log().matches(PAGE_READY).count();
    let program = scene.start(&[])?;
    let window = Window::find(scene.desk.display())?;
    scene.wait_for_log(PAGE_READY, listening + 1)?;
    Ok((program, window))
}

const PAGE_READY: &str = "the page is ready";

/// Waits for the program's end, which is a good one.
fn end(mut program: Group) -> Result<()> {
    let status = until("the program's end", PATIENCE, || program.try_wait())?;
    assert!(status.success(), "it ended with {status}");
    Ok(())
}
