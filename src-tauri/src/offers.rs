//! Folders that may become transfers. A path from the window is a claim: it is looked at here, and the page gets a token
//! for it, never the power to name a path of its own.

use std::path::{Path, PathBuf};

use uuid::Uuid;
use waybill_app::check_place;
use waybill_model::{Code, Failure};

use crate::bridge::Offer;

/// How many offers are kept. The oldest is forgotten first: nobody goes back that far.
const MOST: usize = 16;

/// The folders that were offered, newest last.
#[derive(Debug, Default)]
pub(crate) struct Offers(Vec<(String, PathBuf)>);

/// What was dropped on the window, before anybody has looked at the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Dropped {
    /// Nothing that lies on the disk, such as a text.
    Nothing,
    /// One thing.
    One(PathBuf),
    /// Several.
    Several(usize),
}

impl Dropped {
    /// TDR takes one top-level folder.
    pub(crate) fn new(paths: &[PathBuf]) -> Self {
        match paths {
            [] => Self::Nothing,
            [one] => Self::One(one.clone()),
            several => Self::Several(several.len()),
        }
    }
}

/// Looks at a path: a folder that is there and can be listed. Asks the disk.
///
/// # Errors
/// `folder_missing`, `folder_is_file`, `folder_unreadable`, `folder_name_unusable`, with the path.
pub(crate) fn look_at(path: &Path) -> Result<(String, PathBuf), Failure> {
    check_place(path)
}

impl Offers {
    /// Keeps a folder that was looked at, under a token that cannot be guessed.
    pub(crate) fn keep(&mut self, name: String, path: PathBuf) -> Offer {
        let token = Uuid::new_v4().to_string();
        let offer = Offer { name, path: path.display().to_string(), token: token.clone() };
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push((token, path));
        offer
    }

    /// The folder of a token. It stays: the same folder may be tried with another consignment.
    ///
    /// # Errors
    /// `folder_missing` for a token that nobody was given, or that is forgotten.
    pub(crate) fn folder(&self, token: &str) -> Result<PathBuf, Failure> {
        let found = self.0.iter().find(|(given, _)| given == token);
        found.map(|(_, path)| path.clone()).ok_or_else(|| Code::FolderMissing.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_single_folder_that_is_there_is_offered() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("Records ü");
        std::fs::create_dir(&folder).unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "x").unwrap();
        assert_eq!(look_at(&folder).unwrap(), ("Records ü".to_owned(), folder.clone()));
        assert_eq!(look_at(&file).unwrap_err().code, Code::FolderIsFile);
        assert_eq!(look_at(&dir.path().join("none")).unwrap_err().code, Code::FolderMissing);
        assert_eq!(look_at(Path::new("/")).unwrap_err().code, Code::FolderNameUnusable);
        assert_eq!(Dropped::new(&[folder.clone(), file]), Dropped::Several(2));
        assert_eq!(Dropped::new(&[]), Dropped::Nothing);
        assert_eq!(Dropped::new(std::slice::from_ref(&folder)), Dropped::One(folder));
    }

    #[test]
    fn a_folder_is_reached_by_its_own_token_alone() {
        let mut offers = Offers::default();
        let first = offers.keep("A".to_owned(), "/a".into());
        let second = offers.keep("B".to_owned(), "/b".into());
        assert_eq!(offers.folder(&first.token).unwrap(), Path::new("/a"));
        assert_eq!(offers.folder(&second.token).unwrap(), Path::new("/b"));
        assert_eq!(offers.folder("/a").unwrap_err().code, Code::FolderMissing);
        for _ in 0..MOST {
            offers.keep("C".to_owned(), "/c".into());
        }
        assert_eq!(offers.folder(&first.token).unwrap_err().code, Code::FolderMissing);
    }
}
