//! A folder that looks like real life.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::{Error, Random, Result};

const MIB: u64 = 1 << 20;

/// How much is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 600 small files and three of 40 to 80 MiB, as a person might have.
    Full,
    /// 24 small files and one of 12 MiB (three parts of 5 MiB at the least), for tests.
    Small,
    /// Three small files and one of 12 MiB: as few requests as a transfer with every kind of request can have.
    Few,
}

/// What was made.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The folder.
    pub root: PathBuf,
    /// The files that are to be sent and their sizes in bytes, by their path with the folder's name in front, segments
    /// joined by `/`.
    pub sent: BTreeMap<String, u64>,
    /// What is not to be sent, and the code under which `waybill` has to say so.
    pub left_out: BTreeMap<String, &'static str>,
    /// Folders with nothing in them.
    pub empty_folders: Vec<String>,
    /// The path of the largest file, as in `sent`.
    pub largest: String,
}

impl Sample {
    /// Returns the bytes of all files to be sent.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.sent.values().sum()
    }

    /// Returns where the file with this path (as in `sent`) is on the disk.
    #[must_use]
    pub fn on_disk(&self, path: &str) -> PathBuf {
        self.root.parent().unwrap_or(Path::new("")).join(path)
    }
}

/// Makes the folder `parent/name`. The same seed makes the same bytes.
///
/// What the file system does not do is left out of it, and of what is promised: names that differ only in case where
/// case is ignored, a symbolic link if none can be made, an unreadable file for a person who may read everything.
///
/// # Errors
/// The disk refuses.
pub fn sample_folder(parent: &Path, name: &str, size: Size, seed: u64) -> Result<Sample> {
    let mut maker = Maker::new(parent, name, seed)?;
    let (small, large): (u64, &[u64]) = match size {
        Size::Full => (600, &[41 * MIB + 17, 57 * MIB, 78 * MIB + 4_711]),
        Size::Small => (24, &[12 * MIB + 345]),
        Size::Few => (3, &[12 * MIB + 345]),
    };
    match size {
        Size::Full | Size::Small => maker.oddities()?,
        Size::Few => {}
    }
    let small = small.saturating_sub(u64::try_from(maker.sample.sent.len()).unwrap_or(u64::MAX));
    maker.everyday(small)?;
    for (&bytes, name) in large.iter().zip(["scan of the minute books.tif", "Interview (final).wav", "Sitzung.mov"]) {
        maker.file(&format!("Media/{name}"), bytes)?;
    }
    let largest = maker.sample.sent.iter().max_by_key(|(_, bytes)| **bytes).map(|(path, _)| path.clone());
    maker.sample.largest = largest.unwrap_or_default();
    Ok(maker.sample)
}

struct Maker {
    name: String,
    random: Random,
    sample: Sample,
}

impl Maker {
    fn new(parent: &Path, name: &str, seed: u64) -> Result<Self> {
        let root = parent.join(name);
        fs::create_dir_all(&root).map_err(Error::io(&root))?;
        let sample = Sample {
            root,
            sent: BTreeMap::new(),
            left_out: BTreeMap::new(),
            empty_folders: Vec::new(),
            largest: String::new(),
        };
        Ok(Self { name: name.to_owned(), random: Random::new(seed), sample })
    }

    /// Every kind of name and file that people have and programs trip over.
    fn oddities(&mut self) -> Result<()> {
        self.file("Read me first.txt", 812)?;
        self.file("Budget 2019/Überblick über Ausgaben.ods", 24_113)?;
        // The same name in the two forms that Unicode has for its accents; macOS writes the second.
        self.file("Budget 2019/Caf\u{e9} receipts.csv", 1_201)?;
        self.file_if_separate("Budget 2019/Cafe\u{301} receipts.csv", 1_344)?;
        // No colon: Windows would write into a stream beside a file `=SUM(A1`.
        self.file("Correspondence/=SUM(A1,A9).csv", 96)?;
        self.file("Correspondence/party 🎉 invitation.docx", 18_400)?;
        self.file("Correspondence/  two spaces  and a dot..txt", 55)?;
        self.file("Correspondence/Ελληνικά κείμενα.txt", 310)?;
        self.file("Minutes/Report.pdf", 40_960)?;
        self.file_if_separate("Minutes/report.pdf", 40_961)?;
        self.file("Minutes/no-extension", 77)?;
        self.file("Minutes/.hidden notes", 13)?;
        let deep: Vec<String> = (1..=18).map(|level| format!("level {level} of the old filing plan")).collect();
        self.file(&format!("Archive/{}/found at last.txt", deep.join("/")), 2_048)?;

        self.left_out("Media/Thumbs.db", 5_120, "excluded_name")?;
        self.left_out("Minutes/.DS_Store", 6_148, "excluded_name")?;
        self.left_out("desktop.ini", 282, "excluded_name")?;
        self.left_out("Minutes/empty.txt", 0, "empty_file")?;
        self.unreadable("Minutes/private.txt")?;
        self.link("Minutes/latest.pdf", "Report.pdf")?;
        let empty = self.disk("To be sorted");
        fs::create_dir_all(&empty).map_err(Error::io(&empty))?;
        self.sample.empty_folders.push(self.path("To be sorted"));
        Ok(())
    }

    /// Ordinary small files, 100 bytes to 32 KiB, in ordinary folders.
    fn everyday(&mut self, count: u64) -> Result<()> {
        const KINDS: [&str; 5] = ["docx", "pdf", "xlsx", "msg", "txt"];
        for number in 0..count {
            let kind = KINDS[usize::try_from(number % 5).unwrap_or_default()];
            let bytes = 100 + self.random.below(32_668);
            self.file(&format!("Case files/{}/Letter {number:03}.{kind}", 1990 + number % 23), bytes)?;
        }
        Ok(())
    }

    fn file(&mut self, below: &str, bytes: u64) -> Result<()> {
        self.write(below, bytes)?;
        let path = self.path(below);
        self.sample.sent.insert(path, bytes);
        Ok(())
    }

    /// A file whose name is another one's in other letters; left out where the file system takes them for one.
    fn file_if_separate(&mut self, below: &str, bytes: u64) -> Result<()> {
        if self.disk(below).exists() { Ok(()) } else { self.file(below, bytes) }
    }

    fn left_out(&mut self, below: &str, bytes: u64, code: &'static str) -> Result<()> {
        self.write(below, bytes)?;
        let path = self.path(below);
        self.sample.left_out.insert(path, code);
        Ok(())
    }

    #[cfg(unix)]
    fn unreadable(&mut self, below: &str) -> Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        self.left_out(below, 640, "unreadable")?;
        let disk = self.disk(below);
        fs::set_permissions(&disk, fs::Permissions::from_mode(0o000)).map_err(Error::io(&disk))?;
        if fs::File::open(&disk).is_ok() {
            // This person may read everything.
            fs::remove_file(&disk).map_err(Error::io(&disk))?;
            self.sample.left_out.remove(&self.path(below));
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn unreadable(&mut self, _below: &str) -> Result<()> {
        Ok(())
    }

    #[cfg(unix)]
    fn link(&mut self, below: &str, target: &str) -> Result<()> {
        let disk = self.disk(below);
        std::os::unix::fs::symlink(target, &disk).map_err(Error::io(&disk))?;
        let path = self.path(below);
        self.sample.left_out.insert(path, "link");
        Ok(())
    }

    #[cfg(not(unix))]
    fn link(&mut self, _below: &str, _target: &str) -> Result<()> {
        Ok(())
    }

    fn write(&mut self, below: &str, bytes: u64) -> Result<()> {
        const BUFFER: usize = 1 << 16;
        let disk = self.disk(below);
        let folder = disk.parent().unwrap_or(&self.sample.root);
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
        let mut file = fs::File::create(&disk).map_err(Error::io(&disk))?;
        let mut buffer = [0; BUFFER];
        let mut left = bytes;
        while left > 0 {
            let count = usize::try_from(left).unwrap_or(BUFFER).min(BUFFER);
            self.random.fill(&mut buffer[..count]);
            file.write_all(&buffer[..count]).map_err(Error::io(&disk))?;
            left -= u64::try_from(count).unwrap_or(left);
        }
        Ok(())
    }

    fn disk(&self, below: &str) -> PathBuf {
        self.sample.root.join(below)
    }

    fn path(&self, below: &str) -> String {
        format!("{}/{below}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_what_it_says_and_the_same_each_time() {
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let samples = dirs.each_ref().map(|dir| sample_folder(dir.path(), "Holiday", Size::Small, 7).unwrap());
        assert_eq!(samples[0].sent, samples[1].sent);
        assert_eq!(samples[0].sent.len(), 25);
        for (path, bytes) in &samples[0].sent {
            let contents = samples.each_ref().map(|sample| fs::read(sample.on_disk(path)).unwrap());
            assert_eq!(contents[0], contents[1], "{path}");
            assert_eq!(u64::try_from(contents[0].len()).unwrap(), *bytes, "{path}");
        }
        for path in samples[0].left_out.keys().chain(&samples[0].empty_folders) {
            assert!(samples[0].on_disk(path).symlink_metadata().is_ok(), "{path}");
        }
    }
}
