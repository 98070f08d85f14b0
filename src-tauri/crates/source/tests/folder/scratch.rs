//! Helpers that the folder tests share.
#![cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only the watch tests use some of it"))]

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use waybill_model::{Limits, RelPath};
use waybill_source::{Folder, Found, Rules, Stop, WalkTotals, walk};

/// An empty folder named `F`, removed when this is dropped.
pub(crate) struct Scratch {
    _dir: TempDir,
    pub(crate) folder: Folder,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("F");
        fs::create_dir(&path).unwrap();
        Self { folder: Folder::open(&path).unwrap(), _dir: dir }
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, below: &str, content: impl AsRef<[u8]>) {
        let path = self.root().join(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Returns everything that the walk finds, in order.
    pub(crate) fn walk(&self) -> (Vec<Found>, WalkTotals) {
        let mut found = Vec::new();
        let totals = walk(&self.folder, &rules(), &Stop::default(), &mut |thing| found.push(thing)).unwrap();
        (found, totals)
    }
}

pub(crate) fn rel(path: &str) -> RelPath {
    RelPath::new(path).unwrap()
}

/// Returns rules that accept everything except `Thumbs.db` and paths of over 1,024 characters.
pub(crate) fn rules() -> Rules {
    let excluded = waybill_model::service::NamePattern { name: "Thumbs.db".to_owned(), ignore_case: false };
    let most = u64::MAX;
    Rules {
        excluded: vec![excluded],
        refused_extensions: Vec::new(),
        limits: Limits { files: most, file_bytes: most, transfer_bytes: most, api_body_bytes: most, path_chars: 1_024 },
    }
}

/// Returns the paths of the files and, with a `/` at the end, of the folders.
pub(crate) fn paths(found: &[Found]) -> Vec<String> {
    let path = |thing: &Found| match thing {
        Found::File { path, .. } => Some(path.to_string()),
        Found::Folder(path) => Some(format!("{path}/")),
        Found::Finding(_) => None,
    };
    found.iter().filter_map(path).collect()
}

pub(crate) fn findings(found: &[Found]) -> Vec<waybill_model::Finding> {
    let finding = |thing: &Found| match thing {
        Found::Finding(finding) => Some(finding.clone()),
        Found::File { .. } | Found::Folder(_) => None,
    };
    found.iter().filter_map(finding).collect()
}

/// Returns whether file permissions apply to this user; prints a message if not.
#[cfg(unix)]
pub(crate) fn permissions_apply(scratch: &Scratch) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let probe = scratch.root().join(".probe");
    fs::write(&probe, "x").unwrap();
    fs::set_permissions(&probe, fs::Permissions::from_mode(0o000)).unwrap();
    let apply = fs::File::open(&probe).is_err();
    fs::remove_file(&probe).unwrap();
    if !apply {
        println!("skipped: this user may read everything (root), so nothing is unreadable");
    }
    apply
}
