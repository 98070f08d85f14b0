//! Drives a web view over `WebDriver` (w3.org/TR/webdriver2), as far as the benchmarks need it.
//!
//! Owner of the driver's process group: the driver and everything that it started are killed when this is dropped.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};

use reqwest::blocking::Client;
use serde_json::{Value, json};
use waybill_system_tests::{Desk, Error, Group, PATIENCE, Result, until};

use crate::io;
use crate::opened::{Program, Whole};

/// A driven web view.
pub(crate) struct Driven {
    client: Client,
    session: String,
    driver: u32,
    _group: Whole,
}

impl Driven {
    /// Opens a program's window.
    ///
    /// # Errors
    /// The driver rejects a request or cannot be reached.
    pub(crate) fn open(desk: &Desk, program: &Program) -> Result<Self> {
        let mut command = Command::new("WebKitWebDriver");
        desk.seat(&mut command).envs(program.env.iter().map(|(name, value)| (name, value)));
        command.env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true");
        let args: Vec<_> = program.args.iter().map(|arg| arg.to_string_lossy()).collect();
        let driven =
            Self::start(command, &json!({"webkitgtk:browserOptions": {"binary": program.path, "args": args}}))?;
        driven.wait("the page", "return 'ready' in document.documentElement.dataset")?;
        Ok(driven)
    }

    /// Opens `WebKit`'s minimal browser at an address. It draws as the window does; see `adr/0007`.
    ///
    /// # Errors
    /// See [`Driven::open`].
    pub(crate) fn browse(desk: &Desk, address: &str) -> Result<Self> {
        let mut command = Command::new("WebKitWebDriver");
        desk.seat(&mut command).env("WEBKIT_DISABLE_COMPOSITING_MODE", "1");
        let driven = Self::start(command, &json!({}))?;
        driven.post("/window/rect", &json!({"x": 0, "y": 0, "width": 1120, "height": 760}))?;
        driven.post("/url", &json!({"url": address}))?;
        driven.wait("the page", "return 'ready' in document.documentElement.dataset")?;
        Ok(driven)
    }

    fn start(mut command: Command, capabilities: &Value) -> Result<Self> {
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr()).map_err(io("loopback"))?;
        let port = port.port();
        command.args(["--host=127.0.0.1", &format!("--port={port}")]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut group = Group::start(&mut command)?;
        let driver = group.process().id();
        until("the driver", PATIENCE, || Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()))?;
        let client = Client::builder().no_proxy().timeout(PATIENCE).build().map_err(failed("building a client"))?;
        let address = format!("http://127.0.0.1:{port}/session");
        let session = sent(&client, &address, &json!({"capabilities": {"alwaysMatch": capabilities}}))?;
        let id =
            session["sessionId"].as_str().ok_or_else(|| Error::unexpected("the driver did not return a session"))?;
        let driven = Self { client, session: format!("{address}/{id}"), driver, _group: Whole::new(group) };
        driven.post("/timeouts", &json!({"script": 120_000}))?;
        Ok(driven)
    }

    /// Returns the driver's process id. The window's program is its child.
    pub(crate) fn driver(&self) -> u32 {
        self.driver
    }

    /// Runs a function's body in the page and returns its result.
    ///
    /// # Errors
    /// See [`Driven::open`]; also if the script throws.
    pub(crate) fn run(&self, script: &str) -> Result<Value> {
        self.post("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// Runs a script that calls `done` with its result.
    ///
    /// # Errors
    /// See [`Driven::run`]; also if it takes longer than two minutes.
    pub(crate) fn run_until_done(&self, script: &str, args: &[Value]) -> Result<Value> {
        let script = format!("const done = arguments[arguments.length - 1];\n{script}");
        self.post("/execute/async", &json!({"script": script, "args": args}))
    }

    /// Waits until a script returns true.
    ///
    /// # Errors
    /// It does not in time; the error contains the page's text.
    pub(crate) fn wait(&self, what: &str, script: &str) -> Result<()> {
        // Scripts fail while a page is loading.
        let found =
            until(what, PATIENCE, || Ok(self.run(script).is_ok_and(|value| value == Value::Bool(true)).then_some(())));
        found.map_err(|error| {
            let shown = self.run("return document.body.innerText").unwrap_or_default();
            Error::unexpected(format!("{error}; the page shows:\n{}", shown.as_str().unwrap_or_default()))
        })
    }

    /// Presses the first button whose text starts with this, once there is one.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn press(&self, label: &str) -> Result<()> {
        let label = Value::from(label);
        self.wait(
            "a button",
            &format!(
                "const found = [...document.querySelectorAll('button, a, summary')].find((one) => \
                 one.textContent.trim().startsWith({label}));\nfound?.click();\nreturn found !== undefined;"
            ),
        )
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        sent(&self.client, &format!("{}{path}", self.session), body)
    }
}

fn sent(client: &Client, address: &str, body: &Value) -> Result<Value> {
    let response = client.post(address).json(body).send().map_err(failed("sending a request to the driver"))?;
    let good = response.status().is_success();
    let mut reply: Value = response.json().map_err(failed("reading the driver's reply"))?;
    let value = reply["value"].take();
    if good { Ok(value) } else { Err(Error::unexpected(format!("the driver: {}", value["message"]))) }
}

fn failed(what: &str) -> impl FnOnce(reqwest::Error) -> Error {
    let what = what.to_owned();
    move |source| Error::Http { what, source: source.without_url() }
}
