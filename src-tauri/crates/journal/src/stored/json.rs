//! Person, consignment and checks as JSON: read as a whole, never searched. The shapes are the journal's own.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use waybill_model::{CheckProgress, Consignment, ConsignmentStatuses, Person, StatusValue, Target};

use super::words::{status_from_word, status_to_word};
use crate::error::Fault;
use crate::stored::damaged;

pub(crate) fn person_to_json(person: &Person) -> Result<String, Fault> {
    to_json(&StoredPerson {
        user_id: person.user_id.to_string(),
        name: person.name.clone(),
        email: person.email.clone(),
        body: person.body.clone(),
        standard_user: person.standard_user,
        judgment_user: person.judgment_user,
    })
}

pub(crate) fn person_from_json(json: &str) -> rusqlite::Result<Person> {
    let stored: StoredPerson = from_json(json)?;
    Ok(Person {
        user_id: stored.user_id.parse().map_err(|_| damaged("a user id is no UUID"))?,
        name: stored.name,
        email: stored.email,
        body: stored.body,
        standard_user: stored.standard_user,
        judgment_user: stored.judgment_user,
    })
}

/// The consignment, or `null`.
pub(crate) fn target_to_json(target: &Target) -> Result<String, Fault> {
    to_json(&target.consignment().map(|consignment| StoredConsignment {
        id: consignment.id.to_string(),
        reference: consignment.reference.to_string(),
        series: consignment.series.clone(),
        created: consignment.created.clone(),
        judgment: consignment.judgment,
        exported: consignment.exported,
        total_files: consignment.total_files,
        statuses: consignment.statuses.into(),
    }))
}

pub(crate) fn target_from_json(json: &str) -> rusqlite::Result<Target> {
    let Some(stored) = from_json::<Option<StoredConsignment>>(json)? else { return Ok(Target::Folder) };
    Ok(Target::Consignment(Consignment {
        id: stored.id.parse().map_err(|_| damaged("a consignment's id is no UUID"))?,
        reference: stored.reference.as_str().into(),
        series: stored.series,
        created: stored.created,
        judgment: stored.judgment,
        exported: stored.exported,
        total_files: stored.total_files,
        statuses: stored.statuses.read()?,
    }))
}

pub(crate) fn checks_to_json(checks: &CheckProgress) -> Result<String, Fault> {
    to_json(&StoredChecks {
        total_files: checks.total_files,
        antivirus: checks.antivirus,
        checksum: checks.checksum,
        format: checks.format,
        statuses: checks.statuses.into(),
        all_succeeded: checks.all_succeeded,
    })
}

pub(crate) fn checks_from_json(json: &str) -> rusqlite::Result<CheckProgress> {
    let stored: StoredChecks = from_json(json)?;
    Ok(CheckProgress {
        total_files: stored.total_files,
        antivirus: stored.antivirus,
        checksum: stored.checksum,
        format: stored.format,
        statuses: stored.statuses.read()?,
        all_succeeded: stored.all_succeeded,
    })
}

#[derive(Serialize, Deserialize)]
struct StoredPerson {
    user_id: String,
    name: String,
    email: Option<String>,
    body: Option<String>,
    standard_user: bool,
    judgment_user: bool,
}

#[derive(Serialize, Deserialize)]
struct StoredConsignment {
    id: String,
    reference: String,
    series: Option<String>,
    created: Option<String>,
    judgment: bool,
    exported: bool,
    total_files: u64,
    statuses: StoredStatuses,
}

#[derive(Serialize, Deserialize)]
struct StoredChecks {
    total_files: u64,
    antivirus: u64,
    checksum: u64,
    format: u64,
    statuses: StoredStatuses,
    all_succeeded: bool,
}

#[derive(Serialize, Deserialize)]
struct StoredStatuses {
    series: Option<String>,
    transfer_agreement: Option<String>,
    upload: Option<String>,
    client_checks: Option<String>,
    server_ffid: Option<String>,
    export: Option<String>,
    other_in_progress: bool,
}

impl From<ConsignmentStatuses> for StoredStatuses {
    fn from(statuses: ConsignmentStatuses) -> Self {
        let word = |status: Option<StatusValue>| status.map(|value| status_to_word(value).to_owned());
        Self {
            series: word(statuses.series),
            transfer_agreement: word(statuses.transfer_agreement),
            upload: word(statuses.upload),
            client_checks: word(statuses.client_checks),
            server_ffid: word(statuses.server_ffid),
            export: word(statuses.export),
            other_in_progress: statuses.other_in_progress,
        }
    }
}

impl StoredStatuses {
    fn read(&self) -> rusqlite::Result<ConsignmentStatuses> {
        let value = |word: &Option<String>| word.as_deref().map(status_from_word).transpose();
        Ok(ConsignmentStatuses {
            series: value(&self.series)?,
            transfer_agreement: value(&self.transfer_agreement)?,
            upload: value(&self.upload)?,
            client_checks: value(&self.client_checks)?,
            server_ffid: value(&self.server_ffid)?,
            export: value(&self.export)?,
            other_in_progress: self.other_in_progress,
        })
    }
}

pub(super) fn to_json(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Refused(error.to_string()))
}

pub(super) fn from_json<T: DeserializeOwned>(json: &str) -> rusqlite::Result<T> {
    serde_json::from_str(json).map_err(|error| damaged(error.to_string()))
}
