//! Escapes text from outside before it reaches a terminal: no file name can move the cursor, colour the screen or
//! change the direction of writing.

use std::fmt::Write as _;

pub(crate) use waybill_words::visible as text;

/// Escapes, in a line of JSON, the characters that a terminal interprets. Uses JSON's own escapes, so it still parses
/// as the same text.
pub(crate) fn json(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    for letter in line.chars() {
        if waybill_words::is_control(letter) {
            // All of them are in the basic plane, so four digits are enough.
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
        assert!(line.chars().all(|letter| !waybill_words::is_control(letter)), "{line}");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), name);
    }
}
