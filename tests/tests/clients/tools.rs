//! Running the programs that stand in for other clients.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::de::DeserializeOwned;
use serde_json::Value;
use waybill_system_tests::{Error, PATIENCE, Result, output_within};

/// Runs one of the scripts in `tests/clients` under Node.js: JSON in, JSON out.
///
/// `ca` is the authority it trusts beside its own.
pub(crate) fn node<T: DeserializeOwned>(script: &str, ca: Option<&Path>, input: &Value) -> Result<T> {
    let mut command = Command::new("node");
    command.arg(scripts().join(script)).env("WAYBILL_NODE_CLIENTS", installed("WAYBILL_NODE_CLIENTS")?);
    if let Some(ca) = ca {
        command.env("NODE_EXTRA_CA_CERTS", ca);
    }
    json(&mut command, input)
}

/// Returns the same for a script in Python.
pub(crate) fn python<T: DeserializeOwned>(script: &str, input: &Value) -> Result<T> {
    let environment = installed("WAYBILL_PYTHON_CLIENTS")?;
    json(Command::new(environment.join("bin/python")).arg(scripts().join(script)), input)
}

/// What a program said when it had ended.
pub(crate) struct Said {
    pub(crate) success: bool,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

/// Runs a program to its end with this on its standard input. Nothing of this process's Amazon settings reaches it.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> Result<Said> {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    let program = command.get_program().to_string_lossy().into_owned();
    let output = output_within(command, input, PATIENCE).map_err(|error| {
        if matches!(error, Error::Io { .. }) {
            return Error::unexpected(format!("{program} cannot be run: {HINT}"));
        }
        error
    })?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(Said { success: output.status.success(), stdout: output.stdout, stderr })
}

const HINT: &str = "run `cargo xtask conformance clients`, which sets everything up";

fn json<T: DeserializeOwned>(command: &mut Command, input: &Value) -> Result<T> {
    let said = run(command, input.to_string().as_bytes())?;
    if !said.success {
        return Err(Error::unexpected(format!("a script failed: {}", said.stderr.trim())));
    }
    serde_json::from_slice(&said.stdout).map_err(|error| Error::unexpected(format!("what a script said: {error}")))
}

fn installed(variable: &str) -> Result<PathBuf> {
    let path = std::env::var_os(variable).map(PathBuf::from);
    path.ok_or_else(|| Error::unexpected(format!("{variable} is not set: {HINT}")))
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}
