//! What a disk holds after a power loss: `disk.c` has written down every change that a program made below a folder, and
//! from that the folder is rebuilt with only those changes that were certain, and a choice of the others.
//!
//! Only a sync makes a change certain: that of a file its bytes and length, that of a folder the names in it. What was
//! not synced may be there or not. Of the bytes of one file any sectors of 512 bytes, of the names in one folder the
//! first so many. File systems in use promise more than that.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use waybill_system_tests::{Error, Random, Result};

/// Bytes that a disk writes as a whole.
const SECTOR: usize = 512;
/// Numbers in front of each record.
const HEAD: usize = 5;

/// What survives of the changes that were not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsynced {
    /// Nothing.
    Lost,
    /// Everything, as after a kill.
    Kept,
    /// Every name and length, and no bytes: a file system that writes bytes late.
    NamesOnly,
    /// A choice.
    Some(u64),
}

/// The disk after the last change that was recorded.
#[derive(Default)]
pub(crate) struct Disk {
    files: Vec<Contents>,
    /// As the program saw them.
    names: BTreeMap<PathBuf, Node>,
    certain: BTreeMap<PathBuf, Node>,
    /// Changes of names that were not synced, by their folder.
    uncertain: BTreeMap<PathBuf, Vec<Naming>>,
    /// How many syncs there were.
    pub(crate) syncs: usize,
}

#[derive(Clone, Copy, Debug)]
enum Node {
    Folder,
    /// The position in `files`.
    File(usize),
}

#[derive(Default)]
struct Contents {
    certain: Vec<u8>,
    uncertain: Vec<Change>,
}

enum Change {
    Length(usize),
    Bytes { offset: usize, bytes: Vec<u8> },
}

#[derive(Clone)]
enum Naming {
    Added(PathBuf, Node),
    Removed(PathBuf),
    Renamed(PathBuf, PathBuf),
}

struct Record<'a> {
    kind: char,
    path: PathBuf,
    other: PathBuf,
    offset: usize,
    bytes: &'a [u8],
}

impl Disk {
    /// The disk before anything is changed: what the folder holds is certain.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(crate) fn holding(root: &Path) -> Result<Self> {
        let mut disk = Self::default();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            let io = |source| Error::Io { path: folder.clone(), source };
            for entry in fs::read_dir(&folder).map_err(io)? {
                let path = entry.map_err(io)?.path();
                let node = if path.is_dir() {
                    folders.push(path.clone());
                    Node::Folder
                } else {
                    disk.files.push(Contents { certain: fs::read(&path).map_err(io)?, uncertain: Vec::new() });
                    Node::File(disk.files.len() - 1)
                };
                disk.names.insert(path, node);
            }
        }
        disk.certain = disk.names.clone();
        Ok(disk)
    }

    /// Replays the records.
    ///
    /// # Errors
    /// They cannot be read, or hold something that cannot be rebuilt.
    pub(crate) fn after(self, records: &Path) -> Result<Self> {
        let read = fs::read(records).map_err(|source| Error::Io { path: records.to_owned(), source })?;
        let mut disk = self;
        let mut rest = read.as_slice();
        while !rest.is_empty() {
            let Some((record, after)) = Record::first(rest) else {
                // The program was killed in the middle of this record, so the change came after the last sync.
                break;
            };
            disk.replay(record)?;
            rest = after;
        }
        Ok(disk)
    }

    fn replay(&mut self, Record { kind, path, other, offset, bytes }: Record<'_>) -> Result<()> {
        match kind {
            'c' => {
                self.files.push(Contents::default());
                self.change_name(Naming::Added(path, Node::File(self.files.len() - 1)))?;
            }
            'm' => self.change_name(Naming::Added(path, Node::Folder))?,
            'u' | 'd' => self.change_name(Naming::Removed(path))?,
            'r' => self.change_name(Naming::Renamed(path, other))?,
            't' => self.contents(&path)?.uncertain.push(Change::Length(offset)),
            'w' => self.contents(&path)?.uncertain.push(Change::Bytes { offset, bytes: bytes.to_vec() }),
            's' => {
                self.syncs += 1;
                let contents = self.contents(&path)?;
                for change in std::mem::take(&mut contents.uncertain) {
                    change.apply(&mut contents.certain, |_| true);
                }
            }
            'S' => {
                self.syncs += 1;
                for naming in self.uncertain.remove(&path).unwrap_or_default() {
                    naming.apply(&mut self.certain);
                }
            }
            _ => return Err(Error::unexpected(format!("{kind} {} is not rebuilt", path.display()))),
        }
        Ok(())
    }

    fn change_name(&mut self, naming: Naming) -> Result<()> {
        naming.clone().apply(&mut self.names);
        let (path, other) = match &naming {
            Naming::Added(path, _) | Naming::Removed(path) => (path, path),
            Naming::Renamed(from, to) => (from, to),
        };
        if path.parent() != other.parent() {
            return Err(Error::unexpected(format!("{} is moved to another folder", path.display())));
        }
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        self.uncertain.entry(folder).or_default().push(naming);
        Ok(())
    }

    fn contents(&mut self, path: &Path) -> Result<&mut Contents> {
        let file = match self.names.get(path) {
            Some(Node::File(file)) => self.files.get_mut(*file),
            Some(Node::Folder) | None => None,
        };
        file.ok_or_else(|| Error::unexpected(format!("{} is changed and was never made", path.display())))
    }

    /// Replaces `root` with what is left of it after a power loss.
    ///
    /// # Errors
    /// The disk refuses.
    pub(crate) fn rebuild(&self, root: &Path, unsynced: Unsynced) -> Result<()> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Io { path, source }
        };
        if root.exists() {
            fs::remove_dir_all(root).map_err(io(root))?;
        }
        fs::create_dir(root).map_err(io(root))?;
        let mut random = Random::new(if let Unsynced::Some(seed) = unsynced { seed } else { 0 });
        let mut names = self.certain.clone();
        for namings in self.uncertain.values() {
            let kept = match unsynced {
                Unsynced::Lost => 0,
                Unsynced::Kept | Unsynced::NamesOnly => namings.len(),
                Unsynced::Some(_) => up_to(&mut random, namings.len()),
            };
            namings[..kept].iter().for_each(|naming| naming.clone().apply(&mut names));
        }
        for (path, node) in &names {
            // A name in a folder that is lost is lost with it. SQLite's shared memory does not survive a start.
            let is_lost = path.parent().is_some_and(|folder| folder != root && !folder.exists());
            let is_memory = path.to_string_lossy().ends_with("-shm");
            match node {
                _ if is_lost || is_memory || path == root => {}
                Node::Folder => fs::create_dir(path).map_err(io(path))?,
                Node::File(file) => {
                    let bytes = self.files.get(*file).map(|file| file.after(unsynced, &mut random)).unwrap_or_default();
                    fs::write(path, bytes).map_err(io(path))?;
                }
            }
        }
        Ok(())
    }
}

impl Contents {
    fn after(&self, unsynced: Unsynced, random: &mut Random) -> Vec<u8> {
        let mut bytes = self.certain.clone();
        // All before this one, a choice of its sectors, and either nothing or a choice of what comes after it.
        let (torn, rest) = match unsynced {
            Unsynced::Some(_) => (up_to(random, self.uncertain.len()), random.below(2) == 1),
            Unsynced::Lost | Unsynced::Kept | Unsynced::NamesOnly => (0, false),
        };
        for (number, change) in self.uncertain.iter().enumerate() {
            match unsynced {
                Unsynced::Lost => {}
                Unsynced::Kept => change.apply(&mut bytes, |_| true),
                Unsynced::NamesOnly => change.apply(&mut bytes, |_| false),
                Unsynced::Some(_) if number < torn => change.apply(&mut bytes, |_| true),
                Unsynced::Some(_) if number == torn || (rest && random.below(2) == 1) => {
                    change.apply(&mut bytes, |_| random.below(2) == 1);
                }
                Unsynced::Some(_) => {}
            }
        }
        bytes
    }
}

/// A number from 0 to `most`.
fn up_to(random: &mut Random, most: usize) -> usize {
    usize::try_from(random.below(most as u64 + 1)).unwrap_or(most)
}

impl Change {
    /// Applies it, but only those of its sectors that are `kept`. A gap reads as zeros.
    fn apply(&self, contents: &mut Vec<u8>, mut kept: impl FnMut(usize) -> bool) {
        match self {
            Self::Length(length) => contents.resize(*length, 0),
            Self::Bytes { offset, bytes } => {
                if contents.len() < offset + bytes.len() {
                    contents.resize(offset + bytes.len(), 0);
                }
                let mut at = *offset;
                while at < offset + bytes.len() {
                    let end = ((at / SECTOR + 1) * SECTOR).min(offset + bytes.len());
                    if kept(at / SECTOR) {
                        contents[at..end].copy_from_slice(&bytes[at - offset..end - offset]);
                    }
                    at = end;
                }
            }
        }
    }
}

impl Naming {
    fn apply(self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Self::Added(path, node) => {
                names.insert(path, node);
            }
            Self::Removed(path) => {
                names.remove(&path);
            }
            Self::Renamed(from, to) => {
                if let Some(node) = names.remove(&from) {
                    names.insert(to, node);
                }
            }
        }
    }
}

impl<'a> Record<'a> {
    /// Returns the first record and what comes after it; `None` if it is not whole.
    fn first(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (numbers, rest) = bytes.split_at_checked(HEAD * 8)?;
        let mut numbers = numbers.chunks_exact(8).map(|number| {
            let number = number.try_into().map(u64::from_le_bytes).unwrap_or_default();
            usize::try_from(number).unwrap_or_default()
        });
        let kind = u8::try_from(numbers.next()?).ok()?;
        let (path, other, count, offset) = (numbers.next()?, numbers.next()?, numbers.next()?, numbers.next()?);
        let (path, rest) = rest.split_at_checked(path)?;
        let (other, rest) = rest.split_at_checked(other)?;
        let (bytes, rest) = rest.split_at_checked(count)?;
        let text = |bytes: &[u8]| PathBuf::from(String::from_utf8_lossy(bytes).into_owned());
        Some((Self { kind: char::from(kind), path: text(path), other: text(other), offset, bytes }, rest))
    }
}
