//! The simulated folder: files with contents, edited with and without a trace.

use crate::book::Row;
use crate::dice::Dice;
use crate::world::PART;

/// One file.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) exists: bool,
    pub(crate) locked: bool,
    /// Opening it ends with "connection lost", although its folder answers.
    pub(crate) silent: bool,
    pub(crate) size: u64,
    /// A number for its bytes.
    pub(crate) content: u32,
    /// A number for its times: what is compared before it is sent.
    pub(crate) ident: u32,
}

pub(crate) struct Disk {
    files: Vec<File>,
    /// The file of each item of the last walk.
    items: Vec<usize>,
    pub(crate) is_gone: bool,
    edits: u32,
    whole: bool,
}

impl Disk {
    /// `whole`: no file is large enough to be sent in parts.
    pub(crate) fn new(dice: &mut Dice, whole: bool) -> Self {
        let mut disk = Self { files: Vec::new(), items: Vec::new(), is_gone: false, edits: 0, whole };
        for _ in 0..dice.skewed(1, 14) {
            disk.add(dice);
        }
        disk
    }

    fn add(&mut self, dice: &mut Dice) {
        let size = if self.whole || dice.chance(600) {
            dice.between(1, 100)
        } else {
            PART * dice.between(1, 5) + dice.between(1, PART)
        };
        self.edits += 1;
        let (content, ident) = (self.edits, self.edits);
        self.files.push(File { exists: true, locked: false, silent: false, size, content, ident });
    }

    /// Somebody adds a file, removes one, or brings one back.
    pub(crate) fn list_changes(&mut self, dice: &mut Dice) {
        if self.files.len() < 16 && dice.chance(400) {
            return self.add(dice);
        }
        let file = dice.index(self.files.len());
        self.files[file].exists = !self.files[file].exists;
    }

    /// Somebody works on a file.
    pub(crate) fn edit(&mut self, dice: &mut Dice) -> Option<usize> {
        let file = dice.index(self.files.len());
        self.edits += 1;
        let edits = self.edits;
        let edited = &mut self.files[file];
        match dice.roll(10) {
            0..=2 => {
                edited.content = edits;
                edited.ident = edits;
                if edited.size < PART {
                    edited.size = dice.between(1, 100);
                }
            }
            // Same size, same times.
            3 => edited.content = edits,
            4 => edited.ident = edits,
            5 => edited.exists = false,
            6 => edited.exists = true,
            7 => edited.locked = !edited.locked,
            _ => edited.silent = !edited.silent,
        }
        self.items.iter().position(|at| *at == file)
    }

    /// Returns the size of each file, and whether it can be read.
    pub(crate) fn walk(&mut self) -> Vec<(u64, bool)> {
        let there = |(_, file): &(usize, &File)| file.exists;
        self.items = self.files.iter().enumerate().filter(there).map(|(place, _)| place).collect();
        self.items.iter().map(|place| (self.files[*place].size, !self.files[*place].locked)).collect()
    }

    /// Whether the folder holds the files that the walk found.
    pub(crate) fn is_as_walked(&self) -> bool {
        let there = self.files.iter().enumerate().filter(|(_, file)| file.exists).map(|(place, _)| place);
        there.eq(self.items.iter().copied())
    }

    pub(crate) fn file(&self, item: usize) -> &File {
        &self.files[self.items[item]]
    }

    pub(crate) fn is_broken(&self, item: usize, row: &Row) -> bool {
        let file = self.file(item);
        !file.exists || file.locked || file.silent || row.hashed != Some((file.content, file.ident))
    }

    /// Whoever had the file open is done, and it is as it was when it was read.
    pub(crate) fn mend(&mut self, item: usize, row: &Row) {
        let file = &mut self.files[self.items[item]];
        (file.exists, file.locked, file.silent) = (true, false, false);
        if let Some((content, ident)) = row.hashed {
            (file.content, file.ident, file.size) = (content, ident, row.size);
        }
    }

    /// All files can be read again.
    pub(crate) fn unlock_all(&mut self) {
        for file in &mut self.files {
            (file.locked, file.silent) = (false, false);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.files.iter().all(|file| !file.exists)
    }

    pub(crate) fn bring_one(&mut self) {
        self.files[0].exists = true;
    }
}
