//! Texts from outside on their way to a terminal: nothing in a file's name may move the cursor, colour the screen or
//! turn the direction of writing.

use std::fmt::Write as _;

pub(crate) use waybill_words::visible as text;

/// Returns a line of JSON without characters that a terminal obeys: they are escaped as JSON does it, so that it reads
/// back as the same text.
pub(crate) fn json(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    for letter in line.chars() {
        if waybill_words::is_obeyed(letter) {
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
    fn json_reads_back_as_the_same_text() {
        let name = "x\u{9b}\u{202e}\u{7f}\u{1b}y\u{2028}é";
        let line = json(&serde_json::to_string(name).unwrap());
        assert!(line.chars().all(|letter| !waybill_words::is_obeyed(letter)), "{line}");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), name);
    }
}
