//! Installs packages of Debian and its derivatives.

use std::process::Command;

use super::Package;
use crate::error::{Error, Result};
use crate::step;
use crate::workspace::Network;

/// Options with which apt waits while another program installs packages, and retries downloads.
const APT_OPTIONS: [&str; 4] = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];

/// Installs the packages that are missing. On other systems it only lists them, and the compiler reports what is
/// missing.
///
/// # Errors
/// [`Error::Missing`] if something is missing and cannot or must not be installed.
pub(super) fn ensure(packages: &[Package], network: Network) -> Result {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    if !is_debian(&release) {
        step::say("   this is not Debian, so nothing is installed; you need the equivalents of");
        packages.iter().for_each(|package| step::say(format_args!("     {} ({})", package.name, package.why)));
        return Ok(());
    }
    let missing: Vec<Package> = packages.iter().copied().filter(|package| !is_installed(package.name)).collect();
    if missing.is_empty() {
        step::say(format_args!("   already installed: {}", names(packages)));
        return Ok(());
    }
    step::say("   missing:");
    missing.iter().for_each(|package| step::say(format_args!("     {} ({})", package.name, package.why)));
    install(&missing, network)
}

/// Returns whether apt offers this package in a suitable version.
pub(super) fn is_offered(package: &str, is_suitable: impl Fn(&str) -> bool) -> bool {
    let policy = step::ask(Command::new("apt-cache").args(["policy", package]).env("LC_ALL", "C"));
    let policy = policy.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    candidate(&policy).is_some_and(is_suitable)
}

/// Installs packages, or stops with the command to run.
pub(super) fn install(missing: &[Package], network: Network) -> Result {
    if network == Network::Forbidden {
        return Err(Error::Missing(format!("{} must be installed, and the network must not be used", names(missing))));
    }
    let how = root_prefix();
    let Some(mut words) = how else {
        return Err(Error::Missing(format!(
            "some packages are missing, and only an administrator can install them. Run this command, then try again:\n\n  \
             sudo apt-get update && sudo apt-get install --yes --no-install-recommends {}",
            names(missing)
        )));
    };
    words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    step::say("   installing them with apt-get");
    let apt = |arguments: &[&str]| {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(["--quiet", "--quiet"]).args(APT_OPTIONS).args(arguments);
        step::fetch(&mut command)
    };
    apt(&["update"])?;
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(missing.iter().map(|package| package.name));
    apt(&arguments)
}

/// Returns the prefix that runs a command as root; `None` if that needs a password.
pub(super) fn root_prefix() -> Option<Vec<&'static str>> {
    let says = |command: &mut Command| step::ask(command).filter(|output| output.status.success());
    let id = says(Command::new("id").arg("-u"))?;
    if id.stdout.trim_ascii() == b"0" {
        return Some(Vec::new());
    }
    says(Command::new("sudo").args(["--non-interactive", "true"])).map(|_| vec!["sudo", "--non-interactive"])
}

fn is_installed(package: &str) -> bool {
    let asked =
        step::ask(Command::new("dpkg-query").args(["--show", "--showformat", "${db:Status-Status}\n", package]));
    // A package installed for several architectures has a line for each.
    asked.is_some_and(|output| String::from_utf8_lossy(&output.stdout).lines().any(|line| line == "installed"))
}

fn names(packages: &[Package]) -> String {
    packages.iter().map(|package| package.name).collect::<Vec<_>>().join(" ")
}

/// Returns whether `os-release` (freedesktop.org) names Debian or one of its derivatives.
fn is_debian(release: &str) -> bool {
    let values = release.lines().filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")));
    values.flat_map(|value| value.trim_matches('"').split(' ')).any(|id| id == "debian")
}

/// Returns the version that apt would install.
fn candidate(policy: &str) -> Option<&str> {
    let version = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: "))?;
    (version != "(none)").then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_and_its_derivatives_are_recognised() {
        assert!(is_debian("NAME=\"Debian GNU/Linux\"\nID=debian\n"));
        assert!(is_debian("ID=ubuntu\nID_LIKE=debian\n"));
        assert!(is_debian("ID=neon\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!is_debian("ID=fedora\nID_LIKE=\"rhel centos\"\nHOME_URL=\"https://debian\"\n"));
        assert!(!is_debian(""));
    }

    #[test]
    fn the_version_that_apt_offers_is_read() {
        assert_eq!(candidate("nodejs:\n  Installed: (none)\n  Candidate: 20.19.2+dfsg-1\n"), Some("20.19.2+dfsg-1"));
        assert_eq!(candidate("nodejs:\n  Candidate: (none)\n"), None);
        assert_eq!(candidate(""), None);
    }
}
