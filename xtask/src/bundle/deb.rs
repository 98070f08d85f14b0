//! The package for Debian and its descendants, made with Debian's own tools.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::facts::{Facts, NAME};
use super::layout::{Format, PROGRAMS};
use super::stock::Stock;
use super::texts;
use crate::error::{Error, Result};
use crate::step;

/// Makes the package in this folder and gives its path.
///
/// It has no scripts: nothing runs at its installation or removal.
///
/// # Errors
/// One of Debian's tools fails, or the disk says no.
pub(super) fn make(facts: &Facts, stock: &Stock, into: &Path) -> Result<PathBuf> {
    let dir = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
    // Where Debian's tools expect it.
    let tree = dir.path().join("debian").join(NAME);
    stock.lay_out(Format::Deb, &tree)?;
    let sums = sums(&tree, stock)?;
    let size = texts::installed_size(&stock.sizes(Format::Deb)?, folders(&tree)?);
    // By this folder dpkg-shlibdeps knows that the tree is a package's.
    let meta = tree.join("DEBIAN");
    fs::create_dir(&meta).map_err(Error::io(&meta))?;
    let control = texts::control(facts, &libraries(facts, dir.path())?, size);
    for (name, text) in [("control", control), ("md5sums", sums)] {
        let path = meta.join(name);
        fs::write(&path, text).map_err(Error::io(&path))?;
    }
    let package = into.join(facts.deb_name());
    let mut build = Command::new("dpkg-deb");
    build.args(["--root-owner-group", "-Zxz", "--build"]).arg(&tree).arg(&package);
    // Times of files that are later than this are set back to it.
    build.env("SOURCE_DATE_EPOCH", facts.made.to_string());
    let _says_what_it_builds = step::output(&mut build)?;
    Ok(package)
}

/// Returns the files of a package, without folders.
///
/// # Errors
/// It cannot be read.
pub(super) fn files(package: &Path) -> Result<Vec<String>> {
    let listed = step::output(Command::new("dpkg-deb").arg("--contents").arg(package).env("LC_ALL", "C"))?;
    Ok(paths(&listed))
}

/// Returns what the programs are linked with, as packages of the system on which they were compiled.
fn libraries(facts: &Facts, dir: &Path) -> Result<String> {
    let control = dir.join("debian/control");
    fs::write(&control, texts::source_control(facts)).map_err(Error::io(&control))?;
    let mut command = Command::new("dpkg-shlibdeps");
    command.current_dir(dir).arg("-O").args(PROGRAMS.map(|name| format!("-edebian/{NAME}/usr/bin/{name}")));
    texts::libraries(&step::output(&mut command)?)
}

/// Returns the sum of every file, as `dpkg --verify` wants it.
fn sums(tree: &Path, stock: &Stock) -> Result<String> {
    let files = stock.files(Format::Deb).into_iter().map(|file| file.to);
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

/// `-rw-r--r-- root/root  12 2026-11-21 15:00 ./usr/bin/waybill`, a line each; paths of packages hold no blanks.
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
    fn what_dpkg_lists_is_read() {
        let listed = "drwxr-xr-x root/root         0 2026-11-21 15:01 ./usr/bin/\n\
                      -rwxr-xr-x root/root  12345678 2026-11-21 15:01 ./usr/bin/waybill\n\
                      -rw-r--r-- root/root        12 2026-11-21 15:01 ./usr/a\n";
        assert_eq!(paths(listed), ["usr/a", "usr/bin/waybill"]);
    }
}
