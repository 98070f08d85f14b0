//! What the requests for an item need from the journal and the disk, read once for the item and not for each of its
//! parts.
//!
//! Owner: the transfer's task. An item is read at its first request and dropped with the record that changes what was
//! read, so that memory depends on the items being sent. Every request checks that the file is still the one that was
//! checked.

use std::collections::HashMap;
use std::fs::File;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::OnceCell;
use waybill_cloud::FileRange;
use waybill_engine::transfer::Op;
use waybill_journal::{ItemRow, JournalError, TransferRow};
use waybill_model::service::KeyFrom;
use waybill_model::{
    Code, Crc64Nvme, ETag, Failure, FileId, Identity, ItemId, ItemRecord, LocalFault, ObjectKey, PartNumber, PartPlan,
    Record, RelPath, Sha256Digest, UploadId, WaitReason,
};
use waybill_source::{Folder, HashFault, Opened, Stop};

use super::api::consignment;
use crate::readers::Readers;

/// The items being sent.
#[derive(Default)]
pub(super) struct Sendables(HashMap<ItemId, Slot>);

/// Where an item is kept once one of its requests has read it. Simultaneous requests wait for the same reading.
pub(super) type Slot = Arc<OnceCell<Arc<Sendable>>>;

impl Sendables {
    /// Returns the slot of an item.
    pub(super) fn slot(&mut self, item: ItemId) -> Slot {
        Arc::clone(self.0.entry(item).or_default())
    }

    /// Drops what a record changes, or ends. The engine sends nothing of the item before the journal holds the record,
    /// so the next request reads what was recorded.
    pub(super) fn recording(&mut self, record: &Record) {
        let Record::Item(item, record) = record else { return };
        match record {
            ItemRecord::PutAttempted | ItemRecord::PartAcknowledged { .. } | ItemRecord::CompletionAttempted => {}
            ItemRecord::UploadStarted { .. }
            | ItemRecord::UploadAbandoned
            | ItemRecord::PartsForgotten
            | ItemRecord::Acknowledged { .. }
            | ItemRecord::SetAside(_) => drop(self.0.remove(item)),
        }
    }
}

/// An item as it is sent.
#[derive(Debug)]
pub(super) struct Sendable {
    item: ItemId,
    row: Arc<TransferRow>,
    pub(super) path: RelPath,
    pub(super) key: ObjectKey,
    pub(super) upload_id: Option<UploadId>,
    identity: Identity,
    plan: PartPlan,
    crcs: Vec<Crc64Nvme>,
    sha256: Option<Sha256Digest>,
    /// Opened for the first bytes.
    folder: Mutex<Option<Folder>>,
    /// The file of another key that was read and is the one that was checked.
    verified: Mutex<Option<Identity>>,
}

impl Sendable {
    /// Reads it, unless a request already has.
    pub(super) async fn in_slot(
        slot: &Slot,
        readers: &Readers,
        row: &Arc<TransferRow>,
        item: ItemId,
    ) -> Result<Arc<Self>, LocalFault> {
        let read = || async {
            let (readers, row) = (readers.clone(), Arc::clone(row));
            let read = tokio::task::spawn_blocking(move || Self::read(&readers, row, item));
            read.await.map_err(|_| LocalFault::CalledOff)?.map(Arc::new)
        };
        slot.get_or_try_init(read).await.cloned()
    }

    fn read(readers: &Readers, row: Arc<TransferRow>, item: ItemId) -> Result<Self, LocalFault> {
        let (found, parts) = readers
            .with(|reader| Ok::<_, JournalError>((reader.item(row.id, item)?, reader.parts(row.id, item)?)))
            .map_err(unread)?;
        let ItemRow { path, identity, plan, file_id, upload_id, sha256, .. } =
            found.ok_or_else(|| broken(item, "it is not in the journal"))?;
        let plan = plan.ok_or_else(|| broken(item, "it is not hashed"))?;
        let key = key_of(&row, item, file_id)?;
        let crcs = parts.into_iter().map(|part| part.crc).collect();
        Ok(Self {
            item,
            row,
            path,
            key,
            upload_id,
            identity,
            plan,
            crcs,
            sha256,
            folder: Mutex::default(),
            verified: Mutex::default(),
        })
    }

    /// Returns the size of the whole file.
    pub(super) fn size(&self) -> u64 {
        self.identity.size
    }

    /// Returns the bytes that a request carries, if the file is still the one that was checked, and their checksum.
    /// Asks the disk.
    pub(super) fn body(&self, op: Op) -> Result<Option<(FileRange, Crc64Nvme)>, LocalFault> {
        let part = match op {
            Op::CreateUpload | Op::CompleteUpload => return Ok(None),
            Op::PutObject => PartNumber::FIRST,
            Op::UploadPart(part) => part,
        };
        let crc = self.crcs.get(usize::from(part.get()) - 1);
        let (Some(crc), Some(range)) = (crc, self.plan.range(part)) else {
            return Err(broken(self.item, &format!("it has no part {part}")));
        };
        let folder = self.folder()?;
        match self.open(&folder) {
            Ok(file) => Ok(Some((FileRange { file, path: folder.disk_path(&self.path), range }, *crc))),
            Err(fault) => {
                // The next request opens the folder again, because another one may be there by then.
                *self.folder.lock() = None;
                Err(fault)
            }
        }
    }

    /// Opens the file that was checked. A file that has another key (on a drive that was plugged in again, or because
    /// another file has taken its place) is read once before anything of it is sent.
    fn open(&self, folder: &Folder) -> Result<File, LocalFault> {
        let fail = |fault| if folder.is_reachable() { fault_of(fault) } else { LocalFault::FolderGone };
        let Opened { file, identity } = waybill_source::open(folder, &self.path).map_err(fail)?;
        if !waybill_source::unchanged(&self.identity, &identity) {
            return Err(LocalFault::FileChanged);
        }
        let mut verified = self.verified.lock();
        if identity.file_key != self.identity.file_key && *verified != Some(identity) {
            let stop = Stop::default();
            let hashed = waybill_source::hash(folder, &self.path, &identity, self.row.parts, &stop, &|_| {});
            if Some(hashed.map_err(fail)?.sha256) != self.sha256 {
                return Err(LocalFault::FileChanged);
            }
            *verified = Some(identity);
        }
        Ok(file)
    }

    /// Returns the parts as the store has acknowledged them. Read for a completion, since every part has added to it.
    pub(super) fn acknowledged(&self, readers: &Readers) -> Result<Vec<(PartNumber, ETag, Crc64Nvme)>, LocalFault> {
        let parts = readers.with(|reader| reader.parts(self.row.id, self.item));
        let parts = parts.map_err(unread)?;
        let listed: Option<Vec<_>> = parts.into_iter().map(|part| Some((part.part, part.etag?, part.crc))).collect();
        listed.ok_or_else(|| broken(self.item, "not every part is acknowledged"))
    }

    fn folder(&self) -> Result<Folder, LocalFault> {
        let mut folder = self.folder.lock();
        if let Some(folder) = &*folder {
            return Ok(folder.clone());
        }
        let opened = Folder::reopen(&self.row.folder).map_err(|failure| {
            let too_many = failure.code == Code::TooManyOpenFiles;
            if too_many { LocalFault::TooManyOpen(failure.detail.unwrap_or_default()) } else { LocalFault::FolderGone }
        })?;
        Ok(folder.insert(opened).clone())
    }
}

/// Returns the key under which an item is sent.
fn key_of(row: &TransferRow, item: ItemId, file_id: Option<FileId>) -> Result<ObjectKey, LocalFault> {
    let user = row.person.user_id;
    match &row.way.key {
        KeyFrom::Registered => {
            let file_id = file_id.ok_or_else(|| broken(item, "it is not registered"))?;
            Ok(ObjectKey::registered(user, consignment(row)?, file_id))
        }
        KeyFrom::Local { prefix } => Ok(ObjectKey::local(prefix, user, row.id, item)),
        KeyFrom::Reply { path, .. } => Ok(ObjectKey(path.clone())),
    }
}

/// What an error of the journal means for a request: damage is named as such.
fn unread(error: JournalError) -> LocalFault {
    match error {
        JournalError::DiskFull => LocalFault::Blocked(WaitReason::DiskFull),
        JournalError::TooManyOpen(detail) => LocalFault::TooManyOpen(detail),
        // Damage, above all.
        error @ (JournalError::InUse { .. }
        | JournalError::Corrupt { .. }
        | JournalError::Newer { .. }
        | JournalError::Unusable { .. }
        | JournalError::Internal(_)
        | _) => {
            let Failure { code, detail } = error.into();
            LocalFault::Impossible(code, detail.unwrap_or_default())
        }
    }
}

pub(super) fn broken(item: ItemId, what: &str) -> LocalFault {
    LocalFault::Impossible(Code::Internal, format!("item {item}: {what}"))
}

pub(super) fn fault_of(fault: HashFault) -> LocalFault {
    match fault {
        HashFault::Gone => LocalFault::FileGone,
        HashFault::Unreadable(detail) => LocalFault::Unreadable(detail),
        HashFault::Locked(detail) => LocalFault::Locked(detail),
        HashFault::Unreachable(detail) => LocalFault::Unreachable(detail),
        HashFault::TooManyOpen(detail) => LocalFault::TooManyOpen(detail),
        HashFault::ChangedWhileReading | HashFault::Replaced | HashFault::NotAFile | HashFault::TooLarge => {
            LocalFault::FileChanged
        }
        HashFault::FolderGone => LocalFault::FolderGone,
        HashFault::Stopped => LocalFault::CalledOff,
    }
}

#[cfg(test)]
mod tests;
