//! `cargo xtask conformance PART`: one role of the sandbox held against a part that nobody here wrote.
//!
//! Each part is set up by a module of its own, whose `ensure` fetches what is missing into the person's cache folder, and is then
//! tested by a target of the whole-system tests that is built with the feature `conformance` only. The targets find what was set
//! up through environment variables, and fail where it is not there: nothing is left out silently.

use std::path::PathBuf;
use std::process::Command;

use clap::ValueEnum;

use crate::clients;
use crate::error::{Error, Result};
use crate::keycloak;
use crate::step::{self, step};
use crate::stores;
use crate::workspace::{self, Network};

/// A real part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Keycloak against the sandbox's sign-in, and in its place
    Keycloak,
    /// Other object stores (`LocalStack`, `MinIO`) against the sandbox's object store, and in its place
    Stores,
    /// Amazon's signers and SDK, rclone and curl against the sandbox's upload domain
    Clients,
}

/// Sets one part up and runs what is tested against it.
///
/// # Errors
/// It cannot be set up, or a test fails.
pub(crate) fn run(part: Part) -> Result {
    match part {
        Part::Clients => clients::run(Network::Allowed),
        Part::Keycloak => keycloak::run(Network::Allowed),
        Part::Stores => stores::run(Network::Allowed),
    }
}

/// Runs the tests of one target against what was set up; `tell` says where that is.
///
/// # Errors
/// A test fails, or what is tested does not compile.
pub(crate) fn hold(network: Network, target: &str, title: &str, tell: impl FnOnce(&mut Command)) -> Result {
    let metadata = workspace::metadata(network)?;
    step("Building waybill", || {
        step::run(workspace::cargo(network).args(["build", "--quiet", "--package", "waybill-cli"]))
    })?;
    step(title, || {
        let mut command = workspace::cargo(network);
        command.args(["test", "--quiet", "--package", "waybill-system-tests", "--features", "conformance"]);
        command.args(["--test", target]);
        command.env("WAYBILL_BIN", metadata.program("waybill"));
        tell(&mut command);
        step::run(&mut command)
    })
}

/// Where downloads are kept between runs, outside the checkout: `waybill` in the cache folder of the person (`XDG_CACHE_HOME`, or
/// `.cache` in the home folder, as the XDG Base Directory Specification has it). Not made.
///
/// # Errors
/// The person has no home folder.
pub(crate) fn cache_dir() -> Result<PathBuf> {
    let given = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = given.or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
    let cache = cache.ok_or_else(|| Error::Missing("there is no home folder to keep downloads in".to_owned()))?;
    Ok(cache.join("waybill"))
}
