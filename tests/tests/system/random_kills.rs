//! `waybill` is killed several times in one transfer, at instants that a seed chooses.
//!
//! `cargo xtask soak kills --count N` runs this for longer, and from a seed of its choice.

use std::sync::atomic::{AtomicU64, Ordering};

use waybill_system_tests::{Error, PATIENCE, Random, Result, Size};

use crate::kill_points::{each, send};
use crate::kills::AtDeath;
use crate::scene::Scene;

/// How many transfers there are without further choice.
const TRANSFERS: u64 = 40;
/// The most kills in one transfer.
const KILLS: u64 = 4;
/// A process reaches about this many instants in a whole transfer of this size. Those chosen late may not come.
const INSTANTS: u64 = 160;

#[test]
fn killed_again_and_again_at_random_instants() -> Result<()> {
    let transfers = chosen("WAYBILL_SOAK_COUNT", TRANSFERS)?;
    let first = chosen("WAYBILL_SOAK_SEED", 1)?;
    let kills = AtomicU64::new(0);
    each(usize::try_from(transfers).unwrap_or(usize::MAX), |number| {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        kills.fetch_add(survives(first.wrapping_add(number - 1))?, Ordering::Relaxed);
        Ok(())
    })?;
    let kills = kills.into_inner();
    println!("{kills} kills in {transfers} transfers, seeds {first} to {}", first.wrapping_add(transfers - 1));
    assert!(kills >= transfers, "only {kills} kills in {transfers} transfers");
    Ok(())
}

/// Returns how often it was killed.
fn survives(seed: u64) -> Result<u64> {
    let mut random = Random::new(seed);
    let scene = Scene::of(Size::Small, &[])?;
    let mut deaths: Vec<(String, AtDeath)> = Vec::new();
    for _ in 0..=random.below(KILLS) {
        let at = 1 + random.below(INSTANTS);
        let (finished, reached) = send(&scene, usize::try_from(at).ok())?;
        if finished.code.is_some() {
            finished.expect_code(0)?;
            break;
        }
        let name = format!("seed {seed}, at instant {at} ({})", reached.last().map_or("never", String::as_str));
        println!("killed {name}");
        let death = AtDeath::of(&scene)?;
        if let Some((earlier, last)) = deaths.last() {
            last.nothing_was_sent_again_before(&scene, &death, earlier)?;
        }
        deaths.push((name, death));
    }
    scene.waybill.run(scene.send_arguments(), PATIENCE)?.expect_code(0)?;
    if let Some((name, last)) = deaths.last() {
        last.nothing_was_lost_or_sent_twice(&scene, name)?;
    }
    scene.everything_arrived()?;
    Ok(u64::try_from(deaths.len()).unwrap_or(u64::MAX))
}

/// Returns the number in a variable, or the usual one where it is not set.
pub(crate) fn chosen(name: &str, usual: u64) -> Result<u64> {
    match std::env::var(name) {
        Ok(text) => text.parse().map_err(|_| Error::unexpected(format!("{name} is not a number: {text}"))),
        Err(_) => Ok(usual),
    }
}
