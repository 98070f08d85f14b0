//! Every chore of the project as one command: `cargo xtask demo`, `cargo xtask test`.
//!
//! Each sets up what it needs and says so, or stops and prints the one command that would. Nothing is skipped silently.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks on its terminal")]

#[cfg(target_os = "linux")]
mod bench;
#[cfg(target_os = "linux")]
mod bundle;
mod clients;
mod conformance;
mod demo;
mod error;
mod keycloak;
mod lanes;
mod node;
mod room;
mod setup;
mod step;
mod stores;
mod test;
mod timing;
mod window;
mod workspace;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::{Error, Result};
use crate::step::step;
use crate::workspace::Network;

/// The project's chores.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Sends a folder to the sandbox, with a kill half-way, and shows that nothing is lost
    Demo {
        /// Your own folder instead of one that is made for the occasion
        #[arg(long, value_name = "PATH")]
        folder: Option<PathBuf>,
        /// Keep the folder that was made and what the sandbox stored
        #[arg(long)]
        keep: bool,
    },
    /// Runs every check and test there is
    Test {
        /// Use no network: what needs it is named and left out
        #[arg(long)]
        offline: bool,
    },
    /// Holds one role of the sandbox against the real part, which is set up first
    Conformance {
        /// Which
        #[arg(value_enum)]
        part: conformance::Part,
        /// Use no network: fail where something has to be fetched
        #[arg(long)]
        offline: bool,
    },
    /// Writes a picture of every view of the window in every state into a folder
    Screenshots {
        /// Into this folder
        #[arg(value_name = "DIR", default_value = "target/screenshots")]
        dir: PathBuf,
    },
    /// Makes the packages for Debian and Fedora, into target/packages
    #[cfg(target_os = "linux")]
    Bundle {
        /// Also install, try and remove the one for Debian in a bare Debian (as root)
        #[arg(long)]
        verify: bool,
    },
    /// Measures release builds side by side with something known, and writes the tables to bench/results
    #[cfg(target_os = "linux")]
    Bench {
        /// window, scrolling, memory, requests, throughput or walk; everything if nothing is named
        names: Vec<String>,
        /// How often each thing is measured
        #[arg(long, default_value_t = 5)]
        runs: u32,
    },
    /// Fetches what the conformance suites need, and runs nothing
    SetUp {
        /// Of these parts only
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
        #[cfg(target_os = "linux")]
        Chore::Bundle { verify } => bundle::run(verify, Network::Allowed),
        #[cfg(target_os = "linux")]
        Chore::Bench { names, runs } => bench::run(&names, runs),
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

/// The page over its fake program, in Chromium, at 1280 and at 800 pixels.
fn screenshots(dir: &Path) -> Result {
    let dir = std::path::absolute(dir).map_err(Error::io(dir))?;
    step("Looking for what the page needs", || {
        setup::for_a_browser(Network::Allowed)?;
        node::install(Network::Allowed)
    })?;
    step("Taking pictures of every view in every state", || {
        let mut take = node::npm(&["run", "--silent", "screenshots", "--"]);
        step::run(take.arg(&dir))
    })?;
    println!("\nThey are in {}.", dir.display());
    Ok(())
}
