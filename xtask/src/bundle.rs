//! `cargo xtask bundle`: the packages for Debian and Fedora, and a trial of the first in a bare Debian.
//!
//! Both are made from one list of files ([`layout`]) with the distributions' own tools, which find out by themselves which
//! libraries the programs need. What a package says comes from Cargo.toml; a commit packaged twice with the same programs
//! gives the same package. Tauri's own bundler is not used: it knows of one program only, of no manual pages, and of no
//! libraries but those that it is told.

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
use self::layout::Format;
use self::stock::Stock;
use crate::error::{Error, Result};
use crate::step::{self, step};
use crate::workspace::{self, Metadata, Network};
use crate::{node, setup};

/// The window's package, whose facts both packages have.
const PACKAGE: &str = "waybill-desktop";

/// The packages that were made.
struct Made {
    facts: Facts,
    stock: Stock,
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
    for package in [&made.deb, &made.rpm] {
        println!("{}: {}", package.display(), mebibytes(size(package)?));
    }
    Ok(())
}

fn make(metadata: &Metadata, network: Network) -> Result<Made> {
    step("Fetching what the page is made of", || node::ensure(network))?;
    step("Building the page", node::build)?;
    step("Compiling the programs", || step::run(&mut workspace::released_programs(metadata, network)))?;
    let programs = metadata.released();
    for name in layout::PROGRAMS {
        names_no_place(&programs.join(name), metadata)?;
        println!("   {name}: {}", mebibytes(size(&programs.join(name))?));
    }
    let facts = Facts::read(metadata.package(PACKAGE)?, std::env::consts::ARCH, time_of_the_commit()?)?;
    let stock =
        step("Making icons, manual pages, completions and documents", || Stock::make(&facts, &programs, network))?;
    let into = metadata.target_dir().join("packages");
    fs::create_dir_all(&into).map_err(Error::io(&into))?;
    let deb = step("Making the package for Debian", || deb::make(&facts, &stock, &into))?;
    let rpm = step("Making the package for Fedora", || rpm::make(&facts, &stock, &into))?;
    step("Comparing what is in them with what should be", || compare(&stock, &deb, &rpm))?;
    Ok(Made { facts, stock, deb, rpm })
}

/// Where a program was built is nobody's business, and would make it another one on each computer.
fn names_no_place(program: &Path, metadata: &Metadata) -> Result {
    let bytes = fs::read(program).map_err(Error::io(program))?;
    for place in workspace::builder_paths(metadata) {
        let trace = place.trace();
        if let Some(at) = bytes.windows(trace.len()).position(|window| window == trace.as_bytes()) {
            let text: String = bytes[at..].iter().take(120).map(|byte| char::from(*byte)).collect();
            return Err(Error::Wrong(format!("{} holds a place of this computer: {text}", program.display())));
        }
    }
    Ok(())
}

fn compare(stock: &Stock, deb: &Path, rpm: &Path) -> Result {
    for (format, found) in [(Format::Deb, deb::files(deb)?), (Format::Rpm, rpm::files(rpm)?)] {
        let wanted: Vec<String> = stock.files(format).into_iter().map(|file| file.to).collect();
        if found != wanted {
            return Err(Error::Wrong(format!("the package holds {found:#?} and not {wanted:#?}")));
        }
        println!("   {format:?}: {} files, as they should be", found.len());
    }
    rpm::check_sums(rpm)
}

/// When the commit was made; where there is no repository, now. `SOURCE_DATE_EPOCH` says otherwise (reproducible-builds.org).
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
