//! Folders that may become transfers. The page gets a token for a folder and can never name a path itself.

use uuid::Uuid;
use waybill_app::Folder;
use waybill_model::{Code, Failure};

use crate::bridge::Offer;

/// How many offers are kept. The oldest is discarded first.
const MOST: usize = 16;

/// The folders that were offered, newest last.
#[derive(Debug, Default)]
pub(super) struct Offers(Vec<(String, Folder)>);

impl Offers {
    /// Keeps an opened folder under a token that cannot be guessed.
    pub(super) fn keep(&mut self, folder: Folder) -> Offer {
        let token = Uuid::new_v4().to_string();
        let (name, path) = (folder.name().to_owned(), folder.path().display().to_string());
        let offer = Offer { name, path, token: token.clone() };
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push((token, folder));
        offer
    }

    /// Returns the folder of a token. The offer is kept: the same folder may be tried with another consignment.
    ///
    /// # Errors
    /// `folder_missing` if the token was never issued or its offer was discarded.
    pub(super) fn folder(&self, token: &str) -> Result<Folder, Failure> {
        let found = self.0.iter().find(|(given, _)| given == token);
        found.map(|(_, folder)| folder.clone()).ok_or_else(|| Code::FolderMissing.into())
    }
}

#[cfg(test)]
mod tests {
    use waybill_app::open_folder;

    use super::*;

    #[test]
    fn a_folder_is_reached_only_by_its_own_token() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let [one, other] = [&one, &other].map(|dir| open_folder(dir.path()).unwrap());
        let mut offers = Offers::default();
        let first = offers.keep(one.clone());
        let second = offers.keep(other.clone());
        for (offer, folder) in [(&first, &one), (&second, &other)] {
            assert_eq!(offers.folder(&offer.token).unwrap().path(), folder.path());
        }
        assert_eq!(offers.folder(&first.path).unwrap_err().code, Code::FolderMissing);
        for _ in 0..MOST {
            offers.keep(other.clone());
        }
        assert_eq!(offers.folder(&first.token).unwrap_err().code, Code::FolderMissing);
    }
}
