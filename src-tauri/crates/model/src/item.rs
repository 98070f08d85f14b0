//! One file of a transfer.

use serde::{Deserialize, Serialize};

use crate::{Code, Timestamp};

/// What shows that a file has changed, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// Size in bytes.
    pub size: u64,
    /// Modified time in nanoseconds since the epoch, as precise as the file system allows, however early or late.
    pub modified_ns: i128,
    /// The file system's own key for the file, if it has one.
    pub file_key: Option<FileKey>,
}

impl Identity {
    /// Returns the modified time in milliseconds, which is TDR's `lastModified`.
    #[must_use]
    pub fn modified(&self) -> Timestamp {
        let millis = self.modified_ns.div_euclid(1_000_000);
        // Only a damaged file system has a date 292 million years away.
        Timestamp(i64::try_from(millis).unwrap_or(if millis < 0 { i64::MIN } else { i64::MAX }))
    }
}

/// Volume and file number: device and inode on Unix, volume serial and file index on Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileKey {
    /// Device or volume serial number.
    pub volume: u64,
    /// Inode or file index.
    pub file: u64,
}

/// How we know that the store holds an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acknowledgement {
    /// The store answered 200 with an entity tag.
    Reply,
    /// The store answered "exists already" (412) on a key that only this transfer knows: an attempt whose reply was lost
    /// put it there, or one that a proxy repeated. The service's checksum check confirms it.
    ExistsAfterOwnAttempt,
    /// The store answered "no such upload" after an earlier completion whose reply was lost, before the upload could
    /// have expired. The service's checksum check confirms it.
    UploadGoneAfterOwnCompletion,
}

/// The state of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "why")]
pub enum ItemState {
    /// Found by the walk; not hashed yet.
    Found,
    /// The check left it out, so it is not sent.
    LeftOut(Code),
    /// Hashed; waiting to be sent.
    Ready,
    /// Acknowledged.
    Sent(Acknowledgement),
    /// Could not be sent; the other items continue.
    SetAside(Code),
}
