//! Through the proxy that the settings name.

use std::fs;
use std::path::Path;

use waybill_system_tests::{ConnectProxy, Error, Event, Finished, PATIENCE, Result, until};

use crate::scene::{Scene, waits_for};

/// As an administrator or the person writes it down.
pub(crate) fn name_proxy(data_dir: &Path, address: &str) -> Result<()> {
    let file = data_dir.join("settings.toml");
    let written =
        fs::create_dir_all(data_dir).and_then(|()| fs::write(&file, format!("proxy = \"http://{address}\"\n")));
    written.map_err(|source| Error::Io { path: file, source })
}

/// `host:port` of an address.
pub(crate) fn authority(address: &str) -> String {
    address.trim_start_matches("https://").trim_end_matches('/').split('/').next().unwrap_or_default().to_owned()
}

/// No answer from behind the proxy, under any name.
fn is_cut_off(event: &Event) -> bool {
    event.name() == "waiting" && matches!(event.text("reason"), "proxy_unreachable")
}

fn line<'a>(finished: &'a Finished, what: &str) -> Result<&'a Event> {
    let line = finished.named("self_test").find(|event| event.text("what") == what);
    line.ok_or_else(|| Error::unexpected(format!("the self-test does not mention {what}")))
}

#[test]
fn a_proxy_that_dies_in_the_midst_of_a_transfer_and_comes_back_costs_no_file() -> Result<()> {
    let scene = Scene::new()?;
    let mut proxy = ConnectProxy::start()?;
    name_proxy(scene.waybill.data_dir(), &proxy.address())?;
    let hold = scene.hold_parts()?;
    let run = scene.send()?;
    let sending = |event: &Event| event.is("progress", &[("phase", "sending")]);
    let last = run.wait_for("sending", PATIENCE, sending)?;
    let upload = authority(&scene.sandbox.addresses().upload);
    let opened = || Ok(proxy.targets().contains(&upload).then_some(()));
    until("a tunnel to the upload address", PATIENCE, opened)?;
    proxy.end()?;
    let before = proxy.targets();
    run.wait_after(&last, "the wait for the proxy", PATIENCE, is_cut_off)?;
    scene.sandbox.control().remove(hold)?;
    proxy.start_again()?;
    let finished = run.finish(PATIENCE)?.expect_code(0)?;
    assert_eq!(finished.named("item_problem").count(), 0, "no file fails of it");
    scene.everything_arrived()?;
    let all = proxy.targets();
    for address in [authority(&scene.sandbox.addresses().api), upload] {
        assert!(before.contains(&address), "{address}: {before:?}");
        assert!(all[before.len()..].contains(&address), "{address}, once it was back: {all:?}");
    }
    Ok(())
}

#[test]
fn a_proxy_that_wants_a_password_has_one_name_everywhere_and_costs_no_file() -> Result<()> {
    let scene = Scene::new()?;
    let mut proxy = ConnectProxy::start()?;
    name_proxy(scene.waybill.data_dir(), &proxy.address())?;
    let hold = scene.hold_parts()?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(hold, 1, PATIENCE)?;
    proxy.ask_for_password(true);
    proxy.end()?;
    proxy.start_again()?;
    waits_for(&run, "proxy_sign_in")?;
    for command in ["consignments", "doctor"] {
        let blocked = scene.waybill.run([command], PATIENCE)?.expect_code(7)?;
        assert_eq!(blocked.event("error")?.text("code"), "proxy_sign_in", "{command}");
    }
    scene.sandbox.control().remove(hold)?;
    proxy.ask_for_password(false);
    let finished = run.finish(PATIENCE)?.expect_code(0)?;
    assert_eq!(finished.named("item_problem").count(), 0, "no file fails of it");
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn the_self_test_names_the_proxy_that_works_and_the_one_that_does_not() -> Result<()> {
    let scene = Scene::new()?;
    let without = scene.waybill.run(["doctor"], PATIENCE)?.expect_code(0)?;
    let said = line(&without, "Your organisation’s proxy")?;
    assert_eq!((said.text("outcome"), said.text("detail")), ("not_tested", "No proxy is set."));
    assert_eq!(without.event("done")?.text("message"), "No problems found.");

    let mut proxy = ConnectProxy::start()?;
    name_proxy(scene.waybill.data_dir(), &proxy.address())?;
    let with = scene.waybill.run(["doctor"], PATIENCE)?.expect_code(0)?;
    let said = line(&with, "Your organisation’s proxy")?;
    // Sign-in and website are plain `http` on this computer, which needs no proxy.
    let expected = format!("http://{} lets this computer reach 2 of 2 addresses.", proxy.address());
    assert_eq!((said.text("outcome"), said.text("detail")), ("works", expected.as_str()));

    proxy.end()?;
    let dead = scene.waybill.run(["doctor"], PATIENCE)?.expect_code(7)?;
    let error = dead.event("error")?;
    assert_eq!(error.text("code"), "proxy_unreachable");
    assert!(error.text("detail").starts_with("Your organisation’s proxy: "), "{}", error.text("detail"));
    for what in ["Service address", "Upload address"] {
        assert_eq!(line(&dead, what)?.text("code"), "proxy_unreachable", "{what}");
    }
    assert_eq!(line(&dead, "Sign-in address")?.text("outcome"), "works");
    Ok(())
}
