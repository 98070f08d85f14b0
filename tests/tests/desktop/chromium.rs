//! The person's browser: Chromium as the system's browser, started by the program under test, and a person at it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use waybill_system_tests::{Account, Desk, Error, PATIENCE, Result, until};

use crate::page::Page;

/// Where the system's browser is, and where it keeps its profile.
pub(crate) struct SystemBrowser {
    command: PathBuf,
    profile: PathBuf,
}

impl SystemBrowser {
    /// What `$BROWSER` names: a command that opens an address. A second address opens in the browser that runs already.
    /// It is no part of the program that opened it, and outlives it, as a person's browser does; it ends with the
    /// display.
    pub(crate) fn new(desk: &Desk) -> Result<Self> {
        let profile = desk.home().join("chromium");
        let command = desk.home().join("browser");
        // Chromium does not run as root with its sandbox, and containers have a small /dev/shm.
        let script = format!(
            "#!/bin/sh\nexec setsid chromium --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
             --no-default-browser-check --no-proxy-server --disable-background-networking --disable-component-update \
             --disable-sync --password-store=basic --remote-debugging-port=0 --user-data-dir='{}' \"$@\" \
             >/dev/null 2>&1\n",
            profile.display()
        );
        fs::write(&command, script).map_err(io(&command))?;
        fs::set_permissions(&command, fs::Permissions::from_mode(0o755)).map_err(io(&command))?;
        Ok(Self { command, profile })
    }

    /// Returns the command.
    pub(crate) fn command(&self) -> &Path {
        &self.command
    }

    /// Waits until the program under test has opened it, and sits down at it.
    pub(crate) fn sit_down(&self, desk: &Desk) -> Result<Page> {
        let told = self.profile.join("DevToolsActivePort");
        let port = until("the system's browser", PATIENCE, || {
            let text = fs::read_to_string(&told).unwrap_or_default();
            Ok(text.lines().next().filter(|_| text.lines().count() > 1).and_then(|line| line.parse::<u16>().ok()))
        })?;
        let mut driver = Command::new("chromedriver");
        desk.seat(&mut driver).arg("--allowed-ips=127.0.0.1");
        Page::of_chromium(
            driver,
            &json!({
                "browserName": "chrome",
                "goog:chromeOptions": {"debuggerAddress": format!("127.0.0.1:{port}")},
            }),
        )
    }
}

/// Fills in the sign-in form, in any tab.
pub(crate) fn log_in(page: &Page, account: &Account) -> Result<()> {
    page.turn_to("#username")?;
    page.type_into("#username", &account.username)?;
    page.type_into("#password", &account.password)?;
    page.press_element("#kc-login")
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { path, source }
}
