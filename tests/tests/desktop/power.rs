//! Those whom a program asks to keep a computer awake: logind (`org.freedesktop.login1`) on the system's bus, and on
//! the session's bus the session manager of GNOME and its relatives (`org.gnome.SessionManager`), or what KDE and Xfce
//! have (`org.freedesktop.PowerManagement.Inhibit`).

use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use waybill_system_tests::{Error, PATIENCE, Result, until};
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::{fdo, interface, zvariant};

/// A request not to let the computer sleep, and who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hold {
    /// Who asked for it, as the person reads it in a list of such programs.
    pub(crate) who: String,
    /// Why, likewise.
    pub(crate) why: String,
    /// What is not to happen, in the words or numbers of the one who was asked.
    pub(crate) what: String,
    /// It has not been given back.
    held: bool,
}

/// What one of them was asked for, in order; the number of one is its position, from 1.
#[derive(Clone, Default)]
pub(crate) struct Holds(Arc<Mutex<Vec<Hold>>>);

/// Both of them.
pub(crate) struct Power {
    pub(crate) system: Holds,
    pub(crate) session: Holds,
    session_bus: String,
    _system: Connection,
    /// Missing only while another takes its place.
    desktop: Option<Connection>,
}

struct Logind(Holds);

#[interface(name = "org.freedesktop.login1.Manager")]
impl Logind {
    /// It holds until every copy of the file that it gives is closed.
    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> fdo::Result<zvariant::OwnedFd> {
        let (mut reader, writer) = std::io::pipe().map_err(|error| fdo::Error::Failed(error.to_string()))?;
        let number = self.0.take(who, why, format!("{what} ({mode})"));
        let holds = self.0.clone();
        std::thread::spawn(move || {
            // Nothing is ever written: it ends when the other end is closed.
            let _closed = reader.read(&mut [0]);
            holds.give_back(number);
        });
        Ok(OwnedFd::from(writer).into())
    }
}

struct SessionManager(Holds);

#[interface(name = "org.gnome.SessionManager")]
impl SessionManager {
    fn inhibit(&self, app_id: &str, _window: u32, reason: &str, flags: u32) -> u32 {
        self.0.take(app_id, reason, flags.to_string())
    }

    fn uninhibit(&self, cookie: u32) {
        self.0.give_back(cookie);
    }
}

struct PowerManagement(Holds);

#[interface(name = "org.freedesktop.PowerManagement.Inhibit")]
impl PowerManagement {
    fn inhibit(&self, application: &str, reason: &str) -> u32 {
        self.0.take(application, reason, "all".to_owned())
    }

    fn un_inhibit(&self, cookie: u32) {
        self.0.give_back(cookie);
    }
}

impl Power {
    /// Puts logind and GNOME on their buses.
    pub(crate) fn start(system_bus: &str, session_bus: &str) -> Result<Self> {
        let (system, session) = (Holds::default(), Holds::default());
        let logind = || {
            Builder::address(system_bus)?
                .serve_at("/org/freedesktop/login1", Logind(system.clone()))?
                .name("org.freedesktop.login1")?
                .build()
        };
        let manager = || {
            Builder::address(session_bus)?
                .serve_at("/org/gnome/SessionManager", SessionManager(session.clone()))?
                .name("org.gnome.SessionManager")?
                .build()
        };
        let (system_connection, desktop) =
            (logind().map_err(|error| failed(&error))?, manager().map_err(|error| failed(&error))?);
        let session_bus = session_bus.to_owned();
        Ok(Self { _system: system_connection, desktop: Some(desktop), session_bus, system, session })
    }

    /// From now on the desktop is of the other kind.
    pub(crate) fn change_desktop(&mut self) -> Result<()> {
        if let Some(before) = self.desktop.take() {
            before.close().map_err(|error| failed(&error))?;
        }
        let start = || {
            Builder::address(self.session_bus.as_str())?
                .serve_at("/org/freedesktop/PowerManagement/Inhibit", PowerManagement(self.session.clone()))?
                .name("org.freedesktop.PowerManagement")?
                .build()
        };
        self.desktop = Some(start().map_err(|error| failed(&error))?);
        Ok(())
    }

    /// Waits until both hold sleep off, having been asked so many times each.
    pub(crate) fn wait_until_held(&self, times: usize) -> Result<()> {
        self.wait("sleep to be held off", times, true)
    }

    /// Waits until neither holds sleep off any more, having been asked so many times each.
    pub(crate) fn wait_until_free(&self, times: usize) -> Result<()> {
        self.wait("sleep not to be held off any more", times, false)
    }

    fn wait(&self, what: &str, times: usize, held: bool) -> Result<()> {
        let are = |holds: &[Hold]| {
            holds.len() == times && holds.iter().enumerate().all(|(at, hold)| hold.held == (held && at + 1 == times))
        };
        until(what, PATIENCE, || Ok((are(&self.system.all()) && are(&self.session.all())).then_some(())))
            .map_err(|error| Error::unexpected(format!("{error}: {:?}, {:?}", self.system.all(), self.session.all())))
    }
}

impl Holds {
    /// Returns all but those of the person's browser.
    pub(crate) fn all(&self) -> Vec<Hold> {
        self.lock().iter().filter(|hold| hold.who != "Chromium").cloned().collect()
    }

    fn take(&self, who: &str, why: &str, what: String) -> u32 {
        let mut holds = self.lock();
        holds.push(Hold { who: who.to_owned(), why: why.to_owned(), what, held: true });
        u32::try_from(holds.len()).unwrap_or(u32::MAX)
    }

    fn give_back(&self, number: u32) {
        let mut holds = self.lock();
        let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        if let Some(hold) = place.and_then(|place| holds.get_mut(place)) {
            hold.held = false;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Hold>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(error: &zbus::Error) -> Error {
    Error::unexpected(format!("nothing keeps the computer awake: {error}"))
}
