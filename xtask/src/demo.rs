//! `cargo xtask demo`: with a display and a terminal, opens the window with a sample folder and a sandbox. Otherwise it
//! runs a whole transfer that is killed half-way, resumed, and compared with its source.
//!
//! It builds what is needed and starts `waybill-demo` (in `tests/demo`), which does the rest in `target/demo`. That
//! folder is emptied first.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::node;
use crate::setup;
use crate::step::{self, step};
use crate::workspace::{self, Metadata, Network};

/// The program that runs the demo.
pub(crate) const PROGRAM: &str = "waybill-demo";

/// Runs the demo.
///
/// # Errors
/// Something is missing or does not build, or the demo fails.
pub(crate) fn run(own_folder: Option<&Path>, keep: bool) -> Result {
    let metadata = workspace::metadata(Network::Allowed)?;
    setup::for_sending(Network::Allowed)?;
    // Without a person to sign in, the window would wait forever.
    let with_window = has_display() && std::io::stdin().is_terminal();
    if with_window {
        setup::for_the_window(Network::Allowed)?;
        step("Building the window's page", || {
            node::install(Network::Allowed)?;
            node::build()
        })?;
    }
    step("Building waybill and waybill-sandbox", || {
        let mut command = workspace::programs(Network::Allowed);
        command.args(["--bin", "waybill", "--bin", "waybill-sandbox", "--bin", PROGRAM]);
        if with_window {
            command.args(["--bin", "waybill-desktop"]);
        }
        step::run(&mut command)
    })?;
    let dir = emptied(&metadata)?;
    let mut demo = program(&metadata, &dir);
    if let Some(folder) = own_folder {
        demo.arg("--folder").arg(std::path::absolute(folder).map_err(Error::io(folder))?);
    }
    if with_window {
        demo.arg("--window").arg(metadata.program("waybill-desktop"));
    }
    if keep {
        demo.arg("--keep");
    }
    step::run(&mut demo)
}

/// Returns a command for the built demo, which uses this folder and the built `waybill`.
pub(crate) fn program(metadata: &Metadata, dir: &Path) -> Command {
    let mut command = Command::new(metadata.program(PROGRAM));
    command.env("WAYBILL_BIN", metadata.program("waybill")).arg("--dir").arg(dir);
    command
}

/// Returns whether there is a display for a window.
fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Empties the demo's folder, and returns it.
fn emptied(metadata: &Metadata) -> Result<PathBuf> {
    let dir = metadata.target_dir().join("demo");
    match std::fs::remove_dir_all(&dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io(&dir)(error)),
        Ok(()) | Err(_) => {}
    }
    std::fs::create_dir_all(&dir).map_err(Error::io(&dir))?;
    Ok(dir)
}
