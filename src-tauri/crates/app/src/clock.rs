//! Time, injected.
//!
//! Server time is corrected here and nowhere else: the steady half of a [`Now`] can be relied on, and its server time
//! is as it is known at that moment.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use waybill_cloud::Net;
use waybill_model::{Now, Steady, Timestamp};

/// This computer's clocks.
pub trait Clock: Send + Sync {
    /// Returns the time by this computer. It may be wrong, and may jump.
    fn wall(&self) -> Timestamp;

    /// Returns the time by a clock that nobody can set. It also counts while the computer sleeps: what was due
    /// meanwhile is due afterwards.
    fn steady(&self) -> Steady;
}

/// The system's clocks.
///
/// `std::time::Instant` stops while a computer sleeps on Linux and macOS, and continues on Windows. This one continues
/// everywhere (`CLOCK_BOOTTIME`, `mach_continuous_time`, `QueryPerformanceCounter`).
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: boot_time::Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { start: boot_time::Instant::now() }
    }
}

impl Clock for SystemClock {
    fn wall(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn steady(&self) -> Steady {
        Steady::from_start(self.start.elapsed())
    }
}

/// Server time: what the `Date` of the service's responses said last, counted on by the steady clock. Until the first
/// response it is this computer's own time. Setting this computer's clock changes nothing afterwards.
#[derive(Clone)]
pub(crate) struct ServerClock {
    clock: Arc<dyn Clock>,
    net: Net,
    set: Arc<Mutex<Set>>,
}

/// How server time was set last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Set {
    /// A moment that is known on both clocks.
    at: Now,
    /// What the service's responses had said about this computer's clock then.
    offset_ms: Option<i64>,
}

impl ServerClock {
    /// `Date` counts whole seconds and a request takes time: a difference within this counts as none, so that time does
    /// not jump back and forth.
    const BLUR: Duration = Duration::from_secs(2);

    pub(crate) fn new(clock: Arc<dyn Clock>, net: Net) -> Self {
        let at = Now { server: clock.wall(), steady: clock.steady() };
        Self { clock, net, set: Arc::new(Mutex::new(Set { at, offset_ms: None })) }
    }

    /// Returns the time by the service and by the steady clock.
    pub(crate) fn now(&self) -> Now {
        let mut set = self.set.lock();
        let read = Now { server: self.clock.wall(), steady: self.clock.steady() };
        *set = set.followed(read, self.net.clock_offset_ms());
        Now { server: set.at.server_at(read.steady), steady: read.steady }
    }
}

impl Set {
    /// Returns server time after another look; `read` holds this computer's own time. Only a response of the service
    /// can correct what a response has said.
    fn followed(self, read: Now, offset_ms: Option<i64>) -> Self {
        if offset_ms.is_some() && offset_ms == self.offset_ms {
            return self;
        }
        let server = Timestamp(read.server.0.saturating_add(offset_ms.unwrap_or(0)));
        let expected = self.at.server_at(read.steady);
        let wrong = server.since(expected).max(expected.since(server)) > ServerClock::BLUR;
        let at = if wrong { Now { server, ..read } } else { self.at };
        Self { at, offset_ms }
    }
}

/// Reads the clocks now and then. While a computer sleeps its steady clock continues, and the runtime's timers stop; or
/// they continue as well (Windows), and then the reading itself comes late.
pub(crate) struct SleepWatch {
    steady: Steady,
    timers: tokio::time::Instant,
}

impl SleepWatch {
    /// How often to look.
    pub(crate) const EVERY: Duration = Duration::from_secs(5);
    /// By how much the timers are behind after a sleep.
    const SLEPT: Duration = Duration::from_secs(15);
    /// By how much a look comes late after a sleep.
    const LATE: Duration = Duration::from_secs(20);

    pub(crate) fn new(clock: &ServerClock) -> Self {
        Self { steady: clock.clock.steady(), timers: tokio::time::Instant::now() }
    }

    /// Returns whether the computer has slept since the last reading.
    pub(crate) fn has_slept(&mut self, clock: &ServerClock) -> bool {
        let now = Self::new(clock);
        let (passed, counted) = (now.steady.since(self.steady), now.timers.duration_since(self.timers));
        *self = now;
        is_sleep(passed, counted)
    }
}

/// What the clocks say of the time between two looks: what has passed, and what the timers have counted of it.
fn is_sleep(passed: Duration, counted: Duration) -> bool {
    passed > counted + SleepWatch::SLEPT || counted > SleepWatch::EVERY + SleepWatch::LATE
}

/// Waits until then; for ever if there is no such time.
pub(crate) async fn sleep_until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const START: Set =
        Set { at: Now { server: Timestamp(1_700_000_000_000), steady: Steady::from_second(1_000) }, offset_ms: None };

    /// A look after so long; this computer's clock was set meanwhile by so much.
    fn after(set: Set, time: Duration, wall_set_by_ms: i64) -> Now {
        let now = set.at + time;
        Now { server: Timestamp(now.server.0 + wall_set_by_ms), ..now }
    }

    #[test]
    fn the_rounding_of_a_date_header_does_not_move_the_clock() {
        let later = after(START, HOUR, 0);
        assert_eq!(START.followed(later, None), START);
        assert_eq!(START.followed(later, Some(-900)).at, START.at);
        let corrected = START.followed(later, Some(10_800_400));
        assert_eq!(corrected.at, Now { server: Timestamp(later.server.0 + 10_800_400), ..later });
        assert_eq!(corrected.followed(later, Some(10_799_600)).at, corrected.at);
    }

    #[test]
    fn once_the_service_has_answered_setting_the_computers_clock_changes_nothing() {
        let answered = START.followed(START.at, Some(300));
        for set_by in [-3 * 3_600_000, 3 * 3_600_000] {
            let look = after(answered, HOUR, set_by);
            assert_eq!(answered.followed(look, Some(300)), answered, "no answer since");
            assert_eq!(
                answered.followed(look, Some(250 - set_by)).at,
                answered.at,
                "an answer says the same as before"
            );
        }
    }

    #[test]
    fn before_the_first_reply_the_computers_clock_is_followed() {
        let look = after(START, HOUR, 7_200_000);
        assert_eq!(START.followed(look, None).at, look);
    }

    #[test]
    fn time_not_counted_by_timers_was_sleep() {
        assert!(!is_sleep(SleepWatch::EVERY, SleepWatch::EVERY));
        assert!(is_sleep(HOUR, SleepWatch::EVERY));
        assert!(!is_sleep(Duration::from_secs(19), SleepWatch::EVERY), "a busy computer");
    }

    #[test]
    fn a_late_check_counts_as_sleep_too() {
        assert!(is_sleep(HOUR, HOUR));
        assert!(is_sleep(Duration::from_secs(26), Duration::from_secs(26)));
        assert!(!is_sleep(Duration::from_secs(24), Duration::from_secs(24)), "a busy computer");
    }

    #[test]
    fn the_systems_steady_clock_goes_forward() {
        let clock = SystemClock::default();
        let earlier = clock.steady();
        assert!(clock.steady() >= earlier);
    }
}
