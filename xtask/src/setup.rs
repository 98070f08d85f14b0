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
use crate::workspace::Network;

pub(crate) use tools::cargo_deny;

/// A package of the system, and why it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Package {
    name: &'static str,
    why: &'static str,
}

/// Everything that any test needs, in the order in which it is shown.
const ALL: [&[Package]; 8] =
    [&COMPILING, &WINDOW, &VIRTUAL_DISPLAY, &DESKTOP_SESSION, &BROWSER, &KEYCLOAK, &OTHER_CLIENTS, &OTHER_STORES];

const fn package(name: &'static str, why: &'static str) -> Package {
    Package { name, why }
}

/// To compile everything but the window: SQLite and ring bring C of their own.
const COMPILING: [Package; 1] = [package("build-essential", "a C compiler for SQLite and ring")];

/// To compile and show the window.
const WINDOW: [Package; 5] = [
    package("pkg-config", "finds the libraries below"),
    package("libwebkit2gtk-4.1-dev", "the web view of the window"),
    package("libdbus-1-dev", "the window's connection to the desktop"),
    package("libsoup-3.0-dev", "the web view's network library"),
    package("libayatana-appindicator3-1", "the window's place in the tray"),
];

/// To try the window where there is no display.
const VIRTUAL_DISPLAY: [Package; 1] = [package("xvfb", "a display without a screen, to try the window")];

/// To use the window as a person does, beside that and a browser.
const DESKTOP_SESSION: [Package; 3] = [
    package("webkit2gtk-driver", "drives the window's web view"),
    package("dbus", "a session bus for the window"),
    package("gnome-keyring", "a keychain for the window"),
];

/// A browser that is driven by tests.
const BROWSER: [Package; 2] = [
    package("chromium", "a browser for login pages and for the window's page"),
    package("chromium-driver", "drives that browser"),
];

/// To run Keycloak.
const KEYCLOAK: [Package; 3] = [
    package("default-jre-headless", "Java, which runs Keycloak"),
    package("maven", "fetches Keycloak"),
    package("unzip", "unpacks it"),
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

/// To make packages.
#[cfg(target_os = "linux")]
const PACKAGES: [Package; 2] =
    [package("dpkg-dev", "finds the libraries that the programs need"), package("rpm", "makes the package for Fedora")];

/// To try them.
#[cfg(target_os = "linux")]
const TRYING_PACKAGES: [Package; 4] = [
    package("debootstrap", "makes a bare Debian"),
    package("lintian", "checks packages for Debian"),
    package("desktop-file-utils", "checks the desktop entry"),
    package("appstream", "checks the metadata for shops of programs"),
];

/// What all tests need, in one go: quicker than one after the other, and what is missing is known at once.
///
/// # Errors
/// Something is missing and cannot be put there.
pub(crate) fn for_all_tests(network: Network) -> Result {
    step("Looking for what the tests need", || {
        let mut packages: Vec<Package> = Vec::new();
        for package in ALL.into_iter().flatten() {
            if packages.iter().all(|listed| listed.name != package.name) {
                packages.push(*package);
            }
        }
        debian::ensure(&packages, network)?;
        node::ensure(network)
    })
}

/// What making packages needs, and trying them, if that is wanted.
///
/// # Errors
/// Something is missing.
#[cfg(target_os = "linux")]
pub(crate) fn for_packages(trying: bool, network: Network) -> Result {
    step("Looking for what packages need", || {
        let mut packages = [&COMPILING[..], &WINDOW, &PACKAGES].concat();
        if trying {
            words_for_root()?;
            packages.extend(TRYING_PACKAGES);
            packages.extend(VIRTUAL_DISPLAY);
        }
        debian::ensure(&packages, network)?;
        node::ensure(network)
    })
}

/// The words in front of a command that make it run as root.
///
/// # Errors
/// [`Error::Missing`] with the one command, where that would need a password.
#[cfg(target_os = "linux")]
pub(crate) fn words_for_root() -> Result<Vec<&'static str>> {
    debian::how_to_be_root().ok_or_else(|| {
        let what = "a bare Debian is made and entered by root only. Run this, which asks for your password:\n\n  \
                    sudo --validate && cargo xtask bundle --verify";
        crate::error::Error::Missing(what.to_owned())
    })
}

/// What sending needs.
///
/// # Errors
/// As for all of these: something is missing and cannot be put there.
pub(crate) fn for_sending(network: Network) -> Result {
    step("Looking for what compiling needs", || debian::ensure(&COMPILING, network))
}

/// What the window needs.
///
/// # Errors
/// Something is missing.
pub(crate) fn for_the_window(network: Network) -> Result {
    step("Looking for what the window needs", || {
        debian::ensure(&WINDOW, network)?;
        node::ensure(network)
    })
}

/// What the window's test needs beside that.
///
/// # Errors
/// Something is missing.
#[cfg(target_os = "linux")]
pub(crate) fn for_a_virtual_display(network: Network) -> Result {
    step("Looking for what trying the window needs", || debian::ensure(&VIRTUAL_DISPLAY, network))
}

/// What trying the page in a browser needs.
///
/// # Errors
/// Something is missing.
pub(crate) fn for_a_browser(network: Network) -> Result {
    step("Looking for a browser", || debian::ensure(&BROWSER, network))
}

/// What using the window as a person does needs.
///
/// # Errors
/// Something is missing.
pub(crate) fn for_a_desktop_session(network: Network) -> Result {
    step("Looking for what a desktop session needs", || {
        debian::ensure(&VIRTUAL_DISPLAY, network)?;
        debian::ensure(&DESKTOP_SESSION, network)?;
        debian::ensure(&BROWSER, network)
    })
}

/// What holding sign-in against Keycloak needs.
///
/// # Errors
/// Something is missing.
pub(crate) fn for_keycloak(network: Network) -> Result {
    step("Looking for what Keycloak needs", || {
        debian::ensure(&KEYCLOAK, network)?;
        debian::ensure(&BROWSER, network)
    })
}

/// What holding the upload domain against other clients needs.
///
/// # Errors
/// Something is missing.
pub(crate) fn for_other_clients(network: Network) -> Result {
    step("Looking for other clients", || {
        debian::ensure(&OTHER_CLIENTS, network)?;
        node::ensure(network)
    })
}

/// What holding the object store against others needs.
///
/// # Errors
/// Something is missing.
pub(crate) fn for_other_stores(network: Network) -> Result {
    step("Looking for what other object stores need", || debian::ensure(&OTHER_STORES, network))
}
