//! What the chores need of the machine, and how it gets there.
//!
//! Packages of the system come through apt where that is possible without asking anybody (as root, or with a `sudo` that
//! needs no password). Otherwise the one command that would do it is printed, and the chore stops. Tools that are written
//! in Rust come from crates.io in a pinned version and live below the target folder, so that nothing of the person's own
//! is changed.

mod debian;
mod node;
mod tools;

use crate::error::Result;
use crate::step::step;

pub(crate) use tools::cargo_deny;

/// A package of the system, and why it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Package {
    name: &'static str,
    why: &'static str,
}

const fn package(name: &'static str, why: &'static str) -> Package {
    Package { name, why }
}

/// To compile everything but the window: SQLite and ring bring C of their own.
const COMPILING: [Package; 1] = [package("build-essential", "a C compiler for SQLite and ring")];

/// To compile and show the window.
const WINDOW: [Package; 4] = [
    package("pkg-config", "finds the libraries below"),
    package("libwebkit2gtk-4.1-dev", "the web view of the window"),
    package("libdbus-1-dev", "the window's connection to the desktop"),
    package("libsoup-3.0-dev", "the web view's network library"),
];

/// To try the window where there is no display.
const VIRTUAL_DISPLAY: [Package; 1] = [package("xvfb", "a display without a screen, to try the window")];

/// To run Keycloak and to sign in on its page.
const KEYCLOAK: [Package; 5] = [
    package("default-jre-headless", "Java, which runs Keycloak"),
    package("maven", "fetches Keycloak"),
    package("unzip", "unpacks it"),
    package("chromium", "a browser for its login page"),
    package("chromium-driver", "drives that browser"),
];

/// Clients of the upload domain that nobody here wrote, and what runs the others.
const OTHER_CLIENTS: [Package; 4] = [
    package("curl", "uploads to the sandbox"),
    package("rclone", "uploads to the sandbox"),
    package("python3", "runs Amazon's signer for Python"),
    package("python3-venv", "keeps what that needs apart from the system's"),
];

/// Object stores that nobody here wrote.
const OTHER_STORES: [Package; 2] =
    [package("python3", "runs LocalStack"), package("python3-venv", "keeps what that needs apart from the system's")];

/// What sending needs.
///
/// # Errors
/// Something is missing and cannot be put there.
pub(crate) fn for_sending() -> Result {
    step("Looking for what compiling needs", || debian::ensure(&COMPILING))
}

/// What the window needs.
///
/// # Errors
/// Something is missing and cannot be put there.
pub(crate) fn for_the_window() -> Result {
    step("Looking for what the window needs", || {
        debian::ensure(&WINDOW)?;
        node::ensure()
    })
}

/// What the window's test needs beside that.
///
/// # Errors
/// Something is missing and cannot be put there.
pub(crate) fn for_a_virtual_display() -> Result {
    step("Looking for what trying the window needs", || debian::ensure(&VIRTUAL_DISPLAY))
}

/// What holding sign-in against Keycloak needs.
///
/// # Errors
/// Something is missing and cannot be put there.
pub(crate) fn for_keycloak() -> Result {
    step("Looking for what Keycloak needs", || debian::ensure(&KEYCLOAK))
}

/// What holding the upload domain against other clients needs.
///
/// # Errors
/// Something is missing and cannot be put there.
pub(crate) fn for_other_clients() -> Result {
    step("Looking for other clients", || {
        debian::ensure(&OTHER_CLIENTS)?;
        node::ensure()
    })
}

/// What holding the object store against others needs.
///
/// # Errors
/// Something is missing and cannot be put there.
pub(crate) fn for_other_stores() -> Result {
    step("Looking for what other object stores need", || debian::ensure(&OTHER_STORES))
}
