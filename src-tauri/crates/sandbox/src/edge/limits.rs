//! What a request may measure, and how many an address may make.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use http::request::Parts;
use parking_lot::Mutex;

/// Longest URL CloudFront takes, in bytes.
const URL_BYTES: usize = 8_192;
/// Most bytes of request line and headers together.
const HEAD_BYTES: usize = 20_480;

/// Returns whether a request's URL or its head as a whole is too long (413).
pub(super) fn is_too_long(parts: &Parts, url: &str) -> bool {
    let headers: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let line = parts.method.as_str().len() + parts.uri.path_and_query().map_or(0, |path| path.as_str().len()) + 12;
    url.len() > URL_BYTES || line + headers > HEAD_BYTES
}

/// The firewall's rate rule: requests of one address within a sliding window. Blocked requests count too, so an address
/// that keeps hammering stays blocked. Held in memory.
pub(super) struct RateRule {
    limit: u32,
    window_seconds: i64,
    /// For each address, requests per second of the clock, oldest first.
    seen: Mutex<HashMap<IpAddr, VecDeque<(i64, u32)>>>,
}

impl RateRule {
    /// At most `limit` requests in `window_seconds`.
    pub(super) fn new(limit: u32, window_seconds: u32) -> Self {
        Self { limit, window_seconds: i64::from(window_seconds), seen: Mutex::default() }
    }

    /// Counts a request from `address` at `now` (seconds) and returns whether it is blocked.
    pub(super) fn blocks(&self, address: IpAddr, now: i64) -> bool {
        let mut seen = self.seen.lock();
        let seconds = seen.entry(address).or_default();
        // A clock that was moved back leaves counts of the future behind.
        seconds.retain(|(second, _)| *second > now - self.window_seconds && *second <= now);
        match seconds.back_mut() {
            Some((second, count)) if *second == now => *count = count.saturating_add(1),
            Some(_) | None => seconds.push_back((now, 1)),
        }
        let sum = seconds.iter().fold(0_u32, |sum, (_, count)| sum.saturating_add(*count));
        sum > self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rule_blocks_beyond_its_limit_until_the_window_has_passed() {
        let rule = RateRule::new(3, 10);
        let (one, other) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let blocked: Vec<bool> = [0, 1, 2, 3].into_iter().map(|now| rule.blocks(one, now)).collect();
        assert_eq!(blocked, [false, false, false, true]);
        assert!(!rule.blocks(other, 3));
        assert!(rule.blocks(one, 9), "blocked requests count");
        assert!(!rule.blocks(one, 30));
    }
}
