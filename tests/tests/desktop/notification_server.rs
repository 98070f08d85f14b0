//! A desktop's notification server (Desktop Notifications Specification, version 1.2), and a person who chooses among
//! what it shows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use waybill_system_tests::{Error, PATIENCE, Result, until};
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::interface;
use zbus::message::Header;
use zbus::zvariant::OwnedValue;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// The person has put it away, which choosing it does, too.
const DISMISSED: u32 = 2;

/// The server. It is there before the program starts, as on a real desktop.
pub(crate) struct NotificationServer {
    bus: Connection,
    shown: Shown,
}

/// What it was asked to show.
#[derive(Clone, Debug)]
pub(crate) struct Notification {
    id: u32,
    /// Whom to tell what the person does with it.
    sender: String,
    /// A name in the icon theme.
    pub(crate) icon: String,
    pub(crate) title: String,
    pub(crate) body: String,
    /// Identifiers and labels in turn.
    pub(crate) actions: Vec<String>,
}

type Shown = Arc<Mutex<Vec<Notification>>>;

struct Server(Shown);

#[interface(name = "org.freedesktop.Notifications")]
#[allow(
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    reason = "the specification says what a call carries, and zbus hands it over by value"
)]
impl Server {
    fn get_capabilities(&self) -> Vec<&str> {
        vec!["actions", "body", "persistence"]
    }

    /// Name, vendor, version, and version of the specification.
    fn get_server_information(&self) -> (&str, &str, &str, &str) {
        ("a test's", "Waybill", "1", "1.2")
    }

    fn notify(
        &self,
        _app_name: String,
        replaces: u32,
        icon: String,
        title: String,
        body: String,
        actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _milliseconds: i32,
        #[zbus(header)] header: Header<'_>,
    ) -> u32 {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = shown.iter().map(|one| one.id).max().unwrap_or_default() + 1;
        let id = if replaces == 0 { next } else { replaces };
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        shown.push(Notification { id, sender, icon, title, body, actions });
        id
    }

    fn close_notification(&self, _id: u32) {}
}

impl NotificationServer {
    /// Puts a server on the session's bus.
    pub(crate) fn start(bus: &str) -> Result<Self> {
        let shown = Shown::default();
        let start = || Builder::address(bus)?.serve_at(PATH, Server(Arc::clone(&shown)))?.name(NAME)?.build();
        Ok(Self { bus: start().map_err(|error| failed(&error))?, shown })
    }

    /// Everything it was asked to show.
    pub(crate) fn shown(&self) -> Vec<Notification> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the first with this title, once it is shown.
    pub(crate) fn wait_for(&self, title: &str) -> Result<Notification> {
        let look = || Ok(self.shown().into_iter().find(|one| one.title == title));
        until("a notification", PATIENCE, look)
            .map_err(|error| Error::unexpected(format!("{error}: \"{title}\" is not among {:?}", self.shown())))
    }

    /// The person chooses it: its sender gets a word for the window manager, what was chosen, and that it is gone.
    pub(crate) fn choose(&self, chosen: &Notification) -> Result<()> {
        let id = chosen.id;
        self.tell(chosen, "ActivationToken", &(id, "a token of the test's"))?;
        self.tell(chosen, "ActionInvoked", &(id, "default"))?;
        self.tell(chosen, "NotificationClosed", &(id, DISMISSED))
    }

    fn tell<T>(&self, about: &Notification, signal: &str, body: &T) -> Result<()>
    where
        T: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let told = self.bus.emit_signal(Some(about.sender.as_str()), PATH, NAME, signal, body);
        told.map_err(|error| failed(&error))
    }
}

fn failed(error: &zbus::Error) -> Error {
    Error::unexpected(format!("the notification server: {error}"))
}
