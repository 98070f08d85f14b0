//! Digests of objects that an S3 server keeps, so that none is read twice.
//!
//! An `ETag` stands for one content of one key, so an entry never becomes wrong; one that is lost is computed again.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

const SCHEMA: &str = "
    create table if not exists remote_sums (
        key text not null, etag text not null, sha256 text not null, primary key (key, etag)) strict;";

/// Makes the table where it is missing.
pub(crate) fn prepare(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(SCHEMA)
}

/// The SHA-256 of a key's content, in hexadecimal, if it is known.
pub(crate) fn get(db: &Connection, key: &str, etag: &str) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("select sha256 from remote_sums where key = ?1 and etag = ?2")?
        .query_row([key, etag], |row| row.get(0))
        .optional()
}

/// All that is known, by key and `ETag`.
pub(crate) fn all(db: &Connection) -> rusqlite::Result<HashMap<(String, String), String>> {
    let mut statement = db.prepare_cached("select key, etag, sha256 from remote_sums")?;
    let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    rows.collect()
}

/// Keeps one.
pub(crate) fn put(db: &Connection, key: &str, etag: &str, sha256: &str) -> rusqlite::Result<()> {
    db.execute("insert or replace into remote_sums (key, etag, sha256) values (?1, ?2, ?3)", [key, etag, sha256])?;
    Ok(())
}
