//! How many requests run in parallel, and when failures are not the fault of a single item.

use waybill_model::ItemId;

use super::RequestToken;

/// The number of parallel requests: raised one by one, halved when the service asks to slow down, and always between 1
/// and the limit of the settings.
#[derive(Debug)]
pub(super) struct Pace {
    limit: u8,
    ceiling: u8,
    successes: u8,
    /// Only requests from this one on can halve the pace again: earlier ones were sent at the old pace.
    since: RequestToken,
}

impl Pace {
    pub(super) fn new(ceiling: u8) -> Self {
        let ceiling = ceiling.max(1);
        Self { limit: ceiling, ceiling, successes: 0, since: RequestToken(0) }
    }

    pub(super) fn limit(&self) -> usize {
        usize::from(self.limit)
    }

    pub(super) fn succeeded(&mut self) {
        self.successes = self.successes.saturating_add(1);
        if self.successes >= self.limit && self.limit < self.ceiling {
            self.limit += 1;
            self.successes = 0;
        }
    }

    pub(super) fn slow_down(&mut self, token: RequestToken, next: RequestToken) {
        if token >= self.since {
            self.limit = (self.limit / 2).max(1);
            self.successes = 0;
            self.since = next;
        }
    }
}

/// Failures in a row, with no success in between.
///
/// Four in a row across several items point to the service or the network: the machine waits and spends no attempt.
/// Failures of a single item do spend attempts, or one file that a proxy rejects would hold up the transfer for ever.
#[derive(Debug, Default)]
pub(super) struct Streak {
    failures: u32,
    first: Option<ItemId>,
    several: bool,
}

impl Streak {
    const GENERAL: u32 = 4;

    pub(super) fn failed(&mut self, item: ItemId) {
        self.failures = self.failures.saturating_add(1);
        let first = *self.first.get_or_insert(item);
        self.several |= first != item;
    }

    pub(super) fn broken(&mut self) {
        *self = Self::default();
    }

    pub(super) fn is_general(&self) -> bool {
        self.several && self.failures >= Self::GENERAL
    }
}

#[cfg(feature = "inspect")]
impl Pace {
    pub(super) fn is_reduced(&self) -> bool {
        self.limit < self.ceiling
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_refusals_halves_the_pace_once() {
        let mut pace = Pace::new(8);
        for token in 0..8 {
            pace.slow_down(RequestToken(token), RequestToken(8));
        }
        assert_eq!(pace.limit(), 4);
        for token in 8..12 {
            pace.slow_down(RequestToken(token), RequestToken(12));
        }
        assert_eq!(pace.limit(), 2);
        pace.succeeded();
        pace.succeeded();
        assert_eq!(pace.limit(), 3);
        for _ in 0..100 {
            pace.succeeded();
        }
        assert_eq!(pace.limit(), 8);
    }

    #[test]
    fn the_pace_never_falls_below_one() {
        let mut pace = Pace::new(0);
        assert_eq!(pace.limit(), 1);
        pace.slow_down(RequestToken(1), RequestToken(2));
        assert_eq!(pace.limit(), 1);
    }

    #[test]
    fn failures_are_general_only_when_several_items_fail() {
        let mut streak = Streak::default();
        for _ in 0..10 {
            streak.failed(ItemId(1));
        }
        assert!(!streak.is_general());
        streak.failed(ItemId(2));
        assert!(streak.is_general());
        streak.broken();
        assert!(!streak.is_general());
    }
}
