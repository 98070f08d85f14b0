//! Disk space for compiling.
//!
//! Incremental compilation uses nearly half of the space that a first run needs, so it is switched off if little is
//! left.

use std::path::Path;
use std::sync::OnceLock;

/// Cargo's variable for incremental compilation.
pub(crate) const INCREMENTAL: &str = "CARGO_INCREMENTAL";
/// Enough space for everything, in bytes: incremental compilation, downloads, and files of the tests.
const PLENTY: u64 = 24 * GIB;
const GIB: u64 = 1 << 30;

/// Returns whether cargo should not compile incrementally in this checkout; decided and reported once.
pub(crate) fn is_scarce(checkout: &Path) -> bool {
    static SCARCE: OnceLock<bool> = OnceLock::new();
    *SCARCE.get_or_init(|| {
        let free = fs4::available_space(checkout).ok();
        let chosen = std::env::var_os(INCREMENTAL).is_some();
        let scarce = scarce(free, chosen);
        if let (true, Some(free)) = (scarce, free) {
            let (whole, tenths) = (free / GIB, free % GIB * 10 / GIB);
            println!(
                "The disk has only {whole}.{tenths} GiB free, so {INCREMENTAL}=0 is set to save space. A first run needs about 10 GiB."
            );
        }
        scarce
    })
}

/// Returns whether space is scarce. Never, if the person has set the variable or the free space is unknown.
fn scarce(free: Option<u64>, chosen: bool) -> bool {
    !chosen && free.is_some_and(|free| free < PLENTY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incremental_compilation_is_off_if_space_is_scarce_unless_it_was_chosen() {
        assert!(scarce(Some(0), false));
        assert!(scarce(Some(PLENTY - 1), false));
        assert!(!scarce(Some(PLENTY), false));
        assert!(!scarce(Some(0), true));
        assert!(!scarce(None, false));
    }
}
