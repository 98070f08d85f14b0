//! The fields of a consignment that the API changes one at a time, its properties, and its review log.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::statuses::{StatusKind, StatusValue};
use super::tables::{time, uuid};

/// A text field of a consignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Series,
    ParentFolder,
    DraftMetadataFile,
    SchemaLibraryVersion,
}

impl Field {
    const fn column(self) -> &'static str {
        match self {
            Self::Series => "series_id",
            Self::ParentFolder => "parent_folder",
            Self::DraftMetadataFile => "draft_metadata_file",
            Self::SchemaLibraryVersion => "schema_library_version",
        }
    }
}

/// A line of a review log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReviewLog {
    pub id: Uuid,
    pub user_id: Uuid,
    pub action: String,
    pub at: DateTime<Utc>,
    pub notes: Option<String>,
}

/// Sets a field; how many rows that were.
pub(crate) fn set_field(db: &Connection, consignment: Uuid, field: Field, value: &str) -> rusqlite::Result<i32> {
    let sql = format!("update consignments set {} = ?2 where id = ?1", field.column());
    let rows = db.execute(&sql, [consignment.to_string().as_str(), value])?;
    Ok(i32::try_from(rows).unwrap_or(i32::MAX))
}

/// Records what `startUpload` says about the folder.
pub(crate) fn set_upload(
    db: &Connection,
    consignment: Uuid,
    parent_folder: &str,
    top_level: bool,
) -> rusqlite::Result<()> {
    db.execute(
        "update consignments set parent_folder = ?2, include_top_level_folder = ?3 where id = ?1",
        params![consignment.to_string(), parent_folder, top_level],
    )?;
    Ok(())
}

/// Records that the export was requested.
pub(crate) fn set_transfer_initiated(db: &Connection, consignment: Uuid, now: DateTime<Utc>) -> rusqlite::Result<()> {
    db.execute(
        "update consignments set transfer_initiated = ?2 where id = ?1",
        params![consignment.to_string(), now.timestamp()],
    )?;
    Ok(())
}

/// Returns the properties of a consignment by name.
pub(crate) fn metadata(db: &Connection, consignment: Uuid) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement =
        db.prepare_cached("select name, value from consignment_metadata where consignment_id = ?1 order by name")?;
    let rows = statement.query_map([consignment.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Sets a property.
pub(crate) fn put_metadata(db: &Connection, consignment: Uuid, name: &str, value: &str) -> rusqlite::Result<()> {
    db.execute(
        "insert or replace into consignment_metadata (consignment_id, name, value) values (?1, ?2, ?3)",
        [consignment.to_string().as_str(), name, value],
    )?;
    Ok(())
}

/// Returns the review log of a consignment, oldest first.
pub(crate) fn review_logs(db: &Connection, consignment: Uuid) -> rusqlite::Result<Vec<ReviewLog>> {
    let mut statement = db.prepare_cached("select * from review_logs where consignment_id = ?1 order by at, rowid")?;
    let rows = statement.query_map([consignment.to_string()], |row| {
        Ok(ReviewLog {
            id: uuid(row, "id")?,
            user_id: uuid(row, "user_id")?,
            action: row.get("action")?,
            at: time(row, "at")?,
            notes: row.get("notes")?,
        })
    })?;
    rows.collect()
}

/// Adds a line to the review log when the status is about a review.
pub(crate) fn log_review(
    db: &Connection,
    consignment: Uuid,
    user: Uuid,
    kind: StatusKind,
    value: StatusValue,
    notes: Option<&str>,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    if kind != StatusKind::MetadataReview {
        return Ok(());
    }
    let action = match value {
        StatusValue::InProgress => "Submission",
        StatusValue::Completed => "Approval",
        StatusValue::CompletedWithIssues | StatusValue::Failed => "Rejection",
    };
    db.execute(
        "insert into review_logs (id, consignment_id, user_id, action, at, notes) values (?1, ?2, ?3, ?4, ?5, ?6)",
        params![Uuid::new_v4().to_string(), consignment.to_string(), user.to_string(), action, now.timestamp(), notes],
    )?;
    Ok(())
}
