//! How fast the line is, once requests on it have come too late.
//!
//! A gateway that scans what passes may take in whole requests and forward them slowly: to the sender every byte has gone,
//! and no reply comes. Several large requests then share a line that is too slow for all of them within their time limit,
//! and nothing is ever acknowledged. So a request that came too late makes the line *slow*: fewer bytes are under way at a
//! time, then requests get more time, and files that are not divided yet get smaller parts. All three follow from one
//! number, the bytes a second that the line is believed to carry, which every acknowledgement measures again.
//!
//! Owner: the transfer's machine. The number is kept for a day beside the journal, so that the next start does not have to
//! learn it again; if it is lost, it is learned again.

use std::time::Duration;

use waybill_model::{PartRules, Steady};

/// The time that a request has for its reply after its last byte, as the network client sets it.
pub const USUAL: Duration = Duration::from_secs(120);
/// Bytes a second below which the line is not believed to be: with the time limits that follow, a transfer ends at 20,000.
pub const SLOWEST: u64 = 16_000;
/// Bytes a second from which on nothing has to be held back.
const FAST: u64 = 4_000_000;
/// What the first request that comes too late shows: with 8 parts of 8 MiB in progress, less than this in bytes a
/// second.
const FIRST: u64 = 640_000;
/// Fewer acknowledged bytes show how quick the service answers, not how fast the line is.
const MEASURABLE: u64 = 1 << 20;
/// A request that failed sooner than this did not fail because the line is slow.
pub const LATE: Duration = Duration::from_secs(30);

/// What is believed of the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Bytes a second; `None` if nothing says that it is slow.
    rate: Option<u64>,
    /// Bytes acknowledged so far.
    acknowledged: u64,
    /// Requests before this one were sent before the last time that the line turned out to be slower.
    since: u64,
}

/// A request that carries bytes, as the line needs to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Its number: later requests have higher ones.
    pub number: u64,
    /// The bytes that it carries.
    pub bytes: u64,
    /// When it was sent.
    sent: Steady,
    /// What had been acknowledged by then.
    acknowledged: u64,
}

impl Line {
    /// Returns a line of which this was learned earlier, in bytes a second.
    #[must_use]
    pub fn new(learned: Option<u64>) -> Self {
        Self { rate: learned.filter(|rate| *rate < FAST).map(|rate| rate.max(SLOWEST)), ..Self::default() }
    }

    /// Returns what is to be kept for the day: bytes a second, or `None` if the line is not slow.
    #[must_use]
    pub fn learned(&self) -> Option<u64> {
        self.rate
    }

    /// Whether a request with this many bytes may go out while so many are under way. One always may.
    #[must_use]
    pub fn has_room(&self, bytes: u64, under_way: u64) -> bool {
        let window = |rate| under_way.saturating_add(bytes) <= window(rate);
        bytes == 0 || under_way == 0 || self.rate.is_none_or(window)
    }

    /// Returns how much more time than usual a request with this many bytes gets: twice what it takes with everything
    /// that may be under way beside it.
    #[must_use]
    pub fn more_time(&self, bytes: u64) -> Duration {
        match self.rate {
            Some(rate) if bytes > 0 => time_for(window(rate).max(bytes), rate) * 2,
            Some(_) | None => Duration::ZERO,
        }
    }

    /// Notes a request that goes out.
    #[must_use]
    pub fn send(&self, number: u64, bytes: u64, now: Steady) -> Load {
        Load { number, bytes, sent: now, acknowledged: self.acknowledged }
    }

    /// Measures the line by a request that was acknowledged: what has been acknowledged while it was under way.
    pub fn acknowledged(&mut self, load: Load, now: Steady) {
        self.acknowledged = self.acknowledged.saturating_add(load.bytes);
        let Some(believed) = self.rate else { return };
        let bytes = self.acknowledged.saturating_sub(load.acknowledged);
        if bytes < MEASURABLE {
            return;
        }
        let millis = u64::try_from(now.since(load.sent).as_millis()).unwrap_or(u64::MAX).max(1);
        let measured = bytes.saturating_mul(1_000) / millis;
        // What is under way beside it does not count yet, so a lower number is half believed.
        let rate = if measured > believed { measured } else { (believed + measured) / 2 };
        self.rate = Some(rate.max(SLOWEST)).filter(|rate| *rate < FAST);
    }

    /// Takes a request that came too late although the address answers, while so many bytes were under way, its own
    /// included. Returns whether sending more slowly may help.
    pub fn came_late(&mut self, load: Load, under_way: u64, next_number: u64, now: Steady) -> bool {
        let waited = now.since(load.sent);
        if load.bytes == 0 || waited < LATE {
            return false;
        }
        if load.number < self.since {
            return true;
        }
        if self.rate.is_some_and(|rate| rate <= SLOWEST) {
            return false;
        }
        let before = self.rate.unwrap_or(FIRST);
        let at_most = under_way.saturating_mul(1_000) / u64::try_from(waited.as_millis()).unwrap_or(u64::MAX).max(1);
        // One request may be late for another reason, and then the way back should not be long.
        let rate = (at_most / 16 * 9).clamp(before / 4, before / 2);
        self.rate = Some(rate.max(SLOWEST));
        self.since = next_number;
        true
    }
}

/// Returns how a file is divided on a line of which this was learned: into the smallest parts if the usual ones take most
/// of their time limit.
#[must_use]
pub fn divided(rules: PartRules, learned: Option<u64>) -> PartRules {
    match learned {
        Some(rate) if rules.part_size > PartRules::MIN_PART && window(rate) < rules.part_size => {
            let single_put_below = rules.single_put_below.min(PartRules::MIN_PART + 1);
            PartRules { part_size: PartRules::MIN_PART, single_put_below }
        }
        Some(_) | None => rules,
    }
}

/// Returns how many bytes may be under way: half of what the line carries in the usual time.
fn window(rate: u64) -> u64 {
    rate.saturating_mul(USUAL.as_secs()) / 2
}

fn time_for(bytes: u64, rate: u64) -> Duration {
    Duration::from_millis(bytes.saturating_mul(1_000) / rate.max(1))
}

#[cfg(test)]
mod tests;
