//! Files in which the service's own checks find something: who names them, and from what.

use std::fs;

use serde_json::Value;
use waybill_system_tests::{Effect, Error, Fault, PATIENCE, Result, Role};

use crate::scene::Scene;

/// The test file that every virus scanner reports, in two pieces, so that none reports this one.
const EICAR: [&str; 2] = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"];
const FILE: &str = "Parish records/Correspondence/attachment.com";

fn infected() -> Result<Scene> {
    let scene = Scene::new()?;
    let file = scene.sample.root.join("Correspondence").join("attachment.com");
    fs::write(&file, EICAR.concat()).map_err(|source| Error::Io { path: file, source })?;
    Ok(scene)
}

fn receipt(scene: &Scene, name: &str) -> Result<String> {
    let path = scene.receipts().join(name);
    fs::read_to_string(&path).map_err(|source| Error::Io { path, source })
}

fn json(scene: &Scene) -> Result<Value> {
    serde_json::from_str(&receipt(scene, "receipt.json")?).map_err(|error| Error::unexpected(error.to_string()))
}

#[test]
fn a_file_with_a_virus_is_named_at_the_end_later_and_in_every_receipt() -> Result<()> {
    let scene = infected()?;
    let sent = scene.send_to_the_end()?;
    let named = [("path", FILE), ("check", "Antivirus"), ("result", "VirusDetected")];
    assert!(sent.event("check_failure")?.is("check_failure", &named), "{:?}", sent.event("check_failure")?);
    assert_eq!(sent.named("check_failure").count(), 1);

    // From the journal alone: no sign-in is needed.
    scene.waybill.run(["sign-out"], PATIENCE)?.expect_code(0)?;
    for command in ["show", "resume"] {
        let told = scene.waybill.run([command, scene.consignment.reference.as_str()], PATIENCE)?.expect_code(0)?;
        assert!(told.event("check_failure")?.is("check_failure", &named), "{command}");
    }
    let shown = scene.waybill.run(["show", scene.consignment.reference.as_str()], PATIENCE)?.expect_code(0)?;
    assert_eq!(shown.event("transfer")?.number("files_with_problems"), 1);

    let json = json(&scene)?;
    assert_eq!((&json["files_with_problems"], &json["problems"][0]["path"]), (&1.into(), &FILE.into()));
    assert!(receipt(&scene, "receipt.html")?.contains("Virus found (VirusDetected)"));
    let csv = receipt(&scene, "receipt.csv")?;
    let line = csv.lines().find(|line| line.contains("attachment.com"));
    assert!(line.is_some_and(|line| line.contains(",\"Antivirus: VirusDetected\",")), "{line:?}");
    Ok(())
}

#[test]
fn where_the_service_does_not_name_the_files_the_receipt_is_written_without_them() -> Result<()> {
    let scene = infected()?;
    let refused = Effect::Status { status: 503, body: String::new(), content_type: "text/plain" };
    let refused = Fault::new(Role::Api, refused).body_contains("fileStatuses").always();
    let refused = scene.sandbox.control().set(&refused)?;
    let sent = scene.send_to_the_end()?;
    scene.sandbox.control().wait_fired(refused, 1, PATIENCE)?;
    assert_eq!(sent.named("check_failure").count(), 0);
    let json = json(&scene)?;
    assert_eq!((json.get("files_with_problems"), json.get("problems")), (None, None));
    assert_eq!(json["checks"], "problems", "{json}");
    Ok(())
}
