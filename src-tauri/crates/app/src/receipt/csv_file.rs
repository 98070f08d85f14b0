//! The receipt for spreadsheets.

use std::borrow::Cow;
use std::io::Write;
use std::ops::ControlFlow;

use waybill_journal::Reader;
use waybill_model::{Failure, ObjectKey};
use waybill_words::receipt_file as words;

use super::facts::{NotSent, SentFile, Summary, each_not_sent, each_sent};
use super::{Rows, io};

const HEAD: [&str; 13] = [
    "consignment",
    "path",
    "outcome",
    "size_bytes",
    "sha256",
    "modified_utc",
    "acknowledged_utc",
    "file_id",
    "why_not_sent",
    "problems",
    "service",
    "website",
    "finished_utc",
];

/// Writes one line for each file (RFC 4180). Cells are exact, except text that a spreadsheet would take for a formula:
/// see [`cell`]. The JSON receipt has the exact names.
pub(super) fn write(reader: &Reader, summary: &Summary, out: &mut impl Write) -> Result<(), Failure> {
    let mut table = table(&mut *out).map_err(|error| io(&error))?;
    table.write_record(HEAD).map_err(|error| io(&error.into()))?;
    let mut rows = Rows::new(&mut table);
    // Most transfers have none, and then nothing has to be looked up.
    let has_problems = summary.files_with_problems.is_some_and(|files| files > 0);
    let mut unread = None;
    each_sent(reader, summary.transfer, &mut |file| {
        let problems = if has_problems { problems_of(reader, summary, &file) } else { Ok(String::new()) };
        match problems {
            Ok(problems) => rows.row(|table| sent(table, summary, &file, &problems)),
            Err(failure) => {
                unread = Some(failure);
                ControlFlow::Break(())
            }
        }
    })?;
    if let Some(failure) = unread {
        return Err(failure);
    }
    each_not_sent(reader, summary.transfer, &mut |file| rows.row(|table| not_sent(table, summary, &file)))?;
    rows.end()?;
    table.flush().map_err(|error| io(&error))
}

/// Returns what TDR's checks found in one file, as TDR names it: `Antivirus: VirusDetected; FFID: Zip`.
fn problems_of(reader: &Reader, summary: &Summary, file: &SentFile) -> Result<String, Failure> {
    let Some(id) = file.file_id else { return Ok(String::new()) };
    let found = reader.check_failures_of(summary.transfer, id)?;
    let found: Vec<String> = found.iter().map(|failed| format!("{}: {}", failed.check, failed.result)).collect();
    Ok(found.join("; "))
}

fn sent<W: Write>(
    table: &mut csv::Writer<W>,
    summary: &Summary,
    file: &SentFile,
    problems: &str,
) -> std::io::Result<()> {
    let size = file.size.to_string();
    let id = file.file_id.map(|id| id.to_string());
    // What the service calls the file: its id, or the key of its object.
    let name = id.as_deref().or(file.key.as_ref().map(ObjectKey::as_str)).unwrap_or_default();
    let cells = [
        summary.destination(),
        &file.path,
        words::cells_uploaded(),
        &size,
        &file.sha256,
        &file.modified,
        &file.acknowledged,
        name,
        "",
        problems,
        &summary.service,
        summary.website.as_deref().unwrap_or_default(),
        summary.finished.as_deref().unwrap_or_default(),
    ];
    table.write_record(cells.iter().map(|text| cell(text).into_owned())).map_err(Into::into)
}

fn not_sent<W: Write>(table: &mut csv::Writer<W>, summary: &Summary, file: &NotSent) -> std::io::Result<()> {
    let size = file.size.map(|size| size.to_string()).unwrap_or_default();
    let cells = [
        summary.destination(),
        &file.path,
        words::cells_not_sent(),
        &size,
        "",
        "",
        "",
        "",
        file.why,
        "",
        &summary.service,
        summary.website.as_deref().unwrap_or_default(),
        summary.finished.as_deref().unwrap_or_default(),
    ];
    table.write_record(cells.iter().map(|text| cell(text).into_owned())).map_err(Into::into)
}

/// Starts a table for spreadsheets: every cell is quoted, so that the separator of the reader's country splits none, and
/// a byte order mark says that it is UTF-8, since Excel reads Windows-1252 otherwise.
pub(crate) fn table<W: Write>(mut out: W) -> std::io::Result<csv::Writer<W>> {
    out.write_all("\u{feff}".as_bytes())?;
    let mut quoted = csv::WriterBuilder::new();
    quoted.terminator(csv::Terminator::CRLF).quote_style(csv::QuoteStyle::Always);
    Ok(quoted.from_writer(out))
}

/// Returns a cell's text so that a spreadsheet shows it and does not run it: `=`, `+`, `-`, `@`, their full-width forms,
/// a tab, a line break and an apostrophe get an apostrophe in front where they start the text, or a part of it that
/// another separator or a line break would make a separate cell. Spaces and quotation marks before them do not count: a
/// reader with another separator takes the quotation marks for its own and shows what they enclose. Removing one
/// apostrophe from each such start gives the original text. (OWASP, "CSV Injection".)
pub(crate) fn cell(text: &str) -> Cow<'_, str> {
    const STARTS: [char; 12] =
        ['=', '+', '-', '@', '\t', '\r', '\n', '\'', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    const SEPARATORS: [char; 6] = [',', ';', '\t', '|', '\r', '\n'];
    const SKIPPED: [char; 2] = ['"', ' '];
    let mut safe = String::new();
    let mut copied = 0;
    let mut starts = true;
    for (at, letter) in text.char_indices() {
        if starts && STARTS.contains(&letter) {
            safe.push_str(&text[copied..at]);
            safe.push('\'');
            copied = at;
        }
        starts = SEPARATORS.contains(&letter) || starts && SKIPPED.contains(&letter);
    }
    if copied == 0 && safe.is_empty() {
        return Cow::Borrowed(text);
    }
    safe.push_str(&text[copied..]);
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receipt::tests::summary_of_one;

    fn line(write: impl Fn(&mut csv::Writer<Vec<u8>>)) -> Vec<String> {
        let mut table = csv::Writer::from_writer(Vec::new());
        write(&mut table);
        let bytes = table.into_inner().unwrap();
        let mut lines = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
        let record = lines.records().next().unwrap().unwrap();
        record.iter().map(str::to_owned).collect()
    }

    #[test]
    fn text_that_starts_like_a_formula_gets_an_apostrophe_and_can_be_read_back() {
        for text in ["=1+1", "+a", "-a", "@a", "\ta", "\ra", "\na", "'a", "\u{ff1d}1", "\u{ff20}a"] {
            assert_eq!(cell(text), format!("'{text}"));
        }
        for text in ["", "a=1", "Records/=1.csv", " a", "\"a\"", "2024", "ü"] {
            assert_eq!(cell(text), text);
        }
    }

    #[test]
    fn no_part_of_a_name_is_a_formula_for_a_reader_with_another_separator() {
        for (text, safe) in [
            ("a;=HYPERLINK(1)", "a;'=HYPERLINK(1)"),
            ("a,-1|+2", "a,'-1|'+2"),
            ("a\t=1", "a\t'=1"),
            ("a\n=1\r\n@x", "a\n'=1\r'\n'@x"),
            ("\r=a", "'\r'=a"),
            ("=1;=2", "'=1;'=2"),
            ("a;\"=HYPERLINK(1);b", "a;\"'=HYPERLINK(1);b"),
            ("a; =1", "a; '=1"),
            (" \"\"=1", " \"\"'=1"),
        ] {
            assert_eq!(cell(text), safe);
        }
        let mut written = table(Vec::new()).unwrap();
        written.write_record(["a", "", "b;c"]).unwrap();
        assert_eq!(written.into_inner().unwrap(), "\u{feff}\"a\",\"\",\"b;c\"\r\n".as_bytes());
    }

    #[test]
    fn a_reader_with_another_separator_finds_no_formula() {
        for name in ["a;\"=HYPERLINK(1);b", "a|\"\"=1|b", "a\t \"@x\tb", "\"=1", "a;=1;\"+2"] {
            let mut written = table(Vec::new()).unwrap();
            written.write_record(["TDR", &*cell(name), "uploaded"]).unwrap();
            let bytes = written.into_inner().unwrap();
            for separator in [b',', b';', b'\t', b'|'] {
                let mut reader = csv::ReaderBuilder::new();
                reader.has_headers(false).delimiter(separator);
                for record in reader.from_reader(bytes.as_slice()).records() {
                    let record = record.unwrap();
                    let runs = |text: &str| text.trim_start_matches([' ', '"']).starts_with(['=', '+', '-', '@']);
                    assert!(!record.iter().any(runs), "{name:?} read with {:?}: {record:?}", char::from(separator));
                }
            }
        }
    }

    #[test]
    fn a_folder_named_like_a_formula_gives_no_cell_that_starts_like_one() {
        let mut summary = summary_of_one();
        summary.consignment = Some("@TDR".to_owned());
        let file = SentFile {
            path: "=cmd|' /C calc'!A0/a.txt".to_owned(),
            size: 1,
            sha256: "00".repeat(32),
            modified: "-0044-03-15T12:00:00.000Z".to_owned(),
            acknowledged: String::new(),
            file_id: None,
            key: Some("=in/1".into()),
            known_by: waybill_model::Acknowledgement::Reply,
        };
        let cells = line(|table| sent(table, &summary, &file, "FFID: Zip").unwrap());
        assert_eq!(cells[..2], ["'@TDR", "'=cmd|'' /C calc'!A0/a.txt"]);
        assert_eq!((&*cells[5], &*cells[7]), ("'-0044-03-15T12:00:00.000Z", "'=in/1"));
        let file = NotSent {
            path: "+F/b".to_owned(),
            is_folder: false,
            size: None,
            code: waybill_model::Code::Locked,
            why: "why",
            detail: None,
            raw_name: None,
        };
        assert_eq!(line(|table| not_sent(table, &summary, &file).unwrap())[1], "'+F/b");
    }
}
