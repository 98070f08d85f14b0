//! The statuses of consignments: TDR's thirteen types and four values, in one row for each type.
//!
//! As in TDR's API there is no rule about which value may follow which.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::tables::{time, time_or_null, uuid};

/// What a status is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum StatusKind {
    Series,
    TransferAgreement,
    Upload,
    ClientChecks,
    ServerAntivirus,
    ServerChecksum,
    ServerFfid,
    ServerRedaction,
    DraftMetadata,
    DraftMetadataUpload,
    MetadataReview,
    ConfirmTransfer,
    Export,
}

impl StatusKind {
    const ALL: [Self; 13] = [
        Self::Series,
        Self::TransferAgreement,
        Self::Upload,
        Self::ClientChecks,
        Self::ServerAntivirus,
        Self::ServerChecksum,
        Self::ServerFfid,
        Self::ServerRedaction,
        Self::DraftMetadata,
        Self::DraftMetadataUpload,
        Self::MetadataReview,
        Self::ConfirmTransfer,
        Self::Export,
    ];

    /// Returns the API's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Series => "Series",
            Self::TransferAgreement => "TransferAgreement",
            Self::Upload => "Upload",
            Self::ClientChecks => "ClientChecks",
            Self::ServerAntivirus => "ServerAntivirus",
            Self::ServerChecksum => "ServerChecksum",
            Self::ServerFfid => "ServerFFID",
            Self::ServerRedaction => "ServerRedaction",
            Self::DraftMetadata => "DraftMetadata",
            Self::DraftMetadataUpload => "DraftMetadataUpload",
            Self::MetadataReview => "MetadataReview",
            Self::ConfirmTransfer => "ConfirmTransfer",
            Self::Export => "Export",
        }
    }

    /// Returns the type of this name; case counts.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How far something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum StatusValue {
    InProgress,
    Completed,
    CompletedWithIssues,
    Failed,
}

impl StatusValue {
    const ALL: [Self; 4] = [Self::InProgress, Self::Completed, Self::CompletedWithIssues, Self::Failed];

    /// Returns the API's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Completed => "Completed",
            Self::CompletedWithIssues => "CompletedWithIssues",
            Self::Failed => "Failed",
        }
    }

    /// Returns the value of this name; case counts.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|value| value.name() == name)
    }
}

/// A status's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Status {
    pub id: Uuid,
    pub kind: StatusKind,
    pub value: StatusValue,
    pub created: DateTime<Utc>,
    pub modified: Option<DateTime<Utc>>,
}

/// Returns all statuses of a consignment, oldest first.
pub(crate) fn all(db: &Connection, consignment: Uuid) -> rusqlite::Result<Vec<Status>> {
    let mut statement =
        db.prepare_cached("select * from consignment_statuses where consignment_id = ?1 order by created, rowid")?;
    let rows = statement.query_map([consignment.to_string()], read)?;
    rows.collect()
}

/// Returns the status of one type.
pub(crate) fn get(db: &Connection, consignment: Uuid, kind: StatusKind) -> rusqlite::Result<Option<Status>> {
    db.prepare_cached("select * from consignment_statuses where consignment_id = ?1 and kind = ?2")?
        .query_row([consignment.to_string().as_str(), kind.name()], read)
        .optional()
}

/// Adds a status; an error when there is one of this type.
pub(crate) fn add(
    db: &Connection,
    consignment: Uuid,
    kind: StatusKind,
    value: StatusValue,
    now: DateTime<Utc>,
) -> rusqlite::Result<Status> {
    let created = DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now);
    let status = Status { id: Uuid::new_v4(), kind, value, created, modified: None };
    db.prepare_cached(
        "insert into consignment_statuses (id, consignment_id, kind, value, created) values (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        status.id.to_string(),
        consignment.to_string(),
        kind.name(),
        value.name(),
        status.created.timestamp()
    ])?;
    Ok(status)
}

/// Changes a status; how many rows that were, 0 or 1.
pub(crate) fn update(
    db: &Connection,
    consignment: Uuid,
    kind: StatusKind,
    value: StatusValue,
    now: DateTime<Utc>,
) -> rusqlite::Result<usize> {
    db.prepare_cached(
        "update consignment_statuses set value = ?3, modified = ?4 where consignment_id = ?1 and kind = ?2",
    )?
    .execute(params![consignment.to_string(), kind.name(), value.name(), now.timestamp()])
}

/// Adds a status or changes the one there is.
pub(crate) fn put(
    db: &Connection,
    consignment: Uuid,
    kind: StatusKind,
    value: StatusValue,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    if update(db, consignment, kind, value, now)? == 0 {
        add(db, consignment, kind, value, now)?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Status> {
    let (kind, value): (String, String) = (row.get("kind")?, row.get("value")?);
    Ok(Status {
        id: uuid(row, "id")?,
        kind: StatusKind::parse(&kind).ok_or(rusqlite::Error::InvalidQuery)?,
        value: StatusValue::parse(&value).ok_or(rusqlite::Error::InvalidQuery)?,
        created: time(row, "created")?,
        modified: time_or_null(row, "modified")?,
    })
}
