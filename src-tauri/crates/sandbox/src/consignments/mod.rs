//! The state of consignments: their statuses, files and checks, kept in the sandbox's database.
//!
//! The API and the website are two ways to one truth, as they are in TDR. Every change is one transaction, committed before
//! the reply. What each status means to a person is [`State`].

mod checks;
mod fields;
pub(crate) mod files;
mod reference;
mod seeds;
pub(crate) mod statuses;
mod tables;

use chrono::{DateTime, Datelike as _, Utc};
use rusqlite::Connection;
use serde_json::{Value, json};
use uuid::Uuid;

#[cfg(test)]
pub(crate) use self::checks::compared;
pub(crate) use self::checks::{Progress, Running, Triggered, all_succeeded, give_up, progress, resume, trigger};
pub(crate) use self::fields::{
    Field, log_review, metadata, put_metadata, review_logs, set_field, set_transfer_initiated, set_upload,
};
use self::statuses::{Status, StatusKind, StatusValue};
pub(crate) use self::tables::{Consignment, Kind, Series, by_id, of_user, series, series_of_body};
use crate::people::Person;
use crate::state::Shared;

/// Where a consignment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// The transfer agreement is not signed off.
    NeedsAgreement,
    /// A transfer can begin.
    Ready,
    /// Somebody has begun one.
    Uploading,
    /// A judgment, which takes another way.
    Judgment,
    /// Handed over; the checks are running.
    Checking,
    /// The checks found nothing.
    Checked,
    /// Exported.
    Done,
    /// The upload or the checks came to a bad end.
    Failed,
}

impl State {
    /// The word of the ready line.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::NeedsAgreement => "needs_agreement",
            Self::Ready => "ready",
            Self::Uploading => "uploading",
            Self::Judgment => "judgment",
            Self::Checking => "checking",
            Self::Checked => "checked",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// A line of the ready line's `consignments`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Overview {
    pub reference: String,
    pub id: Uuid,
    pub state: String,
}

/// Makes the tables, and the seeded consignments when there are none.
pub(crate) fn seed(shared: &Shared) -> rusqlite::Result<()> {
    seeds::seed(shared)
}

/// Makes consignments in every state for somebody who has just come to be known.
pub(crate) fn seed_for(shared: &Shared, person: &Person) -> rusqlite::Result<()> {
    seeds::seed_for(shared, person)
}

/// The consignments of a person, in the order they were made.
pub(crate) fn overview(shared: &Shared, user: Uuid) -> rusqlite::Result<Vec<Overview>> {
    checks::advance(shared)?;
    shared.db.with(|db| {
        let consignments = of_user(db, user)?;
        consignments
            .into_iter()
            .map(|consignment| {
                let state = state(&consignment, &statuses::all(db, consignment.id)?);
                Ok(Overview { reference: consignment.reference, id: consignment.id, state: state.word().to_owned() })
            })
            .collect()
    })
}

/// Everything about one consignment, for the control address; `None` when there is none with this id.
pub(crate) fn detail(shared: &Shared, id: Uuid) -> rusqlite::Result<Option<Value>> {
    checks::advance(shared)?;
    shared.db.with(|db| {
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
            "state": state(&consignment, &statuses).word(),
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

/// Where a consignment with these statuses stands.
pub(crate) fn state(consignment: &Consignment, statuses: &[Status]) -> State {
    let value = |kind: StatusKind| statuses.iter().find(|status| status.kind == kind).map(|status| status.value);
    if consignment.exported.is_some() || value(StatusKind::Export).is_some() {
        return State::Done;
    }
    let checks = value(StatusKind::ClientChecks);
    match (value(StatusKind::Upload), checks) {
        (_, Some(StatusValue::Failed | StatusValue::CompletedWithIssues))
        | (Some(StatusValue::Failed | StatusValue::CompletedWithIssues), _) => State::Failed,
        (Some(StatusValue::InProgress), _) => State::Uploading,
        (Some(StatusValue::Completed), Some(StatusValue::Completed)) => State::Checked,
        (Some(StatusValue::Completed), Some(StatusValue::InProgress) | None) => State::Checking,
        (None, _) if consignment.kind == Kind::Judgment => State::Judgment,
        (None, _) => match value(StatusKind::TransferAgreement) {
            Some(StatusValue::Completed) => State::Ready,
            Some(StatusValue::InProgress | StatusValue::CompletedWithIssues | StatusValue::Failed) | None => {
                State::NeedsAgreement
            }
        },
    }
}
