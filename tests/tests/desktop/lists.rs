//! What the window's lists tell and lead to: the website's own pages, paused transfers, what the service's checks
//! found.

use std::fs;

use waybill_system_tests::{Effect, Error, Fault, PATIENCE, Result, Role, until};

use crate::app::Scene;

/// The test file that every virus scanner reports, in two pieces, so that none reports this one.
const EICAR: [&str; 2] = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"];

#[test]
fn a_consignment_that_cannot_be_used_opens_on_its_own_page_of_the_website() -> Result<()> {
    let scene = Scene::new(&[])?;
    let app = scene.open()?;
    let browser = scene.sign_in(&app)?;
    let reference = &scene.sandbox.consignment("needs_agreement", 0)?.reference;
    app.page.press_in(
        &format!("//tr[.//*[contains(normalize-space(.),'{reference}')]]"),
        "Complete it on the TDR website",
    )?;
    // The website asks for no second sign-in where the person has just signed in.
    browser.turn_to("main h1")?;
    browser.wait_for_text(&format!("Consignment reference: {reference}"))
}

#[test]
fn a_paused_transfer_is_there_at_once_after_a_start_and_can_be_resumed() -> Result<()> {
    let scene = Scene::new(&[])?;
    let app = scene.open()?;
    drop(scene.sign_in(&app)?);
    let held = scene.send_and_hold(&app)?;
    app.page.press_for("Pause", "Nothing is sent until you select “Resume”.")?;
    app.kill()?;
    scene.sandbox.control().remove(held)?;
    let app = scene.open()?;
    app.page.wait_for_text("Paused")?;
    app.page.press("All transfers")?;
    app.page.wait_for_text("Every transfer on this computer")?;
    app.page.press_in("//tbody", "Resume")?;
    app.page.press_in("//tbody", "Parish récords 2026")?;
    app.page.wait_for_text("Receipt")?;
    scene.everything_arrived().map(drop)
}

#[test]
fn a_file_in_which_the_service_finds_a_virus_is_named_in_the_services_own_words() -> Result<()> {
    let scene = Scene::new(&[])?;
    let file = scene.sample.root.join("Correspondence").join("attachment.com");
    fs::write(&file, EICAR.concat()).map_err(|source| Error::Io { path: file, source })?;
    let app = scene.open()?;
    let browser = scene.sign_in(&app)?;
    scene.send(&app)?;
    app.page.wait_for_text("Files that the service found problems with")?;
    app.page.wait_for_text("The service found problems in 1 file.")?;
    app.page.wait_for_text("Virus found (VirusDetected)")?;
    // The path of a row is drawn so that its end stays; the selected one is shown in full.
    let row = ".wb-list--checks .wb-list__rows .wb-list__row";
    app.page.press_element_for(row, "Correspondence/attachment.com")?;
    app.page.press("All transfers")?;
    app.page.wait_for_text("Uploaded, but problems were found")?;
    drop(browser);
    Ok(())
}

#[test]
fn a_receipt_without_the_checks_findings_is_completed_when_the_window_reads_them() -> Result<()> {
    let scene = Scene::new(&[])?;
    let file = scene.sample.root.join("Correspondence").join("attachment.com");
    fs::write(&file, EICAR.concat()).map_err(|source| Error::Io { path: file, source })?;
    let refused = Effect::Status { status: 503, body: String::new(), content_type: "text/plain" };
    let refused = Fault::new(Role::Api, refused).body_contains("fileStatuses").always();
    let refused = scene.sandbox.control().set(&refused)?;
    let app = scene.open()?;
    let browser = scene.sign_in(&app)?;
    scene.send(&app)?;
    app.page.wait_for_text("The list of files cannot be read")?;
    scene.receipt_is_complete()?;
    let named = "\"result\":\"VirusDetected\"";
    assert!(!scene.receipt()?.contains(named));
    scene.sandbox.control().remove(refused)?;
    // A reading may be under way that brings it without that.
    app.page.press_for("Try again", "Virus found (VirusDetected)")?;
    until("the receipt to name the file", PATIENCE, || Ok(scene.receipt()?.contains(named).then_some(())))?;
    drop(browser);
    Ok(())
}
