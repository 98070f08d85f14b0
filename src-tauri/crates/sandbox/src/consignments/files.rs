//! The rows of a consignment's files and folders.
//!
//! [`register`] is not repeatable: every call makes a full set of rows, as TDR's API does.

use std::collections::HashMap;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params, params_from_iter};
use uuid::Uuid;

use super::tables::{uuid, uuid_or_null};

/// How many rows the real API inserts at a time; it waits only for the first lot.
const BATCH: usize = 250;

/// A prime above the number of rows of any consignment.
const TIE_MODULUS: u64 = 1_000_003;

/// Whether a row is a file or a folder, by the API's names.
pub(crate) const FILE: &str = "File";
pub(crate) const FOLDER: &str = "Folder";

/// What a client says about one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declared {
    pub original_path: String,
    pub checksum: String,
    /// Milliseconds since 1970.
    pub last_modified: i64,
    /// Bytes, as the client says: nothing checks the sign.
    pub size: i64,
    pub match_id: String,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileRow {
    pub id: Uuid,
    pub match_id: Option<String>,
    pub kind: String,
    pub name: String,
    pub path: String,
    pub parent_id: Option<Uuid>,
    pub reference: String,
    pub parent_reference: Option<String>,
    pub checksum: Option<String>,
    /// Milliseconds since 1970.
    pub last_modified: Option<i64>,
    /// Bytes.
    pub size: Option<i64>,
}

/// Which rows are wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub kind: Option<String>,
    pub ids: Option<Vec<Uuid>>,
    pub parent_id: Option<Uuid>,
}

/// Which stretch of the rows is wanted.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub limit: i64,
    pub offset: i64,
    /// The page starts after files of this name.
    pub after: Option<String>,
    /// Decides the order of files with the same name, which differs from page to page.
    pub seed: u64,
}

impl Page {
    /// Returns the factor that orders files of the same name on this page.
    fn tie_factor(&self) -> u64 {
        // The multiplier is the 64-bit golden ratio: neighbouring offsets get factors that are far apart.
        let mixed = (self.seed ^ self.offset.unsigned_abs()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        1 + (mixed >> 32) % (TIE_MODULUS - 1)
    }
}

/// Makes the rows of a registration and returns the id of each file with its match id.
///
/// Leading slashes are dropped, every folder on the way gets a row, and of files with the same path the first is kept. With
/// `only_first_batch` the rows after the first 250 are silently lost, as happens when the real API's database rejects a
/// later batch.
pub(crate) fn register(
    transaction: &Transaction<'_>,
    consignment: Uuid,
    declared: &[Declared],
    empty_directories: &[String],
    only_first_batch: bool,
) -> rusqlite::Result<Vec<(Uuid, String)>> {
    let first: i64 = transaction.query_row("select coalesce(max(position), 0) + 1 from files", [], |row| row.get(0))?;
    let mut tree = Tree { rows: Vec::with_capacity(declared.len()), known: HashMap::new(), next: first };
    let mut matches = Vec::with_capacity(declared.len());
    for file in declared {
        let path = file.original_path.trim_start_matches('/');
        if tree.known.contains_key(path) {
            continue;
        }
        let at = tree.add(path, FILE, Some(file));
        matches.push((tree.rows[at].id, file.match_id.clone()));
    }
    for path in empty_directories {
        let path = path.trim_start_matches('/').trim_end_matches('/');
        if !path.is_empty() && !tree.known.contains_key(path) {
            tree.add(path, FOLDER, None);
        }
    }
    let kept = if only_first_batch { tree.rows.len().min(BATCH) } else { tree.rows.len() };
    insert(transaction, consignment, &tree.rows[..kept])?;
    Ok(matches)
}

/// Returns how many files (not folders) a consignment has.
pub(crate) fn count(db: &Connection, consignment: Uuid) -> rusqlite::Result<i64> {
    db.prepare_cached("select count(*) from files where consignment_id = ?1 and kind = 'File'")?
        .query_row([consignment.to_string()], |row| row.get(0))
}

/// Returns how many rows match `filter`.
pub(crate) fn count_filtered(db: &Connection, consignment: Uuid, filter: &Filter) -> rusqlite::Result<i64> {
    let (condition, values) = conditions(consignment, filter);
    db.prepare(&format!("select count(*) from files where {condition}"))?
        .query_row(params_from_iter(values), |row| row.get(0))
}

/// Returns the declared bytes of a consignment's files.
pub(crate) fn total_size(db: &Connection, consignment: Uuid) -> rusqlite::Result<i64> {
    db.prepare_cached("select coalesce(sum(size), 0) from files where consignment_id = ?1 and kind = 'File'")?
        .query_row([consignment.to_string()], |row| row.get(0))
}

/// Returns the rows that match `filter`.
///
/// A page is ordered by file name only, as in TDR's API: files of the same name have no fixed order from page to page, so
/// they may appear twice or not at all (facts E6). All rows together are in the order in which they were made.
pub(crate) fn list(
    db: &Connection,
    consignment: Uuid,
    filter: &Filter,
    page: Option<Page>,
) -> rusqlite::Result<Vec<FileRow>> {
    let (mut condition, mut values) = conditions(consignment, filter);
    let mut order = "position".to_owned();
    if let Some(page) = page {
        let factor = page.tie_factor();
        order =
            format!("name, position * {factor} % {TIE_MODULUS}, position limit {} offset {}", page.limit, page.offset);
        if let Some(after) = page.after {
            values.push(Value::Text(after));
            condition.push_str(&format!(" and name > ?{}", values.len()));
        }
    }
    let mut statement = db.prepare(&format!("select * from files where {condition} order by {order}"))?;
    let rows = statement.query_map(params_from_iter(values), read)?;
    rows.collect()
}

/// Returns the consignment of a file.
pub(crate) fn consignment_of(db: &Connection, file: Uuid) -> rusqlite::Result<Option<Uuid>> {
    db.prepare_cached("select consignment_id from files where id = ?1")?
        .query_row([file.to_string()], |row| uuid(row, "consignment_id"))
        .optional()
}

/// Keeps a status of a file, in place of an earlier one of this type.
pub(crate) fn put_status(db: &Connection, file: Uuid, kind: &str, value: &str) -> rusqlite::Result<()> {
    db.prepare_cached("insert or replace into file_statuses (file_id, kind, value) values (?1, ?2, ?3)")?
        .execute(params![file.to_string(), kind, value])?;
    Ok(())
}

/// Returns every status of a consignment's files: file, type, value.
pub(crate) fn statuses(db: &Connection, consignment: Uuid) -> rusqlite::Result<Vec<(Uuid, String, String)>> {
    let mut statement = db.prepare_cached(
        "select file_id, file_statuses.kind, value from file_statuses join files on files.id = file_id
         where consignment_id = ?1 order by files.position, file_statuses.kind",
    )?;
    let rows =
        statement.query_map([consignment.to_string()], |row| Ok((uuid(row, "file_id")?, row.get(1)?, row.get(2)?)))?;
    rows.collect()
}

fn conditions(consignment: Uuid, filter: &Filter) -> (String, Vec<Value>) {
    let mut condition = "consignment_id = ?1".to_owned();
    let mut values = vec![Value::Text(consignment.to_string())];
    if let Some(kind) = &filter.kind {
        values.push(Value::Text(kind.clone()));
        condition.push_str(&format!(" and kind = ?{}", values.len()));
    }
    if let Some(parent) = filter.parent_id {
        values.push(Value::Text(parent.to_string()));
        condition.push_str(&format!(" and parent_id = ?{}", values.len()));
    }
    if let Some(ids) = &filter.ids {
        let quoted: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
        condition.push_str(&format!(" and id in ({})", quoted.join(",")));
    }
    (condition, values)
}

/// The rows of one registration.
struct Tree<'a> {
    rows: Vec<NewRow<'a>>,
    /// Where the row of each path is.
    known: HashMap<String, usize>,
    next: i64,
}

struct NewRow<'a> {
    position: i64,
    id: Uuid,
    path: String,
    kind: &'static str,
    parent: Option<usize>,
    declared: Option<&'a Declared>,
}

impl<'a> Tree<'a> {
    /// Adds a row for `path` after those of its folders.
    fn add(&mut self, path: &str, kind: &'static str, declared: Option<&'a Declared>) -> usize {
        let parent = path.rsplit_once('/').map(|(folder, _)| folder).filter(|folder| !folder.is_empty()).map(
            |folder| match self.known.get(folder) {
                Some(at) => *at,
                None => self.add(folder, FOLDER, None),
            },
        );
        let at = self.rows.len();
        self.rows.push(NewRow {
            position: self.next,
            id: Uuid::new_v4(),
            path: path.to_owned(),
            kind,
            parent,
            declared,
        });
        self.known.insert(path.to_owned(), at);
        self.next += 1;
        at
    }
}

fn insert(transaction: &Transaction<'_>, consignment: Uuid, rows: &[NewRow<'_>]) -> rusqlite::Result<()> {
    let consignment = consignment.to_string();
    let mut statement = transaction.prepare(
        "insert into files (position, id, consignment_id, match_id, kind, name, path, parent_id, reference, parent_reference,
            checksum, last_modified, size)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    for row in rows {
        let parent = row.parent.map(|at| &rows[at]);
        statement.execute(params![
            row.position,
            row.id.to_string(),
            consignment,
            row.declared.map(|declared| declared.match_id.as_str()),
            row.kind,
            row.path.rsplit('/').next().unwrap_or_default(),
            row.path,
            parent.map(|parent| parent.id.to_string()),
            super::reference::file(row.position),
            parent.map(|parent| super::reference::file(parent.position)),
            row.declared.map(|declared| declared.checksum.as_str()),
            row.declared.map(|declared| declared.last_modified),
            row.declared.map(|declared| declared.size),
        ])?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<FileRow> {
    Ok(FileRow {
        id: uuid(row, "id")?,
        match_id: row.get("match_id")?,
        kind: row.get("kind")?,
        name: row.get("name")?,
        path: row.get("path")?,
        parent_id: uuid_or_null(row, "parent_id")?,
        reference: row.get("reference")?,
        parent_reference: row.get("parent_reference")?,
        checksum: row.get("checksum")?,
        last_modified: row.get("last_modified")?,
        size: row.get("size")?,
    })
}
