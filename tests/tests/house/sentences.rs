//! What people read comes from `words/*.ftl`: the layers that print to people have no sentence in a string literal.
//!
//! A literal is a sentence if two words follow each other in it. Comments, attributes, lines of the log, assertions and
//! tests do not count. What has to stay in the code is in [`ALLOWED`], with the reason (ADR 8).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

/// The sources of what prints to people: the command line, the window's program, and what is below both.
const LAYERS: [&str; 3] = ["src-tauri/crates/cli/src", "src-tauri/crates/app/src", "src-tauri/src"];

/// Files that are only compiled for tests.
const FOR_TESTS: [&str; 4] = ["tests.rs", "testing.rs", "tests/", "crates/app/src/samples.rs"];

/// Macros whose text nobody reads who only uses the program: the log, and what can fail only in a wrong program.
const NOT_SHOWN: [&str; 11] = [
    "trace",
    "debug",
    "info",
    "warn",
    "error",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "panic",
    "unreachable",
];

const SUPPORT: &str = "the support bundle is in English in every language";
const BROKEN: &str = "says which of the program's own assumptions failed, for those who support it";
const NETWORK: &str = "says what the service or the system did, in technical words, behind a code";
const SETTINGS: &str = "says what is wrong with a key of a configuration file, beside the key's name";
const FINDING: &str = "the journal keeps the detail of a finding, and a program in another language may read it";
const MACHINE: &str = "a machine writes or reads it";
const LOG: &str = "is part of a line of the log";
const HELP: &str = "the help of the command line is in the code, which clap needs when it is compiled";

/// The file, how the literal starts, and why it stays.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("app/src/check.rs", "waybill check", MACHINE),
    ("app/src/check_failures.rs", "more than {most} pages", NETWORK),
    ("app/src/controller.rs", "{}: is missing, and", SETTINGS),
    ("app/src/handle.rs", "the controller has ended", BROKEN),
    ("app/src/interface.rs", "{}: name: '{}' is built in", SETTINGS),
    ("app/src/interface.rs", "it is not UTF-8 text", SETTINGS),
    ("app/src/receipt/html.rs", "default-src", MACHINE),
    ("app/src/session/kept.rs", "the store's thread ended", BROKEN),
    ("app/src/session/refreshing.rs", "the new tokens are about", NETWORK),
    ("app/src/session/server.rs", "called off", NETWORK),
    ("app/src/session/server.rs", "discovery answered {}", NETWORK),
    ("app/src/settings_files.rs", "{key}: {wanted} is wanted", SETTINGS),
    ("app/src/settings_files.rs", "no_proxy: a text", SETTINGS),
    ("app/src/settings_files.rs", "the name or the file", SETTINGS),
    ("app/src/settings_files.rs", "the address of a proxy", SETTINGS),
    ("app/src/transfer/api.rs", "the file ids could not be kept", BROKEN),
    ("app/src/transfer/api.rs", "transfer {} has no consignment", BROKEN),
    ("app/src/transfer/ending.rs", "it took too long", LOG),
    ("app/src/transfer/hash.rs", "a hashing thread ended", BROKEN),
    ("app/src/transfer/hash.rs", "it is not there any more", FINDING),
    ("app/src/transfer/hash.rs", "it changes while it is read", FINDING),
    ("app/src/transfer/objects.rs", "no upload id", BROKEN),
    ("app/src/transfer/objects.rs", "no body", BROKEN),
    ("app/src/transfer/sendable.rs", "it is not in the journal", BROKEN),
    ("app/src/transfer/sendable.rs", "it is not hashed", BROKEN),
    ("app/src/transfer/sendable.rs", "it has no part", BROKEN),
    ("app/src/transfer/sendable.rs", "not every part is acknowledged", BROKEN),
    ("app/src/transfer/sendable.rs", "it is not registered", BROKEN),
    ("cli/src/arguments.rs", "Exit codes:", HELP),
    ("cli/src/follow.rs", "the controller has ended", BROKEN),
    ("cli/src/verdict.rs", "waybill resume {reference}", MACHINE),
    ("src-tauri/src/desktop.rs", "be shown", LOG),
    ("src-tauri/src/desktop.rs", "load its page", LOG),
    ("src-tauri/src/desktop.rs", "be asked whether its page answers", LOG),
    ("src-tauri/src/desktop.rs", "come forward", LOG),
    ("src-tauri/src/desktop.rs", "show progress", LOG),
    ("src-tauri/src/desktop.rs", "be hidden", LOG),
    ("src-tauri/src/desktop.rs", "be minimised", LOG),
    ("src-tauri/src/log.rs", "cannot be read: {error}", SUPPORT),
    ("src-tauri/src/page_process.rs", "too much memory", LOG),
    ("src-tauri/src/page_process.rs", "ended by the program", LOG),
    ("src-tauri/src/redact/names.rs", "(os error", MACHINE),
    // Every text of this file goes into the bundle.
    ("src-tauri/src/support.rs", "", SUPPORT),
];

/// A literal with its line.
type Found = (usize, String);

#[test]
fn no_sentence_that_people_read_is_in_the_code() {
    let mut used = BTreeSet::new();
    let mut built = Vec::new();
    for path in sources() {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        for (line, text) in sentences(&fs::read_to_string(&path).unwrap()) {
            let is_it = |(file, start, _): &&(&str, &str, &str)| name.ends_with(file) && text.starts_with(start);
            match ALLOWED.iter().find(is_it) {
                Some(allowed) => {
                    used.insert(*allowed);
                }
                None => built.push(format!("{name}:{line}: {text}")),
            }
        }
    }
    assert!(built.is_empty(), "put these into words/en-GB.ftl, or say in ALLOWED why they stay: {built:#?}");
    let unused: Vec<_> = ALLOWED.iter().filter(|allowed| !used.contains(*allowed)).collect();
    assert!(unused.is_empty(), "these are not in the code any more: {unused:#?}");
}

#[test]
fn a_sentence_is_found_wherever_it_is_printed_from() {
    let planted = r##"
        /// A comment says what it does.
        #[error("an attribute does too")]
        fn show(out: &mut impl Write, name: &str) -> Option<String> {
            // Not this one: "a comment".
            tracing::warn!(%name, "the log has sentences");
            match name {
                "two words" => println!("The folder {name} is gone."),
                other => { write!(out, "{other}: {}\n", words::folder(name)); }
            }
            let _path = "/usr/share/waybill";
            Some(format!("{name} \
                was not sent")).filter(|_| r#"raw text"# != "x")
        }
        #[cfg(test)]
        mod tests {
            const TEXT: &str = "this is a test";
        }
    "##;
    let found: Vec<String> = sentences(planted).into_iter().map(|(_, text)| text).collect();
    assert_eq!(found, ["two words", "The folder {name} is gone.", "{name} was not sent", "raw text"]);
}

#[test]
fn only_words_in_a_row_are_a_sentence() {
    for text in ["not sent", "{} has ended", "Install it again.", "yes, it's sent", "a: of this"] {
        assert!(is_sentence(text), "{text}");
    }
    for text in ["", "uploaded", "{}: {error}", "no-store", "a/b c.d", "x {name} y", "HTTP {}", "{a} {b}"] {
        assert!(!is_sentence(text), "{text}");
    }
}

/// Returns the sentences in a source.
fn sentences(source: &str) -> Vec<Found> {
    let mut found = Vec::new();
    look(source.parse().unwrap(), &mut found);
    found
}

fn look(tokens: TokenStream, found: &mut Vec<Found>) {
    // The name and the `!` of a macro that was just read.
    let mut last = [String::new(), String::new()];
    let mut is_for_tests = false;
    for token in tokens {
        let is_attribute = last[1] == "#" || last == ["#", "!"];
        let is_macro_not_shown = last[1] == "!" && NOT_SHOWN.contains(&last[0].as_str());
        match &token {
            TokenTree::Group(group) if is_attribute => {
                let attribute = group.stream().to_string().replace(' ', "");
                is_for_tests |= attribute == "cfg(test)" || attribute == "test";
            }
            TokenTree::Group(group) => {
                if !is_macro_not_shown && !is_for_tests {
                    look(group.stream(), found);
                }
                // The body ends what the attribute was about.
                is_for_tests &= group.delimiter() != proc_macro2::Delimiter::Brace;
            }
            TokenTree::Literal(literal) if !is_for_tests => {
                let text = text_of(&literal.to_string());
                found.extend(text.filter(|text| is_sentence(text)).map(|text| (literal.span().start().line, text)));
            }
            TokenTree::Punct(punct) => is_for_tests &= punct.as_char() != ';',
            TokenTree::Literal(_) | TokenTree::Ident(_) => {}
        }
        last = [std::mem::take(&mut last[1]), token.to_string()];
    }
}

/// Returns the text of a string literal, in one line; nothing for other literals.
fn text_of(literal: &str) -> Option<String> {
    let text = match literal.strip_prefix('r') {
        Some(raw) => raw.trim_matches('#').to_owned(),
        None => literal.replace("\\n", " ").replace("\\t", " ").replace("\\\"", "'").replace("\\\n", " "),
    };
    let text = text.strip_prefix('"')?.strip_suffix('"')?;
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Returns whether two words follow each other. What a placeholder stands for is no word.
fn is_sentence(text: &str) -> bool {
    let is_word = |part: &str| {
        let bare = part.trim_matches(|letter: char| ",;:.!?()“”'".contains(letter));
        bare.chars().count() > 1 && bare.chars().all(|letter| letter.is_alphabetic() || "'’-".contains(letter))
    };
    let words: Vec<bool> = text.split(' ').map(is_word).collect();
    words.windows(2).any(|pair| pair == [true, true])
}

fn sources() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = LAYERS.iter().map(|layer| root().join(layer)).collect();
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{}{}", path.to_string_lossy().replace('\\', "/"), if path.is_dir() { "/" } else { "" });
            if FOR_TESTS.iter().any(|file| name.ends_with(file)) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(path);
            }
        }
    }
    sources.sort();
    sources
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
