//! Where a session is kept between two runs: just enough to refresh it.
//!
//! Every store replaces the session as a whole or not at all. A session that cannot be read is none: the person signs in
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

/// What is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// The name of the service's profile.
    pub service: String,
    /// The addresses that may see it: [`addresses_of`] the profile it was started with.
    pub addresses: String,
    /// Whose session it is.
    pub person: Person,
    /// The refresh token.
    pub refresh: Secret,
    /// When that ends, in server time; `None` where it has no fixed end.
    pub refresh_expires: Option<Timestamp>,
    /// The ID token; a store with little room drops it.
    pub id: Option<Secret>,
}

/// A place for one session of one service.
///
/// The calls may take seconds (a keychain may ask the person): not for a thread that must not wait.
pub trait TokenStore: Send + Sync {
    /// The session, if there is one that can be read.
    ///
    /// # Errors
    /// [`KeychainUnavailable`](waybill_model::Code::KeychainUnavailable) or
    /// [`DataFolderUnusable`](waybill_model::Code::DataFolderUnusable) when the place itself cannot be reached.
    fn load(&self) -> Result<Option<StoredSession>, Failure>;

    /// Replaces the session.
    ///
    /// # Errors
    /// As [`load`](Self::load), and when there is no room.
    fn save(&self, session: &StoredSession) -> Result<(), Failure>;

    /// Removes the session; none is fine.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    fn clear(&self) -> Result<(), Failure>;

    /// What the place is, in a few words for people.
    fn describe(&self) -> &'static str;
}

/// Everybody who gets to see a session of this service: its issuer and client, its API, its upload domain, its website.
#[must_use]
pub fn addresses_of(profile: &ServiceProfile) -> String {
    // An address that the service does not have leaves its mark, so that no other can take its position.
    let urls = Role::ALL.map(|role| profile.address(role).map_or("-", url::Url::as_str)).join(" ");
    format!("{} {urls}", profile.client_id)
}

/// A store that gives a session only to the service that it was started with, not to another with the same name.
pub struct OnlyFor {
    addresses: String,
    store: Box<dyn TokenStore>,
}

impl OnlyFor {
    /// Of this service.
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

    fn describe(&self) -> &'static str {
        self.store.describe()
    }
}

/// The stored form, version 1.
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

    /// `None` for what is no session of `service` in a known form.
    fn from_json(text: &[u8], service: &str) -> Option<Self> {
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
