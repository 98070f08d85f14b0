//! What is written: any number of changes at once, each to one transfer.

use std::path::PathBuf;

use waybill_model::service::UploadWay;
use waybill_model::{
    CheckProgress, Code, Crc64Nvme, FileId, FileKey, Finding, Identity, ItemId, ItemState, PartPlan, PartRules, Person,
    Record, RelPath, Sha256Digest, Target, Timestamp, TransferId, TransferRecord,
};

/// One change to one transfer.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// Which transfer.
    pub transfer: TransferId,
    /// What changes.
    pub change: Change,
}

impl Write {
    /// Creates a change to a transfer.
    #[must_use]
    pub fn new(transfer: TransferId, change: impl Into<Change>) -> Self {
        Self { transfer, change: change.into() }
    }
}

/// What a transfer is from its creation on; none of it ever changes, but for the path of a folder that has moved.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTransfer {
    /// Its id; the same as the [`Write`]'s.
    pub id: TransferId,
    /// When it was made.
    pub created: Timestamp,
    /// The name of the service's profile.
    pub service: String,
    /// The address of its website.
    pub website: Option<String>,
    /// How it uploads, even if the profile changes later.
    pub way: UploadWay,
    /// The person who started it. No one else can ever resume it.
    pub person: Person,
    /// What it goes into, as it was then.
    pub target: Target,
    /// The folder on this computer, stored exactly as the system spells it.
    pub folder: PathBuf,
    /// The folder's own name: the first segment of every item's path.
    pub folder_name: String,
    /// How files are divided into parts.
    pub parts: PartRules,
    /// The version of the program that created it.
    pub program_version: String,
}

/// An item as the walk found it.
#[derive(Clone, Debug, PartialEq)]
pub struct NewItem {
    /// Its number.
    pub item: ItemId,
    /// Its path, with the folder's own name.
    pub path: RelPath,
    /// Size, modified time and the file system's key.
    pub identity: Identity,
    /// [`ItemState::Found`] or [`ItemState::LeftOut`]; nothing else.
    pub state: ItemState,
}

/// An item that has been hashed.
#[derive(Clone, Debug, PartialEq)]
pub struct HashedItem {
    /// Which one.
    pub item: ItemId,
    /// The state of the file when it was read.
    pub identity: Identity,
    /// SHA-256 of all of it.
    pub sha256: Sha256Digest,
    /// How it is divided into parts.
    pub plan: PartPlan,
    /// One checksum for each part, in order; one for a file that is sent whole.
    pub crcs: Vec<Crc64Nvme>,
}

/// Something that one of the service's checks found in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedCheck {
    /// The service's id of the file.
    pub file: FileId,
    /// Which check, as the service names it.
    pub check: String,
    /// The result, as the service names it.
    pub result: String,
}

/// A change to a transfer.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It is created, in [`Phase::Walking`](waybill_model::Phase::Walking).
    New(Box<NewTransfer>),
    /// It is removed with all its data.
    Remove,
    /// What the engine decided.
    Record(Record),
    /// The walk starts again: items, folders and findings are deleted, and so is what a person agreed to about them.
    /// Refused once anything is registered.
    ForgetWalk,
    /// The walk found these.
    AddItems(Vec<NewItem>),
    /// The walk found these folders (paths as items have them). Folders that are already there stay.
    AddFolders(Vec<RelPath>),
    /// The check found these.
    AddFindings(Vec<Finding>),
    /// An item is not to be sent.
    LeaveOut {
        /// Which one.
        item: ItemId,
        /// Why.
        code: Code,
    },
    /// These are hashed and become [`ItemState::Ready`]. A checksum that differs from the one under which the item is
    /// registered is refused; one that differs from an earlier hashing forgets the item's upload.
    Hashed(Vec<HashedItem>),
    /// The service's ids of these items. A second id for an item, or a second item for an id, is refused.
    FileIds(Vec<(ItemId, FileId)>),
    /// The folder is at another path now, and holds the files that were checked.
    Moved {
        /// Where it is.
        folder: PathBuf,
        /// The file system's key for it there.
        key: Option<FileKey>,
        /// When that was found.
        at: Timestamp,
    },
    /// The folder that is walked: the file system's key for it.
    FolderKey(Option<FileKey>),
    /// The service learned that everything is uploaded.
    HandedOver(Timestamp),
    /// The progress of the service's checks.
    Checks(CheckProgress),
    /// The findings of the service's checks are deleted, and the note that they were ever read.
    ForgetCheckFailures,
    /// The service's checks found these. Findings that are already there stay.
    AddCheckFailures(Vec<FailedCheck>),
    /// All findings have been read; when.
    CheckFailuresRead(Timestamp),
    /// It is over.
    Finished {
        /// When.
        at: Timestamp,
        /// Where the receipt is.
        receipt_dir: Option<PathBuf>,
    },
    /// What it last waited for or stopped at, for people (a text chosen by the application).
    LastHold(Option<String>),
}

impl From<Record> for Change {
    fn from(record: Record) -> Self {
        Self::Record(record)
    }
}

impl From<TransferRecord> for Change {
    fn from(record: TransferRecord) -> Self {
        Self::Record(record.into())
    }
}
