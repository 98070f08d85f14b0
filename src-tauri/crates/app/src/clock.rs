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

/// What happened to time between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Jump {
    /// The computer slept, or its clock was set forward.
    Slept,
    /// The clock was put back, by a person, by the network, or by the service's `Date`.
    SetBack,
}

/// Looks at the clocks now and then. While a computer sleeps its wall clock goes on. Its steady clock stops, and then
/// lags behind; or it goes on (Windows), and then the look itself comes late.
pub(crate) struct SleepWatch {
    wall: Timestamp,
    server: Timestamp,
    steady: tokio::time::Instant,
}

impl SleepWatch {
    /// How often to look.
    pub(crate) const EVERY: Duration = Duration::from_secs(5);
    /// By how much the wall clock is ahead after a sleep.
    const SLEPT: Duration = Duration::from_secs(15);
    /// By how much a look comes late after a sleep.
    const LATE: Duration = Duration::from_secs(20);
    /// By how much the server's time is behind after a step.
    const BEHIND: Duration = Duration::from_secs(2);

    pub(crate) fn new(clock: &ServerClock) -> Self {
        Self { wall: clock.wall(), server: clock.now(), steady: tokio::time::Instant::now() }
    }

    /// What happened since the last look.
    pub(crate) fn look(&mut self, clock: &ServerClock) -> Option<Jump> {
        let now = Self::new(clock);
        let steady = now.steady.duration_since(self.steady);
        let jump = judge(steady, (self.wall, now.wall), (self.server, now.server));
        *self = now;
        jump
    }
}

/// What the clocks say of the time between two looks; of each but the steady one, before and after.
fn judge(steady: Duration, wall: (Timestamp, Timestamp), server: (Timestamp, Timestamp)) -> Option<Jump> {
    if steady > SleepWatch::EVERY + SleepWatch::LATE || wall.1.since(wall.0) > steady + SleepWatch::SLEPT {
        return Some(Jump::Slept);
    }
    (server.1 + SleepWatch::BEHIND < server.0 + steady).then_some(Jump::SetBack)
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

    const LOOK: Duration = SleepWatch::EVERY;

    /// Five seconds by the steady clock; so many by the wall's and the server's.
    fn after_a_look(wall: i64, server: i64) -> Option<Jump> {
        let span = |seconds| (Timestamp(100_000_000), Timestamp(100_000_000 + seconds * 1000));
        judge(LOOK, span(wall), span(server))
    }

    #[test]
    fn time_that_only_the_wall_clock_saw_was_sleep() {
        assert_eq!(after_a_look(5, 5), None);
        assert_eq!(after_a_look(3_605, 3_605), Some(Jump::Slept));
        assert_eq!(after_a_look(19, 19), None, "a busy computer");
    }

    #[test]
    fn a_look_that_comes_late_by_the_steady_clock_was_slept_through_too() {
        let by_all = |seconds: u64| {
            let steady = Duration::from_secs(seconds);
            let span = (Timestamp(0), Timestamp(0) + steady);
            judge(steady, span, span)
        };
        assert_eq!(by_all(3600), Some(Jump::Slept));
        assert_eq!(by_all(26), Some(Jump::Slept));
        assert_eq!(by_all(24), None, "a busy computer");
    }

    #[test]
    fn a_clock_that_is_put_back_is_noticed_whoever_did_it() {
        assert_eq!(after_a_look(-3_595, -3_595), Some(Jump::SetBack), "the wall clock");
        assert_eq!(after_a_look(5, -3_595), Some(Jump::SetBack), "the service's `Date`");
        assert_eq!(after_a_look(0, 0), Some(Jump::SetBack), "by five seconds");
        assert_eq!(after_a_look(4, 4), None, "within the blur");
        assert_eq!(after_a_look(-3_595, 5), None, "the service's time is what counts");
        assert_eq!(after_a_look(5, 3_605), None, "put right forward: nothing waits for that");
    }
}
