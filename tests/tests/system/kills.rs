//! `waybill` is killed with SIGKILL at chosen instants and started again, and nothing is lost or sent twice.

use std::collections::{BTreeMap, BTreeSet};

use waybill_system_tests::{Effect, Event, Fault, Logged, PATIENCE, Result, Role};

use crate::scene::{NOT_REPEATABLE, PART, Scene, parts_stored};

/// When it is killed.
enum Instant {
    /// When it has said this.
    Said(fn(&Event) -> bool),
    /// When a request that matches has reached the sandbox, and before it is answered.
    Asked(Fault),
}

/// Milliseconds; it is killed before.
const HELD: u64 = 600_000;

fn asked(role: Role, narrow: impl FnOnce(Fault) -> Fault) -> Instant {
    Instant::Asked(narrow(Fault::new(role, Effect::DelayMs(HELD))))
}

fn has_phase(event: &Event, phase: &str) -> bool {
    event.is("state", &[("phase", phase)])
}

#[test]
fn killed_before_anything_is_registered() -> Result<()> {
    survives("at the sign-in page", Instant::Said(|event| event.name() == "sign_in"))?;
    survives("asking for consignments", asked(Role::Api, |fault| fault.body_contains("consignments(")))?;
    survives("when the check is done", Instant::Said(|event| event.name() == "checked"))?;
    survives("when it begins to read the files", Instant::Said(|event| has_phase(event, "hashing")))?;
    survives("when it begins to start the upload", Instant::Said(|event| has_phase(event, "starting")))
}

#[test]
fn killed_while_it_starts_the_upload_and_registers() -> Result<()> {
    survives("in startUpload", asked(Role::Api, |fault| fault.body_contains("startUpload")))?;
    survives("when it begins to register", Instant::Said(|event| has_phase(event, "registering")))?;
    survives("in addFilesAndMetadata", asked(Role::Api, |fault| fault.body_contains("addFilesAndMetadata")))?;
    survives("when it begins to confirm", Instant::Said(|event| has_phase(event, "confirming")))?;
    survives("fetching cookies", asked(Role::Upload, |fault| fault.path("/cookies")))
}

#[test]
fn killed_while_it_sends() -> Result<()> {
    survives("in the first file", asked(Role::Upload, |fault| fault.method("PUT")))?;
    survives("in the eleventh file", asked(Role::Upload, |fault| fault.method("PUT").skip(10)))?;
    survives("creating the multipart upload", asked(Role::Upload, |fault| fault.method("POST").path("*?*uploads*")))?;
    survives("in the first part", asked(Role::Upload, |fault| fault.method("PUT").path("*partNumber=1&*")))?;
    let held = Fault::new(Role::Upload, Effect::Bandwidth(1)).method("PUT").path("*partNumber=2&*");
    survives("in the middle of the second part", Instant::Asked(held))
}

#[test]
fn killed_while_it_ends() -> Result<()> {
    survives("in the last part", asked(Role::Upload, |fault| fault.method("PUT").path("*partNumber=3&*")))?;
    survives(
        "completing the multipart upload",
        asked(Role::Upload, |fault| fault.method("POST").path("*?*uploadId=*")),
    )?;
    let is_half_sent = |event: &Event| {
        event.is("progress", &[("phase", "sending")]) && event.number("bytes_done") * 2 >= event.number("bytes_total")
    };
    survives("when half of the bytes are acknowledged", Instant::Said(is_half_sent))?;
    survives("when it hands over", Instant::Said(|event| event.name() == "hand_over"))?;
    survives("while TDR checks", Instant::Said(|event| has_phase(event, "being_checked")))
}

fn survives(name: &str, instant: Instant) -> Result<()> {
    println!("killed {name}");
    let scene = Scene::new()?;
    let fault = killed_at(&scene, instant)?;

    let at_death = AtDeath::of(&scene)?;

    if let Some(fault) = fault {
        scene.sandbox.control().remove(fault)?;
    }
    scene.send_to_the_end()?;
    at_death.nothing_was_lost_or_sent_twice(&scene, name)
}

/// What was acknowledged when the program died, and what had been sent for it.
pub(crate) struct AtDeath {
    /// The small files that were acknowledged, and how often each had been put: more than once after an earlier death.
    puts: BTreeMap<String, usize>,
    largest_is_sent: bool,
    /// Acknowledged parts of the largest file.
    parts: u64,
    /// Parts that the sandbox had stored.
    stored: u64,
}

impl AtDeath {
    /// Reads it from the journal. There may be no transfer yet.
    pub(crate) fn of(scene: &Scene) -> Result<Self> {
        let show = ["show", scene.consignment.reference.as_str(), "--items"];
        let shown = scene.waybill.run(show, PATIENCE)?;
        let sent = shown.named("item").filter(|event| event.text("state") == "sent");
        let files: BTreeSet<&str> = sent.map(|event| event.text("path")).collect();
        let bytes = shown.named("transfer").next().map(|event| event.number("bytes_done")).unwrap_or_default();
        let of_files: u64 = files.iter().map(|path| scene.sample.sent[*path]).sum();
        scene.sandbox.control().wait_quiet(Role::Upload, PATIENCE)?;
        let requests = scene.sandbox.control().requests()?;
        let small = files.iter().filter(|path| scene.sample.sent[**path] < PART);
        let puts = small.map(|path| Ok(((*path).to_owned(), puts_of(scene, &requests, path)?)));
        Ok(Self {
            puts: puts.collect::<Result<_>>()?,
            largest_is_sent: files.contains(scene.sample.largest.as_str()),
            parts: bytes.saturating_sub(of_files).div_ceil(PART),
            stored: parts_stored(&requests),
        })
    }

    /// Compares what was stored at the end, and which requests that took. Nothing died in between.
    pub(crate) fn nothing_was_lost_or_sent_twice(&self, scene: &Scene, name: &str) -> Result<()> {
        scene.everything_arrived()?;
        let requests = scene.sandbox.control().requests()?;
        self.no_file_was_sent_again(scene, &requests, name)?;
        self.no_part_was_sent_again(scene, parts_stored(&requests), name);
        for operation in NOT_REPEATABLE {
            assert_eq!(scene.calls_of(operation)?, 1, "killed {name}: {operation}");
        }
        Ok(())
    }

    /// The same up to the next death.
    pub(crate) fn nothing_was_sent_again_before(&self, scene: &Scene, next: &Self, name: &str) -> Result<()> {
        self.no_file_was_sent_again(scene, &scene.sandbox.control().requests()?, name)?;
        self.no_part_was_sent_again(scene, next.stored, name);
        Ok(())
    }

    fn no_file_was_sent_again(&self, scene: &Scene, requests: &[Logged], name: &str) -> Result<()> {
        for (path, puts) in &self.puts {
            let now = puts_of(scene, requests, path)?;
            assert_eq!(now, *puts, "killed {name}: {path} was acknowledged and sent again");
        }
        Ok(())
    }

    fn no_part_was_sent_again(&self, scene: &Scene, stored: u64, name: &str) {
        let parts = if self.largest_is_sent { 0 } else { scene.parts_of_largest() };
        let again = stored - self.stored;
        assert!(
            again <= parts.saturating_sub(self.parts),
            "killed {name}: {again} parts were sent, though {} of {parts} were acknowledged",
            self.parts
        );
    }
}

/// Returns how often a file was put as a whole.
fn puts_of(scene: &Scene, requests: &[Logged], path: &str) -> Result<usize> {
    let object = scene.object_path(path)?;
    Ok(requests.iter().filter(|logged| logged.path == object && logged.method == "PUT").count())
}

/// Gives the fault by which it was hit, if there is one.
fn killed_at(scene: &Scene, instant: Instant) -> Result<Option<u64>> {
    match instant {
        Instant::Said(says) => {
            let run = scene.send()?;
            run.wait_for("the instant", PATIENCE, says)?;
            run.kill()?;
            Ok(None)
        }
        Instant::Asked(fault) => {
            let fault = scene.sandbox.control().set(&fault)?;
            let run = scene.send()?;
            scene.sandbox.control().wait_fired(fault, 1, PATIENCE)?;
            run.kill()?;
            Ok(Some(fault))
        }
    }
}
