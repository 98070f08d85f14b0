//! Format 1: the first.

use rusqlite::Connection;

pub(super) fn apply(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(SCHEMA)
}

/// Numbers are as in the model; unsigned 64-bit ones that are not amounts (checksums, file keys, hashes) keep their
/// bits. Ids are the 16 bytes of their UUID. Times are milliseconds since the epoch. `person`, `consignment` and
/// `checks` are JSON. System paths are raw bytes (on Windows UTF-16, little-endian).
///
/// `items.state`: 0 found, 1 left out, 2 ready, 3 sent, 4 set aside; `why` is the code or the kind of acknowledgement.
/// `items.crcs`: 8 bytes for each part, most significant first. It comes last: what is not asked for is not read.
/// `items.part_size`: null for a file that is sent whole.
/// `names` is filled when the walk ends: in order, which a million entries as they are found would not be.
const SCHEMA: &str = "
CREATE TABLE transfers (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    created INTEGER NOT NULL,
    service TEXT NOT NULL,
    person TEXT NOT NULL,
    consignment TEXT NOT NULL,
    folder BLOB NOT NULL,
    folder_name TEXT NOT NULL,
    single_put_below INTEGER NOT NULL,
    part_size INTEGER NOT NULL,
    program_version TEXT NOT NULL,
    phase TEXT NOT NULL,
    paused INTEGER NOT NULL DEFAULT 0,
    given_up INTEGER NOT NULL DEFAULT 0,
    accepted_left_out INTEGER NOT NULL DEFAULT 0,
    start_intended INTEGER,
    register_intended INTEGER,
    handed_over INTEGER,
    finished INTEGER,
    checks TEXT,
    receipt_dir BLOB,
    last_hold TEXT,
    names_indexed INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE tallies (
    transfer INTEGER PRIMARY KEY,
    found_items INTEGER NOT NULL DEFAULT 0,
    found_bytes INTEGER NOT NULL DEFAULT 0,
    left_out_items INTEGER NOT NULL DEFAULT 0,
    left_out_bytes INTEGER NOT NULL DEFAULT 0,
    ready_items INTEGER NOT NULL DEFAULT 0,
    ready_bytes INTEGER NOT NULL DEFAULT 0,
    sent_items INTEGER NOT NULL DEFAULT 0,
    sent_bytes INTEGER NOT NULL DEFAULT 0,
    set_aside_items INTEGER NOT NULL DEFAULT 0,
    set_aside_bytes INTEGER NOT NULL DEFAULT 0,
    part_bytes INTEGER NOT NULL DEFAULT 0,
    unmatched INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE items (
    transfer INTEGER NOT NULL,
    item INTEGER NOT NULL,
    path TEXT NOT NULL,
    fold_hash INTEGER NOT NULL,
    size INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    volume INTEGER,
    file INTEGER,
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
    why TEXT,
    sha256 BLOB,
    part_size INTEGER,
    file_id BLOB,
    put_attempted INTEGER NOT NULL DEFAULT 0,
    completion_attempted INTEGER NOT NULL DEFAULT 0,
    upload_id TEXT,
    abort_at INTEGER,
    upload_completion_attempted INTEGER NOT NULL DEFAULT 0,
    acknowledged_at INTEGER,
    etag TEXT,
    crcs BLOB,
    PRIMARY KEY (transfer, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX items_by_state ON items (transfer, state);
CREATE UNIQUE INDEX items_by_file_id ON items (transfer, file_id) WHERE file_id IS NOT NULL;

CREATE TABLE parts (
    transfer INTEGER NOT NULL,
    item INTEGER NOT NULL,
    part INTEGER NOT NULL,
    etag TEXT NOT NULL,
    PRIMARY KEY (transfer, item, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE names (
    transfer INTEGER NOT NULL,
    fold_hash INTEGER NOT NULL,
    item INTEGER NOT NULL,
    PRIMARY KEY (transfer, fold_hash, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE folders (
    transfer INTEGER NOT NULL,
    path TEXT NOT NULL,
    PRIMARY KEY (transfer, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE findings (
    transfer INTEGER NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    path TEXT NOT NULL,
    raw_name TEXT,
    is_folder INTEGER NOT NULL,
    size INTEGER,
    detail TEXT,
    PRIMARY KEY (transfer, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX findings_by_kind ON findings (transfer, kind);

CREATE TABLE finding_counts (
    transfer INTEGER NOT NULL,
    kind TEXT NOT NULL,
    findings INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (transfer, kind)
) STRICT, WITHOUT ROWID;
";
