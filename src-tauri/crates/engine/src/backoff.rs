//! How long to wait: exponential backoff with full jitter, from a seed.
//!
//! Owner: whichever machine waits. It is not journaled: after a crash, delays start short again.

use std::time::Duration;

/// Exponential backoff with full jitter (AWS, "Exponential Backoff And Jitter"): the n-th delay is anywhere between
/// zero and 500 ms doubled n times, at most 30 s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backoff {
    attempt: u32,
    seed: u64,
}

impl Backoff {
    /// Upper bound of the first delay.
    pub const BASE: Duration = Duration::from_millis(500);
    /// Upper bound of every delay, unless the server asks for a longer one.
    pub const CAP: Duration = Duration::from_secs(30);
    /// The longest `Retry-After` that is believed.
    pub const LONGEST_FLOOR: Duration = Duration::from_secs(3600);

    /// Returns a backoff that starts with a short delay. The same seed gives the same delays.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { attempt: 0, seed }
    }

    /// Returns the next delay: at least 1 ms, and at least `floor` (a `Retry-After`), which is believed up to an hour.
    pub fn delay(&mut self, floor: Option<Duration>) -> Duration {
        let doubled = Self::BASE.saturating_mul(1_u32.checked_shl(self.attempt).unwrap_or(u32::MAX));
        let ceiling = u64::try_from(doubled.min(Self::CAP).as_millis()).unwrap_or(u64::MAX);
        self.attempt = self.attempt.saturating_add(1).min(31);
        let jittered = Duration::from_millis(1 + self.random() % ceiling);
        floor.map_or(jittered, |floor| floor.min(Self::LONGEST_FLOOR) + jittered.min(Self::BASE))
    }

    /// Starts with short delays again, after a success. The random sequence continues.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }

    /// Returns the number of delays since the last reset, at most 31.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// splitmix64 (Steele, Lea, Flood 2014).
    fn random(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.seed;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn delays_stay_within_the_doubling_bound_and_the_cap(seed: u64, attempts in 1_u32..80) {
            let mut backoff = Backoff::new(seed);
            for attempt in 0..attempts {
                let bound = Backoff::BASE.saturating_mul(1 << attempt.min(20)).min(Backoff::CAP);
                let delay = backoff.delay(None);
                prop_assert!(delay >= Duration::from_millis(1) && delay <= bound, "{delay:?} over {bound:?}");
            }
        }

        #[test]
        fn a_retry_after_is_a_floor(seed: u64, floor in 0_u64..10_000_000) {
            let floor = Duration::from_millis(floor);
            prop_assert!(Backoff::new(seed).delay(Some(floor)) >= floor.min(Backoff::LONGEST_FLOOR));
        }
    }

    #[test]
    fn a_seed_determines_the_delays() {
        let delays = |seed| {
            let mut backoff = Backoff::new(seed);
            (0..20).map(|_| backoff.delay(None)).collect::<Vec<_>>()
        };
        assert_eq!(delays(7), delays(7));
        assert_ne!(delays(7), delays(8));
    }

    #[test]
    fn the_jitter_uses_the_whole_range() {
        let mut backoff = Backoff::new(1);
        let delays: Vec<_> = (0..1000).map(|_| backoff.delay(None)).skip(10).collect();
        assert!(delays.iter().any(|delay| *delay < Duration::from_secs(3)));
        assert!(delays.iter().any(|delay| *delay > Duration::from_secs(27)));
    }

    #[test]
    fn a_reset_starts_again_with_short_delays() {
        let mut backoff = Backoff::new(3);
        for _ in 0..10 {
            backoff.delay(None);
        }
        assert_eq!(backoff.attempt(), 10);
        backoff.reset();
        assert!(backoff.delay(None) <= Backoff::BASE);
    }
}
