//! The rows that a reader returns.

use std::path::PathBuf;

use waybill_model::service::UploadWay;
use waybill_model::{
    CheckProgress, Crc64Nvme, ETag, FileId, FileKey, Identity, ItemId, ItemState, ObjectKey, PartNumber, PartPlan,
    PartRules, Person, Phase, Progress, RelPath, Sha256Digest, Target, Timestamp, TransferId, UploadId,
};

/// One transfer.
#[derive(Clone, Debug, PartialEq)]
pub struct TransferRow {
    /// Its id.
    pub id: TransferId,
    /// When it was created.
    pub created: Timestamp,
    /// The name of the service's profile.
    pub service: String,
    /// The address of its website; `None` in a journal older than format 4.
    pub website: Option<String>,
    /// How it uploads, even if the profile has changed.
    pub way: UploadWay,
    /// Whose it is.
    pub person: Person,
    /// What it goes into, as it was when the transfer was created.
    pub target: Target,
    /// The folder on this computer.
    pub folder: PathBuf,
    /// The file system's key for the folder that was walked, if one was and the system gives one.
    pub folder_key: Option<FileKey>,
    /// The folder's own name.
    pub folder_name: String,
    /// How files are cut.
    pub parts: PartRules,
    /// The version of the program that created it.
    pub program_version: String,
    /// Where it stands.
    pub phase: Phase,
    /// The person has paused it.
    pub paused: bool,
    /// The person has given up.
    pub given_up: bool,
    /// How many findings that leave an item out the person has agreed to. An earlier version noted 1 for any number.
    pub accepted_left_out: u64,
    /// When `startUpload` was about to be called.
    pub start_intended: Option<Timestamp>,
    /// When `addFilesAndMetadata` was about to be called.
    pub register_intended: Option<Timestamp>,
    /// When the service learned that everything is uploaded.
    pub handed_over: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// The progress of the service's checks when they were last read.
    pub checks: Option<CheckProgress>,
    /// Where the receipt is.
    pub receipt_dir: Option<PathBuf>,
    /// What it last waited for or stopped at.
    pub last_hold: Option<String>,
}

impl TransferRow {
    /// What people call the place that it goes into: the consignment's reference, or the name of the service.
    #[must_use]
    pub fn destination(&self) -> &str {
        self.target.consignment().map_or(&self.service, |consignment| consignment.reference.as_str())
    }
}

/// Where the folder of a transfer was before it moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerFolder {
    /// The path.
    pub folder: PathBuf,
    /// When the move was recorded.
    pub until: Timestamp,
}

/// One item.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemRow {
    /// Its number.
    pub item: ItemId,
    /// Its path, with the folder's own name.
    pub path: RelPath,
    /// The state of the file when it was last read, or else when it was found.
    pub identity: Identity,
    /// Where it stands.
    pub state: ItemState,
    /// SHA-256, once it is hashed.
    pub sha256: Option<Sha256Digest>,
    /// How it is divided into parts, once it is hashed.
    pub plan: Option<PartPlan>,
    /// The service's id, once it is registered.
    pub file_id: Option<FileId>,
    /// When the store acknowledged it.
    pub acknowledged_at: Option<Timestamp>,
    /// The store's entity tag of the object, where one came.
    pub etag: Option<ETag>,
    /// Its key, where the store named one.
    pub stored_key: Option<ObjectKey>,
    /// Its multipart upload, if one was started (kept after it was completed).
    pub upload_id: Option<UploadId>,
    /// When the store throws the upload away.
    pub abort_at: Option<Timestamp>,
    /// A PutObject of it was about to be attempted.
    pub put_attempted: bool,
    /// A completion of this or an earlier upload of it was about to be attempted.
    pub completion_attempted: bool,
}

/// One item in [`ItemState::Ready`], with what is needed to send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendRow {
    /// Its number.
    pub item: ItemId,
    /// How it is cut.
    pub plan: PartPlan,
    /// A PutObject of it was about to be attempted, and no result is known.
    pub put_attempted: bool,
    /// Its multipart upload, if there is one.
    pub upload: Option<UploadRow>,
    /// A completion of this or an earlier upload was about to be attempted, and no result is known.
    pub completion_attempted: bool,
}

/// A multipart upload in progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRow {
    /// When the store throws it away.
    pub abort_at: Option<Timestamp>,
    /// The parts that are acknowledged, in ascending order.
    pub acknowledged: Vec<PartNumber>,
    /// A completion of this upload was about to be attempted.
    pub completion_attempted: bool,
}

/// One part of an item. An item that is sent whole has one, without an entity tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartRow {
    /// Which part.
    pub part: PartNumber,
    /// Its checksum.
    pub crc: Crc64Nvme,
    /// The store's entity tag, once the part is acknowledged.
    pub etag: Option<ETag>,
}

/// Items, and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Items.
    pub items: u64,
    /// Bytes.
    pub bytes: u64,
}

/// The items of a transfer by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Found, and not hashed yet.
    pub found: Count,
    /// Not to be sent.
    pub left_out: Count,
    /// Hashed, and not acknowledged yet.
    pub ready: Count,
    /// Acknowledged.
    pub sent: Count,
    /// Could not be sent.
    pub set_aside: Count,
    /// Bytes of acknowledged parts of items that are [`ready`](Self::ready).
    pub part_bytes: u64,
    /// Of the items that are [`ready`](Self::ready), those without a file id.
    pub unmatched: u64,
}

impl Totals {
    /// Returns what is to be sent in all, and how much of it is acknowledged. Items set aside are included; items left
    /// out are not.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let sum = |of: fn(&Count) -> u64| of(&self.found) + of(&self.ready) + of(&self.sent) + of(&self.set_aside);
        Progress {
            items_done: self.sent.items,
            items_total: sum(|count| count.items),
            bytes_done: self.sent.bytes + self.part_bytes,
            bytes_total: sum(|count| count.bytes),
        }
    }

    /// Returns the items in one state.
    #[must_use]
    pub fn of(&self, kind: StateKind) -> Count {
        match kind {
            StateKind::Found => self.found,
            StateKind::LeftOut => self.left_out,
            StateKind::Ready => self.ready,
            StateKind::Sent => self.sent,
            StateKind::SetAside => self.set_aside,
        }
    }
}

/// An [`ItemState`] without its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StateKind {
    /// [`ItemState::Found`].
    Found,
    /// [`ItemState::LeftOut`].
    LeftOut,
    /// [`ItemState::Ready`].
    Ready,
    /// [`ItemState::Sent`].
    Sent,
    /// [`ItemState::SetAside`].
    SetAside,
}

impl StateKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Found, Self::LeftOut, Self::Ready, Self::Sent, Self::SetAside];
}

impl From<ItemState> for StateKind {
    fn from(state: ItemState) -> Self {
        match state {
            ItemState::Found => Self::Found,
            ItemState::LeftOut(_) => Self::LeftOut,
            ItemState::Ready => Self::Ready,
            ItemState::Sent(_) => Self::Sent,
            ItemState::SetAside(_) => Self::SetAside,
        }
    }
}

/// A choice of states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ItemFilter([bool; 5]);

impl ItemFilter {
    /// Every item.
    pub const ALL: Self = Self([true; 5]);
    /// Every item but those left out.
    pub const TO_BE_SENT: Self = Self([true, false, true, true, true]);

    /// The items of these states.
    #[must_use]
    pub fn of(kinds: &[StateKind]) -> Self {
        Self(StateKind::ALL.map(|kind| kinds.contains(&kind)))
    }

    /// Returns the chosen states.
    pub fn kinds(self) -> impl Iterator<Item = StateKind> {
        StateKind::ALL.into_iter().zip(self.0).filter_map(|(kind, chosen)| chosen.then_some(kind))
    }
}

impl From<StateKind> for ItemFilter {
    fn from(kind: StateKind) -> Self {
        Self::of(&[kind])
    }
}
