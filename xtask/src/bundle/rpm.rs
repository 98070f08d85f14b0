//! Packages for Fedora and related distributions, built with RPM's own tools.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::facts::Facts;
use super::layout::{Format, Package};
use super::staging::Staging;
use super::texts;
use crate::error::{Error, Result};
use crate::step;

/// Builds a package in this folder and returns its path. RPM detects the libraries that the program needs.
///
/// # Errors
/// RPM fails, or a file cannot be written.
pub(super) fn make(package: Package, facts: &Facts, staging: &Staging, into: &Path) -> Result<PathBuf> {
    let dir = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
    let tree = dir.path().join("tree");
    staging.lay_out(package, Format::Rpm, &tree)?;
    let spec = dir.path().join("waybill.spec");
    let text = texts::spec(package, facts, &staging.files(package, Format::Rpm));
    fs::write(&spec, text).map_err(Error::io(&spec))?;
    let define = |name: &str, value: &Path| format!("{name} {}", value.display());
    let mut build = Command::new("rpmbuild");
    build.args(["-bb", "--quiet", "--target", facts.processor.rpm()]);
    build.args(["--define", &define("_topdir", &dir.path().join("rpm")), "--define", &define("tree", &tree)]);
    build.arg(&spec).env("SOURCE_DATE_EPOCH", facts.commit_time.to_string());
    step::run(&mut build)?;
    let name = facts.rpm_name(package);
    let made = dir.path().join("rpm/RPMS").join(facts.processor.rpm()).join(&name);
    let rpm = into.join(name);
    fs::copy(&made, &rpm).map_err(Error::io(&made))?;
    Ok(rpm)
}

/// Returns the files of a package, without folders.
///
/// # Errors
/// The package cannot be read.
pub(super) fn files(package: &Path) -> Result<Vec<String>> {
    let format = "[%{FILEMODES:perms} %{FILENAMES}\\n]";
    let listed =
        step::output(Command::new("rpm").args(["--query", "--package", "--queryformat", format]).arg(package))?;
    Ok(paths(&listed))
}

/// Verifies the checksums in a package. Packages are not signed here.
///
/// # Errors
/// A checksum is wrong.
pub(super) fn check_sums(package: &Path) -> Result {
    step::run(Command::new("rpm").args(["--checksig", "--nosignature"]).arg(package))
}

/// Reads lines such as `-rw-r--r-- /usr/bin/waybill`.
fn paths(listed: &str) -> Vec<String> {
    let files = listed.lines().filter(|line| !line.starts_with('d'));
    let mut paths: Vec<String> =
        files.filter_map(|line| line.split_once(" /").map(|(_, path)| path.to_owned())).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_from_the_output_of_rpm() {
        let listed = "drwxr-xr-x /usr/share/doc/waybill\n-rwxr-xr-x /usr/bin/waybill\n-rw-r--r-- /usr/a\n";
        assert_eq!(paths(listed), ["usr/a", "usr/bin/waybill"]);
    }
}
