//! Bytes per second of `waybill send`, compared with curl uploading the same files to the same sandbox.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use waybill_system_tests::{Error, Result};

use super::files::{Files, name};
use super::person::cookies;
use super::stage::{LONG, Stage, until_phase};
use crate::report::{Report, Unit};
use crate::series::Series;
use crate::{Options, io};

const LARGE: Files = Files { count: 1, bytes: 1 << 30 };
const SMALL: Files = Files { count: 5_000, bytes: 20 << 10 };
/// The number of files that curl sends in parallel.
const AT_ONCE: &str = "16";

/// Runs the benchmark.
///
/// # Errors
/// A transfer does not finish, or curl fails.
pub(crate) fn measure(options: &Options) -> Result<Report> {
    let mut report = Report::new("throughput", "Speed of `waybill send`", "curl");
    for (what, files) in [("One file of 1 GiB", LARGE), ("5,000 files of 20 KiB", SMALL)] {
        let (mut sending, mut whole, mut curl) = (Series::default(), Series::default(), Series::default());
        for run in 0..options.runs {
            let stage = Stage::new()?;
            let folder = stage.records(files)?;
            let mib = files.total() as f64 / f64::from(1 << 20);
            let uploaded = |stage: &Stage| Ok::<_, Error>(mib / upload(stage, &folder, files)?.as_secs_f64());
            // curl is first in every other run.
            let first = if run % 2 == 0 { Some(uploaded(&stage)?) } else { None };
            stage.sign_in()?;
            let took = send(&stage, &folder)?;
            sending.push(mib / took.sending.as_secs_f64());
            whole.push(mib / took.whole.as_secs_f64());
            curl.push(match first {
                Some(first) => first,
                None => uploaded(&stage)?,
            });
        }
        report.compare(format!("{what}, while sending"), Unit::MibPerSecond, sending, curl.clone());
        report.compare(format!("{what}, check, SHA-256, registration and sending"), Unit::MibPerSecond, whole, curl);
    }
    report.note(
        "curl sends the large file in one PUT and the small ones 16 at a time, with the cookies, the certificate check and the condition \
         `If-None-Match: *` of Waybill's requests. It reads each file once, has no checksums and no journal, \
         and registers nothing. The second row of each pair includes all of that for Waybill.",
    );
    report.note("The sandbox runs on the same machine and uses processor time in both cases.");
    Ok(report)
}

struct Took {
    sending: Duration,
    whole: Duration,
}

/// Sends with Waybill until everything is acknowledged.
fn send(stage: &Stage, folder: &Path) -> Result<Took> {
    let started = Instant::now();
    let run = stage.send(folder)?;
    let (_, sending) = until_phase(&run, &["sending"])?;
    let (_, sent) = until_phase(&run, &["handing_over", "settling"])?;
    run.finish(LONG)?.expect_code(0)?;
    Ok(Took { sending: sent.duration_since(sending), whole: sent.duration_since(started) })
}

/// Uploads the same files with curl, to other keys.
fn upload(stage: &Stage, folder: &Path, files: Files) -> Result<Duration> {
    let consignment = stage.sandbox.control().consignment(&stage.consignment.id)?;
    let prefix = format!("{}/{}/{}", stage.sandbox.addresses().upload, consignment.user_id, consignment.id);
    let mut settings = format!(
        "silent\nshow-error\nfail\nnoproxy = \"*\"\nparallel-max = {AT_ONCE}\ncacert = \"{}\"\n",
        stage.sandbox.ca().display()
    );
    let cookies = cookies(&stage.sandbox)?;
    // `next` resets all options except global ones.
    for number in 0..files.count {
        let file = folder.join(name(number));
        let more = if number == 0 { "" } else { "next\nsilent\nshow-error\nfail\nnoproxy = \"*\"\n" };
        let ca = stage.sandbox.ca().display();
        write!(
            settings,
            "{more}cacert = \"{ca}\"\nheader = \"Cookie: {cookies}\"\nheader = \"If-None-Match: *\"\n\
             upload-file = \"{}\"\nurl = \"{prefix}/curl-{number}\"\noutput = \"/dev/null\"\n",
            file.display()
        )
        .map_err(|error| Error::unexpected(error.to_string()))?;
    }
    let mut command = Command::new("curl");
    command.args(["--config", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    if files.count > 1 {
        command.arg("--parallel");
    }
    let started = Instant::now();
    let mut curl = command.spawn().map_err(io("curl"))?;
    if let Some(mut stdin) = curl.stdin.take() {
        stdin.write_all(settings.as_bytes()).map_err(io("curl"))?;
    }
    let output = curl.wait_with_output().map_err(io("curl"))?;
    let took = started.elapsed();
    let stored = stage.sandbox.control().objects()?.iter().filter(|object| object.key.contains("/curl-")).count();
    if output.status.success() && u64::try_from(stored).ok() == Some(files.count) {
        Ok(took)
    } else {
        let message = String::from_utf8_lossy(&output.stderr).trim().lines().take(3).collect::<Vec<_>>().join("; ");
        Err(Error::unexpected(format!("curl stored {stored} of {} files: {message}", files.count)))
    }
}
