//! A folder that is elsewhere when its transfer is resumed, and a file that never stops growing.

use std::fs;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use waybill_system_tests::{PATIENCE, Result};

use crate::scene::Scene;

#[test]
fn a_folder_that_has_moved_is_resumed_from_where_it_is() -> Result<()> {
    let mut scene = Scene::new()?;
    let held = scene.hold_parts()?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    run.kill()?;
    scene.sandbox.control().remove(held)?;
    let name = scene.sample.root.file_name().unwrap().to_owned();
    let (plugged_in, other) = (scene.dir.path().join("media"), scene.dir.path().join("other"));
    for parent in [&plugged_in, &other] {
        fs::create_dir(parent).unwrap();
    }
    let now = plugged_in.join(&name);
    fs::rename(&scene.sample.root, &now).unwrap();
    fs::create_dir(other.join(&name)).unwrap();
    fs::write(other.join(&name).join("a.txt"), "another").unwrap();

    let elsewhere = other.join(&name);
    let refused = scene.resume(&["--folder", elsewhere.to_str().unwrap()])?.finish(PATIENCE)?;
    assert_eq!(refused.event("error")?.text("code"), "another_folder");
    let mut again = scene.send_arguments();
    again[1] = now.clone().into();
    let hint = scene.waybill.run(again, PATIENCE)?;
    assert!(hint.event("error")?.text("next").contains("--folder"), "{:?}", hint.event("error")?);
    scene.resume(&["--folder", now.to_str().unwrap()])?.finish(PATIENCE)?.expect_code(0)?;
    scene.sample.root = now;
    let sent = scene.sample.sent.keys();
    let equal = waybill_system_tests::compare(scene.sandbox.control(), &scene.consignment.id, &plugged_in, sent)?;
    assert_eq!(equal.bytes, scene.sample.bytes());
    Ok(())
}

#[test]
fn a_file_that_never_stops_growing_is_found_before_anything_is_registered() -> Result<()> {
    let scene = Scene::new()?;
    let log = scene.sample.root.join("growing.log");
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let stop = Arc::clone(&stop);
        let mut file = fs::File::create(&log).unwrap();
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                file.write_all(b"one more line\n").unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
        })
    };
    let finished = scene.waybill.run(scene.send_arguments(), PATIENCE);
    stop.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    let finished = finished?;
    assert_eq!(finished.event("error")?.text("code"), "leaves_out");
    assert_eq!(scene.calls_of("startUpload")?, 0);
    Ok(())
}
