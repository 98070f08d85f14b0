//! The manifest of a bag (RFC 8493, section 2.1.3): a digest and a path on each line.

use std::io::Write;

use waybill_journal::Reader;
use waybill_model::Failure;

use super::Rows;
use super::facts::{Summary, each_sent};

/// Paths are relative to a bag whose payload is the folder: `data/FOLDER/...`.
pub(super) fn write(reader: &Reader, summary: &Summary, out: &mut impl Write) -> Result<(), Failure> {
    let mut rows = Rows::new(out);
    each_sent(reader, summary.transfer, &mut |file| {
        rows.row(|out| writeln!(out, "{}  data/{}", file.sha256, encoded(&file.path)))
    })?;
    rows.end()
}

/// RFC 8493, section 2.1.3: LF, CR and `%` must be percent-encoded, and nothing else.
fn encoded(path: &str) -> String {
    path.replace('%', "%25").replace('\n', "%0A").replace('\r', "%0D")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_characters_that_break_the_line_are_encoded() {
        assert_eq!(encoded("F/100% ü\r\n.txt"), "F/100%25 ü%0D%0A.txt");
    }
}
