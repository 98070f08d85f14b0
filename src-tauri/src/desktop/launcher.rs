//! Progress on the program's icon in Linux docks and taskbars, through the signal `Update` of
//! `com.canonical.Unity.LauncherEntry` on the session bus. KDE's taskbar, Ubuntu's dock and others listen to it. If
//! none does, nothing is lost.
//!
//! Tauri's own way needs a library that few computers have, and uses a name that is not the desktop entry's.
//!
//! Owner: one thread with one connection. Docks discard the progress when the connection ends, even after a crash.

use std::collections::HashMap;
use std::sync::mpsc;

use zbus::blocking::Connection;
use zbus::zvariant::Value;

use crate::tray_view::{Bar, Taskbar};

const PATH: &str = "/org/example/waybill/launcher";
const INTERFACE: &str = "com.canonical.Unity.LauncherEntry";

/// Updates the icon. If its thread could not be started, nothing is shown.
pub(crate) struct Launcher(Option<mpsc::Sender<Taskbar>>);

impl Launcher {
    /// Starts the thread. `entry` is the desktop entry's name without `.desktop`.
    pub(crate) fn start(entry: &str) -> Self {
        let (sender, wanted) = mpsc::channel();
        let application = format!("application://{entry}.desktop");
        let thread = std::thread::Builder::new().name("launcher".to_owned());
        let started = thread.spawn(move || tell(&application, &wanted));
        if let Err(error) = &started {
            tracing::warn!(%error, "the taskbar will show no progress");
        }
        Self(started.is_ok().then_some(sender))
    }

    /// Shows this from now on.
    pub(crate) fn show(&self, icon: Taskbar) {
        if let Some(sender) = &self.0 {
            // The thread ends only with the sender.
            let _ended = sender.send(icon);
        }
    }
}

fn tell(application: &str, wanted: &mpsc::Receiver<Taskbar>) {
    let mut bus: Option<Connection> = None;
    let mut failed = false;
    while let Ok(icon) = wanted.recv() {
        if let Err(error) = tell_once(&mut bus, application, icon) {
            bus = None;
            if !std::mem::replace(&mut failed, true) {
                tracing::info!(%error, "the taskbar shows no progress");
            }
        }
    }
}

fn tell_once(bus: &mut Option<Connection>, application: &str, icon: Taskbar) -> zbus::Result<()> {
    let bus = match bus {
        Some(open) => open,
        None => bus.insert(Connection::session()?),
    };
    bus.emit_signal(None::<&str>, PATH, INTERFACE, "Update", &(application, properties(icon)))
}

/// Sends every property each time, so that no earlier value remains.
fn properties(icon: Taskbar) -> HashMap<&'static str, Value<'static>> {
    let (per_cent, visible) = match icon.bar {
        Bar::Clear => (0, false),
        Bar::Running(per_cent) | Bar::Held(per_cent) => (per_cent, true),
    };
    HashMap::from([
        ("progress", Value::from(f64::from(per_cent) / 100.0)),
        ("progress-visible", Value::from(visible)),
        ("urgent", Value::from(icon.urgent)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_the_person_is_urgent_and_everything_is_cleared_at_the_end() {
        let shown = |bar, urgent| {
            let mut said = properties(Taskbar { bar, urgent });
            let mut take = |name| said.remove(name).unwrap();
            (take("progress"), take("progress-visible"), take("urgent"))
        };
        let expected = |progress: f64, visible: bool, urgent: bool| {
            (Value::from(progress), Value::from(visible), Value::from(urgent))
        };
        assert_eq!(shown(Bar::Running(50), false), expected(0.5, true, false));
        assert_eq!(shown(Bar::Running(50), true), expected(0.5, true, true));
        assert_eq!(shown(Bar::Held(100), true), expected(1.0, true, true));
        assert_eq!(shown(Bar::Clear, true), expected(0.0, false, true));
        assert_eq!(shown(Bar::Clear, false), expected(0.0, false, false));
    }
}
