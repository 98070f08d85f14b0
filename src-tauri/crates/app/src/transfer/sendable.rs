//! What the requests for an item need of the journal and the disk, read once for the item and not for each of its parts.
//!
//! Owner: the transfer's task. An item is read at its first request and forgotten with the record that changes what was read, so that
//! memory depends on the items being sent. That the file still is the one that was checked is looked at for every request.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use tokio::sync::OnceCell;
use waybill_cloud::{FileRange, ObjectKey};
use waybill_engine::transfer::Op;
use waybill_journal::{ItemRow, JournalError, TransferRow};
use waybill_model::{
    Code, Crc64Nvme, ETag, Identity, ItemId, ItemRecord, LocalFault, PartNumber, PartPlan, Record, RelPath, UploadId,
};
use waybill_source::{Folder, HashFault};

use crate::readers::Readers;

/// The items being sent.
#[derive(Default)]
pub(super) struct Sendables(HashMap<ItemId, Slot>);

/// Where an item is kept once one of its requests has read it. Requests side by side wait for the same reading.
pub(super) type Slot = Arc<OnceCell<Arc<Sendable>>>;

impl Sendables {
    /// The place of an item.
    pub(super) fn slot(&mut self, item: ItemId) -> Slot {
        Arc::clone(self.0.entry(item).or_default())
    }

    /// Forgets what a record changes, or ends. The engine sends nothing of the item before the journal holds it, so the next request
    /// reads what was recorded.
    pub(super) fn recording(&mut self, record: &Record) {
        let Record::Item(item, record) = record else { return };
        match record {
            ItemRecord::PutAttempted | ItemRecord::PartAcknowledged { .. } | ItemRecord::CompletionAttempted => {}
            ItemRecord::UploadBegun { .. }
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
    /// Opened for the first bytes.
    folder: OnceLock<Folder>,
}

impl Sendable {
    /// Reads it, unless a request has.
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
            .map_err(|error| broken(item, &error.to_string()))?;
        let ItemRow { path, identity, plan, file_id, upload_id, .. } =
            found.ok_or_else(|| broken(item, "it is not in the journal"))?;
        let file_id = file_id.ok_or_else(|| broken(item, "it has no file id"))?;
        let plan = plan.ok_or_else(|| broken(item, "it is not hashed"))?;
        let key = ObjectKey::new(row.person.user_id, row.consignment.id, file_id);
        let crcs = parts.into_iter().map(|part| part.crc).collect();
        Ok(Self { item, row, path, key, upload_id, identity, plan, crcs, folder: OnceLock::new() })
    }

    /// The size of the whole file.
    pub(super) fn size(&self) -> u64 {
        self.identity.size
    }

    /// The bytes that a request carries, if the file still is the one that was checked, and their checksum. Asks the disk.
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
        match waybill_source::identity(folder, &self.path) {
            Ok(now) if waybill_source::unchanged(&self.identity, &now) => {
                Ok(Some((FileRange { path: folder.disk_path(&self.path), range }, *crc)))
            }
            Ok(_) => Err(LocalFault::FileChanged),
            // Gone, perhaps with its whole folder.
            Err(fault) => Err(if folder.is_reachable() { fault_of(fault) } else { LocalFault::FolderGone }),
        }
    }

    /// What happened to a file that could not be opened and was there a moment ago: it is gone, or its whole folder. Asks the disk.
    pub(super) fn what_is_gone(&self) -> LocalFault {
        match Folder::reopen(&self.row.folder) {
            Ok(folder) => match waybill_source::identity(&folder, &self.path) {
                Ok(_) => LocalFault::FolderGone,
                Err(fault) => fault_of(fault),
            },
            Err(_) => LocalFault::FolderGone,
        }
    }

    /// The parts as the store has acknowledged them. Read for a completion, since every part has added to it.
    pub(super) fn acknowledged(&self, readers: &Readers) -> Result<Vec<(PartNumber, ETag, Crc64Nvme)>, LocalFault> {
        let parts = readers.with(|reader| reader.parts(self.row.id, self.item));
        let parts = parts.map_err(|error: JournalError| broken(self.item, &error.to_string()))?;
        let listed: Option<Vec<_>> = parts.into_iter().map(|part| Some((part.part, part.etag?, part.crc))).collect();
        listed.ok_or_else(|| broken(self.item, "not every part is acknowledged"))
    }

    fn folder(&self) -> Result<&Folder, LocalFault> {
        if let Some(folder) = self.folder.get() {
            return Ok(folder);
        }
        let folder = Folder::reopen(&self.row.folder).map_err(|_| LocalFault::FolderGone)?;
        Ok(self.folder.get_or_init(|| folder))
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
        HashFault::ChangedWhileReading | HashFault::NotAFile | HashFault::TooLarge => LocalFault::FileChanged,
        HashFault::FolderGone => LocalFault::FolderGone,
        HashFault::Stopped => LocalFault::CalledOff,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use waybill_journal::{Change, HashedItem, Journal, Write};
    use waybill_model::{Phase, Sha256Digest, TransferRecord};

    use super::*;
    use crate::samples::{Sample, write_journal};

    const SAMPLE: Sample = Sample { number: 1, phase: Phase::Sending, paused: false, items: 2, sent: 0, findings: 0 };
    const ITEM: ItemId = ItemId(1);
    const PART: u64 = 5 * 1024 * 1024;

    /// A transfer whose second file is to be sent, and what reads its journal.
    fn sending(dir: &Path) -> (Journal, Readers, Arc<TransferRow>) {
        write_journal(dir, &[SAMPLE]).unwrap();
        let journal = Journal::open(dir, "test").unwrap();
        let readers = Readers::new(journal.clone());
        let row = readers.with(|reader| reader.transfer(SAMPLE.id())).unwrap().unwrap();
        (journal, readers, Arc::new(row))
    }

    fn write(journal: &Journal, changes: Vec<Change>) {
        let writes = changes.into_iter().map(|change| Write { transfer: SAMPLE.id(), change });
        journal.write_blocking(writes.collect()).unwrap();
    }

    /// The file is on the disk with so many parts, and hashed; its upload has begun.
    fn with_parts(journal: &Journal, row: &TransferRow, parts: u16) {
        let size = PART * u64::from(parts);
        std::fs::create_dir_all(&row.folder).unwrap();
        std::fs::File::create(row.folder.join("file 1.txt")).unwrap().set_len(size).unwrap();
        let folder = Folder::open(&row.folder).unwrap();
        let identity = waybill_source::identity(&folder, &RelPath::new("folder 1/file 1.txt").unwrap()).unwrap();
        let hashed = HashedItem {
            item: ITEM,
            identity,
            sha256: Sha256Digest([1; 32]),
            plan: PartPlan::Multipart { size, part_size: PART, parts },
            crcs: (0..parts).map(|part| Crc64Nvme(part.into())).collect(),
        };
        let begun = ItemRecord::UploadBegun { upload_id: "upload".into(), abort_at: None };
        write(
            journal,
            vec![
                TransferRecord::Phase(Phase::Hashing).into(),
                Change::Hashed(vec![hashed]),
                TransferRecord::Phase(Phase::Sending).into(),
                Record::Item(ITEM, begun).into(),
            ],
        );
    }

    /// How often the journal is read to send a file of so many parts, each followed by its acknowledgement.
    async fn reads_for(parts: u16) -> u64 {
        let dir = tempfile::tempdir().unwrap();
        let (journal, readers, row) = sending(dir.path());
        with_parts(&journal, &row, parts);
        let mut sendables = Sendables::default();
        let before = readers.reads();
        for part in (1..=parts).filter_map(PartNumber::new) {
            let sendable = Sendable::in_slot(&sendables.slot(ITEM), &readers, &row, ITEM).await.unwrap();
            let (body, crc) = sendable.body(Op::UploadPart(part)).unwrap().unwrap();
            assert_eq!(
                (body.range.offset, crc),
                (PART * u64::from(part.get() - 1), Crc64Nvme(u64::from(part.get() - 1)))
            );
            let acknowledged = Record::Item(ITEM, ItemRecord::PartAcknowledged { part, etag: "\"e\"".into() });
            sendables.recording(&acknowledged);
            write(&journal, vec![acknowledged.into()]);
        }
        let sendable = Sendable::in_slot(&sendables.slot(ITEM), &readers, &row, ITEM).await.unwrap();
        assert_eq!(sendable.acknowledged(&readers).unwrap().len(), usize::from(parts));
        readers.reads() - before
    }

    #[tokio::test]
    async fn a_part_reads_nothing_from_the_journal_and_a_completion_reads_once() {
        assert_eq!((reads_for(2).await, reads_for(40).await), (2, 2));
    }

    #[tokio::test]
    async fn requests_side_by_side_read_the_item_once() {
        let dir = tempfile::tempdir().unwrap();
        let (_journal, readers, row) = sending(dir.path());
        let slot = Sendables::default().slot(ITEM);
        let before = readers.reads();
        let read = || Sendable::in_slot(&slot, &readers, &row, ITEM);
        let (first, second, third) = tokio::join!(read(), read(), read());
        for read in [first, second, third] {
            assert_eq!(read.unwrap().path.as_str(), "folder 1/file 1.txt");
        }
        assert_eq!(readers.reads() - before, 1);
    }

    #[tokio::test]
    async fn an_item_is_read_again_when_its_upload_starts_or_is_abandoned() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, readers, row) = sending(dir.path());
        let mut sendables = Sendables::default();
        with_parts(&journal, &row, 2);
        let begun = ItemRecord::UploadBegun { upload_id: "another".into(), abort_at: None };
        for (record, upload_id) in [(ItemRecord::UploadAbandoned, None), (begun, Some("another".into()))] {
            let record = Record::Item(ITEM, record);
            let earlier = Sendable::in_slot(&sendables.slot(ITEM), &readers, &row, ITEM).await.unwrap();
            assert_ne!(earlier.upload_id, upload_id);
            sendables.recording(&record);
            write(&journal, vec![record.into()]);
            let later = Sendable::in_slot(&sendables.slot(ITEM), &readers, &row, ITEM).await.unwrap();
            assert_eq!(later.upload_id, upload_id);
        }
    }

    #[test]
    fn nothing_is_kept_of_an_item_sent_or_set_aside() {
        let mut sendables = Sendables::default();
        sendables.slot(ITEM);
        sendables.recording(&Record::Item(ITEM, ItemRecord::SetAside(Code::Locked)));
        assert!(sendables.0.is_empty());
    }

    /// The file changes, then goes, then its drive.
    #[tokio::test]
    async fn every_request_checks_that_the_file_is_unchanged() {
        let dir = tempfile::tempdir().unwrap();
        let (journal, readers, row) = sending(dir.path());
        with_parts(&journal, &row, 2);
        let file = row.folder.join("file 1.txt");
        let sendable = Sendable::in_slot(&Slot::default(), &readers, &row, ITEM).await.unwrap();
        let body = |part: u16| sendable.body(Op::UploadPart(PartNumber::new(part).unwrap()));
        assert!(body(1).is_ok());
        std::fs::write(&file, "other").unwrap();
        assert_eq!(body(2).unwrap_err(), LocalFault::FileChanged);
        std::fs::rename(&file, row.folder.join("another file.txt")).unwrap();
        assert_eq!((body(2).unwrap_err(), sendable.what_is_gone()), (LocalFault::FileGone, LocalFault::FileGone));
        // Where the drive was mounted is an empty folder.
        std::fs::remove_file(row.folder.join("another file.txt")).unwrap();
        assert_eq!((body(2).unwrap_err(), sendable.what_is_gone()), (LocalFault::FolderGone, LocalFault::FolderGone));
        let later = Sendable::in_slot(&Slot::default(), &readers, &row, ITEM).await.unwrap();
        assert_eq!(later.body(Op::PutObject).unwrap_err(), LocalFault::FolderGone);
    }
}
