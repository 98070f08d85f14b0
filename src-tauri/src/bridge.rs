//! What crosses between the program and its page: the types, and nothing that decides.
//!
//! Phases, codes and the other words are the model's own. What is here shapes the rest for the page: plain data, with no
//! type for tokens, cookies or signed addresses, so that none can cross. Amounts are JavaScript numbers (exact up to
//! 2^53); times are milliseconds since 1970 in server time.

mod events;
mod journal;
mod program;
mod snapshot;

pub(crate) use events::{ClosedToTray, DropProblem, FolderDrop, Notice, QuitAsked};
pub(crate) use journal::{
    CheckFailureLine, CheckFailures, FindingGroup, FindingLine, ItemCounts, ItemFilter, ItemLine, ReceiptSummary,
    TransferDetail, TransferLine, TransferPage,
};
pub(crate) use program::{
    About, ConsignmentLine, Destination, Offer, Opened, SelfTestLine, Service, Settings, WebsitePlace,
};
pub(crate) use snapshot::{Person, Snapshot};

use waybill_app::SelfTestTopic;
use waybill_model::{Code, ConsignmentState, FindingKind, Phase, WaitReason};

/// The constants that the page's tests compare its sentences with.
pub(crate) fn constants<R: tauri::Runtime>(builder: tauri_specta::Builder<R>) -> tauri_specta::Builder<R> {
    builder
        .constant("codes", Code::ALL)
        .constant("waitReasons", WaitReason::ALL)
        .constant("phases", Phase::ALL)
        .constant("possibleHolds", snapshot::possible_holds())
        .constant("findingKinds", FindingKind::ALL)
        .constant("consignmentStates", ConsignmentState::ALL)
        .constant("selfTestTopics", SelfTestTopic::ALL)
}
