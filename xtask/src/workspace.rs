//! Where things are in this checkout.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::{room, step};

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().map_or_else(|| xtask.clone(), PathBuf::from)
}

/// Whether the network may be used for what is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    Allowed,
    /// What needs it is named and left out.
    Forbidden,
}

impl Network {
    /// What `--offline` asks for.
    pub(crate) fn unless(offline: bool) -> Self {
        if offline { Self::Forbidden } else { Self::Allowed }
    }
}

/// Cargo, in the workspace's root.
pub(crate) fn cargo(network: Network) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.current_dir(root());
    if room::is_scarce() {
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

/// What of the workspace is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Everything,
    /// Where what the window is made of is missing.
    WithoutWindow,
}

impl Scope {
    /// Adds the words that tell cargo. It is always asked for the whole workspace, and targets are chosen: the features of
    /// dependencies depend on what is asked for, and so each of them is compiled once for all chores.
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

/// The tests that need other programs set up. All runs have the same features, so that nothing is compiled twice.
const FEATURES: &str = "waybill-system-tests/conformance,waybill-system-tests/desktop";

/// The packages that are compiled with a web view: the window, and what it is measured against.
const WITH_A_WINDOW: [&str; 2] = ["waybill-desktop", "waybill-bench-bare-window"];

/// A run of tests; their targets are to be added.
pub(crate) fn tests(scope: Scope, network: Network) -> Command {
    let mut command = cargo(network);
    command.args(["test", "--quiet", "--features", FEATURES]);
    scope.choose(&mut command);
    command
}

/// Clippy over everything there is.
pub(crate) fn lints(scope: Scope, network: Network) -> Command {
    let mut command = cargo(network);
    command.args(["clippy", "--quiet", "--all-targets", "--all-features"]);
    scope.choose(&mut command);
    command.args(["--", "-D", "warnings"]);
    command
}

/// A build of programs; their targets are to be added.
pub(crate) fn programs(network: Network) -> Command {
    let mut command = cargo(network);
    command.args(["build", "--quiet"]);
    Scope::Everything.choose(&mut command);
    command
}

/// A build of the programs as people get them. Each is asked for by name: the features that tests need are no part of them.
/// Where they were built does not stand in them: what a panic says of a place in the source begins with `waybill` or `cargo`.
#[cfg(target_os = "linux")]
pub(crate) fn released_programs(metadata: &Metadata, network: Network) -> Command {
    let mut command = cargo(network);
    let given = std::env::var("CARGO_ENCODED_RUSTFLAGS").or_else(|_| {
        std::env::var("RUSTFLAGS").map(|flags| flags.split_whitespace().collect::<Vec<_>>().join(BETWEEN_FLAGS))
    });
    let remaps = builders_places(metadata)
        .into_iter()
        .map(|BuildersPlace { place, name, .. }| format!("--remap-path-prefix={place}={name}"));
    let flags: Vec<String> = given.into_iter().filter(|flags| !flags.is_empty()).chain(remaps).collect();
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join(BETWEEN_FLAGS));
    command.args([
        "build",
        "--release",
        "--locked",
        "--bins",
        "--package",
        "waybill-desktop",
        "--package",
        "waybill-cli",
    ]);
    command
}

/// What cargo wants between the flags in `CARGO_ENCODED_RUSTFLAGS`.
#[cfg(target_os = "linux")]
const BETWEEN_FLAGS: &str = "\x1f";

/// A place of this computer whose name a compiler writes into a program.
#[cfg(target_os = "linux")]
pub(crate) struct BuildersPlace {
    place: String,
    /// What stands for it in a program.
    name: &'static str,
    /// A folder in it that every program has something from: the place's own name may be a word that belongs there.
    below: &'static str,
}

#[cfg(target_os = "linux")]
impl BuildersPlace {
    /// What no program holds that was built without regard to where.
    pub(crate) fn trace(&self) -> String {
        format!("{}/{}", self.place, self.below)
    }
}

/// The places of this computer whose names a compiler writes into a program. It takes the last that fits.
#[cfg(target_os = "linux")]
pub(crate) fn builders_places(metadata: &Metadata) -> Vec<BuildersPlace> {
    let cargo_home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")))
        .filter(|home| home.is_absolute());
    let places = [
        (cargo_home, "cargo", "registry"),
        (Some(root()), "waybill", "src-tauri"),
        (Some(metadata.target_dir()), "target", "release"),
    ];
    // A path that is no text can be in no flag.
    let as_text = |place: Option<PathBuf>| Some(place?.to_str()?.to_owned());
    places
        .into_iter()
        .filter_map(|(place, name, below)| Some(BuildersPlace { place: as_text(place)?, name, below }))
        .collect()
}

/// What cargo knows of the workspace itself.
pub(crate) struct Metadata(Value);

/// Asks cargo.
///
/// # Errors
/// Cargo fails.
pub(crate) fn metadata(network: Network) -> Result<Metadata> {
    let text = step::output(cargo(network).args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let value = serde_json::from_str(&text).map_err(|error| Error::Wrong(format!("cargo metadata: {error}")))?;
    Ok(Metadata(value))
}

impl Metadata {
    /// Where cargo puts what it builds.
    pub(crate) fn target_dir(&self) -> PathBuf {
        self.0["target_directory"].as_str().map_or_else(|| root().join("target"), PathBuf::from)
    }

    /// A program that cargo has built for debugging.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.target_dir().join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// Where cargo puts programs as people get them.
    #[cfg(target_os = "linux")]
    pub(crate) fn released(&self) -> PathBuf {
        self.target_dir().join("release")
    }

    /// What Cargo.toml says of a package.
    ///
    /// # Errors
    /// There is none of that name.
    #[cfg(target_os = "linux")]
    pub(crate) fn package(&self, name: &str) -> Result<&Value> {
        let packages = self.0["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let found = packages.iter().find(|package| package["name"] == name);
        found.ok_or_else(|| Error::Wrong(format!("the workspace has no package {name}")))
    }

    /// Returns the names of all targets of this kind (`test` or `bin`) that hold tests and need no feature.
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
