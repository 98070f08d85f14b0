//! The browser that `waybill` starts: it gets nothing of the command's output, and nobody waits for it.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use waybill_system_tests::{Error, Home, PATIENCE, Result, output_within, program, until};

use crate::scene::Scene;

fn script(path: PathBuf, text: &str) -> Result<PathBuf> {
    let io = |source| Error::Io { path: path.clone(), source };
    fs::write(&path, text).map_err(io)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).map_err(io)?;
    Ok(path)
}

/// Starts a sign-in that nobody finishes, with this browser.
fn sign_in(scene: &Scene, home: &Home, browser: &Path) -> Result<Output> {
    let mut command = Command::new(program()?);
    home.house(&mut command).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env("BROWSER", browser);
    command.args(["sign-in", "--time-limit", "3", "--json", "--session", "memory", "--service"]);
    command.arg(scene.sandbox.profile()).arg("--data-dir").arg(home.path().join("data")).stdin(Stdio::null());
    output_within(&mut command, b"", PATIENCE)
}

fn events(output: &Output) -> Vec<serde_json::Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no event: {line}"))).collect()
}

#[test]
fn a_browser_that_prints_and_never_ends_disturbs_nothing() -> Result<()> {
    let scene = Scene::new()?;
    let home = Home::new()?;
    let text = "#!/bin/sh\necho out\necho err >&2\nread -r line && echo \"$line\"\necho $$ >\"$HOME/browser.pid\"\nexec sleep 600\n";
    let browser = script(home.path().join("browser"), text)?;
    // That it ends shows that the browser holds none of its streams.
    let output = sign_in(&scene, &home, &browser)?;
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let events = events(&output);
    assert_eq!((&events[0]["event"], &events[0]["opened"]), (&"sign_in".into(), &true.into()));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("err"), "{output:?}");
    let pid = home.path().join("browser.pid");
    until("the browser", PATIENCE, || Ok(fs::read_to_string(&pid).ok().filter(|text| text.ends_with('\n'))))?;
    Ok(())
}

#[test]
fn a_browser_that_needs_a_terminal_is_not_started_and_the_address_is_printed() -> Result<()> {
    let scene = Scene::new()?;
    let home = Home::new()?;
    let browser = script(home.path().join("lynx"), "#!/bin/sh\ntouch \"$HOME/started\"\n")?;
    let output = sign_in(&scene, &home, &browser)?;
    let events = events(&output);
    assert_eq!((&events[0]["event"], &events[0]["opened"]), (&"sign_in".into(), &false.into()));
    assert!(!home.path().join("started").exists());
    Ok(())
}

#[test]
fn a_browser_that_fails_is_not_called_opened_and_the_next_is_tried() -> Result<()> {
    let scene = Scene::new()?;
    let home = Home::new()?;
    let fails = script(home.path().join("fails"), "#!/bin/sh\nexit 3\n")?;
    let works = script(home.path().join("works"), "#!/bin/sh\necho \"$2\" >\"$HOME/address\"\n")?;
    let opened = |browser: &str| Ok::<_, Error>(events(&sign_in(&scene, &home, Path::new(browser))?)[0].clone());
    let fails = fails.display().to_string();
    assert_eq!(opened(&fails)?["opened"], false);
    let both = opened(&format!("{fails}:{} -new-tab %s", works.display()))?;
    assert_eq!(both["opened"], true);
    let address = fs::read_to_string(home.path().join("address")).unwrap_or_default();
    assert_eq!(both["url"], address.trim_end());
    Ok(())
}
