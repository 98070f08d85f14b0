//! What `kill -9` and a torn log leave behind. A child process writes and says what was acknowledged; everything it said
//! must be there.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use waybill_journal::{Change, HashedItem, ItemFilter, Journal, JournalError, NewItem, Reader, StateKind, Totals};
use waybill_model::{
    Acknowledgement, Finding, FindingKind, Identity, ItemId, ItemRecord, ItemState, PartNumber, PartPlan, Record,
    Sha256Digest, Timestamp,
};

use crate::samples::{
    MIB, etag, file_id, found, hashed, identity, left_out, new_journal, new_transfer, part, path, ready, transfer_id,
    write, write_to,
};

const CHILD: &str = "WAYBILL_JOURNAL_TEST_CHILD";
const ROUNDS: u64 = 20;
/// Items of one batch, which are written together with a folder and a finding.
const BATCH: u64 = 7;
const BATCHES_FROM: u64 = 1_000;

/// Not a test itself: the child of the others.
#[test]
fn child() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    say("opening");
    let journal = Journal::open(Path::new(&dir), "the child").unwrap();
    say("open");
    let reader = journal.reader().unwrap();
    if reader.transfer(transfer_id(1)).unwrap().is_none() {
        prepare(&journal);
    }
    let parts = acknowledged(&reader).len();
    let batches = reader.totals(transfer_id(1)).unwrap().found.items / BATCH;
    let wholes = reader.totals(transfer_id(2)).unwrap().sent.items;
    drop(reader);
    std::thread::scope(|scope| {
        scope.spawn(|| acknowledge_parts(&journal, u16::try_from(parts).unwrap()));
        scope.spawn(|| (batches..u64::MAX).for_each(|n| add_batch(&journal, n)));
        scope.spawn(|| (wholes..u64::MAX).for_each(|n| send_whole(&journal, n)));
    });
}

fn prepare(journal: &Journal) {
    let mut big = hashed(0, 10_000 * 8 * MIB, 1);
    big.plan = PartPlan::Multipart { size: 10_000 * 8 * MIB, part_size: 8 * MIB, parts: 10_000 };
    let upload =
        Record::Item(ItemId(0), ItemRecord::UploadStarted { upload_id: "upload".into(), abort_at: None }).into();
    let begin = Change::New(Box::new(new_transfer(1)));
    let items = Change::AddItems(vec![found(0, "Records/big", 1)]);
    // One write each: a crash in between must not leave a transfer that is half prepared.
    let second = waybill_journal::Write::new(transfer_id(2), Change::New(Box::new(new_transfer(2))));
    let first = [begin, items, Change::Hashed(vec![big]), upload];
    let mut writes = vec![second];
    writes.extend(first.map(|change| waybill_journal::Write::new(transfer_id(1), change)));
    journal.write_blocking(writes).unwrap();
}

fn acknowledge_parts(journal: &Journal, done: u16) {
    for number in done + 1..=PartNumber::MAX {
        let etag = etag(&number.to_string());
        write(journal, [Record::Item(ItemId(0), ItemRecord::PartAcknowledged { part: part(number), etag }).into()])
            .unwrap();
        say(&format!("part {number}"));
    }
}

fn add_batch(journal: &Journal, n: u64) {
    let first = BATCHES_FROM + n * BATCH;
    let items: Vec<NewItem> =
        (first..first + BATCH).map(|item| found(item, &format!("Records/{n}/{item}"), item)).collect();
    let finding = Finding {
        kind: FindingKind::Link,
        path: format!("Records/{n}/link"),
        raw_name: None,
        is_folder: false,
        size: None,
        detail: None,
    };
    let folders = vec![path(&format!("Records/{n}"))];
    write(journal, [Change::AddItems(items), Change::AddFolders(folders), Change::AddFindings(vec![finding])]).unwrap();
    say(&format!("batch {n}"));
}

fn send_whole(journal: &Journal, n: u64) {
    let item = ItemId(n);
    let acknowledged = Record::Item(
        item,
        ItemRecord::Acknowledged { how: Acknowledgement::Reply, etag: Some(etag("e")), key: None, at: Timestamp(5) },
    )
    .into();
    let changes = [
        Change::AddItems(vec![found(n, &format!("Records/{n}"), 5)]),
        Change::Hashed(vec![hashed(n, 5, 3)]),
        Change::FileIds(vec![(item, file_id(u128::from(n)))]),
        Record::Item(item, ItemRecord::PutAttempted).into(),
        acknowledged,
    ];
    write_to(journal, 2, changes).unwrap();
    say(&format!("whole {n}"));
}

/// One line to the parent, past the test harness.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("@{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

fn acknowledged(reader: &Reader) -> Vec<PartNumber> {
    let rows = reader.to_send(transfer_id(1), None, 1).unwrap();
    rows.into_iter().next().unwrap().upload.unwrap().acknowledged
}

struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Running {
    fn start(dir: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "crash::child", "--nocapture"]).env(CHILD, dir);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next line that the child said; `None` when it has ended. What the test harness prints is passed over.
    fn next(&mut self) -> Option<String> {
        self.lines.by_ref().find_map(|line| Some(line.ok()?.split_once('@')?.1.to_owned()))
    }

    /// `kill -9`; gives what it had said until then.
    fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::iter::from_fn(|| self.next()).collect()
    }
}

#[test]
fn everything_acknowledged_before_kill_9_survives() {
    let dir = tempfile::tempdir().unwrap();
    let mut said: BTreeSet<String> = BTreeSet::new();
    // Different numbers of lines, always the same ones: the instants differ by themselves.
    let mut lines = 17_u64;
    for round in 0..ROUNDS {
        let mut running = Running::start(dir.path());
        lines = lines.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        for _ in 0..2 + (lines >> 33) % 400 {
            said.insert(running.next().expect("the child writes until it is killed"));
        }
        said.extend(running.kill());
        let journal = Journal::open(dir.path(), "parent").unwrap();
        assert_all_there(&journal.reader().unwrap(), &said, round);
    }
    for kind in ["part", "batch", "whole"] {
        assert!(said.iter().any(|line| line.starts_with(kind)), "no {kind} was ever acknowledged");
    }
}

fn assert_all_there(reader: &Reader, said: &BTreeSet<String>, round: u64) {
    let numbers = |kind: &str| -> Vec<u64> {
        said.iter().filter_map(|line| line.strip_prefix(kind)?.trim().parse().ok()).collect()
    };
    if reader.transfer(transfer_id(1)).unwrap().is_none() {
        assert!(numbers("part").is_empty() && numbers("batch").is_empty() && numbers("whole").is_empty());
        return;
    }
    let parts: BTreeSet<u64> = acknowledged(reader).into_iter().map(|part| u64::from(part.get())).collect();
    for number in numbers("part") {
        assert!(parts.contains(&number), "round {round}: part {number} is lost");
    }
    let found = reader.totals(transfer_id(1)).unwrap().found.items;
    assert_eq!(found % BATCH, 0, "round {round}: half a batch");
    let batches = found / BATCH;
    assert!(numbers("batch").iter().all(|n| *n < batches), "round {round}: a batch is lost");
    let findings = reader.finding_counts(transfer_id(1)).unwrap();
    assert_eq!(findings.iter().map(|(_, count, _)| *count).sum::<u64>(), batches);
    for n in numbers("whole") {
        let item = reader.item(transfer_id(2), ItemId(n)).unwrap().expect("an item is lost");
        assert_eq!(item.state, ItemState::Sent(Acknowledgement::Reply), "round {round}");
        assert_eq!(item.file_id, Some(file_id(u128::from(n))), "round {round}");
    }
    for transfer in [1, 2] {
        assert_eq!(reader.totals(transfer_id(transfer)).unwrap(), recount(reader, transfer), "round {round}");
    }
}

fn recount(reader: &Reader, transfer: u128) -> Totals {
    let mut totals = Totals::default();
    reader
        .each_item(transfer_id(transfer), ItemFilter::ALL, &mut |row| {
            let count = match StateKind::from(row.state) {
                StateKind::Found => &mut totals.found,
                StateKind::LeftOut => &mut totals.left_out,
                StateKind::Ready => &mut totals.ready,
                StateKind::Sent => &mut totals.sent,
                StateKind::SetAside => &mut totals.set_aside,
            };
            count.items += 1;
            count.bytes += row.identity.size;
            if row.state == ItemState::Ready {
                totals.unmatched += u64::from(row.file_id.is_none());
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    for row in reader.to_send(transfer_id(transfer), None, u32::MAX).unwrap() {
        let parts = row.upload.map(|upload| upload.acknowledged).unwrap_or_default();
        totals.part_bytes += parts.into_iter().map(|part| row.plan.range(part).unwrap().len).sum::<u64>();
    }
    totals
}

#[test]
fn kill_9_while_the_journal_is_created_leaves_none_or_a_whole_one() {
    for instant in 0..ROUNDS {
        let dir = tempfile::tempdir().unwrap();
        let mut running = Running::start(dir.path());
        assert_eq!(running.next().as_deref(), Some("opening"));
        // Different instants after the start, without a clock: so many looks at the folder.
        for _ in 0..instant * 20 {
            let _listed = fs::read_dir(dir.path()).unwrap().count();
        }
        running.kill();
        let journal = Journal::open(dir.path(), "parent").unwrap();
        assert!(journal.reader().unwrap().transfers().unwrap().len() <= 2);
    }
}

#[test]
fn a_second_process_learns_who_owns_the_folder_and_a_killed_owner_frees_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut running = Running::start(dir.path());
    while running.next().expect("the child writes until it is killed") != "open" {}
    let Err(JournalError::InUse { by }) = Journal::open(dir.path(), "parent") else { panic!("two owners") };
    assert!(by.starts_with("the child") && by.contains(&running.child.id().to_string()), "{by}");
    assert!(Reader::open(dir.path()).unwrap().is_some());
    running.kill();
    Journal::open(dir.path(), "parent").unwrap();
}

#[test]
fn a_log_torn_after_the_last_acknowledgement_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let journal = ready(dir.path(), &[100 * 8 * MIB]);
    write(
        &journal,
        [Record::Item(ItemId(0), ItemRecord::UploadStarted { upload_id: "u".into(), abort_at: None }).into()],
    )
    .unwrap();
    let acknowledge = |number: u16| {
        let change =
            Record::Item(ItemId(0), ItemRecord::PartAcknowledged { part: part(number), etag: etag("e") }).into();
        write(&journal, [change]).unwrap();
    };
    (1..=10).for_each(acknowledge);
    let log = dir.path().join("journal.sqlite-wal");
    let certain = usize::try_from(fs::metadata(&log).unwrap().len()).unwrap();
    (11..=20).for_each(acknowledge);
    let whole = fs::read(&log).unwrap();
    assert!(whole.len() > certain);
    let cuts = (certain..=whole.len()).step_by(((whole.len() - certain) / 40).max(1));
    for (cut, garbage) in cuts.zip([0_usize, 1, 24, 4_096, 9_000].into_iter().cycle()) {
        let after = tempfile::tempdir().unwrap();
        fs::copy(dir.path().join("journal.sqlite"), after.path().join("journal.sqlite")).unwrap();
        let mut torn = whole[..cut].to_vec();
        torn.extend(std::iter::repeat_n(0xa5, garbage));
        fs::write(after.path().join("journal.sqlite-wal"), torn).unwrap();
        let reopened = Journal::open(after.path(), "after").unwrap();
        let parts = acknowledged(&reopened.reader().unwrap());
        let expected: Vec<PartNumber> = (1..=u16::try_from(parts.len()).unwrap()).map(part).collect();
        assert_eq!(parts, expected, "cut at {cut}");
        assert!(parts.len() >= 10, "cut at {cut}: {} parts", parts.len());
    }
}

#[test]
fn a_dropped_journal_has_written_everything_and_freed_its_folder() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    write(&journal, [Change::AddItems(vec![left_out(0, "Records/a", 3)])]).unwrap();
    drop(journal);
    assert!(!dir.path().join("journal.sqlite-wal").exists(), "the log was not copied back");
    let journal = Journal::open(dir.path(), "again").unwrap();
    assert_eq!(journal.reader().unwrap().totals(transfer_id(1)).unwrap().left_out.bytes, 3);
}

#[test]
fn a_data_folder_that_is_a_file_or_below_one_is_unusable() {
    let dir = tempfile::tempdir().unwrap();
    let file: PathBuf = dir.path().join("file");
    fs::write(&file, b"x").unwrap();
    for wrong in [file.clone(), file.join("below")] {
        assert!(matches!(Journal::open(&wrong, "test"), Err(JournalError::Unusable { .. })), "{wrong:?}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"x");
}

#[cfg(unix)]
#[test]
fn a_read_only_data_folder_is_unusable_but_can_be_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    drop(new_journal(dir.path()));
    fs::remove_file(dir.path().join("journal.lock")).unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o500)).unwrap();
    let refused = fs::write(dir.path().join("probe"), b"x").is_err();
    let opened = Journal::open(dir.path(), "test");
    let transfers = Reader::open(dir.path()).unwrap().unwrap().transfers().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(transfers.len(), 1);
    // Root may write anywhere: then it simply opens.
    assert_eq!(matches!(opened, Err(JournalError::Unusable { .. })), refused);
}

#[test]
fn an_item_keeps_its_exact_identity_and_checksum() {
    let dir = tempfile::tempdir().unwrap();
    let journal = new_journal(dir.path());
    let odd = Identity { size: (1 << 62) + 1, modified_ns: i128::from(i64::MIN) * 2_000, file_key: None };
    let item = HashedItem {
        identity: odd,
        sha256: Sha256Digest(std::array::from_fn(|n| u8::try_from(n).unwrap())),
        plan: PartPlan::Single { size: odd.size },
        ..hashed(0, 1, 1)
    };
    write(&journal, [Change::AddItems(vec![found(0, "Records/a", 1)]), Change::Hashed(vec![item.clone()])]).unwrap();
    drop(journal);
    let row = Reader::open(dir.path()).unwrap().unwrap().item(transfer_id(1), ItemId(0)).unwrap().unwrap();
    assert_eq!((row.identity, row.sha256, row.plan), (odd, Some(item.sha256), Some(item.plan)));
    assert_ne!(row.identity, identity(odd.size));
}
