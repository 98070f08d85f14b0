//! Downloads: where they are kept between runs, and how tests find them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::error::{Error, Result};
use crate::step;

/// What was installed for the tests of a conformance suite, and which of those tests cannot run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prepared {
    environment: Vec<(&'static str, PathBuf)>,
    skipped: Option<&'static str>,
}

impl Prepared {
    /// Adds something that the tests find through an environment variable.
    pub(crate) fn with(mut self, variable: &'static str, path: PathBuf) -> Self {
        self.environment.push((variable, path));
        self
    }

    /// Skips the tests whose names contain this. The caller has already reported that.
    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.skipped = Some(name);
        self
    }

    /// Adds the environment variables to a test command, and the filter as its last arguments.
    pub(crate) fn apply_to(&self, command: &mut Command) {
        command.envs(self.environment.iter().map(|(variable, path)| (variable, path)));
        if let Some(name) = self.skipped {
            command.args(["--", "--skip", name]);
        }
    }
}

/// Returns the folder that keeps downloads between runs: `waybill` in the person's cache folder (`XDG_CACHE_HOME`, or
/// `.cache` in the home folder, according to the XDG Base Directory Specification). It may not exist yet.
///
/// # Errors
/// The person has no home folder.
pub(crate) fn cache_dir() -> Result<PathBuf> {
    let given = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = given.or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
    let cache = cache.ok_or_else(|| Error::Missing("there is no home folder for downloads".to_owned()))?;
    Ok(cache.join("waybill"))
}

/// The age from which an incomplete folder is removed. A newer one may belong to a run in progress.
pub(crate) const LEFTOVER_AGE: Duration = Duration::from_secs(24 * 3600);
/// The prefixes of the names of incomplete folders.
const INCOMPLETE: [&str; 3] = ["arriving-", "compiling-", "unpacking-"];

/// Removes incomplete folders of killed runs from a folder of the cache.
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
        let is_incomplete = INCOMPLETE.iter().any(|prefix| name.to_string_lossy().starts_with(prefix));
        let changed = entry.metadata().and_then(|metadata| metadata.modified());
        // Another run may have removed it meanwhile.
        let is_old = changed.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|old| old >= age));
        if is_incomplete && is_old {
            step::say(format_args!("   removing what a killed run left: {}", entry.path().display()));
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
    fn only_old_incomplete_folders_are_removed() {
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
