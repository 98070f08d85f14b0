//! What the store keeps in the database: objects and where their bytes lie, open uploads and their parts.
//!
//! Crash behaviour: a body is complete in its own file before its row is written, and the row is the
//! acknowledgement. A sandbox killed in between leaves a file that no row names; [`referenced`] is what the sweep at
//! the next start keeps. An object is made by one insert that does nothing when the key exists, so of racing writers
//! exactly one wins.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::checksum::{Algorithm, Kind};

/// Days after which the lifecycle rule aborts an upload that was not completed.
const ABORT_AFTER_DAYS: i64 = 7;

const SCHEMA: &str = "
    create table if not exists uploads (
        id text primary key, key text not null, algorithm text, kind text, created_ms integer not null, completed text) strict;
    create table if not exists parts (
        upload_id text not null references uploads (id) on delete cascade, number integer not null, size integer not null,
        etag text not null, crc64 blob not null, checksum blob, file text not null,
        primary key (upload_id, number)) strict;
    create table if not exists objects (
        key text primary key, version text not null, etag text not null, size integer not null, sha256 text,
        checksum_algorithm text not null, checksum_kind text not null, checksum text not null,
        stored_ms integer not null, tags text) strict;
    create table if not exists segments (
        key text not null references objects (key) on delete cascade, position integer not null, file text not null,
        primary key (key, position)) strict;
    create table if not exists remote_sums (
        key text not null, etag text not null, sha256 text not null, primary key (key, etag)) strict;";

/// An upload as `CreateMultipartUpload` made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Upload {
    pub id: String,
    pub key: String,
    pub checksum: Option<(Algorithm, Kind)>,
    pub created: DateTime<Utc>,
    /// The list of parts it was completed with.
    pub completed: Option<String>,
}

impl Upload {
    /// Returns when the lifecycle rule aborts it. Real S3 rounds up to midnight; the sandbox does not.
    pub(super) fn abort_date(&self) -> DateTime<Utc> {
        self.created.checked_add_signed(TimeDelta::days(ABORT_AFTER_DAYS)).unwrap_or(self.created)
    }
}

/// A part as it was last sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub number: i32,
    /// Bytes.
    pub size: u64,
    pub etag: String,
    pub crc64: Vec<u8>,
    /// The value of the upload's own algorithm.
    pub checksum: Option<Vec<u8>>,
    /// Below the sandbox's folder.
    pub file: String,
}

/// An object about to be stored, or stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    pub key: String,
    pub version: String,
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// Lower-case hexadecimal; `None` until a multipart object has been read whole.
    pub sha256: Option<String>,
    pub checksum: (Algorithm, Kind, String),
}

/// Makes the tables where they are missing.
pub(super) fn prepare(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(SCHEMA)
}

/// Keeps a new upload.
pub(super) fn insert_upload(db: &Connection, upload: &Upload) -> rusqlite::Result<()> {
    db.execute(
        "insert into uploads (id, key, algorithm, kind, created_ms) values (?1, ?2, ?3, ?4, ?5)",
        params![
            upload.id,
            upload.key,
            upload.checksum.map(|(algorithm, _)| algorithm.name()),
            upload.checksum.map(|(_, kind)| kind.name()),
            upload.created.timestamp_millis()
        ],
    )?;
    Ok(())
}

/// Returns the upload with this id and key, open or completed, unless the lifecycle rule has aborted it by `now`.
pub(super) fn upload(db: &Connection, id: &str, key: &str, now: DateTime<Utc>) -> rusqlite::Result<Option<Upload>> {
    let found = db
        .prepare_cached(
            "select id, key, algorithm, kind, created_ms, completed from uploads where id = ?1 and key = ?2",
        )?
        .query_row([id, key], read_upload)
        .optional()?;
    Ok(found.filter(|upload| upload.completed.is_some() || now < upload.abort_date()))
}

/// Keeps a part and returns the file of the one it replaces; the outer `None` means that the upload is no longer open.
pub(super) fn replace_part(
    db: &mut Connection,
    upload_id: &str,
    key: &str,
    part: &Part,
    now: DateTime<Utc>,
) -> rusqlite::Result<Option<Option<String>>> {
    let transaction = db.transaction()?;
    if upload(&transaction, upload_id, key, now)?.is_none_or(|upload| upload.completed.is_some()) {
        return Ok(None);
    }
    let replaced = transaction
        .prepare_cached("select file from parts where upload_id = ?1 and number = ?2")?
        .query_row(params![upload_id, part.number], |row| row.get(0))
        .optional()?;
    transaction
        .prepare_cached(
            "insert or replace into parts (upload_id, number, size, etag, crc64, checksum, file) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            upload_id,
            part.number,
            i64::try_from(part.size).unwrap_or(i64::MAX),
            part.etag,
            part.crc64,
            part.checksum,
            part.file
        ])?;
    transaction.commit()?;
    Ok(Some(replaced))
}

/// Returns the parts of an upload in the order of their numbers.
pub(super) fn parts(db: &Connection, upload_id: &str) -> rusqlite::Result<Vec<Part>> {
    let mut statement = db.prepare_cached(
        "select number, size, etag, crc64, checksum, file from parts where upload_id = ?1 order by number",
    )?;
    let rows = statement.query_map([upload_id], |row| {
        Ok(Part {
            number: row.get(0)?,
            size: unsigned(row.get(1)?),
            etag: row.get(2)?,
            crc64: row.get(3)?,
            checksum: row.get(4)?,
            file: row.get(5)?,
        })
    })?;
    rows.collect()
}

/// Stores an object whose bytes are `files` in this order; returns false, and changes nothing, if the key exists.
pub(super) fn insert_object(
    transaction: &Transaction<'_>,
    object: &Object,
    files: &[&str],
    now: DateTime<Utc>,
) -> rusqlite::Result<bool> {
    let (algorithm, kind, checksum) = &object.checksum;
    let inserted = transaction
        .prepare_cached(
            "insert or ignore into objects
                (key, version, etag, size, sha256, checksum_algorithm, checksum_kind, checksum, stored_ms)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            object.key,
            object.version,
            object.etag,
            i64::try_from(object.size).unwrap_or(i64::MAX),
            object.sha256,
            algorithm.name(),
            kind.name(),
            checksum,
            now.timestamp_millis()
        ])?;
    if inserted == 0 {
        return Ok(false);
    }
    let mut segments = transaction.prepare_cached("insert into segments (key, position, file) values (?1, ?2, ?3)")?;
    for (position, file) in files.iter().enumerate() {
        segments.execute(params![object.key, i64::try_from(position).unwrap_or(i64::MAX), file])?;
    }
    Ok(true)
}

/// Marks an upload as completed with the parts that `list` describes and forgets all of its parts.
pub(super) fn close_upload(transaction: &Transaction<'_>, upload_id: &str, list: &str) -> rusqlite::Result<()> {
    transaction.execute("update uploads set completed = ?2 where id = ?1", [upload_id, list])?;
    transaction.execute("delete from parts where upload_id = ?1", [upload_id])?;
    Ok(())
}

/// Returns the object under `key`.
pub(super) fn object(db: &Connection, key: &str) -> rusqlite::Result<Option<Object>> {
    db.prepare_cached(&format!("{SELECT_OBJECT} where key = ?1"))?.query_row([key], read_object).optional()
}

/// Returns every object, by key.
pub(super) fn objects(db: &Connection) -> rusqlite::Result<Vec<Object>> {
    let mut statement = db.prepare_cached(&format!("{SELECT_OBJECT} order by key"))?;
    let rows = statement.query_map([], read_object)?;
    rows.collect()
}

/// Returns what is known of the SHA-256 of the objects whose keys begin with `folder` and a slash.
pub(super) fn sha256_below(db: &Connection, folder: &str) -> rusqlite::Result<HashMap<String, Option<String>>> {
    // The character after the slash ends the range.
    let mut statement = db.prepare_cached("select key, sha256 from objects where key >= ?1 and key < ?2")?;
    let rows =
        statement.query_map([format!("{folder}/"), format!("{folder}0")], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Returns the files that hold an object's bytes, in order, below the sandbox's folder.
pub(super) fn files(db: &Connection, key: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = db.prepare_cached("select file from segments where key = ?1 order by position")?;
    let rows = statement.query_map([key], |row| row.get(0))?;
    rows.collect()
}

/// Keeps the SHA-256 of an object, in hexadecimal.
pub(super) fn set_sha256(db: &Connection, key: &str, sha256: &str) -> rusqlite::Result<()> {
    db.execute("update objects set sha256 = ?2 where key = ?1", [key, sha256])?;
    Ok(())
}

/// Keeps an object's tags; its version, or `None` when there is no such object.
pub(super) fn set_tags(db: &Connection, key: &str, tags: &str) -> rusqlite::Result<Option<String>> {
    db.execute("update objects set tags = ?2 where key = ?1", [key, tags])?;
    Ok(object(db, key)?.map(|object| object.version))
}

/// Forgets the uploads that the lifecycle rule has aborted by `now`.
pub(super) fn forget_aborted(db: &Connection, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let oldest = now.checked_sub_signed(TimeDelta::days(ABORT_AFTER_DAYS)).unwrap_or(now).timestamp_millis();
    db.execute("delete from uploads where completed is null and created_ms <= ?1", [oldest])?;
    Ok(())
}

/// Returns every file that a part or an object needs.
pub(super) fn referenced(db: &Connection) -> rusqlite::Result<HashSet<String>> {
    let mut statement = db.prepare("select file from parts union select file from segments")?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.collect()
}

const SELECT_OBJECT: &str =
    "select key, version, etag, size, sha256, checksum_algorithm, checksum_kind, checksum from objects";

fn read_object(row: &Row<'_>) -> rusqlite::Result<Object> {
    let (algorithm, kind): (String, String) = (row.get(5)?, row.get(6)?);
    Ok(Object {
        key: row.get(0)?,
        version: row.get(1)?,
        etag: row.get(2)?,
        size: unsigned(row.get(3)?),
        sha256: row.get(4)?,
        checksum: (
            Algorithm::parse(&algorithm).ok_or(rusqlite::Error::InvalidQuery)?,
            Kind::parse(&kind).ok_or(rusqlite::Error::InvalidQuery)?,
            row.get(7)?,
        ),
    })
}

fn read_upload(row: &Row<'_>) -> rusqlite::Result<Upload> {
    let (algorithm, kind): (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
    let created: i64 = row.get(4)?;
    Ok(Upload {
        id: row.get(0)?,
        key: row.get(1)?,
        checksum: algorithm.as_deref().and_then(Algorithm::parse).zip(kind.as_deref().and_then(Kind::parse)),
        created: DateTime::from_timestamp_millis(created).unwrap_or_default(),
        completed: row.get(5)?,
    })
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

/// Returns the SHA-256 of what an S3 server keeps under a key, in hexadecimal, if it is known. An `ETag` stands for one
/// content of one key, so an entry never becomes wrong; one that is lost is computed again.
pub(super) fn remote_sum(db: &Connection, key: &str, etag: &str) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("select sha256 from remote_sums where key = ?1 and etag = ?2")?
        .query_row([key, etag], |row| row.get(0))
        .optional()
}

/// Returns every known SHA-256 of an S3 server's objects, by key and `ETag`.
pub(super) fn remote_sums(db: &Connection) -> rusqlite::Result<HashMap<(String, String), String>> {
    let mut statement = db.prepare_cached("select key, etag, sha256 from remote_sums")?;
    let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
    rows.collect()
}

pub(super) fn set_remote_sum(db: &Connection, key: &str, etag: &str, sha256: &str) -> rusqlite::Result<()> {
    db.execute("insert or replace into remote_sums (key, etag, sha256) values (?1, ?2, ?3)", [key, etag, sha256])?;
    Ok(())
}
