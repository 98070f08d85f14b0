//! The journal's file: created whole or not at all, examined before it is opened, opened in one way only.
//!
//! SQLite must not touch a file that is damaged or newer: opening it may already roll back, checkpoint or leave files
//! beside it. So the header is read by hand, and anything that needs a deeper look is read through a connection that
//! cannot write.

mod header;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::{JournalError, explain_io, explain_sql};
use crate::migrations::{self, APPLICATION_ID, KNOWN};

/// How long a connection waits for another connection's short lock.
const BUSY: Duration = Duration::from_secs(5);
/// Files up to this size are checked at every start (it takes a moment), larger ones only after an unclean end.
const ALWAYS_CHECKED: u64 = 64 << 20;

/// Returns the path of the file in a data folder.
pub(crate) fn path_in(dir: &Path) -> PathBuf {
    dir.join("journal.sqlite")
}

/// Creates the data folder, for its owner only. An existing folder that others may enter is closed to them.
///
/// # Errors
/// [`JournalError::Unusable`] if it cannot be created, or is open to others and cannot be closed to them.
pub(crate) fn make_folder(dir: &Path) -> Result<(), JournalError> {
    waybill_files::make_folder(dir).and_then(|()| close_to_others(dir)).map_err(|error| explain_io(dir, dir, &error))
}

#[cfg(unix)]
fn close_to_others(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = fs::metadata(dir)?.permissions();
    if permissions.mode() & 0o077 == 0 {
        return Ok(());
    }
    tracing::warn!(dir = %dir.display(), "other accounts could enter the data folder; now they cannot");
    permissions.set_mode(permissions.mode() & 0o700);
    fs::set_permissions(dir, permissions)
}

/// Windows gives a folder in a person's profile to that person.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "other systems can fail")]
fn close_to_others(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Opens the journal for writing; creates it if it does not exist. The caller holds the owner's lock.
pub(crate) fn open_for_writing(dir: &Path) -> Result<Connection, JournalError> {
    let file = path_in(dir);
    remove_half_made(dir)?;
    match header::look_at(&file)? {
        Some(found) => check(&file, &found)?,
        None => make(dir, &file)?,
    }
    let conn = open(&file)?;
    let version = version(&conn).map_err(|error| explain_sql(&file, &error))?;
    if version < KNOWN {
        tracing::info!(from = version, to = KNOWN, "migrating the journal");
        migrations::migrate(&conn, version).map_err(|error| explain_sql(&file, &error))?;
    }
    Ok(conn)
}

/// Reopens the journal for writing after the disk failed under an earlier connection.
pub(crate) fn open_again(dir: &Path) -> Result<Connection, JournalError> {
    let file = path_in(dir);
    match header::look_at(&file)? {
        Some(_) => open(&file),
        None => Err(JournalError::Unusable { dir: dir.to_owned(), detail: format!("{} is gone", file.display()) }),
    }
}

/// Opens the journal for reading; `None` if it does not exist yet. Works while another process owns it.
pub(crate) fn open_for_reading(dir: &Path) -> Result<Option<Connection>, JournalError> {
    let file = path_in(dir);
    let Some(found) = header::look_at(&file)? else { return Ok(None) };
    let explain = |error| explain_sql(&file, &error);
    let conn = match read_only(&file, false) {
        Ok(conn) => conn,
        // Nothing can be written beside it, not even the index of the log, so no one else writes either.
        Err(error) if !found.has_log && cannot_open(&error) => read_only(&file, true).map_err(explain)?,
        Err(error) => return Err(explain(error)),
    };
    // What was added since the first format only makes queries faster, or is read only if it is there: older formats
    // can be read as they are.
    match version(&conn).map_err(explain)? {
        newer if newer > KNOWN => Err(JournalError::Newer { file, found: newer, known: KNOWN }),
        0 => Err(JournalError::Unusable { dir: dir.to_owned(), detail: format!("{} has no format", file.display()) }),
        _known => Ok(Some(conn)),
    }
}

/// Examines a file whose header is in order, without changing a byte of it.
fn check(file: &Path, found: &header::Found) -> Result<(), JournalError> {
    let litter = Litter::before(file);
    let result = look_inside(file, found);
    if result.is_err() {
        litter.clear();
    }
    result
}

fn look_inside(file: &Path, found: &header::Found) -> Result<(), JournalError> {
    let explain = |error| explain_sql(file, &error);
    // Without a log no one else writes (the owner's lock is ours), and no file is created beside it.
    let conn = read_only(file, !found.has_log).map_err(explain)?;
    // A newer program may have been killed when its new version number was only in the log.
    let version = version(&conn).map_err(explain)?;
    if version > KNOWN {
        return Err(JournalError::Newer { file: file.to_owned(), found: version, known: KNOWN });
    }
    if found.has_log || found.bytes <= ALWAYS_CHECKED {
        let verdict: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(explain)?;
        if verdict != "ok" {
            return Err(JournalError::Corrupt { file: file.to_owned(), detail: verdict });
        }
    }
    Ok(())
}

/// Creates the whole file under another name, and only then gives it its own.
fn make(dir: &Path, file: &Path) -> Result<(), JournalError> {
    let half = half_made(dir);
    let io_error = |error: io::Error| explain_io(dir, &half, &error);
    waybill_files::create(&half).map_err(io_error)?;
    fill(&half).map_err(|error| explain_sql(&half, &error))?;
    File::options().write(true).open(&half).and_then(|made| made.sync_all()).map_err(io_error)?;
    waybill_files::rename(&half, file).map_err(io_error)
}

fn fill(half: &Path) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(half, flags)?;
    conn.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrations::migrate(&conn, 0)?;
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))?;
    conn.close().map_err(|(_, error)| error)
}

fn half_made(dir: &Path) -> PathBuf {
    dir.join("journal.sqlite.new")
}

/// Removes what a crash left behind while the file was being created. It never held any data.
fn remove_half_made(dir: &Path) -> Result<(), JournalError> {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let path = with_suffix(&half_made(dir), suffix);
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(explain_io(dir, &path, &error)),
        }
    }
    Ok(())
}

fn open(file: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(file, flags).and_then(|conn| {
        conn.busy_timeout(BUSY)?;
        conn.set_prepared_statement_cache_capacity(128);
        // The log is on the disk before a commit returns (on macOS the drive's own cache included).
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.pragma_update(None, "fullfsync", true)?;
        conn.pragma_update(None, "checkpoint_fullfsync", true)?;
        // 16 MiB of pages in memory; a log of 16 MiB before it is copied back, and at most 64 MiB kept of it.
        conn.pragma_update(None, "cache_size", -16_384)?;
        conn.pragma_update_and_check(None, "wal_autocheckpoint", 4_096, |row| row.get::<_, i64>(0))?;
        conn.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |row| row.get::<_, i64>(0))?;
        // A damaged or foreign schema is not to be trusted.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        Ok(conn)
    });
    opened.map_err(|error| explain_sql(file, &error))
}

/// Opens a read-only connection that does not tidy up when it ends. `alone` says that no one writes to the file
/// meanwhile, and no file is created beside it.
fn read_only(file: &Path, alone: bool) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = if alone {
        let uri = format!("{}?immutable=1", file_uri(file));
        Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?
    } else {
        Connection::open_with_flags(file, flags)?
    };
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(64);
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    conn.pragma_update(None, "cache_size", -8_192)?;
    // The first read of the file: anything wrong with it shows here.
    version(&conn)?;
    Ok(conn)
}

pub(crate) fn version(conn: &Connection) -> rusqlite::Result<u32> {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn cannot_open(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::CannotOpen | rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::SystemIoFailure)
    )
}

/// The files beside the journal's that did not exist before it was examined.
struct Litter(Vec<PathBuf>);

impl Litter {
    fn before(file: &Path) -> Self {
        let beside = ["-wal", "-shm"].map(|suffix| with_suffix(file, suffix));
        Self(beside.into_iter().filter(|path| !path.exists()).collect())
    }

    fn clear(&self) {
        for path in &self.0 {
            // A missing file needs no clean-up; one that cannot be removed is empty.
            drop(fs::remove_file(path));
        }
    }
}

pub(crate) fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Returns a `file:` URI (sqlite.org/uri.html). Every byte that is not a letter, digit or slash is escaped.
fn file_uri(file: &Path) -> String {
    #[cfg(unix)]
    let (mut uri, bytes) = (String::from("file://"), crate::stored::path_to_bytes(file));
    #[cfg(windows)]
    let (mut uri, bytes) = {
        let text = file.to_string_lossy().replace('\\', "/");
        // A share already starts with two slashes.
        let start = if text.starts_with('/') { "file://" } else { "file:///" };
        (String::from(start), text.into_bytes())
    };
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_' | b':') {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_url_characters_stays_a_path() {
        assert_eq!(file_uri(Path::new("/a b/ü?x#%/j.sqlite")), "file:///a%20b/%C3%BC%3Fx%23%25/j.sqlite");
    }

    #[test]
    fn a_crash_while_creating_the_file_does_not_block_the_next_start() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(half_made(dir.path()), b"SQLite form").unwrap();
        fs::write(with_suffix(&half_made(dir.path()), "-journal"), b"x").unwrap();
        drop(open_for_writing(dir.path()).unwrap());
        assert!(!half_made(dir.path()).exists());
        assert!(path_in(dir.path()).exists());
    }

    #[test]
    fn an_existing_folder_open_to_others_is_closed_to_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let outer = tempfile::tempdir().unwrap();
        fs::set_permissions(outer.path(), fs::Permissions::from_mode(0o777)).unwrap();
        make_folder(outer.path()).unwrap();
        assert_eq!(fs::metadata(outer.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_pipe_in_place_of_the_journal_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        assert!(std::process::Command::new("mkfifo").arg(path_in(dir.path())).status().unwrap().success());
        assert!(matches!(open_for_reading(dir.path()), Err(JournalError::Unusable { .. })));
        assert!(matches!(open_for_writing(dir.path()), Err(JournalError::Unusable { .. })));
    }

    #[test]
    fn only_the_owner_may_read_the_folder_and_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let outer = tempfile::tempdir().unwrap();
        let dir = outer.path().join("data");
        make_folder(&dir).unwrap();
        let conn = open_for_writing(&dir).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&dir), 0o700);
        assert_eq!(mode(&path_in(&dir)), 0o600);
        conn.execute_batch("BEGIN IMMEDIATE; UPDATE tallies SET part_bytes = 0; COMMIT").unwrap();
        assert_eq!(mode(&with_suffix(&path_in(&dir), "-wal")), 0o600);
    }
}
