//! Installs Keycloak, in the version that TDR runs, and a browser for its login page.
//!
//! The distribution comes from Maven Central and is kept in the cache folder, together with what Keycloak compiles when
//! it first starts. Each test run starts a copy, so that no two runs share a database. A folder gets its final name
//! only once it is complete.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use waybill_system_tests::output_within;

use crate::downloads::{LEFTOVER_AGE, Prepared, cache_dir, remove_leftovers};
use crate::error::{Error, Result};
use crate::setup;
use crate::step::{self, step};
use crate::workspace::Network;

/// The version that TDR runs (its Dockerfile, July 2026).
const VERSION: &str = "26.6.4";
/// The time limit for its first start, which takes half a minute on an idle machine.
const PREPARING: Duration = Duration::from_secs(900);

/// Installs Keycloak, Java and a browser.
///
/// # Errors
/// Something cannot be installed.
pub(crate) fn ensure(network: Network) -> Result<Prepared> {
    setup::for_keycloak(network)?;
    let cache = cache_dir()?.join("keycloak");
    remove_leftovers(&cache, LEFTOVER_AGE)?;
    let home = step(&format!("Keycloak {VERSION}"), || installed(&cache, network))?;
    // The tests start a copy of this folder.
    Ok(Prepared::default().with("WAYBILL_KEYCLOAK", home))
}

fn installed(cache: &Path, network: Network) -> Result<PathBuf> {
    let home = cache.join(format!("prepared-{VERSION}"));
    if home.is_dir() {
        step::say(format_args!("   already installed: {}", home.display()));
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

/// Returns the distribution's archive, downloaded from Maven Central if necessary. Maven verifies its checksum.
fn download(cache: &Path, network: Network) -> Result<PathBuf> {
    let zip = cache.join(format!("keycloak-quarkus-dist-{VERSION}.zip"));
    if zip.is_file() {
        return Ok(zip);
    }
    if network == Network::Forbidden {
        return Err(Error::Missing(format!("{} is missing, and the network must not be used", zip.display())));
    }
    step::say("   downloading it from Maven Central (174 MB)");
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

/// Starts Keycloak for the first time, so that it compiles its configuration, which takes half a minute, and removes the
/// data that it creates. It stops on its own because its port is in use.
fn start_once(home: &Path) -> Result {
    step::say("   preparing it");
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::io(home))?;
    let port = taken.local_addr().map_err(Error::io(home))?.port().to_string();
    let mut command = Command::new(home.join("bin/kc.sh"));
    command.args(["start-dev", "--http-host=127.0.0.1", "--http-management-host=127.0.0.1"]);
    command.arg(format!("--http-port={port}")).arg(format!("--http-management-port={port}"));
    let output = output_within(&mut command, b"", PREPARING)?;
    drop(taken);
    let log = String::from_utf8_lossy(&output.stdout);
    if !log.contains("augmentation completed") {
        return Err(Error::Wrong(format!("Keycloak could not be prepared:\n{log}")));
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
    fn nothing_is_downloaded_without_the_network() {
        let cache = tempfile::tempdir().unwrap();
        assert!(matches!(installed(cache.path(), Network::Forbidden), Err(Error::Missing(_))));
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_prepared_keycloak_is_reused() {
        let cache = tempfile::tempdir().unwrap();
        let home = cache.path().join(format!("prepared-{VERSION}"));
        fs::create_dir(&home).unwrap();
        assert_eq!(installed(cache.path(), Network::Forbidden).unwrap(), home);
    }
}
