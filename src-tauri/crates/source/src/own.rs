//! Recognises the data folder of this or another Waybill. It is never sent, because it may contain a session.

use std::ffi::OsStr;
use std::path::Path;

use waybill_model::{Code, Failure};

/// Files that every data folder contains once it has been used: the journal, and the lock of its owner.
const MARKERS: [&str; 2] = ["journal.sqlite", "journal.lock"];

/// Returns whether a folder is a data folder, judging by the names in it.
pub(crate) fn is_data_folder(contains: impl Fn(&OsStr) -> bool) -> bool {
    MARKERS.iter().all(|marker| contains(OsStr::new(marker)))
}

/// Rejects a folder that is a data folder or is inside one. The walk finds data folders inside it.
///
/// # Errors
/// [`Code::WaybillData`], with the path of the data folder.
pub fn refuse_data_folder(path: &Path) -> Result<(), Failure> {
    let found = path.ancestors().find(|folder| is_data_folder(|name| folder.join(name).symlink_metadata().is_ok()));
    found.map_or(Ok(()), |folder| Err(Failure::new(Code::WaybillData, folder.display().to_string())))
}
