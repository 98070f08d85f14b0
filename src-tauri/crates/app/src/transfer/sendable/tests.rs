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

/// The file is on the disk with so many parts, and hashed; its upload has started.
fn with_parts(journal: &Journal, row: &TransferRow, parts: u16) {
    let size = PART * u64::from(parts);
    std::fs::create_dir_all(&row.folder).unwrap();
    File::create(row.folder.join("file 1.txt")).unwrap().set_len(size).unwrap();
    let folder = Folder::open(&row.folder).unwrap();
    let identity = waybill_source::identity(&folder, &RelPath::new("folder 1/file 1.txt").unwrap()).unwrap();
    let hashed = HashedItem {
        item: ITEM,
        identity,
        sha256: Sha256Digest([1; 32]),
        plan: PartPlan::Multipart { size, part_size: PART, parts },
        crcs: (0..parts).map(|part| Crc64Nvme(part.into())).collect(),
    };
    let started = ItemRecord::UploadStarted { upload_id: "upload".into(), abort_at: None };
    write(
        journal,
        vec![
            TransferRecord::Phase(Phase::Hashing).into(),
            Change::Hashed(vec![hashed]),
            TransferRecord::Phase(Phase::Sending).into(),
            Record::Item(ITEM, started).into(),
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
        assert_eq!((body.range.offset, crc), (PART * u64::from(part.get() - 1), Crc64Nvme(u64::from(part.get() - 1))));
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
    let started = ItemRecord::UploadStarted { upload_id: "another".into(), abort_at: None };
    for (record, upload_id) in [(ItemRecord::UploadAbandoned, None), (started, Some("another".into()))] {
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
    assert_eq!(body(2).unwrap_err(), LocalFault::FileGone);
    // Where the drive was mounted is an empty folder.
    std::fs::remove_file(row.folder.join("another file.txt")).unwrap();
    assert_eq!(body(2).unwrap_err(), LocalFault::FolderGone);
    let later = Sendable::in_slot(&Slot::default(), &readers, &row, ITEM).await.unwrap();
    assert_eq!(later.body(Op::PutObject).unwrap_err(), LocalFault::FolderGone);
}

/// Another folder takes the place of the chosen one, with a file of the same name, size and time.
#[cfg(unix)]
#[tokio::test]
async fn nothing_is_sent_of_a_folder_that_took_the_place_of_the_chosen_one() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, readers, row) = sending(dir.path());
    with_parts(&journal, &row, 2);
    let before = Sendable::in_slot(&Slot::default(), &readers, &row, ITEM).await.unwrap();
    let first = Op::UploadPart(PartNumber::FIRST);
    let (sent, _) = before.body(first).unwrap().unwrap();
    let (private, away) = (dir.path().join("private"), dir.path().join("away"));
    std::fs::create_dir(&private).unwrap();
    let secret = File::create(private.join("file 1.txt")).unwrap();
    secret.set_len(PART * 2).unwrap();
    secret.set_modified(sent.file.metadata().unwrap().modified().unwrap()).unwrap();
    std::fs::rename(&row.folder, &away).unwrap();
    std::os::unix::fs::symlink(&private, &row.folder).unwrap();
    // What was opened before is not there any more.
    assert_eq!(before.body(first).unwrap_err(), LocalFault::FolderGone);
    // Opened by its path, it is another: its file is read, and is not what was hashed.
    let after = Sendable::in_slot(&Slot::default(), &readers, &row, ITEM).await.unwrap();
    assert_eq!(after.body(first).unwrap_err(), LocalFault::FileChanged);
    std::fs::remove_file(&row.folder).unwrap();
    std::fs::rename(&away, &row.folder).unwrap();
    assert!(after.body(first).is_ok());
}

/// Opening a pipe would block, and a link could lead out of the folder.
#[cfg(unix)]
#[tokio::test]
async fn a_pipe_or_link_in_place_of_a_file_is_neither_waited_for_nor_sent() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, readers, row) = sending(dir.path());
    with_parts(&journal, &row, 2);
    let sendable = Sendable::in_slot(&Slot::default(), &readers, &row, ITEM).await.unwrap();
    let (file, away) = (row.folder.join("file 1.txt"), dir.path().join("away"));
    std::fs::rename(&file, &away).unwrap();
    std::os::unix::fs::symlink(&away, &file).unwrap();
    let body = || sendable.body(Op::UploadPart(PartNumber::FIRST)).unwrap_err();
    assert_eq!(body(), LocalFault::FileChanged);
    std::fs::remove_file(&file).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    assert_eq!(body(), LocalFault::FileChanged);
}

#[test]
fn damage_of_the_journal_is_reported_as_such_and_not_as_a_fault_of_the_program() {
    let damage = JournalError::Corrupt { file: "journal.sqlite".into(), detail: "torn".to_owned() };
    assert!(matches!(unread(damage), LocalFault::Impossible(Code::JournalCorrupt, detail) if detail.contains("torn")));
    assert_eq!(unread(JournalError::TooManyOpen("24".to_owned())), LocalFault::TooManyOpen("24".to_owned()));
    assert_eq!(unread(JournalError::DiskFull), LocalFault::Blocked(WaitReason::DiskFull));
}
