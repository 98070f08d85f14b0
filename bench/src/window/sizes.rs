//! The sizes of the page and the programs. They are the same in every run, so each is read once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use waybill_system_tests::{Error, Result};

use crate::report::{Report, Unit};
use crate::series::Series;
use crate::{Options, io};

/// Adds the sizes to the table.
///
/// # Errors
/// The page or a program is missing.
pub(super) fn add(options: &Options, report: &mut Report) -> Result<()> {
    let files = files_below(&options.page.join("dist"))?;
    let mut sizes = (0.0, 0.0);
    for file in &files {
        sizes.0 += kib(size(file)?);
        sizes.1 += kib(compressed(file)?);
    }
    report.add("Page, all files", Unit::Kib, once(sizes.0));
    report.add("Page, each file compressed with gzip", Unit::Kib, once(sizes.1));
    let mib = |path: &Path| -> Result<Series> { Ok(once(kib(size(path)?) / 1024.0)) };
    report.compare("Program of the window", Unit::Mib, mib(&options.desktop)?, mib(&options.bare)?);
    report.add("Program `waybill`", Unit::Mib, mib(&options.waybill)?);
    Ok(())
}

fn once(figure: f64) -> Series {
    std::iter::once(figure).collect()
}

fn kib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0
}

fn size(path: &Path) -> Result<u64> {
    Ok(fs::metadata(path).map_err(io(path))?.len())
}

fn compressed(path: &Path) -> Result<u64> {
    let output =
        Command::new("gzip").args(["-9", "-n", "-c"]).arg(path).stdin(Stdio::null()).output().map_err(io("gzip"))?;
    if output.status.success() {
        Ok(u64::try_from(output.stdout.len()).unwrap_or(u64::MAX))
    } else {
        Err(Error::unexpected("gzip failed"))
    }
}

fn files_below(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(io(dir))? {
        let path = entry.map_err(io(dir))?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}
