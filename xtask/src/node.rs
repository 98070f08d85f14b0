//! Installs the dependencies of the window's page, and builds it.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::step;
use crate::workspace::{self, Network};

/// Returns an npm command that runs in the page's folder.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(workspace::root().join("ui")).args(arguments);
    command
}

/// Installs exactly the versions in the lock file.
///
/// # Errors
/// npm fails; [`Error::Missing`] if something else is installed and the network must not be used.
pub(crate) fn install(network: Network) -> Result {
    match network {
        Network::Allowed => step::fetch(&mut npm(&["ci", "--no-audit", "--no-fund", "--loglevel", "error"])),
        // npm would first remove the installed packages.
        Network::Forbidden if is_installed()? => {
            step::say("   already installed");
            Ok(())
        }
        Network::Forbidden => {
            let what = "ui/node_modules differs from ui/package-lock.json, and the network must not be used";
            Err(Error::Missing(what.to_owned()))
        }
    }
}

/// Installs the dependencies, unless they are already installed.
///
/// # Errors
/// As for [`install`].
#[cfg(target_os = "linux")]
pub(crate) fn ensure(network: Network) -> Result {
    if is_installed()? { install(Network::Forbidden) } else { install(network) }
}

fn is_installed() -> Result<bool> {
    let ui = workspace::root().join("ui");
    let read = |path: PathBuf| -> Result<Option<Value>> {
        match std::fs::read(&path) {
            Ok(text) => Ok(serde_json::from_slice(&text).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(path)(error)),
        }
    };
    // npm writes the second file when it installs.
    let (wanted, installed) = (read(ui.join("package-lock.json"))?, read(ui.join("node_modules/.package-lock.json"))?);
    Ok(wanted.zip(installed).is_some_and(|(wanted, installed)| matches_lock(&wanted, &installed)))
}

/// Returns whether everything is installed in the locked version. Most optional packages are for other systems.
fn matches_lock(wanted: &Value, installed: &Value) -> bool {
    let packages = |lock: &Value| lock["packages"].as_object().cloned().unwrap_or_default();
    let installed = packages(installed);
    packages(wanted).iter().filter(|(name, _)| !name.is_empty()).all(|(name, package)| match installed.get(name) {
        Some(found) => found["version"] == package["version"],
        None => package["optional"] == true,
    })
}

/// Builds the page in `ui/dist`, from which it is compiled into the window.
///
/// # Errors
/// The page does not build.
pub(crate) fn build() -> Result {
    step::run(&mut npm(&["run", "--silent", "build"]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_installation_is_used_only_with_the_versions_in_the_lock_file() {
        let wanted = json!({"packages": {
            "": {"version": "0.1.0"},
            "node_modules/a": {"version": "1.0.0"},
            "node_modules/b": {"version": "2.0.0", "optional": true},
        }});
        let matches = |packages: Value| matches_lock(&wanted, &json!({"packages": packages}));
        assert!(matches(json!({"node_modules/a": {"version": "1.0.0"}})));
        assert!(!matches(json!({"node_modules/a": {"version": "1.0.1"}})));
        assert!(!matches(json!({"node_modules/b": {"version": "2.0.0"}})));
        assert!(!matches(json!({"node_modules/a": {"version": "1.0.0"}, "node_modules/b": {"version": "1.0.0"}})));
    }
}
