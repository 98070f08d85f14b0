//! The most memory that `waybill send` takes, from its start to its end.

use std::thread;
use std::time::Duration;

use waybill_system_tests::{Error, Result};

use super::files::Files;
use super::stage::{LONG, Stage};
use crate::Options;
use crate::processes::peak_mib;
use crate::report::{Report, Unit};
use crate::series::Series;

/// How often a running process is asked. What it answers never becomes less, so only what comes after the last question is missed.
const INTERVAL: Duration = Duration::from_millis(20);

const LITTLE: Files = Files { count: 1, bytes: 64 << 20 };
const LARGE: Files = Files { count: 1, bytes: 4 << 30 };
const MANY: Files = Files { count: 100_000, bytes: 1 << 10 };

/// Measures it.
///
/// # Errors
/// A transfer does not come to its end.
pub(crate) fn measure(options: &Options) -> Result<Report> {
    let mut report = Report::new("memory", "The most memory of `waybill send`", "One file of 64 MiB");
    let (mut little, mut large, mut many) = (Series::default(), Series::default(), Series::default());
    for _ in 0..options.runs {
        little.push(peak(LITTLE)?);
        large.push(peak(LARGE)?);
        many.push(peak(MANY)?);
    }
    report.compare("One file of 4 GiB", Unit::Mib, large, little.clone());
    report.compare("100,000 files of 1 KiB", Unit::Mib, many, little);
    report.note("`VmHWM` of the process, from its start through sign-in, check, sending and hand-over to its receipt.");
    Ok(report)
}

/// Of one whole transfer, in MiB.
fn peak(files: Files) -> Result<f64> {
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
    run.finish(LONG)?.expect_code(0)?;
    watch.join().map_err(|_| Error::unexpected("nobody looked at the memory"))
}
