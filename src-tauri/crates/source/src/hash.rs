//! Hashes an item: one read produces everything that is needed to send it.

use std::fs::File;
use std::io::{self, Read};

use waybill_model::{Crc64Nvme, Identity, PartPlan, PartPlanError, PartRules, RelPath, Sha256Digest};

use crate::digest::{DigestFault, Digests, Layout, digest};
use crate::fault::{self, HashFault};
use crate::identity::{identity_of_file, same_file};
use crate::{Folder, Opened, Stop, open};

/// The result of reading a file once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashed {
    /// The state of the file that was read.
    pub identity: Identity,
    /// SHA-256 of the whole file.
    pub sha256: Sha256Digest,
    /// How it is divided into parts.
    pub plan: PartPlan,
    /// CRC-64/NVME of every part in order; one for a single PUT.
    pub crcs: Vec<Crc64Nvme>,
}

/// Reads a file once and returns its digests, its part plan and its state. `found` is its state during the walk.
///
/// `progress` is called with the number of bytes of every read (at most 512 KiB). If hashing fails, some bytes may
/// already have been reported.
///
/// # Errors
/// [`HashFault`]: `Replaced` if another file has taken its place; `ChangedWhileReading` if size, modified time or file
/// key differ before and after, or if the number of bytes read is not the size.
pub fn hash(
    folder: &Folder,
    path: &RelPath,
    found: &Identity,
    rules: PartRules,
    stop: &Stop,
    progress: &dyn Fn(u64),
) -> Result<Hashed, HashFault> {
    if stop.is_set() {
        return Err(HashFault::Stopped);
    }
    let Opened { mut file, identity } = open(folder, path)?;
    if !same_file(found, &identity) {
        return Err(HashFault::Replaced);
    }
    hash_opened(&mut file, rules, stop, progress, &|error| fault::meaning(folder, &error))
}

/// An open file, or a test's stand-in for one.
trait Readable: Read {
    /// Returns the current state of the file behind the handle.
    fn identity(&self) -> io::Result<Identity>;
}

impl Readable for File {
    fn identity(&self) -> io::Result<Identity> {
        identity_of_file(self)
    }
}

fn hash_opened(
    file: &mut impl Readable,
    rules: PartRules,
    stop: &Stop,
    progress: &dyn Fn(u64),
    fault_of: &dyn Fn(io::Error) -> HashFault,
) -> Result<Hashed, HashFault> {
    let identity = file.identity().map_err(fault_of)?;
    let plan = PartPlan::new(identity.size, rules).map_err(|error| match error {
        PartPlanError::TooLarge(_) => HashFault::TooLarge,
        PartPlanError::BadRules => HashFault::Unreadable(error.to_string()),
    })?;
    let Digests { sha256, crcs } = digest(file, layout(plan), stop, progress).map_err(|fault| match fault {
        DigestFault::WrongSize => HashFault::ChangedWhileReading,
        DigestFault::Stopped => HashFault::Stopped,
        DigestFault::Io(error) => fault_of(error),
    })?;
    if file.identity().map_err(fault_of)? != identity {
        return Err(HashFault::ChangedWhileReading);
    }
    Ok(Hashed { identity, sha256, plan, crcs })
}

fn layout(plan: PartPlan) -> Layout {
    match plan {
        PartPlan::Single { size } => Layout { size, part_size: size },
        PartPlan::Multipart { size, part_size, .. } => Layout { size, part_size },
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::io::ErrorKind;

    use waybill_model::FileKey;

    use super::*;

    const BEFORE: Identity = Identity { size: 3, modified_ns: 1, file_key: Some(FileKey { volume: 1, file: 1 }) };

    /// A file that reports the given states in turn.
    struct ScriptedFile {
        content: io::Result<&'static [u8]>,
        identities: RefCell<Vec<io::Result<Identity>>>,
    }

    impl Read for ScriptedFile {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match &mut self.content {
                Ok(bytes) => bytes.read(buffer),
                Err(error) => Err(error.kind().into()),
            }
        }
    }

    impl Readable for ScriptedFile {
        fn identity(&self) -> io::Result<Identity> {
            self.identities.borrow_mut().pop().unwrap()
        }
    }

    fn hash_scripted(content: io::Result<&'static [u8]>, after: io::Result<Identity>) -> Result<Hashed, HashFault> {
        let mut file = ScriptedFile { content, identities: RefCell::new(vec![after, Ok(BEFORE)]) };
        let fault_of = |error: io::Error| HashFault::Unreadable(error.kind().to_string());
        hash_opened(&mut file, PartRules::default(), &Stop::default(), &|_| {}, &fault_of)
    }

    #[test]
    fn an_unchanging_file_is_hashed() {
        let hashed = hash_scripted(Ok(b"abc"), Ok(BEFORE)).unwrap();
        assert_eq!((hashed.identity, hashed.plan, hashed.crcs.len()), (BEFORE, PartPlan::Single { size: 3 }, 1));
    }

    #[test]
    fn every_change_of_the_identity_during_the_read_is_detected() {
        let changes = [
            Identity { size: 4, ..BEFORE },
            Identity { modified_ns: 2, ..BEFORE },
            Identity { file_key: Some(FileKey { volume: 1, file: 2 }), ..BEFORE },
            Identity { file_key: None, ..BEFORE },
        ];
        for after in changes {
            assert_eq!(hash_scripted(Ok(b"abc"), Ok(after)), Err(HashFault::ChangedWhileReading), "{after:?}");
        }
    }

    #[test]
    fn reading_more_or_fewer_bytes_than_the_size_is_a_change() {
        assert_eq!(hash_scripted(Ok(b"ab"), Ok(BEFORE)), Err(HashFault::ChangedWhileReading));
        assert_eq!(hash_scripted(Ok(b"abcd"), Ok(BEFORE)), Err(HashFault::ChangedWhileReading));
    }

    #[test]
    fn a_failing_disk_is_reported_with_its_error() {
        let failed = HashFault::Unreadable(ErrorKind::Other.to_string());
        assert_eq!(hash_scripted(Err(ErrorKind::Other.into()), Ok(BEFORE)), Err(failed.clone()));
        assert_eq!(hash_scripted(Ok(b"abc"), Err(ErrorKind::Other.into())), Err(failed));
    }

    #[test]
    fn a_file_too_large_for_any_plan_is_rejected_before_it_is_read() {
        let size = 10_000 * PartRules::MAX_PART + 1;
        let identities = RefCell::new(vec![Ok(Identity { size, ..BEFORE })]);
        let mut file = ScriptedFile { content: Err(ErrorKind::Other.into()), identities };
        let fault_of = |error: io::Error| HashFault::Unreadable(error.kind().to_string());
        let fault = hash_opened(&mut file, PartRules::default(), &Stop::default(), &|_| {}, &fault_of);
        assert_eq!(fault, Err(HashFault::TooLarge));
    }
}
