//! `cargo xtask bundle --verify`: checks the packages, and installs, uses and removes them.

mod apt;
mod installed;
mod leftovers;
mod minimal;

use std::process::Command;

use super::Built;
use crate::error::Result;
use crate::step::{self, step};

/// Checks the packages, and installs, uses and removes those for Debian in a minimal Debian, one after the other.
///
/// # Errors
/// Something is not as expected.
pub(super) fn run(built: &Built) -> Result {
    step("Checking the packages with lintian", || lint(built))?;
    let debian = step("Creating a minimal Debian", minimal::MinimalDebian::make)?;
    let before = step("Installing what the packages need", || installed::prepare(&debian, built))?;
    step("Installing the packages", || installed::install(&debian, built))?;
    step("Checking the installation", || installed::check(&debian, built))?;
    step("Opening the window there", || installed::open_window(&debian))?;
    step("Removing the packages", || installed::remove(&debian, &before))
}

/// Fails on errors, and prints warnings.
fn lint(built: &Built) -> Result {
    let mut lintian = Command::new("lintian");
    lintian.args(["--fail-on", "error", "--tag-display-limit", "0", "--allow-root", "--show-overrides"]);
    step::run(lintian.args(built.packages.iter().map(|bundle| &bundle.deb)))
}
