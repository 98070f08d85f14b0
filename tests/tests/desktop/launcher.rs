//! A dock or taskbar that shows progress on a program's icon: it listens to `com.canonical.Unity.LauncherEntry`, as
//! KDE's, Ubuntu's and others do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use waybill_system_tests::{Error, Result};
use zbus::MatchRule;
use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, MessageIterator};
use zbus::message::Type;
use zbus::zvariant::OwnedValue;

/// What was said of an icon.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Update {
    /// Whose: `application://` and the name of the desktop entry.
    pub(crate) application: String,
    /// From 0 to 1.
    pub(crate) progress: f64,
    pub(crate) visible: bool,
    /// The person is needed.
    pub(crate) urgent: bool,
}

/// The dock.
pub(crate) struct Dock {
    updates: Arc<Mutex<Vec<Update>>>,
    bus: Connection,
}

impl Dock {
    /// Listens on the session's bus.
    pub(crate) fn listen(bus: &str) -> Result<Self> {
        let updates = Arc::<Mutex<Vec<Update>>>::default();
        let heard = Arc::clone(&updates);
        let listen = || {
            let bus = Builder::address(bus)?.build()?;
            let rule = MatchRule::builder()
                .msg_type(Type::Signal)
                .interface("com.canonical.Unity.LauncherEntry")?
                .member("Update")?
                .build();
            let signals = MessageIterator::for_match_rule(rule, &bus, None)?;
            // It ends with the connection.
            std::thread::spawn(move || {
                for update in signals.flatten().filter_map(|signal| read(&signal)) {
                    heard.lock().unwrap_or_else(PoisonError::into_inner).push(update);
                }
            });
            Ok(bus)
        };
        let bus = listen().map_err(|error: zbus::Error| Error::unexpected(format!("the dock: {error}")))?;
        Ok(Self { updates, bus })
    }

    /// Returns all that was said so far.
    pub(crate) fn updates(&self) -> Vec<Update> {
        self.updates.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Dock {
    fn drop(&mut self) {
        // The bus may be gone already.
        let _closed = self.bus.clone().close();
    }
}

/// Nothing of an update that leaves something out: a dock would keep showing the previous value.
fn read(signal: &zbus::Message) -> Option<Update> {
    let body = signal.body();
    let (application, mut properties): (String, HashMap<String, OwnedValue>) = body.deserialize().ok()?;
    let mut flag = |name: &str| bool::try_from(properties.remove(name)?).ok();
    let (visible, urgent) = (flag("progress-visible")?, flag("urgent")?);
    let progress = f64::try_from(properties.remove("progress")?).ok()?;
    Some(Update { application, progress, visible, urgent })
}
