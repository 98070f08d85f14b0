//! Disks that fail while they are used: the folder's own, and the one that journal and receipts are on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use waybill_system_tests::{Error, PATIENCE, Result, Waybill};

use crate::changes::send_held_back_by;
use crate::disk_library::{DiskLibrary, Failing};
use crate::file_troubles::{after_first_part, only_these_are_missing};
use crate::kills::AtDeath;
use crate::scene::{Scene, waits_for};

const EIO: i32 = 5;
const EACCES: i32 = 13;
const ENOSPC: i32 = 28;
const EROFS: i32 = 30;
const ENOTCONN: i32 = 107;
const ETIMEDOUT: i32 = 110;
const ESTALE: i32 = 116;

/// Turns a fault on while it lives.
struct Switch(PathBuf);

impl Switch {
    fn off(scene: &Scene) -> Self {
        Self(scene.dir.path().join("switch"))
    }

    fn on(&self) -> Result<()> {
        fs::write(&self.0, "").map_err(|source| Error::Io { path: self.0.clone(), source })
    }

    fn off_again(&self) -> Result<()> {
        fs::remove_file(&self.0).map_err(|source| Error::Io { path: self.0.clone(), source })
    }
}

fn real(path: &Path) -> Result<PathBuf> {
    path.canonicalize().map_err(|source| Error::Io { path: path.to_owned(), source })
}

#[test]
fn a_file_with_a_damaged_sector_is_named_before_anything_is_registered() -> Result<()> {
    let library = DiskLibrary::new()?;
    let scene = Scene::new()?;
    let largest = real(&scene.sample.on_disk(&scene.sample.largest))?;
    let failing = Failing { below: &largest, calls: "r", error: EIO, from: 7 << 20, switch: None };
    let waybill = library.failing(&scene.waybill, &failing);
    let finished = waybill.run(scene.send_arguments(), PATIENCE)?.expect_code(4)?;
    assert_eq!(finished.event("error")?.text("code"), "leaves_out");
    assert_eq!(scene.calls_of("startUpload")?, 0, "the consignment can still be used");
    let named = finished.named("finding").find(|event| event.text("kind") == "unreadable");
    let named = named.ok_or_else(|| Error::unexpected("the damaged file is not named"))?;
    assert_eq!(named.text("path"), scene.sample.largest);
    assert!(named.text("detail").contains("error 5"), "{}", named.value());
    scene.send_to_the_end()?;
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn a_file_that_can_no_longer_be_read_is_set_aside_and_the_others_arrive() -> Result<()> {
    let library = DiskLibrary::new()?;
    for (calls, error, from) in [("r", EIO, 6 << 20), ("o", EACCES, 0)] {
        let scene = Scene::new()?;
        let switch = Switch::off(&scene);
        let largest = real(&scene.sample.on_disk(&scene.sample.largest))?;
        let failing = Failing { below: &largest, calls, error, from, switch: Some(&switch.0) };
        let (run, held) = after_first_part(&scene, &library.failing(&scene.waybill, &failing))?;
        switch.on()?;
        held.into_iter().try_for_each(|fault| scene.sandbox.control().remove(fault))?;
        let finished = run.finish(PATIENCE)?.expect_code(5)?;
        let missing = BTreeMap::from([(scene.sample.largest.clone(), "unreadable")]);
        only_these_are_missing(&scene, &finished, &missing)?;
        scene.resume(&["--retry"])?.finish(PATIENCE)?.expect_code(0)?;
        scene.everything_arrived()?;
    }
    Ok(())
}

#[test]
fn a_network_drive_that_stops_answering_is_waited_for() -> Result<()> {
    let library = DiskLibrary::new()?;
    for error in [ENOTCONN, ESTALE, ETIMEDOUT] {
        let scene = Scene::new()?;
        let switch = Switch::off(&scene);
        let root = real(&scene.sample.root)?;
        let failing = Failing { below: &root, calls: "or", error, from: 0, switch: Some(&switch.0) };
        let (run, held) = send_held_back_by(&scene, &library.failing(&scene.waybill, &failing))?;
        switch.on()?;
        scene.sandbox.control().remove(held)?;
        waits_for(&run, "folder_gone")?;
        switch.off_again()?;
        let finished = run.finish(PATIENCE)?.expect_code(0)?;
        assert_eq!(finished.named("item_problem").count(), 0, "error {error}: {:?}", finished.event("item_problem"));
        scene.everything_arrived()?;
    }
    Ok(())
}

#[test]
fn a_journal_on_a_full_disk_is_waited_for() -> Result<()> {
    full_disk_without_mounting(&Scene::new()?)
}

/// `waybill`, for which everything below a folder is on a read-only disk.
pub(crate) fn read_only(library: &DiskLibrary, waybill: &Waybill, below: &Path) -> Result<Waybill> {
    let failing = Failing { below: &real(below)?, calls: "w", error: EROFS, from: 0, switch: None };
    Ok(library.failing(waybill, &failing))
}

/// A full disk, for accounts that cannot mount one.
pub(crate) fn full_disk_without_mounting(scene: &Scene) -> Result<()> {
    let library = DiskLibrary::new()?;
    let switch = Switch::off(scene);
    let data = real(scene.dir.path())?.join("data");
    let failing = Failing { below: &data, calls: "w", error: ENOSPC, from: 0, switch: Some(&switch.0) };
    let held = scene.hold_parts()?;
    let run = library.failing(&scene.waybill, &failing).start(scene.send_arguments())?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    switch.on()?;
    scene.sandbox.control().remove(held)?;
    waits_for(&run, "disk_full")?;
    switch.off_again()?;
    run.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn a_journal_whose_disk_fails_stops_the_transfer_and_loses_nothing() -> Result<()> {
    let library = DiskLibrary::new()?;
    for (name, calls, error) in [("gone", "orw", EIO), ("read-only", "w", EROFS)] {
        let scene = Scene::new()?;
        let switch = Switch::off(&scene);
        let data = real(scene.dir.path())?.join("data");
        let failing = Failing { below: &data, calls, error, from: 0, switch: Some(&switch.0) };
        let held = scene.hold_parts()?;
        let run = library.failing(&scene.waybill, &failing).start(scene.send_arguments())?;
        scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
        switch.on()?;
        scene.sandbox.control().remove(held)?;
        let finished = run.finish(PATIENCE)?.expect_code(7)?;
        let error = finished.event("error")?;
        assert_eq!(error.text("code"), "data_folder_unusable", "{name}: {}", error.value());
        switch.off_again()?;
        let at_death = AtDeath::of(&scene)?;
        scene.send_to_the_end()?;
        at_death.nothing_was_lost_or_sent_twice(&scene, name)?;
    }
    Ok(())
}

#[test]
fn a_receipt_that_cannot_be_written_is_named_and_written_later() -> Result<()> {
    let library = DiskLibrary::new()?;
    for (name, error) in [("gone", EIO), ("read-only", EROFS)] {
        let scene = Scene::new()?;
        let switch = Switch::off(&scene);
        let receipts = real(scene.dir.path())?.join("data/receipts");
        let failing = Failing { below: &receipts, calls: "w", error, from: 0, switch: Some(&switch.0) };
        switch.on()?;
        let finished = library.failing(&scene.waybill, &failing).run(scene.send_arguments(), PATIENCE)?;
        let finished = finished.expect_code(7)?;
        assert_eq!(finished.event("error")?.text("code"), "output_unwritable", "{name}");
        switch.off_again()?;
        scene.everything_arrived()?;
        scene.send_to_the_end()?;
        assert!(scene.receipts().join("receipt.html").exists(), "{name}");
    }
    Ok(())
}

#[test]
fn a_receipt_on_a_full_disk_is_waited_for() -> Result<()> {
    let library = DiskLibrary::new()?;
    let scene = Scene::new()?;
    let switch = Switch::off(&scene);
    let receipts = real(scene.dir.path())?.join("data/receipts");
    let failing = Failing { below: &receipts, calls: "w", error: ENOSPC, from: 0, switch: Some(&switch.0) };
    switch.on()?;
    let run = library.failing(&scene.waybill, &failing).start(scene.send_arguments())?;
    waits_for(&run, "disk_full")?;
    switch.off_again()?;
    run.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    assert!(scene.receipts().join("receipt.html").exists());
    Ok(())
}
