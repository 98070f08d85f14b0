//! The state of consignments: their statuses, files and checks, kept in the sandbox's database.
//!
//! The API and the website read and change the same state, as they do in TDR. Every change is one transaction,
//! committed before the reply. What the statuses mean to a person is [`Standing`].

mod checks;
mod fields;
pub(crate) mod files;
mod reference;
mod seeds;
mod standing;
pub(crate) mod statuses;
mod tables;

use chrono::{DateTime, Datelike as _, Utc};
use rusqlite::Connection;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) use self::checks::{Checks, Progress, Triggered, all_succeeded};
pub(crate) use self::fields::{
    Field, log_review, metadata, put_metadata, review_logs, set_field, set_transfer_initiated, set_upload,
};
pub(crate) use self::seeds::Seeds;
pub(crate) use self::standing::{Standing, standing};
use self::statuses::{StatusKind, StatusValue};
pub(crate) use self::tables::{Consignment, Kind, Series, by_id, of_user, series, series_of_body};

/// A line of the ready line's `consignments`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Overview {
    pub reference: String,
    pub id: Uuid,
    pub state: String,
}

/// Returns the consignments of a person, in the order they were made.
pub(crate) fn overview(checks: &Checks, user: Uuid) -> rusqlite::Result<Vec<Overview>> {
    checks.advance()?;
    checks.db().with(|db| {
        let consignments = of_user(db, user)?;
        consignments
            .into_iter()
            .map(|consignment| {
                let state = standing(&consignment, &statuses::all(db, consignment.id)?);
                Ok(Overview { reference: consignment.reference, id: consignment.id, state: state.word().to_owned() })
            })
            .collect()
    })
}

/// Returns everything about one consignment, for the control address; `None` if no consignment has this id.
pub(crate) fn detail(checks: &Checks, id: Uuid) -> rusqlite::Result<Option<Value>> {
    checks.advance()?;
    checks.db().with(|db| {
        let Some(consignment) = by_id(db, id)? else { return Ok(None) };
        let statuses = statuses::all(db, id)?;
        let rows = files::list(db, id, &files::Filter::default(), None)?;
        let found: Vec<Value> = files::statuses(db, id)?
            .into_iter()
            .map(|(file, kind, value)| json!({ "fileId": file, "type": kind, "value": value }))
            .collect();
        Ok(Some(json!({
            "id": consignment.id,
            "reference": consignment.reference,
            "userId": consignment.user_id,
            "type": consignment.kind.name(),
            "state": standing(&consignment, &statuses).word(),
            "parentFolder": consignment.parent_folder,
            "totalFiles": files::count(db, id)?,
            "statuses": statuses.iter().map(|status| json!({
                "type": status.kind.name(), "value": status.value.name()
            })).collect::<Vec<_>>(),
            "files": rows.iter().map(|row| json!({
                "fileId": row.id, "matchId": row.match_id, "type": row.kind, "path": row.path, "checksum": row.checksum,
                "size": row.size, "lastModified": row.last_modified, "parentId": row.parent_id
            })).collect::<Vec<_>>(),
            "fileStatuses": found,
        })))
    })
}

/// Makes a consignment.
pub(crate) fn create(
    db: &Connection,
    seed: u64,
    user: Uuid,
    body: &str,
    kind: Kind,
    series: Option<Uuid>,
    now: DateTime<Utc>,
) -> rusqlite::Result<Consignment> {
    let position: i64 =
        db.query_row("select coalesce(max(position), 0) + 1 from consignments", [], |row| row.get(0))?;
    let consignment = Consignment {
        position,
        id: Uuid::new_v4(),
        user_id: user,
        reference: reference::consignment(now.year(), seed, position),
        kind,
        series_id: series,
        body_code: Some(body.to_owned()),
        created: DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now),
        transfer_initiated: None,
        exported: None,
        export_location: None,
        include_top_level_folder: None,
        parent_folder: None,
        parent_folder_id: None,
        draft_metadata_file: None,
        schema_library_version: None,
    };
    tables::insert(db, &consignment)?;
    if kind == Kind::Standard {
        let value = if series.is_some() { StatusValue::Completed } else { StatusValue::InProgress };
        statuses::add(db, consignment.id, StatusKind::Series, value, now)?;
    }
    Ok(consignment)
}
