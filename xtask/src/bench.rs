//! `cargo xtask bench`: measures release builds.
//!
//! It builds everything and starts `waybill-bench`, which measures and writes the tables. It runs only on Linux,
//! because it reads `/proc`. Nothing here is a test, and no result counts as a failure.

use crate::error::Result;
use crate::step::{self, step};
use crate::workspace::{self, Network};
use crate::{node, setup};

/// The folder for the tables.
const RESULTS: &str = "bench/results";
/// The window used for comparison. Both are built together, so that they use the same build of Tauri.
const BARE_WINDOW: &str = "waybill-bench-bare-window";

/// Runs the benchmarks with these names, or all of them.
///
/// # Errors
/// Something is missing, does not build, or a benchmark cannot be run.
pub(crate) fn run(names: &[String], runs: u32) -> Result {
    let metadata = workspace::metadata(Network::Allowed)?;
    setup::for_the_window(Network::Allowed)?;
    setup::for_a_desktop_session(Network::Allowed)?;
    setup::for_other_clients(Network::Allowed)?;
    step("The page: installing its dependencies", || node::install(Network::Allowed))?;
    step("The page: building", || {
        node::build()?;
        step::run(&mut node::npm(&["run", "--silent", "build:gallery", "--", "--logLevel", "error"]))
    })?;
    step("Compiling the programs", || {
        let client = [&workspace::CLIENT[..], &[BARE_WINDOW]].concat();
        step::run(&mut workspace::released_programs(&client, &metadata, Network::Allowed))?;
        step::run(&mut workspace::released_programs(&workspace::SANDBOX, &metadata, Network::Allowed))
    })?;
    step("Compiling the benchmarks", || {
        step::run(workspace::programs(Network::Allowed).args(["--bin", "waybill-bench"]))
    })?;
    let built = metadata.released();
    step("Measuring", || {
        let mut command = std::process::Command::new(metadata.program("waybill-bench"));
        command.args(names).args(["--runs", &runs.to_string()]);
        for (option, program) in [("--waybill", "waybill"), ("--desktop", "waybill-desktop"), ("--bare", BARE_WINDOW)] {
            command.arg(option).arg(built.join(format!("{program}{}", std::env::consts::EXE_SUFFIX)));
        }
        command.arg("--page").arg(workspace::root().join("ui"));
        command.arg("--results").arg(workspace::root().join(RESULTS));
        step::run(&mut command)
    })?;
    println!("\nThe tables are in {RESULTS}.");
    Ok(())
}
