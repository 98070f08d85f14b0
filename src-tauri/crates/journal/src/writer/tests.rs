use std::path::Path;
use std::sync::{Arc, Mutex};

use uuid::Uuid;
use waybill_model::service::UploadWay;
use waybill_model::{
    Consignment, ConsignmentId, ConsignmentStatuses, Identity, ItemId, ItemRecord, ItemState, PartRules, Person, Phase,
    Record, RelPath, Target, Timestamp, TransferId, TransferRecord, UserId,
};

use super::*;
use crate::change::{Change, NewItem, NewTransfer};
use crate::reader::Reader;

const TRANSFER: TransferId = TransferId(Uuid::from_u128(1));

/// A writer whose commits are called by hand, with one transfer in its journal.
fn writer(dir: &Path) -> Writer {
    let lock = OwnerLock::take(dir, "test").unwrap();
    let mut writer = Writer::new(dir.to_owned(), file::open_for_writing(dir).unwrap(), lock);
    let begin = Change::New(Box::new(NewTransfer {
        id: TRANSFER,
        created: Timestamp(0),
        service: "tdr".to_owned(),
        website: None,
        person: Person {
            user_id: UserId(Uuid::from_u128(2)),
            name: "Ada".to_owned(),
            email: None,
            body: None,
            standard_user: true,
            judgment_user: false,
        },
        way: UploadWay::tdr(),
        target: Target::Consignment(Consignment {
            id: ConsignmentId(Uuid::from_u128(3)),
            reference: "TDR-2026-ABC".into(),
            series: None,
            created: None,
            judgment: false,
            exported: false,
            total_files: 0,
            statuses: ConsignmentStatuses::default(),
        }),
        folder: "Records".into(),
        folder_name: "Records".to_owned(),
        parts: PartRules::default(),
        program_version: "0".to_owned(),
    }));
    assert_eq!(commit(&mut writer, vec![vec![begin]]), [Ok(())]);
    writer
}

/// Commits these lists as one group and gives everybody's answer.
fn commit(writer: &mut Writer, group: Vec<Vec<Change>>) -> Vec<Result<(), JournalError>> {
    let answers = Arc::new(Mutex::new(Vec::new()));
    let jobs = group.into_iter().map(|changes| {
        let answers = Arc::clone(&answers);
        Job {
            writes: changes.into_iter().map(|change| Write::new(TRANSFER, change)).collect(),
            answer: Box::new(move |answer| answers.lock().unwrap().push(answer)),
        }
    });
    let jobs = jobs.collect();
    writer.commit(jobs);
    Arc::into_inner(answers).unwrap().into_inner().unwrap()
}

fn items(range: std::ops::Range<u64>) -> Change {
    let item = |n: u64| NewItem {
        item: ItemId(n),
        path: RelPath::new(format!("Records/a path that is long enough to fill pages/{n}")).unwrap(),
        identity: Identity { size: 10, modified_ns: 0, file_key: None },
        state: ItemState::Found,
    };
    Change::AddItems(range.map(item).collect())
}

fn found(dir: &Path) -> u64 {
    Reader::open(dir).unwrap().unwrap().totals(TRANSFER).unwrap().found.items
}

fn allow_pages(writer: &Writer, more: u32) {
    let conn = writer.conn.as_ref().unwrap();
    let pages: u32 = conn.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    conn.pragma_update_and_check(None, "max_page_count", pages + more, |row| row.get::<_, u32>(0)).unwrap();
}

#[test]
fn a_bad_list_fails_alone_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(dir.path());
    let bad = vec![items(100..200), Record::Item(ItemId(9_999), ItemRecord::PutAttempted).into()];
    let answers = commit(&mut writer, vec![vec![items(0..1)], bad, vec![items(1..3)]]);
    assert!(matches!(answers.as_slice(), [Ok(()), Err(JournalError::Internal(_)), Ok(())]), "{answers:?}");
    assert_eq!(found(dir.path()), 3);
}

#[test]
fn a_later_list_sees_what_an_earlier_one_of_its_group_wrote() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(dir.path());
    let aside = Record::Item(ItemId(0), ItemRecord::SetAside(waybill_model::Code::Locked)).into();
    assert_eq!(commit(&mut writer, vec![vec![items(0..2)], vec![aside]]), [Ok(()), Ok(())]);
    assert_eq!(found(dir.path()), 1);
}

#[test]
fn on_a_full_disk_what_fits_is_written_and_the_rest_can_be_retried() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(dir.path());
    allow_pages(&writer, 20);
    let group = vec![vec![items(0..1)], vec![items(1..5_000)], vec![TransferRecord::Phase(Phase::Checked).into()]];
    assert_eq!(commit(&mut writer, group), [Ok(()), Err(JournalError::DiskFull), Ok(())]);
    assert_eq!(found(dir.path()), 1);
    assert_eq!(commit(&mut writer, vec![vec![items(1..5_000)]]), [Err(JournalError::DiskFull)]);
    assert_eq!(commit(&mut writer, vec![vec![TransferRecord::Paused(true).into()]]), [Ok(())]);
    allow_pages(&writer, 10_000);
    assert_eq!(commit(&mut writer, vec![vec![items(1..5_000)]]), [Ok(())]);
    assert_eq!(found(dir.path()), 5_000);
    assert_eq!(writer.end(), Ok(()));
}

#[test]
fn after_a_disk_failure_the_next_write_reopens_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(dir.path());
    let failed = Err(JournalError::Unusable { dir: dir.path().to_owned(), detail: "fsync".to_owned() });
    let conn = writer.conn.take().unwrap();
    writer.keep(conn, &failed);
    assert!(writer.conn.is_none());
    assert_eq!(commit(&mut writer, vec![vec![items(0..7)]]), [Ok(())]);
    assert_eq!(found(dir.path()), 7);
}

#[test]
fn a_journal_deleted_under_the_writer_is_not_recreated() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(dir.path());
    leave_as_is(writer.conn.take().unwrap());
    for suffix in ["", "-wal", "-shm"] {
        drop(std::fs::remove_file(file::with_suffix(&file::path_in(dir.path()), suffix)));
    }
    let answers = commit(&mut writer, vec![vec![items(0..1)]]);
    assert!(matches!(answers.as_slice(), [Err(JournalError::Unusable { .. })]), "{answers:?}");
    assert!(!file::path_in(dir.path()).exists());
}

#[test]
fn after_damage_nothing_more_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(dir.path());
    let damage = JournalError::Corrupt { file: file::path_in(dir.path()), detail: "malformed".to_owned() };
    let conn = writer.conn.take().unwrap();
    writer.keep(conn, &Err(damage.clone()));
    let answers = commit(&mut writer, vec![vec![items(0..1)], vec![TransferRecord::Paused(true).into()]]);
    assert_eq!(answers, [Err(damage.clone()), Err(damage.clone())]);
    assert_eq!(found(dir.path()), 0);
    assert_eq!(writer.end(), Err(damage));
}
