//! The findings of the check as a file for spreadsheets.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use waybill_journal::Reader;
use waybill_model::{Code, Effect, Failure, Finding, FindingKind, TransferId};
use waybill_words::receipt_file as words;

use crate::receipt::{cell, table, unwritable};

const HEAD: [&str; 8] = ["kind", "effect", "path", "folder", "size_bytes", "what", "detail", "raw_name_hex"];
const PAGE: u32 = 1_000;

/// Writes the findings of one kind or of all as CSV (RFC 4180), whole or not at all.
///
/// Text that a spreadsheet would take for a formula has an apostrophe in front, as in the receipt's CSV.
///
/// # Errors
/// [`Code::TransferUnknown`], [`Code::OutputUnwritable`], [`Code::DiskFull`], a journal that cannot be read.
pub fn write_findings(
    reader: &Reader,
    transfer: TransferId,
    kind: Option<FindingKind>,
    path: &Path,
) -> Result<(), Failure> {
    if reader.transfer(transfer)?.is_none() {
        return Err(Failure::new(Code::TransferUnknown, transfer.to_string()));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = tempfile::NamedTempFile::new_in(folder).map_err(|error| unwritable(path, &error))?;
    write_rows(reader, transfer, kind, beside.as_file(), path)?;
    waybill_files::put(beside, path).map_err(|error| unwritable(path, &error))
}

fn write_rows(
    reader: &Reader,
    transfer: TransferId,
    kind: Option<FindingKind>,
    file: &File,
    path: &Path,
) -> Result<(), Failure> {
    let mut table = table(BufWriter::new(file)).map_err(|error| unwritable(path, &error))?;
    table.write_record(HEAD).map_err(|error| unwritable(path, &error.into()))?;
    let mut after = None;
    loop {
        let page = reader.findings(transfer, kind, after, PAGE)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (_, finding) in page {
            row(&mut table, &finding).map_err(|error| unwritable(path, &error))?;
        }
    }
    table.flush().map_err(|error| unwritable(path, &error))
}

fn row<W: Write>(table: &mut csv::Writer<W>, finding: &Finding) -> std::io::Result<()> {
    let code = finding.kind.code();
    let effect = match finding.kind.effect() {
        Effect::Blocks => words::cells_blocks(),
        Effect::LeavesOut | Effect::LeavesOutUnasked => words::cells_not_sent(),
        Effect::Warns => words::cells_sent(),
    };
    let size = finding.size.map(|size| size.to_string()).unwrap_or_default();
    let cells = [
        code.as_str(),
        effect,
        &finding.path,
        if finding.is_folder { words::cells_yes() } else { words::cells_no() },
        &size,
        waybill_words::what(code),
        finding.detail.as_deref().unwrap_or_default(),
        finding.raw_name.as_deref().unwrap_or_default(),
    ];
    table.write_record(cells.iter().map(|text| cell(text).into_owned())).map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_from_outside_starts_like_a_formula() {
        let finding = Finding {
            kind: FindingKind::Link,
            path: "=HYPERLINK(A1)/b".into(),
            raw_name: None,
            is_folder: false,
            size: None,
            detail: Some("@SUM(A1)".into()),
        };
        let mut table = csv::WriterBuilder::new().from_writer(Vec::new());
        row(&mut table, &finding).unwrap();
        let line = String::from_utf8(table.into_inner().unwrap()).unwrap();
        assert!(line.contains(",'=HYPERLINK(A1)/b,") && line.contains(",'@SUM(A1),"), "{line}");
    }

    #[test]
    fn each_finding_takes_one_line_with_its_reason() {
        let finding = Finding {
            kind: FindingKind::EmptyFile,
            path: "Records/a, b.txt".into(),
            raw_name: None,
            is_folder: false,
            size: Some(0),
            detail: None,
        };
        let mut table = csv::WriterBuilder::new().from_writer(Vec::new());
        row(&mut table, &finding).unwrap();
        let line = String::from_utf8(table.into_inner().unwrap()).unwrap();
        let what = waybill_words::what(Code::EmptyFile);
        assert_eq!(line, format!("empty_file,not sent,\"Records/a, b.txt\",no,0,{what},,\n"));
    }
}
