//! Installs independent object stores: `LocalStack` and `MinIO`.
//!
//! `LocalStack` is installed from `PyPI` in a virtual environment. `MinIO` is compiled from its Go module, because no
//! registry has it compiled. Both are pinned and kept in the cache folder, where a folder is used only once it is
//! complete. Without Go, `MinIO` is skipped and reported.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::downloads::{LEFTOVER_AGE, Prepared, cache_dir, remove_leftovers};
use crate::error::{Error, Result};
use crate::setup;
use crate::step::{self, left_out, step};
use crate::workspace::{self, Network};

const LOCALSTACK: &str = "4.11.1";
/// `LocalStack` with its runtime's dependencies, and one that it does not declare.
const REQUIREMENTS: [&str; 2] = ["localstack-core[base-runtime]==4.11.1", "service-identity"];
/// The versions of these and of their dependencies.
const CONSTRAINTS: &str = include_str!("../../tests/stores/constraints.txt");
/// The last version whose source was published.
const MINIO: &str = "v0.0.0-20260212201848-7aac2a2c5b7c";
/// The oldest Go that compiles `MinIO`, as major and minor number.
const GO: (u32, u32) = (1, 24);
/// What is skipped without Go.
const WITHOUT_MINIO: &str = "MinIO, and the tests against it";

/// Installs both.
///
/// # Errors
/// `LocalStack` cannot be installed, or `MinIO` cannot be compiled although there is a suitable Go.
pub(crate) fn ensure(network: Network) -> Result<Prepared> {
    setup::for_other_stores(network)?;
    let cache = cache_dir()?.join("stores");
    remove_leftovers(&cache, LEFTOVER_AGE)?;
    let localstack = step(&format!("LocalStack {LOCALSTACK}"), || localstack(&cache, network))?;
    let prepared = Prepared::default().with("WAYBILL_LOCALSTACK", localstack);
    let minio = match go() {
        Ok(()) => network.or_left_out(WITHOUT_MINIO, step("MinIO", || minio(&cache, network)))?,
        Err(why) => {
            left_out(WITHOUT_MINIO, &why);
            None
        }
    };
    Ok(match minio {
        Some(program) => prepared.with("WAYBILL_MINIO", program),
        None => prepared.without("minio"),
    })
}

fn localstack(cache: &Path, network: Network) -> Result<PathBuf> {
    let home = cache.join(format!("localstack-{LOCALSTACK}"));
    // An environment contains its own path, so it is created in its final location. This file marks it as complete and
    // records its versions.
    let complete = home.join("complete");
    if fs::read(&complete).is_ok_and(|versions| versions == CONSTRAINTS.as_bytes()) {
        step::say(format_args!("   already installed: {}", home.display()));
        return Ok(home);
    }
    needs_network(network, &home)?;
    step::say("   installing it from PyPI (200 MB)");
    if home.exists() {
        fs::remove_dir_all(&home).map_err(Error::io(&home))?;
    }
    fs::create_dir_all(cache).map_err(Error::io(cache))?;
    step::run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
    let mut pip = Command::new(home.join("bin").join("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--constraint"]);
    pip.arg(workspace::root().join("tests/stores/constraints.txt")).args(REQUIREMENTS);
    step::fetch(&mut pip)?;
    fs::write(&complete, CONSTRAINTS).map_err(Error::io(&complete))?;
    Ok(home)
}

fn minio(cache: &Path, network: Network) -> Result<PathBuf> {
    let program = cache.join(format!("minio-{MINIO}")).join("minio");
    if program.is_file() {
        step::say(format_args!("   already installed: {}", program.display()));
        return Ok(program);
    }
    needs_network(network, &program)?;
    step::say("   compiling it (five minutes of processor time)");
    fs::create_dir_all(cache).map_err(Error::io(cache))?;
    let arriving = tempfile::Builder::new().prefix("compiling-").tempdir_in(cache).map_err(Error::io(cache))?;
    // Two gigabytes of sources and objects, needed only once. Go would keep them, and its sources would be read-only.
    let temporary = tempfile::Builder::new().prefix("compiling-").tempdir_in(cache).map_err(Error::io(cache))?;
    let mut go = Command::new("go");
    // Go must not download another version of itself.
    go.args(["install", "-modcacherw", &format!("github.com/minio/minio@{MINIO}")]);
    go.env("GOBIN", arriving.path()).env("GOTOOLCHAIN", "local");
    go.env("GOMODCACHE", temporary.path().join("modules")).env("GOCACHE", temporary.path().join("objects"));
    step::fetch(&mut go)?;
    let home = program.parent().unwrap_or(cache);
    fs::rename(arriving.keep(), home).map_err(Error::io(home))?;
    Ok(program)
}

fn needs_network(network: Network, missing: &Path) -> Result {
    match network {
        Network::Allowed => Ok(()),
        Network::Forbidden => {
            Err(Error::Missing(format!("{} is missing, and the network must not be used", missing.display())))
        }
    }
}

/// Checks that the installed Go can compile `MinIO`, or returns why not.
fn go() -> Result<(), String> {
    let wanted = format!("Go {}.{} or later", GO.0, GO.1);
    let Some(output) = step::ask(Command::new("go").arg("version").env("GOTOOLCHAIN", "local")) else {
        return Err(format!("compiling it needs {wanted}, which is not installed"));
    };
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match version(&text) {
        Some(found) if found >= GO => Ok(()),
        Some(_) | None => Err(format!("compiling it needs {wanted}; found: {text}")),
    }
}

/// Reads the major and minor number from the output of `go version`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split(' ').nth(2)?.strip_prefix("go")?.split(['.', 'r', 'b', '-']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_downloaded_without_the_network() {
        let cache = tempfile::tempdir().unwrap();
        assert!(matches!(localstack(cache.path(), Network::Forbidden), Err(Error::Missing(_))));
        assert!(matches!(minio(cache.path(), Network::Forbidden), Err(Error::Missing(_))));
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
    }

    #[test]
    fn an_environment_is_used_only_once_it_is_complete() {
        let cache = tempfile::tempdir().unwrap();
        let home = cache.path().join(format!("localstack-{LOCALSTACK}"));
        fs::create_dir(&home).unwrap();
        assert!(matches!(localstack(cache.path(), Network::Forbidden), Err(Error::Missing(_))));
        fs::write(home.join("complete"), "something==1.0").unwrap();
        assert!(matches!(localstack(cache.path(), Network::Forbidden), Err(Error::Missing(_))));
        fs::write(home.join("complete"), CONSTRAINTS).unwrap();
        assert_eq!(localstack(cache.path(), Network::Forbidden).unwrap(), home);
    }

    #[test]
    fn all_dependencies_of_localstack_are_pinned() {
        let pins = || CONSTRAINTS.lines().filter(|line| !line.starts_with('#'));
        assert!(pins().all(|pin| pin.split_once("==").is_some_and(|(_, version)| !version.is_empty())));
        for wanted in REQUIREMENTS {
            let name = wanted.split(['[', '=']).next().unwrap();
            assert!(pins().any(|pin| pin.split("==").next() == Some(name)), "{name}");
        }
        assert!(pins().any(|pin| pin == format!("localstack-core=={LOCALSTACK}")));
    }

    #[test]
    fn the_version_of_go_is_read() {
        assert_eq!(version("go version go1.26.8 linux/amd64"), Some((1, 26)));
        assert_eq!(version("go version go1.24rc1 linux/amd64"), Some((1, 24)));
        assert_eq!(version("go version devel +abc"), None);
        assert_eq!(version(""), None);
    }
}
