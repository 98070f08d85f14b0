//! Independent clients of the upload domain: Amazon's signers and SDK, rclone and curl.
//!
//! rclone, curl, Node.js and Python are the system's. Packages from npm and `PyPI` are pinned in `tests/clients` and
//! kept in the cache folder. A folder gets its final name only once it is complete.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::downloads::{LEFTOVER_AGE, Prepared, cache_dir, remove_leftovers};
use crate::error::{Error, Result};
use crate::setup;
use crate::step::{self, step};
use crate::workspace::{self, Network};

/// Installs all clients.
///
/// # Errors
/// Something cannot be installed.
pub(crate) fn ensure(network: Network) -> Result<Prepared> {
    setup::for_other_clients(network)?;
    step("Amazon's signers and SDK", || {
        let cache = cache_dir()?.join("clients");
        remove_leftovers(&cache, LEFTOVER_AGE)?;
        fs::create_dir_all(&cache).map_err(Error::io(&cache))?;
        let node = cached(&cache, "node", "package-lock.json", network, npm)?;
        let python = cached(&cache, "python", "requirements.txt", network, pip)?;
        Ok(Prepared::default().with("WAYBILL_NODE_CLIENTS", node).with("WAYBILL_PYTHON_CLIENTS", python))
    })
}

/// Returns the folder `name` of the cache, created again by `make` unless it was created from the same `list` in
/// `tests/clients`.
fn cached(
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
        step::say(format_args!("   already installed: {}", folder.display()));
        return Ok(folder);
    }
    if network == Network::Forbidden {
        let what =
            format!("{} does not contain the packages in {list}, and the network must not be used", folder.display());
        return Err(Error::Missing(what));
    }
    step::say(format_args!("   downloading the packages in {list}"));
    let fresh = tempfile::Builder::new().prefix("arriving-").tempdir_in(cache).map_err(Error::io(cache))?;
    make(&source, fresh.path())?;
    // The list marks the folder as complete, so it is written last.
    fs::write(fresh.path().join(list), &wanted).map_err(Error::io(fresh.path()))?;
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(Error::io(&folder))?;
    }
    fs::rename(fresh.keep(), &folder).map_err(Error::io(&folder))?;
    Ok(folder)
}

/// Installs exactly what the lock file names.
fn npm(from: &Path, to: &Path) -> Result {
    for name in ["package.json", "package-lock.json"] {
        fs::copy(from.join(name), to.join(name)).map_err(Error::io(from.join(name)))?;
    }
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.current_dir(to).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]);
    step::fetch(&mut npm)
}

/// Installs exactly what the list names.
fn pip(from: &Path, to: &Path) -> Result {
    step::run(Command::new("python3").args(["-m", "venv"]).arg(to))?;
    let mut pip = Command::new(to.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"]);
    step::fetch(pip.arg(from.join("requirements.txt")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "requirements.txt";

    fn create_mark(_: &Path, to: &Path) -> Result {
        fs::write(to.join("mark"), "made").map_err(Error::io(to))
    }

    fn fail_if_called(_: &Path, _: &Path) -> Result {
        Err(Error::Wrong("the network was used".to_owned()))
    }

    #[test]
    fn a_folder_created_from_the_same_list_is_used_without_the_network() {
        let cache = tempfile::tempdir().unwrap();
        let made = cached(cache.path(), "python", LIST, Network::Allowed, create_mark).unwrap();
        assert!(made.join("mark").is_file());
        assert_eq!(cached(cache.path(), "python", LIST, Network::Forbidden, fail_if_called).unwrap(), made);
    }

    #[test]
    fn a_folder_created_from_another_list_is_created_again() {
        let cache = tempfile::tempdir().unwrap();
        let old = cache.path().join("python");
        fs::create_dir(&old).unwrap();
        fs::write(old.join(LIST), "botocore==1.0").unwrap();
        fs::write(old.join("old"), "").unwrap();
        assert!(matches!(
            cached(cache.path(), "python", LIST, Network::Forbidden, fail_if_called),
            Err(Error::Missing(_))
        ));
        let made = cached(cache.path(), "python", LIST, Network::Allowed, create_mark).unwrap();
        assert!(made.join("mark").is_file() && !made.join("old").exists());
    }

    #[test]
    fn a_folder_that_could_not_be_created_is_not_used() {
        let cache = tempfile::tempdir().unwrap();
        assert!(cached(cache.path(), "python", LIST, Network::Allowed, fail_if_called).is_err());
        assert!(matches!(
            cached(cache.path(), "python", LIST, Network::Forbidden, fail_if_called),
            Err(Error::Missing(_))
        ));
    }
}
