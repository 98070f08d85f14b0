//! Sign-in, compared with Keycloak itself: a suite of named cases that runs with the sandbox's sign-in and with
//! Keycloak, which must agree on every answer; and whole transfers with Keycloak in the sandbox's place.
//!
//! `cargo xtask conformance keycloak` sets up what this needs and runs it. An argument chooses the cases whose names
//! contain it. This is no libtest harness: one Keycloak serves all cases, and has to be gone when the last has ended,
//! however it did.

#![allow(clippy::print_stdout, reason = "a test run reports on its terminal")]

mod cases;
mod http;
mod known;
mod oidc;
mod provider;
mod record;
mod suite;
mod webdriver;
mod whole_job;

use std::process::ExitCode;
use std::time::Instant;

use waybill_system_tests::{Keycloak, Result};

fn main() -> ExitCode {
    // Cargo passes libtest's own options on, which mean nothing here.
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    match run(&filter) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failures) => {
            println!("\n{failures} failed");
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("\nerror: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Gives the number of failures.
fn run(filter: &str) -> Result<usize> {
    let started = Instant::now();
    let keycloak = Keycloak::start()?;
    println!("   Keycloak started in {:.1} s", started.elapsed().as_secs_f64());
    let mut failures = suite::run(&keycloak, filter)?;
    for (name, job) in whole_job::ALL.into_iter().filter(|(name, _)| name.contains(filter)) {
        let started = Instant::now();
        let done = job(&keycloak);
        let word = if done.is_ok() { "passed" } else { "FAILED" };
        println!("   {word}: {name} ({:.1} s)", started.elapsed().as_secs_f64());
        if let Err(error) = done {
            println!("      {error}");
            failures += 1;
        }
    }
    for reason in known::undocumented()? {
        println!("   FAILED: docs/sandbox.md does not say: {reason}");
        failures += 1;
    }
    println!("   all of it in {:.0} s", started.elapsed().as_secs_f64());
    Ok(failures)
}
