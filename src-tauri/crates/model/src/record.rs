//! What must be in the journal before anything else happens.

use crate::{Acknowledgement, Code, ETag, ItemId, ObjectKey, PartNumber, Phase, Timestamp, UploadId};

/// One fact about a transfer: decided by the engine, kept by the journal.
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
    /// The phase that it is in.
    Phase(Phase),
    /// Whether the person has paused it.
    Paused(bool),
    /// The person has given up.
    GivenUp,
    /// The person has agreed that what the check found is left out.
    AcceptedLeftOut,
    /// `startUpload` is about to be called.
    StartIntended(Timestamp),
    /// `startUpload` was certainly not acted on: it may be called again.
    StartNotDone,
    /// `addFilesAndMetadata` is about to be called.
    RegisterIntended(Timestamp),
    /// `addFilesAndMetadata` was certainly not acted on: it may be called again.
    RegisterNotDone,
    /// All items set aside go back into the queue: to be sent, or to be hashed where they never were. Those whose file
    /// changed are checked again when they are sent.
    AllBackInQueue,
}

/// A fact about one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemRecord {
    /// A PutObject is about to be attempted.
    PutAttempted,
    /// A multipart upload was started; parts of an earlier one are forgotten.
    UploadBegun {
        /// Its id.
        upload_id: UploadId,
        /// When the store throws it away.
        abort_at: Option<Timestamp>,
    },
    /// The store has a part of the upload that was started last.
    PartAcknowledged {
        /// Which part.
        part: PartNumber,
        /// Its entity tag. That of a part sent again replaces the earlier one.
        etag: ETag,
    },
    /// A completion is about to be attempted. The journal refuses it while a part is not acknowledged.
    CompletionAttempted,
    /// The upload is lost or useless: its id and parts are forgotten. That a completion was attempted is kept.
    UploadAbandoned,
    /// The store does not have these parts: they are forgotten and sent again, in the same upload.
    PartsForgotten,
    /// The store has the item. The first acknowledgement stays.
    Acknowledged {
        /// How that is known.
        how: Acknowledgement,
        /// Its entity tag, where one came.
        etag: Option<ETag>,
        /// Its key, where the store named one.
        key: Option<ObjectKey>,
        /// When.
        at: Timestamp,
    },
    /// The item cannot be sent now, and why. The journal refuses it for an item that is acknowledged. With
    /// [`Code::ObjectExists`] and [`Code::MaybeStored`] the attempts made so far are forgotten.
    SetAside(Code),
}

impl From<TransferRecord> for Record {
    fn from(record: TransferRecord) -> Self {
        Self::Transfer(record)
    }
}
