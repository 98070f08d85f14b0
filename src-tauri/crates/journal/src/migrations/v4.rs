//! Format 4: the address of the service's website when the transfer was created.

use rusqlite::Connection;

pub(super) fn apply(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(SCHEMA)
}

/// Older transfers have none.
const SCHEMA: &str = "ALTER TABLE transfers ADD COLUMN website TEXT;";
