//! What crosses between the program and its page: the types, and nothing that decides.
//!
//! Everything here is plain data. Tokens, cookies and signed addresses have no type here, so none can cross. Amounts are
//! JavaScript numbers (exact up to 2^53); times are milliseconds since 1970 in server time; codes and states are words
//! that the page has its sentences for.

mod codes;
mod events;
mod journal;
mod mirrors;
mod program;
mod snapshot;

pub(crate) use codes::Problem;
pub(crate) use events::{ClosedToTray, DropProblem, FolderDrop, Notice, QuitAsked};
pub(crate) use journal::{
    CheckFailureLine, CheckFailures, FindingGroup, FindingLine, ItemCounts, ItemFilter, ItemLine, ReceiptFormat,
    ReceiptSummary, TransferDetail, TransferLine, TransferPage,
};
pub(crate) use mirrors::{ConsignmentState, FindingKind, SelfTestTopic, Stage, WaitReason};
pub(crate) use program::{About, ConsignmentLine, Offer, Opened, Order, SelfTestLine, Service, Settings, WebsitePlace};
pub(crate) use snapshot::{Person, Snapshot};

/// The constants that the page's tests compare its sentences with.
pub(crate) fn constants<R: tauri::Runtime>(builder: tauri_specta::Builder<R>) -> tauri_specta::Builder<R> {
    builder
        .constant("errorCodes", codes::all())
        .constant("waitReasons", WaitReason::ALL)
        .constant("stages", Stage::ALL)
        .constant("possibleHolds", snapshot::possible_holds())
        .constant("findingKinds", FindingKind::ALL)
        .constant("consignmentStates", ConsignmentState::ALL)
        .constant("selfTestTopics", SelfTestTopic::ALL)
}
