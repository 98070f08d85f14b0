//! The peak memory of `waybill send`, from its start to its end.

use std::thread;
use std::time::Duration;

use waybill_system_tests::{Error, Event, Result};

use super::files::Files;
use super::stage::{LONG, Stage};
use crate::Options;
use crate::processes::peak_mib;
use crate::report::{Report, Unit};
use crate::series::Series;

/// How often the memory is read. The peak never falls, so only an increase after the last reading is missed.
const INTERVAL: Duration = Duration::from_millis(20);

const BASELINE: Files = Files { count: 1, bytes: 64 << 20 };
const LARGE: Files = Files { count: 1, bytes: 4 << 30 };
const MANY: Files = Files { count: 100_000, bytes: 1 << 10 };
/// How many of the small files are sent in every run except the first, which sends all. Five complete runs would take
/// too long.
const ENOUGH: u64 = 5_000;

/// Runs the benchmark.
///
/// # Errors
/// A transfer does not finish.
pub(crate) fn measure(options: &Options) -> Result<Report> {
    let mut report = Report::new("memory", "Peak memory of `waybill send`", "One file of 64 MiB");
    let (mut baseline, mut large, mut many) = (Series::default(), Series::default(), Series::default());
    for run in 0..options.runs {
        baseline.push(peak(BASELINE, None)?);
        large.push(peak(LARGE, None)?);
        many.push(peak(MANY, (run > 0).then_some(ENOUGH))?);
    }
    report.compare("One file of 4 GiB", Unit::Mib, large, baseline.clone());
    report.compare("100,000 files of 1 KiB", Unit::Mib, many, baseline);
    report.note("`VmHWM` of the process, from its start through sign-in, check, sending and hand-over to its receipt.");
    report.note("All of the 100,000 files are registered in every run. The first run sends all of them, and each of the others 5,000.");
    Ok(report)
}

/// Returns the peak memory in MiB of one transfer, to its end or until this many files are acknowledged.
fn peak(files: Files, enough: Option<u64>) -> Result<f64> {
    let stage = Stage::new()?;
    let folder = stage.records(files)?;
    let run = stage.send(&folder)?;
    let id = run.id();
    let watch = thread::spawn(move || {
        let mut most = 0.0_f64;
        while let Some(peak) = peak_mib(id) {
            most = most.max(peak);
            thread::sleep(INTERVAL);
        }
        most
    });
    match enough {
        None => drop(run.finish(LONG)?.expect_code(0)?),
        Some(enough) => {
            let is_enough = |event: &Event| event.text("phase") == "sending" && event.number("items_done") >= enough;
            run.wait_for("files to be sent", LONG, is_enough)?;
            run.kill()?;
        }
    }
    watch.join().map_err(|_| Error::unexpected("the thread that reads the memory panicked"))
}
