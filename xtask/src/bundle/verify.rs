//! `cargo xtask bundle --verify`: the packages as people see them who check and install them.

mod apt;
mod bare;
mod installed;
mod leftovers;

use std::process::Command;

use super::Made;
use crate::error::Result;
use crate::step::{self, step};

/// Checks the packages, and installs, tries and removes those for Debian in a bare Debian, one after the other.
///
/// # Errors
/// Something is not as it has to be.
pub(super) fn run(made: &Made) -> Result {
    step("Checking the packages as Debian does (lintian)", || lint(made))?;
    let bare = step("Making a bare Debian", bare::Bare::make)?;
    let before = step("Giving it what the packages need", || installed::prepare(&bare, made))?;
    step("Installing the packages", || installed::install(&bare, made))?;
    step("Looking at what was installed", || installed::look(&bare, made))?;
    step("Opening the window there", || installed::open_window(&bare))?;
    step("Removing the packages", || installed::remove(&bare, &before))
}

/// Errors fail; what is less is shown.
fn lint(made: &Made) -> Result {
    let mut lintian = Command::new("lintian");
    lintian.args(["--fail-on", "error", "--tag-display-limit", "0", "--allow-root", "--show-overrides"]);
    step::run(lintian.args(made.packages.iter().map(|bundle| &bundle.deb)))
}
