//! The desktop's settings as programs read them: `org.freedesktop.portal.Settings` (XDG Desktop Portal), of which this
//! has one: whether the person wants windows dark.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use waybill_system_tests::{Error, Result};
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::interface;
use zbus::zvariant::{OwnedValue, Value};

const APPEARANCE: &str = "org.freedesktop.appearance";
const COLOUR_SCHEME: &str = "color-scheme";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";

/// What the person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Dark,
    Light,
}

impl Scheme {
    const fn number(self) -> u32 {
        match self {
            Self::Dark => 1,
            Self::Light => 2,
        }
    }
}

/// The portal.
pub(crate) struct Portal {
    bus: Connection,
    scheme: Arc<Mutex<Scheme>>,
}

struct Settings(Arc<Mutex<Scheme>>);

impl Settings {
    fn scheme(&self) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).number()
    }

    fn find(&self, namespace: &str, key: &str) -> zbus::fdo::Result<u32> {
        if (namespace, key) == (APPEARANCE, COLOUR_SCHEME) {
            return Ok(self.scheme());
        }
        Err(zbus::fdo::Error::Failed(format!("{namespace} {key} is not set")))
    }
}

#[interface(name = "org.freedesktop.portal.Settings")]
impl Settings {
    /// Returns the older question, whose answer is wrapped twice.
    fn read(&self, namespace: &str, key: &str) -> zbus::fdo::Result<OwnedValue> {
        let value = self.find(namespace, key)?;
        Value::Value(Box::new(Value::U32(value)))
            .try_to_owned()
            .map_err(|error| zbus::fdo::Error::Failed(error.to_string()))
    }

    fn read_one(&self, namespace: &str, key: &str) -> zbus::fdo::Result<OwnedValue> {
        Ok(self.find(namespace, key)?.into())
    }

    /// Returns all of them for any request.
    fn read_all(&self, _namespaces: Vec<String>) -> HashMap<&str, HashMap<&str, OwnedValue>> {
        HashMap::from([(APPEARANCE, HashMap::from([(COLOUR_SCHEME, self.scheme().into())]))])
    }

    #[zbus(property(emits_changed_signal = "const"), name = "version")]
    fn version(&self) -> u32 {
        2
    }
}

impl Portal {
    /// Puts it on the session's bus.
    pub(crate) fn start(bus: &str, scheme: Scheme) -> Result<Self> {
        let scheme = Arc::new(Mutex::new(scheme));
        let start = || {
            Builder::address(bus)?
                .serve_at(PATH, Settings(Arc::clone(&scheme)))?
                .name("org.freedesktop.portal.Desktop")?
                .build()
        };
        Ok(Self { bus: start().map_err(|error| failed(&error))?, scheme })
    }

    /// The person wants something else from now on.
    pub(crate) fn change(&self, scheme: Scheme) -> Result<()> {
        *self.scheme.lock().unwrap_or_else(PoisonError::into_inner) = scheme;
        let value = Value::U32(scheme.number());
        self.bus
            .emit_signal(None::<&str>, PATH, SETTINGS, "SettingChanged", &(APPEARANCE, COLOUR_SCHEME, value))
            .map_err(|error| failed(&error))
    }
}

fn failed(error: &zbus::Error) -> Error {
    Error::unexpected(format!("the desktop's settings: {error}"))
}
