//! What is written: one change to one transfer at a time, any number of them at once.

use std::path::PathBuf;

use waybill_model::{
    CheckProgress, Code, Consignment, Crc64Nvme, FileId, Finding, Identity, ItemId, ItemState, PartPlan, PartRules,
    Person, Record, RelPath, Sha256Digest, Timestamp, TransferId, TransferRecord,
};

/// One change to one transfer.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// Which transfer.
    pub transfer: TransferId,
    /// What becomes of it.
    pub change: Change,
}

impl Write {
    /// A change to a transfer.
    #[must_use]
    pub fn new(transfer: TransferId, change: impl Into<Change>) -> Self {
        Self { transfer, change: change.into() }
    }
}

/// What a transfer is from its beginning on and stays.
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
    /// Whose it is. Nobody else ever continues it.
    pub person: Person,
    /// Into which consignment, as it was then.
    pub consignment: Consignment,
    /// The folder on this computer. Kept as the system spells it, byte for byte.
    pub folder: PathBuf,
    /// The folder's own name: first segment of every item's path.
    pub folder_name: String,
    /// How files are cut.
    pub parts: PartRules,
    /// The version of the program that made it.
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

/// An item after its one reading.
#[derive(Clone, Debug, PartialEq)]
pub struct HashedItem {
    /// Which one.
    pub item: ItemId,
    /// What the file was when it was read.
    pub identity: Identity,
    /// SHA-256 of all of it.
    pub sha256: Sha256Digest,
    /// How it is cut.
    pub plan: PartPlan,
    /// One checksum for each part, in order; one for a file that is sent whole.
    pub crcs: Vec<Crc64Nvme>,
}

/// Something that one of the service's checks found in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedCheck {
    /// The service's id of the file.
    pub file: FileId,
    /// Which check, as the service names it.
    pub check: String,
    /// What it came to, as the service names it.
    pub result: String,
}

/// What becomes of a transfer.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It begins, in [`Phase::Walking`](waybill_model::Phase::Walking).
    New(Box<NewTransfer>),
    /// It is forgotten, with everything of it.
    Remove,
    /// What the engine decided.
    Record(Record),
    /// The walk begins again: items, folders and findings are deleted, and what a person agreed to about them is
    /// forgotten. Refused once anything is registered.
    ForgetWalk,
    /// The walk found these.
    AddItems(Vec<NewItem>),
    /// The walk found these folders (paths as items have them). One that is there already stays.
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
    /// The service was told that everything is uploaded.
    HandedOver(Timestamp),
    /// How far the service's checks are.
    Checks(CheckProgress),
    /// What the service's checks found in which file is forgotten, and that it was ever read.
    ForgetCheckFailures,
    /// The service's checks found these. One that is there already stays.
    AddCheckFailures(Vec<FailedCheck>),
    /// That was all that they found; when it was read.
    CheckFailuresRead(Timestamp),
    /// It is over.
    Finished {
        /// When.
        at: Timestamp,
        /// Where the receipt lies.
        receipt_dir: Option<PathBuf>,
    },
    /// What it waited for or stopped at last, for people (a text of the application's choosing).
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
