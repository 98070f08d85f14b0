//! The project's tasks as single commands: `cargo xtask demo`, `cargo xtask test`.
//!
//! Each installs and reports what it needs, or stops and prints the command to run. Nothing is skipped silently.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints to its terminal")]

#[cfg(target_os = "linux")]
mod bench;
#[cfg(target_os = "linux")]
mod bundle;
mod clients;
mod conformance;
mod demo;
mod downloads;
mod error;
mod keycloak;
mod lanes;
mod node;
mod room;
mod setup;
mod soak;
mod step;
mod stores;
mod test;
mod timing;
#[cfg(target_os = "linux")]
mod window;
mod words;
mod workspace;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::{Error, Result};
use crate::step::step;
use crate::workspace::Network;

/// The project's tasks
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Try Waybill with a sandbox: in the window, or a whole transfer that is killed half-way and resumed
    Demo {
        /// Send this folder instead of the sample folder
        #[arg(long, value_name = "PATH")]
        folder: Option<PathBuf>,
        /// Keep the sample folder and the files that the sandbox has stored
        #[arg(long)]
        keep: bool,
    },
    /// Run every check and test
    Test {
        /// Do not use the network: list what needs it, and skip it
        #[arg(long)]
        offline: bool,
    },
    /// Compare a part of the sandbox with an independent implementation, which is set up first
    Conformance {
        /// The part to compare
        #[arg(value_enum)]
        part: conformance::Part,
        /// Do not use the network: fail if something has to be downloaded
        #[arg(long)]
        offline: bool,
    },
    /// Save a screenshot of every view of the window in every state
    Screenshots {
        /// The folder for the screenshots
        #[arg(value_name = "DIR", default_value = "target/screenshots")]
        dir: PathBuf,
    },
    /// Generate the typed tables of words for the programs and the window's page from words/*.ftl
    Words,
    /// Build the packages for Debian and Fedora in target/packages
    #[cfg(target_os = "linux")]
    Bundle {
        /// Also install, use and remove the Debian packages in a minimal Debian (as root)
        #[arg(long)]
        verify: bool,
    },
    /// Measure release builds in comparison with known programs, and write the tables to bench/results
    #[cfg(target_os = "linux")]
    Bench {
        /// window, scrolling, memory, requests, throughput or walk (default: all)
        names: Vec<String>,
        /// How many times to measure each
        #[arg(long, default_value_t = 5)]
        runs: u32,
    },
    /// Run the long form of a test with random cases
    Soak {
        /// The test
        #[arg(value_enum)]
        what: soak::What,
        /// The number of cases, files or MiB; with `simulation`, see `--steps`
        #[arg(long, default_value_t = 1_000)]
        count: u64,
        /// The number of steps of `simulation`
        #[arg(long, default_value_t = 100_000_000)]
        steps: u64,
        /// The first case's seed (default: the time, which is printed)
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Download what the conformance suites need, without running them
    SetUp {
        /// Only these parts
        #[arg(value_enum)]
        parts: Vec<conformance::Part>,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Demo { folder, keep } => demo::run(folder.as_deref(), keep),
        Task::Test { offline } => test::run(Network::unless(offline)),
        Task::Conformance { part, offline } => conformance::run(part, Network::unless(offline)),
        Task::Screenshots { dir } => screenshots(&dir),
        Task::Words => words::write(),
        #[cfg(target_os = "linux")]
        Task::Bundle { verify } => bundle::run(verify, Network::Allowed),
        #[cfg(target_os = "linux")]
        Task::Bench { names, runs } => bench::run(&names, runs),
        Task::Soak { what, count, steps, seed } => soak::run(what, count, steps, seed),
        Task::SetUp { parts } => conformance::set_up(&parts),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Saves screenshots of the page with its fake program, in Chromium, at 1280 and at 800 pixels.
fn screenshots(dir: &Path) -> Result {
    let dir = std::path::absolute(dir).map_err(Error::io(dir))?;
    step("Checking what the page needs", || {
        setup::for_a_browser(Network::Allowed)?;
        node::install(Network::Allowed)
    })?;
    step("Taking screenshots of every view in every state", || {
        let mut take = node::npm(&["run", "--silent", "screenshots", "--"]);
        step::run(take.arg(&dir))
    })?;
    println!("\nThe screenshots are in {}.", dir.display());
    Ok(())
}
