//! Something is in the way; it has a name, and ends by itself.

use waybill_system_tests::{Effect, Fault, PATIENCE, Result, Role};

use crate::scene::{Scene, parts_stored, waits_for};

fn reply(status: u16, body: &str, content_type: &'static str) -> Effect {
    Effect::Status { status, body: body.to_owned(), content_type }
}

const PAGE: &str = "<!doctype html><html><head><title>Guest network</title></head><body><h1>Welcome</h1></body></html>";

/// So many requests meet the fault, no file fails of it, and everything arrives.
fn passes(fault: Fault, times: u64) -> Result<()> {
    let scene = Scene::new()?;
    let fault = scene.sandbox.control().set(&fault.times(times))?;
    let finished = scene.send_to_the_end()?;
    assert_eq!(scene.sandbox.control().fired(fault)?, times, "the fault was met");
    assert_eq!(finished.named("item_problem").count(), 0, "no file fails of it");
    scene.everything_arrived()?;
    Ok(())
}

/// The fault is there until the wait has been named; then it goes away, and everything arrives by itself.
fn is_named(fault: Fault, reason: &'static str) -> Result<()> {
    let scene = Scene::new()?;
    let fault = scene.sandbox.control().set(&fault.always())?;
    let run = scene.send()?;
    waits_for(&run, reason)?;
    scene.sandbox.control().remove(fault)?;
    let finished = run.finish(PATIENCE)?.expect_code(0)?;
    assert_eq!(finished.named("item_problem").count(), 0, "no file fails of it");
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn one_failure_of_each_of_the_very_first_readings_ends_no_command() -> Result<()> {
    let scene = Scene::new()?;
    let control = scene.sandbox.control();
    let failed = |role, status| Fault::new(role, reply(status, "", "text/plain"));
    let of_sign_in = [
        failed(Role::SignIn, 502).path("*/.well-known/*"),
        failed(Role::SignIn, 500).path("*/certs"),
        failed(Role::Api, 504).body_contains("onsignment"),
        failed(Role::Api, 200).body_contains("onsignment"),
    ];
    let set: Vec<u64> = of_sign_in.iter().map(|fault| control.set(fault)).collect::<Result<_>>()?;
    scene.waybill.run(["sign-in"], PATIENCE)?.expect_code(0)?;
    scene.waybill.run(["consignments"], PATIENCE)?.expect_code(0)?;
    for fault in set {
        assert_eq!(control.fired(fault)?, 1, "the fault was met");
    }
    let of_send = [
        failed(Role::Api, 500).body_contains("onsignment"),
        failed(Role::Api, 200).body_contains("onsignment"),
        Fault::new(Role::Api, Effect::LoseReply).body_contains("onsignment"),
        failed(Role::Upload, 502).path("/cookies"),
    ];
    let set: Vec<u64> = of_send.iter().map(|fault| control.set(fault)).collect::<Result<_>>()?;
    scene.send_to_the_end()?;
    for fault in set {
        assert_eq!(control.fired(fault)?, 1, "the fault was met");
    }
    scene.everything_arrived()?;
    Ok(())
}

#[test]
fn a_store_that_asks_to_slow_down_is_control() -> Result<()> {
    let body = "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message>\
                <RequestId>0000000000000000</RequestId></Error>";
    passes(Fault::new(Role::Upload, reply(503, body, "application/xml")).method("PUT").skip(2), 5)
}

#[test]
fn a_firewalls_page_is_named_and_waited_for() -> Result<()> {
    let body = "<html><head><title>403 Forbidden</title></head><body>Request blocked.</body></html>";
    is_named(Fault::new(Role::Upload, reply(403, body, "text/html")).method("PUT").skip(2), "firewall")
}

#[test]
fn a_captive_portals_page_is_never_taken_for_an_acknowledgement() -> Result<()> {
    is_named(Fault::new(Role::Upload, reply(200, PAGE, "text/html")).method("PUT").skip(2), "unexpected_page")
}

#[test]
fn a_page_where_the_api_should_answer_is_named() -> Result<()> {
    is_named(Fault::new(Role::Api, reply(200, PAGE, "text/html")).body_contains("startUpload"), "unexpected_page")
}

#[test]
fn a_gateway_that_fails_for_a_while_fails_no_file() -> Result<()> {
    passes(Fault::new(Role::Upload, reply(502, PAGE, "text/html")).method("PUT").skip(1), 4)
}

#[test]
fn connections_that_break_in_the_middle_of_a_part_fail_no_file() -> Result<()> {
    let fault = Fault::new(Role::Upload, Effect::ResetAfterBytes(1 << 20)).method("PUT").path("*partNumber=*");
    passes(fault, 3)
}

#[test]
fn a_completion_that_fails_inside_a_good_reply_is_no_success_and_no_failure() -> Result<()> {
    for done in [false, true] {
        println!("the object is made: {done}");
        passes(Fault::new(Role::Upload, Effect::CompleteError { code: "InternalError", done }), 1)?;
    }
    Ok(())
}

#[test]
fn a_completion_in_conflict_sends_every_part_again() -> Result<()> {
    let body = "<?xml version=\"1.0\"?><Error><Code>ConditionalRequestConflict</Code><Message>Conflict</Message>\
                <RequestId>0000000000000000</RequestId></Error>";
    let scene = Scene::new()?;
    let conflict = Fault::new(Role::Upload, reply(409, body, "application/xml")).method("POST").path("*?*uploadId=*");
    scene.sandbox.control().set(&conflict)?;
    scene.send_to_the_end()?;
    scene.everything_arrived()?;
    assert_eq!(parts_stored(&scene.sandbox.control().requests()?), 2 * scene.parts_of_largest());
    Ok(())
}

#[test]
fn a_clock_that_is_hours_off_is_told_and_changes_nothing() -> Result<()> {
    for hours in [3, -3] {
        let scene = Scene::new()?;
        scene.sandbox.control().move_clock(hours * 3_600)?;
        let finished = scene.send_to_the_end()?;
        assert!(finished.named("note").any(|event| event.text("code") == "clock_wrong"), "{hours} hours off");
        scene.everything_arrived()?;
    }
    Ok(())
}

#[test]
fn a_time_limit_ends_the_wait_with_the_blockers_name() -> Result<()> {
    let scene = Scene::new()?;
    // The time limit is for the sign-in, too.
    scene.waybill.run(["sign-in"], PATIENCE)?.expect_code(0)?;
    let down = scene.sandbox.control().set(&Fault::new(Role::Upload, Effect::Down).always())?;
    let arguments = scene.send_arguments().into_iter().chain(["--time-limit".into(), "2".into()]);
    let finished = scene.waybill.run(arguments, PATIENCE)?.expect_code(7)?;
    assert_eq!(finished.event("error")?.text("code"), "upload_unreachable");
    scene.sandbox.control().remove(down)?;
    scene.resume_to_the_end()?;
    scene.everything_arrived()?;
    Ok(())
}
