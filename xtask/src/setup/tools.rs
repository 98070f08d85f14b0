//! Tools from crates.io, pinned, below the target folder.

use std::path::PathBuf;
use std::process::Command;

use crate::error::Result;
use crate::step;
use crate::workspace::{self, Metadata, Network};

const CARGO_DENY: &str = "0.20.2";

/// Where the pinned cargo-deny is, installed first if need be; `None` where that would need the network in vain.
///
/// # Errors
/// It cannot be installed.
pub(crate) fn cargo_deny(metadata: &Metadata, network: Network) -> Result<Option<PathBuf>> {
    let root = metadata.target_dir().join("tools");
    let program = root.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    let present = step::ask(Command::new(&program).arg("--version")).map(|output| output.stdout);
    if present.is_some_and(|text| String::from_utf8_lossy(&text).trim() == format!("cargo-deny {CARGO_DENY}")) {
        return Ok(Some(program));
    }
    if network == Network::Forbidden {
        return Ok(None);
    }
    println!("   installing cargo-deny {CARGO_DENY} from crates.io (checks licences and origins of dependencies)");
    let mut command = workspace::cargo(network);
    // A debug build is quicker to make and quick enough to run. Its objects go where the next version finds them.
    command
        .args(["install", "--quiet", "--locked", "--debug", "--force", "--version", CARGO_DENY, "--root"])
        .arg(&root)
        .arg("--target-dir")
        .arg(root.join("build"))
        .arg("cargo-deny");
    step::fetch(&mut command)?;
    Ok(Some(program))
}
