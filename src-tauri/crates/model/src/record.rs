//! Facts that must be in the journal before anything else happens.

use crate::{Acknowledgement, Code, ETag, ItemId, ObjectKey, PartNumber, Phase, Timestamp, UploadId};

/// One fact about a transfer, decided by the engine and stored by the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// About the transfer as a whole.
    Transfer(TransferRecord),
    /// About one item.
    Item(ItemId, ItemRecord),
}

/// A fact about a transfer as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferRecord {
    /// The phase it has entered.
    Phase(Phase),
    /// Whether the person has paused it.
    Paused(bool),
    /// The person has given up the transfer.
    GivenUp,
    /// The person has agreed to leave out what the check reported: this many findings that leave an item out. Items
    /// lost later are not covered.
    AcceptedLeftOut(u64),
    /// `startUpload` is about to be called.
    StartIntended(Timestamp),
    /// `startUpload` definitely had no effect, so it may be called again.
    StartNotDone,
    /// `addFilesAndMetadata` is about to be called.
    RegisterIntended(Timestamp),
    /// `addFilesAndMetadata` definitely had no effect, so it may be called again.
    RegisterNotDone,
    /// All items that were set aside return to the queue, to be sent, or to be hashed if they never were. Items whose
    /// file changed are checked again when they are sent.
    AllBackInQueue,
}

/// A fact about one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemRecord {
    /// A PutObject is about to be attempted.
    PutAttempted,
    /// A multipart upload was started; any parts of an earlier upload are discarded.
    UploadStarted {
        /// The upload's id.
        upload_id: UploadId,
        /// When the store will discard the upload.
        abort_at: Option<Timestamp>,
    },
    /// The store holds a part of the most recently started upload.
    PartAcknowledged {
        /// Which part.
        part: PartNumber,
        /// Its entity tag. The tag of a part that is sent again replaces the earlier one.
        etag: ETag,
    },
    /// A completion is about to be attempted. The journal refuses this while any part is unacknowledged.
    CompletionAttempted,
    /// The upload is lost or unusable: its id and parts are discarded, but a completion attempt is still remembered.
    UploadAbandoned,
    /// The store does not have these parts: they are discarded and sent again in the same upload.
    PartsForgotten,
    /// The store has the item. Only the first acknowledgement is kept.
    Acknowledged {
        /// How that is known.
        how: Acknowledgement,
        /// Its entity tag, if the store returned one.
        etag: Option<ETag>,
        /// Its key, if the store returned one.
        key: Option<ObjectKey>,
        /// When it was acknowledged.
        at: Timestamp,
    },
    /// The item cannot be sent now, for the given reason. The journal refuses this for an acknowledged item. With
    /// [`Code::ObjectExists`] and [`Code::MaybeStored`], the attempts made so far are forgotten.
    SetAside(Code),
}

impl From<TransferRecord> for Record {
    fn from(record: TransferRecord) -> Self {
        Self::Transfer(record)
    }
}
