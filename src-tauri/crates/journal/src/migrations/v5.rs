//! Format 5: the way in which a transfer uploads, transfers without a consignment, and keys that the store chose.

use rusqlite::Connection;

pub(super) fn apply(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(SCHEMA)
}

/// `transfers.way` is JSON; null stands for TDR's way, which was the only one before. `transfers.consignment` may be the
/// JSON `null` from now on: a transfer into the service itself. `items.stored_key` is the key that the store named in its
/// reply.
const SCHEMA: &str = "
ALTER TABLE transfers ADD COLUMN way TEXT;
ALTER TABLE items ADD COLUMN stored_key TEXT;
";
