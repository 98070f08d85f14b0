//! A whole transfer, reported as it happens.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use waybill_system_tests::{Effect, Error, Event, Fault, Finished, PATIENCE, Result, Role, Sandbox, Waybill, compare};

use crate::folder::{Folder, mebibytes};
use crate::{step, watch};

/// Files of this size or more are sent in several parts and can be killed in the middle. (Waybill's own limit is 16
/// MiB.)
const IN_PARTS: u64 = 24 << 20;

/// Enough for a large folder.
const LONG: Duration = Duration::from_secs(3_600);

/// How it went.
pub(crate) enum Told {
    /// It was killed in the middle, and resumed.
    Interrupted,
    /// It ended before it could be killed.
    Uninterrupted,
}

/// Sends, kills, resumes, hands over and compares.
pub(crate) fn tell(sandbox: &Sandbox, waybill: &Waybill, folder: &Folder, receipt: &Path) -> Result<Told> {
    let consignment = sandbox.consignment("ready", 0)?;
    let reference = consignment.reference.as_str();
    let sent = step("3. Sign in, check, register and send, until SIGKILL half-way", || {
        send_and_kill(sandbox, waybill, folder)
    })?;
    let (finished, told) = match sent {
        Sent::Killed { acknowledged } => {
            let finished = step("4. Resume", || resume(sandbox, waybill, reference, acknowledged))?;
            (finished, Told::Interrupted)
        }
        Sent::ToTheEnd(finished) => (finished, Told::Uninterrupted),
    };
    step("5. The receipt", || show_receipt(waybill, reference, &finished, receipt))?;
    step("6. Every stored object, compared with its source byte for byte", || {
        let not_sent = left_out(waybill, reference)?;
        account_for_every_file(folder, &not_sent)?;
        let expected: BTreeSet<&String> = folder.files.keys().filter(|path| !not_sent.contains_key(*path)).collect();
        let equal = compare(sandbox.control(), &consignment.id, folder.parent(), expected)?;
        println!("   {} objects, {:.1} MiB: all equal", equal.files, mebibytes(equal.bytes));
        Ok(())
    })?;
    Ok(told)
}

/// What became of the first attempt.
enum Sent {
    /// Killed, after it had reported this many acknowledged bytes.
    Killed { acknowledged: u64 },
    /// It ended too soon.
    ToTheEnd(Finished),
}

/// The moment of the kill.
enum Aim<'a> {
    /// When half of the parts of this file are stored.
    Parts { path: &'a str, parts: u64 },
    /// When some of the files are sent.
    Files,
}

impl<'a> Aim<'a> {
    fn at(folder: &'a Folder) -> Self {
        match folder.files.iter().max_by_key(|(_, bytes)| **bytes) {
            Some((path, &bytes)) if bytes >= IN_PARTS => {
                // Waybill's parts are 8 MiB unless the file is so large that it would need more than 10,000 of them.
                Self::Parts { path, parts: bytes.div_ceil((8 << 20_u64).max(bytes.div_ceil(10_000))) }
            }
            Some(_) | None => Self::Files,
        }
    }

    /// Makes half-way last long enough to be hit, as on a real network: each part takes a moment, or each file of the
    /// second half.
    fn slowness(&self, folder: &Folder) -> Fault {
        let half = u64::try_from(folder.files.len() / 2).unwrap_or(0);
        match self {
            Self::Parts { .. } => {
                Fault::new(Role::Upload, Effect::Bandwidth(12 << 20)).method("PUT").path("*partNumber=*").always()
            }
            Self::Files => Fault::new(Role::Upload, Effect::Bandwidth(2 << 20)).method("PUT").skip(half).always(),
        }
    }
}

fn send_and_kill(sandbox: &Sandbox, waybill: &Waybill, folder: &Folder) -> Result<Sent> {
    let consignment = sandbox.consignment("ready", 0)?;
    let arguments: [&OsStr; 5] = [
        "send".as_ref(),
        folder.path.as_os_str(),
        "--consignment".as_ref(),
        consignment.reference.as_ref(),
        "--yes".as_ref(),
    ];
    println!("   waybill send \"{}\" --consignment {} --yes", folder.path.display(), consignment.reference);
    let aim = Aim::at(folder);
    let slow = sandbox.control().set(&aim.slowness(folder))?;
    let run = waybill.start(arguments)?;
    let signed_in = run.wait_for("the sign-in page", PATIENCE, |event| event.name() == "sign_in")?;
    println!("   {} signs in with the browser", sandbox.first_user()?.username);
    let checked = run.wait_after(&signed_in, "the check", LONG, |event| event.name() == "checked")?;
    println!(
        "   checked: {} files found, {} of them to be sent, {:.1} MiB",
        checked.number("files"),
        checked.number("items"),
        mebibytes(checked.number("item_bytes"))
    );
    match aim {
        Aim::Parts { path, parts } => {
            let stored = watch::half_of(sandbox.control(), &consignment.id, path, parts)?;
            // The next progress is of that moment or later.
            let last = run.events().last().map_or(checked, Event::clone);
            run.wait_after(&last, "progress", PATIENCE, |event| event.name() == "progress")?;
            println!("   {stored} of {parts} parts of {path} are stored: SIGKILL");
        }
        Aim::Files => match run.wait_after(&checked, "some of the files", LONG, is_partly_sent) {
            Ok(event) => {
                println!(
                    "   {} of {} files are sent: SIGKILL",
                    event.number("items_done"),
                    event.number("items_total")
                );
            }
            Err(_) => {
                let finished = run.finish(LONG)?.expect_code(0)?;
                println!("   sent before it could be interrupted: the folder is too small");
                return Ok(Sent::ToTheEnd(finished));
            }
        },
    }
    let killed = run.kill()?;
    sandbox.control().remove(slow)?;
    println!("   {:.1} MiB were acknowledged and in the journal", mebibytes(killed.acknowledged_bytes()));
    Ok(Sent::Killed { acknowledged: killed.acknowledged_bytes() })
}

fn is_partly_sent(event: &Event) -> bool {
    let done = event.number("bytes_done");
    event.is("progress", &[("phase", "sending")]) && done > 0 && done < event.number("bytes_total")
}

fn resume(sandbox: &Sandbox, waybill: &Waybill, reference: &str, acknowledged: u64) -> Result<Finished> {
    let before = sandbox.control().requests()?.len();
    println!("   waybill resume {reference}");
    let run = waybill.start(["resume", reference, "--yes"])?;
    let handed = run.wait_for("the hand-over", LONG, |event| event.name() == "hand_over")?;
    println!("   everything is sent; the browser opens the website's page, which starts TDR's checks");
    run.wait_after(&handed, "TDR's checks", LONG, |event| event.is("state", &[("phase", "being_checked")]))?;
    println!("   being checked by TDR");
    let finished = run.finish(LONG)?.expect_code(0)?;
    println!("   finished");
    let requests = sandbox.control().requests()?;
    let sent: u64 = requests.iter().skip(before).filter(|logged| logged.is_stored()).map(|logged| logged.bytes).sum();
    let stored: u64 = sandbox.control().objects()?.iter().map(|object| object.size).sum();
    println!("   sent after the kill: {:.1} MiB of {:.1} MiB", mebibytes(sent), mebibytes(stored));
    if acknowledged + sent > stored {
        return Err(Error::unexpected(format!(
            "{acknowledged} bytes were acknowledged, yet {sent} of {stored} were sent afterwards: some of them twice"
        )));
    }
    Ok(finished)
}

fn show_receipt(waybill: &Waybill, reference: &str, finished: &Finished, out: &Path) -> Result<()> {
    if let Some(message) =
        finished.named("done").last().map(|done| done.text("message")).filter(|text| !text.is_empty())
    {
        println!("   {message}");
    }
    let shown = waybill.run(["show", reference], PATIENCE)?.expect_code(0)?;
    let transfer = shown.event("transfer")?;
    println!(
        "   {reference}: {}, {} of {} files and {:.1} MiB uploaded, {} left out",
        transfer.text("phase"),
        transfer.number("items_done"),
        transfer.number("items_total"),
        mebibytes(transfer.number("bytes_done")),
        transfer.number("left_out")
    );
    let arguments: [OsString; 6] = [
        "receipt".into(),
        reference.into(),
        "--format".into(),
        "html,csv,json,bagit".into(),
        "--out".into(),
        out.as_os_str().to_owned(),
    ];
    let written = waybill.run(arguments, PATIENCE)?.expect_code(0)?;
    let paths = written.event("receipt")?.value()["paths"].as_array().cloned().unwrap_or_default();
    for path in paths.iter().filter_map(|path| path.as_str()) {
        println!("   {path}");
        if !Path::new(path).is_file() {
            return Err(Error::unexpected(format!("there is no receipt at {path}")));
        }
    }
    Ok(())
}

/// Returns what `waybill` says it did not send, and why.
fn left_out(waybill: &Waybill, reference: &str) -> Result<BTreeMap<String, String>> {
    let shown = waybill.run(["show", reference, "--items", "--findings"], LONG)?.expect_code(0)?;
    let items = shown.named("item").filter(|event| event.text("state") == "left_out");
    let findings = shown.named("finding").filter(|event| event.text("effect") != "warns");
    let named = items.map(|event| (event.text("path").to_owned(), event.text("code").to_owned()));
    let found = findings.map(|event| (event.text("path").to_owned(), event.text("kind").to_owned()));
    Ok(found.chain(named).collect())
}

/// Checks that nothing was left out silently or for a wrong reason.
fn account_for_every_file(folder: &Folder, not_sent: &BTreeMap<String, String>) -> Result<()> {
    if !not_sent.is_empty() {
        println!("   not sent, as the receipt says too:");
    }
    not_sent.iter().for_each(|(path, code)| println!("     {path} ({code})"));
    let Some(expected) = &folder.left_out else { return Ok(()) };
    let said: BTreeMap<&str, &str> = not_sent.iter().map(|(path, code)| (path.as_str(), code.as_str())).collect();
    let known: BTreeMap<&str, &str> = expected.iter().map(|(path, code)| (path.as_str(), *code)).collect();
    if said == known { Ok(()) } else { Err(Error::unexpected(format!("left out should be {known:?}"))) }
}
