//! A real Chromium without a window, driven over the W3C's protocol for that (`WebDriver`).
//!
//! Owner of the driver's process group and of the browser's profile; both are gone when this is dropped.

use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use waybill_system_tests::{Error, Group, Home, Result, line_of, until};

use crate::http::{self, Reply, failed};

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The key under which the protocol refers to an element (section 12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with an empty profile.
pub(crate) struct Chromium {
    /// Ended before the profile goes.
    _driver: Group,
    client: Client,
    /// The session's address.
    session: String,
    /// After what writes there.
    home: Home,
}

impl Chromium {
    /// Starts one.
    pub(crate) fn start() -> Result<Self> {
        let home = Home::new()?;
        let mut command = Command::new("chromedriver");
        command
            .args(["--port=0", "--allowed-ips=127.0.0.1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut driver = Group::start(home.house(&mut command))?;
        let port = line_of(driver.process(), "chromedriver's port", port)?;
        let mut browser = Self { _driver: driver, client: http::client()?, session: String::new(), home };
        let base = format!("http://127.0.0.1:{port}/session");
        let directory = format!("--user-data-dir={}", browser.home.path().join("profile").display());
        // Chromium does not run as root with its sandbox, and containers have a small /dev/shm.
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--no-proxy-server",
            "--disable-background-networking",
            "--disable-component-update",
            &directory,
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": {"args": arguments},
        }}});
        let made = browser.call(Method::POST, &base, Some(&wanted))?;
        let id = made["sessionId"].as_str().ok_or_else(|| Error::unexpected("chromedriver gave no session"))?;
        browser.session = format!("{base}/{id}");
        Ok(browser)
    }

    /// Opens an address and waits for its page.
    pub(crate) fn open(&self, address: &str) -> Result<()> {
        self.post("/url", &json!({"url": address})).map(drop)
    }

    /// Returns the address of the page.
    pub(crate) fn address(&self) -> Result<String> {
        let address = self.call(Method::GET, &format!("{}/url", self.session), None)?;
        Ok(address.as_str().unwrap_or_default().to_owned())
    }

    /// Types into the element with this CSS selector.
    pub(crate) fn type_into(&self, selector: &str, text: &str) -> Result<()> {
        let element = self.wait_to_find(selector)?;
        self.post(&format!("/element/{element}/value"), &json!({"text": text})).map(drop)
    }

    /// Presses the element with this CSS selector.
    pub(crate) fn press(&self, selector: &str) -> Result<()> {
        let element = self.wait_to_find(selector)?;
        self.post(&format!("/element/{element}/click"), &json!({})).map(drop)
    }

    /// Returns what can be read on the page.
    pub(crate) fn text(&self) -> Result<String> {
        let body = self.find("body")?;
        let text = self.call(Method::GET, &format!("{}/element/{body}/text", self.session), None)?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Waits for a page whose address this holds of.
    pub(crate) fn wait_for(&self, what: &str, holds: impl Fn(&str) -> bool) -> Result<()> {
        // Pages come and go: one that cannot be looked at now may be in a moment.
        let look = || Ok(self.address().is_ok_and(|address| holds(&address)).then_some(()));
        until("a page", PATIENCE, look).map_err(|error| self.explain(&error, what))
    }

    /// Waits until this can be read on the page.
    pub(crate) fn wait_for_text(&self, wanted: &str) -> Result<()> {
        let look = || Ok(self.text().is_ok_and(|text| text.contains(wanted)).then_some(()));
        until("words on the page", PATIENCE, look).map_err(|error| self.explain(&error, wanted))
    }

    fn explain(&self, error: &Error, wanted: &str) -> Error {
        let address = self.address().unwrap_or_else(|error| error.to_string());
        let shown = self.text().unwrap_or_else(|error| error.to_string());
        Error::unexpected(format!("{error}: \"{wanted}\"; {address} shows:\n{shown}"))
    }

    /// Fills in Keycloak's login form.
    pub(crate) fn log_in(&self, username: &str, password: &str) -> Result<()> {
        self.type_into("#username", username)?;
        self.type_into("#password", password)?;
        self.press("#kc-login")
    }

    fn wait_to_find(&self, selector: &str) -> Result<String> {
        until("an element", PATIENCE, || Ok(self.find(selector).ok())).map_err(|error| self.explain(&error, selector))
    }

    fn find(&self, selector: &str) -> Result<String> {
        let found = self.post("/element", &json!({"using": "css selector", "value": selector}))?;
        let id = found[ELEMENT].as_str();
        id.map(str::to_owned).ok_or_else(|| Error::unexpected(format!("the page has no {selector}")))
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.call(Method::POST, &format!("{}{path}", self.session), Some(body))
    }

    fn call(&self, method: Method, address: &str, body: Option<&Value>) -> Result<Value> {
        let mut request = self.client.request(method, address);
        if let Some(body) = body {
            request = request.json(body);
        }
        let reply = Reply::read(request.send().map_err(failed("chromedriver"))?)?;
        let value = reply.json().map(|mut body| body["value"].take()).unwrap_or_default();
        if reply.status == 200 {
            return Ok(value);
        }
        Err(Error::unexpected(format!("chromedriver: {} {}", value["error"], value["message"])))
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // The browser ends itself when it can; what is left of it goes with the group.
            let _ended = self.call(Method::DELETE, &self.session, None);
        }
    }
}

/// Returns the port that the driver says it listens at.
fn port(line: &str) -> Option<u16> {
    line.split_once("successfully on port ").and_then(|(_, rest)| rest.trim_end_matches('.').parse().ok())
}
