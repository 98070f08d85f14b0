//! `cargo xtask bundle`: builds three packages each for Debian and Fedora, and can test the former in a minimal Debian.
//!
//! All are built from one list of files ([`layout`]) with the distributions' own tools, which detect the libraries that
//! a program needs. Package descriptions come from Cargo.toml and [`texts`]. Builds are reproducible: the same commit
//! and programs give the same packages. Tauri's own bundler is not used, because it supports only one program, no
//! manual pages, and no libraries except those that it is given.

mod deb;
mod facts;
mod icons;
mod layout;
mod notices;
mod rpm;
mod staging;
mod texts;
mod verify;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use self::facts::Facts;
use self::layout::{Format, Package};
use self::staging::Staging;
use crate::error::{Error, Result};
use crate::step::{self, step};
use crate::workspace::{self, Metadata, Network};
use crate::{node, setup};

/// The packages that were built.
struct Built {
    facts: Facts,
    staging: Staging,
    packages: Vec<Bundle>,
}

/// A package in both formats.
struct Bundle {
    package: Package,
    deb: PathBuf,
    rpm: PathBuf,
}

/// Builds the packages and, with `verify`, tests them.
///
/// # Errors
/// Something is missing, does not compile, or is not as expected.
pub(crate) fn run(verify: bool, network: Network) -> Result {
    setup::for_packages(verify, network)?;
    let metadata = workspace::metadata(network)?;
    let built = make(&metadata, network)?;
    if verify {
        verify::run(&built)?;
    }
    println!();
    for file in built.packages.iter().flat_map(|bundle| [&bundle.deb, &bundle.rpm]) {
        println!("{}: {}", file.display(), mebibytes(size(file)?));
    }
    Ok(())
}

fn make(metadata: &Metadata, network: Network) -> Result<Built> {
    step("Installing the page's dependencies", || node::ensure(network))?;
    step("Building the page", node::build)?;
    step("Compiling the programs", || {
        step::run(&mut workspace::released_programs(&workspace::CLIENT, metadata, network))?;
        step::run(&mut workspace::released_programs(&workspace::SANDBOX, metadata, network))
    })?;
    let programs = metadata.released();
    for program in Package::ALL.map(|package| programs.join(package.name())) {
        contains_no_path(&program, metadata)?;
        println!("   {}: {}", program.display(), mebibytes(size(&program)?));
    }
    let window = metadata.package(Package::Desktop.crate_name())?;
    let facts = Facts::read(window, std::env::consts::ARCH, time_of_the_commit()?)?;
    let staging = step("Generating icons, manual pages, completions and documents", || {
        Staging::make(&facts, &programs, network)
    })?;
    let into = metadata.target_dir().join("packages");
    fs::create_dir_all(&into).map_err(Error::io(&into))?;
    let packages = step("Building the packages for Debian and Fedora", || {
        let make = |package| {
            let deb = deb::make(package, &facts, &staging, &into)?;
            let rpm = rpm::make(package, &facts, &staging, &into)?;
            Ok(Bundle { package, deb, rpm })
        };
        Package::ALL.into_iter().map(make).collect::<Result<Vec<_>>>()
    })?;
    step("Comparing the packages' files with the list", || {
        packages.iter().try_for_each(|bundle| compare(&staging, bundle))
    })?;
    Ok(Built { facts, staging, packages })
}

/// Checks that a program does not contain a path from this computer, which would be private and not reproducible.
fn contains_no_path(program: &Path, metadata: &Metadata) -> Result {
    let bytes = fs::read(program).map_err(Error::io(program))?;
    for path in workspace::builder_paths(metadata) {
        let trace = path.trace();
        if let Some(at) = bytes.windows(trace.len()).position(|window| window == trace.as_bytes()) {
            let text: String = bytes[at..].iter().take(120).map(|byte| char::from(*byte)).collect();
            return Err(Error::Wrong(format!("{} contains a path from this computer: {text}", program.display())));
        }
    }
    Ok(())
}

fn compare(staging: &Staging, Bundle { package, deb, rpm }: &Bundle) -> Result {
    for (format, found) in [(Format::Deb, deb::files(deb)?), (Format::Rpm, rpm::files(rpm)?)] {
        let wanted: Vec<String> = staging.files(*package, format).into_iter().map(|file| file.to).collect();
        if found != wanted {
            return Err(Error::Wrong(format!("the package contains {found:#?}, not {wanted:#?}")));
        }
        println!("   {} ({format:?}): {} files, as expected", package.name(), found.len());
    }
    rpm::check_sums(rpm)
}

/// Returns the time in `SOURCE_DATE_EPOCH` (reproducible-builds.org), or else of the commit, or else now, in seconds
/// since 1970.
fn time_of_the_commit() -> Result<u64> {
    if let Some(given) = std::env::var_os("SOURCE_DATE_EPOCH") {
        let seconds = given.to_str().and_then(|text| text.trim().parse().ok());
        return seconds
            .ok_or_else(|| Error::Wrong(format!("SOURCE_DATE_EPOCH is not a number of seconds: {}", given.display())));
    }
    let mut git = Command::new("git");
    git.current_dir(workspace::root()).args(["log", "-1", "--format=%ct"]);
    let output = step::ask(&mut git).filter(|output| output.status.success());
    let commit = output.and_then(|output| String::from_utf8_lossy(&output.stdout).trim().parse().ok());
    let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Ok(commit.unwrap_or_else(now))
}

fn size(path: &Path) -> Result<u64> {
    fs::metadata(path).map(|metadata| metadata.len()).map_err(Error::io(path))
}

/// Formats a size in MiB with one decimal place, rounded up.
fn mebibytes(bytes: u64) -> String {
    let tenths = (bytes * 10).div_ceil(1 << 20);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_up_to_tenths() {
        assert_eq!(mebibytes(0), "0.0 MiB");
        assert_eq!(mebibytes(1), "0.1 MiB");
        assert_eq!(mebibytes(3 << 20), "3.0 MiB");
        assert_eq!(mebibytes((3 << 20) + 1), "3.1 MiB");
    }
}
