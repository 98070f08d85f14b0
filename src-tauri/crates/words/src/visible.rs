//! Texts from outside, such as names of files, on their way to a terminal or a page.

/// Returns whether a character is obeyed instead of shown: controls (C0, DEL, C1), line and paragraph separators, and the
/// marks, embeddings, overrides and isolates of bidirectional text (Unicode Standard Annex 9).
#[must_use]
pub fn is_obeyed(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns the text in one line in which every character shows: line ends and tabs as `\n` and `\t`, anything else that
/// would be obeyed as `\u{1b}`.
#[must_use]
pub fn visible(raw: &str) -> String {
    let mut shown = String::with_capacity(raw.len());
    for letter in raw.chars() {
        match letter {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            obeyed if is_obeyed(obeyed) => shown.extend(obeyed.escape_unicode()),
            plain => shown.push(plain),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_of_a_name_is_obeyed() {
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
