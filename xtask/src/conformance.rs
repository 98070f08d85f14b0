//! `cargo xtask conformance PART`: one role of the sandbox held against a part that nobody here wrote.
//!
//! Each part is set up by a module of its own, whose `ensure` fetches what is missing into the person's cache folder, and is then
//! tested by a target of the whole-system tests that is built with the feature `conformance` only. The targets find what was set
//! up through environment variables, and fail where it is not there: nothing is left out silently.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use clap::ValueEnum;

use crate::clients;
use crate::error::{Error, Result};
use crate::keycloak;
use crate::step::{self, step};
use crate::stores;
use crate::workspace::{self, Metadata, Network, Scope};

/// A real part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Part {
    /// Keycloak against the sandbox's sign-in, and in its place
    Keycloak,
    /// Other object stores (`LocalStack`, `MinIO`) against the sandbox's object store, and in its place
    Stores,
    /// Amazon's signers and SDK, rclone and curl against the sandbox's upload domain
    Clients,
}

/// What the tests of a part are told: where the part is, and which tests have nothing to run against.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prepared {
    environment: Vec<(&'static str, PathBuf)>,
    skipped: Option<&'static str>,
}

impl Prepared {
    /// Something the tests find through an environment variable.
    pub(crate) fn with(mut self, variable: &'static str, path: PathBuf) -> Self {
        self.environment.push((variable, path));
        self
    }

    /// The tests whose names contain this have nothing to run against, which has been said.
    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.skipped = Some(name);
        self
    }

    /// Tells a test run; the last of its arguments.
    pub(crate) fn tell(&self, command: &mut Command) {
        command.envs(self.environment.iter().map(|(variable, path)| (variable, path)));
        if let Some(name) = self.skipped {
            command.args(["--", "--skip", name]);
        }
    }
}

impl Part {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Clients, Self::Stores, Self::Keycloak];

    /// What its tests show.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Keycloak => "Sign-in, held against Keycloak",
            Self::Stores => "The object store, held against LocalStack and MinIO",
            Self::Clients => "The upload domain, held against Amazon's signers, its SDK, rclone and curl",
        }
    }

    /// The tests' target.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::Keycloak => "keycloak",
            Self::Stores => "stores",
            Self::Clients => "clients",
        }
    }

    /// Sees to it that everything the tests need is there.
    ///
    /// # Errors
    /// Something is missing and cannot, or may not, be put there.
    pub(crate) fn prepare(self, network: Network) -> Result<Prepared> {
        match self {
            Self::Keycloak => keycloak::ensure(network),
            Self::Stores => stores::ensure(network),
            Self::Clients => clients::ensure(network),
        }
    }

    /// Runs the tests against what was prepared.
    ///
    /// # Errors
    /// A test fails, or what is tested does not compile.
    pub(crate) fn check(self, scope: Scope, metadata: &Metadata, network: Network, prepared: &Prepared) -> Result {
        step(self.title(), || {
            let mut command = workspace::tests(scope, network);
            command.args(["--test", self.target()]).env("WAYBILL_BIN", metadata.program("waybill"));
            prepared.tell(&mut command);
            step::run(&mut command)
        })
    }
}

/// Sets one part up and runs what is tested against it.
///
/// # Errors
/// It cannot be set up, or a test fails.
pub(crate) fn run(part: Part, network: Network) -> Result {
    let metadata = workspace::metadata(network)?;
    let prepared = part.prepare(network)?;
    step("Building waybill", || {
        // The command line's own tests, which are not run here, want it built, and with the features that all tests share.
        step::run(workspace::tests(Scope::Everything, network).args(["--no-run", "--test", "cli"]))
    })?;
    part.check(Scope::Everything, &metadata, network, &prepared)
}

/// Fetches what the tests of these parts need, and runs nothing.
///
/// # Errors
/// Something cannot be set up.
pub(crate) fn set_up(parts: &[Part]) -> Result {
    let parts = if parts.is_empty() { &Part::ALL } else { parts };
    parts.iter().try_for_each(|part| part.prepare(Network::Allowed).map(drop))
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

/// How old something half-done has to be to be nobody's any more: it may be another run's, which goes on beside this one.
pub(crate) const LEFTOVER_AGE: Duration = Duration::from_secs(24 * 3600);
/// What something half-done is called until it is whole.
const HALF_DONE: [&str; 3] = ["arriving-", "compiling-", "unpacking-"];

/// Removes what runs that were killed have left half-done in a folder of the cache.
///
/// # Errors
/// It cannot be removed.
pub(crate) fn remove_leftovers(cache: &Path, age: Duration) -> Result {
    let entries = match std::fs::read_dir(cache) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(Error::io(cache))?,
    };
    for entry in entries {
        let entry = entry.map_err(Error::io(cache))?;
        let name = entry.file_name();
        let is_half_done = HALF_DONE.iter().any(|begin| name.to_string_lossy().starts_with(begin));
        let changed = entry.metadata().and_then(|metadata| metadata.modified());
        // What is gone by now is removed.
        let is_old = changed.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|old| old >= age));
        if is_half_done && is_old {
            step::say(format_args!("   removing what an earlier run has left: {}", entry.path().display()));
            match std::fs::remove_dir_all(entry.path()) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(Error::io(entry.path())(error)),
                Ok(()) | Err(_) => {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_half_done_is_removed_once_it_is_old_and_nothing_else_is() {
        let cache = tempfile::tempdir().unwrap();
        let names = || {
            let entries = std::fs::read_dir(cache.path()).unwrap().map(|entry| entry.unwrap().file_name());
            entries.collect::<std::collections::BTreeSet<_>>().len()
        };
        for name in ["arriving-1", "compiling-2", "unpacking-3", "prepared-26"] {
            std::fs::create_dir_all(cache.path().join(name).join("within")).unwrap();
        }
        remove_leftovers(cache.path(), LEFTOVER_AGE).unwrap();
        assert_eq!(names(), 4);
        remove_leftovers(cache.path(), Duration::ZERO).unwrap();
        assert!(names() == 1 && cache.path().join("prepared-26").is_dir());
        remove_leftovers(&cache.path().join("none"), Duration::ZERO).unwrap();
    }
}
