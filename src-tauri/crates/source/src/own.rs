//! The data folder of a Waybill, this one's or another's: it is never sent, since it may contain a session.

use std::ffi::OsStr;
use std::path::Path;

use waybill_model::{Code, Failure};

/// The files that the data folder of every Waybill has once it has been used: the journal, and the lock of its owner.
const MARKS: [&str; 2] = ["journal.sqlite", "journal.lock"];

/// Returns whether a folder is one, by the names in it.
pub(crate) fn is_data_folder(contains: impl Fn(&OsStr) -> bool) -> bool {
    MARKS.iter().all(|mark| contains(OsStr::new(mark)))
}

/// Refuses a folder that is one or is inside one. What is below it is found by the walk.
///
/// # Errors
/// [`Code::WaybillData`], with the path of the data folder.
pub fn refuse_data_folder(path: &Path) -> Result<(), Failure> {
    let found = path.ancestors().find(|folder| is_data_folder(|name| folder.join(name).symlink_metadata().is_ok()));
    found.map_or(Ok(()), |folder| Err(Failure::new(Code::WaybillData, folder.display().to_string())))
}
