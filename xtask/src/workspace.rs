//! The workspace: its paths, and its cargo commands.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::{room, step};

/// Returns the folder of the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().map_or_else(|| xtask.clone(), PathBuf::from)
}

/// Whether the network may be used for downloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    Allowed,
    /// Anything that needs it is reported and skipped.
    Forbidden,
}

impl Network {
    /// Returns the choice for the value of `--offline`.
    pub(crate) fn unless(offline: bool) -> Self {
        if offline { Self::Forbidden } else { Self::Allowed }
    }

    /// Returns the value, or `None` if it is missing and must not be downloaded, in which case `title` is reported as
    /// skipped.
    ///
    /// # Errors
    /// Any other error, and a missing value if the network may be used.
    pub(crate) fn or_left_out<T>(self, title: &str, found: Result<T>) -> Result<Option<T>> {
        match (self, found) {
            (_, Ok(found)) => Ok(Some(found)),
            (Self::Forbidden, Err(Error::Missing(why))) => {
                step::left_out(title, &why);
                Ok(None)
            }
            (Self::Forbidden | Self::Allowed, Err(error)) => Err(error),
        }
    }
}

/// Returns a cargo command that runs in the workspace's root.
pub(crate) fn cargo(network: Network) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    let root = root();
    command.current_dir(&root);
    if room::is_scarce(&root) {
        command.env(room::INCREMENTAL, "0");
    }
    match network {
        Network::Allowed => {}
        Network::Forbidden => {
            command.env("CARGO_NET_OFFLINE", "true");
        }
    }
    command
}

/// The part of the workspace that is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Everything,
    /// For computers without the window's libraries.
    WithoutWindow,
}

impl Scope {
    /// Adds the arguments that select the packages. They always name the whole workspace, and targets are selected within
    /// it, because the features of dependencies depend on the selected packages. Each dependency is thus compiled once
    /// for all tasks.
    fn choose(self, command: &mut Command) {
        command.arg("--workspace");
        match self {
            Self::Everything => {}
            Self::WithoutWindow => {
                for package in WITH_A_WINDOW {
                    command.args(["--exclude", package]);
                }
            }
        }
    }

    fn includes(self, package: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::WithoutWindow => !WITH_A_WINDOW.contains(&package),
        }
    }
}

/// Features for the tests that need other programs, and for the points at which tests kill `waybill`. All test runs use
/// the same features, so that nothing is compiled twice.
const FEATURES: &str = "waybill-system-tests/conformance,waybill-system-tests/desktop,waybill-cli/kill-points";

/// The packages that need a web view: the window, and the one it is compared with.
const WITH_A_WINDOW: [&str; 2] = ["waybill-desktop", "waybill-bench-bare-window"];

/// Returns a command that runs tests; the caller adds their targets.
pub(crate) fn tests(scope: Scope, network: Network) -> Command {
    let mut command = cargo(network);
    command.args(["test", "--quiet", "--features", FEATURES]);
    scope.choose(&mut command);
    command
}

/// Returns a command that runs Clippy on all targets with all features.
pub(crate) fn lints(scope: Scope, network: Network) -> Command {
    let mut command = cargo(network);
    command.args(["clippy", "--quiet", "--all-targets", "--all-features"]);
    scope.choose(&mut command);
    command.args(["--", "-D", "warnings"]);
    command
}

/// Returns a command that builds programs; the caller adds their targets.
pub(crate) fn programs(network: Network) -> Command {
    let mut command = cargo(network);
    command.args(["build", "--quiet"]);
    Scope::Everything.choose(&mut command);
    command
}

/// The packages of the programs that send records.
#[cfg(target_os = "linux")]
pub(crate) const CLIENT: [&str; 2] = ["waybill-desktop", "waybill-cli"];

/// The package of the sandbox's program. It is built separately from the client, because otherwise each would get the
/// features of shared libraries that only the other needs.
#[cfg(target_os = "linux")]
pub(crate) const SANDBOX: [&str; 1] = ["waybill-sandbox"];

/// Returns a command that builds these packages' release programs. The packages are named, so that they do not get the
/// features that tests need. They do not contain the path of this checkout: paths in panic messages start with `waybill`
/// or `cargo`.
#[cfg(target_os = "linux")]
pub(crate) fn released_programs(packages: &[&str], metadata: &Metadata, network: Network) -> Command {
    let mut command = cargo(network);
    let given = std::env::var("CARGO_ENCODED_RUSTFLAGS").or_else(|_| {
        std::env::var("RUSTFLAGS").map(|flags| flags.split_whitespace().collect::<Vec<_>>().join(BETWEEN_FLAGS))
    });
    let remaps = builder_paths(metadata)
        .into_iter()
        .map(|BuilderPath { path, name, .. }| format!("--remap-path-prefix={path}={name}"));
    let flags: Vec<String> = given.into_iter().filter(|flags| !flags.is_empty()).chain(remaps).collect();
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join(BETWEEN_FLAGS));
    command.args(["build", "--release", "--locked", "--bins"]);
    command.args(packages.iter().flat_map(|package| ["--package", package]));
    command
}

/// The separator between flags in `CARGO_ENCODED_RUSTFLAGS`.
#[cfg(target_os = "linux")]
const BETWEEN_FLAGS: &str = "\x1f";

/// A path on this computer that the compiler writes into programs.
#[cfg(target_os = "linux")]
pub(crate) struct BuilderPath {
    path: String,
    /// What replaces it in a program.
    name: &'static str,
    /// A folder in it that appears in every program. The path alone may be a word that a program contains anyway.
    below: &'static str,
}

#[cfg(target_os = "linux")]
impl BuilderPath {
    /// Returns a text that every program contains unless the path was replaced.
    pub(crate) fn trace(&self) -> String {
        format!("{}/{}", self.path, self.below)
    }
}

/// Returns the paths on this computer that the compiler writes into programs. The compiler applies the last match.
#[cfg(target_os = "linux")]
pub(crate) fn builder_paths(metadata: &Metadata) -> Vec<BuilderPath> {
    let cargo_home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")))
        .filter(|home| home.is_absolute());
    let paths = [
        (cargo_home, "cargo", "registry"),
        (Some(root()), "waybill", "src-tauri"),
        (Some(metadata.target_dir()), "target", "release"),
    ];
    // A path that is not Unicode cannot be in a flag.
    let as_text = |path: Option<PathBuf>| Some(path?.to_str()?.to_owned());
    paths
        .into_iter()
        .filter_map(|(path, name, below)| Some(BuilderPath { path: as_text(path)?, name, below }))
        .collect()
}

/// Cargo's metadata of the workspace.
pub(crate) struct Metadata(Value);

/// Reads the metadata from cargo.
///
/// # Errors
/// Cargo fails.
pub(crate) fn metadata(network: Network) -> Result<Metadata> {
    let text = step::output(cargo(network).args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let value = serde_json::from_str(&text).map_err(|error| Error::Wrong(format!("cargo metadata: {error}")))?;
    Ok(Metadata(value))
}

impl Metadata {
    /// Returns cargo's target folder.
    pub(crate) fn target_dir(&self) -> PathBuf {
        self.0["target_directory"].as_str().map_or_else(|| root().join("target"), PathBuf::from)
    }

    /// Returns the path of a program's debug build.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.target_dir().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// Returns the folder of release builds.
    #[cfg(target_os = "linux")]
    pub(crate) fn released(&self) -> PathBuf {
        self.target_dir().join("release")
    }

    /// Returns the entries of a package in Cargo.toml.
    ///
    /// # Errors
    /// There is no such package.
    #[cfg(target_os = "linux")]
    pub(crate) fn package(&self, name: &str) -> Result<&Value> {
        let packages = self.0["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let found = packages.iter().find(|package| package["name"] == name);
        found.ok_or_else(|| Error::Wrong(format!("the workspace has no package {name}")))
    }

    /// Returns the names of all targets of this kind (`test` or `bin`) that contain tests and need no feature.
    pub(crate) fn tested(&self, scope: Scope, kind: &str) -> Vec<String> {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let is_of_kind = |target: &Value| {
            list(&target["kind"]).iter().any(|own| own == kind)
                && target["test"] == true
                && list(&target["required-features"]).is_empty()
        };
        let packages = list(&self.0["packages"]);
        let chosen =
            packages.iter().filter(|package| package["name"].as_str().is_some_and(|name| scope.includes(name)));
        let targets = chosen.flat_map(|package| list(&package["targets"]));
        targets.filter(is_of_kind).filter_map(|target| target["name"].as_str().map(str::to_owned)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_suite_is_skipped_by_name_only_without_the_network() {
        let missing = || -> Result { Err(Error::Missing("it is not there".to_owned())) };
        assert!(matches!(Network::Forbidden.or_left_out("A suite", missing()), Ok(None)));
        assert!(step::everything_left_out().contains(&"A suite".to_owned()));
        assert!(matches!(Network::Allowed.or_left_out("Another", missing()), Err(Error::Missing(_))));
        assert!(!step::everything_left_out().contains(&"Another".to_owned()));
    }

    #[test]
    fn a_broken_suite_is_never_skipped() {
        let wrong: Result = Err(Error::Wrong("it is broken".to_owned()));
        assert!(matches!(Network::Forbidden.or_left_out("A broken suite", wrong), Err(Error::Wrong(_))));
        assert!(!step::everything_left_out().contains(&"A broken suite".to_owned()));
    }
}
