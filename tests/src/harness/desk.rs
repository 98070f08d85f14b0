//! What a desktop session gives a program on Linux: a display, a session bus, a system bus and an unlocked keychain,
//! with its own home.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{Error, Group, Home, PATIENCE, Result, line_of, output_within, until};

/// How long one question to the bus may take.
const ANSWER: Duration = Duration::from_secs(30);

static TURN: Mutex<()> = Mutex::new(());

/// A desktop session. It ends with this value.
pub struct Desk {
    display: String,
    bus: String,
    system_bus: String,
    _keychain: Option<Group>,
    _bus: Group,
    _system_bus: Group,
    _display: Group,
    /// After what writes there.
    home: Home,
    /// Given to the next one last.
    _turn: MutexGuard<'static, ()>,
}

impl Desk {
    /// Starts one, once it is this test's turn.
    ///
    /// # Errors
    /// One of the programs that make it up cannot be started, or does not become ready.
    pub fn new() -> Result<Self> {
        Self::with_keychain(true)
    }

    /// Starts one that has no keychain.
    ///
    /// # Errors
    /// As for [`Desk::new`].
    pub fn without_keychain() -> Result<Self> {
        Self::with_keychain(false)
    }

    fn with_keychain(has_keychain: bool) -> Result<Self> {
        // A test that panicked has left nothing behind.
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let home = Home::new()?;
        let mut server = Group::start(
            Command::new("Xvfb")
                .args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let display = format!(":{}", line_of(server.process(), "its display", word)?);
        let (bus, address) = start_bus(&home, "bus")?;
        let (system, system_address) = start_bus(&home, "system-bus")?;
        let keychain = has_keychain.then(|| keychain(&home, &address)).transpose()?;
        Ok(Self {
            display,
            bus: address,
            system_bus: system_address,
            _keychain: keychain,
            _bus: bus,
            _system_bus: system,
            _display: server,
            home,
            _turn: turn,
        })
    }

    /// Returns the person's home.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Returns the display's name.
    #[must_use]
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Returns the address of the session's bus.
    #[must_use]
    pub fn bus(&self) -> &str {
        &self.bus
    }

    /// Returns the address of the system's bus. Nobody is on it but those whom a test puts there, so that no program
    /// under test asks anything of the computer that the tests run on.
    #[must_use]
    pub fn system_bus(&self) -> &str {
        &self.system_bus
    }

    /// Lets a program run in this session.
    pub fn seat<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        self.home
            .house(command)
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("DBUS_SYSTEM_BUS_ADDRESS", &self.system_bus)
            .env("GDK_BACKEND", "x11")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XDG_CURRENT_DESKTOP")
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_CACHE_HOME")
    }
}

/// Returns a bus of this name and its address. It starts no programs: what a test needs it starts itself, and nothing
/// else comes to live in its home (a portal would mount a file system there).
fn start_bus(home: &Home, name: &str) -> Result<(Group, String)> {
    // Nothing that is left of the path once it is escaped has a meaning in XML.
    let text = format!(
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n  \
         \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n\
         <busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>\n\
         <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>\
         <allow own=\"*\"/></policy></busconfig>\n",
        escaped(&home.path().join(name))
    );
    let config = home.path().join(format!("{name}.conf"));
    std::fs::write(&config, text).map_err(Error::io(&config))?;
    let mut command = Command::new("dbus-daemon");
    command.args(["--print-address=1", "--nofork", "--nopidfile", "--config-file"]).arg(&config);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut bus = Group::start(home.house(&mut command))?;
    let address = line_of(bus.process(), "its address", word)?;
    Ok((bus, address))
}

/// Returns a path in an address of a bus (D-Bus specification, "Server Addresses").
fn escaped(path: &Path) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/.\\*".contains(&byte);
    let bytes = path.as_os_str().as_encoded_bytes().iter();
    bytes.map(|&byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") }).collect()
}

fn keychain(home: &Home, bus: &str) -> Result<Group> {
    let mut command = Command::new("gnome-keyring-daemon");
    command.args(["--foreground", "--unlock", "--components=secrets"]);
    home.house(&mut command).env("DBUS_SESSION_BUS_ADDRESS", bus).env_remove("XDG_RUNTIME_DIR");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut daemon = Group::start(&mut command)?;
    let stdin = daemon.process().stdin.take();
    let told = stdin.map(|mut stdin| stdin.write_all(b"a password of the test's\n"));
    if !matches!(told, Some(Ok(()))) {
        return Err(Error::unexpected("the keychain takes no password"));
    }
    until("the keychain", PATIENCE, || {
        let mut ask = Command::new("dbus-send");
        ask.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"])
            .args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"])
            .env("DBUS_SESSION_BUS_ADDRESS", bus);
        let asked = output_within(&mut ask, b"", ANSWER);
        Ok(asked.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains("boolean true")).then_some(()))
    })?;
    Ok(daemon)
}

/// Returns a line that says something.
fn word(line: &str) -> Option<String> {
    let word = line.trim();
    (!word.is_empty()).then(|| word.to_owned())
}
