//! The window's page: what it is made of, and building it.

use std::process::Command;

use crate::error::Result;
use crate::step;
use crate::workspace::{self, Network};

/// npm in the page's folder.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(workspace::root().join("ui")).args(arguments);
    command
}

/// Fetches exactly what the lock file names.
///
/// # Errors
/// npm fails.
pub(crate) fn install(network: Network) -> Result {
    let mut command = npm(&["ci", "--no-audit", "--no-fund", "--loglevel", "error"]);
    if network == Network::Forbidden {
        command.arg("--offline");
    }
    step::run(&mut command)
}

/// Builds the page into `ui/dist`, where the window takes it from.
///
/// # Errors
/// The page does not build.
pub(crate) fn build() -> Result {
    step::run(&mut npm(&["run", "--silent", "build"]))
}
