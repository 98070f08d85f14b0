//! Journals that are damaged, foreign or newer: named, and left as they are to the byte.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use waybill_journal::{Change, Journal, JournalError, Reader};
use waybill_model::service::UploadWay;
use waybill_model::{ItemId, Phase, TransferRecord};

use crate::samples::{found, new_journal, transfer_id, write};

/// A closed journal of many pages; gives its file.
fn closed(dir: &Path) -> PathBuf {
    let journal = new_journal(dir);
    let items = (0..3_000).map(|n| found(n, &format!("Records/some folder/{n}"), n)).collect();
    write(&journal, [Change::AddItems(items)]).unwrap();
    drop(journal);
    dir.join("journal.sqlite")
}

/// A journal as `kill -9` leaves it, with a log; gives its file.
fn killed(dir: &Path) -> PathBuf {
    let alive = tempfile::tempdir().unwrap();
    closed(alive.path());
    let journal = Journal::open(alive.path(), "test").unwrap();
    write(&journal, [TransferRecord::Phase(Phase::Checked).into()]).unwrap();
    for name in ["journal.sqlite", "journal.sqlite-wal"] {
        fs::copy(alive.path().join(name), dir.join(name)).unwrap();
    }
    dir.join("journal.sqlite")
}

/// All files but those of the lock.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let paths = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let ours = paths.filter(|path| !path.ends_with("journal.lock") && !path.ends_with("journal.owner"));
    ours.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Opens it for writing, and finds every file as it was.
fn refused(dir: &Path) -> JournalError {
    let before = files(dir);
    let error = Journal::open(dir, "test").unwrap_err();
    assert!(before == files(dir), "files were changed");
    error
}

/// Opens it for reading, and finds every file as it was.
fn unreadable(dir: &Path) -> JournalError {
    let before = files(dir);
    let error = Reader::open(dir).unwrap_err();
    assert!(before == files(dir), "files were changed");
    error
}

fn assert_corrupt(error: &JournalError, file: &Path) {
    let JournalError::Corrupt { file: named, .. } = error else { panic!("{error:?}") };
    assert_eq!(named, file);
}

fn garble(file: &Path, offset: u64, len: usize) {
    let mut file = fs::File::options().write(true).open(file).unwrap();
    file.seek(SeekFrom::Start(offset)).unwrap();
    file.write_all(&vec![0xa5; len]).unwrap();
}

#[test]
fn a_file_that_is_no_journal_is_reported_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("journal.sqlite");
    for content in [&b""[..], b"SQLite format 3\0", &[b'x'; 5_000]] {
        fs::write(&file, content).unwrap();
        assert_corrupt(&refused(dir.path()), &file);
        assert_corrupt(&unreadable(dir.path()), &file);
    }
}

#[test]
fn a_damaged_header_is_reported_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = closed(dir.path());
    garble(&file, 3, 1);
    assert_corrupt(&refused(dir.path()), &file);
    assert_corrupt(&unreadable(dir.path()), &file);
}

#[test]
fn another_programs_database_is_reported_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("journal.sqlite");
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    assert_corrupt(&refused(dir.path()), &file);
    assert_corrupt(&unreadable(dir.path()), &file);
}

#[test]
fn a_truncated_file_is_reported_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = closed(dir.path());
    let whole = fs::metadata(&file).unwrap().len();
    for len in [whole - 1, whole - 4_096, whole / 2, 4_096, 100, 99] {
        fs::File::options().write(true).open(&file).unwrap().set_len(len).unwrap();
        assert_corrupt(&refused(dir.path()), &file);
        assert_corrupt(&unreadable(dir.path()), &file);
    }
}

#[test]
fn a_corrupt_page_is_found_after_a_clean_or_an_unclean_end() {
    for make in [closed, killed] {
        let dir = tempfile::tempdir().unwrap();
        let file = make(dir.path());
        let pages = fs::metadata(&file).unwrap().len() / 4_096;
        garble(&file, pages / 2 * 4_096, 4_096);
        assert_corrupt(&refused(dir.path()), &file);
    }
}

#[test]
fn a_newer_journal_is_reported_with_both_formats_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = closed(dir.path());
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let newer = JournalError::Newer { file, found: 99, known: 6 };
    assert_eq!(refused(dir.path()), newer);
    assert_eq!(unreadable(dir.path()), newer);
}

#[test]
fn a_journal_of_the_first_format_can_be_read_and_is_migrated_when_written_to() {
    let dir = tempfile::tempdir().unwrap();
    let file = closed(dir.path());
    let old = Connection::open(&file).unwrap();
    let back = "DROP INDEX items_begun; DROP TABLE check_failures; DROP TABLE check_readings; \
                ALTER TABLE transfers DROP COLUMN website; ALTER TABLE transfers DROP COLUMN way; \
                ALTER TABLE items DROP COLUMN stored_key; ALTER TABLE items DROP COLUMN modified_seconds; \
                ALTER TABLE transfers DROP COLUMN folder_key; DROP TABLE former_folders; PRAGMA user_version = 1";
    old.execute_batch(back).unwrap();
    drop(old);
    let first = Reader::open(dir.path()).unwrap().unwrap();
    assert_eq!(first.totals(transfer_id(1)).unwrap().found.items, 3_000);
    assert_eq!(first.started_count(transfer_id(1)).unwrap(), 0);
    let row = first.transfer(transfer_id(1)).unwrap().unwrap();
    assert_eq!((row.website, row.way), (None, UploadWay::tdr()));
    assert_eq!(first.item(transfer_id(1), ItemId(0)).unwrap().unwrap().stored_key, None);
    assert_eq!(first.started_from(transfer_id(1), 0, 10).unwrap().len(), 0);
    assert_eq!(first.check_failures_read(transfer_id(1)).unwrap(), None);
    assert_eq!(first.files_with_check_failures(transfer_id(1)).unwrap(), 0);
    let journal = Journal::open(dir.path(), "test").unwrap();
    let reader = journal.reader().unwrap();
    assert_eq!(reader.totals(transfer_id(1)).unwrap().found.items, 3_000);
    assert_eq!(reader.check_failures_read(transfer_id(1)).unwrap(), None);
    assert_eq!(reader.started_count(transfer_id(1)).unwrap(), 0);
    assert_eq!(reader.transfer(transfer_id(1)).unwrap().unwrap().way, UploadWay::tdr());
    assert_eq!(first.item(transfer_id(1), ItemId(0)).unwrap().unwrap().item, ItemId(0));
    assert_eq!(first.started_count(transfer_id(1)).unwrap(), 0, "a reader from before still reads");
}

#[test]
fn a_newer_format_found_only_in_the_log_is_noticed() {
    let alive = tempfile::tempdir().unwrap();
    let file = closed(alive.path());
    let newer = Connection::open(&file).unwrap();
    newer.pragma_update(None, "user_version", 7).unwrap();
    let dir = tempfile::tempdir().unwrap();
    for name in ["journal.sqlite", "journal.sqlite-wal"] {
        fs::copy(alive.path().join(name), dir.path().join(name)).unwrap();
    }
    let expected = JournalError::Newer { file: dir.path().join("journal.sqlite"), found: 7, known: 6 };
    assert_eq!(refused(dir.path()), expected);
    assert_eq!(Reader::open(dir.path()).unwrap_err(), expected);
}

#[test]
fn a_log_without_its_file_is_kept_and_not_mixed_into_a_new_journal() {
    let dir = tempfile::tempdir().unwrap();
    let file = killed(dir.path());
    fs::remove_file(&file).unwrap();
    assert_corrupt(&refused(dir.path()), &file);
    assert_corrupt(&unreadable(dir.path()), &file);
    assert!(!file.exists());
}

#[test]
fn damage_found_while_writing_stops_all_writing() {
    let dir = tempfile::tempdir().unwrap();
    let file = closed(dir.path());
    let journal = Journal::open(dir.path(), "test").unwrap();
    let size = usize::try_from(fs::metadata(&file).unwrap().len()).unwrap();
    garble(&file, 4_096, size - 4_096);
    let damaged = fs::read(&file).unwrap();
    let add = || Change::AddItems(vec![found(9_000, "Records/late", 1)]);
    assert_corrupt(&write(&journal, [add()]).unwrap_err(), &file);
    assert_corrupt(&write(&journal, [TransferRecord::Paused(true).into()]).unwrap_err(), &file);
    drop(journal);
    assert!(fs::read(&file).unwrap() == damaged, "a damaged file was written to");
}

#[test]
fn reading_a_damaged_page_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = closed(dir.path());
    let size = usize::try_from(fs::metadata(&file).unwrap().len()).unwrap();
    garble(&file, 4_096, size - 4_096);
    // The list of tables continues after the first page: where that is damaged, it shows at once.
    let damage = Reader::open(dir.path()).and_then(|reader| reader.unwrap().totals(transfer_id(1)));
    assert_corrupt(&damage.unwrap_err(), &file);
}

#[test]
fn a_missing_table_column_or_row_is_reported_as_damage_by_every_read() {
    for damage in [
        "DROP TABLE items",
        "DROP TABLE parts",
        "ALTER TABLE items DROP COLUMN acknowledged_at",
        "UPDATE transfers SET phase = 'dreaming'",
        "UPDATE transfers SET person = 'nobody'",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let file = closed(dir.path());
        Connection::open(&file).unwrap().execute_batch(damage).unwrap();
        let reader = Reader::open(dir.path()).unwrap().unwrap();
        let id = transfer_id(1);
        let reads = [
            reader.transfers().map(drop),
            reader.transfer(id).map(drop),
            reader.totals(id).map(drop),
            reader.item(id, ItemId(0)).map(drop),
            reader.parts(id, ItemId(0)).map(drop),
        ];
        let errors: Vec<JournalError> = reads.into_iter().filter_map(Result::err).collect();
        assert!(!errors.is_empty(), "{damage}");
        errors.iter().for_each(|error| assert_corrupt(error, &file));
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_a_link_or_a_folder_in_place_of_a_file_of_the_journal_is_refused() {
    for name in ["journal.sqlite", "journal.sqlite-journal", "journal.sqlite-wal", "journal.sqlite-shm", "journal.lock"]
    {
        for make in ["mkfifo \"$1\"", "mkdir \"$1\"", "ln -s /dev/zero \"$1\""] {
            let dir = tempfile::tempdir().unwrap();
            closed(dir.path());
            let path = dir.path().join(name);
            let script = format!("rm -f \"$1\" && {make}");
            let mut shell = std::process::Command::new("sh");
            assert!(shell.args(["-c", &script, "sh"]).arg(&path).status().unwrap().success());
            let error = Journal::open(dir.path(), "test").unwrap_err();
            assert!(
                matches!(&error, JournalError::Unusable { detail, .. } if detail.contains(name)),
                "{make}: {error:?}"
            );
            if name != "journal.lock" {
                let error = Reader::open(dir.path()).unwrap_err();
                assert!(matches!(error, JournalError::Unusable { .. }), "{make} {name}: {error:?}");
            }
        }
    }
}

#[test]
fn without_a_journal_there_is_nothing_to_read_and_nothing_is_created() {
    let dir = tempfile::tempdir().unwrap();
    assert!(Reader::open(dir.path()).unwrap().is_none());
    assert!(Reader::open(&dir.path().join("missing")).unwrap().is_none());
    assert!(files(dir.path()).is_empty());
}
