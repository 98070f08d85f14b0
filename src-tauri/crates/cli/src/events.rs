//! What `--json` prints: one object per line, each with the field `event`.
//!
//! Scripts rely on this interface. `docs/command-line.md` shows an example of every event, and a test keeps the
//! document and the types in step. An unknown field is absent, never null. Times are UTC, ISO 8601 with milliseconds;
//! sizes are in bytes.

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
    /// The progress of a transfer in its phase: at most four a second, and one at the end of each phase.
    Progress(Progress),
    /// A transfer is waiting, and resumes by itself.
    Waiting(Waiting),
    /// A file was set aside; everything else continues.
    ItemProblem(ItemProblem),
    /// One finding of the check.
    Finding(Finding),
    /// The totals of the check.
    Checked(Checked),
    /// What would be, or is, left out, by kind.
    LeftOut(LeftOut),
    /// An address that must be opened in a browser to hand over the transfer.
    HandOver(HandOver),
    /// A receipt was written.
    Receipt(Receipt),
    /// One consignment.
    Consignment(Consignment),
    /// One transfer in the journal.
    Transfer(Box<Transfer>),
    /// One file of a transfer.
    Item(Item),
    /// A problem that TDR's own checks found in one file.
    CheckFailure(CheckFailure),
    /// Who is signed in.
    Person(Person),
    /// One test of `doctor`.
    SelfTest(SelfTest),
    /// Information that stops nothing.
    Note(Note),
    /// The command failed. Always the last line.
    Error(Problem),
    /// The command succeeded. Always the last line.
    Done(Done),
}

impl Event {
    /// Lists every value of the field `event`.
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

    /// Returns the line without its line ending. Escapes what a terminal might interpret (DEL, C1 controls,
    /// bidirectional overrides).
    pub(crate) fn to_line(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_else(|error| {
            // An event contains only strings and numbers, so a failure here is a bug in this file.
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
    /// It is running.
    Running,
    /// A person has paused it.
    Paused,
    /// It is waiting, and resumes by itself; `reason` says what for.
    Waiting,
    /// It needs a person to act; `reason` says why.
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
    /// Its phase.
    pub(crate) phase: Phase,
    /// Whether it is running.
    pub(crate) hold: HoldWord,
    /// Why it is waiting or has stopped.
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
    /// The phase. While the folder is walked the totals are not known; they show what has been found so far.
    pub(crate) phase: Phase,
    /// Files done: looked at, read, acknowledged or checked by TDR, depending on the phase.
    pub(crate) items_done: u64,
    /// Files in total.
    pub(crate) items_total: u64,
    /// Bytes done. While sending: acknowledged by the service and written to the journal.
    pub(crate) bytes_done: u64,
    /// Bytes in total.
    pub(crate) bytes_total: u64,
    /// Bytes a second over the last few seconds. While sending: handed to the network.
    pub(crate) bytes_per_second: u64,
}

/// See [`Event::Waiting`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Waiting {
    /// The transfer's id, if it has one yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) transfer: Option<String>,
    /// What it is waiting for.
    pub(crate) reason: Code,
    /// Since when a transfer has been waiting, in the service's time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) since: Option<String>,
    /// When it will try again, in the service's time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) next_try: Option<String>,
    /// A sentence that says what happened.
    pub(crate) message: String,
    /// A sentence that says what to do.
    pub(crate) next: String,
}

/// See [`Event::ItemProblem`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemProblem {
    /// The transfer's id.
    pub(crate) transfer: String,
    /// The file's path, starting with the folder's own name.
    pub(crate) path: String,
    /// Why it was set aside.
    pub(crate) code: Code,
    /// The same as a sentence.
    pub(crate) message: String,
    /// A sentence that says what to do.
    pub(crate) next: String,
}

/// See [`Event::Finding`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finding {
    /// The kind of finding.
    pub(crate) kind: FindingKind,
    /// What it means for the transfer.
    pub(crate) effect: Effect,
    /// The path in printable form.
    pub(crate) path: String,
    /// Whether the path is a folder, in which case everything in it is affected.
    pub(crate) is_folder: bool,
    /// The bytes of the name in hexadecimal (on Windows its UTF-16 units), if it is not Unicode.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) raw_name: Option<String>,
    /// Size in bytes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) size: Option<u64>,
    /// The details: the system's error, the other name, or the limit.
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
    /// Their total size in bytes.
    pub(crate) bytes: u64,
    /// Folders found, including the top one.
    pub(crate) folders: u64,
    /// Files that will be sent.
    pub(crate) items: u64,
    /// Their total size in bytes.
    pub(crate) item_bytes: u64,
    /// Findings that leave something out and need a person's agreement.
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
    /// The groups that are not empty, in the order of the documentation.
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
    /// The total size in bytes of those whose size is known.
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
    /// The reference, as people see it.
    pub(crate) reference: String,
    /// TDR's id.
    pub(crate) id: String,
    /// What the consignment is ready for.
    pub(crate) state: ConsignmentState,
    /// The name of the series.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) series: Option<String>,
    /// When it was created, as TDR writes it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) created: Option<String>,
    /// Files registered so far.
    pub(crate) files: u64,
    /// The transfer to it on this computer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) here: Option<Here>,
}

/// The transfer to a consignment on this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Here {
    /// The transfer's id.
    pub(crate) transfer: String,
    /// Its phase.
    pub(crate) phase: Phase,
    /// How much of it has been sent, from 0 to 1000.
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
    /// The address of the service's website, if it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) website: Option<String>,
    /// The folder.
    pub(crate) folder: String,
    /// Who started it.
    pub(crate) person: String,
    /// When it started.
    pub(crate) created: String,
    /// Its phase.
    pub(crate) phase: Phase,
    /// Whether a person has paused it.
    pub(crate) paused: bool,
    /// Files to send in total.
    pub(crate) items_total: u64,
    /// Files that the service has acknowledged.
    pub(crate) items_done: u64,
    /// Bytes to send in total.
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
    /// How many files TDR's own checks found a problem in, once they have finished.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) files_with_problems: Option<u64>,
    /// The location of its receipt.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) receipt: Option<String>,
}

/// See [`Event::CheckFailure`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckFailure {
    /// The transfer's id.
    pub(crate) transfer: String,
    /// The file's path, or TDR's id of it if it is not one of this transfer's files.
    pub(crate) path: String,
    /// TDR's id of the file.
    pub(crate) file_id: String,
    /// The check, as TDR names it.
    pub(crate) check: String,
    /// Its result, as TDR names it.
    pub(crate) result: String,
}

/// The progress of TDR's own checks, in files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checks {
    /// Files in total.
    pub(crate) files: u64,
    /// Files that have finished the antivirus check.
    pub(crate) antivirus: u64,
    /// Files that have finished the checksum check.
    pub(crate) checksum: u64,
    /// Files that have finished the format check.
    pub(crate) format: u64,
    /// Whether every check of every file succeeded.
    pub(crate) all_succeeded: bool,
}

/// The state of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ItemWord {
    /// Found, but not read yet.
    Found,
    /// Read, and waiting to be sent.
    Ready,
    /// Acknowledged by the service.
    Sent,
    /// Could not be sent.
    SetAside,
    /// Not sent.
    LeftOut,
}

/// See [`Event::Item`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Item {
    /// The path, starting with the folder's own name.
    pub(crate) path: String,
    /// The file's state.
    pub(crate) state: ItemWord,
    /// Why it was set aside or left out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) code: Option<Code>,
    /// Size in bytes.
    pub(crate) size: u64,
    /// When it was last modified.
    pub(crate) modified: String,
    /// SHA-256 in hexadecimal, once it is known.
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
    /// The person's name.
    pub(crate) name: String,
    /// TDR's id of the person.
    pub(crate) user_id: String,
    /// The person's email address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) email: Option<String>,
    /// TDR's code for the transferring body.
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
    /// The test's identifier.
    pub(crate) topic: String,
    /// Its name, for people.
    pub(crate) what: String,
    /// Whether it was tested and works, at least for now.
    pub(crate) ok: bool,
    /// The result.
    pub(crate) outcome: TestOutcome,
    /// The code of the problem.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) code: Option<Code>,
    /// What was found, or why it was not tested.
    pub(crate) detail: String,
    /// A sentence that says what to do, if there is a problem.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) next: Option<String>,
}

/// The result of one `doctor` test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TestOutcome {
    /// No problem was found.
    Works,
    /// It works now, but may soon stop working.
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
    /// What the note is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) code: Option<Code>,
    /// The note as a sentence.
    pub(crate) message: String,
    /// A sentence that says what to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) next: Option<String>,
}

/// See [`Event::Error`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Problem {
    /// What went wrong.
    pub(crate) code: Code,
    /// The same as a sentence.
    pub(crate) message: String,
    /// A sentence that says what to do next.
    pub(crate) next: String,
    /// The subject: a path, a key and a line, or an address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) detail: Option<String>,
    /// The transfer concerned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) transfer: Option<String>,
    /// What may have been meant by a command, an option or a value that is not known.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) did_you_mean: Vec<String>,
    /// The exit code of the program.
    pub(crate) exit: u8,
}

/// See [`Event::Done`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Done {
    /// A sentence that says what was done.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) message: Option<String>,
    /// The transfer concerned.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) transfer: Option<String>,
    /// The exit code of the program: 0.
    pub(crate) exit: u8,
}

#[cfg(test)]
mod tests;
