//! What the page may refer to: folders by a token, website pages by a consignment's reference, check results by a
//! transfer. The page itself never names a path or an address.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use url::Url;
use waybill_app::{CheckFailures, Folder, open_folder};
use waybill_model::{ConsignmentId, Failure, TransferId};

use super::offers::Offers;
use crate::bridge::Offer;
use crate::system::blocking;

/// A consignment of the last list.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    /// The id by which the service finds it.
    pub(crate) id: ConsignmentId,
    /// Its page on the website.
    pub(crate) page: Url,
}

/// See the module.
#[derive(Default)]
pub(crate) struct References {
    offers: Mutex<Offers>,
    /// The consignments that were listed last, by reference.
    listed: Mutex<BTreeMap<String, Listed>>,
    /// The check results of the transfer that was asked about last.
    check_failures: Mutex<Option<(TransferId, Arc<CheckFailures>)>>,
}

impl References {
    /// Checks a path that was dropped or named, and offers the folder to the page.
    ///
    /// # Errors
    /// `folder_missing`, `folder_is_file`, `folder_unreadable`, `folder_name_unusable`, with the path.
    pub(crate) async fn offer(&self, path: PathBuf) -> Result<Offer, Failure> {
        let folder = blocking(move || open_folder(&path)).await?;
        Ok(self.offers.lock().keep(folder))
    }

    /// Returns the folder that was offered with a token.
    ///
    /// # Errors
    /// `folder_missing` if no folder was offered with the token, or the offer was discarded.
    pub(crate) fn folder(&self, token: &str) -> Result<Folder, Failure> {
        self.offers.lock().folder(token)
    }

    /// Remembers the consignments that are listed now.
    pub(crate) fn set_listed(&self, listed: BTreeMap<String, Listed>) {
        *self.listed.lock() = listed;
    }

    /// Returns a consignment of the last list.
    pub(crate) fn listed(&self, reference: &str) -> Option<Listed> {
        self.listed.lock().get(reference).cloned()
    }

    /// Remembers what the service's checks found, until another transfer is asked about.
    pub(crate) fn set_check_failures(&self, transfer: TransferId, failures: Arc<CheckFailures>) {
        *self.check_failures.lock() = Some((transfer, failures));
    }

    /// Returns what the service's checks found in a transfer, if it was the last that was asked about.
    pub(crate) fn check_failures(&self, transfer: TransferId) -> Option<Arc<CheckFailures>> {
        let failures = self.check_failures.lock();
        failures.as_ref().filter(|(id, _)| *id == transfer).map(|(_, failures)| Arc::clone(failures))
    }
}
