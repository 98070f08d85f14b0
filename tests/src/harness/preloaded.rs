//! A few lines of C that are loaded into a program before the system's own library.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::{Error, Result, output_within};

/// How long the lines may take to be compiled.
const COMPILING: Duration = Duration::from_secs(60);

/// Compiles them into a library in `folder`, and returns its path: the value for `LD_PRELOAD`.
///
/// # Errors
/// There is no C compiler, or it refuses them.
pub fn preloaded(source: &Path, folder: &Path) -> Result<PathBuf> {
    let library = folder.join(source.file_name().unwrap_or_default()).with_extension("so");
    let mut compiler = Command::new("cc");
    compiler.args(["-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source);
    let compiled = output_within(&mut compiler, b"", COMPILING)?;
    if compiled.status.success() {
        return Ok(library);
    }
    let said = String::from_utf8_lossy(&compiled.stderr).into_owned();
    Err(Error::unexpected(format!("{} is not compiled: {said}", source.display())))
}
