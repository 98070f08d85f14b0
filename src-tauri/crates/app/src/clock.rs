//! Time, injected.

use std::sync::Arc;
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
#[derive(Clone)]
pub(crate) struct ServerClock {
    wall: Arc<dyn Clock>,
    net: Net,
}

impl ServerClock {
    pub(crate) fn new(wall: Arc<dyn Clock>, net: Net) -> Self {
        Self { wall, net }
    }

    /// Now, by the service.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.wall.wall().0.saturating_add(self.net.clock_offset_ms().unwrap_or(0)))
    }

    /// Now, by this computer.
    pub(crate) fn wall(&self) -> Timestamp {
        self.wall.wall()
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
