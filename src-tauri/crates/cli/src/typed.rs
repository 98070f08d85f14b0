//! Reads what people type or paste: a reference with spaces around it, a path as a file manager or a web browser copies
//! it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser as _, ValueParser};
use url::Url;

/// Quotation marks in pairs, as programs put them around paths.
const QUOTES: [(char, char); 4] = [('"', '"'), ('\'', '\''), ('“', '”'), ('‘', '’')];

/// Returns clap's parser for the path of a file or folder.
pub(crate) fn path_parser() -> ValueParser {
    OsStringValueParser::new().map(path).into()
}

/// Returns the path that is meant: the text itself if something is there, else without spaces and quotation marks around
/// it, and from a `file://` address (RFC 8089).
pub(crate) fn path(text: OsString) -> PathBuf {
    let as_typed = PathBuf::from(text);
    if as_typed.symlink_metadata().is_ok() {
        return as_typed;
    }
    let Some(typed) = as_typed.to_str() else { return as_typed };
    let bare = unquoted(typed.trim());
    let meant = from_address(bare).unwrap_or_else(|| PathBuf::from(bare));
    if meant.as_os_str().is_empty() || meant == Path::new(typed) { as_typed } else { meant }
}

fn unquoted(text: &str) -> &str {
    let inside = |(open, close)| text.strip_prefix(open)?.strip_suffix(close);
    QUOTES.into_iter().find_map(inside).map_or(text, str::trim)
}

fn from_address(text: &str) -> Option<PathBuf> {
    let is_file = text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:"));
    Url::parse(text).ok().filter(|_| is_file)?.to_file_path().ok()
}

/// Returns a name, such as a consignment's reference, without spaces around it. `None` if nothing else is there.
pub(crate) fn name(text: &str) -> Option<&str> {
    Some(unquoted(text.trim())).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_path_is_found_however_another_program_copied_it() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("Parish records");
        std::fs::create_dir(&folder).unwrap();
        let plain = folder.to_str().unwrap();
        let address = Url::from_file_path(&folder).unwrap();
        assert!(address.as_str().contains("%20"), "{address}");
        let copied = [
            plain.to_owned(),
            format!(" {plain}\n"),
            format!("'{plain}'"),
            format!("\"{plain}\""),
            format!("“{plain}”"),
            address.to_string(),
            format!("'{address}'"),
            address.as_str().replacen("file://", "FILE://localhost", 1),
        ];
        for text in copied {
            assert_eq!(path(text.clone().into()), folder, "{text:?}");
        }
    }

    #[test]
    fn a_path_that_is_there_is_meant_as_it_stands() {
        let dir = tempfile::tempdir().unwrap();
        let odd = dir.path().join("'odd'");
        std::fs::create_dir(&odd).unwrap();
        assert_eq!(path(odd.clone().into()), odd);
        for missing in ["none", "", " ", "''", "http://x/y", "file://elsewhere.example/x"] {
            assert_eq!(path(missing.into()), PathBuf::from(missing), "{missing:?}");
        }
    }

    #[test]
    fn spaces_and_quotation_marks_are_no_part_of_a_name() {
        for text in ["TDR-2026-ABC", " TDR-2026-ABC ", "\u{a0}TDR-2026-ABC\n", "'TDR-2026-ABC'", "“ TDR-2026-ABC”"]
        {
            assert_eq!(name(text), Some("TDR-2026-ABC"), "{text:?}");
        }
        assert_eq!((name(""), name(" \t"), name("''")), (None, None, None));
    }
}
