//! Where the built programs are.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::{Error, Result};

static DESKTOP: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
static PROGRAM: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();

/// Returns the program under test: `WAYBILL_BIN` if that is set, else the one that cargo builds from this workspace.
/// `waybill-sandbox` has to be beside it.
///
/// # Errors
/// The build failed, or the program is not where it ought to be.
pub fn program() -> Result<PathBuf> {
    let find = || {
        std::env::var_os("WAYBILL_BIN")
            .map_or_else(|| build(&["waybill", "waybill-sandbox"]), |given| Ok(PathBuf::from(given)))
    };
    PROGRAM.get_or_init(find).clone().map_err(Error::unexpected)
}

/// Returns the window's program: `WAYBILL_DESKTOP_BIN` where that is set, else the one that cargo builds from this
/// workspace. Its page must have been built before.
///
/// # Errors
/// The build failed, or the program is not where it ought to be.
pub fn desktop_program() -> Result<PathBuf> {
    let find = || match std::env::var_os("WAYBILL_DESKTOP_BIN") {
        Some(given) => Ok(PathBuf::from(given)),
        None => build(&["waybill-desktop"]),
    };
    DESKTOP.get_or_init(find).clone().map_err(Error::unexpected)
}

/// Sets the program under test, for callers that have just built it. Only the first call counts.
pub fn use_program(path: PathBuf) {
    PROGRAM.get_or_init(|| Ok(path));
}

/// Builds these programs, with the instants at which tests kill them, and returns where the first is.
fn build(programs: &[&str]) -> std::result::Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new(cargo)
        .args(["build", "--quiet", "--workspace", "--message-format", "json-render-diagnostics"])
        .args(["--features", "waybill-cli/kill-points"])
        .args(programs.iter().flat_map(|program| ["--bin", program]))
        .current_dir(workspace)
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("{} cannot be built: cargo ended with {}", programs.join(" and "), output.status));
    }
    // Cargo says itself where it put the program, wherever the target folder is.
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| message.get("executable").and_then(|path| path.as_str()).map(PathBuf::from))
        .find(|path| path.file_stem().is_some_and(|name| programs.first().is_some_and(|first| name == *first)))
        .ok_or_else(|| format!("cargo did not build {}", programs.join(" and ")))
}
