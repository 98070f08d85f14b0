//! Disks that are full, and disks that nothing can be written to.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use waybill_system_tests::{Error, PATIENCE, Result, Size, Waybill, quick_profile, sample_folder};

use crate::scene::{Scene, waits_for};

#[test]
fn a_full_disk_is_waited_for_and_nothing_is_lost() -> Result<()> {
    let scene = Scene::new()?;
    let Some(disk) = Disk::mount(scene.dir.path().join("small disk"), "4m")? else {
        println!("skipped: a small disk can be mounted only by root where mounting is allowed");
        return Ok(());
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
    let mut scene = Scene::new()?;
    let disk = Disk::mount(scene.dir.path().join("read-only disk"), "256m")?;
    let parent = scene.dir.path().join("read-only disk");
    scene.sample = sample_folder(&parent, "Parish records", Size::Small, 12)?;
    let locked = match &disk {
        Some(disk) => disk.make_read_only()?,
        None => Locked::take_away_writing(&scene.sample.root)?,
    };
    let probe = fs::write(scene.sample.root.join("probe"), b"x");
    if probe.is_ok() {
        println!("skipped: this account can write everywhere, and may not mount");
        return Ok(());
    }
    scene.waybill.run(scene.send_arguments(), PATIENCE)?.expect_code(0)?;
    let equal = waybill_system_tests::compare(
        scene.sandbox.control(),
        &scene.consignment.id,
        &parent,
        scene.sample.sent.keys(),
    )?;
    assert_eq!(equal.bytes, scene.sample.bytes());
    drop(locked);
    Ok(())
}

#[test]
fn a_data_folder_on_a_read_only_disk_is_refused_with_its_name() -> Result<()> {
    let scene = Scene::new()?;
    let path = scene.dir.path().join("read-only disk");
    let Some(disk) = Disk::mount(path, "4m")? else {
        println!("skipped: a disk can be mounted only by root where mounting is allowed");
        return Ok(());
    };
    let locked = disk.make_read_only()?;
    let waybill = Waybill::new(&scene.sandbox, disk.path.join("data"))?.profile(quick_profile(&scene.sandbox)?);
    let finished = waybill.run(scene.send_arguments(), PATIENCE)?;
    assert_eq!(finished.event("error")?.text("code"), "data_folder_unusable");
    assert_eq!(scene.calls_of("startUpload")?, 0);
    drop(locked);
    Ok(())
}

/// What cannot be written to as long as this is held.
enum Locked {
    Disk,
    /// Every folder below this one.
    Folders(PathBuf),
}

impl Locked {
    /// For whoever may not mount: folders that this account may only read.
    fn take_away_writing(root: &Path) -> Result<Self> {
        chmod("a-w", root)?;
        Ok(Self::Folders(root.to_owned()))
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        if let Self::Folders(root) = self {
            // The temporary folder could not be removed otherwise; nothing can be done where this fails.
            let _failed = chmod("u+w", root);
        }
    }
}

fn chmod(mode: &str, root: &Path) -> Result<()> {
    let changed = Command::new("chmod").args(["-R", mode]).arg(root).output();
    if changed.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    Err(Error::unexpected(format!("chmod {mode} {} failed", root.display())))
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

    fn make_read_only(&self) -> Result<Locked> {
        let changed = Command::new("mount").args(["-o", "remount,ro"]).arg(&self.path).output();
        if changed.is_ok_and(|output| output.status.success()) {
            return Ok(Locked::Disk);
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
    // At once, whoever still has a file open there; nothing can be done where that fails.
    let _unmounted = Command::new("umount").arg("--lazy").arg(path).output();
}
