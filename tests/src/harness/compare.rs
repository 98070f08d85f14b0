//! Whether what is stored is what lay in the folder, byte for byte.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::{Control, Error, Result};

/// What was found equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Compares every file that a consignment has with its source below `parent` (the folder that holds the one that was
/// sent), and every object with a file.
///
/// `expected` are the paths that should have been sent. Found as differences: a file that is missing or was not to be
/// sent, one that is registered twice, an object that is missing, belongs to no file, or has other bytes.
///
/// # Errors
/// [`Error::Different`] with all differences; the disk or the sandbox refuses.
pub fn compare<'a>(
    control: &Control,
    consignment: &str,
    parent: &Path,
    expected: impl IntoIterator<Item = &'a String>,
) -> Result<Compared> {
    let consignment = control.consignment(consignment)?;
    let prefix = format!("{}/{}/", consignment.user_id, consignment.id);
    let objects = control.objects()?;
    let mut stored: BTreeMap<&str, u64> = BTreeMap::new();
    let mut differences = Vec::new();
    for object in objects.iter().filter(|object| object.key.starts_with(&prefix)) {
        if stored.insert(&object.key, object.size).is_some() {
            differences.push(format!("{} is stored in more than one version", object.key));
        }
    }
    let mut expected: BTreeSet<&str> = expected.into_iter().map(String::as_str).collect();
    let mut equal = Compared::default();
    for file in consignment.files.iter().filter(|file| file.kind == "File") {
        let key = format!("{prefix}{}", file.file_id);
        if !expected.remove(file.path.as_str()) {
            differences.push(format!("{} is registered, and should not be, or twice", file.path));
        }
        if stored.remove(key.as_str()).is_none() {
            differences.push(format!("{} is registered and not stored", file.path));
            continue;
        }
        let disk = parent.join(&file.path);
        // A pipe would be waited at without end.
        if !disk.symlink_metadata().map_err(Error::io(&disk))?.is_file() {
            differences.push(format!("{} is stored and is no file on disk", file.path));
            continue;
        }
        let source = File::open(&disk).map_err(Error::io(&disk))?;
        match first_difference(source, control.object(&key)?).map_err(Error::io(&disk))? {
            Ok(bytes) => {
                equal.files += 1;
                equal.bytes += bytes;
            }
            Err(at) => differences.push(format!("{} differs from what is stored at byte {at}", file.path)),
        }
    }
    differences.extend(expected.into_iter().map(|path| format!("{path} is not registered")));
    differences.extend(stored.into_keys().map(|key| format!("{key} is stored and belongs to no file")));
    if differences.is_empty() { Ok(equal) } else { Err(Error::Different(differences)) }
}

/// Returns the number of bytes of two equal streams, or where they first differ.
fn first_difference(left: impl Read, right: impl Read) -> std::io::Result<Result<u64, u64>> {
    const BUFFER: usize = 1 << 16;
    let (mut left, mut right) = (BufReader::with_capacity(BUFFER, left), BufReader::with_capacity(BUFFER, right));
    let mut buffers = [vec![0; BUFFER], vec![0; BUFFER]];
    let mut at = 0_u64;
    loop {
        let [ours, theirs] = &mut buffers;
        let counts = (fill(&mut left, ours)?, fill(&mut right, theirs)?);
        let (ours, theirs) = (&ours[..counts.0], &theirs[..counts.1]);
        if ours != theirs {
            let same = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
            return Ok(Err(at + u64::try_from(same).unwrap_or(u64::MAX)));
        }
        if ours.is_empty() {
            return Ok(Ok(at));
        }
        at += u64::try_from(ours.len()).unwrap_or(u64::MAX);
    }
}

/// Reads until the buffer is full or the stream ends.
fn fill(stream: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match stream.read(&mut buffer[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_equal_only_with_the_same_bytes_and_length() {
        let long = vec![7; 200_000];
        let mut other = long.clone();
        other[150_000] = 8;
        let compared = |left: &[u8], right: &[u8]| first_difference(left, right).unwrap();
        assert_eq!(compared(&long, &long), Ok(200_000));
        assert_eq!(compared(&long, &other), Err(150_000));
        assert_eq!(compared(&long, &long[..100_000]), Err(100_000));
        assert_eq!(compared(&[], &long), Err(0));
        assert_eq!(compared(&[], &[]), Ok(0));
    }
}
