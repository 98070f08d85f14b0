//! The rules of the layout: which room may know which, and what the pure rooms must not touch.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

const SHELL: &str = "waybill-desktop";
/// What the shell is measured against: the least that a Tauri program can be.
const BARE_WINDOW: &str = "waybill-bench-bare-window";

/// Which packages of the workspace a package may use. Tests may use the sandbox beside that.
const ALLOWED: [(&str, &[&str]); 18] = [
    ("waybill-model", &[]),
    ("waybill-words", &["waybill-model"]),
    ("waybill-engine", &["waybill-model"]),
    // How files are opened and made, for all who do.
    ("waybill-files", &[]),
    ("waybill-source", &["waybill-model", "waybill-files"]),
    // Where tests kill the program. Optional, and in nothing that people install.
    ("waybill-kill-points", &[]),
    ("waybill-journal", &["waybill-model", "waybill-files", "waybill-kill-points"]),
    ("waybill-cloud", &["waybill-model", "waybill-words", "waybill-files", "waybill-kill-points"]),
    (
        "waybill-app",
        &[
            "waybill-model",
            "waybill-words",
            "waybill-engine",
            "waybill-files",
            "waybill-source",
            "waybill-journal",
            "waybill-cloud",
        ],
    ),
    // Runs their readers on damaged input. Released programs do not contain it.
    ("waybill-fuzz-targets", &["waybill-model", "waybill-journal", "waybill-cloud", "waybill-app"]),
    ("waybill-cli", &["waybill-model", "waybill-words", "waybill-files", "waybill-app"]),
    // Its own wire types, or client and sandbox would share one mistake.
    ("waybill-sandbox", &[]),
    (SHELL, &["waybill-model", "waybill-words", "waybill-files", "waybill-app"]),
    // In place of `app`: what decides and what survives, in a simulated world.
    ("waybill-simulation", &["waybill-model", "waybill-engine", "waybill-journal"]),
    ("waybill-system-tests", &[]),
    // From outside, as the whole-system tests.
    ("waybill-bench", &["waybill-system-tests"]),
    (BARE_WINDOW, &[]),
    ("xtask", &["waybill-system-tests"]),
];

/// Who may use the sandbox in its tests: those who speak to the service.
const TESTED_AGAINST_THE_SANDBOX: [&str; 2] = ["waybill-cloud", "waybill-app"];

/// The programs that people install, and what they are made of.
const CLIENT: [&str; 3] = ["waybill-cli", "waybill-app", SHELL];

/// What only the sandbox is made of: the servers of its roles, and what signs tokens and certificates.
const ONLY_FOR_THE_SANDBOX: [&str; 6] = ["waybill-sandbox", "async-graphql", "axum", "s3s", "jsonwebtoken", "rcgen"];

/// What brings a clock, randomness, a runtime or the world outside.
const IMPURE_CRATES: [&str; 12] = [
    "tokio",
    "async-std",
    "futures-executor",
    "rand",
    "fastrand",
    "getrandom",
    "chrono",
    "time",
    "reqwest",
    "hyper",
    "rusqlite",
    "notify",
];

/// The same by names in sources.
const IMPURE_NAMES: [&str; 16] = [
    "SystemTime",
    "Instant",
    "std::fs",
    "TcpStream",
    "UdpSocket",
    "ToSocketAddrs",
    "std::process",
    "std::thread",
    "std::env",
    "tokio",
    "chrono",
    "new_v4",
    "now_v7",
    "RandomState",
    "thread_rng",
    "std::io",
];

fn metadata() -> Metadata {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    MetadataCommand::new().manifest_path(workspace).exec().unwrap()
}

#[test]
fn every_package_uses_only_what_lies_in_its_direction() {
    let metadata = metadata();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into_iter().collect();
    let ours: BTreeSet<String> = metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    assert_eq!(ours.iter().map(String::as_str).collect::<Vec<_>>(), allowed.keys().copied().collect::<Vec<_>>());
    for package in metadata.workspace_packages() {
        for dependency in package.dependencies.iter().filter(|dependency| ours.contains(&dependency.name)) {
            let for_tests = dependency.kind == DependencyKind::Development
                && dependency.name == "waybill-sandbox"
                && TESTED_AGAINST_THE_SANDBOX.contains(&package.name.as_str());
            let is_allowed = allowed[package.name.as_str()].contains(&dependency.name.as_str());
            assert!(is_allowed || for_tests, "{} must not use {}", package.name, dependency.name);
        }
    }
}

#[test]
fn only_the_desktop_shell_knows_tauri() {
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        if package.name == SHELL || package.name == BARE_WINDOW {
            continue;
        }
        let reached = reached_from(&metadata, &package.id);
        let tauri: Vec<&String> =
            reached.iter().filter(|name| *name == "tauri" || name.starts_with("tauri-")).collect();
        assert!(tauri.is_empty(), "{} reaches {tauri:?}", package.name);
    }
    assert!(
        metadata
            .workspace_packages()
            .iter()
            .any(|package| { package.name == SHELL && reached_from(&metadata, &package.id).contains("tauri") })
    );
}

#[test]
fn what_people_install_to_send_records_has_nothing_of_the_sandbox() {
    let metadata = metadata();
    let packages = metadata.workspace_packages();
    let id = |name: &str| &packages.iter().find(|package| package.name == name).unwrap().id;
    let sandbox = reached_from(&metadata, id("waybill-sandbox"));
    for name in ONLY_FOR_THE_SANDBOX {
        assert!(sandbox.contains(name), "the sandbox no longer uses {name}");
        for client in CLIENT {
            assert!(!reached_from(&metadata, id(client)).contains(name), "{client} reaches {name}");
        }
    }
}

#[test]
fn no_program_that_people_install_can_be_killed_by_a_variable() {
    let metadata = metadata();
    for package in metadata.workspace_packages().iter().filter(|package| CLIENT.contains(&package.name.as_str())) {
        assert!(!reached_from(&metadata, &package.id).contains("waybill-kill-points"), "{}", package.name);
    }
    let journal = metadata.workspace_packages().into_iter().find(|package| package.name == "waybill-journal").unwrap();
    assert!(journal.features.contains_key("kill-points"), "the feature that this looks for has another name");
}

#[test]
fn only_the_check_of_id_tokens_brings_rsa_into_the_clients() {
    let metadata = metadata();
    let packages = metadata.workspace_packages();
    let resolve = metadata.resolve.as_ref().unwrap();
    for client in packages.iter().filter(|package| CLIENT.contains(&package.name.as_str())) {
        let reached = reached_from(&metadata, &client.id);
        let uses_rsa = |node: &&cargo_metadata::Node| {
            let is_normal = |dependency: &cargo_metadata::NodeDep| {
                dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
            };
            node.deps.iter().any(|dependency| metadata[&dependency.pkg].name == "rsa" && is_normal(dependency))
        };
        let users = resolve.nodes.iter().filter(uses_rsa).map(|node| metadata[&node.id].name.to_string());
        let users: Vec<String> = users.filter(|name| reached.contains(name)).collect();
        assert_eq!(users, ["openidconnect"], "in {}", client.name);
    }
}

#[test]
fn the_pure_rooms_depend_on_no_clock_chance_runtime_or_disk() {
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        if !["waybill-model", "waybill-words", "waybill-engine"].contains(&package.name.as_str()) {
            continue;
        }
        let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        for dependency in normal {
            assert!(!IMPURE_CRATES.contains(&dependency.name.as_str()), "{} uses {}", package.name, dependency.name);
        }
    }
}

#[test]
fn the_pure_rooms_name_no_clock_chance_runtime_or_disk() {
    for room in ["model", "words", "engine"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src-tauri/crates").join(room).join("src");
        let sources = sources_below(&root);
        assert!(!sources.is_empty(), "{} has no sources", root.display());
        for path in sources {
            let text = std::fs::read_to_string(&path).unwrap();
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                let words: Vec<&str> = code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).collect();
                for name in IMPURE_NAMES {
                    let is_named = words.iter().any(|word| {
                        word.split("::").any(|part| part == name) || word.starts_with(name) && name.contains("::")
                    });
                    assert!(!is_named, "{}:{}: {name}", path.display(), number + 1);
                }
            }
        }
    }
}

#[test]
fn the_harness_knows_waybill_only_from_outside() {
    let metadata = metadata();
    let packages = metadata.workspace_packages();
    let harness = packages.iter().find(|package| package.name == "waybill-system-tests").unwrap();
    let reached = reached_from(&metadata, &harness.id);
    let ours: Vec<&String> = reached.iter().filter(|name| name.starts_with("waybill-")).collect();
    assert_eq!(ours, ["waybill-system-tests"]);
}

/// Returns the names of all packages that a package's own code is compiled with (not its tests), itself included.
fn reached_from(metadata: &Metadata, start: &PackageId) -> BTreeSet<String> {
    let resolve = metadata.resolve.as_ref().unwrap();
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut seen = BTreeSet::new();
    let mut open = vec![start];
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        for dependency in &nodes[id].deps {
            if dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development) {
                open.push(&dependency.pkg);
            }
        }
    }
    seen.into_iter().map(|id| metadata[id].name.to_string()).collect()
}

fn sources_below(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { sources_below(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}
