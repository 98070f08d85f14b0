//! What is sent in the demo.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use waybill_system_tests::{Result, Size, sample_folder};

use crate::at;

/// The name of the sample folder.
pub(crate) const NAME: &str = "Parish council records";

/// A folder to send.
pub(crate) struct Folder {
    /// The folder.
    pub(crate) path: PathBuf,
    /// The sizes of all regular files in it, by path with the folder's own name in front.
    pub(crate) files: BTreeMap<String, u64>,
    /// What `waybill` must leave out, with the code of the reason, if that is known beforehand.
    pub(crate) left_out: Option<BTreeMap<String, &'static str>>,
}

impl Folder {
    /// Returns the folder that holds this one.
    pub(crate) fn parent(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }
}

/// Makes a realistic sample folder.
pub(crate) fn made(dir: &Path) -> Result<Folder> {
    let sample = sample_folder(dir, NAME, Size::Full, 2_026)?;
    println!("   {}", sample.root.display());
    println!(
        "   {} files to send, {:.0} MiB, the largest {}",
        sample.sent.len(),
        mebibytes(sample.bytes()),
        sample.largest
    );
    println!("   files that must not be sent:");
    for (path, code) in &sample.left_out {
        println!("     {path} ({code})");
    }
    println!("   empty folders, which are recorded: {}", sample.empty_folders.join(", "));
    Ok(Folder { path: sample.root.clone(), files: files_below(&sample.root)?, left_out: Some(sample.left_out) })
}

/// Returns the person's own folder, with its files.
pub(crate) fn own(path: &Path) -> Result<Folder> {
    let path = std::fs::canonicalize(path).map_err(at(path))?;
    let files = files_below(&path)?;
    println!("   {}: {} files, {:.0} MiB", path.display(), files.len(), mebibytes(files.values().sum()));
    Ok(Folder { path, files, left_out: None })
}

/// Returns bytes as people read them.
#[expect(clippy::cast_precision_loss, reason = "it is rounded to whole MiB anyway")]
pub(crate) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}

/// Returns every regular file below a folder, found without any of Waybill's own code. Names that are not Unicode are
/// shown as the system shows them.
fn files_below(root: &Path) -> Result<BTreeMap<String, u64>> {
    let parent = root.parent().unwrap_or(Path::new("/"));
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                println!("   not read, as there is no permission: {}", folder.display());
                continue;
            }
            Err(error) => return Err(at(&folder)(error)),
        };
        for entry in entries {
            let path = entry.map_err(at(&folder))?.path();
            let metadata = path.symlink_metadata().map_err(at(&path))?;
            if metadata.is_dir() {
                folders.push(path);
            } else if metadata.is_file() {
                let below = path.strip_prefix(parent).unwrap_or(&path);
                let segments: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
                files.insert(segments.join("/"), metadata.len());
            }
        }
    }
    Ok(files)
}
