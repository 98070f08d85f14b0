//! The service's time, taken only from responses shown to be its own.
//!
//! Any server in between can put any `Date` on a response. The time therefore counts only once the reader of the
//! response has found in it something that only the service sends ([`Heard::believe`]). Which of these times is right
//! is decided elsewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_smithy_types::date_time::{DateTime, Format};
use http::HeaderMap;
use http::header::{AGE, DATE};
use parking_lot::Mutex;
use waybill_model::{Now, Role, Steady, Timestamp};

/// A time that a response of the service stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The order of arrival: later sightings have higher numbers.
    pub number: u64,
    /// The address that stated it.
    pub role: Role,
    /// The service's time, accurate to about a second: `Date` counts whole seconds.
    pub server: Timestamp,
    /// The same moment by this computer's clock.
    pub own: Timestamp,
    /// The same moment by the steady clock.
    pub steady: Steady,
}

impl Sighting {
    /// The service's time minus this computer's, in milliseconds.
    #[must_use]
    pub fn offset_ms(&self) -> i64 {
        self.server.0.saturating_sub(self.own.0)
    }
}

/// The latest time of each address.
#[derive(Debug, Default)]
pub(super) struct Times(Mutex<BTreeMap<Role, Sighting>>);

impl Times {
    pub(super) fn all(&self) -> Vec<Sighting> {
        let mut all: Vec<_> = self.0.lock().values().copied().collect();
        all.sort_unstable_by_key(|sighting| sighting.number);
        all
    }

    fn add(&self, sighting: Sighting) {
        let mut times = self.0.lock();
        let number = times.values().map(|known| known.number).max().unwrap_or(0) + 1;
        times.insert(sighting.role, Sighting { number, ..sighting });
    }
}

/// What a response says about the time, not yet believed.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    sighting: Sighting,
    times: Arc<Times>,
}

impl Heard {
    /// `middle` is the moment half-way between the last byte sent and the first received. Responses from a cache
    /// (`Age`) are ignored.
    pub(super) fn of(role: Role, headers: &HeaderMap, middle: Now, times: &Arc<Times>) -> Option<Self> {
        if headers.get(AGE).is_some_and(|age| age != "0") {
            return None;
        }
        let date = DateTime::from_str(headers.get(DATE)?.to_str().ok()?, Format::HttpDate).ok()?;
        let server = Timestamp(date.secs().saturating_mul(1_000).saturating_add(500));
        let sighting = Sighting { number: 0, role, server, own: middle.server, steady: middle.steady };
        Some(Self { sighting, times: Arc::clone(times) })
    }

    /// Returns the service's time according to the response.
    pub(crate) fn server(&self) -> Timestamp {
        self.sighting.server
    }

    pub(crate) fn offset_ms(&self) -> i64 {
        self.sighting.offset_ms()
    }

    /// Records that the response is the service's own.
    pub(crate) fn believe(&self) {
        self.times.add(self.sighting);
    }
}

/// Returns the service's time minus this computer's, in milliseconds, chosen conservatively: the median of three
/// addresses, the smaller difference of two.
pub(super) fn offset_ms(times: &[Sighting]) -> Option<i64> {
    let mut offsets: Vec<i64> = times.iter().map(Sighting::offset_ms).collect();
    match offsets.as_mut_slice() {
        [] => None,
        [one] => Some(*one),
        [one, other] => Some(if one.abs() <= other.abs() { *one } else { *other }),
        several => {
            several.sort_unstable();
            several.get(several.len() / 2).copied()
        }
    }
}
