//! `cargo xtask bundle`: three packages for Debian and three for Fedora, and a trial of the first in a bare Debian.
//!
//! All are made from one list of files ([`layout`]) with the distributions' own tools, which find out by themselves
//! which libraries a program needs. What packages say comes from Cargo.toml and [`texts`]; a commit packaged twice with
//! the same programs gives the same packages. Tauri's own bundler is not used: it knows of one program only, of no
//! manual pages, and of no libraries but those that it is given.

mod deb;
mod facts;
mod icons;
mod layout;
mod notices;
mod rpm;
mod stock;
mod texts;
mod verify;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use self::facts::Facts;
use self::layout::{Format, Package};
use self::stock::Stock;
use crate::error::{Error, Result};
use crate::step::{self, step};
use crate::workspace::{self, Metadata, Network};
use crate::{node, setup};

/// The packages that were made.
struct Made {
    facts: Facts,
    stock: Stock,
    packages: Vec<Bundle>,
}

/// A package in both forms.
struct Bundle {
    package: Package,
    deb: PathBuf,
    rpm: PathBuf,
}

/// Makes the packages, and tries them if that is wanted.
///
/// # Errors
/// Something is missing, does not compile, or is not as it has to be.
pub(crate) fn run(verify: bool, network: Network) -> Result {
    setup::for_packages(verify, network)?;
    let metadata = workspace::metadata(network)?;
    let made = make(&metadata, network)?;
    if verify {
        verify::run(&made)?;
    }
    println!();
    for file in made.packages.iter().flat_map(|bundle| [&bundle.deb, &bundle.rpm]) {
        println!("{}: {}", file.display(), mebibytes(size(file)?));
    }
    Ok(())
}

fn make(metadata: &Metadata, network: Network) -> Result<Made> {
    step("Fetching what the page is made of", || node::ensure(network))?;
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
    let stock =
        step("Making icons, manual pages, completions and documents", || Stock::make(&facts, &programs, network))?;
    let into = metadata.target_dir().join("packages");
    fs::create_dir_all(&into).map_err(Error::io(&into))?;
    let packages = step("Making the packages for Debian and Fedora", || {
        let make = |package| {
            let deb = deb::make(package, &facts, &stock, &into)?;
            let rpm = rpm::make(package, &facts, &stock, &into)?;
            Ok(Bundle { package, deb, rpm })
        };
        Package::ALL.into_iter().map(make).collect::<Result<Vec<_>>>()
    })?;
    step("Comparing what is in them with what should be", || {
        packages.iter().try_for_each(|bundle| compare(&stock, bundle))
    })?;
    Ok(Made { facts, stock, packages })
}

/// Checks that a program does not contain a path of the computer that built it, which would be private and not
/// reproducible.
fn contains_no_path(program: &Path, metadata: &Metadata) -> Result {
    let bytes = fs::read(program).map_err(Error::io(program))?;
    for path in workspace::builder_paths(metadata) {
        let trace = path.trace();
        if let Some(at) = bytes.windows(trace.len()).position(|window| window == trace.as_bytes()) {
            let text: String = bytes[at..].iter().take(120).map(|byte| char::from(*byte)).collect();
            return Err(Error::Wrong(format!("{} contains a path of this computer: {text}", program.display())));
        }
    }
    Ok(())
}

fn compare(stock: &Stock, Bundle { package, deb, rpm }: &Bundle) -> Result {
    for (format, found) in [(Format::Deb, deb::files(deb)?), (Format::Rpm, rpm::files(rpm)?)] {
        let wanted: Vec<String> = stock.files(*package, format).into_iter().map(|file| file.to).collect();
        if found != wanted {
            return Err(Error::Wrong(format!("the package holds {found:#?} and not {wanted:#?}")));
        }
        println!("   {} ({format:?}): {} files, as they should be", package.name(), found.len());
    }
    rpm::check_sums(rpm)
}

/// When the commit was made; where there is no repository, now. `SOURCE_DATE_EPOCH` says otherwise
/// (reproducible-builds.org).
fn time_of_the_commit() -> Result<u64> {
    if let Some(given) = std::env::var_os("SOURCE_DATE_EPOCH") {
        let seconds = given.to_str().and_then(|text| text.trim().parse().ok());
        return seconds.ok_or_else(|| Error::Wrong(format!("SOURCE_DATE_EPOCH is no time: {}", given.display())));
    }
    let mut git = Command::new("git");
    git.current_dir(workspace::root()).args(["log", "-1", "--format=%ct"]);
    let said = step::ask(&mut git).filter(|output| output.status.success());
    let commit = said.and_then(|output| String::from_utf8_lossy(&output.stdout).trim().parse().ok());
    let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Ok(commit.unwrap_or_else(now))
}

fn size(path: &Path) -> Result<u64> {
    fs::metadata(path).map(|metadata| metadata.len()).map_err(Error::io(path))
}

/// With one decimal.
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
