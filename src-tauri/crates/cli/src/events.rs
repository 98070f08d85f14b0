//! What `--json` prints: one object a line, each with the field `event`.
//!
//! This is an interface that scripts rely on; `docs/command-line.md` shows an example of every event, and a test keeps
//! document and types together. A field that is not known is absent, never null. Times are UTC, ISO 8601 with
//! milliseconds; sizes are bytes.

use serde::{Deserialize, Serialize};
use url::Url;
use waybill_model::{Code, ConsignmentState, Effect, FindingKind, Phase};

/// One line of `--json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// An address that must be opened in a browser to sign in.
    SignIn(SignIn),
    /// The phase of a transfer, or whether it runs, has changed.
    State(State),
    /// How far a transfer is in its phase; at most four a second, and one at the end of each phase.
    Progress(Progress),
    /// A transfer waits, and resumes by itself.
    Waiting(Waiting),
    /// A file was set aside; everything else continues.
    ItemProblem(ItemProblem),
    /// One finding of the check.
    Finding(Finding),
    /// The check's numbers.
    Checked(Checked),
    /// What would be, or is, left out, by kind.
    LeftOut(LeftOut),
    /// An address that must be opened in a browser to hand over.
    HandOver(HandOver),
    /// A receipt was written.
    Receipt(Receipt),
    /// One consignment.
    Consignment(Consignment),
    /// One transfer of the journal.
    Transfer(Box<Transfer>),
    /// One file of a transfer.
    Item(Item),
    /// Something that TDR's own checks found in one file.
    CheckFailure(CheckFailure),
    /// Who is signed in.
    Person(Person),
    /// One test of `doctor`.
    SelfTest(SelfTest),
    /// Something to know that stops nothing.
    Note(Note),
    /// The command failed. The last line.
    Error(Problem),
    /// The command did what it was asked. The last line.
    Done(Done),
}

impl Event {
    /// Every name that the field `event` can have.
    #[cfg(test)]
    pub(crate) const NAMES: [&'static str; 19] = [
        "sign_in",
        "state",
        "progress",
        "waiting",
        "item_problem",
        "finding",
        "checked",
        "left_out",
        "hand_over",
        "receipt",
        "consignment",
        "transfer",
        "item",
        "check_failure",
        "person",
        "self_test",
        "note",
        "error",
        "done",
    ];

    /// The line, without its end. What a terminal might obey (DEL, C1 controls, bidirectional overrides) is escaped.
    pub(crate) fn to_line(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_else(|error| {
            // Only strings and numbers are in an event, so this is a fault of this file.
            serde_json::json!({ "event": "error", "code": Code::Internal, "message": error.to_string() }).to_string()
        });
        crate::escape::json(&json)
    }
}

/// See [`Event::SignIn`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    /// The address.
    pub(crate) url: Url,
    /// Whether the browser was asked to open it.
    pub(crate) opened: bool,
}

/// Whether a transfer runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HoldWord {
    /// It runs.
    Running,
    /// A person has paused it.
    Paused,
    /// It waits, and resumes by itself; `reason` says for what.
    Waiting,
    /// It needs a person; `reason` says why.
    Stopped,
}

/// See [`Event::State`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// The transfer's id.
    pub(crate) transfer: String,
    /// The consignment's reference, or the name of a service that has none.
    pub(crate) consignment: String,
    /// Where it stands.
    pub(crate) phase: Phase,
    /// Whether it runs.
    pub(crate) hold: HoldWord,
    /// Why it waits or stopped.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) reason: Option<Code>,
}

/// See [`Event::Progress`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    /// The transfer's id; absent for `check`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) transfer: Option<String>,
    /// In which phase. While walking nothing is known of the totals, which then are what was found so far.
    pub(crate) phase: Phase,
    /// Files done: looked at, read, acknowledged or checked by TDR, after the phase.
    pub(crate) items_done: u64,
    /// Files in all.
    pub(crate) items_total: u64,
    /// Bytes done; while sending: acknowledged by the service and written to the journal.
    pub(crate) bytes_done: u64,
    /// Bytes in all.
    pub(crate) bytes_total: u64,
    /// Bytes a second over the last seconds; while sending: handed to the network.
    pub(crate) bytes_per_second: u64,
}

/// See [`Event::Waiting`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Waiting {
    /// The transfer's id, once there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) transfer: Option<String>,
    /// For what.
    pub(crate) reason: Code,
    /// Since when, in the service's time, where a transfer waits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) since: Option<String>,
    /// When it tries again by itself, in the service's time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) next_try: Option<String>,
    /// What happened, in words.
    pub(crate) message: String,
    /// What to do, in words.
    pub(crate) next: String,
}

/// See [`Event::ItemProblem`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemProblem {
    /// The transfer's id.
    pub(crate) transfer: String,
    /// The file's path, beginning with the folder's own name.
    pub(crate) path: String,
    /// Why it was set aside.
    pub(crate) code: Code,
    /// The same in words.
    pub(crate) message: String,
    /// What to do, in words.
    pub(crate) next: String,
}

/// See [`Event::Finding`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finding {
    /// The group.
    pub(crate) kind: FindingKind,
    /// What it means for the transfer.
    pub(crate) effect: Effect,
    /// The path as it can be shown.
    pub(crate) path: String,
    /// The path is a folder: everything below it is meant.
    pub(crate) is_folder: bool,
    /// The name's own bytes in hex (on Windows its UTF-16 units), where it is not Unicode.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) raw_name: Option<String>,
    /// Size in bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) size: Option<u64>,
    /// What exactly: the system's error, the other name, the limit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) detail: Option<String>,
}

impl From<waybill_model::Finding> for Finding {
    fn from(finding: waybill_model::Finding) -> Self {
        let effect = finding.kind.effect();
        Self {
            kind: finding.kind,
            effect,
            path: finding.path,
            is_folder: finding.is_folder,
            raw_name: finding.raw_name,
            size: finding.size,
            detail: finding.detail,
        }
    }
}

/// See [`Event::Checked`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checked {
    /// The transfer's id; absent for `check`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) transfer: Option<String>,
    /// The folder that was checked.
    pub(crate) folder: String,
    /// Files found.
    pub(crate) files: u64,
    /// Their bytes.
    pub(crate) bytes: u64,
    /// Folders found, the top one included.
    pub(crate) folders: u64,
    /// Files that will be sent.
    pub(crate) items: u64,
    /// Their bytes.
    pub(crate) item_bytes: u64,
    /// Findings that leave something out and want a person's agreement.
    pub(crate) left_out: u64,
    /// A finding that blocks the whole transfer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) blocked: Option<Code>,
}

/// See [`Event::LeftOut`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeftOut {
    /// The transfer's id; absent for `check`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) transfer: Option<String>,
    /// The groups that are not empty, in the order of the document.
    pub(crate) groups: Vec<Group>,
}

/// The findings of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    /// The kind.
    pub(crate) kind: FindingKind,
    /// What it means for the transfer.
    pub(crate) effect: Effect,
    /// How many.
    pub(crate) count: u64,
    /// Bytes of those whose size is known.
    pub(crate) bytes: u64,
}

/// See [`Event::HandOver`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOver {
    /// The transfer's id.
    pub(crate) transfer: String,
    /// The address.
    pub(crate) url: Url,
    /// Whether the browser was asked to open it.
    pub(crate) opened: bool,
}

/// See [`Event::Receipt`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Receipt {
    /// The transfer's id.
    pub(crate) transfer: String,
    /// The files.
    pub(crate) paths: Vec<String>,
}

/// See [`Event::Consignment`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Consignment {
    /// The reference as people see it.
    pub(crate) reference: String,
    /// TDR's id.
    pub(crate) id: String,
    /// What it is ready for.
    pub(crate) state: ConsignmentState,
    /// The series' name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) series: Option<String>,
    /// When it was made, as TDR writes it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) created: Option<String>,
    /// Files registered so far.
    pub(crate) files: u64,
    /// The transfer into it on this computer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) here: Option<Here>,
}

/// The transfer into a consignment on this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Here {
    /// The transfer's id.
    pub(crate) transfer: String,
    /// Where it stands.
    pub(crate) phase: Phase,
    /// How much of it is sent, 0 to 1000.
    pub(crate) per_mille: u16,
}

/// See [`Event::Transfer`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transfer {
    /// The transfer's id.
    pub(crate) transfer: String,
    /// The consignment's reference, or the name of a service that has none.
    pub(crate) consignment: String,
    /// The service's name.
    pub(crate) service: String,
    /// The address of the service's website, where it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) website: Option<String>,
    /// The folder.
    pub(crate) folder: String,
    /// Who began it.
    pub(crate) person: String,
    /// When it began.
    pub(crate) created: String,
    /// Where it stands.
    pub(crate) phase: Phase,
    /// A person has paused it.
    pub(crate) paused: bool,
    /// Files to send in all.
    pub(crate) items_total: u64,
    /// Files that the service has acknowledged.
    pub(crate) items_done: u64,
    /// Bytes to send in all.
    pub(crate) bytes_total: u64,
    /// Bytes that the service has acknowledged.
    pub(crate) bytes_done: u64,
    /// Files that were set aside.
    pub(crate) set_aside: u64,
    /// Files and folders that are not sent.
    pub(crate) left_out: u64,
    /// Why it last stopped or waited.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) last_hold: Option<String>,
    /// When it was handed over.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) handed_over: Option<String>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) finished: Option<String>,
    /// TDR's own checks, once they run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) checks: Option<Checks>,
    /// In how many files TDR's own checks found something, once they have ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) files_with_problems: Option<u64>,
    /// Where its receipt lies.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) receipt: Option<String>,
}

/// See [`Event::CheckFailure`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckFailure {
    /// Of which transfer.
    pub(crate) transfer: String,
    /// The file; TDR's id of it where it is none of this transfer's.
    pub(crate) path: String,
    /// TDR's id of the file.
    pub(crate) file_id: String,
    /// Which check, as TDR names it.
    pub(crate) check: String,
    /// What it came to, as TDR names it.
    pub(crate) result: String,
}

/// How far TDR's own checks are, in files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checks {
    /// Files in all.
    pub(crate) files: u64,
    /// Through the antivirus check.
    pub(crate) antivirus: u64,
    /// Through the checksum check.
    pub(crate) checksum: u64,
    /// Through the format check.
    pub(crate) format: u64,
    /// Every check of every file succeeded.
    pub(crate) all_succeeded: bool,
}

/// What is with one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ItemWord {
    /// Found, not read yet.
    Found,
    /// Read, waiting to be sent.
    Ready,
    /// Acknowledged by the service.
    Sent,
    /// Could not be sent.
    SetAside,
    /// Not to be sent.
    LeftOut,
}

/// See [`Event::Item`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Item {
    /// The path, beginning with the folder's own name.
    pub(crate) path: String,
    /// What is with it.
    pub(crate) state: ItemWord,
    /// Why it was set aside or left out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) code: Option<Code>,
    /// Size in bytes.
    pub(crate) size: u64,
    /// When it was last modified.
    pub(crate) modified: String,
    /// SHA-256 in hex, once it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) sha256: Option<String>,
    /// When the service acknowledged it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) acknowledged: Option<String>,
}

/// See [`Event::Person`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    /// The name.
    pub(crate) name: String,
    /// TDR's id of the person.
    pub(crate) user_id: String,
    /// The address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) email: Option<String>,
    /// TDR's code of the transferring body.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) body: Option<String>,
    /// The service's name.
    pub(crate) service: String,
    /// Where the session is kept: `keychain`, `memory` or `file`.
    pub(crate) kept: String,
}

/// See [`Event::SelfTest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SelfTest {
    /// What was tested, as a word.
    pub(crate) topic: String,
    /// Its name, for people.
    pub(crate) what: String,
    /// Whether it was tested and is in order, at least for now.
    pub(crate) ok: bool,
    /// How it ended.
    pub(crate) outcome: TestOutcome,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) code: Option<Code>,
    /// What was seen, or why it was not tested.
    pub(crate) detail: String,
    /// What to do, in words, where something is wrong.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) next: Option<String>,
}

/// How a test of `doctor` ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TestOutcome {
    /// Nothing is wrong.
    Works,
    /// It works now and may not for long.
    Warns,
    /// It prevents a transfer.
    Fails,
    /// It could not be tested.
    NotTested,
}

/// See [`Event::Note`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Note {
    /// About what.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) code: Option<Code>,
    /// In words.
    pub(crate) message: String,
    /// What to do, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) next: Option<String>,
}

/// See [`Event::Error`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Problem {
    /// What went wrong.
    pub(crate) code: Code,
    /// The same in words.
    pub(crate) message: String,
    /// What to do next, in words.
    pub(crate) next: String,
    /// What it was about: a path, a key and a line, an address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) detail: Option<String>,
    /// The transfer it was about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) transfer: Option<String>,
    /// The exit code of the program.
    pub(crate) exit: u8,
}

/// See [`Event::Done`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Done {
    /// What was done, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) message: Option<String>,
    /// The transfer it was done with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) transfer: Option<String>,
    /// The exit code of the program: 0.
    pub(crate) exit: u8,
}

#[cfg(test)]
mod tests;
