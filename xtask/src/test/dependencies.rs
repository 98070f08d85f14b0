//! Checks the licences, origins, bans and known vulnerabilities of dependencies with cargo-deny.

use std::path::Path;
use std::process::Command;

use crate::error::Result;
use crate::setup;
use crate::step::{self, left_out, step};
use crate::workspace::{self, Network};

const ORIGINS: &str = "Licences and origins of dependencies";
const ADVISORIES: &str = "Known vulnerabilities of dependencies";

/// Checks the dependencies against `deny.toml`.
pub(super) fn check(network: Network) -> Result {
    let Some(deny) = step("cargo-deny", || setup::cargo_deny(network))? else {
        left_out(ORIGINS, "cargo-deny is not installed, and --offline was given");
        left_out(ADVISORIES, "cargo-deny is not installed, and --offline was given");
        return Ok(());
    };
    step(ORIGINS, || step::run(deny_command(&deny, network).args(["check", "bans", "licenses", "sources"])))?;
    if network == Network::Forbidden {
        left_out(ADVISORIES, "the list of advisories is on the network, and --offline was given");
        return Ok(());
    }
    // If the list cannot be reached (on a network with only registries), that is reported but is not a failure.
    match step::ask(deny_command(&deny, network).args(["fetch", "db"])) {
        Some(fetched) if fetched.status.success() => step(ADVISORIES, || {
            step::run(deny_command(&deny, network).args(["check", "--disable-fetch", "advisories"]))
        }),
        Some(_) | None => {
            left_out(ADVISORIES, "the list of advisories cannot be fetched from here");
            Ok(())
        }
    }
}

fn deny_command(program: &Path, network: Network) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace::root()).args(["--log-level", "error", "--workspace"]);
    match network {
        Network::Allowed => {}
        Network::Forbidden => {
            command.arg("--offline");
        }
    }
    command
}
