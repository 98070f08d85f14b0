//! The check of a folder by itself: no sign-in, no transfer, nothing stored.

use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use waybill_engine::transfer::CheckTotals;
use waybill_journal::{Change, Journal, NewTransfer, Reader, Write};
use waybill_model::{
    Code, Failure, Finding, FindingKind, Person, ServiceProfile, Target, Timestamp, TransferId, UserId,
};
use waybill_source::{Folder, Stop};

use crate::clock::{Clock as _, SystemClock};
use crate::interface::FolderCount;
use crate::transfer::{Walked, walk_and_check};

/// What the check of a folder found. The findings are in a temporary journal that is deleted with this report.
pub struct CheckReport {
    /// What is in the folder.
    pub folder: FolderCount,
    /// What would be sent and what would not.
    pub totals: CheckTotals,
    /// Groups of findings: kind, count, bytes.
    pub groups: Vec<(FindingKind, u64, u64)>,
    reader: Reader,
    _place: tempfile::TempDir,
}

impl CheckReport {
    /// Returns a page of findings, of one kind or of all, after a row of the page before.
    ///
    /// # Errors
    /// A temporary journal that cannot be read.
    pub fn findings(
        &self,
        kind: Option<FindingKind>,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Vec<(u64, Finding)>, Failure> {
        Ok(self.reader.findings(NOBODYS, kind, after, limit)?)
    }
}

/// Opens a folder that could be sent: it exists, can be listed and has a name that can be sent. Asks the disk; looks at
/// nothing inside.
///
/// # Errors
/// [`Code::FolderMissing`], [`Code::FolderIsFile`], [`Code::FolderUnreadable`], [`Code::FolderNameUnusable`], with the
/// path; [`Code::WaybillData`] for the data folder of a Waybill and anything in it.
pub fn open_folder(path: &Path) -> Result<Folder, Failure> {
    let folder = Folder::open(path)?;
    waybill_source::refuse_data_folder(folder.path())?;
    Ok(folder)
}

const NOBODYS: TransferId = TransferId(Uuid::nil());

/// Checks a folder as it would be checked before sending.
///
/// # Errors
/// A folder that cannot be used, a disk without room for the temporary journal, or [`Code::Cancelled`].
pub async fn check_folder(
    path: &Path,
    profile: &ServiceProfile,
    stop: CancellationToken,
    on_count: impl Fn(FolderCount) + Send + 'static,
) -> Result<CheckReport, Failure> {
    let path = path.to_owned();
    let profile = Arc::new(profile.clone());
    let stopped = Stop::default();
    let work = {
        let stopped = stopped.clone();
        tokio::task::spawn_blocking(move || check_now(&path, &profile, &stopped, &on_count))
    };
    let mut work = std::pin::pin!(work);
    let done = tokio::select! {
        done = &mut work => done,
        () = stop.cancelled() => {
            stopped.set();
            // The walk checks the flag at every entry.
            let _stopped = work.await;
            return Err(Code::Cancelled.into());
        }
    };
    done.unwrap_or_else(|_| Err(Code::Internal.into()))
}

fn check_now(
    path: &Path,
    profile: &ServiceProfile,
    stop: &Stop,
    on_count: &dyn Fn(FolderCount),
) -> Result<CheckReport, Failure> {
    let folder = open_folder(path)?;
    let place = tempfile::Builder::new()
        .prefix("waybill-check-")
        .tempdir()
        .map_err(|error| Failure::new(Code::DataFolderUnusable, error.to_string()))?;
    let journal = Journal::open(place.path(), "waybill check")?;
    let new = Change::New(Box::new(nobodys_transfer(profile, &folder)));
    journal.write_blocking(vec![Write { transfer: NOBODYS, change: new }])?;
    let into = Walked { journal: &journal, transfer: NOBODYS, now: SystemClock::default().wall() };
    let outcome = walk_and_check(&folder, profile, &into, stop, &mut |count| on_count(count))?;
    let reader = journal.reader()?;
    let groups = reader.finding_counts(NOBODYS)?;
    Ok(CheckReport { folder: outcome.folder, totals: outcome.totals, groups, reader, _place: place })
}

fn nobodys_transfer(profile: &ServiceProfile, folder: &Folder) -> NewTransfer {
    NewTransfer {
        id: NOBODYS,
        created: Timestamp(0),
        service: profile.name.clone(),
        website: None,
        person: Person {
            user_id: UserId(Uuid::nil()),
            name: String::new(),
            email: None,
            body: None,
            standard_user: true,
            judgment_user: false,
        },
        way: profile.way.clone(),
        target: Target::Folder,
        folder: folder.path().to_owned(),
        folder_name: folder.name().to_owned(),
        parts: profile.way.parts(profile.parts),
        program_version: String::new(),
    }
}
