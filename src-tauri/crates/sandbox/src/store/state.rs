//! What the store works with.

use std::path::PathBuf;
use std::sync::Arc;

use super::remote::Remote;
use crate::clock::Clock;
use crate::db::Db;
use crate::options::{Options, RepeatComplete};
use crate::realm::Realm;
use crate::role::{Addresses, Role};

/// The state of the object store.
pub(crate) struct Store {
    pub(super) db: Db,
    pub(super) clock: Clock,
    /// The sandbox's folder, as an absolute path.
    pub(super) dir: PathBuf,
    pub(super) repeat_complete: RepeatComplete,
    /// The S3 server in place of this store.
    pub(super) remote: Option<Remote>,
    /// The upload domain's base address.
    pub(super) upload: String,
    /// The website's base address.
    pub(super) website: String,
}

impl Store {
    pub(crate) fn new(
        realm: &Arc<Realm>,
        dir: PathBuf,
        addresses: &Addresses,
        options: &Options,
        remote: Option<Remote>,
    ) -> Self {
        Self {
            db: realm.db.clone(),
            clock: realm.clock.clone(),
            dir,
            repeat_complete: options.repeat_complete,
            remote,
            upload: addresses.url(Role::Upload),
            website: addresses.url(Role::Website),
        }
    }
}
