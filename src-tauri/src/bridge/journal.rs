//! What is read from the journal for the page: transfers, files, findings, receipts. A page of a list at a time.

use serde::{Deserialize, Serialize};
use specta::Type;
use waybill_app::library::{self, StateKind, Totals, TransferRow};
use waybill_app::receipt::{Outcome, Summary};
use waybill_model::{self as model, Code, Effect, FindingKind, Phase};

use super::snapshot::{Person, Progress, ServiceChecks};

/// A page of the transfers of this computer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Type)]
pub(crate) struct TransferPage {
    /// Newest first.
    pub(crate) transfers: Vec<TransferLine>,
    /// Transfers in all.
    pub(crate) total: u64,
}

/// One transfer.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub(crate) struct TransferLine {
    pub(crate) id: String,
    /// What people call the destination: the consignment's reference, or the name of the service.
    pub(crate) destination: String,
    /// The folder's own name.
    pub(crate) folder: String,
    /// When it began.
    pub(crate) created: i64,
    pub(crate) phase: Phase,
    /// A person has paused it.
    pub(crate) paused: bool,
    /// Acknowledged by the service.
    pub(crate) sent: Progress,
    /// Files that could not be sent.
    pub(crate) set_aside: u64,
    /// How the service's own checks stood when they were read last.
    pub(crate) checks: Option<ServiceChecks>,
    pub(crate) has_receipt: bool,
    /// Its service is the one that this program works with now. If not, it cannot be resumed.
    pub(crate) same_service: bool,
}

/// One transfer in full, as it is written down; also one that this process does not run.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub(crate) struct TransferDetail {
    pub(crate) line: TransferLine,
    pub(crate) series: Option<String>,
    /// Whose it is: nobody else can resume it.
    pub(crate) person: Person,
    /// The name of its service's profile.
    pub(crate) service: String,
    /// The folder's whole path.
    pub(crate) path: String,
    pub(crate) handed_over: Option<i64>,
    pub(crate) finished: Option<i64>,
    /// The person has given up.
    pub(crate) given_up: bool,
    /// What it waited for or stopped at when it was last run, where that is known.
    pub(crate) last_hold: Option<Code>,
    /// The folder of the receipt.
    pub(crate) receipt_folder: Option<String>,
}

/// A group of findings of the check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct FindingGroup {
    pub(crate) kind: FindingKind,
    pub(crate) effect: Effect,
    pub(crate) count: u64,
    /// Bytes of the files they are about.
    pub(crate) bytes: u64,
    /// The files of this group are sent all the same.
    pub(crate) sends: bool,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct FindingLine {
    pub(crate) kind: FindingKind,
    /// As it can be shown: with replacement characters where a name is not Unicode.
    pub(crate) path: String,
    /// The name's own bytes in hex, where it is not Unicode.
    pub(crate) raw_name: Option<String>,
    /// Everything below this folder is meant.
    pub(crate) is_folder: bool,
    pub(crate) size: Option<u64>,
    /// What exactly: the system's error, the other name, the limit.
    pub(crate) detail: Option<String>,
}

/// Which files of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ItemFilter {
    All,
    /// Not sent yet, whether started or not.
    Waiting,
    /// Of those: started. While the transfer runs, these are being sent.
    Started,
    Sent,
    SetAside,
    /// Found, and left out when they were read. Files that the check left out are findings, not files of the transfer.
    LeftOut,
}

/// Files by filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct ItemCounts {
    pub(crate) all: u64,
    /// Not sent yet, whether started or not.
    pub(crate) waiting: u64,
    /// Of those: started.
    pub(crate) started: u64,
    pub(crate) sent: u64,
    pub(crate) set_aside: u64,
    pub(crate) left_out: u64,
}

/// One file of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct ItemLine {
    /// Its number in the transfer; stays the same.
    pub(crate) item: u64,
    /// With the folder's own name.
    pub(crate) path: String,
    pub(crate) size: u64,
    /// When the file was last modified.
    pub(crate) modified: i64,
    pub(crate) state: ItemState,
    /// Why it was set aside or left out.
    pub(crate) why: Option<Code>,
    /// In hex, once it is known.
    pub(crate) sha256: Option<String>,
    /// When the service acknowledged it.
    pub(crate) sent_at: Option<i64>,
}

/// Where a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ItemState {
    /// Its checksum is not computed yet.
    Found,
    /// Waiting to be sent.
    Ready,
    /// Some of it was sent, or was about to be.
    Started,
    Sent,
    SetAside,
    LeftOut,
}

/// What the service's checks found in the files of a transfer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Type)]
pub(crate) struct CheckFailures {
    /// Files with at least one finding.
    pub(crate) files: u64,
    /// Rows that can be listed: one for each file and finding, 10,000 at the most.
    pub(crate) rows: u64,
    pub(crate) groups: Vec<CheckFailureGroup>,
}

/// A finding, and how many files have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct CheckFailureGroup {
    /// The check, as the service names it, such as `Antivirus`.
    pub(crate) check: String,
    /// What it came to, as the service names it, such as `VirusDetected`.
    pub(crate) result: String,
    pub(crate) files: u64,
}

/// A finding about a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct CheckFailureLine {
    /// With the folder's own name.
    pub(crate) path: String,
    pub(crate) check: String,
    pub(crate) result: String,
}

/// What a receipt says of the whole. Times are RFC 3339, UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct ReceiptSummary {
    /// What people call the destination: the consignment's reference, or the name of the service.
    pub(crate) destination: String,
    pub(crate) consignment_id: Option<String>,
    pub(crate) series: Option<String>,
    pub(crate) service: String,
    /// The address of the service's website, where it is known.
    pub(crate) website: Option<String>,
    pub(crate) person: String,
    pub(crate) email: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) folder: String,
    pub(crate) program: String,
    pub(crate) outcome: Outcome,
    pub(crate) began: String,
    pub(crate) handed_over: Option<String>,
    /// When it was over on this computer.
    pub(crate) finished: Option<String>,
    /// Files uploaded.
    pub(crate) files: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Files and folders that were not sent.
    pub(crate) not_sent: u64,
    /// How far the service's own checks were when they were read last.
    pub(crate) checks: Option<ServiceChecks>,
    /// Its location on the disk, once it has been written there automatically.
    pub(crate) receipt_folder: Option<String>,
}

impl TransferLine {
    /// `service`: the profile that this program works with.
    pub(crate) fn new(row: &TransferRow, totals: &Totals, service: Option<&str>) -> Self {
        Self {
            id: row.id.to_string(),
            destination: row.destination().to_owned(),
            folder: row.folder_name.clone(),
            created: row.created.0,
            phase: row.phase,
            paused: row.paused && !row.phase.is_final(),
            sent: totals.progress().into(),
            set_aside: totals.set_aside.items,
            checks: row.checks.map(Into::into),
            has_receipt: row.receipt_dir.is_some(),
            same_service: service.is_some_and(|service| row.service == service),
        }
    }
}

impl TransferDetail {
    pub(crate) fn new(row: TransferRow, totals: &Totals, service: Option<&str>) -> Self {
        let line = TransferLine::new(&row, totals, service);
        let series = row.target.consignment().and_then(|consignment| consignment.series.clone());
        let held = row.last_hold.as_deref();
        let last_hold = Code::ALL.iter().copied().find(|code| Some(code.as_str()) == held);
        Self {
            line,
            person: (&row.person).into(),
            service: row.service,
            path: row.folder.display().to_string(),
            series,
            handed_over: row.target.consignment().and(row.handed_over).map(|at| at.0),
            finished: row.finished.map(|at| at.0),
            given_up: row.given_up,
            last_hold,
            receipt_folder: row.receipt_dir.map(|dir| dir.display().to_string()),
        }
    }
}

impl FindingGroup {
    pub(crate) fn new(kind: FindingKind, count: u64, bytes: u64) -> Self {
        let effect = kind.effect();
        Self { kind, effect, count, bytes, sends: effect == Effect::Warns }
    }
}

impl From<model::Finding> for FindingLine {
    fn from(finding: model::Finding) -> Self {
        Self {
            kind: finding.kind,
            path: finding.path,
            raw_name: finding.raw_name,
            is_folder: finding.is_folder,
            size: finding.size,
            detail: finding.detail,
        }
    }
}

impl ItemFilter {
    /// The states that are meant; `None` for what is not a separate state.
    pub(crate) fn states(self) -> Option<library::ItemFilter> {
        match self {
            Self::All => Some(library::ItemFilter::ALL),
            Self::Waiting => Some(library::ItemFilter::of(&[StateKind::Found, StateKind::Ready])),
            Self::Started => None,
            Self::Sent => Some(StateKind::Sent.into()),
            Self::SetAside => Some(StateKind::SetAside.into()),
            Self::LeftOut => Some(StateKind::LeftOut.into()),
        }
    }
}

impl ItemCounts {
    pub(crate) fn new(totals: Totals, started: u64) -> Self {
        let waiting = totals.found.items + totals.ready.items;
        let (sent, set_aside, left_out) = (totals.sent.items, totals.set_aside.items, totals.left_out.items);
        Self { all: waiting + sent + set_aside + left_out, waiting, started, sent, set_aside, left_out }
    }
}

impl From<library::ItemRow> for ItemLine {
    fn from(row: library::ItemRow) -> Self {
        let started = row.put_attempted || row.upload_id.is_some();
        let (state, why) = match row.state {
            model::ItemState::Found => (ItemState::Found, None),
            model::ItemState::Ready => (if started { ItemState::Started } else { ItemState::Ready }, None),
            model::ItemState::Sent(_) => (ItemState::Sent, None),
            model::ItemState::SetAside(code) => (ItemState::SetAside, Some(code)),
            model::ItemState::LeftOut(code) => (ItemState::LeftOut, Some(code)),
        };
        Self {
            item: row.item.0,
            path: row.path.to_string(),
            size: row.identity.size,
            modified: row.identity.modified().0,
            state,
            why,
            sha256: row.sha256.as_ref().map(ToString::to_string),
            sent_at: row.acknowledged_at.map(|at| at.0),
        }
    }
}

impl From<&waybill_app::CheckFailures> for CheckFailures {
    fn from(failures: &waybill_app::CheckFailures) -> Self {
        let group = |((check, result), files): (&(String, String), &u64)| CheckFailureGroup {
            check: check.clone(),
            result: result.clone(),
            files: *files,
        };
        Self {
            files: failures.files,
            rows: u64::try_from(failures.rows.len()).unwrap_or(u64::MAX),
            groups: failures.groups.iter().map(group).collect(),
        }
    }
}

impl From<&waybill_app::CheckFailure> for CheckFailureLine {
    fn from(failure: &waybill_app::CheckFailure) -> Self {
        Self { path: failure.path.clone(), check: failure.check.clone(), result: failure.result.clone() }
    }
}

impl ReceiptSummary {
    pub(crate) fn new(summary: Summary, row: &TransferRow) -> Self {
        Self {
            destination: summary.destination().to_owned(),
            consignment_id: summary.consignment_id,
            series: summary.series,
            service: summary.service,
            website: summary.website,
            person: summary.person,
            email: summary.email,
            body: summary.body,
            folder: summary.folder,
            program: summary.program,
            outcome: summary.outcome,
            began: summary.began,
            handed_over: summary.handed_over,
            finished: summary.finished,
            files: summary.files,
            bytes: summary.bytes,
            not_sent: summary.not_sent,
            checks: row.checks.map(Into::into),
            receipt_folder: row.receipt_dir.as_ref().map(|dir| dir.display().to_string()),
        }
    }
}
