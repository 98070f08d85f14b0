//! Independent object stores: `LocalStack` and `MinIO`.
//!
//! `LocalStack` comes from `PyPI` into a virtual environment. `MinIO` is compiled from its Go module, as no registry
//! has it ready-made. Both are pinned and kept in the cache folder, where a folder counts only once it is complete.
//! Without Go, `MinIO` is left out and listed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::downloads::{LEFTOVER_AGE, Prepared, cache_dir, remove_leftovers};
use crate::error::{Error, Result};
use crate::setup;
use crate::step::{self, left_out, step};
use crate::workspace::{self, Network};

const LOCALSTACK: &str = "4.11.1";
/// `LocalStack` with what its runtime needs, and what it needs without declaring it.
const REQUIREMENTS: [&str; 2] = ["localstack-core[base-runtime]==4.11.1", "service-identity"];
/// The versions of these and of their dependencies.
const CONSTRAINTS: &str = include_str!("../../tests/stores/constraints.txt");
/// The last version that was published as source.
const MINIO: &str = "v0.0.0-20260212201848-7aac2a2c5b7c";
/// The oldest Go that compiles `MinIO`, as major and minor number.
const GO: (u32, u32) = (1, 24);
/// What is left out without Go.
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
    // An environment contains its own path, so it is made in its final location. This file marks it as complete and
    // says what it was made of.
    let complete = home.join("complete");
    if fs::read(&complete).is_ok_and(|made_of| made_of == CONSTRAINTS.as_bytes()) {
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
    // Two gigabytes of sources and objects, needed only once. Go would keep them and make its sources read-only.
    let passing = tempfile::Builder::new().prefix("compiling-").tempdir_in(cache).map_err(Error::io(cache))?;
    let mut go = Command::new("go");
    // The installed Go is used; no other one is downloaded.
    go.args(["install", "-modcacherw", &format!("github.com/minio/minio@{MINIO}")]);
    go.env("GOBIN", arriving.path()).env("GOTOOLCHAIN", "local");
    go.env("GOMODCACHE", passing.path().join("modules")).env("GOCACHE", passing.path().join("objects"));
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

/// Checks that there is a Go that compiles `MinIO`, or returns why not.
fn go() -> Result<(), String> {
    let wanted = format!("Go {}.{} or later", GO.0, GO.1);
    let Some(output) = step::ask(Command::new("go").arg("version").env("GOTOOLCHAIN", "local")) else {
        return Err(format!("it needs {wanted} to compile, and there is none"));
    };
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match version(&text) {
        Some(found) if found >= GO => Ok(()),
        Some(_) | None => Err(format!("it needs {wanted} to compile; found: {text}")),
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
    fn an_environment_counts_only_once_it_is_complete() {
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
    fn everything_that_localstack_needs_is_pinned() {
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
