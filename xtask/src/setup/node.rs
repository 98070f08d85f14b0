//! Installs Node.js and npm, which build the window's page.

use std::process::Command;

use super::{Package, debian, package};
use crate::error::{Error, Result};
use crate::step;
use crate::workspace::Network;

const PACKAGES: [Package; 2] =
    [package("nodejs", "builds the window's page"), package("npm", "installs the page's dependencies")];

/// Installs Node.js, unless a version that runs the page's tools is installed.
pub(super) fn ensure(network: Network) -> Result {
    let found = version_of("node");
    if found.as_deref().is_some_and(is_suitable) && version_of("npm").is_some() {
        step::say(format_args!("   already installed: Node.js {}", found.unwrap_or_default()));
        return Ok(());
    }
    if debian::is_offered("nodejs", is_suitable) {
        step::say("   Node.js 20.19 or later, or npm, is missing");
        return debian::install(&PACKAGES, network);
    }
    let found = found.map_or_else(|| "none".to_owned(), |version| version.trim().to_owned());
    Err(Error::Missing(format!(
        "the window's page is built with Node.js 20.19 or later with npm; found: {found}, and this system's own packages \
         are older. Install it from https://nodejs.org/en/download, then try again"
    )))
}

fn version_of(program: &str) -> Option<String> {
    let output = step::ask(Command::new(program).arg("--version")).filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Returns whether Vite 8 runs on this version: 20.19 and later of 20, or 22.12 and later.
fn is_suitable(version: &str) -> bool {
    let mut numbers = version.trim().trim_start_matches('v').split(['.', '+', '-', '~']).map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else { return false };
    match major {
        20 => minor >= 19,
        22 => minor >= 12,
        other => other > 22,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_that_run_the_pages_tools_are_suitable() {
        for good in ["v20.19.0", "20.19.2+dfsg-1", "v22.12.0", "v24.0.1"] {
            assert!(is_suitable(good), "{good}");
        }
        for bad in ["v18.20.4", "v20.18.9", "v21.7.0", "v22.11.0", "", "node"] {
            assert!(!is_suitable(bad), "{bad}");
        }
    }
}
