//! `receipt TRANSFER`: writes a transfer's receipt to a folder that the person chooses.

use std::path::Path;

use waybill_app::receipt::{self, Format};

use super::done;
use crate::arguments::ReceiptFormat;
use crate::console::Console;
use crate::events::Done;
use crate::failed::Failed;
use crate::setup::Setup;

/// Writes the receipt once in each requested format. Never replaces a file with different content.
pub(super) fn write(
    console: &mut Console,
    setup: &Setup,
    wanted: &str,
    formats: &[ReceiptFormat],
    out: &Path,
) -> Result<Done, Failed> {
    let (reader, row) = setup.find(wanted)?;
    let mut chosen: Vec<Format> = Vec::new();
    for format in formats.iter().copied().map(form) {
        if !chosen.contains(&format) {
            chosen.push(format);
        }
    }
    let files =
        receipt::export(&reader, row.id, &chosen, out).map_err(|failure| Failed::from(failure).of_transfer(row.id))?;
    console.say(&crate::running::receipt(row.id, &files));
    Ok(Done { transfer: Some(row.id.to_string()), ..done() })
}

fn form(format: ReceiptFormat) -> Format {
    match format {
        ReceiptFormat::Html => Format::Html,
        ReceiptFormat::Csv => Format::Csv,
        ReceiptFormat::Json => Format::Json,
        ReceiptFormat::Bagit => Format::Bagit,
    }
}
