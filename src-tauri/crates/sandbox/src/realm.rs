//! What every role of one sandbox shares.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::clock::Clock;
use crate::db::Db;
use crate::keys::Keys;
use crate::options::Options;
use crate::people::People;

/// The database, the time, the keys and the people. Each role has its own state besides.
pub(crate) struct Realm {
    pub db: Db,
    pub clock: Clock,
    pub keys: Keys,
    pub people: People,
}

/// Lifetimes of what is issued from now on; set through the control address and kept over restarts.
pub(crate) struct Lives {
    access_token_seconds: AtomicU32,
    cookie_seconds: AtomicU32,
    db: Db,
}

impl Lives {
    /// Returns the lifetimes kept in `db`, else those of `options`.
    pub(crate) fn open(db: &Db, options: &Options) -> rusqlite::Result<Self> {
        let kept =
            |name: &str| -> rusqlite::Result<Option<u32>> { Ok(db.setting(name)?.and_then(|text| text.parse().ok())) };
        Ok(Self {
            access_token_seconds: kept("access_token_seconds")?.unwrap_or(options.access_token_seconds).into(),
            cookie_seconds: kept("cookie_seconds")?.unwrap_or(options.cookie_seconds).into(),
            db: db.clone(),
        })
    }

    /// Returns the lifetime of an access token in seconds.
    pub(crate) fn access_token_seconds(&self) -> u32 {
        self.access_token_seconds.load(Ordering::SeqCst)
    }

    /// Returns the lifetime of the upload domain's cookies in seconds.
    pub(crate) fn cookie_seconds(&self) -> u32 {
        self.cookie_seconds.load(Ordering::SeqCst)
    }

    /// Sets the lifetime of access tokens issued from now on.
    pub(crate) fn set_access_token_seconds(&self, seconds: u32) -> rusqlite::Result<()> {
        self.db.set_setting("access_token_seconds", &seconds.to_string())?;
        self.access_token_seconds.store(seconds, Ordering::SeqCst);
        Ok(())
    }

    /// Sets the lifetime of cookies signed from now on.
    pub(crate) fn set_cookie_seconds(&self, seconds: u32) -> rusqlite::Result<()> {
        self.db.set_setting("cookie_seconds", &seconds.to_string())?;
        self.cookie_seconds.store(seconds, Ordering::SeqCst);
        Ok(())
    }
}
