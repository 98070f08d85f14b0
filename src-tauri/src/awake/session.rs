//! Asks the desktop's session to hold sleep off.
//!
//! Most desktops put the computer to sleep by themselves and never look at what logind was asked for. GNOME, Cinnamon and MATE ask
//! `org.gnome.SessionManager`; Xfce and KDE take `org.freedesktop.PowerManagement.Inhibit`.
//!
//! Owner of the connection on which it was asked: all of them let go when that ends, also by a crash.

use std::time::Duration;

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;

/// How long one of them may take to answer.
const ANSWER: Duration = Duration::from_secs(10);
/// GNOME's flag for falling asleep. The screen may go dark, and nobody is kept from logging out.
const SUSPEND: u32 = 4;

/// Sleep is held off until this is dropped.
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
    /// It wants a window and flags, too.
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
    /// `app`: the desktop entry's name. `reason`: what the person reads in a list of what holds sleep off.
    ///
    /// # Errors
    /// There is no session bus, or none of them on it. The error is that of the last one.
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
        // Which window it is about matters only to who shows it, and Wayland has no number for it.
        bus.call_method(Some(*name), *path, Some(*interface), "Inhibit", &(app, 0_u32, reason, SUSPEND))
    } else {
        bus.call_method(Some(*name), *path, Some(*interface), "Inhibit", &(app, reason))
    };
    answer?.body().deserialize()
}
