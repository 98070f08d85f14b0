//! Time, injected.
//!
//! Server time is corrected here and nowhere else: the steady half of a [`Now`] can be relied on, and its server time
//! is as it is known at that moment.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use waybill_cloud::{Net, Sighting};
use waybill_model::{Now, Role, Steady, Timestamp};

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

/// Server time: what the service's own answers said, counted on by the steady clock. Until one of them has said it, it is
/// this computer's own time; setting this computer's clock changes nothing afterwards.
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
    /// An answer of the service has confirmed it.
    confirmed: bool,
    /// A time far from this one that one address gave. It counts once another address confirms it.
    doubt: Option<(Role, Now)>,
    /// The last sighting that was looked at.
    seen: u64,
}

impl ServerClock {
    /// `Date` counts whole seconds and a request takes time: a difference within this counts as none, so that time does
    /// not jump back and forth.
    const BLUR: Duration = Duration::from_secs(2);
    /// A difference over this is far: one address alone cannot claim it.
    const NEAR: Duration = Duration::from_secs(120);

    pub(crate) fn new(clock: Arc<dyn Clock>, net: Net) -> Self {
        let at = Now { server: clock.wall(), steady: clock.steady() };
        Self { clock, net, set: Arc::new(Mutex::new(Set { at, confirmed: false, doubt: None, seen: 0 })) }
    }

    /// Returns the time by the service and by the steady clock.
    pub(crate) fn now(&self) -> Now {
        let mut set = self.set.lock();
        let read = Now { server: self.clock.wall(), steady: self.clock.steady() };
        *set = set.followed(read, &self.net.times());
        Now { server: set.at.server_at(read.steady), steady: read.steady }
    }

    /// Returns the service's time minus this computer's, in milliseconds; `None` if no answer has confirmed the time yet.
    pub(crate) fn offset_ms(&self) -> Option<i64> {
        let now = self.now();
        self.set.lock().confirmed.then(|| now.server.0.saturating_sub(self.clock.wall().0))
    }
}

impl Set {
    /// Returns server time after another look. `read`: this computer's own time. `times`: what answers of the service have
    /// said, in order.
    fn followed(mut self, read: Now, times: &[Sighting]) -> Self {
        let seen = self.seen;
        for sighting in times.iter().filter(|sighting| sighting.number > seen) {
            self = self.heard(*sighting);
        }
        self.seen = times.iter().map(|sighting| sighting.number).fold(seen, u64::max);
        if !self.confirmed {
            self.at = self.near(read);
        }
        self
    }

    fn heard(self, sighting: Sighting) -> Self {
        let at = Now { server: sighting.server, steady: sighting.steady };
        let before = if self.confirmed { self } else { Self { at: Now { server: sighting.own, ..at }, ..self } };
        if before.difference(at) <= ServerClock::NEAR {
            return Self { at: before.near(at), confirmed: true, doubt: None, ..self };
        }
        match self.doubt {
            Some((role, claimed)) if role != sighting.role && difference(claimed, at) <= ServerClock::NEAR => {
                Self { at, confirmed: true, doubt: None, ..self }
            }
            Some(_) | None => Self { doubt: Some((sighting.role, at)), ..self },
        }
    }

    /// Returns the moment that is known on both clocks after another one was seen.
    fn near(self, seen: Now) -> Now {
        if self.difference(seen) > ServerClock::BLUR { seen } else { self.at }
    }

    fn difference(self, seen: Now) -> Duration {
        difference(self.at, seen)
    }
}

/// By how much two moments disagree about the service's time.
fn difference(one: Now, other: Now) -> Duration {
    let expected = one.server_at(other.steady);
    other.server.since(expected).max(expected.since(other.server))
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
    const DAY_MS: i64 = 24 * 3_600_000;
    const START: Set = Set {
        at: Now { server: Timestamp(1_700_000_000_000), steady: Steady::from_second(1_000) },
        confirmed: false,
        doubt: None,
        seen: 0,
    };

    /// A look after so long; this computer's clock was set meanwhile by so much.
    fn after(set: Set, time: Duration, wall_set_by_ms: i64) -> Now {
        let now = set.at + time;
        Now { server: Timestamp(now.server.0 + wall_set_by_ms), ..now }
    }

    /// What an address says at a look: its time is that of the look and so much more.
    fn says(number: u64, role: Role, look: Now, offset_ms: i64) -> Sighting {
        let server = Timestamp(look.server.0 + offset_ms);
        Sighting { number, role, server, own: look.server, steady: look.steady }
    }

    #[test]
    fn the_rounding_of_a_date_header_does_not_move_the_clock() {
        let look = after(START, HOUR, 0);
        let set = START.followed(look, &[says(1, Role::Api, look, -900)]);
        assert_eq!((set.at.server_at(look.steady), set.confirmed), (look.server, true));
        let set = set.followed(look, &[says(2, Role::Api, look, 30_400)]);
        assert_eq!(set.at, Now { server: Timestamp(look.server.0 + 30_400), ..look });
        assert_eq!(set.followed(look, &[says(3, Role::Api, look, 29_600)]).at, set.at);
    }

    #[test]
    fn a_time_far_off_counts_once_another_address_confirms_it() {
        let look = after(START, HOUR, 0);
        let claim = says(1, Role::SignIn, look, 3 * 3_600_000);
        let doubted = START.followed(look, &[claim]);
        assert_eq!((doubted.at.server_at(look.steady), doubted.confirmed), (look.server, false));
        let again = doubted.followed(look, &[says(2, Role::SignIn, look, 3 * 3_600_000)]);
        assert_eq!(again.at.server_at(look.steady), look.server, "the same address again is no confirmation");
        let elsewhere = again.followed(look, &[says(3, Role::Api, look, -DAY_MS)]);
        assert!(!elsewhere.confirmed, "another time is none either");
        let confirmed = again.followed(look, &[says(3, Role::Api, look, 3 * 3_600_000 + 900)]);
        assert_eq!(confirmed.at.server, Timestamp(look.server.0 + 3 * 3_600_000 + 900));
    }

    #[test]
    fn one_wrong_date_among_good_ones_changes_nothing() {
        let look = after(START, HOUR, 0);
        let mut set = START.followed(look, &[says(1, Role::Api, look, 0)]);
        for (number, role, offset) in
            [(2, Role::Upload, 8 * DAY_MS), (3, Role::Upload, 0), (4, Role::Upload, -8 * DAY_MS), (5, Role::Api, 300)]
        {
            set = set.followed(look, &[says(number, role, look, offset)]);
            assert_eq!(set.at.server_at(look.steady), look.server);
        }
        assert_eq!(set.doubt, None);
    }

    #[test]
    fn once_the_service_has_answered_setting_the_computers_clock_changes_nothing() {
        let answered = START.followed(START.at, &[says(1, Role::Api, START.at, 300)]);
        for set_by in [-3 * 3_600_000, 3 * 3_600_000] {
            let look = after(answered, HOUR, set_by);
            assert_eq!(answered.followed(look, &[says(1, Role::Api, START.at, 300)]), answered, "no answer since");
            let same = answered.followed(look, &[says(2, Role::Upload, look, 250 - set_by)]);
            assert_eq!(same.at, answered.at, "an answer says the same as before");
        }
    }

    #[test]
    fn before_the_first_reply_the_computers_clock_is_followed() {
        let look = after(START, HOUR, 7_200_000);
        assert_eq!(START.followed(look, &[]).at, look);
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
