//! Removes the names of people, folders and files from text that is given to others.
//!
//! Known names are removed wherever they occur. Only the journal has all file names, too many to search for; but a file
//! name in a log is part of a path, and paths are removed whole. It removes too much rather than too little: a path
//! extends to the quote that encloses it, to a reason that the system or this program gives, or to the end of the line.

use std::io;

use aho_corasick::{AhoCorasick, Input, MatchKind};
use waybill_model::Code;

const NAME: &str = "[name]";
const PATH: &str = "[path]";
/// Names up to this many characters are also parts of many words.
const SHORT: usize = 2;

/// Names that must not appear in a text.
#[derive(Debug)]
pub(crate) struct Names {
    known: Vec<String>,
    /// `None` if no names are known, or too many.
    search: Option<AhoCorasick>,
}

impl Names {
    /// `known` has names and paths. A name of up to two characters is removed only where it stands alone.
    pub(crate) fn new(known: impl IntoIterator<Item = String>) -> Self {
        let mut known: Vec<String> = known.into_iter().filter(|name| !name.trim().is_empty()).collect();
        // The same names as printed in quotes.
        let escaped = known.iter().map(|name| escaped(name)).collect::<Vec<_>>();
        known.extend(escaped);
        known.sort_unstable();
        known.dedup();
        let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&known).ok();
        Self { known, search }
    }

    /// Returns the text without the known names and without anything that looks like a local path.
    pub(crate) fn hide(&self, text: &str) -> String {
        text.lines().fold(String::new(), |clean, line| clean + &self.line(line).0 + "\n")
    }

    /// Does the same for a log, whose lines start with their time. Names may contain line breaks: a line without a time
    /// that follows a line ending in a path is part of that path.
    pub(crate) fn hide_in_log(&self, text: &str) -> String {
        let mut clean = String::with_capacity(text.len());
        let mut in_path = false;
        for line in text.lines() {
            if in_path && !begins_with_time(line) {
                continue;
            }
            let (line, ends_in_path) = self.line(line);
            clean.extend([line.as_str(), "\n"]);
            in_path = ends_in_path;
        }
        clean
    }

    /// Returns the line, and whether a path reaches its end.
    fn line(&self, line: &str) -> (String, bool) {
        let mut out = String::with_capacity(line.len());
        let mut at = 0;
        loop {
            let path = path_start(line, at);
            let name = self.find(line, at).filter(|(start, _)| path.is_none_or(|path| *start < path));
            let (start, end) = match (path, name) {
                (None, None) => break,
                // A known folder with something in it.
                (_, Some((start, end))) if starts_with_separator(rest(line, end)) => (start, path_end(line, start)),
                (_, Some((start, end))) => {
                    out.extend([between(line, at, start), NAME]);
                    at = end;
                    continue;
                }
                (Some(start), None) => (start, path_end(line, start)),
            };
            out.extend([between(line, at, start), PATH]);
            if end >= line.len() {
                return (out, true);
            }
            at = end;
        }
        out.push_str(rest(line, at));
        (out, false)
    }

    /// Returns the first known name from this position, the longest of those that start together.
    fn find(&self, line: &str, from: usize) -> Option<(usize, usize)> {
        let search = self.search.as_ref()?;
        let mut from = from;
        while from <= line.len() {
            let found = search.find(Input::new(line).span(from..line.len()))?;
            let name = self.known.get(found.pattern().as_usize())?;
            if name.chars().count() > SHORT || stands_alone(line, found.start(), found.end()) {
                return Some((found.start(), found.end()));
            }
            from = found.start() + rest(line, found.start()).chars().next().map_or(1, char::len_utf8);
        }
        None
    }
}

/// Returns the name as Rust prints it, without the quotes.
fn escaped(name: &str) -> String {
    let printed = format!("{name:?}");
    printed.get(1..printed.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// Returns whether it is not part of a word, number, time or address.
fn stands_alone(line: &str, start: usize, end: usize) -> bool {
    let joins = |c: char| c.is_alphanumeric() || ['-', '_', '.', '@', '%'].contains(&c);
    let mut before = between(line, 0, start).chars().rev();
    let mut after = rest(line, end).chars();
    let (last, next) = (before.next(), after.next());
    let is_time = |colon: Option<char>, beyond: Option<char>| {
        colon == Some(':') && beyond.is_some_and(|c| c.is_ascii_digit() || c == ':')
    };
    let in_time = is_time(last, before.next()) || is_time(next, after.next());
    !in_time && !last.is_some_and(joins) && !next.is_some_and(|c| joins(c) && c != '.')
}

fn starts_with_separator(text: &str) -> bool {
    text.starts_with(['/', '\\'])
}

/// Returns where the next local path starts.
fn path_start(line: &str, from: usize) -> Option<usize> {
    let mut previous = between(line, 0, from).chars().next_back().unwrap_or(' ');
    for (offset, c) in rest(line, from).char_indices() {
        let begins = previous.is_whitespace() || "\"'`=([{<:,;‘“«".contains(previous);
        let text = rest(line, from + offset);
        // "//" follows the colon of a web address.
        let unix = text.starts_with('/') && !text.starts_with("//") && text.len() > 1;
        let drive = c.is_ascii_alphabetic() && [":\\", ":/"].iter().any(|mark| rest(text, 1).starts_with(mark));
        let drive = drive && !rest(text, 1).starts_with("://");
        if begins && (unix || drive || text.starts_with("\\\\") || text.starts_with("file://")) {
            return Some(from + offset);
        }
        previous = c;
    }
    None
}

/// Returns where the path that starts there ends.
fn path_end(line: &str, start: usize) -> usize {
    let text = rest(line, start);
    let quote = between(line, 0, start).chars().next_back().filter(|c| ['"', '\''].contains(c));
    let quoted = match quote {
        Some('"') => unescaped_quote(text),
        // Names may contain it as an apostrophe: the last one ends the path.
        Some(quote) => text.rfind(quote),
        None => None,
    };
    let reason = || text.match_indices(": ").map(|(at, _)| at).find(|at| is_reason(rest(text, at + 2)));
    start + quoted.or_else(reason).unwrap_or(text.len())
}

/// Returns the quote that ends text printed by Rust.
fn unescaped_quote(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends.then_some(at)
    })
}

/// Returns whether this is a reason why something could not be done with a path, in the exact words of the system or
/// this program, so that no name is mistaken for one.
fn is_reason(text: &str) -> bool {
    text.split(": ").all(|part| is_of_system(part) || Code::ALL.iter().any(|code| code.as_str() == part))
}

fn is_of_system(text: &str) -> bool {
    let number = text.rsplit_once("(os error ").and_then(|(_, number)| number.strip_suffix(')')?.parse().ok());
    number.is_some_and(|number| io::Error::from_raw_os_error(number).to_string() == text)
}

fn begins_with_time(line: &str) -> bool {
    let mut bytes = line.bytes();
    (0..4).all(|_| bytes.next().is_some_and(|byte| byte.is_ascii_digit())) && bytes.next() == Some(b'-')
}

fn rest(text: &str, from: usize) -> &str {
    text.get(from..).unwrap_or_default()
}

fn between(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hidden(names: &[&str], line: &str) -> String {
        Names::new(names.iter().map(|name| (*name).to_owned())).line(line).0
    }

    #[test]
    fn names_and_paths_are_removed_unless_the_person_included_them() {
        let names = ["/home/ada/My Records", "My Records", "Ada Müller"];
        let cases = [
            ("signed in as Ada Müller", "signed in as [name]"),
            (
                "/home/ada/My Records/a b.pdf: Permission denied (os error 13)",
                "[path]: Permission denied (os error 13)",
            ),
            ("/home/ada/My Records/a b.pdf: not there", "[path]"),
            ("path=\"My Records/secret plan.docx\" code=locked", "path=\"[path]\" code=locked"),
            ("path=\"My Records/a \\\"secret\\\" plan.docx\" code=locked", "path=\"[path]\" code=locked"),
            ("the file '/x/Ada's plan' is open", "the file '[path]' is open"),
            ("C:\\Users\\ada\\x y.txt: locked", "[path]: locked"),
            ("shown file:///home/ada/My%20Records/x", "shown [path]"),
            ("/home/ada/My Records 2/plan.docx", "[path]"),
            ("GET https://api.example/graphql", "GET https://api.example/graphql"),
            ("3/4 done, status 200", "3/4 done, status 200"),
        ];
        for (line, clean) in cases {
            assert_eq!(hidden(&names, line), clean);
        }
    }

    #[test]
    fn a_colon_or_space_in_a_name_does_not_end_a_path() {
        let names = ["/r/Board", "Board"];
        for line in [
            "/r/Board/Minutes: plan.docx",
            "/r/Board/Minutes: plan: final.docx",
            "Board/Minutes: Permission denied (os error 99999).docx",
            "Board/Minutes: locked by Ada",
        ] {
            assert_eq!(hidden(&names, line), "[path]", "{line}");
        }
        let reason = io::Error::from_raw_os_error(2).to_string();
        let line = format!("unreadable: /r/Board/Minutes: plan.docx: {reason}");
        assert_eq!(hidden(&names, &line), format!("unreadable: [path]: {reason}"));
        assert_eq!(hidden(&names, "Board/Minutes: plan.docx: locked"), "[path]: locked");
    }

    #[test]
    fn a_name_of_one_or_two_letters_is_removed_where_it_stands_alone() {
        let cases = [
            ("HR could not go on", "[name] could not go on"),
            ("folder=HR code=locked", "folder=[name] code=locked"),
            ("(HR), \"HR\": HR.", "([name]), \"[name]\": [name]."),
            ("HR/secret plan.docx", "[path]"),
            ("CHRIS THROUGH HR2 x-HR", "CHRIS THROUGH HR2 x-HR"),
        ];
        for (line, clean) in cases {
            assert_eq!(hidden(&["HR"], line), clean);
        }
        assert_eq!(hidden(&["20"], "2026-11-20T12:20:05.20Z sent=20"), "2026-11-20T12:20:05.20Z sent=[name]");
        assert_eq!(hidden(&["a", ""], "a transfer at all"), "[name] transfer at all");
    }

    #[test]
    fn a_path_with_line_breaks_is_removed_with_all_its_lines() {
        let log = "2026-11-21T12:00:00Z could not read /r/a\nsecret plan\n2026-11-21T12:00:01Z went on\nas usual\n";
        let clean = Names::new([]).hide_in_log(log);
        assert_eq!(clean, "2026-11-21T12:00:00Z could not read [path]\n2026-11-21T12:00:01Z went on\nas usual\n");
    }

    /// A name as people and programs make them. The mark in its middle is in no sentence of ours.
    fn name() -> impl Strategy<Value = String> {
        let part = "[ a-zA-Zéß日0-9:;,.=&?%#@!'\"\\[\\](){}<>+~^$_-]{0,8}";
        (part, part).prop_map(|(before, after)| format!("{before}žž{after}"))
    }

    proptest! {
        #[test]
        fn no_name_of_a_made_up_tree_stays(
            home in name(), folder in name(), inside in proptest::collection::vec(name(), 1..4), colon in any::<bool>(),
        ) {
            let root = format!("/home/{home}/{folder}");
            let names = Names::new([root.clone(), folder.clone()]);
            let tree = inside.join(if colon { ": /" } else { "/" });
            let (whole, own) = (format!("{root}/{tree}"), format!("{folder}/{tree}"));
            let time = "2026-11-21T12:00:00Z  WARN waybill_app:";
            for path in [&root, &folder, &whole, &own] {
                for line in [
                    path.clone(),
                    format!("{time} unreadable: {path}: Permission denied (os error 13)"),
                    format!("{time} failure=locked: {path}"),
                    format!("{time} path={path:?} code=locked"),
                    format!("{time} could not be read path={path} code=locked"),
                    format!("{time} Failure {{ code: Locked, detail: Some({path:?}) }} and {path:?}"),
                ] {
                    let clean = names.hide_in_log(&line);
                    prop_assert!(!clean.contains("žž"), "{line}\n{clean}");
                }
            }
        }
    }
}
