//! Packages for Debian and its derivatives, built with Debian's own tools.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::facts::Facts;
use super::layout::{Format, Package};
use super::staging::Staging;
use super::texts;
use crate::error::{Error, Result};
use crate::step;

/// Builds a package in this folder and returns its path.
///
/// The package has no scripts, so nothing runs when it is installed or removed.
///
/// # Errors
/// One of Debian's tools fails, or a file cannot be written.
pub(super) fn make(package: Package, facts: &Facts, staging: &Staging, into: &Path) -> Result<PathBuf> {
    let dir = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
    // Debian's tools expect it at this path.
    let tree = dir.path().join("debian").join(package.name());
    staging.lay_out(package, Format::Deb, &tree)?;
    let sums = sums(package, &tree, staging)?;
    let size = texts::installed_size(&staging.sizes(package, Format::Deb)?, folders(&tree)?);
    // dpkg-shlibdeps recognises the tree of a package by this folder.
    let meta = tree.join("DEBIAN");
    fs::create_dir(&meta).map_err(Error::io(&meta))?;
    let control = texts::control(package, facts, &libraries(package, facts, dir.path())?, size);
    for (name, text) in [("control", control), ("md5sums", sums)] {
        let path = meta.join(name);
        fs::write(&path, text).map_err(Error::io(&path))?;
    }
    let deb = into.join(facts.deb_name(package));
    let mut build = Command::new("dpkg-deb");
    build.args(["--root-owner-group", "-Zxz", "--build"]).arg(&tree).arg(&deb);
    // Later modification times are set back to this one.
    build.env("SOURCE_DATE_EPOCH", facts.commit_time.to_string());
    let _progress = step::output(&mut build)?;
    Ok(deb)
}

/// Returns the files of a package, without folders.
///
/// # Errors
/// The package cannot be read.
pub(super) fn files(package: &Path) -> Result<Vec<String>> {
    let listed = step::output(Command::new("dpkg-deb").arg("--contents").arg(package).env("LC_ALL", "C"))?;
    Ok(paths(&listed))
}

/// Returns the packages of this system with the libraries that the program is linked with.
fn libraries(package: Package, facts: &Facts, dir: &Path) -> Result<String> {
    let control = dir.join("debian/control");
    fs::write(&control, texts::source_control(package, facts)).map_err(Error::io(&control))?;
    let mut command = Command::new("dpkg-shlibdeps");
    command.current_dir(dir).arg("-O").arg(format!("-edebian/{name}/usr/bin/{name}", name = package.name()));
    texts::libraries(&step::output(&mut command)?)
}

/// Returns the MD5 checksum of every file, in the format that `dpkg --verify` reads.
fn sums(package: Package, tree: &Path, staging: &Staging) -> Result<String> {
    let files = staging.files(package, Format::Deb).into_iter().map(|file| file.to);
    step::output(Command::new("md5sum").current_dir(tree).arg("--").args(files))
}

fn folders(dir: &Path) -> Result<u64> {
    let mut count = 0;
    for entry in fs::read_dir(dir).map_err(Error::io(dir))? {
        let path = entry.map_err(Error::io(dir))?.path();
        if path.is_dir() {
            count += 1 + folders(&path)?;
        }
    }
    Ok(count)
}

/// Reads lines such as `-rw-r--r-- root/root  12 2026-11-21 15:00 ./usr/bin/waybill`. Paths in packages contain no
/// spaces.
fn paths(listed: &str) -> Vec<String> {
    let files = listed.lines().filter(|line| !line.starts_with('d'));
    let mut paths: Vec<String> =
        files.filter_map(|line| line.rsplit(' ').next()?.strip_prefix("./").map(str::to_owned)).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_from_the_output_of_dpkg() {
        let listed = "drwxr-xr-x root/root         0 2026-11-21 15:01 ./usr/bin/\n\
                      -rwxr-xr-x root/root  12345678 2026-11-21 15:01 ./usr/bin/waybill\n\
                      -rw-r--r-- root/root        12 2026-11-21 15:01 ./usr/a\n";
        assert_eq!(paths(listed), ["usr/a", "usr/bin/waybill"]);
    }
}
