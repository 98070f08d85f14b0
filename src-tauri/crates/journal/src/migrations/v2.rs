//! Format 2: what is being sent is found without looking through what waits.

use rusqlite::Connection;

pub(super) fn apply(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(SCHEMA)
}

/// Items of state 2 (ready) of which a request was about to be made. As many as are in flight, so the index stays small
/// whatever the transfer's size.
const SCHEMA: &str = "
CREATE INDEX items_begun ON items (transfer, item)
    WHERE state = 2 AND (put_attempted = 1 OR upload_id IS NOT NULL);
";
