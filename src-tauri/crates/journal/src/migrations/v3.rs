//! Format 3: what the service's checks found in which file, as it was when they had ended.

use rusqlite::Connection;

pub(super) fn apply(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(SCHEMA)
}

/// `check_name` and `result` are the service's own words. A transfer without a row in `check_readings` was never read
/// to the end: its rows in `check_failures` are incomplete.
const SCHEMA: &str = "
CREATE TABLE check_readings (
    transfer INTEGER PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT;

CREATE TABLE check_failures (
    transfer INTEGER NOT NULL,
    file_id BLOB NOT NULL CHECK (length(file_id) = 16),
    check_name TEXT NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (transfer, file_id, check_name, result)
) STRICT, WITHOUT ROWID;
";
