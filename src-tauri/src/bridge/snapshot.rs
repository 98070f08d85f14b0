//! The snapshot: everything that changes by itself, whole.

use serde::Serialize;
use specta::Type;
use tauri_specta::Event;
use waybill_app::{FolderCount, SessionState, TurnState, is_possible_hold};
use waybill_model::{self as model, Code, Failure, Phase, WaitReason};

/// Everything that changes by itself. Told at most ten times a second, and only when it differs from the last.
#[derive(Clone, Debug, PartialEq, Serialize, Type, Event)]
#[tauri_specta(event_name = "snapshot")]
pub(crate) struct Snapshot {
    pub(crate) session: Session,
    /// The transfers that this process runs or has run, by id.
    pub(crate) transfers: Vec<TransferNow>,
    /// Whether this process may run transfers. If not, `blocked` says why.
    pub(crate) owns_journal: bool,
    /// Why transfers cannot be run: `journal_in_use` (ends by itself when the other program ends; `detail` names it),
    /// `journal_corrupt`, a service profile that is not right, ... `null` also while the program is starting.
    pub(crate) blocked: Option<Failure>,
}

/// The session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum Session {
    /// Not known yet.
    Loading,
    /// Nobody is signed in. `why` says what ended the session, where anything did.
    SignedOut { why: Option<Code> },
    /// A sign-in is under way.
    SigningIn {
        /// The address is known: it can be opened again and copied.
        address_known: bool,
        /// The system's browser was asked to open it. If not, the person has to copy it.
        opened: bool,
    },
    /// Somebody is signed in.
    SignedIn { person: Person },
    /// Somebody is, but the sign-in address does not answer.
    Waiting { person: Person, reason: WaitReason },
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    /// TDR's code of the transferring body.
    pub(crate) body: Option<String>,
}

/// One transfer that this process runs or has run.
#[derive(Clone, Debug, PartialEq, Serialize, Type)]
pub(crate) struct TransferNow {
    pub(crate) id: String,
    /// What people call the destination: the consignment's reference, or the name of the service.
    pub(crate) destination: String,
    /// The folder's own name.
    pub(crate) folder: String,
    pub(crate) phase: Phase,
    pub(crate) hold: Hold,
    /// It is this one's turn to be sent: others wait for it.
    pub(crate) has_turn: bool,
    /// What the walk has found so far.
    pub(crate) walked: FolderCount,
    /// Reading every file once, to compute checksums.
    pub(crate) hashed: Progress,
    /// Acknowledged by the service and written down here.
    pub(crate) sent: Progress,
    /// Over the last ten seconds.
    pub(crate) bytes_per_second: u64,
    /// At that speed; `null` where nothing is being sent.
    pub(crate) seconds_left: Option<u64>,
    /// The path of the file worked on now.
    pub(crate) current: Option<String>,
    /// What the check found, once it is done.
    pub(crate) check: Option<CheckNumbers>,
    /// Files that could not be sent.
    pub(crate) set_aside: u64,
    /// How far the service's own checks are.
    pub(crate) checks: Option<ServiceChecks>,
    pub(crate) has_receipt: bool,
}

/// Whether a transfer runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum Hold {
    Running,
    /// It resumes by itself when the transfer that has the turn gives it up: one is sent at a time.
    Queued {
        /// That transfer; `null` while no transfer has the turn.
        behind: Option<Ahead>,
    },
    /// By the person.
    Paused,
    /// It resumes by itself, or when the person does what the reason says.
    Waiting {
        reason: WaitReason,
        since: i64,
        /// When it tries again, where it does so by the clock.
        next_try: Option<i64>,
    },
    /// It resumes when the person has done something and orders it to.
    Stopped {
        code: Code,
    },
}

/// The holds that a phase can have, beside running. A phase that can be paused can wait for its turn, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct PossibleHolds {
    phase: Phase,
    paused: bool,
    waiting: Vec<WaitReason>,
    stopped: Vec<Code>,
}

/// What the engine says is possible, so that the page's tests can check what they show against it.
pub(super) fn possible_holds() -> Vec<PossibleHolds> {
    let of = |phase: Phase| {
        let can_wait = |reason: &WaitReason| {
            let reason = *reason;
            is_possible_hold(phase, waybill_app::Hold::Waiting { reason, since: model::Timestamp(0), next_try: None })
        };
        let can_stop = |code: &Code| is_possible_hold(phase, waybill_app::Hold::Stopped(*code));
        PossibleHolds {
            phase,
            paused: is_possible_hold(phase, waybill_app::Hold::Paused),
            waiting: WaitReason::ALL.into_iter().filter(can_wait).collect(),
            stopped: Code::ALL.iter().copied().filter(can_stop).collect(),
        }
    };
    Phase::ALL.into_iter().map(of).collect()
}

/// The transfer that has the turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct Ahead {
    pub(crate) transfer: String,
    /// The folder's own name.
    pub(crate) folder: String,
}

/// How far something is. 1000 per mille only when everything is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct Progress {
    pub(crate) items_done: u64,
    pub(crate) items_total: u64,
    pub(crate) bytes_done: u64,
    pub(crate) bytes_total: u64,
    pub(crate) per_mille: u16,
}

/// What the check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct CheckNumbers {
    /// Files that will be sent.
    pub(crate) items: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Findings that leave a file out and want the person's agreement.
    pub(crate) left_out: u64,
    /// What keeps the whole transfer from being sent.
    pub(crate) blocked: Option<Code>,
}

/// How far the service's own checks are, in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct ServiceChecks {
    pub(crate) files: u64,
    pub(crate) antivirus: u64,
    pub(crate) checksum: u64,
    pub(crate) format: u64,
    /// Every count is full and nothing is in progress.
    pub(crate) finished: bool,
    pub(crate) all_succeeded: bool,
    /// The service could not run its checks.
    pub(crate) could_not_run: bool,
}

impl Snapshot {
    /// `address`: whether the browser was asked to open that of the sign-in under way. `blocked`: why transfers cannot be
    /// run.
    pub(crate) fn new(inner: &waybill_app::Snapshot, address: Option<bool>, blocked: Option<Failure>) -> Self {
        let ahead = inner.transfers.values().find(|now| now.turn == TurnState::Has);
        let ahead = ahead.map(|now| Ahead { transfer: now.id.to_string(), folder: now.folder_name.clone() });
        Self {
            session: Session::new(&inner.session, address),
            transfers: inner.transfers.values().map(|now| TransferNow::new(now, ahead.as_ref())).collect(),
            owns_journal: blocked.is_none(),
            blocked,
        }
    }

    /// While the program starts, or when it cannot.
    pub(crate) fn without_controller(blocked: Option<Failure>) -> Self {
        let session = match blocked {
            None => Session::Loading,
            Some(_) => Session::SignedOut { why: None },
        };
        Self { session, transfers: Vec::new(), owns_journal: false, blocked }
    }
}

impl Session {
    /// `address`: that of a sign-in under way, and whether the browser was asked to open it.
    pub(crate) fn new(state: &SessionState, address: Option<bool>) -> Self {
        match state {
            SessionState::Loading => Self::Loading,
            SessionState::SignedOut(code) => Self::SignedOut { why: *code },
            SessionState::SigningIn => {
                Self::SigningIn { address_known: address.is_some(), opened: address.unwrap_or(false) }
            }
            SessionState::SignedIn(person) => Self::SignedIn { person: person.into() },
            SessionState::Waiting(person, reason) => Self::Waiting { person: person.into(), reason: *reason },
        }
    }
}

impl From<&model::Person> for Person {
    fn from(person: &model::Person) -> Self {
        Self { name: person.name.clone(), email: person.email.clone(), body: person.body.clone() }
    }
}

impl TransferNow {
    /// `ahead`: the transfer that has the turn.
    fn new(now: &waybill_app::TransferSnapshot, ahead: Option<&Ahead>) -> Self {
        let hold = match now.turn {
            TurnState::Waits => Hold::Queued { behind: ahead.cloned() },
            TurnState::None | TurnState::Has => now.hold.into(),
        };
        Self {
            id: now.id.to_string(),
            destination: now.destination.clone(),
            folder: now.folder_name.clone(),
            phase: now.phase,
            hold,
            has_turn: now.turn == TurnState::Has,
            walked: now.walked,
            hashed: now.hashed.into(),
            sent: now.sent.into(),
            bytes_per_second: now.bytes_per_second,
            seconds_left: seconds_left(now),
            current: now.current.clone(),
            check: now.check_totals.map(|check| CheckNumbers {
                items: check.items,
                bytes: check.bytes,
                left_out: check.left_out,
                blocked: check.blocked,
            }),
            set_aside: now.set_aside,
            checks: now.service_checks.map(ServiceChecks::from),
            has_receipt: now.receipt_dir.is_some(),
        }
    }
}

/// What is left at the speed of the last seconds; only while bytes are going out.
fn seconds_left(now: &waybill_app::TransferSnapshot) -> Option<u64> {
    let runs = now.hold == waybill_app::Hold::Running && now.turn != TurnState::Waits;
    let sending = now.phase == Phase::Sending && runs;
    let left = now.sent.bytes_total.saturating_sub(now.sent.bytes_done);
    if sending { left.checked_div(now.bytes_per_second) } else { None }
}

impl From<waybill_app::Hold> for Hold {
    fn from(hold: waybill_app::Hold) -> Self {
        match hold {
            waybill_app::Hold::Running => Self::Running,
            waybill_app::Hold::Paused => Self::Paused,
            waybill_app::Hold::Waiting { reason, since, next_try } => {
                Self::Waiting { reason, since: since.0, next_try: next_try.map(|at| at.0) }
            }
            waybill_app::Hold::Stopped(code) => Self::Stopped { code },
        }
    }
}

impl From<model::Progress> for Progress {
    fn from(progress: model::Progress) -> Self {
        Self {
            items_done: progress.items_done,
            items_total: progress.items_total,
            bytes_done: progress.bytes_done,
            bytes_total: progress.bytes_total,
            per_mille: progress.per_mille(),
        }
    }
}

impl From<model::CheckProgress> for ServiceChecks {
    fn from(checks: model::CheckProgress) -> Self {
        Self {
            files: checks.total_files,
            antivirus: checks.antivirus,
            checksum: checks.checksum,
            format: checks.format,
            finished: checks.finished(),
            all_succeeded: checks.all_succeeded,
            could_not_run: checks.could_not_run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use waybill_app::TransferSnapshot;
    use waybill_model::Phase;

    use super::*;
    use crate::testing::{snapshot_of, transfer};

    #[test]
    fn a_transfer_that_waits_for_its_turn_is_told_with_the_one_that_has_it() {
        let running = waybill_app::Hold::Running;
        let first = TransferSnapshot { turn: TurnState::Has, ..transfer(1, Phase::Sending, running) };
        let mut second = TransferSnapshot { turn: TurnState::Waits, ..transfer(2, Phase::Sending, running) };
        second.bytes_per_second = 1;
        second.sent.bytes_total = 100;
        let told = Snapshot::new(&snapshot_of([first.clone(), second.clone()]), None, None).transfers;
        assert!((told[0].hold == Hold::Running) && told[0].has_turn);
        let behind = Ahead { transfer: first.id.to_string(), folder: first.folder_name };
        assert_eq!(told[1].hold, Hold::Queued { behind: Some(behind) });
        assert_eq!((told[1].has_turn, told[1].seconds_left), (false, None));
        let alone = Snapshot::new(&snapshot_of([second]), None, None).transfers;
        assert_eq!(alone[0].hold, Hold::Queued { behind: None }, "between two turns");
    }
}
