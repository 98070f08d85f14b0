//! What a path means to the operating system: pure, and testable for every system on any system.
//!
//! Windows reads `C:\a\NUL.txt`, `C:\a\name.` and paths of 260 characters differently from how they are written, unless
//! they come in the verbatim form `\\?\C:\a\name.` (Microsoft, "Naming Files, Paths, and Namespaces" and "Maximum Path
//! Length Limitation"). Unix refuses paths over `PATH_MAX`.

use std::path::{Path, PathBuf};

/// The system whose rules apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Os {
    /// Linux and similar Unix systems.
    Linux,
    /// macOS.
    Apple,
    /// Windows.
    Windows,
}

/// The system that this program was built for.
pub(crate) const THIS_OS: Os = if cfg!(windows) {
    Os::Windows
} else if cfg!(target_vendor = "apple") {
    Os::Apple
} else {
    Os::Linux
};

/// How a system interprets a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameForm {
    /// As written.
    AsWritten,
    /// Only in a verbatim path; otherwise it would be shortened or taken for a device.
    VerbatimOnly,
    /// No file can have it. (`a:b` would be the stream `b` of the file `a`.)
    Impossible,
}

/// Returns the path on disk of something below `root`, in the form that the system reads as written.
pub(crate) fn path_below<'a>(os: Os, root: &Path, segments: impl Iterator<Item = &'a str>) -> PathBuf {
    match (os, root.to_str()) {
        (Os::Windows, Some(text)) => PathBuf::from(windows_path(text, segments)),
        // The name of a parent folder is not Unicode, so only the short form is possible.
        (Os::Windows, None) | (Os::Linux | Os::Apple, _) => {
            let mut path = root.to_path_buf();
            path.extend(segments);
            path
        }
    }
}

/// Returns whether the system can open a path of this length.
pub(crate) fn fits(os: Os, path: &Path) -> bool {
    let (units, most) = match os {
        // PATH_MAX, including the NUL at the end.
        Os::Linux => (path.as_os_str().as_encoded_bytes().len(), 4_095),
        Os::Apple => (path.as_os_str().as_encoded_bytes().len(), 1_023),
        // UNICODE_STRING's 32,767 units, less the prefix that the system adds.
        Os::Windows => (path.to_string_lossy().encode_utf16().count(), 32_700),
    };
    units <= most
}

/// Returns how the system interprets a name.
pub(crate) fn name_form(os: Os, name: &str) -> NameForm {
    match os {
        Os::Linux | Os::Apple => NameForm::AsWritten,
        Os::Windows if name.contains(|c: char| c < ' ' || r#"<>:"/\|?*"#.contains(c)) => NameForm::Impossible,
        Os::Windows if name.ends_with(['.', ' ']) || is_device(name) => NameForm::VerbatimOnly,
        Os::Windows => NameForm::AsWritten,
    }
}

/// Returns whether Windows treats a name as a device, in every folder and with any extension: `CON`, `nul.txt`,
/// `COM1 .log`, `LPT³`.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end_matches(' ').to_uppercase();
    if matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") {
        return true;
    }
    let number = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    let mut rest = number.unwrap_or_default().chars();
    matches!((rest.next(), rest.next()), (Some('1'..='9' | '¹' | '²' | '³'), None))
}

/// The maximum length of an ordinary Windows path: 260 characters including the NUL, less 12 reserved in folders.
const SHORT_PATH: usize = 247;

fn windows_path<'a>(root: &str, segments: impl Iterator<Item = &'a str>) -> String {
    let mut path = root.replace('/', r"\");
    for segment in segments {
        if !path.ends_with('\\') {
            path.push('\\');
        }
        path.push_str(segment);
    }
    if is_short(&path) { path } else { verbatim(path) }
}

fn is_short(path: &str) -> bool {
    let names = path.trim_start_matches('\\').split('\\');
    path.encode_utf16().count() <= SHORT_PATH
        && names.skip(1).filter(|name| !name.is_empty()).all(|name| name_form(Os::Windows, name) == NameForm::AsWritten)
}

fn verbatim(path: String) -> String {
    if path.starts_with(r"\\?\") || path.starts_with(r"\\.\") {
        return path;
    }
    if let Some(share) = path.strip_prefix(r"\\") {
        return format!(r"\\?\UNC\{share}");
    }
    let mut start = path.chars();
    match (start.next(), start.next(), start.next()) {
        (Some(drive), Some(':'), Some('\\')) if drive.is_ascii_alphabetic() => format!(r"\\?\{path}"),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(root: &str, below: &[&str]) -> String {
        path_below(Os::Windows, Path::new(root), below.iter().copied()).into_os_string().into_string().unwrap()
    }

    #[test]
    fn an_ordinary_windows_path_is_joined_with_backslashes() {
        assert_eq!(windows(r"C:\Users\a\Holiday", &["sub", "a b.txt"]), r"C:\Users\a\Holiday\sub\a b.txt");
        assert_eq!(windows("D:/x/Holiday", &["a"]), r"D:\x\Holiday\a");
        assert_eq!(windows(r"\\server\share\Holiday", &["a"]), r"\\server\share\Holiday\a");
        assert_eq!(windows(r"C:\Holiday", &[]), r"C:\Holiday");
    }

    #[test]
    fn a_name_that_windows_would_normalise_makes_the_path_verbatim() {
        for name in ["CON", "nul.txt", "Com1.tar.gz", "LPT9", "aux .log", "COM\u{b9}", "conin$", "ends.", "ends "] {
            assert_eq!(windows(r"C:\F", &[name, "a"]), format!(r"\\?\C:\F\{name}\a"), "{name:?}");
            assert_eq!(windows(r"\\s\share\F", &[name]), format!(r"\\?\UNC\s\share\F\{name}"), "{name:?}");
        }
        for name in ["CONE", "COM", "COM0", "COM10", "LPTX", "a.nul", ".con", " lead", "nul_1.txt", "übersicht"] {
            assert_eq!(windows(r"C:\F", &[name]), format!(r"C:\F\{name}"), "{name:?}");
        }
    }

    #[test]
    fn a_long_windows_path_is_verbatim_and_a_short_one_is_not() {
        let name = "n".repeat(SHORT_PATH - r"C:\F\".len());
        assert_eq!(windows(r"C:\F", &[&name]), format!(r"C:\F\{name}"));
        assert_eq!(windows(r"C:\F", &[&name, "x"]), format!(r"\\?\C:\F\{name}\x"));
        // UTF-16 units count: an emoji is two.
        let emoji = "\u{1f5c3}".repeat(130);
        assert_eq!(windows(r"C:\F", &[&emoji]), format!(r"\\?\C:\F\{emoji}"));
    }

    #[test]
    fn a_verbatim_path_stays_verbatim() {
        assert_eq!(windows(r"\\?\C:\F", &["NUL"]), r"\\?\C:\F\NUL");
        assert_eq!(windows(r"\\?\UNC\s\share\F", &["a."]), r"\\?\UNC\s\share\F\a.");
        assert_eq!(windows(r"\\.\Volume{0}\F", &["a."]), r"\\.\Volume{0}\F\a.");
    }

    #[test]
    fn names_impossible_on_windows_are_recognised() {
        for name in ["a:stream", "a\\b", "a?", "a*", "<", "a|b", "q\"q", "bell\u{7}"] {
            assert_eq!(name_form(Os::Windows, name), NameForm::Impossible, "{name:?}");
            assert_eq!(name_form(Os::Linux, name), NameForm::AsWritten, "{name:?}");
        }
    }

    #[test]
    fn unix_accepts_every_name_and_no_path_over_its_limit() {
        let path = path_below(Os::Linux, Path::new("/data/F"), ["NUL", "a.", "b\\c"].into_iter());
        assert_eq!(path, Path::new("/data/F/NUL/a./b\\c"));
        for (os, most) in [(Os::Linux, 4_095), (Os::Apple, 1_023), (Os::Windows, 32_700)] {
            assert!(fits(os, Path::new(&"x".repeat(most))), "{os:?}");
            assert!(!fits(os, Path::new(&"x".repeat(most + 1))), "{os:?}");
        }
    }
}
