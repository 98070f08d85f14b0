//! The content of a receipt, in any format.

use std::ops::ControlFlow;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use waybill_journal::{ItemFilter, ItemRow, Reader, TransferRow};
use waybill_model::service::KeyFrom;
use waybill_model::{
    Acknowledgement, Code, Effect, End, Failure, FileId, Finding, ItemState, ObjectKey, PhaseGroup, Timestamp,
    TransferId, service,
};
use waybill_words::receipt_file as words;

use crate::check_failures::files_with_problems;

/// The summary of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Version of the JSON receipt; increases when a field changes its meaning.
    pub version: u32,
    /// The transfer.
    #[serde(skip)]
    pub transfer: TransferId,
    /// The consignment's reference, for a transfer into one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consignment: Option<String>,
    /// The consignment's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consignment_id: Option<String>,
    /// The series, where it is known.
    pub series: Option<String>,
    /// The name of the service's profile.
    pub service: String,
    /// The address of the service's website. Absent for transfers to a service that is not built in if they were
    /// created before Waybill stored it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// Who sent it.
    pub person: String,
    /// Their e-mail address, where it is known.
    pub email: Option<String>,
    /// TDR's code for their transferring body, where it is known.
    pub body: Option<String>,
    /// The folder's name.
    pub folder: String,
    /// Where the folder was, and where it was found again, in order. Absent if it has not moved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<FolderMove>,
    /// The program and its version.
    pub program: String,
    /// `uploaded`, `not_complete` (given up) or `handed_over` (TDR's checks are not finished).
    pub outcome: Outcome,
    /// When the transfer started, in UTC.
    pub began: String,
    /// When it was handed over to TDR, in UTC.
    pub handed_over: Option<String>,
    /// When it ended here, in UTC: TDR's checks had ended, or the transfer was given up. Absent before that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished: Option<String>,
    /// Files uploaded.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files and folders that were not sent.
    pub not_sent: u64,
    /// The result of TDR's own checks, once they have ended.
    pub checks: Option<Checks>,
    /// In how many files TDR's own checks had found something when they ended. Absent before that, and if it could not
    /// be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files_with_problems: Option<u64>,
}

impl Summary {
    /// What people call the place that the folder went into: the consignment's reference, or the name of the service.
    #[must_use]
    pub fn destination(&self) -> &str {
        self.consignment.as_deref().unwrap_or(&self.service)
    }
}

/// The folder was found at another path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FolderMove {
    /// Where it was.
    pub from: String,
    /// Where it was found.
    pub to: String,
    /// When, in UTC.
    pub at: String,
}

/// Returns where a transfer's folder was and is.
fn moves(reader: &Reader, row: &TransferRow) -> Result<Vec<FolderMove>, Failure> {
    let former = reader.former_folders(row.id)?;
    let later = former.iter().skip(1).map(|next| &next.folder).chain([&row.folder]);
    let moves = former.iter().zip(later).map(|(was, now)| FolderMove {
        from: was.folder.display().to_string(),
        to: now.display().to_string(),
        at: utc(was.until),
    });
    Ok(moves.collect())
}

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything is uploaded.
    Uploaded,
    /// Everything is uploaded; TDR's checks are not finished.
    HandedOver,
    /// Given up: not everything is uploaded.
    NotComplete,
}

impl Outcome {
    /// For people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Uploaded => words::outcome_uploaded(),
            Self::HandedOver => words::outcome_handed_over(),
            Self::NotComplete => words::outcome_not_complete(),
        }
    }
}

/// The result of the service's own checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Checks {
    /// They found no problems.
    NoProblems,
    /// They found problems.
    Problems,
    /// The service could not run them.
    CouldNotRun,
    /// They have not finished.
    NotFinished,
}

impl Checks {
    /// For people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoProblems => words::checks_good(),
            Self::Problems => words::checks_bad(),
            Self::CouldNotRun => words::checks_could_not_run(),
            Self::NotFinished => words::checks_open(),
        }
    }
}

/// Returns the address of the website of a transfer's service: the one in the journal, or else that of the built-in
/// service of the same name.
#[must_use]
pub fn website(row: &TransferRow) -> Option<String> {
    let known = || Some(service::builtin(&row.service)?.website_url?.to_string());
    row.website.clone().or_else(known)
}

pub(super) fn summary(reader: &Reader, row: TransferRow) -> Result<Summary, Failure> {
    if row.handed_over.is_none() {
        return Err(Failure::new(Code::NotPossibleNow, waybill_words::detail::not_uploaded(row.destination())));
    }
    let totals = reader.totals(row.id)?;
    let mut not_sent = 0;
    each_not_sent(reader, row.id, &mut |_| {
        not_sent += 1;
        ControlFlow::Continue(())
    })?;
    let outcome = match row.phase.group() {
        _ if row.given_up => Outcome::NotComplete,
        PhaseGroup::Over(End::Finished) => Outcome::Uploaded,
        _ if row.finished.is_some() => Outcome::Uploaded,
        PhaseGroup::Preparing | PhaseGroup::Opening | PhaseGroup::Sending | PhaseGroup::Closing => Outcome::HandedOver,
        PhaseGroup::Over(End::GivenUp | End::Cancelled) => Outcome::NotComplete,
    };
    let checks = row.checks.filter(|_| !row.given_up).map(|checks| match () {
        () if checks.could_not_run() => Checks::CouldNotRun,
        () if !checks.finished() => Checks::NotFinished,
        () if checks.all_succeeded => Checks::NoProblems,
        () => Checks::Problems,
    });
    let files_with_problems = files_with_problems(reader, &row)?;
    let moves = moves(reader, &row)?;
    let website = website(&row);
    let consignment = row.target.consignment();
    Ok(Summary {
        version: 1,
        transfer: row.id,
        consignment: consignment.map(|consignment| consignment.reference.to_string()),
        consignment_id: consignment.map(|consignment| consignment.id.to_string()),
        series: consignment.and_then(|consignment| consignment.series.clone()),
        website,
        service: row.service,
        person: row.person.name,
        email: row.person.email,
        body: row.person.body,
        folder: row.folder_name,
        moves,
        program: row.program_version,
        outcome,
        began: utc(row.created),
        // Without a consignment nothing is handed over: the files are where they belong.
        handed_over: consignment.and(row.handed_over).map(utc),
        finished: row.finished.map(utc),
        files: totals.sent.items,
        bytes: totals.sent.bytes,
        not_sent,
        checks,
        files_with_problems,
    })
}

/// One file that was uploaded.
#[derive(Debug, Serialize)]
pub(super) struct SentFile {
    pub(super) path: String,
    pub(super) size: u64,
    pub(super) sha256: String,
    /// RFC 3339, UTC, with the precision sent to TDR: milliseconds.
    pub(super) modified: String,
    pub(super) acknowledged: String,
    /// TDR's id of the file, where it was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file_id: Option<FileId>,
    /// The key of its object, where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<ObjectKey>,
    /// How it is known that the service holds it.
    pub(super) known_by: Acknowledgement,
}

/// One file or folder that was not sent.
#[derive(Debug, Serialize)]
pub(super) struct NotSent {
    pub(super) path: String,
    pub(super) is_folder: bool,
    pub(super) size: Option<u64>,
    pub(super) code: Code,
    /// For people. Programs read the code.
    #[serde(skip)]
    pub(super) why: &'static str,
    pub(super) detail: Option<String>,
    pub(super) raw_name: Option<String>,
}

pub(super) fn each_sent(
    reader: &Reader,
    transfer: TransferId,
    sink: &mut dyn FnMut(SentFile) -> ControlFlow<()>,
) -> Result<(), Failure> {
    let unknown = || Failure::new(Code::TransferUnknown, transfer.to_string());
    let whole = reader.transfer(transfer)?.ok_or_else(unknown)?;
    reader.each_item(transfer, ItemFilter::ALL, &mut |row| match sent_file(&whole, &row) {
        Some(file) => sink(file),
        None => ControlFlow::Continue(()),
    })?;
    Ok(())
}

fn sent_file(whole: &TransferRow, row: &ItemRow) -> Option<SentFile> {
    let ItemState::Sent(known_by) = row.state else { return None };
    Some(SentFile {
        path: row.path.to_string(),
        size: row.identity.size,
        sha256: row.sha256?.to_string(),
        modified: utc(row.identity.modified()),
        acknowledged: row.acknowledged_at.map(utc).unwrap_or_default(),
        file_id: row.file_id,
        key: match &whole.way.key {
            KeyFrom::Registered => None,
            KeyFrom::Local { prefix } => Some(ObjectKey::local(prefix, whole.person.user_id, whole.id, row.item)),
            KeyFrom::Reply { .. } => row.stored_key.clone(),
        },
        known_by,
    })
}

/// Something that TDR's checks found in one file.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    /// The path, or TDR's id of the file if it is not one of ours.
    pub(super) path: String,
    pub(super) file_id: String,
    /// As TDR names it.
    pub(super) check: String,
    /// As TDR names it.
    pub(super) result: String,
}

/// Passes on everything that TDR's checks found.
pub(super) fn each_problem(
    reader: &Reader,
    transfer: TransferId,
    sink: &mut dyn FnMut(Problem) -> ControlFlow<()>,
) -> Result<(), Failure> {
    reader.each_check_failure(transfer, &mut |path, failed| {
        let file_id = failed.file.to_string();
        let path = path.map_or_else(|| file_id.clone(), |path| path.to_string());
        sink(Problem { path, file_id, check: failed.check, result: failed.result })
    })?;
    Ok(())
}

/// Passes on everything that was not sent: what the check found, then what was set aside or never sent.
pub(super) fn each_not_sent(
    reader: &Reader,
    transfer: TransferId,
    sink: &mut dyn FnMut(NotSent) -> ControlFlow<()>,
) -> Result<(), Failure> {
    const PAGE: u32 = 1_000;
    let mut after = None;
    loop {
        let page = reader.findings(transfer, None, after, PAGE)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (_, finding) in page {
            if let Some(not_sent) = left_out(finding)
                && sink(not_sent).is_break()
            {
                return Ok(());
            }
        }
    }
    reader.each_item(transfer, ItemFilter::ALL, &mut |row| {
        let code = match row.state {
            ItemState::SetAside(code) => code,
            ItemState::Found | ItemState::Ready => Code::Cancelled,
            ItemState::LeftOut(_) | ItemState::Sent(_) => return ControlFlow::Continue(()),
        };
        sink(NotSent {
            path: row.path.to_string(),
            is_folder: false,
            size: Some(row.identity.size),
            code,
            why: if code == Code::Cancelled { words::given_up_before() } else { waybill_words::what(code) },
            detail: None,
            raw_name: None,
        })
    })?;
    Ok(())
}

fn left_out(finding: Finding) -> Option<NotSent> {
    let code = finding.kind.code();
    match finding.kind.effect() {
        Effect::LeavesOut | Effect::LeavesOutUnasked => Some(NotSent {
            path: finding.path,
            is_folder: finding.is_folder,
            size: finding.size,
            code,
            why: waybill_words::what(code),
            detail: finding.detail,
            raw_name: finding.raw_name,
        }),
        Effect::Blocks | Effect::Warns => None,
    }
}

/// Formats a time as RFC 3339 in UTC with milliseconds.
pub(crate) fn utc(at: Timestamp) -> String {
    let end = if at.0 < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    DateTime::from_timestamp_millis(at.0).unwrap_or(end).to_rfc3339_opts(SecondsFormat::Millis, true)
}
