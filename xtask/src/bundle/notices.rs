//! The licences of the libraries in the programs, which must be distributed with them: one document, each licence once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::layout::Package;
use crate::error::{Error, Result};
use crate::step;
use crate::workspace::{self, Network};

/// The package of the stylesheets. They are compiled into the page's own, so its bundler does not list them.
const STYLES: &str = "ui/node_modules/govuk-frontend";

/// A library in the programs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    name: String,
    version: String,
    licence: String,
    /// The licence texts that come with it.
    texts: BTreeSet<String>,
}

/// Returns the document for a package. The window's requires that the page is built.
///
/// # Errors
/// Cargo fails, or something cannot be read.
pub(super) fn collect(package: Package, network: Network) -> Result<String> {
    let parts = libraries(package.crate_name(), network)?;
    let without = parts.iter().filter(|part| part.texts.is_empty()).count();
    println!(
        "   {}: licences of {} libraries; {without} have no licence text and are listed with the licence's name",
        package.name(),
        parts.len()
    );
    match package {
        Package::CommandLine | Package::Sandbox => Ok(compose(package.name(), &parts, None)),
        Package::Desktop => {
            let page = workspace::root().join("ui/dist/licences.md");
            let page = fs::read_to_string(&page).map_err(Error::io(&page))?;
            Ok(compose(package.name(), &parts, Some((&page, &styles()?))))
        }
    }
}

fn libraries(package: &str, network: Network) -> Result<Vec<Part>> {
    let mut tree = workspace::cargo(network);
    tree.args([
        "tree",
        "--locked",
        "--quiet",
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--package",
        package,
    ]);
    let used = used(&step::output(&mut tree)?);
    let mut metadata = workspace::cargo(network);
    metadata.args(["metadata", "--locked", "--quiet", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&step::output(&mut metadata)?)
        .map_err(|error| Error::Wrong(format!("cargo metadata: {error}")))?;
    let known = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    // Packages without a source are our own.
    let of_others = known.iter().filter(|package| package["source"].is_string());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut parts = Vec::new();
    for package in of_others {
        let (name, version) = (text(&package["name"]), text(&package["version"]));
        if !used.contains(&(name.clone(), version.clone())) {
            continue;
        }
        let manifest = text(&package["manifest_path"]);
        let texts = Path::new(&manifest).parent().map(texts).transpose()?.unwrap_or_default();
        parts.push(Part { name, version, licence: text(&package["license"]), texts });
    }
    parts.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
    Ok(parts)
}

/// Reads names and versions from the output of `cargo tree`: `name v1.2.3`, then anything.
fn used(tree: &str) -> BTreeSet<(String, String)> {
    let name_and_version = |line: &str| {
        let mut words = line.split_whitespace();
        let (name, version) = (words.next()?, words.next()?);
        Some((name.to_owned(), version.trim_start_matches('v').to_owned()))
    };
    tree.lines().filter_map(name_and_version).collect()
}

/// Returns the licence texts in a folder.
fn texts(dir: &Path) -> Result<BTreeSet<String>> {
    let mut texts = BTreeSet::new();
    for entry in fs::read_dir(dir).map_err(Error::io(dir))? {
        let path = entry.map_err(Error::io(dir))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if is_licence(&name) && path.is_file() {
            let text = fs::read(&path).map_err(Error::io(&path))?;
            texts.insert(tidy(&String::from_utf8_lossy(&text)));
        }
    }
    Ok(texts)
}

fn is_licence(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let source = [".RS", ".PY", ".TOML", ".JSON", ".HTML"].iter().any(|end| name.ends_with(end));
    let beginnings = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];
    !source && beginnings.iter().any(|beginning| name.starts_with(beginning))
}

/// Removes spaces at the ends of lines and empty lines at both ends, so that texts that differ only there are equal.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

fn styles() -> Result<Part> {
    let dir = workspace::root().join(STYLES);
    let about = dir.join("package.json");
    let about = fs::read(&about).map_err(Error::io(&about))?;
    let about: Value =
        serde_json::from_slice(&about).map_err(|error| Error::Wrong(format!("{STYLES}/package.json: {error}")))?;
    let text = |field: &str| about[field].as_str().unwrap_or_default().to_owned();
    let texts = texts(&dir)?;
    Ok(Part { name: text("name"), version: text("version"), licence: text("license"), texts })
}

/// Composes the document. The page and its stylesheets are only part of the window.
fn compose(program: &str, parts: &[Part], page: Option<(&str, &Part)>) -> String {
    let mut holders: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut list = String::new();
    for part in parts.iter().chain(page.map(|(_, styles)| styles)) {
        list.push_str(&format!("{} {}: {}\n", part.name, part.version, part.licence));
        for text in &part.texts {
            holders.entry(text).or_default().push(format!("{} {}", part.name, part.version));
        }
    }
    let rule = "-".repeat(78);
    let texts: String =
        holders.iter().map(|(text, names)| format!("{rule}\n{}\n{rule}\n\n{text}\n\n", names.join(", "))).collect();
    let page = page.map(|(page, _)| format!("The window's page\n{rule}\n\n{}\n", page.trim())).unwrap_or_default();
    format!("{program} contains these libraries. The texts of their licences follow.\n\n{list}\n{texts}{rule}\n{page}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, texts: &[&str]) -> Part {
        Part {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            licence: "MIT".to_owned(),
            texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    #[test]
    fn every_library_is_listed_and_each_text_appears_once() {
        let parts = [part("one", &["Do it."]), part("two", &["Do it."]), part("bare", &[])];
        let text = compose("waybill-desktop", &parts, Some(("page", &part("css", &["Style it."]))));
        assert_eq!(text.matches("Do it.").count(), 1);
        assert!(text.contains("one 1.0.0, two 1.0.0\n"));
        for wanted in ["bare 1.0.0: MIT", "css 1.0.0: MIT", "Style it.", "page"] {
            assert!(text.contains(wanted), "{wanted}");
        }
        assert!(!compose("waybill", &parts, None).contains("page"));
    }

    #[test]
    fn libraries_are_read_from_the_output_of_cargo_tree() {
        let tree = "serde v1.0.1\nsyn v2.0.0 (proc-macro)\nwaybill v0.1.0 (/somewhere)\nserde v1.0.1 (*)\n\n";
        let used = used(tree);
        assert_eq!(used.len(), 3);
        assert!(used.contains(&("serde".to_owned(), "1.0.1".to_owned())));
    }

    #[test]
    fn licences_are_recognised_by_their_file_names() {
        for name in ["LICENSE", "LICENSE-MIT", "license.txt", "COPYING", "NOTICE", "UNLICENSE", "Licence.md"] {
            assert!(is_licence(name), "{name}");
        }
        for name in ["README.md", "licenses.rs", "Cargo.toml", "license.html"] {
            assert!(!is_licence(name), "{name}");
        }
    }

    #[test]
    fn spaces_at_the_ends_do_not_make_a_different_text() {
        assert_eq!(tidy("\n a \r\nb\n\n"), tidy(" a\nb"));
    }
}
