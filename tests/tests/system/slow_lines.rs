//! Lines that are slow, or that hold back what they have taken.

use waybill_system_tests::{Effect, Error, Fault, PATIENCE, Result, Role};

use crate::scene::{PART, Scene, parts_stored};

#[test]
fn a_gateway_that_takes_in_whole_requests_and_forwards_them_slowly_fails_no_file() -> Result<()> {
    let scene = Scene::new()?;
    // Thirteen seconds for a part: the third of several at once comes too late for this gateway.
    let gateway = Effect::Buffer { rate: 400_000, gives_up_ms: Some(31_000) };
    let gateway = Fault::new(Role::Upload, gateway).method("PUT").path("*partNumber=*").always();
    let path = scene.sample.root.join("Media").join("Recording.wav");
    let bytes = vec![7; usize::try_from(4 * PART).unwrap_or_default()];
    std::fs::write(&path, &bytes).map_err(|source| Error::Io { path, source })?;
    scene.sandbox.control().set(&gateway)?;
    let finished = scene.send()?.finish(PATIENCE * 2)?.expect_code(0)?;
    assert_eq!(finished.named("item_problem").count(), 0, "no file fails of it");
    let requests = scene.sandbox.control().requests()?;
    let late = requests.iter().filter(|logged| logged.status == Some(504)).count();
    assert!(late > 0 && late < 10, "{late} requests were too late");
    assert_eq!(parts_stored(&requests), scene.parts_of_largest() + 4, "no part is stored twice");
    let kept = std::fs::read_to_string(scene.waybill.data_dir().join("line.json"));
    assert!(kept.is_ok_and(|kept| kept.contains("bytes_per_second")), "it is kept for the day");
    Ok(())
}

#[test]
fn replies_that_drip_are_given_up_and_asked_for_again() -> Result<()> {
    let scene = Scene::new()?;
    let drip = |role| Fault::new(role, Effect::DripMs(2_000));
    scene.sandbox.control().set(&drip(Role::Upload).path("/cookies"))?;
    scene.sandbox.control().set(&drip(Role::Api).body_contains("startUpload"))?;
    let finished = scene.send()?.finish(PATIENCE * 2)?.expect_code(0)?;
    assert_eq!(finished.named("item_problem").count(), 0);
    scene.everything_arrived()?;
    assert_eq!(scene.calls_of("startUpload")?, 1);
    Ok(())
}
