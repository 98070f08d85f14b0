//! `cargo xtask soak WHAT`: runs the long form of a test with random cases.

use std::time::{SystemTime, UNIX_EPOCH};

use clap::ValueEnum;

use crate::error::Result;
use crate::step::{self, step};
use crate::workspace::{self, Network, Scope};

/// The test to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// Whole transfers, killed several times each at random instants
    Kills,
    /// Random histories of whole transfers in a simulated world
    Simulation,
    /// Whole transfers, whose power fails at a random sync of the disk
    Power,
    /// Whole transfers, during which the service dies, alone or together with Waybill
    Service,
    /// One transfer of this many files in one folder
    Files,
    /// One transfer of a file of this many MiB, most of which are zeros that no disk stores
    Sparse,
}

/// Runs `count` cases, or `steps` steps of a simulation. The first seed is the time unless one is given, and is printed.
///
/// # Errors
/// A case fails, or the tests do not compile.
pub(crate) fn run(what: What, count: u64, steps: u64, seed: Option<u64>) -> Result {
    let seed = seed.unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs());
    match what {
        What::Kills => system(&format!("{count} transfers with kills, from seed {seed}"), "random_kills", count, seed),
        What::Power => {
            let title = format!("{count} transfers with power losses, from seed {seed}");
            system(&title, "power_lost_at_random_syncs", count, seed)
        }
        What::Service => {
            let title = format!("{count} transfers whose service dies, from seed {seed}");
            system(&title, "the_service_dying_at_random_requests", count, seed)
        }
        What::Files => system(&format!("A transfer of {count} files"), "many_files_in_one_folder", count, seed),
        What::Sparse => system(&format!("A transfer of a file of {count} MiB"), "a_sparse_file", count, seed),
        What::Simulation => simulation(steps, seed),
    }
}

/// Runs the system tests with this in their name.
fn system(title: &str, tests: &str, count: u64, seed: u64) -> Result {
    let network = Network::Allowed;
    let metadata = workspace::metadata(network)?;
    let compile = || {
        let mut command = workspace::tests(Scope::WithoutWindow, network);
        step::run(command.args(["--no-run", "--test", "system", "--test", "cli", "--test", "program"]))
    };
    step("Building the programs and the tests", compile)?;
    step(title, || {
        let mut command = workspace::tests(Scope::WithoutWindow, network);
        command.args(["--test", "system"]).env("WAYBILL_BIN", metadata.program("waybill"));
        command.env("WAYBILL_SOAK_COUNT", count.to_string()).env("WAYBILL_SOAK_SEED", seed.to_string());
        step::run(command.args(["--", "--nocapture", tests]))
    })
}

fn simulation(steps: u64, seed: u64) -> Result {
    step(&format!("{steps} steps of simulated transfers, from seed {seed}"), || {
        let mut command = workspace::tests(Scope::WithoutWindow, Network::Allowed);
        command.args(["--test", "simulation"]);
        command.env("WAYBILL_SOAK_STEPS", steps.to_string()).env("WAYBILL_SOAK_SEED", seed.to_string());
        step::run(command.args(["--", "--nocapture", "random_histories"]))
    })
}
