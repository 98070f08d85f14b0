//! Format 6: dates before 1677 and after 2262, and folders that have moved.

use rusqlite::Connection;

pub(super) fn apply(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(SCHEMA)
}

/// `transfers.folder_key` is the volume and the number of the folder that was walked, as `VOLUME:NUMBER`.
/// `former_folders` contains where the folder was before it moved, in order, and when that was recorded.
/// `items.modified_seconds` is null if `modified_ns` contains the whole time; otherwise it contains the seconds since the
/// epoch, and `modified_ns` the nanoseconds after them.
const SCHEMA: &str = "
ALTER TABLE items ADD COLUMN modified_seconds INTEGER;
ALTER TABLE transfers ADD COLUMN folder_key TEXT;
CREATE TABLE former_folders (
    transfer INTEGER NOT NULL,
    number INTEGER NOT NULL,
    folder BLOB NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (transfer, number)
) STRICT, WITHOUT ROWID;
";
