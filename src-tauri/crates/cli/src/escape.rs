//! Texts from outside on their way to a terminal: nothing in a file's name may move the cursor, colour the screen or
//! turn the direction of writing.

use std::fmt::Write as _;

/// Whether a terminal might obey the character instead of showing it: controls (C0, DEL, C1), line and paragraph
/// separators, and the marks, embeddings, overrides and isolates of bidirectional text.
fn is_unsafe(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text in one line that can be printed: what is unsafe stands as `\u{1b}`, line ends and tabs as `\n` and `\t`.
pub(crate) fn text(raw: &str) -> String {
    let mut shown = String::with_capacity(raw.len());
    for letter in raw.chars() {
        match letter {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            unsafe_one if is_unsafe(unsafe_one) => shown.extend(unsafe_one.escape_unicode()),
            plain => shown.push(plain),
        }
    }
    shown
}

/// The same for a line of JSON: escaped as JSON does it, so that it reads back as the same text.
pub(crate) fn json(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    for letter in line.chars() {
        if is_unsafe(letter) {
            // All of them lie in the basic plane, so four digits hold them.
            let _infallible = write!(shown, "\\u{:04x}", u32::from(letter));
        } else {
            shown.push(letter);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_speak_to_the_terminal() {
        assert_eq!(text("a\u{1b}[2Jb\u{9b}31m"), "a\\u{1b}[2Jb\\u{9b}31m");
        assert_eq!(text("gpj\u{202e}exe.txt"), "gpj\\u{202e}exe.txt");
        assert_eq!(text("two\nlines\tand \u{7f}"), "two\\nlines\\tand \\u{7f}");
    }

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in ["Übersicht 2026.docx", "C:\\Users\\x", "=SUM(A1)", "🗄️ archive", "日本語", "a  b"] {
            assert_eq!(text(name), name);
        }
    }

    #[test]
    fn json_reads_back_as_the_same_text() {
        let name = "x\u{9b}\u{202e}\u{7f}\u{1b}y\u{2028}é";
        let line = json(&serde_json::to_string(name).unwrap());
        assert!(line.chars().all(|letter| !is_unsafe(letter)), "{line}");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), name);
    }
}
