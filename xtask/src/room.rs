//! Room on the disk for what is compiled.
//!
//! What the compiler keeps to be quicker the next time is nearly half of what a first run writes. It is done without where the disk has
//! little room, and the other tests need room of their own.

use std::sync::OnceLock;

use crate::workspace;

/// Cargo's name for whether that is kept.
pub(crate) const INCREMENTAL: &str = "CARGO_INCREMENTAL";
/// Room for everything, in bytes: compiled with what makes the next time quicker, fetched, and written by tests.
const PLENTY: u64 = 24 * GIB;
const GIB: u64 = 1 << 30;

/// Whether cargo is to keep nothing for the next time; decided and said once.
pub(crate) fn is_scarce() -> bool {
    static SCARCE: OnceLock<bool> = OnceLock::new();
    *SCARCE.get_or_init(|| {
        let free = fs4::available_space(workspace::root()).ok();
        let chosen = std::env::var_os(INCREMENTAL).is_some();
        let scarce = scarce(free, chosen);
        if let (true, Some(free)) = (scarce, free) {
            let (whole, tenths) = (free / GIB, free % GIB * 10 / GIB);
            println!(
                "The disk has {whole}.{tenths} GiB free: {INCREMENTAL}=0, so that compiling needs less of it. A first run needs some 10 GiB."
            );
        }
        scarce
    })
}

/// What a person has chosen stands, and so does cargo's own choice where nothing is known.
fn scarce(free: Option<u64>, chosen: bool) -> bool {
    !chosen && free.is_some_and(|free| free < PLENTY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_for_the_next_time_where_room_is_scarce_and_nobody_has_chosen() {
        assert!(scarce(Some(0), false));
        assert!(scarce(Some(PLENTY - 1), false));
        assert!(!scarce(Some(PLENTY), false));
        assert!(!scarce(Some(0), true));
        assert!(!scarce(None, false));
    }
}
