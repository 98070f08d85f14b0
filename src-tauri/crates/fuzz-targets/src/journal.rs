//! Journals whose rows hold what Waybill never wrote.

use std::sync::OnceLock;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use waybill_app::samples::{Sample, write_journal};
use waybill_journal::{ItemFilter, Journal, JournalError, Reader};
use waybill_model::{ItemId, Phase};

const FILE: &str = "journal.sqlite";
/// As many rows as a page of any list.
const MANY: u32 = 100;

/// Writes values into rows of a journal, and reads all of it. Each line is one value: `table column row value`, where
/// `row` counts from 0 and `value` is `null`, a number, `x` with hex digits, or text after `=`.
///
/// # Panics
/// If a row that Waybill never wrote breaks the reader, rather than being refused.
pub fn journal_rows(data: &[u8]) {
    let Some(template) = template() else { return };
    let Ok(dir) = tempfile::tempdir() else { return };
    let file = dir.path().join(FILE);
    if std::fs::write(&file, template).is_err() {
        return;
    }
    if let Ok(db) = Connection::open(&file) {
        let _unchecked = db.execute_batch("pragma ignore_check_constraints = on; pragma foreign_keys = off;");
        for line in String::from_utf8_lossy(data).lines().take(64) {
            // What SQLite itself refuses cannot be in a journal.
            let _refused = write(&db, line);
        }
        // Nothing may be left in a log beside the file.
        let _closed = db.close();
    }
    if let Ok(Some(reader)) = Reader::open(dir.path()) {
        let _refused = read(&reader);
    }
    if let Ok(journal) = Journal::open(dir.path(), "fuzz") {
        let _refused = journal.reader().and_then(|reader| read(&reader));
    }
}

/// A journal with a transfer in each of three phases, closed.
fn template() -> Option<&'static [u8]> {
    static TEMPLATE: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    let make = || -> Option<Vec<u8>> {
        let dir = tempfile::tempdir().ok()?;
        let sample = |number, phase| Sample { number, phase, paused: false, items: 5, sent: 2, findings: 3 };
        let samples = [(1, Phase::Sending), (2, Phase::Checked), (3, Phase::Finished)];
        write_journal(dir.path(), &samples.map(|(number, phase)| sample(number, phase))).ok()?;
        std::fs::read(dir.path().join(FILE)).ok()
    };
    TEMPLATE.get_or_init(make).as_deref()
}

fn write(db: &Connection, line: &str) -> Option<usize> {
    let mut words = line.splitn(4, ' ');
    let (table, column, row, value) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let is_name = |name: &str| {
        !name.is_empty()
            && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
    };
    if !is_name(table) || !is_name(column) {
        return None;
    }
    let row: i64 = row.parse().ok()?;
    let value = match value {
        "null" => Value::Null,
        text if text.starts_with('=') => Value::Text(text[1..].to_owned()),
        hex if hex.starts_with('x') => Value::Blob(bytes(&hex[1..])?),
        number => number.parse().map(Value::Integer).ok()?,
    };
    let first = format!("select * from {table} limit 1 offset {}", row.checked_rem(8)?);
    let mut found = db.prepare(&first).ok()?;
    let columns: Vec<String> = found.column_names().map(str::to_owned).collect();
    let key = found
        .query_row([], |row| {
            (0..columns.len()).map(|column| row.get::<_, Value>(column)).collect::<Result<Vec<_>, _>>()
        })
        .ok()?;
    let same = columns.iter().enumerate().map(|(at, name)| format!("{name} is ?{}", at + 2)).collect::<Vec<_>>();
    let update = format!("update {table} set {column} = ?1 where {}", same.join(" and "));
    db.execute(&update, params_from_iter(std::iter::once(value).chain(key))).ok()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// Reads everything that any part of the program reads.
fn read(reader: &Reader) -> Result<(), JournalError> {
    let rows = reader.transfers()?;
    for row in &rows {
        let _of_transfer = (row.destination(), format!("{row:?}"));
        let id = row.id;
        let results = [
            reader.transfer(id).map(drop),
            reader.totals(id).map(|totals| assert!(totals.progress().per_mille() <= 1_000, "more than all is done")),
            reader.unmatched(id).map(drop),
            reader.to_hash(id, None, MANY).map(drop),
            reader.to_send(id, None, MANY).map(drop),
            reader.items(id, ItemFilter::ALL, None, MANY).map(drop),
            reader.started_from(id, 0, MANY).map(drop),
            reader.finding_counts(id).map(drop),
            reader.check_failures_read(id).map(drop),
            reader.files_with_check_failures(id).map(drop),
            reader.each_folder(id, &mut drop),
            reader.empty_folders(id, &mut drop),
            reader.same_names(id, &mut |_, _| {}),
        ];
        let items = (0..8).map(ItemId);
        let parts: Result<Vec<_>, _> = items.map(|item| reader.parts(id, item)).collect();
        results.into_iter().collect::<Result<(), _>>()?;
        parts?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_value_is_written_and_the_reader_refuses_or_shows_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(FILE);
        std::fs::write(&file, template().unwrap()).unwrap();
        let db = Connection::open(&file).unwrap();
        assert_eq!(write(&db, "transfers service 0 =else"), Some(1));
        assert_eq!(write(&db, "transfers phase 1 =no such phase"), Some(1));
        assert_eq!(write(&db, "no_table a 0 1"), None);
        assert_eq!(write(&db, "nonsense"), None);
        db.close().unwrap();
        assert!(refused(dir.path()), "an unknown phase is no phase");
    }

    fn refused(dir: &Path) -> bool {
        match Reader::open(dir) {
            Ok(Some(reader)) => read(&reader).is_err(),
            Ok(None) => false,
            Err(_) => true,
        }
    }
}
