//! A page in a browser or a web view, driven over `WebDriver` (w3.org/TR/webdriver2).
//!
//! Owner of the driver's process group: the driver, and everything that it has started, end with this value.

use std::net::{Ipv4Addr, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;
use tokio::runtime::Runtime;
use waybill_system_tests::{Error, Group, PATIENCE, Result, Start, line_of, start_at_ports, until};

/// How long one look at the page may take; then it is looked at again.
const LOOK: Duration = Duration::from_secs(30);
/// How long a button that was pressed may take until it is pressed again.
const PRESS_AGAIN: Duration = Duration::from_secs(10);

/// A page and its driver.
pub(crate) struct Page {
    runtime: Runtime,
    client: Client,
    driver: Group,
}

impl Page {
    /// Starts `WebKitWebDriver`, which cannot choose its own port, and a session with these capabilities. `command`
    /// makes the command without that.
    pub(crate) fn of_webkit(command: impl Fn() -> Command, capabilities: &Value) -> Result<Self> {
        start_at_ports(|[port, _]| {
            let mut command = command();
            command.arg(format!("--port={port}")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut driver = Group::start(&mut command)?;
            let ended = || Ok(Start::Ended(Error::unexpected("the driver ended")));
            let answers = until("the driver", PATIENCE, || {
                // Check this first, because another program may have taken its port and may answer.
                if driver.try_wait()?.is_some() {
                    return Ok(Some(false));
                }
                Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok().then_some(true))
            })?;
            if !answers {
                return ended();
            }
            let runtime = runtime()?;
            match runtime.block_on(connect(port, capabilities)) {
                Ok(client) => Ok(Start::Ready(Self { runtime, client, driver })),
                Err(_) if driver.try_wait()?.is_some() => ended(),
                Err(error) => Err(error),
            }
        })
    }

    /// Starts Chromium's driver, which finds a port by itself, and a session with these capabilities.
    pub(crate) fn of_chromium(mut command: Command, capabilities: &Value) -> Result<Self> {
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = Group::start(&mut command)?;
        let port = line_of(driver.process(), "chromedriver's port", |line| {
            line.split_once("successfully on port ").and_then(|(_, rest)| rest.trim_end_matches('.').parse().ok())
        })?;
        let runtime = runtime()?;
        let client = runtime.block_on(connect(port, capabilities))?;
        Ok(Self { runtime, client, driver })
    }

    /// Returns one look at the page, or one thing done to it, which no driver holds up for ever.
    fn within<T>(&self, patience: Duration, work: impl Future<Output = Result<T, CmdError>>) -> Result<T> {
        // The clock of a runtime is known only within it.
        let done = self.runtime.block_on(async { tokio::time::timeout(patience, work).await });
        done.map_err(|_| Error::unexpected("the driver does not answer"))?.map_err(|error| failed(&error))
    }

    /// Returns the driver's process id.
    pub(crate) fn driver(&mut self) -> u32 {
        self.driver.process().id()
    }

    /// Returns what can be read on the page.
    pub(crate) fn text(&self) -> Result<String> {
        let read = async {
            let body = self.client.find(Locator::Css("body")).await?;
            body.text().await
        };
        self.within(LOOK, read)
    }

    /// Waits until this can be read on the page.
    pub(crate) fn wait_for_text(&self, wanted: &str) -> Result<()> {
        self.wait_for_any(&[wanted]).map(drop)
    }

    /// Waits until one of these can be read, and returns it.
    pub(crate) fn wait_for_any<'a>(&self, wanted: &[&'a str]) -> Result<&'a str> {
        let look = || {
            // Pages come and go: one that cannot be read now may be read in a moment.
            let text = self.text().unwrap_or_default();
            Ok(wanted.iter().find(|wanted| text.contains(**wanted)).copied())
        };
        until("words on the page", PATIENCE, look).map_err(|error| self.explain(&error, &wanted.join("\" or \"")))
    }

    /// Returns what this expression gives in the page.
    pub(crate) fn value(&self, expression: &str) -> Result<Value> {
        let script = format!("return {expression};");
        self.within(LOOK, self.client.execute(&script, Vec::new()))
    }

    /// Waits until this expression gives this in the page.
    pub(crate) fn wait_for_value(&self, expression: &str, wanted: &Value) -> Result<()> {
        let mut seen = Value::Null;
        let given = until("a value of the page", PATIENCE, || {
            seen = self.value(expression)?;
            Ok((seen == *wanted).then_some(()))
        });
        given.map_err(|error| Error::unexpected(format!("{error}: {expression} gives {seen} and not {wanted}")))
    }

    /// Waits for the element with this CSS selector.
    pub(crate) fn wait_for(&self, selector: &str) -> Result<()> {
        self.element(Locator::Css(selector), selector).map(drop)
    }

    /// Turns to the tab or window that has the element with this CSS selector, once there is one.
    pub(crate) fn turn_to(&self, selector: &str) -> Result<()> {
        let look = || {
            let look = async {
                for tab in self.client.windows().await? {
                    self.client.switch_to_window(tab).await?;
                    if !self.client.find_all(Locator::Css(selector)).await?.is_empty() {
                        return Ok::<_, CmdError>(Some(()));
                    }
                }
                Ok(None)
            };
            // Tabs come and go: one that cannot be looked at now may be in a moment.
            Ok(self.within(LOOK, look).ok().flatten())
        };
        until("a tab", PATIENCE, look).map_err(|error| self.explain(&error, selector))
    }

    /// Scrolls to the page's beginning.
    pub(crate) fn scroll_to_top(&self) -> Result<()> {
        let script = "window.scrollTo({ top: 0 }); requestAnimationFrame(() => requestAnimationFrame(arguments[0]));";
        self.within(LOOK, self.client.execute_async(script, Vec::new())).map(drop)
    }

    /// Presses the button, link or summary whose label starts with this.
    pub(crate) fn press(&self, label: &str) -> Result<()> {
        self.press_in("//body", label)
    }

    /// Presses the button, link or summary with this label, and again where the page does not show a text for long:
    /// what is above it may have moved it away from under the pointer.
    pub(crate) fn press_for(&self, label: &str, text: &str) -> Result<()> {
        self.press_until(Locator::XPath(&label_path("//body", label)), text)
    }

    /// Presses the element with this CSS selector, and does so again for as long as the page does not show a text. The
    /// element may be drawn again while it is pressed.
    pub(crate) fn press_element_for(&self, selector: &str, text: &str) -> Result<()> {
        self.press_until(Locator::Css(selector), text)
    }

    fn press_until(&self, locator: Locator<'_>, text: &str) -> Result<()> {
        let mut pressed: Option<Instant> = None;
        let look = || {
            if self.text().is_ok_and(|shown| shown.contains(text)) {
                return Ok(Some(()));
            }
            // Not at once: it may be another button by then.
            if pressed.is_none_or(|at| at.elapsed() > PRESS_AGAIN) {
                let press = async { self.client.find(locator).await?.click().await };
                if self.within(LOOK, press).is_ok() {
                    pressed = Some(Instant::now());
                }
            }
            Ok(None)
        };
        until("what a button does", PATIENCE, look).map_err(|error| self.explain(&error, text))
    }

    /// Presses the button, link or summary with this label within the element of an `XPath`.
    pub(crate) fn press_in(&self, xpath: &str, label: &str) -> Result<()> {
        self.click(&label_path(xpath, label))
    }

    /// Ticks the box whose label starts with this.
    pub(crate) fn tick(&self, label: &str) -> Result<()> {
        self.click(&format!("//label[starts-with(normalize-space(.),'{label}')]"))
    }

    /// Types into the element with this CSS selector.
    pub(crate) fn type_into(&self, selector: &str, text: &str) -> Result<()> {
        let element = self.element(Locator::Css(selector), selector)?;
        self.within(PATIENCE, element.send_keys(text)).map_err(|error| self.explain(&error, selector))
    }

    /// Presses the element with this CSS selector.
    pub(crate) fn press_element(&self, selector: &str) -> Result<()> {
        let element = self.element(Locator::Css(selector), selector)?;
        self.within(PATIENCE, element.click()).map_err(|error| self.explain(&error, selector))
    }

    fn click(&self, xpath: &str) -> Result<()> {
        let look = || {
            let click = async {
                let element = self.client.find(Locator::XPath(xpath)).await?;
                element.click().await
            };
            // It may be there in a moment, or be replaced while it is pressed.
            Ok(self.within(LOOK, click).ok())
        };
        until("something to press", PATIENCE, look).map_err(|error| self.explain(&error, xpath))
    }

    fn element(&self, locator: Locator<'_>, name: &str) -> Result<Element> {
        until("an element", PATIENCE, || Ok(self.within(LOOK, self.client.find(locator)).ok()))
            .map_err(|error| self.explain(&error, name))
    }

    fn explain(&self, error: &Error, wanted: &str) -> Error {
        let shown = self.text().unwrap_or_else(|error| error.to_string());
        Error::unexpected(format!("{error}: \"{wanted}\"; the page shows:\n{shown}"))
    }
}

fn label_path(xpath: &str, label: &str) -> String {
    let label = format!("normalize-space(.)='{label}' or starts-with(normalize-space(.),'{label} ')");
    format!("{xpath}//*[self::button or self::a or self::summary][{label}]")
}

fn runtime() -> Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.map_err(|source| Error::Io { path: "runtime".into(), source })
}

async fn connect(port: u16, capabilities: &Value) -> Result<Client> {
    let Value::Object(capabilities) = capabilities else {
        return Err(Error::unexpected("capabilities are an object"));
    };
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities.clone());
    let connected = tokio::time::timeout(PATIENCE, builder.connect(&format!("http://127.0.0.1:{port}"))).await;
    let connected = connected.map_err(|_| Error::unexpected("the driver gave no session in time"))?;
    connected.map_err(|error| Error::unexpected(format!("the driver gave no session: {error}")))
}

fn failed(error: &CmdError) -> Error {
    if let CmdError::Standard(error) = error {
        // Some drivers leave the message empty: the code says more.
        return Error::unexpected(format!("{}: {}", error.error(), error.message));
    }
    Error::unexpected(error.to_string())
}

impl Drop for Page {
    fn drop(&mut self) {
        // What does not end by itself ends with the driver's group.
        let closed = self.client.clone().close();
        // The clock of a runtime is known only within it.
        let _ended = self.runtime.block_on(async { tokio::time::timeout(Duration::from_secs(5), closed).await });
    }
}
