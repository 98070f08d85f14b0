//! The sandbox's own time: the machine's time plus an offset set through the control address.
//!
//! Tokens, cookies, sessions, the seven-day abort of uploads and the `Date` header of every reply follow it. The offset
//! is kept in the database, so a sandbox that is killed comes back in its own time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

use crate::db::Db;

const SETTING: &str = "clock_offset_seconds";

/// Where every module of the sandbox gets the time.
#[derive(Clone)]
pub(crate) struct Clock {
    offset_seconds: Arc<AtomicI64>,
    db: Db,
}

impl Clock {
    /// Returns the clock as it was left in `db`.
    pub(crate) fn open(db: &Db) -> rusqlite::Result<Self> {
        let kept = db.setting(SETTING)?.and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok(Self { offset_seconds: Arc::new(AtomicI64::new(kept)), db: db.clone() })
    }

    /// Returns the sandbox's time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let offset = TimeDelta::try_seconds(self.offset_seconds()).unwrap_or_default();
        let system = Utc::now();
        system.checked_add_signed(offset).unwrap_or(system)
    }

    /// Returns the sandbox's time in whole seconds since 1970.
    pub(crate) fn epoch_seconds(&self) -> i64 {
        self.now().timestamp()
    }

    /// Returns how far the sandbox is ahead of the machine, in seconds.
    pub(crate) fn offset_seconds(&self) -> i64 {
        self.offset_seconds.load(Ordering::SeqCst)
    }

    /// Moves the clock by `seconds`, which may be negative, and keeps the new offset.
    pub(crate) fn advance(&self, seconds: i64) -> rusqlite::Result<()> {
        let offset = self.offset_seconds().saturating_add(seconds);
        self.db.set_setting(SETTING, &offset.to_string())?;
        self.offset_seconds.store(offset, Ordering::SeqCst);
        Ok(())
    }
}
