//! Installs what the tasks need on this machine.
//!
//! System packages are installed with apt if that needs no password (as root, or with a suitable `sudo`).
//! Otherwise the task prints the command to run and stops. Other tools are pinned and kept in the person's cache
//! folder.

mod debian;
mod node;
mod tools;

use crate::error::Result;
use crate::step::step;
use crate::workspace::Network;

pub(crate) use tools::cargo_deny;

/// A system package, and why it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Package {
    name: &'static str,
    why: &'static str,
}

/// Everything that the tests need, in the order in which it is listed.
const ALL: [&[Package]; 9] = [
    &COMPILING,
    &WATCHING,
    &WINDOW,
    &VIRTUAL_DISPLAY,
    &DESKTOP_SESSION,
    &BROWSER,
    &KEYCLOAK,
    &OTHER_CLIENTS,
    &OTHER_STORES,
];

const fn package(name: &'static str, why: &'static str) -> Package {
    Package { name, why }
}

/// For compiling everything except the window. SQLite and ring contain C.
const COMPILING: [Package; 1] = [package("build-essential", "a C compiler for SQLite and ring")];

/// For seeing where a whole job connects to.
const WATCHING: [Package; 1] = [package("strace", "shows which addresses a program connects to")];

/// For compiling and showing the window.
const WINDOW: [Package; 5] = [
    package("pkg-config", "finds the libraries below"),
    package("libwebkit2gtk-4.1-dev", "the web view of the window"),
    package("libdbus-1-dev", "the window's connection to the desktop"),
    package("libsoup-3.0-dev", "the web view's network library"),
    package("libayatana-appindicator3-1", "the window's icon in the tray"),
];

/// For testing the window without a display.
const VIRTUAL_DISPLAY: [Package; 1] = [package("xvfb", "a virtual display for the window")];

/// For using the window as a person does, in addition to a virtual display and a browser.
const DESKTOP_SESSION: [Package; 3] = [
    package("webkit2gtk-driver", "drives the window's web view"),
    package("dbus", "a session bus for the window"),
    package("gnome-keyring", "a keychain for the window"),
];

/// A browser for tests.
const BROWSER: [Package; 2] = [
    package("chromium", "a browser for sign-in pages and for the window's page"),
    package("chromium-driver", "drives that browser"),
];

/// For running Keycloak.
const KEYCLOAK: [Package; 3] = [
    package("default-jre-headless", "Java, which runs Keycloak"),
    package("maven", "fetches Keycloak"),
    package("unzip", "unpacks it"),
];

/// Independent clients of the upload domain, and what the others need.
const OTHER_CLIENTS: [Package; 4] = [
    package("curl", "uploads to the sandbox"),
    package("rclone", "uploads to the sandbox"),
    package("python3", "runs Amazon's signer for Python"),
    package("python3-venv", "keeps its dependencies separate from the system's"),
];

/// Independent object stores.
const OTHER_STORES: [Package; 2] = [
    package("python3", "runs LocalStack"),
    package("python3-venv", "keeps its dependencies separate from the system's"),
];

/// For building packages.
#[cfg(target_os = "linux")]
const PACKAGES: [Package; 2] = [
    package("dpkg-dev", "finds the libraries that the programs need"),
    package("rpm", "builds the packages for Fedora"),
];

/// For testing them.
#[cfg(target_os = "linux")]
const TRYING_PACKAGES: [Package; 4] = [
    package("debootstrap", "creates a minimal Debian"),
    package("lintian", "checks packages for Debian"),
    package("desktop-file-utils", "checks the desktop entry"),
    package("appstream", "checks the metadata for software centres"),
];

/// Installs everything that the tests need at once, so that anything missing is reported immediately.
///
/// # Errors
/// Something is missing and cannot be installed.
pub(crate) fn for_all_tests(network: Network) -> Result {
    step("Checking what the tests need", || {
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

/// Installs what building packages needs and, with `trying`, what testing them needs.
///
/// # Errors
/// Something is missing.
#[cfg(target_os = "linux")]
pub(crate) fn for_packages(trying: bool, network: Network) -> Result {
    step("Checking what packages need", || {
        let mut packages = [&COMPILING[..], &WINDOW, &PACKAGES].concat();
        if trying {
            root_prefix()?;
            packages.extend(TRYING_PACKAGES);
            packages.extend(VIRTUAL_DISPLAY);
        }
        debian::ensure(&packages, network)?;
        node::ensure(network)
    })
}

/// Returns the prefix that runs a command as root; empty if this is root.
///
/// # Errors
/// [`Error::Missing`] with the command to run, if a password is needed.
#[cfg(target_os = "linux")]
pub(crate) fn root_prefix() -> Result<Vec<&'static str>> {
    debian::root_prefix().ok_or_else(|| {
        let what = "only root can create and use a minimal Debian. Run this command, which asks for your password:\n\n  \
                    sudo --validate && cargo xtask bundle --verify";
        crate::error::Error::Missing(what.to_owned())
    })
}

/// Installs what compiling needs.
///
/// # Errors
/// Something is missing and cannot be installed.
pub(crate) fn for_sending(network: Network) -> Result {
    step("Checking what compiling needs", || debian::ensure(&COMPILING, network))
}

/// Installs what shows where a whole job connects to.
///
/// # Errors
/// Something is missing.
#[cfg(target_os = "linux")]
pub(crate) fn for_watching(network: Network) -> Result {
    step("Checking what shows where Waybill connects to", || debian::ensure(&WATCHING, network))
}

/// Installs what the window needs.
///
/// # Errors
/// Something is missing.
pub(crate) fn for_the_window(network: Network) -> Result {
    step("Checking what the window needs", || {
        debian::ensure(&WINDOW, network)?;
        node::ensure(network)
    })
}

/// Installs what testing the window needs in addition.
///
/// # Errors
/// Something is missing.
#[cfg(target_os = "linux")]
pub(crate) fn for_a_virtual_display(network: Network) -> Result {
    step("Checking what testing the window needs", || debian::ensure(&VIRTUAL_DISPLAY, network))
}

/// Installs what testing the page in a browser needs.
///
/// # Errors
/// Something is missing.
pub(crate) fn for_a_browser(network: Network) -> Result {
    step("Checking for a browser", || debian::ensure(&BROWSER, network))
}

/// Installs what using the window as a person does needs.
///
/// # Errors
/// Something is missing.
pub(crate) fn for_a_desktop_session(network: Network) -> Result {
    step("Checking what a desktop session needs", || {
        debian::ensure(&VIRTUAL_DISPLAY, network)?;
        debian::ensure(&DESKTOP_SESSION, network)?;
        debian::ensure(&BROWSER, network)
    })
}

/// Installs what running Keycloak needs.
///
/// # Errors
/// Something is missing.
pub(crate) fn for_keycloak(network: Network) -> Result {
    step("Checking what Keycloak needs", || {
        debian::ensure(&KEYCLOAK, network)?;
        debian::ensure(&BROWSER, network)
    })
}

/// Installs what the other clients need.
///
/// # Errors
/// Something is missing.
pub(crate) fn for_other_clients(network: Network) -> Result {
    step("Checking for other clients", || {
        debian::ensure(&OTHER_CLIENTS, network)?;
        node::ensure(network)
    })
}

/// Installs what other object stores need.
///
/// # Errors
/// Something is missing.
pub(crate) fn for_other_stores(network: Network) -> Result {
    step("Checking what other object stores need", || debian::ensure(&OTHER_STORES, network))
}
