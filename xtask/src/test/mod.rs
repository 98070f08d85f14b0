//! `cargo xtask test`: every check and test there is, what is quick first.
//!
//! Cargo is always asked for the whole workspace, and the targets are chosen: the features of dependencies depend on what is
//! asked for, and so each of them is compiled once to be checked and once to be run.

mod dependencies;

use std::process::Command;

use crate::error::Result;
use crate::step::{self, step};
#[cfg(target_os = "linux")]
use crate::window;
use crate::workspace::{self, Metadata, Network};
use crate::{node, setup};

const WINDOW: &str = "The window, on a display without a screen";

/// The whole-system tests' target.
const SYSTEM: &str = "system";

/// Runs everything. Stops at the first failure.
pub(crate) fn run(network: Network) -> Result {
    let begun = std::time::Instant::now();
    let metadata = workspace::metadata(network)?;
    setup::for_sending()?;
    setup::for_the_window()?;
    setup::for_a_virtual_display()?;
    step("Formatting", || step::run(workspace::cargo(network).args(["fmt", "--all", "--check"])))?;
    page(network)?;
    step("Lints, the window included", || {
        let arguments = ["clippy", "--quiet", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
        step::run(workspace::cargo(network).args(arguments))
    })?;
    dependencies::check(&metadata, network)?;
    step("Unit tests of all crates", || step::run(&mut unit_tests(&metadata, network)))?;
    step("Whole-system tests", || step::run(&mut system_tests(&metadata, network)))?;
    #[cfg(target_os = "linux")]
    step(WINDOW, || window::try_out(&metadata))?;
    #[cfg(not(target_os = "linux"))]
    step::left_out(WINDOW, "only Linux has a display without a screen");
    println!("\nEverything passed, in {:.0} s.", begun.elapsed().as_secs_f64());
    Ok(())
}

fn page(network: Network) -> Result {
    step("The page: fetching what it is made of", || node::install(network))?;
    for (title, script) in [("lints", "lint"), ("types", "check"), ("tests", "test")] {
        step(&format!("The page: {title}"), || step::run(&mut node::npm(&["run", "--silent", script])))?;
    }
    step("The page: building", node::build)
}

/// Everything that needs no other program beside it.
fn unit_tests(metadata: &Metadata, network: Network) -> Command {
    let mut command = workspace::cargo(network);
    command.args(["test", "--quiet", "--workspace", "--lib", "--bins"]);
    for name in metadata.targets("test").iter().filter(|name| *name != SYSTEM) {
        command.args(["--test", name]);
    }
    command
}

/// `waybill` as its users have it, against the sandbox as a process of its own. The unit tests have just built it.
/// The tests mostly wait for each other's processes, so two of them share a core.
fn system_tests(metadata: &Metadata, network: Network) -> Command {
    let threads = 2 * std::thread::available_parallelism().map_or(1, usize::from);
    let mut command = workspace::cargo(network);
    command.args(["test", "--quiet", "--workspace", "--test", SYSTEM, "--", "--test-threads", &threads.to_string()]);
    command.env("WAYBILL_BIN", metadata.program("waybill"));
    command
}
