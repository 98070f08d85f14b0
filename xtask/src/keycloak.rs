//! Keycloak itself, in the version that TDR runs, and a browser for its login page.
//!
//! The distribution comes from Maven Central and is kept in the cache folder, together with what Keycloak compiles for itself at
//! its first start: each test run copies that and starts the copy, so that no two share a database. Nothing half-done is ever
//! found under the final name: it is put together beside it and renamed.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use waybill_system_tests::output_within;

use crate::conformance::{LEFTOVER_AGE, Prepared, cache_dir, remove_leftovers};
use crate::error::{Error, Result};
use crate::setup;
use crate::step::{self, step};
use crate::workspace::Network;

/// What TDR runs (its Dockerfile, July 2026).
const VERSION: &str = "26.6.4";
/// How long its first start may take, which takes half a minute on a machine that has nothing else to do.
const PREPARING: Duration = Duration::from_secs(900);

/// Sees to it that Keycloak, a Java to run it and a browser are there.
///
/// # Errors
/// Something is missing and cannot be put there.
pub(crate) fn ensure(network: Network) -> Result<Prepared> {
    setup::for_keycloak(network)?;
    let cache = cache_dir()?.join("keycloak");
    remove_leftovers(&cache, LEFTOVER_AGE)?;
    let home = step(&format!("Looking for Keycloak {VERSION}"), || installed(&cache, network))?;
    // Keycloak's own folder, never started where it is.
    Ok(Prepared::default().with("WAYBILL_KEYCLOAK", home))
}

fn installed(cache: &Path, network: Network) -> Result<PathBuf> {
    let home = cache.join(format!("prepared-{VERSION}"));
    if home.is_dir() {
        step::say(format_args!("   it is there: {}", home.display()));
        return Ok(home);
    }
    let zip = download(cache, network)?;
    let unpacked = tempfile::Builder::new().prefix("unpacking-").tempdir_in(cache).map_err(Error::io(cache))?;
    step::run(Command::new("unzip").arg("-q").arg(&zip).arg("-d").arg(unpacked.path()))?;
    let fresh = unpacked.path().join(format!("keycloak-{VERSION}"));
    start_once(&fresh)?;
    fs::rename(&fresh, &home).map_err(Error::io(&home))?;
    Ok(home)
}

/// The distribution's archive, fetched from Maven Central if need be. Maven verifies its checksum.
fn download(cache: &Path, network: Network) -> Result<PathBuf> {
    let zip = cache.join(format!("keycloak-quarkus-dist-{VERSION}.zip"));
    if zip.is_file() {
        return Ok(zip);
    }
    if network == Network::Forbidden {
        return Err(Error::Missing(format!("{} is not there, and the network must not be used", zip.display())));
    }
    step::say("   fetching it from Maven Central (174 MB)");
    fs::create_dir_all(cache).map_err(Error::io(cache))?;
    let arriving = tempfile::Builder::new().prefix("arriving-").tempdir_in(cache).map_err(Error::io(cache))?;
    let mut maven = Command::new("mvn");
    maven.args(["--quiet", "--batch-mode", "dependency:copy"]);
    maven.arg(format!("-Dartifact=org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"));
    maven.arg(format!("-DoutputDirectory={}", arriving.path().display()));
    step::fetch(&mut maven)?;
    let name = zip.file_name().unwrap_or_default();
    fs::rename(arriving.path().join(name), &zip).map_err(Error::io(&zip))?;
    Ok(zip)
}

/// Lets Keycloak compile what it compiles at a first start, which takes half a minute, and takes away the data that it made. It
/// stops by itself where the port that it is told to listen at is taken.
fn start_once(home: &Path) -> Result {
    step::say("   letting it prepare itself");
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::io(home))?;
    let port = taken.local_addr().map_err(Error::io(home))?.port().to_string();
    let mut command = Command::new(home.join("bin/kc.sh"));
    command.args(["start-dev", "--http-host=127.0.0.1", "--http-management-host=127.0.0.1"]);
    command.arg(format!("--http-port={port}")).arg(format!("--http-management-port={port}"));
    let output = output_within(&mut command, b"", PREPARING)?;
    drop(taken);
    let said = String::from_utf8_lossy(&output.stdout);
    if !said.contains("augmentation completed") {
        return Err(Error::Wrong(format!("Keycloak could not prepare itself:\n{said}")));
    }
    let data = home.join("data");
    match fs::remove_dir_all(&data) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io(&data)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_fetched_where_the_network_must_not_be_used() {
        let cache = tempfile::tempdir().unwrap();
        assert!(matches!(installed(cache.path(), Network::Forbidden), Err(Error::Missing(_))));
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_prepared_is_taken_as_it_is() {
        let cache = tempfile::tempdir().unwrap();
        let home = cache.path().join(format!("prepared-{VERSION}"));
        fs::create_dir(&home).unwrap();
        assert_eq!(installed(cache.path(), Network::Forbidden).unwrap(), home);
    }
}
