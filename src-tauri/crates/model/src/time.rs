//! Points in time, always supplied by the caller.
//!
//! There are two clocks and two types. What the server decides (when tokens, passes and uploads expire), what is
//! journaled and what people see is a [`Timestamp`]. How long to wait, and how long something has taken, is counted in
//! [`Steady`], which cannot be set.

use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z, in server time where it matters (the clock that supplies it corrects for
/// the difference seen in `Date` headers).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Converts whole seconds since the epoch, as in JWT `exp` and CloudFront's `AWS:EpochTime`.
    #[must_use]
    pub fn from_epoch_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Returns the time since `earlier`, or zero if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis(span)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(millis(span)))
    }
}

/// Milliseconds on a clock that only moves forward at a constant rate, even while the computer sleeps. Its starting
/// point is arbitrary, so a value is meaningful only in the process that read it and is never journaled, serialised or
/// shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Steady(i64);

impl Steady {
    /// The earliest possible time: anything that starts then is due.
    pub const PAST: Self = Self(i64::MIN);

    /// Creates a time from the duration since the clock's arbitrary starting point.
    #[must_use]
    pub fn from_start(time: Duration) -> Self {
        Self(millis(time))
    }

    /// Returns the time since `earlier`, or zero if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Timestamp(self.0).since(Timestamp(earlier.0))
    }

    /// Returns the whole seconds since the clock started.
    #[must_use]
    pub fn second(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Creates the time at which the given second starts.
    #[must_use]
    pub const fn from_second(number: i64) -> Self {
        Self(number.saturating_mul(1000))
    }
}

impl Add<Duration> for Steady {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(millis(span)))
    }
}

/// One moment on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The server's clock, as far as it is known. It may jump either way as more becomes known.
    pub server: Timestamp,
    /// The steady clock.
    pub steady: Steady,
}

impl Now {
    /// Converts a steady time to the server's clock, for people; later corrections apply to it too.
    #[must_use]
    pub fn server_at(self, steady: Steady) -> Timestamp {
        Timestamp(self.server.0.saturating_add(steady.0.saturating_sub(self.steady.0)))
    }

    /// Returns when, by the steady clock, the server's clock will reach a time, unless it is corrected in the meantime.
    #[must_use]
    pub fn steady_at(self, server: Timestamp) -> Steady {
        Steady(self.steady.0.saturating_add(server.0.saturating_sub(self.server.0)))
    }
}

impl Add<Duration> for Now {
    type Output = Self;

    /// Returns this moment moved forward on both clocks.
    fn add(self, span: Duration) -> Self {
        Self { server: self.server + span, steady: self.steady + span }
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Now = Now { server: Timestamp(1_700_000_000_000), steady: Steady(5_000) };

    #[test]
    fn a_steady_time_is_shown_by_the_current_server_clock() {
        let since = NOW.steady;
        let later = NOW + Duration::from_secs(60);
        assert_eq!(later.server_at(since), NOW.server);
        let corrected = Now { server: later.server - Duration::from_secs(3600), ..later };
        assert_eq!(corrected.server_at(since), NOW.server - Duration::from_secs(3600));
    }

    #[test]
    fn the_two_clocks_convert_into_each_other() {
        let expires = NOW.server + Duration::from_secs(300);
        assert_eq!(NOW.steady_at(expires).since(NOW.steady), Duration::from_secs(300));
        assert_eq!(NOW.server_at(NOW.steady_at(expires)), expires);
    }
}
