//! The receipt: what was sent, and what was not and why.
//!
//! Made from the journal alone and from nothing that changes: the same journal gives the same bytes. It says
//! "uploaded", never "accepted": whether The National Archives accept the records is decided there.

mod bagit;
mod csv_file;
mod facts;
mod html;
mod json;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use waybill_journal::{Reader, TransferRow};
use waybill_model::{Code, Failure, TransferId};

pub use facts::{Outcome, Summary};

/// A form of the receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page to read and print.
    Html,
    /// For programs: everything.
    Json,
    /// For spreadsheets: a line for each file.
    Csv,
    /// `manifest-sha256.txt` as RFC 8493 (BagIt) has it.
    Bagit,
}

impl Format {
    /// All forms.
    pub const ALL: [Self; 4] = [Self::Html, Self::Json, Self::Csv, Self::Bagit];

    /// The name of its file.
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

/// Writes the receipt of a transfer into a folder, each form whole or not at all, and gives the paths.
///
/// # Errors
/// [`Code::TransferUnknown`]; [`Code::NotPossibleNow`] before the transfer was handed over; [`Code::OutputUnwritable`].
pub fn write(
    reader: &Reader,
    transfer: TransferId,
    formats: &[Format],
    out_dir: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    let summary = summary(reader, transfer)?;
    std::fs::create_dir_all(out_dir).map_err(|error| unwritable(out_dir, &error))?;
    formats.iter().map(|&format| write_one(reader, &summary, format, out_dir)).collect()
}

/// Writes one form of the receipt of a transfer into a file, whole or not at all.
///
/// # Errors
/// As for [`write`].
pub fn write_to(reader: &Reader, transfer: TransferId, format: Format, path: &Path) -> Result<(), Failure> {
    let summary = summary(reader, transfer)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    write_whole(reader, &summary, format, Path::new(&beside), path)
}

/// What the receipt says of the whole.
///
/// # Errors
/// [`Code::TransferUnknown`]; [`Code::NotPossibleNow`] before the transfer was handed over.
pub fn summary(reader: &Reader, transfer: TransferId) -> Result<Summary, Failure> {
    let row = reader.transfer(transfer)?.ok_or_else(|| Failure::new(Code::TransferUnknown, transfer.to_string()))?;
    facts::summary(reader, row)
}

/// The name of the folder for a transfer's receipt: its consignment's reference, without what a file name cannot have.
pub(crate) fn folder_name(row: &TransferRow) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    row.consignment.reference.as_str().chars().map(plain).collect()
}

fn write_one(reader: &Reader, summary: &Summary, format: Format, out_dir: &Path) -> Result<PathBuf, Failure> {
    let path = out_dir.join(format.file_name());
    let beside = out_dir.join(format!(".{}.new", format.file_name()));
    write_whole(reader, summary, format, &beside, &path).map(|()| path)
}

/// `beside`: where it is written before it takes its name.
fn write_whole(reader: &Reader, summary: &Summary, format: Format, beside: &Path, path: &Path) -> Result<(), Failure> {
    let written = File::create(beside).map_err(|error| unwritable(beside, &error)).and_then(|file| {
        let mut out = BufWriter::new(file);
        match format {
            Format::Html => html::write(reader, summary, &mut out),
            Format::Json => json::write(reader, summary, &mut out),
            Format::Csv => csv_file::write(reader, summary, &mut out),
            Format::Bagit => bagit::write(reader, summary, &mut out),
        }?;
        out.flush().and_then(|()| out.get_ref().sync_all()).map_err(|error| unwritable(beside, &error))?;
        std::fs::rename(beside, path).map_err(|error| unwritable(path, &error))
    });
    if written.is_err() {
        // Half a receipt is none.
        let _absent = std::fs::remove_file(beside);
    }
    written
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let code = if error.kind() == std::io::ErrorKind::StorageFull { Code::DiskFull } else { Code::OutputUnwritable };
    Failure::new(code, format!("{}: {error}", path.display()))
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
            Some(error) => Err(unwritable(Path::new("the receipt"), &error)),
        }
    }
}

pub(super) fn io(error: &std::io::Error) -> Failure {
    unwritable(Path::new("the receipt"), error)
}
