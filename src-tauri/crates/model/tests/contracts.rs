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
    ByExtension(&'static [&'static str]),
    /// By its full name, which is excluded.
    Excluded(&'static str),
    /// PRONOM lists no extension.
    NoExtension,
    /// Its extension is shared with accepted formats.
    SharedExtension,
    /// Its extension belongs to an accepted format, such as the same document without a password.
    OnlyByContent,
    /// The entry does not describe a format.
    NotAFormat,
}
use Name::{ByExtension, Excluded, NoExtension, NotAFormat, OnlyByContent, SharedExtension};

/// Every entry of the list, by PUID.
const FORMATS: [(&str, Name); 72] = [
    ("", NotAFormat),
    ("fmt/1070", NoExtension),
    ("fmt/1071", ByExtension(&["dmg"])),
    ("fmt/1087", SharedExtension),
    ("fmt/1095", ByExtension(&["pea"])),
    ("fmt/1096", SharedExtension),
    ("fmt/1097", ByExtension(&["zpaq"])),
    ("fmt/1098", ByExtension(&["xz", "txz"])),
    ("fmt/1100", ByExtension(&["yenc"])),
    ("fmt/1102", ByExtension(&["uue"])),
    ("fmt/1105", SharedExtension),
    ("fmt/111", NoExtension),
    ("fmt/1190", ByExtension(&["swc"])),
    ("fmt/1242", ByExtension(&["zfo"])),
    ("fmt/1243", ByExtension(&["zfo"])),
    ("fmt/1244", ByExtension(&["zfo"])),
    ("fmt/1245", ByExtension(&["zfo"])),
    ("fmt/1251", ByExtension(&["edoc"])),
    ("fmt/1252", ByExtension(&["rfi"])),
    ("fmt/1340", SharedExtension),
    ("fmt/1341", ByExtension(&["asics"])),
    ("fmt/1361", SharedExtension),
    ("fmt/1399", NoExtension),
    ("fmt/1672", SharedExtension),
    ("fmt/289", ByExtension(&["warc"])),
    ("fmt/329", ByExtension(&["shar"])),
    ("fmt/394", Excluded(".DS_Store")),
    ("fmt/473", OnlyByContent),
    ("fmt/494", OnlyByContent),
    ("fmt/503", NoExtension),
    ("fmt/508", ByExtension(&["qic"])),
    ("fmt/600", ByExtension(&["xar"])),
    ("fmt/610", ByExtension(&["arj"])),
    ("fmt/613", ByExtension(&["rar"])),
    ("fmt/614", ByExtension(&["wim", "swm"])),
    ("fmt/625", ByExtension(&["dmg"])),
    ("fmt/626", ByExtension(&["lha", "lzh"])),
    ("fmt/639", ByExtension(&["sit"])),
    ("fmt/656", SharedExtension),
    ("fmt/682", Excluded("thumbs.db")),
    ("fmt/726", ByExtension(&["vdi"])),
    ("fmt/754", OnlyByContent),
    ("fmt/755", OnlyByContent),
    ("fmt/842", ByExtension(&["ad1", "ad2", "ad3", "ad4", "ad5"])),
    ("fmt/843", ByExtension(&["ad1", "ad2", "ad3", "ad4", "ad5"])),
    ("fmt/844", ByExtension(&["aff"])),
    ("fmt/850", ByExtension(&["bxy", "sdk", "shk"])),
    ("fmt/866", ByExtension(&["webarchive"])),
    ("fmt/887", SharedExtension),
    ("fmt/899", ByExtension(&["dll", "exe", "sys"])),
    ("fmt/900", ByExtension(&["dll", "exe", "sys"])),
    // A file of no other known format is identified by its extension alone.
    ("fmt/941", ByExtension(&["bak"])),
    ("nonJudgmentFormat", NotAFormat),
    ("x-fmt/157", SharedExtension),
    ("x-fmt/219", SharedExtension),
    ("x-fmt/263", ByExtension(&["zip", "zipx"])),
    ("x-fmt/265", ByExtension(&["tar"])),
    ("x-fmt/266", ByExtension(&["gz", "tgz"])),
    ("x-fmt/267", ByExtension(&["bz"])),
    ("x-fmt/268", ByExtension(&["bz2", "tbz2"])),
    ("x-fmt/269", ByExtension(&["zoo"])),
    ("x-fmt/409", ByExtension(&["exe"])),
    ("x-fmt/410", ByExtension(&["exe"])),
    ("x-fmt/411", ByExtension(&["dll", "exe", "sys"])),
    ("x-fmt/412", ByExtension(&["jar", "ear", "war"])),
    ("x-fmt/416", ByExtension(&["hqx"])),
    // Identified by its extension alone.
    ("x-fmt/426", ByExtension(&["lic"])),
    ("x-fmt/428", ByExtension(&["lnk"])),
    ("x-fmt/429", ByExtension(&["mht", "mhtml"])),
    ("x-fmt/45", OnlyByContent),
    ("x-fmt/454", ByExtension(&["url"])),
    // Empty files are left out because they are empty.
    ("zeroByteFile", NotAFormat),
];

#[test]
fn exactly_the_published_names_are_excluded() {
    let Some(published) = published("tdr-excluded-filenames.json") else { return };
    let wanted: BTreeSet<(String, bool)> = published
        .iter()
        .map(|entry| {
            assert_eq!(entry["type"], "exact", "an unexpected kind of pattern: {entry}");
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
    let mut extensions_listed = BTreeSet::new();
    let mut excluded = Vec::new();
    for (_, name) in &FORMATS {
        match name {
            ByExtension(extensions) => extensions_listed.extend(extensions.iter().copied()),
            Excluded(name) => excluded.push(*name),
            NoExtension | SharedExtension | OnlyByContent | NotAFormat => {}
        }
    }
    for name in BUILTIN_NAMES {
        let profile = builtin(name).unwrap();
        assert_eq!(
            profile.refused_extensions.iter().map(String::as_str).collect::<BTreeSet<_>>(),
            extensions_listed,
            "{name}"
        );
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
        let message = format!("SKIPPED: {name} was not compared, {reason}\n");
        std::io::stderr().write_all(message.as_bytes()).unwrap();
        return None;
    };
    Some(serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap())
}
