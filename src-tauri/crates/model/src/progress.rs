//! Progress that counts only confirmed work.

use serde::{Deserialize, Serialize};

/// How far a piece of work has got. While sending, "done" means acknowledged by the server **and** recorded in the
/// journal; bytes in flight do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Items done.
    pub items_done: u64,
    /// Items in total.
    pub items_total: u64,
    /// Bytes done.
    pub bytes_done: u64,
    /// Bytes in total.
    pub bytes_total: u64,
}

impl Progress {
    /// Returns the share of bytes done per mille, or of items when there are no bytes; 1000 only when everything is
    /// done.
    #[must_use]
    pub fn per_mille(self) -> u16 {
        let (done, total) = if self.bytes_total == 0 {
            (self.items_done, self.items_total)
        } else {
            (self.bytes_done, self.bytes_total)
        };
        if total == 0 {
            return 0;
        }
        let share = u128::from(done.min(total)) * 1000 / u128::from(total);
        let capped = if self.items_done < self.items_total { share.min(999) } else { share };
        u16::try_from(capped).unwrap_or(1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_complete_only_when_every_item_is_done() {
        let mut progress = Progress { items_done: 2, items_total: 3, bytes_done: 10, bytes_total: 10 };
        assert_eq!(progress.per_mille(), 999);
        progress.items_done = 3;
        assert_eq!(progress.per_mille(), 1000);
        assert_eq!(Progress::default().per_mille(), 0);
        let huge = Progress { items_done: 0, items_total: 1, bytes_done: u64::MAX / 2, bytes_total: u64::MAX };
        assert_eq!(huge.per_mille(), 499);
    }
}
