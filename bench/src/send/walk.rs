//! A million files walked into the journal and checked, compared with `find` reading the metadata of each.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use waybill_system_tests::{Error, Result};

use super::files::{Files, make};
use super::stage::{LONG, Stage, until_phase};
use crate::processes::peak_mib;
use crate::report::{Report, Unit};
use crate::series::Series;
use crate::{Options, io};

const MILLION: Files = Files { count: 1_000_000, bytes: 1 << 10 };
const THOUSAND: Files = Files { count: 1_000, bytes: 1 << 10 };

/// Runs the benchmark.
///
/// # Errors
/// The folder cannot be walked.
pub(crate) fn measure(options: &Options) -> Result<Report> {
    let mut report = Report::new("walk", "A million files walked into the journal", "`find`, or 1,000 files");
    let dir = tempfile::tempdir().map_err(io(std::env::temp_dir()))?;
    let (million, thousand) = (dir.path().join("Million"), dir.path().join("Thousand"));
    make(&million, MILLION)?;
    make(&thousand, THOUSAND)?;
    let (mut ours, mut theirs, mut memory, mut small) =
        (Series::default(), Series::default(), Series::default(), Series::default());
    // The first walk brings the folder into the page cache.
    find(&million)?;
    for run in 0..options.runs {
        let first = if run % 2 == 0 { Some(find(&million)?) } else { None };
        let (took, peak) = walk(&million)?;
        ours.push(took);
        memory.push(peak);
        small.push(walk(&thousand)?.1);
        theirs.push(match first {
            Some(first) => first,
            None => find(&million)?,
        });
    }
    report.compare("1,000,000 files: time, compared with `find`", Unit::Seconds, ours, theirs);
    report.compare("1,000,000 files: peak memory until then, compared with 1,000 files", Unit::Mib, memory, small);
    report.note(
        "From the start of the walk until `waybill send` reports the result of its check, with every file in the journal. `find` \
         prints the size, the date and the path of every file to `/dev/null`.",
    );
    Ok(report)
}

/// Returns the duration in seconds, and the peak memory in MiB.
fn walk(folder: &Path) -> Result<(f64, f64)> {
    let stage = Stage::new()?;
    stage.sign_in()?;
    let run = stage.send(folder)?;
    let (_, started) = until_phase(&run, &["walking"])?;
    run.wait_for("the check", LONG, |event| event.name() == "checked")?;
    let took = started.elapsed().as_secs_f64();
    let peak = peak_mib(run.id()).ok_or_else(|| Error::unexpected("waybill has ended unexpectedly"))?;
    run.kill()?;
    Ok((took, peak))
}

fn find(folder: &Path) -> Result<f64> {
    let started = Instant::now();
    let mut command = Command::new("find");
    command.arg(folder).args(["-type", "f", "-printf", "%s %T@ %p\\n"]).stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.status().map_err(io("find"))?;
    if status.success() { Ok(started.elapsed().as_secs_f64()) } else { Err(Error::unexpected("find failed")) }
}
