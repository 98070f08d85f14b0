//! What a package has left behind. Pure.

use std::collections::BTreeSet;

/// Where apt and dpkg keep what they know and did, and what every command writes to.
const NOT_THE_PACKAGES: [&str; 6] =
    ["var/lib/dpkg/", "var/lib/apt/", "var/cache/apt/", "var/cache/debconf/", "var/log/", "proc/"];

/// The files that are there now and were not before, and those that are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) left: Vec<String>,
    pub(super) gone: Vec<String>,
}

impl Difference {
    /// Compares what was there before with what is there now.
    pub(super) fn between(before: &BTreeSet<String>, now: &BTreeSet<String>) -> Self {
        let only = |one: &BTreeSet<String>, other| -> Vec<String> {
            let counts = |path: &&String| !NOT_THE_PACKAGES.iter().any(|dir| path.starts_with(dir));
            one.difference(other).filter(counts).cloned().collect()
        };
        Self { left: only(now, before), gone: only(before, now) }
    }

    /// Returns whether there is none.
    pub(super) fn is_none(&self) -> bool {
        self.left.is_empty() && self.gone.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(paths: &[&str]) -> BTreeSet<String> {
        paths.iter().map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn what_is_left_and_what_is_gone_is_named() {
        let before = paths(&["usr", "usr/bin", "usr/bin/man"]);
        let now = paths(&["usr", "usr/bin", "usr/bin/waybill", "var/lib/waybill"]);
        let difference = Difference::between(&before, &now);
        assert_eq!(difference.left, ["usr/bin/waybill", "var/lib/waybill"]);
        assert_eq!(difference.gone, ["usr/bin/man"]);
        assert!(!difference.is_none());
    }

    #[test]
    fn what_apt_and_dpkg_keep_is_theirs() {
        let before = paths(&["usr", "var/lib/dpkg/status"]);
        let now = paths(&["usr", "var/lib/dpkg/status", "var/lib/dpkg/status-old", "var/log/apt/history.log"]);
        assert!(Difference::between(&before, &now).is_none());
    }
}
