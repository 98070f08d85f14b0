//! The project's tasks as single commands: `cargo xtask demo`, `cargo xtask test`.
//!
//! Each installs what it needs and says so, or stops and prints the command to run. Nothing is skipped silently.

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
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Try Waybill with a sandbox: in the window, or a whole transfer that is killed half-way and resumed
    Demo {
        /// Send this folder instead of the sample folder
        #[arg(long, value_name = "PATH")]
        folder: Option<PathBuf>,
        /// Keep the sample folder and what the sandbox has stored
        #[arg(long)]
        keep: bool,
    },
    /// Run every check and test
    Test {
        /// Do not use the network: list what needs it, and leave it out
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
    /// Save a picture of every view of the window in every state
    Screenshots {
        /// The folder for the pictures
        #[arg(value_name = "DIR", default_value = "target/screenshots")]
        dir: PathBuf,
    },
    /// Write the typed tables of the words, for the programs and the window's page, from words/*.ftl
    Words,
    /// Make the packages for Debian and Fedora in target/packages
    #[cfg(target_os = "linux")]
    Bundle {
        /// Also install, try and remove the Debian package in a minimal Debian (as root)
        #[arg(long)]
        verify: bool,
    },
    /// Measure release builds beside something known, and write the tables to bench/results
    #[cfg(target_os = "linux")]
    Bench {
        /// window, scrolling, memory, requests, throughput or walk (default: all)
        names: Vec<String>,
        /// How many times to measure each
        #[arg(long, default_value_t = 5)]
        runs: u32,
    },
    /// Run the long form of a test that draws its cases from a seed
    Soak {
        /// The test
        #[arg(value_enum)]
        what: soak::What,
        /// How many cases of `kills`
        #[arg(long, default_value_t = 1_000)]
        count: u64,
        /// How many steps of `simulation`
        #[arg(long, default_value_t = 100_000_000)]
        steps: u64,
        /// The first case's seed (default: the time, which is printed)
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Download what the conformance suites need, without running them
    SetUp {
        /// Only for these parts
        #[arg(value_enum)]
        parts: Vec<conformance::Part>,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().chore {
        Chore::Demo { folder, keep } => demo::run(folder.as_deref(), keep),
        Chore::Test { offline } => test::run(Network::unless(offline)),
        Chore::Conformance { part, offline } => conformance::run(part, Network::unless(offline)),
        Chore::Screenshots { dir } => screenshots(&dir),
        Chore::Words => words::write(),
        #[cfg(target_os = "linux")]
        Chore::Bundle { verify } => bundle::run(verify, Network::Allowed),
        #[cfg(target_os = "linux")]
        Chore::Bench { names, runs } => bench::run(&names, runs),
        Chore::Soak { what, count, steps, seed } => soak::run(what, count, steps, seed),
        Chore::SetUp { parts } => conformance::set_up(&parts),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Saves the page over its fake program, in Chromium, at 1280 and at 800 pixels.
fn screenshots(dir: &Path) -> Result {
    let dir = std::path::absolute(dir).map_err(Error::io(dir))?;
    step("Checking what the page needs", || {
        setup::for_a_browser(Network::Allowed)?;
        node::install(Network::Allowed)
    })?;
    step("Taking pictures of every view in every state", || {
        let mut take = node::npm(&["run", "--silent", "screenshots", "--"]);
        step::run(take.arg(&dir))
    })?;
    println!("\nThe pictures are in {}.", dir.display());
    Ok(())
}
