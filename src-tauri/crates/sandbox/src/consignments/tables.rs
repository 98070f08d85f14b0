//! Consignments in the database: their tables and rows.

use chrono::{DateTime, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

const SCHEMA: &str = "
    create table if not exists series (
        id text primary key, body_code text not null, body_id text not null, body_name text not null, code text not null) strict;
    create table if not exists consignments (
        position integer primary key, id text not null unique, user_id text not null, reference text not null unique,
        kind text not null, series_id text references series (id), body_code text, created integer not null,
        transfer_initiated integer, exported integer, export_location text, include_top_level_folder integer,
        parent_folder text, parent_folder_id text, draft_metadata_file text, schema_library_version text) strict;
    create index if not exists consignments_of_user on consignments (user_id);
    create table if not exists consignment_statuses (
        id text primary key, consignment_id text not null references consignments (id), kind text not null, value text not null,
        created integer not null, modified integer, unique (consignment_id, kind)) strict;
    create table if not exists consignment_metadata (
        consignment_id text not null references consignments (id), name text not null, value text not null,
        primary key (consignment_id, name)) strict;
    create table if not exists review_logs (
        id text primary key, consignment_id text not null references consignments (id), user_id text not null,
        action text not null, at integer not null, notes text) strict;
    create table if not exists files (
        position integer primary key, id text not null unique, consignment_id text not null references consignments (id),
        match_id text, kind text not null, name text not null, path text not null, parent_id text, reference text not null,
        parent_reference text, checksum text, last_modified integer, size integer) strict;
    create index if not exists files_of_consignment on files (consignment_id, kind);
    create table if not exists file_statuses (
        file_id text not null references files (id), kind text not null, value text not null, primary key (file_id, kind)) strict;
    create table if not exists checks (
        consignment_id text primary key references consignments (id), started_ms integer not null, stage integer not null,
        compared integer not null) strict;
    create table if not exists verdicts (
        file_id text primary key references files (id), consignment_id text not null, verdict text not null) strict;";

/// What is transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Standard,
    Judgment,
}

impl Kind {
    /// Returns the API's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Judgment => "judgment",
        }
    }

    /// Returns the kind of this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Standard, Self::Judgment].into_iter().find(|kind| kind.name() == name)
    }
}

/// A consignment's own row. Times are in whole seconds, as the API gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Consignment {
    pub position: i64,
    pub id: Uuid,
    pub user_id: Uuid,
    pub reference: String,
    pub kind: Kind,
    pub series_id: Option<Uuid>,
    pub body_code: Option<String>,
    pub created: DateTime<Utc>,
    pub transfer_initiated: Option<DateTime<Utc>>,
    pub exported: Option<DateTime<Utc>>,
    pub export_location: Option<String>,
    pub include_top_level_folder: Option<bool>,
    pub parent_folder: Option<String>,
    pub parent_folder_id: Option<Uuid>,
    pub draft_metadata_file: Option<String>,
    pub schema_library_version: Option<String>,
}

/// A series of a transferring body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Series {
    pub id: Uuid,
    pub body_code: String,
    pub body_id: Uuid,
    pub body_name: String,
    pub code: String,
}

/// Makes the tables where they are missing.
pub(super) fn prepare(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(SCHEMA)
}

/// Keeps a new consignment.
pub(super) fn insert(db: &Connection, consignment: &Consignment) -> rusqlite::Result<()> {
    db.execute(
        "insert into consignments (id, user_id, reference, kind, series_id, body_code, created) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            consignment.id.to_string(),
            consignment.user_id.to_string(),
            consignment.reference,
            consignment.kind.name(),
            consignment.series_id.map(|id| id.to_string()),
            consignment.body_code,
            consignment.created.timestamp()
        ],
    )?;
    Ok(())
}

/// Returns the consignment with this id, whoever it belongs to.
pub(crate) fn by_id(db: &Connection, id: Uuid) -> rusqlite::Result<Option<Consignment>> {
    db.prepare_cached("select * from consignments where id = ?1")?.query_row([id.to_string()], read).optional()
}

/// Returns the consignments of a person, oldest first.
pub(crate) fn of_user(db: &Connection, user: Uuid) -> rusqlite::Result<Vec<Consignment>> {
    let mut statement = db.prepare_cached("select * from consignments where user_id = ?1 order by position")?;
    let rows = statement.query_map([user.to_string()], read)?;
    rows.collect()
}

/// Returns how many consignments there are.
pub(super) fn count(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("select count(*) from consignments", [], |row| row.get(0))
}

/// Returns the series of a body.
pub(crate) fn series_of_body(db: &Connection, body_code: &str) -> rusqlite::Result<Vec<Series>> {
    let mut statement = db.prepare_cached("select * from series where body_code = ?1 order by code")?;
    let rows = statement.query_map([body_code], read_series)?;
    rows.collect()
}

/// Returns the series with this id.
pub(crate) fn series(db: &Connection, id: Uuid) -> rusqlite::Result<Option<Series>> {
    db.prepare_cached("select * from series where id = ?1")?.query_row([id.to_string()], read_series).optional()
}

/// Returns the id in a text column.
pub(super) fn uuid(row: &Row<'_>, column: &str) -> rusqlite::Result<Uuid> {
    let text: String = row.get(column)?;
    Uuid::parse_str(&text).map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}

/// Returns the id in a text column that may be null.
pub(super) fn uuid_or_null(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Uuid>> {
    let text: Option<String> = row.get(column)?;
    Ok(text.and_then(|text| Uuid::parse_str(&text).ok()))
}

/// Returns the time in a column of whole seconds since 1970.
pub(super) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<DateTime<Utc>> {
    let seconds: i64 = row.get(column)?;
    Ok(DateTime::from_timestamp(seconds, 0).unwrap_or_default())
}

/// Returns the time in a column of whole seconds since 1970 that may be null.
pub(super) fn time_or_null(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<DateTime<Utc>>> {
    let seconds: Option<i64> = row.get(column)?;
    Ok(seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Consignment> {
    let kind: String = row.get("kind")?;
    Ok(Consignment {
        position: row.get("position")?,
        id: uuid(row, "id")?,
        user_id: uuid(row, "user_id")?,
        reference: row.get("reference")?,
        kind: Kind::parse(&kind).ok_or(rusqlite::Error::InvalidQuery)?,
        series_id: uuid_or_null(row, "series_id")?,
        body_code: row.get("body_code")?,
        created: time(row, "created")?,
        transfer_initiated: time_or_null(row, "transfer_initiated")?,
        exported: time_or_null(row, "exported")?,
        export_location: row.get("export_location")?,
        include_top_level_folder: row.get("include_top_level_folder")?,
        parent_folder: row.get("parent_folder")?,
        parent_folder_id: uuid_or_null(row, "parent_folder_id")?,
        draft_metadata_file: row.get("draft_metadata_file")?,
        schema_library_version: row.get("schema_library_version")?,
    })
}

fn read_series(row: &Row<'_>) -> rusqlite::Result<Series> {
    Ok(Series {
        id: uuid(row, "id")?,
        body_code: row.get("body_code")?,
        body_id: uuid(row, "body_id")?,
        body_name: row.get("body_name")?,
        code: row.get("code")?,
    })
}
