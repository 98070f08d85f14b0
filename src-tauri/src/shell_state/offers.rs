//! Folders that may become transfers. The page gets a token for a folder, never the power to name a path.

use std::path::PathBuf;

use uuid::Uuid;
use waybill_model::{Code, Failure};

use crate::bridge::Offer;

/// How many offers are kept. The oldest is forgotten first.
const MOST: usize = 16;

/// The folders that were offered, newest last.
#[derive(Debug, Default)]
pub(super) struct Offers(Vec<(String, PathBuf)>);

impl Offers {
    /// Keeps a folder that was checked, under a token that cannot be guessed.
    pub(super) fn keep(&mut self, name: String, path: PathBuf) -> Offer {
        let token = Uuid::new_v4().to_string();
        let offer = Offer { name, path: path.display().to_string(), token: token.clone() };
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push((token, path));
        offer
    }

    /// Returns the folder of a token. It stays: the same folder may be tried with another consignment.
    ///
    /// # Errors
    /// `folder_missing` for a token that was never given out, or is forgotten.
    pub(super) fn folder(&self, token: &str) -> Result<PathBuf, Failure> {
        let found = self.0.iter().find(|(given, _)| given == token);
        found.map(|(_, path)| path.clone()).ok_or_else(|| Code::FolderMissing.into())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

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
