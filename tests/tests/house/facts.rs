//! The facts that comments and documents cite ("facts E6") stand in `docs/tdr-facts.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const FACTS: &str = "docs/tdr-facts.md";
/// Folders of the workspace that hold sources or documents.
const FOLDERS: [&str; 9] = ["adr", "bench", "docs", "packaging", "src-tauri", "tests", "ui/browser", "ui/src", "xtask"];
/// What is in them and was not written here.
const NOT_OURS: [&str; 3] = ["target", "node_modules", "gen"];
const TEXTS: [&str; 6] = ["rs", "md", "ts", "js", "svelte", "toml"];

#[test]
fn every_fact_that_is_cited_is_in_the_list() {
    let listed: BTreeSet<String> = listed().into_iter().collect();
    let mut missing = BTreeMap::new();
    for path in texts() {
        let cited = cited(&fs::read_to_string(&path).unwrap());
        let unknown: Vec<String> = cited.into_iter().filter(|fact| !listed.contains(fact)).collect();
        if !unknown.is_empty() {
            missing.insert(path, unknown);
        }
    }
    assert!(missing.is_empty(), "{FACTS} does not have these: {missing:#?}");
}

#[test]
fn the_list_has_each_fact_once_and_in_order() {
    let listed = listed();
    let key = |fact: &String| (fact.chars().next(), fact[1..].parse::<u32>().unwrap());
    assert!(listed.len() > 50, "{listed:?}");
    assert!(listed.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])), "{listed:?}");
}

#[test]
fn citations_are_read_in_every_form_they_are_written_in() {
    for (text, expected) in [
        ("a 409 (facts C4).", &["C4"][..]),
        ("/// Facts E6, E7 and C9: as S3 has it", &["E6", "E7", "C9"]),
        ("//! (facts\n    //! D10/D9)", &["D10", "D9"]),
        ("facts, A6, B2 – C3", &["A6", "B2", "C3"]),
        ("the bucket (facts 1.3) and fact G1", &["1.3", "G1"]),
        ("the facts of the E6 road; artefacts E6; a factsheet A4", &[]),
    ] {
        assert_eq!(cited(text), expected, "{text}");
    }
}

/// Returns the facts of the list, in its order.
fn listed() -> Vec<String> {
    let text = fs::read_to_string(root().join(FACTS)).unwrap();
    let headings = text.lines().filter_map(|line| line.strip_prefix("### "));
    headings.map(|heading| heading.split(' ').next().unwrap().to_owned()).collect()
}

/// Returns the facts that a text cites: the ones in the list after the word.
fn cited(text: &str) -> Vec<String> {
    // A citation may continue in the next line of a comment.
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches(['/', '!', '*', '#']).trim());
    let text = lines.collect::<Vec<_>>().join(" ");
    let is_between = |word: &str| matches!(word, "and" | "or" | "to" | "–");
    let mut facts = Vec::new();
    let mut in_a_list = false;
    for word in text.split([' ', ',', '/', ';']).filter(|word| !word.is_empty()) {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        if bare.eq_ignore_ascii_case("fact") || bare.eq_ignore_ascii_case("facts") {
            in_a_list = true;
        } else if in_a_list && is_a_fact(bare) {
            facts.push(bare.to_owned());
            // The end of a sentence or a bracket ends the list.
            in_a_list = !word.ends_with([')', '.', ':']);
        } else {
            in_a_list = in_a_list && is_between(word);
        }
    }
    facts
}

/// Returns whether a word is a letter and a number, or a number of another list, which is an error.
fn is_a_fact(word: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    word.strip_prefix(|letter| ('A'..='H').contains(&letter)).is_some_and(is_number)
        || word.split_once('.').is_some_and(|(section, point)| is_number(section) && is_number(point))
}

fn texts() -> Vec<PathBuf> {
    let mut texts: Vec<PathBuf> = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()).collect();
    texts.retain(|path| is_a_text(path));
    let mut folders: Vec<PathBuf> = FOLDERS.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if !path.is_dir() {
                texts.extend(Some(path).filter(|path| is_a_text(path)));
            } else if NOT_OURS.iter().all(|name| !path.ends_with(name)) {
                folders.push(path);
            }
        }
    }
    texts
}

/// Returns whether a file has words in it. This one is left out, as it cites facts that do not exist.
fn is_a_text(path: &Path) -> bool {
    let is_text = path.extension().is_some_and(|extension| TEXTS.iter().any(|text| extension == *text));
    is_text && path.is_file() && !path.ends_with("tests/house/facts.rs")
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
