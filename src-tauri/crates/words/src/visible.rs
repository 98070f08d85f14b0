//! Escapes text from outside, such as file names, for a terminal or a page.

/// Returns whether a character controls the display instead of being shown: control characters (C0, DEL, C1), line and
/// paragraph separators, and the marks, embeddings, overrides and isolates of bidirectional text (Unicode Standard
/// Annex 9).
#[must_use]
pub fn is_control(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns the text in one line with every character visible: line ends and tabs as `\n` and `\t`, and other control
/// characters in the form `\u{1b}`.
#[must_use]
pub fn visible(raw: &str) -> String {
    let mut shown = String::with_capacity(raw.len());
    for letter in raw.chars() {
        match letter {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            control if is_control(control) => shown.extend(control.escape_unicode()),
            plain => shown.push(plain),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_in_a_name_are_escaped() {
        assert_eq!(visible("a\u{1b}[2Jb\u{9b}31m"), "a\\u{1b}[2Jb\\u{9b}31m");
        assert_eq!(visible("gpj\u{202e}exe.txt"), "gpj\\u{202e}exe.txt");
        assert_eq!(visible("two\nlines\tand \u{7f}"), "two\\nlines\\tand \\u{7f}");
    }

    #[test]
    fn ordinary_names_do_not_change() {
        for name in ["Übersicht 2026.docx", "C:\\Users\\x", "=SUM(A1)", "🗄️ archive", "日本語", "a  b"] {
            assert_eq!(visible(name), name);
        }
    }
}
