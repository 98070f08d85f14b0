//! The receipt for programs.

use std::io::Write;

use serde::Serialize;
use waybill_journal::Reader;
use waybill_model::Failure;

use super::facts::{Summary, each_not_sent, each_problem, each_sent};
use super::{Rows, io};

/// Writes one object: the summary's fields, then `sent`, `not_sent` and, if known, `problems` (what TDR's checks
/// found), one entry per line.
pub(super) fn write(reader: &Reader, summary: &Summary, out: &mut impl Write) -> Result<(), Failure> {
    let head = serde_json::to_string_pretty(summary).map_err(|error| io(&error.into()))?;
    let open = head.trim_end().trim_end_matches('}').trim_end();
    write!(out, "{open},\n  \"sent\": [").map_err(|error| io(&error))?;
    let mut first = true;
    let mut rows = Rows::new(out);
    each_sent(reader, summary.transfer, &mut |file| rows.row(|out| entry(out, &mut first, &file)))?;
    rows.end()?;
    write!(out, "\n  ],\n  \"not_sent\": [").map_err(|error| io(&error))?;
    first = true;
    let mut rows = Rows::new(out);
    each_not_sent(reader, summary.transfer, &mut |file| rows.row(|out| entry(out, &mut first, &file)))?;
    rows.end()?;
    if summary.files_with_problems.is_some() {
        write!(out, "\n  ],\n  \"problems\": [").map_err(|error| io(&error))?;
        first = true;
        let mut rows = Rows::new(out);
        each_problem(reader, summary.transfer, &mut |problem| rows.row(|out| entry(out, &mut first, &problem)))?;
        rows.end()?;
    }
    write!(out, "\n  ]\n}}\n").map_err(|error| io(&error))
}

fn entry(out: &mut impl Write, first: &mut bool, value: &impl Serialize) -> std::io::Result<()> {
    out.write_all(if std::mem::take(first) { b"\n    " } else { b",\n    " })?;
    serde_json::to_writer(out, value).map_err(Into::into)
}
