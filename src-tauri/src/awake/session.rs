//! Asks the desktop session to prevent sleep.
//!
//! Most desktops suspend the computer themselves and ignore logind's inhibitors. GNOME, Cinnamon and MATE are asked
//! through `org.gnome.SessionManager`; Xfce and KDE through `org.freedesktop.PowerManagement.Inhibit`.
//!
//! Owner of the connection on which they were asked: all of them let go when it closes, even after a crash.

use std::time::Duration;

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;

/// How long each of them may take to answer.
const ANSWER: Duration = Duration::from_secs(10);
/// GNOME's flag for suspending. The screen may still go dark and people can still log out.
const SUSPEND: u32 = 4;

/// Sleep is prevented until this is dropped.
pub(super) struct SessionHold {
    bus: Connection,
    by: &'static Desktop,
    cookie: u32,
}

/// How a family of desktops is asked.
struct Desktop {
    name: &'static str,
    path: &'static str,
    interface: &'static str,
    release: &'static str,
    /// It also expects a window and flags.
    is_gnome: bool,
}

static DESKTOPS: [Desktop; 2] = [
    Desktop {
        name: "org.gnome.SessionManager",
        path: "/org/gnome/SessionManager",
        interface: "org.gnome.SessionManager",
        release: "Uninhibit",
        is_gnome: true,
    },
    Desktop {
        name: "org.freedesktop.PowerManagement",
        path: "/org/freedesktop/PowerManagement/Inhibit",
        interface: "org.freedesktop.PowerManagement.Inhibit",
        release: "UnInhibit",
        is_gnome: false,
    },
];

impl SessionHold {
    /// `app` is the desktop entry's name. `reason` is shown to people in the list of what prevents sleep.
    ///
    /// # Errors
    /// There is no session bus, or none of these services is on it. Returns the last error.
    pub(super) fn take(app: &str, reason: &str) -> zbus::Result<Self> {
        let bus = Builder::session()?.method_timeout(ANSWER).build()?;
        let mut last = None;
        for by in &DESKTOPS {
            match ask(&bus, by, app, reason) {
                Ok(cookie) => return Ok(Self { bus, by, cookie }),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or(zbus::Error::InvalidReply))
    }
}

impl Drop for SessionHold {
    fn drop(&mut self) {
        let Desktop { name, path, interface, release, .. } = self.by;
        let told = self.bus.call_method(Some(*name), *path, Some(*interface), *release, &self.cookie);
        if let Err(error) = told {
            tracing::info!(%error, "sleep is let go with the connection");
        }
    }
}

fn ask(bus: &Connection, by: &Desktop, app: &str, reason: &str) -> zbus::Result<u32> {
    let Desktop { name, path, interface, is_gnome, .. } = by;
    let answer = if *is_gnome {
        // The window matters only for display, and Wayland has no number for it.
        bus.call_method(Some(*name), *path, Some(*interface), "Inhibit", &(app, 0_u32, reason, SUSPEND))
    } else {
        bus.call_method(Some(*name), *path, Some(*interface), "Inhibit", &(app, reason))
    };
    answer?.body().deserialize()
}
