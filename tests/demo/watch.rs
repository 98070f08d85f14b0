//! The moment of the kill: half-way through the largest file, as the sandbox sees it.

use waybill_system_tests::{Consignment, Control, Error, Logged, PATIENCE, Result, until};

/// Waits until the sandbox has stored half of the parts of this file, and gives how many those are of how many.
///
/// # Errors
/// It does not happen, for instance because the file is sent whole.
pub(crate) fn half_of(control: &Control, consignment: &str, path: &str, parts: u64) -> Result<u64> {
    let mut key = None;
    until("half of the largest file", PATIENCE * 5, || {
        let key = match &key {
            Some(key) => key,
            None => match key_of(&control.consignment(consignment)?, path) {
                Some(found) => key.insert(found),
                None => return Ok(None),
            },
        };
        let stored = stored_parts(&control.requests()?, key);
        if stored >= parts {
            return Err(Error::unexpected("the largest file was stored before the kill"));
        }
        Ok((stored >= parts.div_ceil(2)).then_some(stored))
    })
}

/// Returns how many parts of an object have been stored.
pub(crate) fn stored_parts(requests: &[Logged], key: &str) -> u64 {
    let of_key =
        |logged: &&Logged| logged.path.split('?').next().is_some_and(|path| path.trim_start_matches('/') == key);
    let parts =
        requests.iter().filter(of_key).filter(|logged| logged.is_stored() && logged.path.contains("partNumber="));
    u64::try_from(parts.count()).unwrap_or(u64::MAX)
}

/// Returns the object's key of a file, once the file is registered.
pub(crate) fn key_of(consignment: &Consignment, path: &str) -> Option<String> {
    let file = consignment.files.iter().find(|file| file.kind == "File" && file.path == path)?;
    Some(format!("{}/{}/{}", consignment.user_id, consignment.id, file.file_id))
}
