//! What must never be written where others may read it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use waybill_system_tests::{PATIENCE, Result, Waybill, quick_profile};

use crate::scene::Scene;

/// How tokens (JSON Web Tokens), cookies and what proves a sign-in look wherever they are written.
const SECRETS: [&str; 6] =
    ["eyJ", "CloudFront-Policy=", "CloudFront-Signature=", "Bearer ", "code_verifier", "KEYCLOAK_IDENTITY"];

/// Where the session is kept with `--session file`, which says what that means.
const SESSION: &str = "session";

#[test]
fn no_secret_is_in_any_output_log_journal_or_receipt() -> Result<()> {
    let scene = Scene::new()?;
    let arguments = scene.send_arguments().into_iter().chain(["-vv".into()]);
    let finished = scene.waybill.run(arguments, PATIENCE)?.expect_code(0)?;
    assert!(!finished.stderr.is_empty(), "with -vv there is a log");
    let events: String = finished.events.iter().map(|event| event.value().to_string()).collect();
    let password = scene.sandbox.first_user()?.password.clone();
    let secrets: Vec<&str> = SECRETS.into_iter().chain([password.as_str()]).collect();
    for secret in &secrets {
        assert!(!finished.stderr.contains(secret), "{secret} is in the log");
        assert!(!events.contains(secret), "{secret} is in an event");
    }
    let files = files_below(scene.waybill.data_dir());
    let mut sessions = 0;
    for path in &files {
        let contents = fs::read(path).unwrap();
        let found = secrets.iter().find(|secret| contains(&contents, secret.as_bytes()));
        let is_session = path.file_name().is_some_and(|name| name.to_string_lossy().contains(SESSION));
        sessions += usize::from(is_session && found.is_some());
        assert!(found.is_none() || is_session, "{found:?} is in {}", path.display());
        if is_session {
            assert_only_the_owner_can_read(path);
        }
    }
    assert_eq!(
        sessions, 1,
        "the session is in one file, so that this test would have found a token elsewhere: {files:?}"
    );
    Ok(())
}

#[test]
fn a_home_folder_is_sent_without_the_data_folder_in_it() -> Result<()> {
    let scene = Scene::new()?;
    let data = scene.sample.root.join(".local").join("share").join("waybill");
    let waybill = Waybill::new(&scene.sandbox, &data)?.profile(quick_profile(&scene.sandbox)?);
    waybill.run(["sign-in"], PATIENCE)?.expect_code(0)?;
    let sent = waybill.run(scene.send_arguments(), PATIENCE)?.expect_code(0)?;
    scene.everything_arrived()?;
    let consignment = scene.sandbox.control().consignment(&scene.consignment.id)?;
    let registered: Vec<&str> = consignment.files.iter().map(|row| row.path.as_str()).collect();
    assert!(registered.iter().all(|path| !path.contains("share/waybill")), "{registered:?}");
    let named = sent.named("finding").find(|found| found.text("kind") == "waybill_data");
    assert_eq!(named.map(|found| found.text("path")), Some("Parish records/.local/share/waybill"));

    let reference = scene.consignment.reference.as_str();
    let itself: [OsString; 4] = ["send".into(), data.into(), "--consignment".into(), reference.into()];
    let refused = waybill.run(itself, PATIENCE)?.expect_code(4)?;
    assert_eq!(refused.event("error")?.text("code"), "waybill_data");
    Ok(())
}

fn contains(contents: &[u8], wanted: &[u8]) -> bool {
    contents.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(unix)]
fn assert_only_the_owner_can_read(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{}", path.display());
}

#[cfg(not(unix))]
fn assert_only_the_owner_can_read(_path: &Path) {}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
