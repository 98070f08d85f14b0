//! Waybill's window compared with a minimal one: start, memory, idle processor time and size.
//!
//! Both run in one desktop session (display, bus and keychain, without a panel), one at a time while memory is measured.

mod scene;
pub(crate) mod scrolling;
mod sizes;

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use waybill_system_tests::{Desk, Error, Result};

use self::scene::Scene;
use crate::Options;
use crate::driver::Driven;
use crate::opened::{Opened, Program};
use crate::processes::Tree;
use crate::report::{Report, Unit};
use crate::series::Series;

/// How long a window rests before its memory is measured, because a web view keeps working after its page has appeared.
const REST: Duration = Duration::from_secs(8);
/// How long processor time is measured.
const MINUTE: Duration = Duration::from_secs(60);
/// How long the windows rest before that, because many are opened at once.
const LONG_REST: Duration = Duration::from_secs(20);
/// `WebKit`'s process for a page. Linux truncates names to 15 characters.
const WEB_PROCESS: &str = "WebKitWebProces";

/// Runs all benchmarks of the window except scrolling.
///
/// # Errors
/// A program does not behave as expected.
pub(crate) fn measure(options: &Options) -> Result<Report> {
    let mut report = Report::new("window", "The window compared with a minimal Tauri program", "Minimal window");
    let desk = Desk::new()?;
    let scene = Scene::new(&desk, options)?;
    let bare = Program::bare(&options.bare);
    start_and_memory(&scene, &bare, options.runs, &mut report)?;
    sending(&scene, &bare, options.runs, &mut report)?;
    idle(&scene, &bare, options.runs, &mut report)?;
    sizes::add(options, &mut report)?;
    report.note("Start: from the start of the process until its page's script has called the program.");
    report.note(
        "Memory: the sum of `Pss` of the program and of the processes that WebKit starts for it, read 8 s after its page was ready. \
         Idle: the view \"Sign in\", without a driver. Sending: the view of a transfer of 20,000 files, some of which are sent \
         throughout; both windows are driven over WebDriver.",
    );
    report.note(
        "Idle processor time: the time that all processes of a window used in a minute, in ticks of 10 ms, with as many windows of \
         each kind as there are runs, all open at the same time.",
    );
    report.note("The display is virtual and has no graphics card (Xvfb), so WebKit draws in software.");
    Ok(report)
}

fn start_and_memory(scene: &Scene<'_>, bare: &Program, runs: u32, report: &mut Report) -> Result<()> {
    let ours = scene.signed_out("idle");
    // The first start of each brings the program into the page cache and creates its folders.
    drop((ours.open(scene.desk)?, bare.open(scene.desk)?));
    let (mut starts, mut memory, mut pages) =
        (<[Series; 2]>::default(), <[Series; 2]>::default(), <[Series; 2]>::default());
    for run in 0..runs {
        for (which, program) in alternating(run, [&ours, bare]) {
            let opened = program.open(scene.desk)?;
            starts[which].push(opened.took.as_secs_f64());
            sleep(REST);
            let tree = Tree::of(opened.id)?;
            memory[which].push(tree.memory_mib()?);
            pages[which].push(tree.memory_of(WEB_PROCESS)?);
        }
    }
    compare(report, "Start to usable window", Unit::Seconds, starts);
    compare(report, "Memory of all processes, idle", Unit::Mib, memory);
    compare(report, "of which WebKit's process for the page", Unit::Mib, pages);
    Ok(())
}

fn sending(scene: &Scene<'_>, bare: &Program, runs: u32, report: &mut Report) -> Result<()> {
    let ours = scene.half_sent()?;
    let mut memory = <[Series; 2]>::default();
    for run in 0..runs {
        for (which, program) in alternating(run, [&ours, bare]) {
            let driven = Driven::open(scene.desk, program)?;
            if which == 0 {
                driven.press("Show the transfer")?;
                driven.wait("the list of files", "return document.querySelectorAll('[role=row]').length > 3")?;
            }
            sleep(REST);
            memory[which].push(Tree::of(program_of(&driven, &program.path)?)?.memory_mib()?);
        }
    }
    scene.still_sends()?;
    compare(report, "Memory of all processes, sending", Unit::Mib, memory);
    Ok(())
}

fn idle(scene: &Scene<'_>, bare: &Program, runs: u32, report: &mut Report) -> Result<()> {
    let open_all = |program: &dyn Fn(u32) -> Program| -> Result<Vec<Opened>> {
        (0..runs).map(|number| program(number).open(scene.desk)).collect()
    };
    let ours = open_all(&|number| scene.signed_out(&format!("idle-{number}")))?;
    let theirs = open_all(&|_| bare.clone())?;
    sleep(LONG_REST);
    let ticks =
        |windows: &[Opened]| -> Result<Vec<u64>> { windows.iter().map(|one| Ok(Tree::of(one.id)?.ticks())).collect() };
    let before = [ticks(&ours)?, ticks(&theirs)?];
    sleep(MINUTE);
    let after = [ticks(&ours)?, ticks(&theirs)?];
    let [ours, theirs] = [0, 1].map(|which| -> Series {
        let pairs = after[which].iter().zip(&before[which]);
        pairs.map(|(after, before)| after.saturating_sub(*before) as f64).collect()
    });
    report.compare("Processor time in an idle minute", Unit::Ticks, ours, theirs);
    Ok(())
}

/// Returns both with their index in the results, in alternating order, so that neither benefits from it.
fn alternating<T>(run: u32, both: [T; 2]) -> Vec<(usize, T)> {
    let mut both: Vec<(usize, T)> = both.into_iter().enumerate().collect();
    if run % 2 == 1 {
        both.reverse();
    }
    both
}

fn compare(report: &mut Report, what: &str, unit: Unit, [ours, theirs]: [Series; 2]) {
    report.compare(what, unit, ours, theirs);
}

/// Returns the process id of the window's program, which the driver started.
fn program_of(driven: &Driven, program: &Path) -> Result<u32> {
    let name = program.file_name().unwrap_or_default().to_string_lossy().chars().take(15).collect::<String>();
    let found = Tree::of(driven.driver())?.find(&name);
    found.ok_or_else(|| Error::unexpected("the driver did not start the program"))
}
