//! The receipt: what was sent, and what was not and why.
//!
//! Made from the journal alone and from nothing that changes: the same journal gives the same bytes. It says
//! "uploaded", never "accepted": whether the records are accepted is decided by The National Archives.

mod bagit;
mod csv_file;
mod facts;
mod html;
mod json;
mod stage;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use waybill_journal::{Reader, TransferRow};
use waybill_model::{Code, Failure, TransferId};

pub(crate) use csv_file::{cell, table};
pub(crate) use facts::utc;
pub use facts::{Outcome, Summary, website};

/// A form of the receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename = "ReceiptFormat", rename_all = "snake_case")]
pub enum Format {
    /// A page to read and print.
    Html,
    /// For programs: everything.
    Json,
    /// For spreadsheets: one line for each file.
    Csv,
    /// `manifest-sha256.txt` in the format of RFC 8493 (BagIt).
    Bagit,
}

impl Format {
    /// All forms.
    pub const ALL: [Self; 4] = [Self::Html, Self::Json, Self::Csv, Self::Bagit];

    /// Returns the name of its file.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Html => "receipt.html",
            Self::Json => "receipt.json",
            Self::Csv => "receipt.csv",
            Self::Bagit => "manifest-sha256.txt",
        }
    }
}

/// Writes the receipt of a transfer into its own folder, each form whole or not at all, and returns the paths. Existing
/// files are replaced.
///
/// # Errors
/// [`Code::TransferUnknown`]; [`Code::NotPossibleNow`] before the transfer was handed over; [`Code::OutputUnwritable`].
pub fn write(
    reader: &Reader,
    transfer: TransferId,
    formats: &[Format],
    out_dir: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    let staged = stage::all(reader, transfer, formats, out_dir)?;
    staged.into_iter().map(stage::Staged::replace).collect()
}

/// Writes the receipt of a transfer into any folder, and returns the paths. Existing files stay: with the same content
/// they count as written, with other content nothing is written at all.
///
/// # Errors
/// The same as for [`write`]; [`Code::OutputExists`] with the path of a file of other content.
pub fn export(
    reader: &Reader,
    transfer: TransferId,
    formats: &[Format],
    out_dir: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    let staged = stage::all(reader, transfer, formats, out_dir)?;
    // All are checked first: half a receipt beside another file would be of no use.
    for one in &staged {
        one.refuse_another()?;
    }
    staged.into_iter().map(stage::Staged::keep).collect()
}

/// Writes one form of the receipt of a transfer into a file that a person chose, whole or not at all. An existing file
/// is replaced.
///
/// # Errors
/// The same as for [`write`].
pub fn write_to(reader: &Reader, transfer: TransferId, format: Format, path: &Path) -> Result<(), Failure> {
    let summary = summary(reader, transfer)?;
    stage::one(reader, &summary, format, path.to_owned())?.replace().map(drop)
}

/// Returns the summary of the receipt.
///
/// # Errors
/// [`Code::TransferUnknown`]; [`Code::NotPossibleNow`] before the transfer was handed over.
pub fn summary(reader: &Reader, transfer: TransferId) -> Result<Summary, Failure> {
    let row = reader.transfer(transfer)?.ok_or_else(|| Failure::new(Code::TransferUnknown, transfer.to_string()))?;
    facts::summary(reader, row)
}

/// Returns the folder for a transfer's receipt: the one it has, or a new one that no other transfer has.
///
/// It is named after the consignment's reference. Two services, or two successive journals, may have the same
/// reference.
pub(crate) fn folder(reader: &Reader, transfer: TransferId, data_dir: &Path) -> Result<PathBuf, Failure> {
    let rows = reader.transfers()?;
    let row = rows.iter().find(|row| row.id == transfer);
    let row = row.ok_or_else(|| Failure::new(Code::TransferUnknown, transfer.to_string()))?;
    if let Some(dir) = &row.receipt_dir {
        return Ok(dir.clone());
    }
    let receipts = data_dir.join("receipts");
    let is_free = |dir: &PathBuf| !dir.exists() && rows.iter().all(|other| other.receipt_dir.as_ref() != Some(dir));
    let [plain, with_service, with_id] = folder_names(row).map(|name| receipts.join(name));
    Ok([plain, with_service].into_iter().find(is_free).unwrap_or(with_id))
}

/// Names from the shortest to the one that must be unique.
fn folder_names(row: &TransferRow) -> [String; 3] {
    let plain = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
    };
    let reference = row.target.consignment().map(|consignment| consignment.reference.as_str());
    let reference = plain(reference.unwrap_or(&row.folder_name));
    let with_service = format!("{reference}-{}", plain(&row.service));
    let with_id = format!("{reference}-{}", row.id);
    [reference, with_service, with_id]
}

/// Returns the failure of a file that a person asked for: [`Code::DiskFull`] or [`Code::OutputUnwritable`], with the path
/// and what the system said.
pub(crate) fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(unwritable_code(error), format!("{}: {error}", path.display()))
}

fn unwritable_code(error: &std::io::Error) -> Code {
    if error.kind() == std::io::ErrorKind::StorageFull { Code::DiskFull } else { Code::OutputUnwritable }
}

/// Streams rows through a writer that may fail.
pub(super) struct Rows<'a, W> {
    out: &'a mut W,
    failed: Option<std::io::Error>,
}

impl<'a, W> Rows<'a, W> {
    pub(super) fn new(out: &'a mut W) -> Self {
        Self { out, failed: None }
    }

    /// Writes one row; stops the stream at the first failure.
    pub(super) fn row(&mut self, write: impl FnOnce(&mut W) -> std::io::Result<()>) -> std::ops::ControlFlow<()> {
        match write(self.out) {
            Ok(()) => std::ops::ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                std::ops::ControlFlow::Break(())
            }
        }
    }

    pub(super) fn end(self) -> Result<(), Failure> {
        match self.failed {
            None => Ok(()),
            Some(error) => Err(io(&error)),
        }
    }
}

pub(super) fn io(error: &std::io::Error) -> Failure {
    Failure::new(unwritable_code(error), waybill_words::detail::receipt(&error.to_string()))
}

#[cfg(test)]
mod tests;
