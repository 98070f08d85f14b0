//! Clients of the upload domain that nobody here wrote: Amazon's own signers and SDK, rclone and curl.
//!
//! rclone, curl, Node.js and Python are the system's. What comes from npm and `PyPI` is pinned in `tests/clients`, and kept in the
//! cache folder. Nothing half-done is ever found under the final name: it is put together beside it and renamed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::conformance::{self, cache_dir};
use crate::error::{Error, Result};
use crate::setup;
use crate::step::{self, step};
use crate::workspace::{self, Network};

/// The tests' target.
const TARGET: &str = "clients";

/// Where what the tests need is.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    /// The folder with `node_modules`.
    node: PathBuf,
    /// A virtual environment of Python.
    python: PathBuf,
}

impl Installation {
    /// Tells a test run where everything is.
    pub(crate) fn tell(&self, command: &mut Command) {
        command.env("WAYBILL_NODE_CLIENTS", &self.node).env("WAYBILL_PYTHON_CLIENTS", &self.python);
    }
}

/// Sets the clients up and runs the tests with them.
///
/// # Errors
/// They cannot be set up, or a test fails.
pub(crate) fn run(network: Network) -> Result {
    let installation = ensure(network)?;
    conformance::hold(
        network,
        TARGET,
        "The upload domain, held against Amazon's signers, its SDK, rclone and curl",
        |command| installation.tell(command),
    )
}

/// Sees to it that all clients are there.
///
/// # Errors
/// Something is missing and cannot be put there.
pub(crate) fn ensure(network: Network) -> Result<Installation> {
    setup::for_other_clients()?;
    step("Looking for Amazon's signers and its SDK", || {
        let cache = cache_dir()?.join("clients");
        fs::create_dir_all(&cache).map_err(Error::io(&cache))?;
        let node = kept(&cache, "node", "package-lock.json", network, npm)?;
        let python = kept(&cache, "python", "requirements.txt", network, pip)?;
        Ok(Installation { node, python })
    })
}

/// The folder `name` of the cache, made anew by `make` unless it was made from the same `list` of `tests/clients`.
fn kept(
    cache: &Path,
    name: &str,
    list: &str,
    network: Network,
    make: fn(from: &Path, to: &Path) -> Result,
) -> Result<PathBuf> {
    let source = workspace::root().join("tests/clients");
    let folder = cache.join(name);
    let wanted = fs::read(source.join(list)).map_err(Error::io(source.join(list)))?;
    if fs::read(folder.join(list)).is_ok_and(|made_from| made_from == wanted) {
        println!("   it is there: {}", folder.display());
        return Ok(folder);
    }
    if network == Network::Forbidden {
        let what = format!("what {list} lists is not in {}, and the network must not be used", folder.display());
        return Err(Error::Missing(what));
    }
    println!("   fetching what {list} lists");
    let fresh = tempfile::Builder::new().prefix("arriving-").tempdir_in(cache).map_err(Error::io(cache))?;
    make(&source, fresh.path())?;
    // The list is what says that the folder is whole, so it comes last.
    fs::write(fresh.path().join(list), &wanted).map_err(Error::io(fresh.path()))?;
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(Error::io(&folder))?;
    }
    fs::rename(fresh.keep(), &folder).map_err(Error::io(&folder))?;
    Ok(folder)
}

/// Exactly what the lock file names.
fn npm(from: &Path, to: &Path) -> Result {
    for name in ["package.json", "package-lock.json"] {
        fs::copy(from.join(name), to.join(name)).map_err(Error::io(from.join(name)))?;
    }
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.current_dir(to).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]);
    step::run(&mut npm)
}

/// Exactly what the list names, and nothing that it does not.
fn pip(from: &Path, to: &Path) -> Result {
    step::run(Command::new("python3").args(["-m", "venv"]).arg(to))?;
    let mut pip = Command::new(to.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"]);
    step::run(pip.arg(from.join("requirements.txt")))
}
