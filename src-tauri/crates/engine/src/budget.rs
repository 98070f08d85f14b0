//! How many requests may go out: our share of the firewall's count for one address (facts B10).
//!
//! Owner: the transfer's machine. It is not journaled, so after a restart the window is empty: a program that is
//! restarted again and again could exceed its share by one window each time. The service's own limit is far above the
//! share.

use std::collections::VecDeque;
use std::time::Duration;

use waybill_model::Steady;
use waybill_model::service::RequestBudget;

/// A sliding window over the requests of the last seconds. A burst may use half the share at once, which is all that
/// most transfers need. The rest goes out evenly until the burst leaves the window, so that a long transfer keeps a
/// steady pace instead of standing still for minutes after each burst.
///
/// Invariant: no period as long as the window sees more than [`RequestBudget::own`] requests. Memory is bounded by the
/// window's seconds, not by the number of requests.
#[derive(Clone, Debug)]
pub struct Budget {
    own: u32,
    window_seconds: i64,
    /// Requests of each second that had any, oldest first.
    seconds: VecDeque<Second>,
    taken: u32,
}

#[derive(Clone, Copy, Debug)]
struct Second {
    number: i64,
    requests: u32,
}

impl Budget {
    /// Returns an empty window.
    #[must_use]
    pub fn new(budget: RequestBudget) -> Self {
        let window_seconds = i64::from(budget.window_seconds.max(1));
        Self { own: budget.own(), window_seconds, seconds: VecDeque::new(), taken: 0 }
    }

    /// Takes one request from the budget.
    ///
    /// # Errors
    /// It is not this request's turn yet. The time says when to ask again, at the latest when the oldest requests leave
    /// the window.
    pub fn take(&mut self, now: Steady) -> Result<(), Steady> {
        let second = now.second();
        self.follow(second);
        let turn = self.turn(second);
        if turn > second {
            return Err(Steady::from_second(turn));
        }
        self.taken += 1;
        match self.seconds.back_mut() {
            Some(last) if last.number == second => last.requests += 1,
            Some(_) | None => self.seconds.push_back(Second { number: second, requests: 1 }),
        }
        Ok(())
    }

    /// Returns how many requests were in the window at the last call of [`take`](Self::take).
    #[must_use]
    pub fn taken(&self) -> u32 {
        self.taken
    }

    /// Returns how long a request stays in the window at most.
    #[must_use]
    pub fn window(&self) -> Duration {
        Duration::from_secs(u64::try_from(self.window_seconds + 1).unwrap_or(u64::MAX))
    }

    /// Returns the second in which to ask for the next request: `second` itself if it may go out now.
    fn turn(&self, second: i64) -> i64 {
        let (Some(oldest), Some(last)) = (self.seconds.front(), self.seconds.back()) else { return second };
        if self.taken < self.own.div_ceil(2) {
            return second;
        }
        let leaves = oldest.number.saturating_add(self.window_seconds + 1);
        let left = i64::from(self.own.saturating_sub(self.taken));
        if left == 0 {
            return leaves;
        }
        let time = leaves.saturating_sub(second).max(1);
        let taken_now = if last.number == second { i64::from(last.requests) } else { 0 };
        if left >= time {
            return if taken_now < left / time { second } else { second + 1 };
        }
        // There is one gap more than requests, so that the last one goes out before the window moves.
        last.number.saturating_add((time + left) / (left + 1)).clamp(second, leaves)
    }

    /// Drops what has left the window. A second counts until its last millisecond is a whole window ago.
    fn follow(&mut self, second: i64) {
        while let Some(oldest) = self.seconds.front().copied() {
            if oldest.number.saturating_add(self.window_seconds) >= second {
                break;
            }
            self.taken = self.taken.saturating_sub(oldest.requests);
            self.seconds.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Steady = Steady::from_second(1_000_000);

    fn budget(limit: u32, window_seconds: u32, share_percent: u8) -> Budget {
        Budget::new(RequestBudget { limit, window_seconds, share_percent })
    }

    proptest! {
        #[test]
        fn no_window_holds_more_requests_than_the_share(
            own in 1_u32..40,
            window in 1_u32..20,
            gaps in proptest::collection::vec(0_u64..2500, 1..400),
        ) {
            let mut budget = budget(own, window, 100);
            let mut now = START + Duration::from_millis(123);
            let mut let_through: Vec<Steady> = Vec::new();
            for gap in gaps {
                now = now + Duration::from_millis(gap);
                if budget.take(now).is_ok() {
                    let_through.push(now);
                }
                prop_assert!(budget.seconds.len() <= usize::try_from(window).unwrap() + 1);
            }
            for (index, start) in let_through.iter().enumerate() {
                let end = *start + Duration::from_secs(u64::from(window));
                let inside = let_through[index..].iter().take_while(|at| **at < end).count();
                prop_assert!(inside <= usize::try_from(own).unwrap(), "{inside} in one window");
            }
        }

        #[test]
        fn waiting_as_told_takes_no_longer_than_a_window(own in 1_u32..20, window in 1_u32..20, start in 0_u64..5000) {
            let mut budget = budget(own, window, 100);
            let mut now = START + Duration::from_millis(start);
            for _ in 0..3 * own {
                let asked = now;
                while let Err(again) = budget.take(now) {
                    prop_assert!(again > now);
                    now = again;
                }
                prop_assert!(now.since(asked) <= budget.window(), "{:?}", now.since(asked));
            }
        }
    }

    #[test]
    fn a_burst_may_use_half_the_share() {
        let mut budget = budget(10_000, 300, 50);
        let let_through = (0..10_000).filter(|_| budget.take(START).is_ok()).count();
        assert_eq!(let_through, 2500);
        assert_eq!(budget.seconds.len(), 1);
    }

    #[test]
    fn steady_sending_uses_the_share_and_never_waits_over_two_seconds() {
        let mut budget = budget(10_000, 300, 50);
        let end = START + Duration::from_secs(3010);
        let (mut now, mut let_through, mut longest) = (START, 0_u32, Duration::ZERO);
        // Small files go out at a hundred a second.
        while now < end {
            match budget.take(now) {
                Ok(()) => {
                    let_through += 1;
                    now = now + Duration::from_millis(10);
                }
                Err(again) => {
                    longest = longest.max(again.since(now));
                    now = again;
                }
            }
        }
        assert!(longest <= Duration::from_secs(2), "it stood still for {longest:?}");
        assert!(let_through > 9 * 5000, "{let_through} in ten windows");
    }
}
