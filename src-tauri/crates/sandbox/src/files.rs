//! Files in the sandbox's folder: private ones are for their owner only, and a file is replaced whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Makes the sandbox's folder, for its owner only on systems that have owners.
pub(crate) fn make_dir(dir: &Path) -> io::Result<()> {
    let is_new = !dir.exists();
    fs::create_dir_all(dir)?;
    if is_new { make_private_dir(dir) } else { Ok(()) }
}

#[cfg(unix)]
fn make_private_dir(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
}

/// Windows keeps others out by the access list that the folder inherits.
#[cfg(not(unix))]
fn make_private_dir(_dir: &Path) -> io::Result<()> {
    Ok(())
}

/// Writes a file that only its owner may read (mode 0600).
pub(crate) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    write(path, content, true)
}

/// Writes a file that anyone who may enter the folder may read.
pub(crate) fn write_public(path: &Path, content: &[u8]) -> io::Result<()> {
    write(path, content, false)
}

/// Creates a database's file, or keeps others out of one that exists and of the files beside it. SQLite gives the files
/// that it creates beside it the same permissions.
pub(crate) fn make_private_database(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    drop(file);
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match make_private(Path::new(&name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Keeps others out of a file that exists.
#[cfg(unix)]
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

/// Windows keeps others out by the folder's inherited access list.
#[cfg(not(unix))]
pub(crate) fn make_private(_path: &Path) -> io::Result<()> {
    Ok(())
}

fn write(path: &Path, content: &[u8], is_private: bool) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let draft = path.with_file_name(name);
    if draft.exists() {
        fs::remove_file(&draft)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_private {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = is_private;
    let mut file = options.open(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&draft, path)
}
