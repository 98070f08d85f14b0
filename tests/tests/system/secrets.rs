//! What must never be written where others may read it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use waybill_system_tests::{Event, Finished, IssuedSecret, PATIENCE, Result, Run, Size, Waybill, quick_profile, until};

use crate::kill_points::send;
use crate::scene::Scene;

/// How tokens (JSON Web Tokens), cookies and what proves a sign-in look wherever they are written.
const SECRETS: [&str; 6] =
    ["eyJ", "CloudFront-Policy=", "CloudFront-Signature=", "Bearer ", "code_verifier", "KEYCLOAK_IDENTITY"];

/// What the sandbox has seen by the end of a sign-in, and of a whole job.
const SIGN_IN: [&str; 6] = ["access_token", "refresh_token", "id_token", "code", "code_verifier", "password"];
const WHOLE_JOB: [&str; 8] = [
    "access_token",
    "refresh_token",
    "id_token",
    "code",
    "code_verifier",
    "password",
    "CloudFront-Policy",
    "CloudFront-Signature",
];

/// Where the session is kept with `--session file`, which says what that means.
const SESSION: &str = "session";

/// Something that others may read.
struct Left {
    place: String,
    content: Vec<u8>,
}

impl Left {
    fn new(place: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self { place: place.into(), content: content.into() }
    }
}

#[test]
fn no_secret_is_in_any_output_log_journal_or_receipt() -> Result<()> {
    let scene = Scene::new()?;
    let waybill = at_home(&scene)?;
    let held = scene.hold_parts()?;
    let run = waybill.start(scene.send_arguments().into_iter().chain(["-vv".into()]))?;
    scene.sandbox.control().wait_fired(held, 1, PATIENCE)?;
    let mut left = process(&run);
    scene.sandbox.control().remove(held)?;
    let finished = run.finish(PATIENCE)?.expect_code(0)?;
    assert!(!finished.stderr.is_empty(), "with -vv there is a log");
    left.extend(said(&finished));
    let receipt = scene.dir.path().join("receipt");
    let reference = scene.consignment.reference.clone();
    let receipt: [OsString; 6] = [
        "receipt".into(),
        reference.into(),
        "--format".into(),
        "html,csv,json,bagit".into(),
        "--out".into(),
        receipt.into(),
    ];
    left.extend(said(&waybill.run(receipt, PATIENCE)?.expect_code(0)?));
    left.extend(said(&waybill.run(["doctor", "-vv"], PATIENCE)?.expect_code(0)?));
    left.extend(files(&scene));
    nothing_is_in(&scene, &left, &WHOLE_JOB)?;

    // The search finds what is there: in a log, in a file, and as it stands in an address.
    let secret = scene.sandbox.control().secrets()?.pop().unwrap();
    let encoded: String = secret.value.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for planted in [format!("2026 DEBUG {}", secret.value), format!("/callback?code={encoded}&state=1")] {
        let planted = [Left::new("a log", planted)];
        assert_eq!(found(std::slice::from_ref(&secret), &planted), [format!("{} is in a log", secret.kind)]);
    }
    Ok(())
}

#[test]
fn a_crash_at_any_moment_shows_no_secret() -> Result<()> {
    let scene = Scene::of(Size::Few, &[])?;
    let (finished, instants) = send(&scene, None)?;
    finished.expect_code(0)?;
    let number = |name: &str| instants.iter().position(|instant| instant == name).unwrap() + 1;
    for name in ["session: saved", "request Before Api POST", "request Read Upload PUT"] {
        let scene = Scene::of(Size::Few, &[])?;
        let waybill =
            at_home(&scene)?.variable("WAYBILL_PANIC_AT", number(name).to_string()).variable("RUST_BACKTRACE", "full");
        let run = waybill.start(scene.send_arguments().into_iter().chain(["-vv".into()]))?;
        until("the crash", PATIENCE, || Ok(run.stderr().contains("panicked at").then_some(())))?;
        let mut left = process(&run);
        left.extend(said(&run.kill()?));
        left.extend(files(&scene));
        nothing_is_in(&scene, &left, &SIGN_IN)?;
    }
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

/// Returns `waybill` with its own home, settings and temporary files, so that everything it leaves can be found.
fn at_home(scene: &Scene) -> Result<Waybill> {
    let home = home(scene);
    for folder in ["tmp", "config", "cache"] {
        fs::create_dir_all(home.join(folder)).unwrap();
    }
    Ok(scene
        .waybill
        .clone()
        .variable("HOME", &home)
        .variable("TMPDIR", home.join("tmp"))
        .variable("XDG_CONFIG_HOME", home.join("config"))
        .variable("XDG_CACHE_HOME", home.join("cache")))
}

fn home(scene: &Scene) -> PathBuf {
    scene.dir.path().join("home")
}

/// No secret that the sandbox has seen is in any of this, and nothing that looks like one.
fn nothing_is_in(scene: &Scene, left: &[Left], known: &[&str]) -> Result<()> {
    let mut secrets = scene.sandbox.control().secrets()?;
    for account in scene.sandbox.users() {
        secrets.push(IssuedSecret { kind: "password".to_owned(), value: account.password.clone() });
    }
    let kinds: Vec<&str> = secrets.iter().map(|secret| secret.kind.as_str()).collect();
    for kind in known {
        assert!(kinds.contains(kind), "the sandbox has seen no {kind}: {kinds:?}");
    }
    assert!(secrets.iter().all(|secret| secret.value.len() >= 8), "what is so short is found anywhere");
    secrets.extend(SECRETS.map(|text| IssuedSecret { kind: text.to_owned(), value: text.to_owned() }));
    let found = found(&secrets, left);
    assert!(found.is_empty(), "{found:#?}");

    // The session is kept in one file, which only its owner can read.
    let sessions: Vec<PathBuf> =
        files_below(scene.waybill.data_dir()).into_iter().filter(|path| is_session(path)).collect();
    sessions.iter().for_each(|path| assert_only_the_owner_can_read(path));
    let kept = sessions.iter().map(|path| Left::new(path.display().to_string(), fs::read(path).unwrap()));
    let kept: Vec<Left> = kept.filter(|left| !self::found(&secrets, std::slice::from_ref(left)).is_empty()).collect();
    assert_eq!(kept.len(), 1, "the session is in one file, so that the same search would have found a token elsewhere");
    Ok(())
}

/// Returns which secrets are where: as they are, or escaped as in an address.
fn found(secrets: &[IssuedSecret], left: &[Left]) -> Vec<String> {
    let is_in = |secret: &IssuedSecret, left: &Left| {
        let bytes = secret.value.as_bytes();
        contains(&left.content, bytes) || contains(&unescaped(&left.content), bytes)
    };
    let each = secrets.iter().flat_map(|secret| left.iter().map(move |left| (secret, left)));
    each.filter(|(secret, left)| is_in(secret, left))
        .map(|(secret, left)| format!("{} is in {}", secret.kind, left.place))
        .collect()
}

/// Returns the bytes with `%XX` as what it stands for.
fn unescaped(content: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(content.len());
    let mut rest = content;
    while let Some((first, more)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| more.get(..2)).flatten();
        let byte = escaped.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        plain.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &more[2..] } else { more };
    }
    plain
}

/// Returns what a run has printed.
fn said(finished: &Finished) -> Vec<Left> {
    let events: String = finished.events.iter().map(Event::value).map(ToString::to_string).collect();
    vec![Left::new("an event", events), Left::new("standard error", finished.stderr.clone())]
}

/// Returns what other programs can read about a running process, where the system shows it.
fn process(run: &Run) -> Vec<Left> {
    let path = |name: &str| PathBuf::from(format!("/proc/{}/{name}", run.id()));
    let shown = ["cmdline", "environ", "comm", "status"].map(path).into_iter().filter_map(|path| {
        // Nobody but root may read the environment of a process that keeps its memory to itself.
        Some(Left::new(path.display().to_string(), fs::read(&path).ok()?))
    });
    let shown: Vec<Left> = shown.collect();
    assert!(shown.iter().any(|left| contains(&left.content, b"send")) || cfg!(not(target_os = "linux")));
    shown
}

/// Returns everything that was written: data folder, home, temporary files, receipts. The session is left out.
fn files(scene: &Scene) -> Vec<Left> {
    let folders = [scene.waybill.data_dir().to_owned(), home(scene), scene.dir.path().join("receipt")];
    let paths = folders.iter().filter(|folder| folder.exists()).flat_map(|folder| files_below(folder));
    paths
        .filter(|path| !is_session(path))
        .map(|path| Left::new(path.display().to_string(), fs::read(&path).unwrap()))
        .collect()
}

fn is_session(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().contains(SESSION))
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
