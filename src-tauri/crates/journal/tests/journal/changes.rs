//! The rules of every change, and that each survives a new start.

use waybill_journal::{
    Change, Count, Journal, JournalError, NewItem, NewTransfer, PartRow, Reader, SendRow, UploadRow, Write,
};
use waybill_model::service::{Body, Closing, KeyFrom, Opening, Permit, Scheme, UploadWay};
use waybill_model::{
    Acknowledgement, CheckProgress, Code, Crc64Nvme, ItemId, ItemRecord, ItemState, ObjectKey, PartPlan, Phase, Record,
    StatusValue, Target, Timestamp, TransferRecord,
};

use crate::samples::{
    MIB, etag, file_id, found, hashed, identity, left_out, new_journal, new_transfer, part, path, ready, transfer_id,
    write, write_to,
};

const ITEM: ItemId = ItemId(0);

fn assert_refused(result: &Result<(), JournalError>) {
    assert!(matches!(result, Err(JournalError::Internal(_))), "{result:?}");
}

fn row(journal: &Journal, item: ItemId) -> waybill_journal::ItemRow {
    journal.reader().unwrap().item(transfer_id(1), item).unwrap().unwrap()
}

fn totals(journal: &Journal) -> waybill_journal::Totals {
    journal.reader().unwrap().totals(transfer_id(1)).unwrap()
}

fn acknowledged(item: ItemId) -> Change {
    Record::Item(
        item,
        ItemRecord::Acknowledged { how: Acknowledgement::Reply, etag: Some(etag("e")), key: None, at: Timestamp(5) },
    )
    .into()
}

fn upload_started(id: &str) -> Change {
    Record::Item(ITEM, ItemRecord::UploadStarted { upload_id: id.into(), abort_at: Some(Timestamp(77)) }).into()
}

fn part_acknowledged(number: u16, tag: &str) -> Change {
    Record::Item(ITEM, ItemRecord::PartAcknowledged { part: part(number), etag: etag(tag) }).into()
}

/// What there is to send, of which there is one item.
fn to_send(journal: &Journal) -> SendRow {
    let rows = journal.reader().unwrap().to_send(transfer_id(1), None, 10).unwrap();
    assert_eq!(rows.len(), 1);
    rows.into_iter().next().unwrap()
}

#[test]
fn a_transfer_is_restored_as_it_was_created_and_last_changed() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    let made = new_transfer(1);
    let fresh = journal.reader().unwrap().transfer(transfer_id(1)).unwrap().unwrap();
    assert_eq!((fresh.phase, fresh.paused, fresh.given_up), (Phase::Walking, false, false));
    assert_eq!((fresh.start_intended, fresh.finished, fresh.checks), (None, None, None));
    let mut checks = CheckProgress { total_files: 3, antivirus: 2, all_succeeded: true, ..Default::default() };
    checks.statuses.upload = Some(StatusValue::CompletedWithIssues);
    checks.statuses.other_in_progress = true;
    let changes = [
        TransferRecord::Phase(Phase::BeingChecked).into(),
        TransferRecord::Paused(true).into(),
        TransferRecord::GivenUp.into(),
        TransferRecord::AcceptedLeftOut(3).into(),
        TransferRecord::StartIntended(Timestamp(1)).into(),
        TransferRecord::RegisterIntended(Timestamp(2)).into(),
        Change::HandedOver(Timestamp(3)),
        Change::Checks(checks),
        Change::Finished { at: Timestamp(4), receipt_dir: Some("/srv/receipts".into()) },
        Change::LastHold(Some("offline".to_owned())),
    ];
    write(&journal, changes).unwrap();
    drop(journal);
    let row = Reader::open(dir.path()).unwrap().unwrap().transfer(transfer_id(1)).unwrap().unwrap();
    assert_eq!((row.id, row.created, &row.service), (made.id, made.created, &made.service));
    assert_eq!((&row.person, &row.target, row.parts), (&made.person, &made.target, made.parts));
    assert_eq!(row.way, made.way);
    assert_eq!((&row.folder, &row.folder_name), (&made.folder, &made.folder_name));
    assert_eq!((row.program_version, row.website), (made.program_version, made.website));
    assert_eq!((row.phase, row.paused, row.given_up, row.accepted_left_out), (Phase::BeingChecked, true, true, 3));
    assert_eq!((row.start_intended, row.register_intended), (Some(Timestamp(1)), Some(Timestamp(2))));
    assert_eq!((row.handed_over, row.finished), (Some(Timestamp(3)), Some(Timestamp(4))));
    assert_eq!((row.checks, row.receipt_dir), (Some(checks), Some("/srv/receipts".into())));
    assert_eq!(row.last_hold.as_deref(), Some("offline"));
    let journal = Journal::open(dir.path(), "test").unwrap();
    write(
        &journal,
        [TransferRecord::StartNotDone.into(), TransferRecord::RegisterNotDone.into(), Change::LastHold(None)],
    )
    .unwrap();
    let row = journal.reader().unwrap().transfer(transfer_id(1)).unwrap().unwrap();
    assert_eq!((row.start_intended, row.register_intended, row.last_hold), (None, None, None));
}

#[test]
fn a_hold_in_the_words_of_an_earlier_version_is_read_in_those_of_today() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    write(&journal, [Change::LastHold(Some("cookies_refused".to_owned()))]).unwrap();
    let row = journal.reader().unwrap().transfer(transfer_id(1)).unwrap().unwrap();
    assert_eq!(row.last_hold.as_deref(), Some("permit_refused"));
}

#[test]
fn a_transfer_keeps_its_way_and_a_folder_target_is_read_as_it_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path(), "test").unwrap();
    let way = UploadWay {
        permit: Permit::Token { header: "authorization".to_owned(), scheme: Scheme::Raw },
        body: Body::Whole { max_bytes: 1_000 },
        key: KeyFrom::Local { prefix: "in/".to_owned() },
        opening: Opening::None,
        closing: Closing::None,
        ..UploadWay::tdr()
    };
    let made = NewTransfer { way: way.clone(), target: Target::Folder, ..new_transfer(1) };
    write(&journal, [Change::New(Box::new(made))]).unwrap();
    let row = journal.reader().unwrap().transfer(transfer_id(1)).unwrap().unwrap();
    assert_eq!((&row.way, &row.target, row.destination()), (&way, &Target::Folder, "tdr"));
}

#[test]
fn the_key_that_the_store_named_is_kept_with_its_item() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[10, 10]);
    let named = |key| {
        let (how, key) = (Acknowledgement::Reply, Some(ObjectKey::from(key)));
        Change::from(Record::Item(ITEM, ItemRecord::Acknowledged { how, etag: None, key, at: Timestamp(5) }))
    };
    write(&journal, [named("r/first"), named("r/second"), acknowledged(ItemId(1))]).unwrap();
    assert_eq!(row(&journal, ITEM).stored_key, Some("r/first".into()), "the first acknowledgement stays");
    assert_eq!(row(&journal, ItemId(1)).stored_key, None);
}

#[test]
fn a_change_to_an_unknown_transfer_or_item_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    assert_refused(&write_to(&journal, 2, [TransferRecord::Paused(true).into()]));
    assert_refused(&write_to(&journal, 2, [Change::Remove]));
    let nobody = [
        Change::LeaveOut { item: ITEM, code: Code::Locked },
        Change::Hashed(vec![hashed(0, 1, 1)]),
        Change::FileIds(vec![(ITEM, file_id(1))]),
        Record::Item(ITEM, ItemRecord::PutAttempted).into(),
        upload_started("u"),
        part_acknowledged(1, "e"),
        Record::Item(ITEM, ItemRecord::CompletionAttempted).into(),
        Record::Item(ITEM, ItemRecord::UploadAbandoned).into(),
        Record::Item(ITEM, ItemRecord::PartsForgotten).into(),
        acknowledged(ITEM),
        Record::Item(ITEM, ItemRecord::SetAside(Code::Locked)).into(),
    ];
    for change in nobody {
        assert_refused(&write(&journal, [change]));
    }
}

#[test]
fn a_list_of_writes_is_applied_wholly_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    let add = Change::AddItems(vec![found(0, "Records/a", 5), found(1, "Records/b", 5)]);
    assert_refused(&write(
        &journal,
        [add.clone(), TransferRecord::Paused(true).into(), Record::Item(ItemId(9), ItemRecord::PutAttempted).into()],
    ));
    assert_eq!(totals(&journal).found, Count::default());
    assert!(!journal.reader().unwrap().transfer(transfer_id(1)).unwrap().unwrap().paused);
    write(&journal, [add.clone(), TransferRecord::Paused(true).into()]).unwrap();
    assert_refused(&write(&journal, [add]));
    assert_eq!(totals(&journal).found, Count { items: 2, bytes: 10 });
}

#[test]
fn one_list_may_change_several_transfers_and_all_counts_stay_right() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    let add = |n: u64| Change::AddItems(vec![found(n, &format!("Records/{n}"), 10)]);
    let (one, two) = (transfer_id(1), transfer_id(2));
    let writes = vec![
        Write::new(two, Change::New(Box::new(new_transfer(2)))),
        Write::new(one, add(0)),
        Write::new(two, add(0)),
        Write::new(one, add(1)),
    ];
    journal.write_blocking(writes).unwrap();
    let reader = journal.reader().unwrap();
    assert_eq!(reader.totals(one).unwrap().found.items, 2);
    assert_eq!(reader.totals(two).unwrap().found.items, 1);
}

#[test]
fn a_transfer_is_created_once_and_removed_with_all_its_data() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[20 * MIB]);
    assert_refused(&write(&journal, [Change::New(Box::new(new_transfer(1)))]));
    assert_refused(&write_to(&journal, 2, [Change::New(Box::new(new_transfer(3)))]));
    write(&journal, [Change::AddFolders(vec![path("Records/x")]), upload_started("u"), part_acknowledged(1, "e")])
        .unwrap();
    write(&journal, [Change::Remove]).unwrap();
    assert_eq!(journal.reader().unwrap().transfers().unwrap(), []);
    assert!(matches!(journal.reader().unwrap().totals(transfer_id(1)), Err(JournalError::Internal(_))));
    write(&journal, [Change::New(Box::new(new_transfer(1)))]).unwrap();
    let reader = journal.reader().unwrap();
    assert_eq!(totals(&journal), waybill_journal::Totals::default());
    assert_eq!(reader.item(transfer_id(1), ITEM).unwrap(), None);
    reader.empty_folders(transfer_id(1), &mut |folder| panic!("{folder} is still there")).unwrap();
}

#[test]
fn new_items_are_found_or_left_out_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    for state in [ItemState::Ready, ItemState::SetAside(Code::Locked), ItemState::Sent(Acknowledgement::Reply)] {
        assert_refused(&write(&journal, [Change::AddItems(vec![NewItem { state, ..found(0, "Records/a", 1) }])]));
    }
    write(&journal, [Change::AddItems(vec![left_out(0, "Records/a", 1)])]).unwrap();
    assert_eq!(row(&journal, ITEM).state, ItemState::LeftOut(Code::EmptyFile));
    assert_refused(&write(&journal, [Change::Hashed(vec![hashed(0, 1, 1)])]));
    assert_refused(&write(&journal, [Record::Item(ITEM, ItemRecord::SetAside(Code::Locked)).into()]));
    assert_refused(&write(&journal, [acknowledged(ITEM)]));
}

#[test]
fn a_walk_can_start_again_until_something_may_be_registered() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[5, 20 * MIB]);
    write(&journal, [TransferRecord::Phase(Phase::Hashing).into(), Change::ForgetWalk]).unwrap();
    assert_eq!(totals(&journal), waybill_journal::Totals::default());
    let again = [
        Change::AddItems(vec![found(0, "Records/other", 5)]),
        Change::Hashed(vec![hashed(0, 5, 1)]),
        TransferRecord::RegisterIntended(Timestamp(1)).into(),
    ];
    write(&journal, again).unwrap();
    let reader = journal.reader().unwrap();
    assert_eq!(reader.item_by_path(transfer_id(1), &path("Records/1")).unwrap(), None);
    assert_refused(&write(&journal, [Change::ForgetWalk]));
    write(&journal, [TransferRecord::RegisterNotDone.into(), Change::FileIds(vec![(ITEM, file_id(1))])]).unwrap();
    assert_refused(&write(&journal, [Change::ForgetWalk]));
    assert_eq!(totals(&journal).ready.items, 1);
}

#[test]
fn a_hashed_item_must_add_up() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    write(&journal, [Change::AddItems(vec![found(0, "Records/a", 40 * MIB)])]).unwrap();
    let good = hashed(0, 40 * MIB, 1);
    let mut too_few = good.clone();
    too_few.crcs.pop();
    let other_size = waybill_journal::HashedItem { identity: identity(3), ..good.clone() };
    let plan = PartPlan::Multipart { size: 40 * MIB, part_size: 8 * MIB, parts: 4 };
    let wrong_plan = waybill_journal::HashedItem { plan, crcs: good.crcs[..4].to_vec(), ..good.clone() };
    for wrong in [too_few, other_size, wrong_plan] {
        assert_refused(&write(&journal, [Change::Hashed(vec![wrong])]));
    }
    write(&journal, [Change::Hashed(vec![good.clone()])]).unwrap();
    let row = row(&journal, ITEM);
    assert_eq!((row.state, row.sha256, row.plan), (ItemState::Ready, Some(good.sha256), Some(good.plan)));
    let parts = journal.reader().unwrap().parts(transfer_id(1), ITEM).unwrap();
    assert_eq!(parts.iter().map(|part| part.crc).collect::<Vec<_>>(), good.crcs);
}

#[test]
fn an_item_hashed_again_counts_its_new_size_and_forgets_an_upload_of_other_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[20 * MIB]);
    write(&journal, [upload_started("u"), part_acknowledged(1, "e")]).unwrap();
    // Touched, but the same: what was sent is still good.
    let mut touched = hashed(0, 20 * MIB, 1);
    touched.identity.modified_ns = 12;
    write(&journal, [Change::Hashed(vec![touched])]).unwrap();
    assert_eq!(row(&journal, ITEM).identity.modified_ns, 12);
    assert_eq!(to_send(&journal).upload.unwrap().acknowledged, [part(1)]);
    assert_eq!(totals(&journal).part_bytes, 8 * MIB);
    write(&journal, [Change::Hashed(vec![hashed(0, 30 * MIB, 2)])]).unwrap();
    assert_eq!(to_send(&journal).upload, None);
    let totals = totals(&journal);
    assert_eq!((totals.ready, totals.part_bytes), (Count { items: 1, bytes: 30 * MIB }, 0));
}

#[test]
fn a_registered_item_keeps_its_checksum() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[5]);
    write(&journal, [Change::FileIds(vec![(ITEM, file_id(1))])]).unwrap();
    assert_refused(&write(&journal, [Change::Hashed(vec![hashed(0, 5, 2)])]));
    assert_refused(&write(&journal, [Change::LeaveOut { item: ITEM, code: Code::Locked }]));
    write(&journal, [Change::Hashed(vec![hashed(0, 5, 1)])]).unwrap();
    assert_eq!(row(&journal, ITEM).file_id, Some(file_id(1)));
}

#[test]
fn a_file_id_belongs_to_one_item_and_an_item_to_one_file_id() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[5, 6]);
    write(&journal, [Change::AddItems(vec![found(2, "Records/unhashed", 1)])]).unwrap();
    assert_eq!(totals(&journal).unmatched, 2);
    let ids = |item: u64, id: u128| [Change::FileIds(vec![(ItemId(item), file_id(id))])];
    write(&journal, ids(0, 1)).unwrap();
    write(&journal, ids(0, 1)).unwrap();
    assert_refused(&write(&journal, ids(0, 2)));
    assert_refused(&write(&journal, ids(1, 1)));
    assert_refused(&write(&journal, ids(2, 3)));
    let reader = journal.reader().unwrap();
    assert_eq!(reader.unmatched(transfer_id(1)).unwrap(), 1);
    assert_eq!(row(&journal, ITEM).file_id, Some(file_id(1)));
}

#[test]
fn an_attempted_put_is_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[5]);
    assert!(!to_send(&journal).put_attempted);
    write(&journal, [Record::Item(ITEM, ItemRecord::PutAttempted).into()]).unwrap();
    drop(journal);
    let journal = Journal::open(dir.path(), "test").unwrap();
    assert!(to_send(&journal).put_attempted && row(&journal, ITEM).put_attempted);
    write(&journal, [acknowledged(ITEM)]).unwrap();
    assert_refused(&write(&journal, [Record::Item(ITEM, ItemRecord::PutAttempted).into()]));
}

#[test]
fn an_attempt_that_found_the_key_taken_is_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[5]);
    for (code, kept) in [(Code::StoreFailed, true), (Code::ObjectExists, false)] {
        write(
            &journal,
            [
                Record::Item(ITEM, ItemRecord::PutAttempted).into(),
                Record::Item(ITEM, ItemRecord::SetAside(code)).into(),
            ],
        )
        .unwrap();
        write(&journal, [TransferRecord::AllBackInQueue.into()]).unwrap();
        assert_eq!(to_send(&journal).put_attempted, kept, "{code}");
    }
}

#[test]
fn acknowledged_parts_keep_their_order_and_etags_and_count_by_their_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[20 * MIB]);
    assert_refused(&write(&journal, [part_acknowledged(1, "e")]));
    write(&journal, [upload_started("u"), part_acknowledged(3, "c"), part_acknowledged(1, "a")]).unwrap();
    write(&journal, [part_acknowledged(1, "a2")]).unwrap();
    assert_refused(&write(&journal, [part_acknowledged(4, "d")]));
    drop(journal);
    let journal = Journal::open(dir.path(), "test").unwrap();
    let upload =
        UploadRow { abort_at: Some(Timestamp(77)), acknowledged: vec![part(1), part(3)], completion_attempted: false };
    assert_eq!(to_send(&journal).upload, Some(upload));
    assert_eq!(totals(&journal).part_bytes, 12 * MIB);
    let row = |number: u16, tag: Option<&str>| PartRow {
        part: part(number),
        crc: Crc64Nvme(u64::from(number - 1) << 8 | 1),
        etag: tag.map(etag),
    };
    let parts = journal.reader().unwrap().parts(transfer_id(1), ITEM).unwrap();
    assert_eq!(parts, [row(1, Some("a2")), row(2, None), row(3, Some("c"))]);
}

#[test]
fn a_completion_is_not_attempted_before_the_last_part_is_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[20 * MIB]);
    assert_refused(&write(&journal, [Record::Item(ITEM, ItemRecord::CompletionAttempted).into()]));
    write(&journal, [upload_started("u"), part_acknowledged(1, "a"), part_acknowledged(3, "c")]).unwrap();
    assert_refused(&write(&journal, [Record::Item(ITEM, ItemRecord::CompletionAttempted).into()]));
    write(&journal, [part_acknowledged(2, "b"), Record::Item(ITEM, ItemRecord::CompletionAttempted).into()]).unwrap();
    let row = to_send(&journal);
    assert!(row.completion_attempted && row.upload.unwrap().completion_attempted);
}

#[test]
fn abandoning_an_upload_keeps_that_its_completion_was_attempted() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[20 * MIB]);
    let parts = (1..=3).map(|number| part_acknowledged(number, "e"));
    let changes = std::iter::once(upload_started("u")).chain(parts);
    write(
        &journal,
        changes.chain([
            Record::Item(ITEM, ItemRecord::CompletionAttempted).into(),
            Record::Item(ITEM, ItemRecord::UploadAbandoned).into(),
        ]),
    )
    .unwrap();
    let row = to_send(&journal);
    assert_eq!((row.upload, row.completion_attempted), (None, true));
    assert_eq!(totals(&journal).part_bytes, 0);
    write(
        &journal,
        [Record::Item(ITEM, ItemRecord::UploadAbandoned).into(), upload_started("v"), part_acknowledged(2, "f")],
    )
    .unwrap();
    let row = to_send(&journal);
    let upload = row.upload.unwrap();
    assert_eq!((upload.acknowledged, upload.completion_attempted), (vec![part(2)], false));
    assert!(row.completion_attempted);
}

#[test]
fn a_new_upload_inherits_no_parts() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[20 * MIB]);
    write(&journal, [upload_started("u"), part_acknowledged(1, "e"), upload_started("v")]).unwrap();
    assert_eq!(to_send(&journal).upload.unwrap().acknowledged, []);
    assert_eq!(totals(&journal).part_bytes, 0);
    assert_eq!(row(&journal, ITEM).upload_id, Some("v".into()));
}

#[test]
fn forgetting_parts_keeps_the_upload() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[20 * MIB]);
    write(
        &journal,
        [upload_started("u"), part_acknowledged(1, "e"), Record::Item(ITEM, ItemRecord::PartsForgotten).into()],
    )
    .unwrap();
    assert_eq!(to_send(&journal).upload.unwrap().acknowledged, []);
    assert_eq!(row(&journal, ITEM).upload_id, Some("u".into()));
}

#[test]
fn a_whole_file_has_one_part_and_no_upload() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[5]);
    assert_refused(&write(&journal, [upload_started("u")]));
    let parts = journal.reader().unwrap().parts(transfer_id(1), ITEM).unwrap();
    assert_eq!(parts, [PartRow { part: part(1), crc: Crc64Nvme(1), etag: None }]);
}

#[test]
fn the_first_acknowledgement_of_an_item_is_final() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[20 * MIB]);
    write(&journal, [upload_started("u"), part_acknowledged(1, "e"), acknowledged(ITEM)]).unwrap();
    let how = Acknowledgement::ExistsAfterOwnAttempt;
    write(
        &journal,
        [Record::Item(ITEM, ItemRecord::Acknowledged { how, etag: None, key: None, at: Timestamp(9) }).into()],
    )
    .unwrap();
    let row = row(&journal, ITEM);
    assert_eq!(row.state, ItemState::Sent(Acknowledgement::Reply));
    assert_eq!((row.etag, row.acknowledged_at), (Some(etag("e")), Some(Timestamp(5))));
    let totals = totals(&journal);
    assert_eq!((totals.sent, totals.part_bytes), (Count { items: 1, bytes: 20 * MIB }, 0));
    assert_eq!(totals.progress().bytes_done, 20 * MIB);
    for change in [
        Record::Item(ITEM, ItemRecord::SetAside(Code::FileGone)).into(),
        Change::LeaveOut { item: ITEM, code: Code::FileGone },
        Change::Hashed(vec![hashed(0, 20 * MIB, 1)]),
        Record::Item(ITEM, ItemRecord::UploadAbandoned).into(),
        part_acknowledged(2, "late"),
    ] {
        assert_refused(&write(&journal, [change]));
    }
}

#[test]
fn items_set_aside_go_back_to_their_earlier_state() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[20 * MIB, 5]);
    let aside = |item: u64, code| Record::Item(ItemId(item), ItemRecord::SetAside(code)).into();
    let unhashed = Change::AddItems(vec![found(2, "Records/2", 7)]);
    write(&journal, [unhashed, upload_started("u"), part_acknowledged(1, "e")]).unwrap();
    write(&journal, [aside(0, Code::Locked), aside(1, Code::FileGone), aside(2, Code::Unreadable)]).unwrap();
    let counts = totals(&journal);
    assert_eq!((counts.set_aside.items, counts.part_bytes, counts.unmatched), (3, 0, 0));
    assert_eq!(row(&journal, ITEM).state, ItemState::SetAside(Code::Locked));
    // A reply that was on its way when the item was set aside is as true as any.
    write(&journal, [part_acknowledged(2, "late"), acknowledged(ItemId(1))]).unwrap();
    write(&journal, [TransferRecord::AllBackInQueue.into()]).unwrap();
    let counts = totals(&journal);
    assert_eq!((counts.ready.items, counts.sent.items, counts.found.items), (1, 1, 1));
    assert_eq!((counts.set_aside, counts.part_bytes), (Count::default(), 16 * MIB));
    assert_eq!(to_send(&journal).upload.unwrap().acknowledged, [part(1), part(2)]);
}

#[test]
fn more_items_can_go_back_into_the_queue_than_fit_on_one_page() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    let items = (0..2_500).map(|n| found(n, &format!("Records/{n}"), 1)).collect();
    write(&journal, [Change::AddItems(items)]).unwrap();
    write(&journal, (0..2_500).map(|n| Record::Item(ItemId(n), ItemRecord::SetAside(Code::FolderGone)).into()))
        .unwrap();
    assert_eq!(totals(&journal).set_aside.items, 2_500);
    write(&journal, [TransferRecord::AllBackInQueue.into()]).unwrap();
    assert_eq!(totals(&journal).found, Count { items: 2_500, bytes: 2_500 });
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_from_many_tasks_each_get_their_own_answer() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    let tasks = (0..200_u64).map(|n| {
        let journal = journal.clone();
        tokio::spawn(async move {
            // Every tenth is for an item that is not there.
            let change = match n % 10 {
                0 => Record::Item(ItemId(n), ItemRecord::PutAttempted).into(),
                _ => Change::AddItems(vec![found(n, &format!("Records/{n}"), 1)]),
            };
            (n, journal.write(vec![Write::new(transfer_id(1), change)]).await)
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        let (n, result) = task.await.unwrap();
        assert_eq!(result.is_ok(), n % 10 != 0, "{n}: {result:?}");
    }
    assert_eq!(totals(&journal).found.items, 180);
    journal.close().await.unwrap();
}

#[tokio::test]
async fn closing_frees_the_folder_and_ends_writing_for_all_clones() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    let clone = journal.clone();
    journal.close().await.unwrap();
    assert!(!dir.path().join("journal.sqlite-wal").exists());
    let next = Journal::open(dir.path(), "next").unwrap();
    let result = clone.write(vec![Write::new(transfer_id(1), TransferRecord::Paused(true))]).await;
    assert_eq!(result, Err(JournalError::Internal("the journal is closed".to_owned())));
    drop(clone);
    write(&next, [TransferRecord::Paused(true).into()]).unwrap();
}

#[tokio::test]
async fn closing_while_a_reader_works_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    let reader = journal.reader().unwrap();
    let mut seen = 0;
    write(&journal, [Change::AddItems((0..10).map(|n| found(n, &format!("Records/{n}"), 1)).collect())]).unwrap();
    let mut journal = Some(journal);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let all = waybill_journal::ItemFilter::ALL;
        reader
            .each_item(transfer_id(1), all, &mut |_| {
                if let Some(journal) = journal.take() {
                    runtime.block_on(journal.close()).unwrap();
                }
                seen += 1;
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(seen, 10);
    })
    .await
    .unwrap();
    let journal = Journal::open(dir.path(), "next").unwrap();
    assert_eq!(totals(&journal).found.items, 10);
}

#[test]
fn a_folder_that_moves_is_found_where_it_is_and_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    let row = || journal.reader().unwrap().transfer(transfer_id(1)).unwrap().unwrap();
    let first = row().folder;
    assert_eq!(row().folder_key, None);
    let key = |file| Some(waybill_model::FileKey { volume: u64::MAX, file });
    write(&journal, [Change::FolderKey(key(1))]).unwrap();
    assert_eq!(row().folder_key, key(1));
    for (number, at) in [(2, 20), (3, 30)] {
        let folder = std::path::PathBuf::from(format!("/media/{number}/Records"));
        write(&journal, [Change::Moved { folder, key: key(number), at: Timestamp(at) }]).unwrap();
    }
    assert_eq!((row().folder.to_str(), row().folder_key), (Some("/media/3/Records"), key(3)));
    let former = journal.reader().unwrap().former_folders(transfer_id(1)).unwrap();
    let former: Vec<_> = former.into_iter().map(|former| (former.folder, former.until)).collect();
    assert_eq!(former, [(first, Timestamp(20)), ("/media/2/Records".into(), Timestamp(30))]);
    write(&journal, [Change::Remove]).unwrap();
    assert_eq!(journal.reader().unwrap().transfers().unwrap(), []);
}
