//! Stores a session between two runs: just enough to refresh it.
//!
//! Every store replaces the session as a whole or not at all. An unreadable session counts as none: the person signs in
//! again.

mod file;
mod keychain;
mod lock;
mod memory;

use serde::{Deserialize, Serialize};
use waybill_model::{Failure, Person, Role, Secret, ServiceProfile, Timestamp};
use zeroize::Zeroizing;

pub use self::file::FileStore;
pub use self::keychain::Keychain;
pub use self::lock::SessionLock;
pub use self::memory::Memory;

/// A stored session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// The name of the service's profile.
    pub service: String,
    /// The addresses that may receive it: [`addresses_of`] the profile that it was started with.
    pub addresses: String,
    /// Whose session it is.
    pub person: Person,
    /// The refresh token.
    pub refresh: Secret,
    /// When the refresh token expires, in server time; `None` if it has no fixed expiry.
    pub refresh_expires: Option<Timestamp>,
    /// The ID token; a store with little room omits it.
    pub id: Option<Secret>,
}

/// Stores one session of one service.
///
/// Calls may take seconds, as a keychain may ask the person: do not call them from a thread that must not block.
pub trait TokenStore: Send + Sync {
    /// Returns the session, if there is one that can be read.
    ///
    /// # Errors
    /// [`KeychainUnavailable`](waybill_model::Code::KeychainUnavailable) or
    /// [`DataFolderUnusable`](waybill_model::Code::DataFolderUnusable) if the store itself cannot be reached.
    fn load(&self) -> Result<Option<StoredSession>, Failure>;

    /// Replaces the session.
    ///
    /// # Errors
    /// As for [`load`](Self::load), and if there is not enough room.
    fn save(&self, session: &StoredSession) -> Result<(), Failure>;

    /// Removes the session. Does nothing if there is none.
    ///
    /// # Errors
    /// As for [`load`](Self::load).
    fn clear(&self) -> Result<(), Failure>;
}

/// Returns every address that receives a session of this service: its issuer and client, its API, its upload domain and
/// its website.
#[must_use]
pub fn addresses_of(profile: &ServiceProfile) -> String {
    // An address that the service does not have leaves a gap, so that no other can take its position.
    let urls = Role::ALL.map(|role| profile.address(role).map_or("-", url::Url::as_str)).join(" ");
    format!("{} {urls}", profile.client_id)
}

/// A store that returns a session only to the service that it was started with, not to another with the same name.
pub struct OnlyFor {
    addresses: String,
    store: Box<dyn TokenStore>,
}

impl OnlyFor {
    /// Returns the store for this service.
    #[must_use]
    pub fn new(profile: &ServiceProfile, store: Box<dyn TokenStore>) -> Self {
        Self { addresses: addresses_of(profile), store }
    }
}

impl TokenStore for OnlyFor {
    fn load(&self) -> Result<Option<StoredSession>, Failure> {
        Ok(self.store.load()?.filter(|session| session.addresses == self.addresses))
    }

    fn save(&self, session: &StoredSession) -> Result<(), Failure> {
        self.store.save(session)
    }

    fn clear(&self) -> Result<(), Failure> {
        self.store.clear()
    }
}

/// The stored format, version 1.
#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    service: String,
    #[serde(default)]
    addresses: String,
    person: Person,
    #[serde(with = "crate::secret_text")]
    refresh: Secret,
    refresh_expires: Option<Timestamp>,
    #[serde(default, with = "crate::secret_text::option")]
    id: Option<Secret>,
}

const VERSION: u32 = 1;

impl StoredSession {
    fn to_json(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let document = Document {
            version: VERSION,
            service: self.service.clone(),
            addresses: self.addresses.clone(),
            person: self.person.clone(),
            refresh: self.refresh.clone(),
            refresh_expires: self.refresh_expires,
            id: self.id.clone(),
        };
        serde_json::to_vec(&document)
            .map(Zeroizing::new)
            .map_err(|_| Failure::new(waybill_model::Code::Internal, "the session cannot be written down"))
    }

    /// Returns `None` for anything that is not a session of `service` in a known format.
    pub(crate) fn from_json(text: &[u8], service: &str) -> Option<Self> {
        let document: Document = serde_json::from_slice(text).ok()?;
        (document.version == VERSION && document.service == service).then(|| Self {
            refresh: document.refresh,
            id: document.id,
            service: document.service,
            addresses: document.addresses,
            person: document.person,
            refresh_expires: document.refresh_expires,
        })
    }
}

#[cfg(test)]
mod tests;
