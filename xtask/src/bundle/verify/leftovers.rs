//! What a package leaves behind when it is removed. Pure.

use std::collections::BTreeSet;

/// Folders to which apt, dpkg or any command may write.
const IGNORED: [&str; 6] =
    ["var/lib/dpkg/", "var/lib/apt/", "var/cache/apt/", "var/cache/debconf/", "var/log/", "proc/"];

/// Files that are new, and files that are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) left: Vec<String>,
    pub(super) gone: Vec<String>,
}

impl Difference {
    /// Compares the files before with those now.
    pub(super) fn between(before: &BTreeSet<String>, now: &BTreeSet<String>) -> Self {
        let only = |one: &BTreeSet<String>, other| -> Vec<String> {
            let counts = |path: &&String| !IGNORED.iter().any(|dir| path.starts_with(dir));
            one.difference(other).filter(counts).cloned().collect()
        };
        Self { left: only(now, before), gone: only(before, now) }
    }

    /// Returns whether there is no difference.
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
    fn files_that_are_left_or_gone_are_listed() {
        let before = paths(&["usr", "usr/bin", "usr/bin/man"]);
        let now = paths(&["usr", "usr/bin", "usr/bin/waybill", "var/lib/waybill"]);
        let difference = Difference::between(&before, &now);
        assert_eq!(difference.left, ["usr/bin/waybill", "var/lib/waybill"]);
        assert_eq!(difference.gone, ["usr/bin/man"]);
        assert!(!difference.is_none());
    }

    #[test]
    fn the_files_of_apt_and_dpkg_are_ignored() {
        let before = paths(&["usr", "var/lib/dpkg/status"]);
        let now = paths(&["usr", "var/lib/dpkg/status", "var/lib/dpkg/status-old", "var/log/apt/history.log"]);
        assert!(Difference::between(&before, &now).is_none());
    }
}
