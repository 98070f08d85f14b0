//! Format 2: items being sent are found without scanning those that wait.

use rusqlite::Connection;

pub(super) fn apply(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(SCHEMA)
}

/// Items of state 2 (ready) for which a request was about to be made: as many as are in flight, so the index stays
/// small for any size of transfer.
const SCHEMA: &str = "
CREATE INDEX items_begun ON items (transfer, item)
    WHERE state = 2 AND (put_attempted = 1 OR upload_id IS NOT NULL);
";
