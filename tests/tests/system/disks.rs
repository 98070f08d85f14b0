//! Disks that are full, and disks that nothing can be written to.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use waybill_system_tests::{Error, PATIENCE, Result, Size, Waybill, quick_profile, sample_folder};

use crate::disk_library::DiskLibrary;
use crate::failing_disks::{full_disk_without_mounting, read_only};
use crate::scene::{Scene, waits_for};

#[test]
fn a_full_disk_is_waited_for_and_nothing_is_lost() -> Result<()> {
    let scene = Scene::new()?;
    let Some(disk) = Disk::mount(scene.dir.path().join("small disk"), "4m")? else {
        return full_disk_without_mounting(&scene);
    };
    let profile = quick_profile(&scene.sandbox)?;
    let waybill = Waybill::new(&scene.sandbox, disk.path.join("data"))?.profile(profile);
    let held = scene.hold_parts()?;
    let run = waybill.start(scene.send_arguments())?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    disk.fill()?;
    scene.sandbox.control().remove(held)?;
    waits_for(&run, "disk_full")?;
    disk.make_room()?;
    run.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn a_folder_on_a_read_only_disk_is_sent_like_any_other() -> Result<()> {
    let library = DiskLibrary::new()?;
    let mut scene = Scene::new()?;
    let parent = scene.dir.path().join("read-only disk");
    let disk = Disk::mount(parent.clone(), "256m")?;
    scene.sample = sample_folder(&parent, "Parish records", Size::Small, 12)?;
    let waybill = match &disk {
        Some(disk) => disk.make_read_only().map(|()| scene.waybill.clone())?,
        None => read_only(&library, &scene.waybill, &parent)?,
    };
    waybill.run(scene.send_arguments(), PATIENCE)?.expect_code(0)?;
    let equal = waybill_system_tests::compare(
        scene.sandbox.control(),
        &scene.consignment.id,
        &parent,
        scene.sample.sent.keys(),
    )?;
    assert_eq!(equal.bytes, scene.sample.bytes());
    Ok(())
}

#[test]
fn a_data_folder_on_a_read_only_disk_is_refused_with_its_name() -> Result<()> {
    let library = DiskLibrary::new()?;
    let scene = Scene::new()?;
    let path = scene.dir.path().join("read-only disk");
    let disk = Disk::mount(path.clone(), "4m")?;
    let waybill = Waybill::new(&scene.sandbox, path.join("data"))?.profile(quick_profile(&scene.sandbox)?);
    let waybill = match &disk {
        Some(disk) => disk.make_read_only().map(|()| waybill)?,
        None => read_only(&library, &waybill, &path)?,
    };
    let finished = waybill.run(scene.send_arguments(), PATIENCE)?;
    assert_eq!(finished.event("error")?.text("code"), "data_folder_unusable");
    assert_eq!(scene.calls_of("startUpload")?, 0);
    Ok(())
}

/// A disk in memory. It is unmounted when this is dropped.
struct Disk {
    path: PathBuf,
}

impl Disk {
    /// `None` where that is not allowed. The folder is there in any case.
    fn mount(path: PathBuf, size: &str) -> Result<Option<Self>> {
        fs::create_dir_all(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
        let options = format!("size={size}");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&path).output();
        Ok(mounted.is_ok_and(|output| output.status.success()).then_some(Self { path }))
    }

    fn make_read_only(&self) -> Result<()> {
        let changed = Command::new("mount").args(["-o", "remount,ro"]).arg(&self.path).output();
        if changed.is_ok_and(|output| output.status.success()) {
            return Ok(());
        }
        Err(Error::unexpected("a disk of our own cannot be made read-only"))
    }

    fn filler(&self) -> PathBuf {
        self.path.join("filler")
    }

    /// Leaves not one byte free.
    fn fill(&self) -> Result<()> {
        use std::io::Write as _;
        let path = self.filler();
        let mut file = fs::File::create(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
        for size in [1 << 16, 1 << 12, 1] {
            let block = vec![0_u8; size];
            while file.write_all(&block).is_ok() {}
        }
        Ok(())
    }

    fn make_room(&self) -> Result<()> {
        let path = self.filler();
        fs::remove_file(&path).map_err(|source| Error::Io { path, source })
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        unmount(&self.path);
    }
}

fn unmount(path: &Path) {
    // Lazily, so that files that are still open do not prevent it. A failure is ignored.
    let _unmounted = Command::new("umount").arg("--lazy").arg(path).output();
}
