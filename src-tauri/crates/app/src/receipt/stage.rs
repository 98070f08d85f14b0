//! A receipt's file before it is in place: written beside its destination, then moved there whole.
//!
//! Crash: at worst a file `.receipt-*.new` is left behind; an existing file is unchanged.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use waybill_journal::Reader;
use waybill_model::{Code, Failure, TransferId};

use super::{Format, Summary, bagit, csv_file, html, json, unwritable};

/// Written, but not yet in place. Dropping it removes it.
pub(super) struct Staged {
    file: NamedTempFile,
    place: PathBuf,
}

/// Writes these forms beside their destinations in a folder, which is created if it does not exist.
pub(super) fn all(
    reader: &Reader,
    transfer: TransferId,
    formats: &[Format],
    out_dir: &Path,
) -> Result<Vec<Staged>, Failure> {
    let summary = super::summary(reader, transfer)?;
    waybill_files::make_folder(out_dir).map_err(|error| unwritable(out_dir, &error))?;
    formats.iter().map(|&format| one(reader, &summary, format, out_dir.join(format.file_name()))).collect()
}

/// Writes one form beside its destination.
pub(super) fn one(reader: &Reader, summary: &Summary, format: Format, place: PathBuf) -> Result<Staged, Failure> {
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = beside(folder).map_err(|error| unwritable(&place, &error))?;
    let mut out = BufWriter::new(file.as_file());
    match format {
        Format::Html => html::write(reader, summary, &mut out),
        Format::Json => json::write(reader, summary, &mut out),
        Format::Csv => csv_file::write(reader, summary, &mut out),
        Format::Bagit => bagit::write(reader, summary, &mut out),
    }?;
    out.flush().map_err(|error| unwritable(&place, &error))?;
    drop(out);
    Ok(Staged { file, place })
}

/// For its owner only, as temporary files are: a receipt names records, and the person decides who may read it.
fn beside(folder: &Path) -> std::io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(".receipt-").suffix(".new").tempfile_in(folder)
}

impl Staged {
    /// Moves it into place, replacing any file there.
    pub(super) fn replace(self) -> Result<PathBuf, Failure> {
        let Self { file, place } = self;
        waybill_files::put(file, &place).map_err(|error| unwritable(&place, &error))?;
        Ok(place)
    }

    /// Fails if a file of other content is in place.
    pub(super) fn refuse_another(&self) -> Result<(), Failure> {
        match self.is_there() {
            Ok(None | Some(true)) => Ok(()),
            Ok(Some(false)) => Err(taken(&self.place)),
            Err(error) => Err(unwritable(&self.place, &error)),
        }
    }

    /// Moves it into place if nothing is there.
    pub(super) fn keep(self) -> Result<PathBuf, Failure> {
        self.refuse_another()?;
        let Self { file, place } = self;
        let back = waybill_files::put_new(file, &place).map_err(|error| unwritable(&place, &error))?;
        let Some(file) = back else { return Ok(place) };
        let staged = Self { file, place };
        match staged.is_there() {
            Ok(Some(true)) => Ok(staged.place),
            Ok(Some(false)) => Err(taken(&staged.place)),
            // A file system that cannot do this in one step: it was checked a moment ago.
            Ok(None) => staged.replace(),
            Err(error) => Err(unwritable(&staged.place, &error)),
        }
    }

    /// Returns whether the file there has the same content; `None` if there is no file.
    fn is_there(&self) -> std::io::Result<Option<bool>> {
        match std::fs::symlink_metadata(&self.place) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
            Ok(metadata) if !metadata.is_file() => return Ok(Some(false)),
            Ok(_) => {}
        }
        same_content(self.file.reopen()?, waybill_files::open(&self.place)?).map(Some)
    }
}

fn taken(place: &Path) -> Failure {
    Failure::new(Code::OutputExists, place.display().to_string())
}

fn same_content(one: File, other: File) -> std::io::Result<bool> {
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut one, mut other) = (BufReader::new(one), BufReader::new(other));
    loop {
        let (here, there) = (one.fill_buf()?, other.fill_buf()?);
        let count = here.len().min(there.len());
        if count == 0 {
            return Ok(here.len() == there.len());
        }
        if here[..count] != there[..count] {
            return Ok(false);
        }
        one.consume(count);
        other.consume(count);
    }
}
