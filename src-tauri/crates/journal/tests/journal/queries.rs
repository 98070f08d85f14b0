//! What can be asked.

use std::ops::ControlFlow;

use waybill_journal::{Change, FailedCheck, ItemFilter, Journal, Matching, Reader, StateKind};
use waybill_model::{
    Acknowledgement, Code, Finding, FindingKind, ItemId, ItemRecord, Phase, Record, RelPath, Timestamp, TransferId,
    TransferRecord, UploadId,
};

use crate::samples::{
    MIB, etag, file_id, found, hashed, left_out, new_journal, new_transfer, path, ready, transfer_id, write,
};

const ID: TransferId = transfer_id_1();

const fn transfer_id_1() -> TransferId {
    TransferId(uuid::Uuid::from_u128(1))
}

fn with_items(dir: &std::path::Path, paths: &[&str]) -> (Journal, Reader) {
    let journal = new_journal(dir);
    let items = paths.iter().zip(0..).map(|(path, n)| found(n, path, 1));
    write(&journal, [Change::AddItems(items.collect())]).unwrap();
    let reader = journal.reader().unwrap();
    (journal, reader)
}

fn pairs(reader: &Reader) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    reader.same_names(ID, &mut |one, other| pairs.push((one.into(), other.into()))).unwrap();
    pairs.sort();
    pairs
}

fn empty(reader: &Reader) -> Vec<String> {
    let mut folders = Vec::new();
    reader.empty_folders(ID, &mut |folder| folders.push(folder.into())).unwrap();
    folders
}

#[test]
fn transfers_come_newest_first() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    for n in [3, 2] {
        crate::samples::write_to(&journal, n, [Change::New(Box::new(new_transfer(n)))]).unwrap();
    }
    let ids: Vec<_> = journal.reader().unwrap().transfers().unwrap().into_iter().map(|row| row.id).collect();
    assert_eq!(ids, [transfer_id(3), transfer_id(2), transfer_id(1)]);
}

#[cfg(unix)]
#[test]
fn a_folder_with_a_non_unicode_name_is_stored_byte_for_byte() {
    use std::os::unix::ffi::OsStrExt as _;
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path(), "test").unwrap();
    let mut new = new_transfer(1);
    new.folder = std::ffi::OsStr::from_bytes(b"/srv/\xff\xfe\n").into();
    write(&journal, [Change::New(Box::new(new.clone()))]).unwrap();
    assert_eq!(journal.reader().unwrap().transfer(ID).unwrap().unwrap().folder, new.folder);
}

#[test]
fn pages_leave_no_gaps_and_hold_only_the_states_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let sizes = vec![5; 50];
    let journal = ready(dir.path(), &sizes);
    write(&journal, [Change::AddItems((50..60).map(|n| left_out(n, &format!("Records/{n}"), 0)).collect())]).unwrap();
    write(&journal, [Change::AddItems((60..70).map(|n| found(n, &format!("Records/{n}"), 0)).collect())]).unwrap();
    for n in (0..50).step_by(5) {
        let how = Acknowledgement::Reply;
        let change = Record::Item(
            ItemId(n),
            ItemRecord::Acknowledged { how, etag: Some(etag("e")), key: None, at: Timestamp(0) },
        )
        .into();
        write(&journal, [change, Record::Item(ItemId(n + 1), ItemRecord::SetAside(Code::Locked)).into()]).unwrap();
    }
    let reader = journal.reader().unwrap();
    let expected = |wanted: &dyn Fn(u64) -> bool| (0..70).filter(|n| wanted(*n)).map(ItemId).collect::<Vec<_>>();
    let cases: [(ItemFilter, Vec<ItemId>); 6] = [
        (ItemFilter::ALL, expected(&|_| true)),
        (ItemFilter::TO_BE_SENT, expected(&|n| !(50..60).contains(&n))),
        (StateKind::SetAside.into(), expected(&|n| n < 50 && n % 5 == 1)),
        (
            ItemFilter::of(&[StateKind::Sent, StateKind::LeftOut]),
            expected(&|n| n < 50 && n % 5 == 0 || (50..60).contains(&n)),
        ),
        (StateKind::Found.into(), expected(&|n| n >= 60)),
        (ItemFilter::default(), Vec::new()),
    ];
    for (filter, expected) in cases {
        let mut paged = Vec::new();
        loop {
            let page = reader.items(ID, filter, paged.last().copied(), 7).unwrap();
            assert!(page.len() <= 7);
            if page.is_empty() {
                break;
            }
            paged.extend(page.iter().map(|row| row.item));
        }
        assert_eq!(paged, expected, "{filter:?}");
        let mut streamed = Vec::new();
        reader
            .each_item(ID, filter, &mut |row| {
                streamed.push(row.item);
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(streamed, expected, "{filter:?}");
    }
    let to_send: Vec<_> = reader.to_send(ID, Some(ItemId(6)), 3).unwrap().into_iter().map(|row| row.item).collect();
    assert_eq!(to_send, [ItemId(7), ItemId(8), ItemId(9)]);
    let to_hash: Vec<_> = reader.to_hash(ID, None, 2).unwrap().into_iter().map(|row| row.item).collect();
    assert_eq!(to_hash, [ItemId(60), ItemId(61)]);
}

#[test]
fn a_stream_ends_when_it_is_interrupted() {
    let dir = tempfile::tempdir().unwrap();
    let (_journal, reader) = with_items(dir.path(), &["Records/a", "Records/b", "Records/c"]);
    let mut seen = 0;
    reader
        .each_item(ID, ItemFilter::ALL, &mut |_| {
            seen += 1;
            if seen == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    assert_eq!(seen, 2);
}

#[test]
fn an_item_is_found_by_its_exact_path_during_and_after_the_walk() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, reader) = with_items(dir.path(), &["Records/a.txt", "Records/A.txt", "Records/Ü"]);
    let find = |text: &str| reader.item_by_path(ID, &path(text)).unwrap().map(|row| row.item.0);
    for _ in ["walking", "checked"] {
        assert_eq!(find("Records/a.txt"), Some(0));
        assert_eq!(find("Records/A.txt"), Some(1));
        assert_eq!(find("Records/Ü"), Some(2));
        assert_eq!(find("Records/U\u{308}"), None);
        assert_eq!(find("Records/a.TXT"), None);
        write(&journal, [TransferRecord::Phase(Phase::Checked).into()]).unwrap();
    }
    write(&journal, [Change::AddItems(vec![found(3, "Records/late", 1)])]).unwrap();
    assert_eq!(find("Records/late"), Some(3));
}

#[test]
fn names_differing_only_in_case_or_unicode_form_are_paired() {
    let dir = tempfile::tempdir().unwrap();
    let names = [
        "Records/readme",
        "Records/README",
        "Records/Readme",
        "Records/sub/readme",
        "Records/\u{dc}ber",
        "Records/u\u{308}BER",
        "Records/uber",
        "RECORDS/alone",
        "Records/x.TXT",
        "Records/x.txt",
    ];
    let (journal, reader) = with_items(dir.path(), &names);
    // One of a pair that is left out does not affect the other.
    write(&journal, [Change::LeaveOut { item: ItemId(9), code: Code::RefusedFormat }]).unwrap();
    let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    let expected = [
        pair("Records/README", "Records/Readme"),
        pair("Records/README", "Records/readme"),
        pair("Records/u\u{308}BER", "Records/\u{dc}ber"),
    ];
    assert_eq!(pairs(&reader), expected);
    assert_eq!(pairs(&reader), expected, "the second time");
}

#[test]
fn a_folder_is_empty_if_nothing_in_or_below_it_is_to_be_sent() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, reader) =
        with_items(dir.path(), &["Records/full/a", "Records/mixed/b", "Records/mixed/c", "Records/out/d"]);
    let folders = [
        "Records",
        "Records/full",
        "Records/mixed",
        "Records/out",
        "Records/none",
        "Records/deep",
        "Records/deep/er",
        "Records/deep-er",
        "Records/fullest",
    ];
    let leave_out = |item: u64| Change::LeaveOut { item: ItemId(item), code: Code::EmptyFile };
    let added = Change::AddFolders(folders.map(path).to_vec());
    write(&journal, [added.clone(), added, leave_out(2), leave_out(3)]).unwrap();
    let expected = ["Records/deep-er", "Records/deep/er", "Records/fullest", "Records/none", "Records/out"];
    assert_eq!(empty(&reader), expected);
    assert_eq!(empty(&reader), expected, "the second time");
}

#[test]
fn a_folder_above_an_item_is_not_empty_even_if_those_between_were_not_listed() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, reader) = with_items(dir.path(), &["Records/a/b/c/file"]);
    write(&journal, [Change::AddFolders(vec![path("Records/a")])]).unwrap();
    assert_eq!(empty(&reader), Vec::<String>::new());
}

#[test]
fn findings_come_in_pages_by_kind_with_counts_that_fit() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    let finding = |kind, n: u64| Finding {
        kind,
        path: format!("Records/{n}\u{fffd}"),
        raw_name: Some("ff".to_owned()),
        is_folder: n.is_multiple_of(2),
        size: (n > 3).then_some(n),
        detail: Some("why".to_owned()),
    };
    let links: Vec<_> = (0..5).map(|n| finding(FindingKind::Link, n)).collect();
    let empties: Vec<_> = (0..6).map(|n| finding(FindingKind::EmptyFile, n)).collect();
    write(&journal, [Change::AddFindings(links.clone()), Change::AddFindings(empties.clone())]).unwrap();
    let reader = journal.reader().unwrap();
    let counts = reader.finding_counts(ID).unwrap();
    assert_eq!(counts, [(FindingKind::EmptyFile, 6, 9), (FindingKind::Link, 5, 4)]);
    let mut all = Vec::new();
    while let page @ [_, ..] = reader.findings(ID, None, all.last().map(|(row, _)| *row), 4).unwrap().as_slice() {
        all.extend_from_slice(page);
    }
    let expected: Vec<_> = links.iter().chain(&empties).cloned().collect();
    assert_eq!(all.into_iter().map(|(_, finding)| finding).collect::<Vec<_>>(), expected);
    let second = reader.findings(ID, Some(FindingKind::EmptyFile), Some(7), 2).unwrap();
    assert_eq!(second, [(8, empties[2].clone()), (9, empties[3].clone())]);
    assert_eq!(reader.findings(ID, Some(FindingKind::Locked), None, 10).unwrap(), []);
}

#[test]
fn file_ids_from_the_service_are_sorted_into_fresh_known_and_impossible() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[5, 5, 5, 5]);
    let strangers = Change::AddItems(vec![left_out(4, "Records/4", 1), found(5, "Records/5", 1)]);
    write(&journal, [strangers, Change::FileIds(vec![(ItemId(0), file_id(0)), (ItemId(1), file_id(1))])]).unwrap();
    let reader = journal.reader().unwrap();
    let pairs = [
        (ItemId(0), file_id(0)),
        (ItemId(1), file_id(9)),
        (ItemId(2), file_id(2)),
        (ItemId(2), file_id(2)),
        (ItemId(2), file_id(8)),
        (ItemId(3), file_id(0)),
        (ItemId(3), file_id(2)),
        (ItemId(4), file_id(4)),
        (ItemId(5), file_id(5)),
        (ItemId(6), file_id(6)),
        (ItemId(u64::MAX), file_id(7)),
    ];
    let matching = reader.match_file_ids(ID, &pairs).unwrap();
    assert_eq!(matching, Matching { fresh: vec![(ItemId(2), file_id(2))], known: 1, surplus: 8 });
    write(&journal, [Change::FileIds(matching.fresh)]).unwrap();
    assert_eq!(reader.match_file_ids(ID, &[(ItemId(2), file_id(2))]).unwrap().known, 1);
    assert_eq!(reader.unmatched(ID).unwrap(), 1);
}

#[test]
fn a_reader_sees_what_was_written_before_each_call() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, reader) = with_items(dir.path(), &["Records/a"]);
    let from_elsewhere = Reader::open(dir.path()).unwrap().unwrap();
    for n in 1..4 {
        write(&journal, [Change::AddItems(vec![found(n, &format!("Records/{n}"), 1)])]).unwrap();
        assert_eq!(reader.totals(ID).unwrap().found.items, n + 1);
        assert_eq!(from_elsewhere.totals(ID).unwrap().found.items, n + 1);
    }
}

#[test]
fn a_path_keeps_every_character() {
    let dir = tempfile::tempdir().unwrap();
    let names = ["Records/=SUM(A1).csv", "Records/\u{1f4dc} scroll", "Records/it's \"here\"; --", "Records/a\nb"];
    let (_journal, reader) = with_items(dir.path(), &names);
    let rows = reader.items(ID, ItemFilter::ALL, None, 10).unwrap();
    assert_eq!(rows.iter().map(|row| row.path.as_str()).collect::<Vec<_>>(), names);
    assert_eq!(rows.first().map(|row| row.path.clone()), RelPath::new(names[0]).ok());
}

#[test]
fn a_page_can_start_anywhere_in_the_list() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    let items = (0..30).map(|item| match item % 3 {
        0 => left_out(item, &format!("Records/{item}"), 0),
        _ => found(item, &format!("Records/{item}"), 10),
    });
    write(&journal, [Change::AddItems(items.collect())]).unwrap();
    // Two states in one list: every fifth is hashed.
    let hashes = (0..30).filter(|item| item % 3 != 0 && item % 5 == 0).map(|item| hashed(item, 10, 1));
    write(&journal, [Change::Hashed(hashes.collect())]).unwrap();
    let reader = journal.reader().unwrap();
    let waiting = ItemFilter::of(&[StateKind::Found, StateKind::Ready]);
    for filter in [ItemFilter::ALL, waiting, StateKind::LeftOut.into(), StateKind::Ready.into(), StateKind::Sent.into()]
    {
        let whole = reader.items(transfer_id(1), filter, None, 100).unwrap();
        for offset in 0..32_u64 {
            let page = reader.items_from(transfer_id(1), filter, offset, 4).unwrap();
            let start = whole.len().min(usize::try_from(offset).unwrap());
            assert_eq!(page, whole[start..whole.len().min(start + 4)], "{filter:?} from {offset}");
        }
    }
}

#[test]
fn a_page_of_findings_can_start_anywhere_in_its_group() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    let finding = |number: u64| Finding {
        kind: if number.is_multiple_of(4) { FindingKind::Link } else { FindingKind::EmptyFile },
        path: format!("Records/{number}"),
        raw_name: None,
        is_folder: false,
        size: None,
        detail: None,
    };
    write(&journal, [Change::AddFindings((0..20).map(finding).collect())]).unwrap();
    let reader = journal.reader().unwrap();
    for kind in [None, Some(FindingKind::Link), Some(FindingKind::EmptyFile), Some(FindingKind::Locked)] {
        let whole = reader.findings(transfer_id(1), kind, None, 100).unwrap();
        for offset in 0..22_u64 {
            let page = reader.findings_from(transfer_id(1), kind, offset, 3).unwrap();
            let start = whole.len().min(usize::try_from(offset).unwrap());
            assert_eq!(page, whole[start..whole.len().min(start + 3)], "{kind:?} from {offset}");
        }
    }
}

#[test]
fn items_being_sent_are_those_started_and_not_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[1, 1, 1, 20 * MIB, 1]);
    let reader = journal.reader().unwrap();
    let started = |offset: u64, limit: u32| -> Vec<u64> {
        reader.started_from(ID, offset, limit).unwrap().into_iter().map(|row| row.item.0).collect()
    };
    assert_eq!((started(0, 10), reader.started_count(ID).unwrap()), (vec![], 0));
    let upload_id = UploadId("upload".to_owned());
    let uploading = Record::Item(ItemId(3), ItemRecord::UploadStarted { upload_id, abort_at: None }).into();
    write(&journal, [0, 1, 4].map(|item| Record::Item(ItemId(item), ItemRecord::PutAttempted).into())).unwrap();
    write(&journal, [uploading]).unwrap();
    assert_eq!((started(0, 10), reader.started_count(ID).unwrap()), (vec![0, 1, 3, 4], 4));
    assert_eq!((started(1, 2), started(4, 10)), (vec![1, 3], vec![]));
    let acknowledged = Record::Item(
        ItemId(1),
        ItemRecord::Acknowledged { how: Acknowledgement::Reply, etag: None, key: None, at: Timestamp(1) },
    )
    .into();
    write(&journal, [acknowledged, Record::Item(ItemId(4), ItemRecord::SetAside(Code::Locked)).into()]).unwrap();
    assert_eq!((started(0, 10), reader.started_count(ID).unwrap()), (vec![0, 3], 2));
}

#[test]
fn a_file_is_found_by_its_file_id() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[1, 1]);
    write(&journal, [Change::FileIds(vec![(ItemId(0), file_id(7)), (ItemId(1), file_id(8))])]).unwrap();
    let reader = journal.reader().unwrap();
    assert_eq!(reader.path_of_file(ID, file_id(8)).unwrap(), Some(path("Records/1")));
    assert_eq!(reader.path_of_file(ID, file_id(9_999)).unwrap(), None);
}

#[test]
fn check_findings_come_in_item_order_and_count_once_read_to_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[1, 1, 1]);
    write(&journal, [Change::FileIds(vec![(ItemId(0), file_id(9)), (ItemId(1), file_id(8)), (ItemId(2), file_id(7))])])
        .unwrap();
    let failed = |file: u128, check: &str, result: &str| FailedCheck {
        file: file_id(file),
        check: check.to_owned(),
        result: result.to_owned(),
    };
    let reader = journal.reader().unwrap();
    assert_eq!(reader.check_failures_read(ID).unwrap(), None);
    let found = vec![
        failed(7, "FFID", "Zip"),
        failed(9, "FFID", "PasswordProtected"),
        failed(9, "Antivirus", "VirusDetected"),
        failed(99, "FFID", "Zip"),
    ];
    write(&journal, [Change::AddCheckFailures(found.clone()), Change::AddCheckFailures(found.clone())]).unwrap();
    assert_eq!(reader.check_failures_read(ID).unwrap(), None, "it may not be all");
    write(&journal, [Change::CheckFailuresRead(Timestamp(5))]).unwrap();
    assert_eq!(reader.check_failures_read(ID).unwrap(), Some(Timestamp(5)));
    assert_eq!(reader.files_with_check_failures(ID).unwrap(), 3);
    let mut told = Vec::new();
    reader
        .each_check_failure(ID, &mut |path, failed| {
            told.push((path, failed));
            ControlFlow::Continue(())
        })
        .unwrap();
    let expected = [
        (Some(path("Records/0")), found[2].clone()),
        (Some(path("Records/0")), found[1].clone()),
        (Some(path("Records/2")), found[0].clone()),
        (None, found[3].clone()),
    ];
    assert_eq!(told, expected);
    assert_eq!(reader.check_failures_of(ID, file_id(9)).unwrap(), [found[2].clone(), found[1].clone()]);
    assert_eq!(reader.check_failures_of(ID, file_id(8)).unwrap(), []);
    write(&journal, [Change::ForgetCheckFailures]).unwrap();
    assert_eq!(reader.check_failures_read(ID).unwrap(), None);
    assert_eq!(reader.files_with_check_failures(ID).unwrap(), 0);
}
