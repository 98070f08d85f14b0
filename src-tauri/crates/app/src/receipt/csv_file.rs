//! The receipt for spreadsheets.

use std::io::Write;

use waybill_journal::Reader;
use waybill_model::Failure;

use super::facts::{NotSent, SentFile, Summary, each_not_sent, each_sent};
use super::{Rows, io};

const HEAD: [&str; 9] = [
    "consignment",
    "path",
    "outcome",
    "size_bytes",
    "sha256",
    "modified_utc",
    "acknowledged_utc",
    "file_id",
    "why_not_sent",
];

/// A line for each file, RFC 4180. Paths stand exactly as on the disk: they begin with the folder's name, so that a
/// file name that a spreadsheet would take for a formula never begins a cell, unless the folder's own name does.
pub(super) fn write(reader: &Reader, summary: &Summary, out: &mut impl Write) -> Result<(), Failure> {
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut *out);
    table.write_record(HEAD).map_err(|error| io(&error.into()))?;
    let mut rows = Rows::new(&mut table);
    each_sent(reader, summary.transfer, &mut |file| rows.row(|table| sent(table, summary, &file)))?;
    each_not_sent(reader, summary.transfer, &mut |file| rows.row(|table| not_sent(table, summary, &file)))?;
    rows.end()?;
    table.flush().map_err(|error| io(&error))
}

fn sent<W: Write>(table: &mut csv::Writer<W>, summary: &Summary, file: &SentFile) -> std::io::Result<()> {
    let size = file.size.to_string();
    let cells = [
        summary.consignment.as_str(),
        &file.path,
        "uploaded",
        &size,
        &file.sha256,
        &file.modified,
        &file.acknowledged,
        &file.file_id,
        "",
    ];
    table.write_record(cells).map_err(Into::into)
}

fn not_sent<W: Write>(table: &mut csv::Writer<W>, summary: &Summary, file: &NotSent) -> std::io::Result<()> {
    let size = file.size.map(|size| size.to_string()).unwrap_or_default();
    let cells = [summary.consignment.as_str(), &file.path, "not sent", &size, "", "", "", "", file.why];
    table.write_record(cells).map_err(Into::into)
}
