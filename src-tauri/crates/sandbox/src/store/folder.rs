//! The store's two folders below the sandbox's: `objects/` for bodies sent whole, `uploads/ID/` for parts.
//!
//! A part stays where it is when its upload becomes an object. A kill can leave a body that no row names; [`open`]
//! removes such files at the next start, and only files with the names that are given out here, in folders that this
//! sandbox has made.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use crate::random;

/// Remembers in the settings that the folders are the sandbox's own.
const SETTING: &str = "store_folders";
const OBJECTS: &str = "objects";
const UPLOADS: &str = "uploads";
/// Characters of the random part of a name: 18 bytes in base64.
const NAME: usize = 24;

/// Returns a new file for a body sent whole.
pub(super) fn object_file() -> String {
    format!("{OBJECTS}/{}", random::token(18))
}

/// Returns a new file for a part.
pub(super) fn part_file(upload_id: &str, number: i32) -> String {
    format!("{UPLOADS}/{upload_id}/{number}-{}", random::token(18))
}

/// Makes the folders, or, when they were made at an earlier start, removes the bodies in them that are not in `keep`.
///
/// # Errors
/// When the disk refuses, and at a first start when a folder of that name holds something already.
pub(super) fn open(dir: &Path, db: &crate::db::Db, keep: &HashSet<String>) -> io::Result<()> {
    let own = db.setting(SETTING).map_err(io::Error::other)?.is_some();
    for name in [OBJECTS, UPLOADS] {
        let path = dir.join(name);
        std::fs::create_dir_all(&path)?;
        if own {
            sweep(dir, name, keep)?;
        } else if std::fs::read_dir(&path)?.next().is_some() {
            let text = format!("{} holds files that are not a sandbox's", path.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
        }
    }
    db.set_setting(SETTING, "made").map_err(io::Error::other)
}

fn sweep(dir: &Path, folder: &str, keep: &HashSet<String>) -> io::Result<()> {
    for entry in std::fs::read_dir(dir.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let below = format!("{folder}/{name}");
        if entry.file_type()?.is_dir() && folder == UPLOADS {
            sweep(dir, &below, keep)?;
            if std::fs::read_dir(entry.path())?.next().is_none() {
                std::fs::remove_dir(entry.path())?;
            }
        } else if entry.file_type()?.is_file() && is_given_out(folder, &name) && !keep.contains(&below) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Returns whether a file of this name in this folder can be a body of the store.
fn is_given_out(folder: &str, name: &str) -> bool {
    let random = if folder == OBJECTS {
        Some(name)
    } else {
        name.split_once('-').filter(|(number, _)| number.parse::<i32>().is_ok()).map(|(_, random)| random)
    };
    let base64 = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    random.is_some_and(|random| random.len() == NAME && base64(random))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;

    #[test]
    fn a_folder_with_somebody_elses_files_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(&dir.path().join("sandbox.sqlite")).unwrap();
        let photo = dir.path().join("uploads/photo.jpg");
        std::fs::create_dir(dir.path().join("uploads")).unwrap();
        std::fs::write(&photo, "mine").unwrap();
        let error = open(dir.path(), &db, &HashSet::new()).unwrap_err();
        assert!(error.to_string().contains("uploads"), "{error}");
        assert!(photo.exists());
    }

    #[test]
    fn only_bodies_that_no_row_names_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(&dir.path().join("sandbox.sqlite")).unwrap();
        open(dir.path(), &db, &HashSet::new()).unwrap();
        let (kept, lost, part) = (object_file(), object_file(), part_file("id", 7));
        let strange = format!("{OBJECTS}/notes.txt");
        std::fs::create_dir(dir.path().join("uploads/id")).unwrap();
        for file in [&kept, &lost, &part, &strange] {
            std::fs::write(dir.path().join(file), "x").unwrap();
        }
        open(dir.path(), &db, &HashSet::from([kept.clone()])).unwrap();
        assert!(dir.path().join(kept).exists() && dir.path().join(strange).exists());
        assert!(!dir.path().join(lost).exists() && !dir.path().join("uploads/id").exists());
    }
}
