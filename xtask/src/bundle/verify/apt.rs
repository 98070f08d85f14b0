//! How this machine gets its packages, so that the minimal Debian gets them in the same way.

use std::path::Path;
use std::process::Command;

use crate::error::{Error, Result};
use crate::step;

/// The apt configuration that the new system needs. It does not include passwords for private archives.
const CONFIGURATION: [&str; 6] = [
    "/etc/apt/sources.list",
    "/etc/apt/sources.list.d",
    "/etc/apt/trusted.gpg",
    "/etc/apt/trusted.gpg.d",
    "/etc/apt/keyrings",
    "/usr/share/keyrings",
];

/// Debian's file of the certificate authorities that this machine trusts.
pub(super) const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The release that this machine runs, and the source of its packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// Such as `bookworm`.
    pub(super) codename: String,
    /// The address of the archive.
    pub(super) archive: String,
}

impl Origin {
    /// Reads the release from the system and the archive from apt.
    ///
    /// # Errors
    /// The system names no release, or apt knows no archive for it.
    pub(super) fn of_this_machine() -> Result<Self> {
        let path = Path::new("/etc/os-release");
        let release = std::fs::read_to_string(path).map_err(Error::io(path))?;
        let codename =
            codename(&release).ok_or_else(|| Error::Wrong("this system does not name its release".to_owned()))?;
        let format = "$(CODENAME) $(COMPONENT) $(REPO_URI)";
        let targets = step::output(Command::new("apt-get").args(["indextargets", "--format", format]))?;
        let archive = archive(&targets, codename)
            .ok_or_else(|| Error::Wrong(format!("apt has no archive for {codename}; run 'apt-get update'")))?;
        Ok(Self { codename: codename.to_owned(), archive: archive.to_owned() })
    }
}

/// Returns the configuration that exists.
pub(super) fn configuration() -> Vec<&'static str> {
    CONFIGURATION.into_iter().filter(|path| Path::new(path).exists()).collect()
}

/// Returns apt's proxy settings as lines of a configuration file.
///
/// # Errors
/// apt fails.
pub(super) fn proxies() -> Result<String> {
    Ok(only_proxies(&step::output(Command::new("apt-config").arg("dump"))?))
}

/// Returns the proxy for `http` requests, for programs that do not use apt's configuration.
pub(super) fn plain_proxy(proxies: &str) -> Option<&str> {
    let line = proxies.lines().find_map(|line| line.strip_prefix("Acquire::http::Proxy \""))?;
    line.strip_suffix("\";").filter(|address| !address.is_empty())
}

fn codename(release: &str) -> Option<&str> {
    let named = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="))?;
    Some(named.trim_matches('"')).filter(|name| !name.is_empty())
}

/// Returns the first archive with this release's `main` component.
fn archive<'t>(targets: &'t str, codename: &str) -> Option<&'t str> {
    targets.lines().find_map(|line| {
        let mut words = line.split(' ');
        let matches = words.next() == Some(codename) && words.next() == Some("main");
        words.next().filter(|_| matches)
    })
}

fn only_proxies(dump: &str) -> String {
    let is_proxy = |line: &&str| line.starts_with("Acquire::") && line.to_ascii_lowercase().contains("proxy");
    dump.lines().filter(is_proxy).map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_and_its_archive_are_found() {
        assert_eq!(codename("ID=debian\nVERSION_CODENAME=bookworm\n"), Some("bookworm"));
        assert_eq!(codename("ID=debian\nVERSION_CODENAME=\n"), None);
        let targets =
            "bookworm-updates main http://a/debian/\nstable extra http://b/\nbookworm main http://a/debian/\n";
        assert_eq!(archive(targets, "bookworm"), Some("http://a/debian/"));
        assert_eq!(archive(targets, "trixie"), None);
    }

    #[test]
    fn only_proxy_settings_are_copied() {
        let dump = "APT \"\";\nAcquire::http::Proxy \"http://proxy:3128\";\nAcquire::Retries \"3\";\n\
                    Acquire::https::Proxy::archive \"DIRECT\";\n";
        let proxies = only_proxies(dump);
        assert_eq!(proxies.lines().count(), 2);
        assert_eq!(plain_proxy(&proxies), Some("http://proxy:3128"));
        assert_eq!(plain_proxy("Acquire::http::Proxy \"\";\n"), None);
    }
}
