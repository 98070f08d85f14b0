//! A page in a browser or a web view, driven over `WebDriver` (w3.org/TR/webdriver2).
//!
//! Owner of the driver's process group: the driver, and whatever it has started, end with this value.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value};
use tokio::runtime::Runtime;
use waybill_system_tests::{Error, Group, PATIENCE, Result, until};

/// A page and its driver.
pub(crate) struct Page {
    runtime: Runtime,
    client: Client,
    driver: Group,
}

impl Page {
    /// Starts a driver (`--port=` is added) and a session with these capabilities.
    pub(crate) fn start(mut driver: Command, capabilities: Value) -> Result<Self> {
        let port = free_port()?;
        driver.arg(format!("--port={port}")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let driver = Group::start(&mut driver)?;
        until("the driver", PATIENCE, || Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|source| Error::Io { path: "runtime".into(), source })?;
        let Value::Object(capabilities) = capabilities else {
            return Err(Error::unexpected("capabilities are an object"));
        };
        let client = runtime.block_on(connect(port, capabilities))?;
        Ok(Self { runtime, client, driver })
    }

    /// The driver's process id.
    pub(crate) fn driver(&mut self) -> u32 {
        self.driver.process().id()
    }

    /// What can be read on the page.
    pub(crate) fn text(&self) -> Result<String> {
        let read = async {
            let body = self.client.find(Locator::Css("body")).await?;
            body.text().await
        };
        self.runtime.block_on(read).map_err(failed("the text"))
    }

    /// Waits until this can be read on the page.
    pub(crate) fn wait_for_text(&self, wanted: &str) -> Result<()> {
        self.wait_for_any(&[wanted]).map(drop)
    }

    /// Waits until one of these can be read, and gives it.
    pub(crate) fn wait_for_any<'a>(&self, wanted: &[&'a str]) -> Result<&'a str> {
        let look = || {
            // Pages come and go: one that cannot be read now may be read in a moment.
            let text = self.text().unwrap_or_default();
            Ok(wanted.iter().find(|wanted| text.contains(**wanted)).copied())
        };
        until("words on the page", PATIENCE, look).map_err(|error| self.explain(&error, &wanted.join("\" or \"")))
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
            Ok(self.runtime.block_on(look).ok().flatten())
        };
        until("a tab", PATIENCE, look).map_err(|error| self.explain(&error, selector))
    }

    /// Presses the button, link or summary that begins with this label.
    pub(crate) fn press(&self, label: &str) -> Result<()> {
        self.press_in("//body", label)
    }

    /// Presses the button, link or summary with this label within the element of an `XPath`.
    pub(crate) fn press_in(&self, xpath: &str, label: &str) -> Result<()> {
        let label = format!("normalize-space(.)='{label}' or starts-with(normalize-space(.),'{label} ')");
        self.click(&format!("{xpath}//*[self::button or self::a or self::summary][{label}]"))
    }

    /// Ticks the box whose label begins with this.
    pub(crate) fn tick(&self, label: &str) -> Result<()> {
        self.click(&format!("//label[starts-with(normalize-space(.),'{label}')]"))
    }

    /// Types into the element with this CSS selector.
    pub(crate) fn type_into(&self, selector: &str, text: &str) -> Result<()> {
        let element = self.element(Locator::Css(selector), selector)?;
        self.runtime.block_on(element.send_keys(text)).map_err(failed(selector))
    }

    /// Presses the element with this CSS selector.
    pub(crate) fn press_element(&self, selector: &str) -> Result<()> {
        let element = self.element(Locator::Css(selector), selector)?;
        self.runtime.block_on(element.click()).map_err(failed(selector))
    }

    fn click(&self, xpath: &str) -> Result<()> {
        let look = || {
            let click = async {
                let element = self.client.find(Locator::XPath(xpath)).await?;
                element.click().await
            };
            // It may be there in a moment, or be replaced while it is pressed.
            Ok(self.runtime.block_on(click).ok())
        };
        until("something to press", PATIENCE, look).map_err(|error| self.explain(&error, xpath))
    }

    fn element(&self, locator: Locator<'_>, name: &str) -> Result<Element> {
        until("an element", PATIENCE, || Ok(self.runtime.block_on(self.client.find(locator)).ok()))
            .map_err(|error| self.explain(&error, name))
    }

    fn explain(&self, error: &Error, wanted: &str) -> Error {
        let shown = self.text().unwrap_or_else(|error| error.to_string());
        Error::unexpected(format!("{error}: \"{wanted}\"; the page shows:\n{shown}"))
    }
}

async fn connect(port: u16, capabilities: Map<String, Value>) -> Result<Client> {
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities);
    let connected = tokio::time::timeout(PATIENCE, builder.connect(&format!("http://127.0.0.1:{port}"))).await;
    let connected = connected.map_err(|_| Error::unexpected("the driver gave no session in time"))?;
    connected.map_err(|error| Error::unexpected(format!("the driver gave no session: {error}")))
}

fn failed(what: &str) -> impl FnOnce(CmdError) -> Error {
    let what = what.to_owned();
    move |error| match error {
        // Some drivers leave the message empty: the code says more.
        CmdError::Standard(error) => Error::unexpected(format!("{what}: {}: {}", error.error(), error.message)),
        error => Error::unexpected(format!("{what}: {error}")),
    }
}

/// A port that is free now; the drivers do not say which one they took.
fn free_port() -> Result<u16> {
    let free = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr();
    Ok(free().map_err(|source| Error::Io { path: "127.0.0.1".into(), source })?.port())
}

impl Drop for Page {
    fn drop(&mut self) {
        // What does not end by itself ends with the driver's group.
        let closed = self.client.clone().close();
        // The clock of a runtime is known only within it.
        let _ended = self.runtime.block_on(async { tokio::time::timeout(Duration::from_secs(5), closed).await });
    }
}
