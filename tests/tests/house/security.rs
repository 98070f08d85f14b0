//! `docs/security.md` names a test for each claim. Every one of them exists.

use std::collections::BTreeSet;
use std::fs;

use crate::facts::root;

const DOCUMENT: &str = "docs/security.md";

#[test]
fn every_test_that_the_security_document_names_exists() {
    let text = fs::read_to_string(root().join(DOCUMENT)).unwrap();
    let named = named(&text);
    assert!(named.len() > 60, "{named:?}");
    let missing: Vec<_> = named.iter().filter(|(name, path)| !exists(name, path)).collect();
    assert!(missing.is_empty(), "{DOCUMENT} names tests that do not exist: {missing:#?}");
}

#[test]
fn every_row_names_a_test_or_says_that_it_needs_none() {
    let text = fs::read_to_string(root().join(DOCUMENT)).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.ends_with("| Shown by |"));
    let bare: Vec<_> = rows.filter(|row| named(row).is_empty() && !row.ends_with("| none needed |")).collect();
    assert!(bare.is_empty(), "{bare:#?}");
}

#[test]
fn a_test_that_is_missing_would_be_noticed() {
    let text = "| a | b | [`no_such_test`](../tests/tests/house/security.rs)<br>[`named`](../tests/none.rs) |";
    let named = named(text);
    assert_eq!(named.len(), 2);
    assert!(named.iter().all(|(name, path)| !exists(name, path)));
    assert!(exists("a_test_that_is_missing_would_be_noticed", "tests/tests/house/security.rs"));
}

/// Returns the tests that a text names, with their files from the root.
fn named(text: &str) -> BTreeSet<(&str, &str)> {
    let links = text.split("[`").skip(1).filter_map(|rest| rest.split_once("`](../"));
    links
        .filter_map(|(name, rest)| Some((name, rest.split_once(')')?.0)))
        .filter(|(_, path)| path.ends_with(".rs"))
        .collect()
}

/// Returns whether a file has a test function of this name.
fn exists(name: &str, path: &str) -> bool {
    let text = fs::read_to_string(root().join(path)).unwrap_or_default();
    let Some((before, _)) = text.split_once(&format!("fn {name}()")) else { return false };
    let attributes = before.rsplit('}').next().unwrap_or_default();
    attributes.contains("test]") || attributes.contains("test(")
}
