//! Keys, sessions and clocks that change in the middle of a file: nothing is lost, and no part is sent twice.

use std::collections::BTreeSet;
use std::fs;

use waybill_system_tests::{Effect, Error, Fault, Finished, Logged, PATIENCE, Result, Role, until};

use crate::scene::{PART, Scene, parts_stored};

/// Longer than any of these tests.
const HELD_MS: u64 = 600_000;

fn is_new_cookies(logged: &Logged) -> bool {
    logged.path == "/cookies" && logged.status == Some(200)
}

/// Sends with one part held before its cookies are looked at, lets something happen, and sends to the end.
fn meanwhile(scene: &Scene, happens: impl FnOnce() -> Result<()>) -> Result<Finished> {
    let control = scene.sandbox.control();
    let held = control.set(&Fault::new(Role::Upload, Effect::DelayMs(HELD_MS)).path("*partNumber=2&*"))?;
    let run = scene.send()?;
    control.wait_fired(held, 1, PATIENCE)?;
    happens()?;
    control.remove(held)?;
    let finished = run.finish(PATIENCE)?.expect_code(0)?;
    nothing_was_lost_or_sent_twice(scene)?;
    Ok(finished)
}

fn nothing_was_lost_or_sent_twice(scene: &Scene) -> Result<()> {
    scene.everything_arrived()?;
    let requests = scene.sandbox.control().requests()?;
    assert_eq!(parts_stored(&requests), scene.parts_of_largest(), "no part is sent twice");
    assert_eq!(scene.calls_of("startUpload")?, 1);
    assert_eq!(scene.calls_of("addFilesAndMetadata")?, 1);
    Ok(())
}

#[test]
fn a_session_that_passes_its_idle_time_or_its_end_in_mid_file_is_renewed() -> Result<()> {
    let idle = ["--session-idle-seconds", "1000"];
    let end = ["--session-idle-seconds", "100000", "--session-max-seconds", "1000"];
    for options in [&idle[..], &end] {
        let scene = Scene::with(&[&["--cookie-seconds", "500"], options].concat())?;
        let finished = meanwhile(&scene, || scene.sandbox.control().move_clock(1_100))?;
        assert_eq!(finished.named("sign_in").count(), 2, "{options:?}: the person signs in again, once");
        assert_eq!(finished.named("item_problem").count(), 0);
    }
    Ok(())
}

#[test]
fn keys_that_change_in_mid_file_cost_no_sign_in() -> Result<()> {
    let scene = Scene::new()?;
    let finished = meanwhile(&scene, || {
        scene.sandbox.control().rotate_keys(Role::SignIn)?;
        scene.sandbox.control().rotate_keys(Role::Upload)
    })?;
    assert_eq!(finished.named("sign_in").count(), 1);
    Ok(())
}

#[test]
fn a_signer_that_refuses_for_a_while_ends_no_transfer() -> Result<()> {
    let scene = Scene::with(&["--cookie-seconds", "500"])?;
    let refused = || Effect::Status { status: 401, body: String::new(), content_type: "text/plain" };
    let first = scene.sandbox.control().set(&Fault::new(Role::Upload, refused()).path("/cookies").times(2))?;
    let later = scene.sandbox.control().set(&Fault::new(Role::Upload, refused()).path("/cookies").skip(1).times(2))?;
    let finished = meanwhile(&scene, || scene.sandbox.control().move_clock(510))?;
    for fault in [first, later] {
        assert_eq!(scene.sandbox.control().fired(fault)?, 2, "the fault was met");
    }
    assert_eq!(finished.named("sign_in").count(), 1, "nobody is asked to sign in for it");
    assert_eq!(finished.named("item_problem").count(), 0);
    Ok(())
}

#[test]
fn a_refresh_whose_reply_is_lost_costs_one_sign_in_where_tokens_rotate() -> Result<()> {
    for (options, sign_ins) in [(&[][..], 2), (&["--no-refresh-rotation"][..], 1)] {
        let scene = Scene::with(&[&["--access-token-seconds", "200", "--cookie-seconds", "100"], options].concat())?;
        let lost = Fault::new(Role::SignIn, Effect::LoseReply).body_contains("grant_type=refresh_token");
        let lost = scene.sandbox.control().set(&lost)?;
        let finished = meanwhile(&scene, || scene.sandbox.control().move_clock(250))?;
        assert_eq!(scene.sandbox.control().fired(lost)?, 1, "the fault was met");
        assert_eq!(finished.named("sign_in").count(), sign_ins, "{options:?}");
    }
    Ok(())
}

#[test]
fn clocks_that_are_hours_apart_and_jump_lose_nothing() -> Result<()> {
    for hours in [5, -5] {
        let scene = Scene::new()?;
        scene.sandbox.control().move_clock(hours * 3_600)?;
        let finished = meanwhile(&scene, || scene.sandbox.control().move_clock(-2 * hours * 3_600))?;
        assert_eq!(finished.named("item_problem").count(), 0, "{hours} h apart");
    }
    Ok(())
}

#[test]
fn a_file_sent_across_ten_lives_of_its_cookies_has_no_gap_in_its_parts() -> Result<()> {
    const LIFE: i64 = 60;
    const PARTS: u64 = 11;
    let mut scene =
        Scene::of(waybill_system_tests::Size::Few, &["--cookie-seconds", "60", "--access-token-seconds", "3000"])?;
    // The only file in parts: others would be held in its place.
    let other = scene.sample.on_disk(&scene.sample.largest);
    fs::remove_file(&other).map_err(|source| Error::Io { path: other, source })?;
    scene.sample.sent.remove(&scene.sample.largest);
    let bytes = (PARTS - 1) * PART + 345;
    let content: Vec<u8> = (0..bytes).map(|at| at.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes()[7]).collect();
    let path = scene.sample.root.join("long.bin");
    fs::write(&path, content).map_err(|source| Error::Io { path, source })?;
    scene.sample.largest = "Parish records/long.bin".to_owned();
    scene.sample.sent.insert(scene.sample.largest.clone(), bytes);

    let control = scene.sandbox.control();
    let hold = |part: u64| {
        let part = format!("*partNumber={part}&*");
        control.set(&Fault::new(Role::Upload, Effect::DelayMs(HELD_MS)).path(part).always())
    };
    let held: Vec<u64> = (1..=PARTS).map(hold).collect::<Result<_>>()?;
    let run = scene.send()?;
    for (part, fault) in (1..=PARTS).zip(held) {
        control.wait_fired(fault, 1, PATIENCE)?;
        control.move_clock(LIFE + 1)?;
        control.remove(fault)?;
        let object = scene.object_path(&scene.sample.largest)?;
        let is_it =
            |logged: &Logged| logged.is_stored() && logged.path.starts_with(&format!("{object}?partNumber={part}&"));
        until("the part with newer cookies", PATIENCE, || Ok(control.requests()?.iter().any(is_it).then_some(())))?;
    }
    run.finish(PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;

    let requests = control.requests()?;
    let renewals = requests.iter().filter(|logged| is_new_cookies(logged)).count();
    assert!(renewals > 10, "{renewals}");
    let object = scene.object_path(&scene.sample.largest)?;
    let stored = requests.iter().filter(|logged| logged.is_stored() && logged.path.starts_with(&object));
    let numbers: Vec<u64> =
        stored.filter_map(|logged| logged.path.split_once("partNumber=")?.1.split('&').next()?.parse().ok()).collect();
    assert_eq!(u64::try_from(numbers.len()).unwrap(), PARTS, "each part once: {numbers:?}");
    assert_eq!(numbers.into_iter().collect::<BTreeSet<_>>(), (1..=PARTS).collect());
    Ok(())
}
