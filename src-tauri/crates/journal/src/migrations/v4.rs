//! Format 4: the address of the service's website, as it was when the transfer was made.

use rusqlite::Connection;

pub(super) fn apply(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(SCHEMA)
}

/// Transfers that were made before have none.
const SCHEMA: &str = "ALTER TABLE transfers ADD COLUMN website TEXT;";
