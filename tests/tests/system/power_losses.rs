//! The power fails at each sync of the disk, one after the other, and the transfer is resumed from what the disk holds
//! then: [`Unsynced`] says what that can be.
//!
//! `cargo xtask soak power --count N` does that at random syncs of a larger transfer.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use waybill_system_tests::{Error, Finished, PATIENCE, Random, Result, Size, Waybill, quick_profile};

use crate::disk_library::DiskLibrary;
use crate::disk_records::{Disk, Unsynced};
use crate::kill_points::{each, receipt_without_times};
use crate::kills::AtDeath;
use crate::random_kills::chosen;
use crate::scene::Scene;

/// How many transfers there are at random syncs without further choice.
const TRANSFERS: u64 = 4;
/// The most power losses in one of them.
const LOSSES: u64 = 3;
/// A transfer of this size syncs its disk about this many times.
const SYNCS: u64 = 80;

#[test]
fn power_lost_at_each_sync_leaves_a_folder_from_which_the_transfer_ends() -> Result<()> {
    let library = Arc::new(DiskLibrary::new()?);
    let laptop = Laptop::new(&library, Size::Few)?;
    let (finished, disk) = laptop.send(None)?;
    finished.expect_code(0)?;
    println!("{} syncs", disk.syncs);
    assert!(disk.syncs > 20, "only {} syncs", disk.syncs);
    let expected = receipt_without_times(&laptop.scene);
    assert!(!expected.is_empty());
    // One more than there are: the power fails when the program has ended.
    each(disk.syncs + 1, |sync| {
        let laptop = Laptop::new(&library, Size::Few)?;
        let seed = u64::try_from(sync).unwrap_or_default();
        let unsynced = [Unsynced::Lost, Unsynced::Some(seed), Unsynced::Lost, Unsynced::NamesOnly][sync % 4];
        laptop.loses_power(&[(sync, unsynced)], &expected)
    })
}

#[test]
fn power_lost_at_random_syncs_loses_nothing() -> Result<()> {
    let library = Arc::new(DiskLibrary::new()?);
    let transfers = chosen("WAYBILL_SOAK_COUNT", TRANSFERS)?;
    let first = chosen("WAYBILL_SOAK_SEED", 1)?;
    let laptop = Laptop::new(&library, Size::Small)?;
    laptop.send(None)?.0.expect_code(0)?;
    let expected = receipt_without_times(&laptop.scene);
    each(usize::try_from(transfers).unwrap_or(usize::MAX), |number| {
        let seed = first.wrapping_add(u64::try_from(number).unwrap_or_default() - 1);
        let mut random = Random::new(seed);
        let losses: Vec<_> = (0..=random.below(LOSSES))
            .map(|_| (usize::try_from(1 + random.below(SYNCS)).unwrap_or(1), Unsynced::Some(random.below(u64::MAX))))
            .collect();
        let named = |error| Error::unexpected(format!("seed {seed}: {error}"));
        Laptop::new(&library, Size::Small)?.loses_power(&losses, &expected).map_err(named)
    })
}

/// A computer whose power can fail.
struct Laptop {
    scene: Scene,
    /// All that it has on its disk. The folder itself is certain.
    home: PathBuf,
    library: Arc<DiskLibrary>,
}

impl Laptop {
    fn new(library: &Arc<DiskLibrary>, size: Size) -> Result<Self> {
        let mut scene = Scene::of(size, &[])?;
        let io = |source| Error::Io { path: scene.dir.path().to_owned(), source };
        // The records have paths without links.
        let home = scene.dir.path().canonicalize().map_err(io)?.join("home");
        fs::create_dir(&home).map_err(io)?;
        let data = home.join("a person").join("waybill");
        scene.waybill = Waybill::new(&scene.sandbox, data)?.profile(quick_profile(&scene.sandbox)?);
        Ok(Self { scene, home, library: Arc::clone(library) })
    }

    /// Sends until the end, or until a sync (from 1), which is not made.
    fn send(&self, until: Option<usize>) -> Result<(Finished, Disk)> {
        let records = self.scene.dir.path().join("records");
        let before = Disk::holding(&self.home)?;
        let waybill = self.library.recorded(&self.scene.waybill, &self.home, &records, until);
        let finished = waybill.run(self.scene.send_arguments(), PATIENCE)?;
        Ok((finished, before.after(&records)?))
    }

    /// Loses power at a sync each time, and is switched on again: everything is sent, and nothing that was promised was
    /// lost.
    fn loses_power(&self, losses: &[(usize, Unsynced)], expected: &BTreeMap<String, String>) -> Result<()> {
        let mut deaths: Vec<(String, AtDeath)> = Vec::new();
        for &(sync, unsynced) in losses {
            let name = format!("at sync {sync}, unsynced {unsynced:?}");
            let (finished, disk) = self.send(Some(sync))?;
            let has_ended = finished.code.is_some();
            if has_ended {
                // The number of syncs differs a little from run to run.
                assert!(disk.syncs < sync, "{name}: the power did not fail");
            }
            println!("power lost {name}");
            self.keeps_its_promise(&disk, finished.acknowledged_bytes(), &name)?;
            disk.rebuild(&self.home, unsynced)?;
            let death = AtDeath::of(&self.scene)?;
            if let Some((earlier, last)) = deaths.last() {
                last.nothing_was_sent_again_before(&self.scene, &death, earlier)?;
            }
            deaths.push((name, death));
            if has_ended {
                break;
            }
        }
        let Some((name, last)) = deaths.last() else { return Ok(()) };
        self.scene.send_to_the_end().map_err(|error| Error::unexpected(format!("{name}: {error}")))?;
        last.nothing_was_lost_or_sent_twice(&self.scene, name)?;
        let mut receipt = receipt_without_times(&self.scene);
        // What was being written when the power failed stays behind under a name that says so.
        receipt.retain(|file, _| !file.starts_with(".receipt-"));
        assert_eq!(receipt, *expected, "{name}");
        Ok(())
    }

    /// What was reported as sent is still known, whatever has become of what was not synced.
    fn keeps_its_promise(&self, disk: &Disk, promised: u64, name: &str) -> Result<()> {
        for unsynced in [Unsynced::Lost, Unsynced::Kept, Unsynced::NamesOnly, Unsynced::Some(1), Unsynced::Some(2)] {
            disk.rebuild(&self.home, unsynced)?;
            let shown = self.scene.waybill.run(["transfers"], PATIENCE)?.expect_code(0)?;
            let bytes = shown.named("transfer").map(|event| event.number("bytes_done")).sum::<u64>();
            assert!(bytes >= promised, "{name}, and then {unsynced:?}: {bytes} of {promised} bytes");
        }
        Ok(())
    }
}
