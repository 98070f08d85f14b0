//! The controller: one owner for the truth; requests go in, snapshots come out.
//!
//! Owners: [`controller`] owns the list of running transfers, one task for each of them owns its engine machine, the
//! session task owns the tokens, the permit's task owns the pass to upload, the journal's writer thread owns the disk. They only
//! send each other messages. What is decided is decided in `waybill-engine`; what is here runs its actions.
//!
//! A crash at any instant loses what was in flight: everything else is in the journal before it is shown.

mod browser;
mod check;
mod check_failures;
mod clock;
mod connection;
mod consignments;
mod controller;
pub mod core_dumps;
mod doctor;
mod findings_file;
mod handle;
mod interface;
mod languages;
mod line_memory;
mod log_file;
mod mailbox;
mod permits;
mod places;
mod readers;
pub mod receipt;
#[cfg(any(test, feature = "samples"))]
pub mod samples;
mod session;
mod settings_files;
mod throttle;
mod transfer;
mod website;

pub use browser::open_in_browser;
pub use check::{CheckReport, check_folder, open_folder};
pub use check_failures::{CheckFailure, CheckFailures, files_with_problems};
pub use clock::{Clock, SystemClock};
pub use controller::start;
pub use doctor::{
    Detail as SelfTestDetail, Finding as SelfTestFinding, SelfTest, Topic as SelfTestTopic, Verdict as SelfTestVerdict,
    examine, writable,
};
pub use findings_file::write_findings;
pub use handle::{Handle, Notices};
pub use interface::{
    Command, Config, ConsignmentEntry, FolderCount, HereEntry, Notice, Opened, SessionKind, SessionState, Snapshot,
    TransferSnapshot, TurnState, load_profile,
};
pub use languages::languages;
pub use log_file::{LogFile, LogLimits, OneLine};
pub use mailbox::{Posted, post};
pub use places::{log_dir, usual_data_dir};
pub use settings_files::{IgnoredSetting, SettingsFiles, SettingsTable};
pub use waybill_engine::transfer::{CheckTotals, Hold, is_possible_hold};
pub use waybill_source::Folder;
pub use website::{consignment_url, hand_over_url, transfer_url, website_home};

/// Read access to the journal: transfers, items, findings. Works while another process owns the journal.
pub mod library {
    pub use waybill_journal::{Count, ItemFilter, ItemRow, JournalError, Reader, StateKind, Totals, TransferRow};
}
