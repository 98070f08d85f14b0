//! What every role of one sandbox shares.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};

use crate::at_work::AtWork;
use crate::clock::Clock;
use crate::db::Db;
use crate::faults::Faults;
use crate::keys::Keys;
use crate::log::RequestLog;
use crate::options::Options;
use crate::people::People;
use crate::role::Role;
use crate::sign_in::Elsewhere;
use crate::store;

/// The shared state, held in an `Arc` by every router.
pub(crate) struct Shared {
    pub options: Options,
    /// The sandbox's folder, as an absolute path.
    pub dir: PathBuf,
    pub clock: Clock,
    pub faults: Faults,
    pub log: RequestLog,
    pub at_work: AtWork,
    pub db: Db,
    pub people: People,
    pub keys: Keys,
    pub lives: Lives,
    /// The realm in place of the sandbox's own.
    pub elsewhere: Option<Elsewhere>,
    /// The S3 server in place of the sandbox's own object store.
    pub remote_store: Option<store::Remote>,
    /// The comparisons of handed-over consignments at work.
    pub checks: crate::consignments::Running,
    /// Set once, before the first connection is accepted.
    pub addresses: OnceLock<Addresses>,
}

impl Shared {
    /// The base address of `role`, without a slash at the end.
    pub(crate) fn url(&self, role: Role) -> String {
        self.addresses.get().map(|addresses| addresses.url(role)).unwrap_or_default()
    }

    /// The issuer of the realm that people sign in at.
    pub(crate) fn issuer(&self) -> String {
        match &self.elsewhere {
            Some(elsewhere) => elsewhere.issuer().to_owned(),
            None => format!("{}/realms/tdr", self.url(Role::SignIn)),
        }
    }
}

/// Where each role and the control address listen. Chosen at the first start and kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Addresses {
    pub sign_in: SocketAddr,
    pub api: SocketAddr,
    pub upload: SocketAddr,
    pub website: SocketAddr,
    pub control: SocketAddr,
}

impl Addresses {
    /// The base address of `role`, without a slash at the end.
    pub(crate) fn url(&self, role: Role) -> String {
        let scheme = if role.is_tls() { "https" } else { "http" };
        format!("{scheme}://{}", self.socket(role))
    }

    /// The socket of `role`.
    pub(crate) fn socket(&self, role: Role) -> SocketAddr {
        match role {
            Role::SignIn => self.sign_in,
            Role::Api => self.api,
            Role::Upload => self.upload,
            Role::Website => self.website,
        }
    }
}

/// How long what is issued from now on lives; set through the control address and kept over restarts.
pub(crate) struct Lives {
    access_token_seconds: AtomicU32,
    cookie_seconds: AtomicU32,
    db: Db,
}

impl Lives {
    /// The lives kept in `db`, else those of `options`.
    pub(crate) fn open(db: &Db, options: &Options) -> rusqlite::Result<Self> {
        let kept =
            |name: &str| -> rusqlite::Result<Option<u32>> { Ok(db.setting(name)?.and_then(|text| text.parse().ok())) };
        Ok(Self {
            access_token_seconds: kept("access_token_seconds")?.unwrap_or(options.access_token_seconds).into(),
            cookie_seconds: kept("cookie_seconds")?.unwrap_or(options.cookie_seconds).into(),
            db: db.clone(),
        })
    }

    /// Life of an access token in seconds.
    pub(crate) fn access_token_seconds(&self) -> u32 {
        self.access_token_seconds.load(Ordering::SeqCst)
    }

    /// Life of the upload domain's cookies in seconds.
    pub(crate) fn cookie_seconds(&self) -> u32 {
        self.cookie_seconds.load(Ordering::SeqCst)
    }

    /// Sets the life of access tokens issued from now on.
    pub(crate) fn set_access_token_seconds(&self, seconds: u32) -> rusqlite::Result<()> {
        self.db.set_setting("access_token_seconds", &seconds.to_string())?;
        self.access_token_seconds.store(seconds, Ordering::SeqCst);
        Ok(())
    }

    /// Sets the life of cookies signed from now on.
    pub(crate) fn set_cookie_seconds(&self, seconds: u32) -> rusqlite::Result<()> {
        self.db.set_setting("cookie_seconds", &seconds.to_string())?;
        self.cookie_seconds.store(seconds, Ordering::SeqCst);
        Ok(())
    }
}
