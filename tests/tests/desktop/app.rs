//! The program under test, with everything around it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use waybill_system_tests::{
    Account, Compared, Desk, Effect, Error, Fault, Group, Listed, PATIENCE, Result, Role, Sample, Sandbox, Size,
    compare, desktop_program, quick_profile, sample_folder, until,
};

use crate::chromium::{SystemBrowser, log_in};
use crate::drop::drop_folder;
use crate::page::Page;

/// A desktop session, a service, a folder, and one consignment that is ready.
pub(crate) struct Scene {
    pub(crate) sandbox: Sandbox,
    pub(crate) sample: Sample,
    pub(crate) consignment: Listed,
    pub(crate) browser: SystemBrowser,
    person: Account,
    profile: PathBuf,
    /// What else the program finds in its environment.
    pub(crate) environment: Vec<(&'static str, OsString)>,
    /// Last, so that it ends after everything that runs in it.
    pub(crate) desk: Desk,
}

impl Scene {
    pub(crate) fn new(options: &[&str]) -> Result<Self> {
        Self::at(Desk::new()?, options, None)
    }

    /// On a desktop that has no keychain.
    pub(crate) fn without_keychain() -> Result<Self> {
        Self::at(Desk::without_keychain()?, &[], None)
    }

    /// With a Keycloak in place of the sandbox's sign-in, where this person signs in.
    pub(crate) fn at_keycloak(issuer: &str, person: Account) -> Result<Self> {
        Self::at(Desk::new()?, &["--sign-in", issuer], Some(person))
    }

    fn at(desk: Desk, options: &[&str], person: Option<Account>) -> Result<Self> {
        let options: Vec<&str> = ["--check-seconds", "2"].iter().chain(options).copied().collect();
        let sandbox = Sandbox::start(desk.home().join("sandbox"), &options)?;
        let sample = sample_folder(desk.home(), "Parish récords 2026", Size::Small, 31)?;
        let consignment = sandbox.consignment("ready", 0)?.clone();
        let browser = SystemBrowser::new(&desk)?;
        let profile = quick_profile(&sandbox)?;
        let person = match person {
            Some(person) => person,
            None => sandbox.first_user()?.clone(),
        };
        Ok(Self { sandbox, sample, consignment, browser, person, profile, environment: Vec::new(), desk })
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.desk.home().join("waybill")
    }

    pub(crate) fn person(&self) -> &Account {
        &self.person
    }

    /// Starts the program with these words, as a person does from a menu or a terminal: nothing drives its page.
    pub(crate) fn start(&self, words: &[&Path]) -> Result<Group> {
        let mut command = Command::new(desktop_program()?);
        self.desk
            .seat(&mut command)
            .args(words)
            .env("WAYBILL_SERVICE", &self.profile)
            .env("WAYBILL_DATA_DIR", self.data_dir())
            .env("BROWSER", self.browser.command())
            .envs(self.environment.iter().cloned());
        Group::start(&mut command)
    }

    /// Starts the program and waits until its page is ready.
    pub(crate) fn open(&self) -> Result<App> {
        let driver = || {
            let mut driver = Command::new("WebKitWebDriver");
            self.desk
                .seat(&mut driver)
                .arg("--host=127.0.0.1")
                .env("WAYBILL_SERVICE", &self.profile)
                .env("WAYBILL_DATA_DIR", self.data_dir())
                .env("BROWSER", self.browser.command())
                .envs(self.environment.iter().cloned())
                .env("TAURI_AUTOMATION", "true")
                .env("TAURI_WEBVIEW_AUTOMATION", "true");
            driver
        };
        let program = desktop_program()?;
        let page = Page::of_webkit(driver, &json!({"webkitgtk:browserOptions": {"binary": program, "args": []}}))?;
        page.wait_for("html[data-ready]")?;
        Ok(App { page, program })
    }

    /// Presses "Sign in" and signs in at the browser that opens.
    pub(crate) fn sign_in(&self, app: &App) -> Result<Page> {
        app.page.press("Sign in")?;
        let browser = self.browser.sit_down(&self.desk)?;
        log_in(&browser, self.person())?;
        app.page.wait_for_text("Choose the consignment")?;
        Ok(browser)
    }

    /// Chooses the consignment, drops the folder on the window, agrees to what is left out and sends.
    pub(crate) fn send(&self, app: &App) -> Result<()> {
        let reference = &self.consignment.reference;
        let row = format!("//*[self::tr or @role='row' or self::li][.//*[contains(normalize-space(.),'{reference}')]]");
        app.page.press_in(&row, "Choose folder")?;
        app.page.wait_for_text("Drop a folder here")?;
        drop_folder(self.desk.display(), &self.sample.root)?;
        app.page.wait_for_text("Check what will be sent")?;
        app.page.tick("I agree to leave out")?;
        app.page.press("Send")
    }

    /// Sends, and stops in mid-file. The parts are held until the fault is removed that this gives.
    pub(crate) fn send_and_hold(&self, app: &App) -> Result<u64> {
        let hold = Fault::new(Role::Upload, Effect::Bandwidth(1)).path("*partNumber=*").always();
        let held = self.sandbox.control().set(&hold)?;
        self.send(app)?;
        self.sandbox.control().wait_fired(held, 1, PATIENCE)?;
        Ok(held)
    }

    /// Waits until the program's log has so many lines with these words.
    pub(crate) fn wait_for_log(&self, words: &str, lines: usize) -> Result<()> {
        until(words, PATIENCE, || {
            Ok((self.log().lines().filter(|line| line.contains(words)).count() >= lines).then_some(()))
        })
    }

    /// Returns the program's log so far. The file is there with the first line.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.data_dir().join("logs").join("waybill-desktop.log")).unwrap_or_default()
    }

    /// Everything that should be stored is, byte for byte.
    pub(crate) fn everything_arrived(&self) -> Result<Compared> {
        let equal = compare(self.sandbox.control(), &self.consignment.id, self.desk.home(), self.sample.sent.keys())?;
        assert_eq!(equal.bytes, self.sample.bytes());
        let consignment = self.sandbox.control().consignment(&self.consignment.id)?;
        assert_eq!(consignment.status("Upload"), Some("Completed"));
        Ok(equal)
    }

    /// Returns the text of the JSON receipt on the disk, once there is one.
    pub(crate) fn receipt(&self) -> Result<String> {
        let receipts = self.data_dir().join("receipts");
        let found = until("the receipt", PATIENCE, || Ok(find(&receipts, "receipt.json")))?;
        fs::read_to_string(&found).map_err(|source| Error::Io { path: found.clone(), source })
    }

    /// The receipt on the disk names every file of the folder as sent or not, and for each that was sent the object
    /// that the sandbox holds, with the object's size and checksum. The sandbox holds no other.
    pub(crate) fn receipt_is_complete(&self) -> Result<()> {
        let text = self.receipt()?;
        assert!(text.contains(&self.consignment.reference));
        let receipt: Value =
            serde_json::from_str(&text).map_err(|error| Error::unexpected(format!("the receipt: {error}")))?;
        let list = |name: &str| receipt[name].as_array().cloned().unwrap_or_default();
        let named: BTreeSet<String> =
            list("sent").iter().chain(&list("not_sent")).map(|file| word(&file["path"])).collect();
        for path in self.sample.sent.keys().chain(self.sample.left_out.keys()) {
            assert!(named.contains(path), "the receipt does not name {path}");
        }
        let prefix =
            format!("{}/{}/", self.sandbox.control().consignment(&self.consignment.id)?.user_id, self.consignment.id);
        let objects = self.sandbox.control().objects()?.into_iter();
        let stored: BTreeSet<_> = objects
            .filter_map(|object| Some((object.key.strip_prefix(&prefix)?.to_owned(), object.size, object.sha256)))
            .collect();
        let sent = list("sent");
        let of_the_receipt: BTreeSet<_> = sent
            .iter()
            .map(|file| (word(&file["file_id"]), file["size"].as_u64().unwrap_or_default(), word(&file["sha256"])))
            .collect();
        assert_eq!(of_the_receipt, stored, "what the receipt says was sent is not what is stored");
        assert_eq!(sent.len(), stored.len(), "the receipt names a file twice");
        Ok(())
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn find(dir: &Path, name: &str) -> Option<PathBuf> {
    fs::read_dir(dir).ok()?.flatten().find_map(|entry| {
        let path = entry.path();
        if path.is_dir() { find(&path, name) } else { path.ends_with(name).then_some(path) }
    })
}

/// The running program.
pub(crate) struct App {
    pub(crate) page: Page,
    program: PathBuf,
}

impl App {
    /// `kill -9`.
    pub(crate) fn kill(mut self) -> Result<()> {
        kill(self.process()?)
    }

    /// Returns the program's process.
    pub(crate) fn process(&mut self) -> Result<Pid> {
        let driver = i32::try_from(self.page.driver()).map_err(|error| Error::unexpected(error.to_string()))?;
        child_of(driver, |pid| program_of(*pid).is_some_and(|program| program == self.program))
    }
}

fn program_of(pid: i32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{pid}/exe")).ok()
}

/// `kill -9` of the process that draws the page of this program.
pub(crate) fn kill_page_process(program: Pid) -> Result<()> {
    kill(page_process(program)?)
}

/// Lets the process that draws the page of this program do nothing any more.
pub(crate) fn stop_page_process(program: Pid) -> Result<()> {
    let stopped = kill_process(page_process(program)?, Signal::STOP);
    stopped.map_err(|error| Error::unexpected(format!("it cannot be stopped: {error}")))
}

fn page_process(program: Pid) -> Result<Pid> {
    let draws = |pid: &i32| program_of(*pid).is_some_and(|program| program.ends_with("WebKitWebProcess"));
    child_of(program.as_raw_nonzero().get(), draws)
}

/// Returns the child of a process that is meant.
fn child_of(parent: i32, meant: impl Fn(&i32) -> bool) -> Result<Pid> {
    // Threads have children of their own.
    let tasks = fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let children: Vec<i32> =
        lists.flat_map(|list| list.split_whitespace().map(str::parse).collect::<Vec<_>>()).flatten().collect();
    let child = children.into_iter().find(meant).and_then(Pid::from_raw);
    child.ok_or_else(|| Error::unexpected(format!("process {parent} has not started that program")))
}

fn kill(process: Pid) -> Result<()> {
    kill_process(process, Signal::KILL).map_err(|error| Error::unexpected(format!("it cannot be killed: {error}")))
}
