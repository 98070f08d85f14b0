//! Compares the built-in profiles' excluded names and rejected formats with The National Archives' published lists.
//!
//! The lists are not part of this repository. They are read at test time from `contracts/` in the folder that
//! `WAYBILL_SHARED` names, or else in `shared` beside the repository. If neither exists, each test says so and compares
//! nothing.

#![allow(clippy::unwrap_used, reason = "this is all test code, also where it is in no test function")]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use waybill_model::service::{BUILTIN_NAMES, builtin};

/// How a listed format can be recognised by a file's name. Extensions are PRONOM's, plus other common ones for some
/// formats.
enum Name {
    /// By these extensions, which are rejected.
    Tells(&'static [&'static str]),
    /// By its full name, which is excluded.
    IsExcluded(&'static str),
    /// PRONOM lists no extension.
    NoExtension,
    /// Its extension is shared with accepted formats.
    SharedExtension,
    /// Its extension belongs to an accepted format, such as the same document without a password.
    OnlyContentTells,
    /// The entry does not describe a format.
    NoFormat,
}
use Name::{IsExcluded, NoExtension, NoFormat, OnlyContentTells, SharedExtension, Tells};

/// Every entry of the list, by PUID.
const FORMATS: [(&str, Name); 72] = [
    ("", NoFormat),
    ("fmt/1070", NoExtension),
    ("fmt/1071", Tells(&["dmg"])),
    ("fmt/1087", SharedExtension),
    ("fmt/1095", Tells(&["pea"])),
    ("fmt/1096", SharedExtension),
    ("fmt/1097", Tells(&["zpaq"])),
    ("fmt/1098", Tells(&["xz", "txz"])),
    ("fmt/1100", Tells(&["yenc"])),
    ("fmt/1102", Tells(&["uue"])),
    ("fmt/1105", SharedExtension),
    ("fmt/111", NoExtension),
    ("fmt/1190", Tells(&["swc"])),
    ("fmt/1242", Tells(&["zfo"])),
    ("fmt/1243", Tells(&["zfo"])),
    ("fmt/1244", Tells(&["zfo"])),
    ("fmt/1245", Tells(&["zfo"])),
    ("fmt/1251", Tells(&["edoc"])),
    ("fmt/1252", Tells(&["rfi"])),
    ("fmt/1340", SharedExtension),
    ("fmt/1341", Tells(&["asics"])),
    ("fmt/1361", SharedExtension),
    ("fmt/1399", NoExtension),
    ("fmt/1672", SharedExtension),
    ("fmt/289", Tells(&["warc"])),
    ("fmt/329", Tells(&["shar"])),
    ("fmt/394", IsExcluded(".DS_Store")),
    ("fmt/473", OnlyContentTells),
    ("fmt/494", OnlyContentTells),
    ("fmt/503", NoExtension),
    ("fmt/508", Tells(&["qic"])),
    ("fmt/600", Tells(&["xar"])),
    ("fmt/610", Tells(&["arj"])),
    ("fmt/613", Tells(&["rar"])),
    ("fmt/614", Tells(&["wim", "swm"])),
    ("fmt/625", Tells(&["dmg"])),
    ("fmt/626", Tells(&["lha", "lzh"])),
    ("fmt/639", Tells(&["sit"])),
    ("fmt/656", SharedExtension),
    ("fmt/682", IsExcluded("thumbs.db")),
    ("fmt/726", Tells(&["vdi"])),
    ("fmt/754", OnlyContentTells),
    ("fmt/755", OnlyContentTells),
    ("fmt/842", Tells(&["ad1", "ad2", "ad3", "ad4", "ad5"])),
    ("fmt/843", Tells(&["ad1", "ad2", "ad3", "ad4", "ad5"])),
    ("fmt/844", Tells(&["aff"])),
    ("fmt/850", Tells(&["bxy", "sdk", "shk"])),
    ("fmt/866", Tells(&["webarchive"])),
    ("fmt/887", SharedExtension),
    ("fmt/899", Tells(&["dll", "exe", "sys"])),
    ("fmt/900", Tells(&["dll", "exe", "sys"])),
    // A file of no other known format is identified by its extension alone.
    ("fmt/941", Tells(&["bak"])),
    ("nonJudgmentFormat", NoFormat),
    ("x-fmt/157", SharedExtension),
    ("x-fmt/219", SharedExtension),
    ("x-fmt/263", Tells(&["zip", "zipx"])),
    ("x-fmt/265", Tells(&["tar"])),
    ("x-fmt/266", Tells(&["gz", "tgz"])),
    ("x-fmt/267", Tells(&["bz"])),
    ("x-fmt/268", Tells(&["bz2", "tbz2"])),
    ("x-fmt/269", Tells(&["zoo"])),
    ("x-fmt/409", Tells(&["exe"])),
    ("x-fmt/410", Tells(&["exe"])),
    ("x-fmt/411", Tells(&["dll", "exe", "sys"])),
    ("x-fmt/412", Tells(&["jar", "ear", "war"])),
    ("x-fmt/416", Tells(&["hqx"])),
    // Identified by its extension alone.
    ("x-fmt/426", Tells(&["lic"])),
    ("x-fmt/428", Tells(&["lnk"])),
    ("x-fmt/429", Tells(&["mht", "mhtml"])),
    ("x-fmt/45", OnlyContentTells),
    ("x-fmt/454", Tells(&["url"])),
    // Empty files are left out because they are empty.
    ("zeroByteFile", NoFormat),
];

#[test]
fn exactly_the_published_names_are_excluded() {
    let Some(published) = published("tdr-excluded-filenames.json") else { return };
    let wanted: BTreeSet<(String, bool)> = published
        .iter()
        .map(|entry| {
            assert_eq!(entry["type"], "exact", "a kind of pattern that nobody expected: {entry}");
            (entry["pattern"].as_str().unwrap().to_owned(), entry["caseInsensitive"].as_bool().unwrap())
        })
        .collect();
    for name in BUILTIN_NAMES {
        let excluded = builtin(name).unwrap().excluded_names;
        let ours: BTreeSet<(String, bool)> =
            excluded.into_iter().map(|pattern| (pattern.name, pattern.ignore_case)).collect();
        assert_eq!(ours, wanted, "{name}");
    }
}

#[test]
fn every_published_format_is_rejected_by_extension_or_known_to_be_unrecognisable() {
    let Some(published) = published("tdr-disallowed-formats.json") else { return };
    let active: BTreeSet<&str> =
        published.iter().filter(|entry| entry["active"] == true).map(|entry| entry["puid"].as_str().unwrap()).collect();
    assert_eq!(FORMATS.iter().map(|(puid, _)| *puid).collect::<BTreeSet<_>>(), active);
}

#[test]
fn exactly_the_extensions_and_names_of_published_formats_are_rejected() {
    let mut told = BTreeSet::new();
    let mut excluded = Vec::new();
    for (_, name) in &FORMATS {
        match name {
            Tells(extensions) => told.extend(extensions.iter().copied()),
            IsExcluded(name) => excluded.push(*name),
            NoExtension | SharedExtension | OnlyContentTells | NoFormat => {}
        }
    }
    for name in BUILTIN_NAMES {
        let profile = builtin(name).unwrap();
        assert_eq!(profile.refused_extensions.iter().map(String::as_str).collect::<BTreeSet<_>>(), told, "{name}");
        for file in &excluded {
            assert!(profile.excluded_names.iter().any(|pattern| pattern.matches(file)), "{name}: {file}");
        }
    }
}

/// Returns a published list, or `None` with a message if it is missing.
fn published(name: &str) -> Option<Vec<Value>> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap();
    let beside = || repository.parent().map(|folder| folder.join("shared"));
    let folder = std::env::var_os("WAYBILL_SHARED").map(PathBuf::from).or_else(beside);
    let file = folder.map(|folder| folder.join("contracts").join(name)).filter(|file| file.is_file());
    let Some(file) = file else {
        // Not `println`, whose output is shown only for failing tests.
        let reason = "because neither WAYBILL_SHARED nor ../shared holds it in contracts/";
        let said = format!("SKIPPED: {name} was not compared, {reason}\n");
        std::io::stderr().write_all(said.as_bytes()).unwrap();
        return None;
    };
    Some(serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap())
}
