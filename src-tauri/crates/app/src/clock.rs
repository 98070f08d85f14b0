//! Time, injected.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use waybill_cloud::Net;
use waybill_model::Timestamp;

/// This computer's clock.
pub trait Clock: Send + Sync {
    /// Now, by this computer. May be wrong, and may jump.
    fn wall(&self) -> Timestamp;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn wall(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Server time: this computer's clock, put right by the `Date` of the service's answers.
///
/// `Date` counts whole seconds and a request takes its time, so a difference within [`ServerClock::BLUR`] is none: the
/// correction stays as it is until it is certainly wrong, and times do not jump to and fro.
#[derive(Clone)]
pub(crate) struct ServerClock {
    wall: Arc<dyn Clock>,
    net: Net,
    correction_ms: Arc<AtomicI64>,
}

impl ServerClock {
    const BLUR: i64 = 2_000;

    pub(crate) fn new(wall: Arc<dyn Clock>, net: Net) -> Self {
        Self { wall, net, correction_ms: Arc::default() }
    }

    /// Now, by the service.
    pub(crate) fn now(&self) -> Timestamp {
        let held = self.correction_ms.load(Ordering::Relaxed);
        let correction = corrected(held, self.net.clock_offset_ms());
        self.correction_ms.store(correction, Ordering::Relaxed);
        Timestamp(self.wall.wall().0.saturating_add(correction))
    }

    /// Now, by this computer.
    pub(crate) fn wall(&self) -> Timestamp {
        self.wall.wall()
    }
}

fn corrected(held: i64, seen: Option<i64>) -> i64 {
    match seen {
        Some(seen) if (seen - held).abs() > ServerClock::BLUR => seen,
        Some(_) | None => held,
    }
}

/// Tells sleep from waking: while a computer sleeps its wall clock goes on and its monotonic clock does not.
pub(crate) struct SleepWatch {
    wall: Timestamp,
    steady: tokio::time::Instant,
}

impl SleepWatch {
    /// How often to look.
    pub(crate) const EVERY: Duration = Duration::from_secs(5);
    /// What counts as sleep.
    const SLEPT: Duration = Duration::from_secs(15);

    pub(crate) fn new(wall: Timestamp) -> Self {
        Self { wall, steady: tokio::time::Instant::now() }
    }

    /// Whether the computer has slept (or its clock was set forward) since the last look.
    pub(crate) fn has_slept(&mut self, wall: Timestamp) -> bool {
        let steady = tokio::time::Instant::now();
        let slept = wall.since(self.wall) > steady.duration_since(self.steady) + Self::SLEPT;
        *self = Self { wall, steady };
        slept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_blur_of_a_date_header_moves_no_time() {
        assert_eq!(corrected(0, None), 0);
        assert_eq!(corrected(0, Some(-900)), 0);
        assert_eq!(corrected(0, Some(10_800_400)), 10_800_400);
        assert_eq!(corrected(10_800_400, Some(10_799_600)), 10_800_400);
        assert_eq!(corrected(10_800_400, Some(300)), 300, "the clock was put right meanwhile");
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_only_the_wall_clock_saw_was_sleep() {
        let mut watch = SleepWatch::new(Timestamp(0));
        tokio::time::advance(SleepWatch::EVERY).await;
        assert!(!watch.has_slept(Timestamp(5_000)));
        tokio::time::advance(SleepWatch::EVERY).await;
        assert!(watch.has_slept(Timestamp(3_610_000)));
        tokio::time::advance(SleepWatch::EVERY).await;
        assert!(!watch.has_slept(Timestamp(0)), "a clock set back is no sleep");
    }
}
