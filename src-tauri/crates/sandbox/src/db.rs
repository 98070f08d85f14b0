//! The one database of a sandbox, `sandbox.sqlite` in its folder.
//!
//! Each module makes its own tables with `create table if not exists`. The database is in WAL mode: a sandbox that is
//! killed comes back with every committed transaction. Losing power may lose the last few, which a stand-in may do.

use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension};

/// A handle to the database; clones share one connection.
#[derive(Clone)]
pub(crate) struct Db {
    connection: Arc<Mutex<Connection>>,
}

impl Db {
    /// Opens or makes the database at `path`.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection
            .execute_batch("create table if not exists settings (name text primary key, value text not null) strict")?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Runs `work` with the connection held. Never call it from inside itself.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let mut connection = self.connection.lock();
        work(&mut connection)
    }

    /// Returns a setting kept over restarts.
    pub(crate) fn setting(&self, name: &str) -> rusqlite::Result<Option<String>> {
        self.with(|db| db.query_row("select value from settings where name = ?1", [name], |row| row.get(0)).optional())
    }

    /// Keeps a setting over restarts.
    pub(crate) fn set_setting(&self, name: &str, value: &str) -> rusqlite::Result<()> {
        self.with(|db| {
            db.execute(
                "insert into settings values (?1, ?2) on conflict (name) do update set value = ?2",
                [name, value],
            )
        })?;
        Ok(())
    }
}
