//! `cargo xtask demo`: with a display and a terminal, the window with a sample folder and a sandbox. Otherwise a whole transfer that is
//! killed in the middle, resumed, and compared with its source.
//!
//! Everything is below `target/demo`, which is emptied at the start. At the end the sample folder and what the sandbox stored are
//! removed, because they are large; the receipt stays.

mod folder;
mod story;
mod watch;

use std::io::IsTerminal as _;
use std::path::Path;

use waybill_system_tests::{Sandbox, Waybill};

use self::story::Told;
use crate::error::{Error, Result};
use crate::setup;
use crate::step::{self, step};
use crate::workspace::{self, Metadata, Network};
use crate::{node, window};

/// Runs the demo.
///
/// # Errors
/// Something went wrong.
pub(crate) fn run(own_folder: Option<&Path>, keep: bool) -> Result {
    let metadata = workspace::metadata(Network::Allowed)?;
    setup::for_sending(Network::Allowed)?;
    // Without a person to sign in, the window would wait for ever.
    let with_window = has_display() && std::io::stdin().is_terminal();
    if with_window {
        setup::for_the_window(Network::Allowed)?;
    }
    if with_window {
        step("Building the window's page", || {
            node::install(Network::Allowed)?;
            node::build()
        })?;
    }
    step("Building waybill and waybill-sandbox", || {
        let mut command = workspace::programs(Network::Allowed);
        command.args(["--bin", "waybill", "--bin", "waybill-sandbox"]);
        if with_window {
            command.args(["--bin", "waybill-desktop"]);
        }
        step::run(&mut command)
    })?;
    waybill_system_tests::use_program(metadata.program("waybill"));
    let place = Place::new(&metadata)?;
    let told = tell(&metadata, &place, own_folder, with_window);
    if keep {
        println!("\nKept: {}", place.dir.display());
    } else {
        place.clear()?;
    }
    told
}

fn tell(metadata: &Metadata, place: &Place, own_folder: Option<&Path>, with_window: bool) -> Result {
    let folder = step("1. A folder", || match own_folder {
        Some(path) => folder::own(path),
        None => folder::made(&place.dir),
    })?;
    let sandbox = step("2. The sandbox: sign-in, API, upload and website on this computer", || {
        let sandbox = Sandbox::start(place.dir.join("sandbox"), &["--check-seconds", "4"])?;
        let addresses = sandbox.addresses();
        for (what, address) in [
            ("sign-in", &addresses.sign_in),
            ("API", &addresses.api),
            ("upload", &addresses.upload),
            ("website", &addresses.website),
        ] {
            println!("   {what:8} {address}");
        }
        Ok(sandbox)
    })?;
    let waybill = Waybill::new(&sandbox, place.dir.join("data"))?;
    if with_window {
        return show(metadata, &sandbox, waybill.data_dir(), &folder);
    }
    let how = match story::tell(&sandbox, &waybill, &folder, &place.dir.join("receipt"))? {
        Told::Interrupted => ", although it was killed in the middle",
        Told::Uninterrupted => "",
    };
    println!("\nEverything that was sent is stored byte for byte{how}.");
    Ok(())
}

/// Opens the window for the person, with the folder ready.
fn show(metadata: &Metadata, sandbox: &Sandbox, data_dir: &Path, folder: &folder::Folder) -> Result {
    let person = sandbox.first_user()?;
    println!("\n== 3. The window");
    println!("   Sign in as {} with the password {}.", person.username, person.password);
    println!("   Choose a consignment that is ready, and drop this folder on the window:");
    println!("   {}", folder.path.display());
    println!("   Quit Waybill to end the demo.");
    let mut command = window::open(metadata, data_dir);
    // The demo stores nothing in the person's keychain.
    command.env("WAYBILL_SERVICE", sandbox.profile()).args(["--session", "memory"]).env("WAYBILL_LOG", "warn");
    let spawned = command.spawn().map_err(|source| Error::NotRun { program: "waybill-desktop".to_owned(), source })?;
    let mut window = window::Owned(spawned);
    window.0.wait().map_err(Error::io("waybill-desktop"))?;
    let receipts = data_dir.join("receipts");
    let written = std::fs::read_dir(&receipts).is_ok_and(|mut entries| entries.next().is_some());
    if written {
        println!("\nThe receipt is in {}.", receipts.display());
    } else {
        println!("\nNo transfer was finished, so there is no receipt.");
    }
    Ok(())
}

/// Returns whether there is a display for a window.
fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Where the demo's files are.
struct Place {
    dir: std::path::PathBuf,
}

impl Place {
    /// Empties the folder.
    fn new(metadata: &Metadata) -> Result<Self> {
        let dir = metadata.target_dir().join("demo");
        remove(&dir)?;
        std::fs::create_dir_all(&dir).map_err(Error::io(&dir))?;
        Ok(Self { dir })
    }

    /// Removes what is large.
    fn clear(&self) -> Result {
        remove(&self.dir.join(folder::NAME))?;
        remove(&self.dir.join("sandbox"))
    }
}

fn remove(dir: &Path) -> Result {
    match std::fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(dir)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
