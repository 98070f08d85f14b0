//! How the name of the chosen folder is spelt on disk.
//!
//! On a file system that treats `records` and `Records`, or two Unicode forms, as one name, a typed path does not reveal
//! the name on disk. The parent folder's listing does.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use waybill_model::RelPath;

use crate::disk::{self, Os};

/// Returns the path as it is spelt on disk: its last name as the parent folder lists it, and the rest as the system
/// reports it if that differs only in case or Unicode form. If the spelling is unknown, the path is unchanged.
pub(crate) fn as_on_disk(path: PathBuf) -> PathBuf {
    let path = as_listed(path);
    let way = path.parent().and_then(|typed| system_spelling(disk::THIS_OS, typed, &fs::canonicalize(typed).ok()?));
    match (way, path.file_name()) {
        (Some(way), Some(name)) => way.join(name),
        (None, _) | (_, None) => path,
    }
}

/// Returns the system's spelling of a typed path, unless a link leads elsewhere.
fn system_spelling(os: Os, typed: &Path, by_the_system: &Path) -> Option<PathBuf> {
    let (typed, given) = (typed.to_str()?, by_the_system.to_str()?);
    let given = match os {
        // On Linux, another case or Unicode form is another name.
        Os::Linux => return None,
        Os::Apple => given.to_owned(),
        Os::Windows => match (given.strip_prefix(r"\\?\UNC\"), given.strip_prefix(r"\\?\")) {
            (Some(share), _) => format!(r"\\{share}"),
            (None, Some(drive)) => drive.to_owned(),
            (None, None) => given.to_owned(),
        },
    };
    let alike = typed.split(['/', '\\']).map(fold).eq(given.split(['/', '\\']).map(fold));
    alike.then(|| PathBuf::from(given))
}

fn as_listed(path: PathBuf) -> PathBuf {
    let (Some(parent), Some(typed)) = (path.parent(), path.file_name()) else { return path };
    let Ok(entries) = fs::read_dir(parent) else { return path };
    let mut names = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name == typed {
            return path;
        }
        names.push(name);
    }
    let siblings: Vec<_> = {
        let is_same = same_entry_test(&path, parent);
        names.into_iter().map(|name| Sibling { is_same: is_same(&name), name }).collect()
    };
    match spelling(typed, &siblings) {
        Some(name) => path.with_file_name(name),
        None => path,
    }
}

/// An entry of the parent folder.
#[derive(Debug)]
struct Sibling {
    name: OsString,
    /// Whether it is the entry at the typed path; `None` if that is unknown.
    is_same: Option<bool>,
}

/// Returns the name of the only entry that matches the typed name; `None` if there is none or more than one.
fn spelling<'a>(typed: &OsStr, siblings: &'a [Sibling]) -> Option<&'a OsStr> {
    let only_match = |matches: &dyn Fn(&Sibling) -> bool| {
        let mut matching = siblings.iter().filter(|entry| matches(entry));
        match (matching.next(), matching.next()) {
            (Some(entry), None) => Some(entry.name.as_os_str()),
            (Some(_), Some(_)) | (None, _) => None,
        }
    };
    only_match(&|entry| entry.name == typed)
        .or_else(|| only_match(&|entry| entry.is_same == Some(true) && alike(typed, &entry.name)))
        .or_else(|| only_match(&|entry| entry.is_same == Some(true)))
        .or_else(|| only_match(&|entry| entry.is_same.is_none() && alike(typed, &entry.name)))
}

/// Returns whether two names differ only in case or Unicode form.
fn alike(one: &OsStr, other: &OsStr) -> bool {
    one.to_str().map(fold).is_some_and(|one| other.to_str().map(fold) == Some(one))
}

fn fold(name: &str) -> String {
    RelPath::new(name).map_or_else(|_| name.to_owned(), |name| name.fold_key())
}

/// Returns a function that compares device and file number with those of `path`. Links are not followed.
#[cfg(unix)]
fn same_entry_test(path: &Path, parent: &Path) -> impl Fn(&OsStr) -> Option<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let key = |path: &Path| fs::symlink_metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()));
    let meant = key(path);
    move |name| Some(meant.is_some() && key(&parent.join(name)) == meant)
}

/// Returns a function that compares a name with that of the final path, which has the long form of a short name
/// (`RECORD~1`). For a link, the final path is that of the target, so the answer is unknown.
#[cfg(not(unix))]
fn same_entry_test(path: &Path, _: &Path) -> impl Fn(&OsStr) -> Option<bool> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    let listed_as = if is_link { None } else { fs::canonicalize(path).ok() };
    move |name| listed_as.as_deref().and_then(Path::file_name).is_some_and(|listed| listed == name).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(entries: &[(&str, Option<bool>)]) -> Vec<Sibling> {
        entries.iter().map(|&(name, is_same)| Sibling { name: name.into(), is_same }).collect()
    }

    fn spelt(typed: &str, entries: &[(&str, Option<bool>)]) -> Option<String> {
        spelling(OsStr::new(typed), &listed(entries)).map(|name| name.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_name_that_is_listed_as_typed_is_that_name() {
        // Both exist on a case-sensitive disk.
        assert_eq!(spelt("records", &[("Records", Some(false)), ("records", Some(true))]).as_deref(), Some("records"));
        assert_eq!(spelt("records", &[("Records", None), ("records", None)]).as_deref(), Some("records"));
    }

    #[test]
    fn a_name_typed_in_another_case_or_unicode_form_is_spelt_as_on_disk() {
        assert_eq!(spelt("records", &[("a", Some(false)), ("Records", Some(true))]).as_deref(), Some("Records"));
        assert_eq!(spelt("B\u{fc}ro", &[("Bu\u{308}ro", Some(true))]).as_deref(), Some("Bu\u{308}ro"));
        assert_eq!(spelt("RECORDS", &[("a", None), ("Records", None)]).as_deref(), Some("Records"));
    }

    #[test]
    fn a_short_windows_name_is_spelt_in_full() {
        let siblings = [("Records of 2024", Some(true)), ("Records of 2025", None)];
        assert_eq!(spelt("RECORD~1", &siblings).as_deref(), Some("Records of 2024"));
    }

    #[test]
    fn a_name_that_matches_nothing_listed_stays_as_typed() {
        // A folder that is mounted on access is not listed by its parent. Another folder's name is not used.
        assert_eq!(spelt("records", &[("Records", Some(false))]), None);
        assert_eq!(spelt("records", &[]), None);
        // Two that match equally well.
        assert_eq!(spelt("rECORDS", &[("Records", None), ("records", None)]), None);
        assert_eq!(spelt("x", &[("one link", Some(true)), ("the same link", Some(true))]), None);
    }

    fn way(os: Os, typed: &str, given: &str) -> Option<String> {
        system_spelling(os, Path::new(typed), Path::new(given)).map(|path| path.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_path_to_the_folder_is_spelt_as_on_disk_unless_a_link_leads_elsewhere() {
        let home = way(Os::Windows, r"c:\users\ADA", r"\\?\C:\Users\Ada");
        assert_eq!(home.as_deref(), Some(r"C:\Users\Ada"));
        let share = way(Os::Windows, r"\\SERVER\records", r"\\?\UNC\server\Records");
        assert_eq!(share.as_deref(), Some(r"\\server\Records"));
        assert_eq!(way(Os::Windows, r"S:\2024", r"\\?\UNC\server\Records\2024"), None);
        assert_eq!(way(Os::Apple, "/users/ada", "/Users/Ada").as_deref(), Some("/Users/Ada"));
        assert_eq!(way(Os::Apple, "/tmp/x", "/private/tmp/x"), None);
        assert_eq!(way(Os::Linux, "/Data", "/data"), None);
    }

    #[cfg(unix)]
    #[test]
    fn the_same_file_is_recognised_by_its_number_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("Records")).unwrap();
        fs::create_dir(dir.path().join("Other")).unwrap();
        std::os::unix::fs::symlink("Records", dir.path().join("link")).unwrap();
        // A path to the folder that is not listed under its last name, as on a case-insensitive disk.
        let path = dir.path().join("Other/../Records");
        let is_same = same_entry_test(&path, dir.path());
        let known = ["Records", "Other", "link", "missing"].map(|name| is_same(OsStr::new(name)));
        assert_eq!(known, [Some(true), Some(false), Some(false), Some(false)]);
        assert_eq!(as_listed(dir.path().join("link")), dir.path().join("link"));
        assert_eq!(as_listed(dir.path().join("records")), dir.path().join("records"));
    }
}
