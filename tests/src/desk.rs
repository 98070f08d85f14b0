//! What a desktop session gives a program on Linux: a display, a session bus and an unlocked keychain, with a home of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use crate::{Error, Group, PATIENCE, Result, until};

static TURN: Mutex<()> = Mutex::new(());

/// A desktop session. It ends with this value.
pub struct Desk {
    home: TempDir,
    display: String,
    bus: String,
    _keychain: Group,
    _bus: Group,
    _display: Group,
    /// Given to the next one last.
    _turn: MutexGuard<'static, ()>,
}

impl Desk {
    /// Starts one, once it is this test's turn.
    ///
    /// # Errors
    /// One of the programs that make it up cannot be started, or does not become ready.
    pub fn new() -> Result<Self> {
        // A test that panicked has left nothing behind.
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let home = tempfile::tempdir().map_err(|source| Error::Io { path: std::env::temp_dir(), source })?;
        let mut server = Group::start(
            Command::new("Xvfb")
                .args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let display = format!(":{}", first_line(server.process())?);
        let mut bus = Group::start(
            Command::new("dbus-daemon")
                .args(["--session", "--print-address=1", "--nofork", "--nopidfile"])
                .env("HOME", home.path())
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let address = first_line(bus.process())?;
        let keychain = keychain(home.path(), &address)?;
        Ok(Self { home, display, bus: address, _keychain: keychain, _bus: bus, _display: server, _turn: turn })
    }

    /// The person's home.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The display's name.
    #[must_use]
    pub fn display(&self) -> &str {
        &self.display
    }

    /// The address of the session's bus.
    #[must_use]
    pub fn bus(&self) -> &str {
        &self.bus
    }

    /// Lets a program run in this session.
    pub fn seat<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("GDK_BACKEND", "x11")
            .env("HOME", self.home())
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XDG_CURRENT_DESKTOP")
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_CACHE_HOME")
    }
}

fn keychain(home: &Path, bus: &str) -> Result<Group> {
    let mut command = Command::new("gnome-keyring-daemon");
    command.args(["--foreground", "--unlock", "--components=secrets"]);
    command.env("HOME", home).env("DBUS_SESSION_BUS_ADDRESS", bus).env_remove("XDG_RUNTIME_DIR");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut daemon = Group::start(&mut command)?;
    let stdin = daemon.process().stdin.take();
    let told = stdin.map(|mut stdin| stdin.write_all(b"a password of the test's\n"));
    if !matches!(told, Some(Ok(()))) {
        return Err(Error::unexpected("the keychain takes no password"));
    }
    until("the keychain", PATIENCE, || {
        let asked = Command::new("dbus-send")
            .args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"])
            .args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"])
            .env("DBUS_SESSION_BUS_ADDRESS", bus)
            .output();
        Ok(asked.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains("boolean true")).then_some(()))
    })?;
    Ok(daemon)
}

fn first_line(process: &mut Child) -> Result<String> {
    let stdout = process.stdout.take().ok_or_else(|| Error::unexpected("a process without output"))?;
    let mut line = String::new();
    let read = BufReader::new(stdout).read_line(&mut line);
    match read {
        Ok(_) if !line.trim().is_empty() => Ok(line.trim().to_owned()),
        Ok(_) | Err(_) => Err(Error::unexpected("a process ended before it said where it is")),
    }
}
