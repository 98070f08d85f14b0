//! The limit on how fast bytes of files are sent: a token bucket that all transfers share.
//!
//! Can be set while transfers run; a new limit applies at once to what is waiting. Nothing of it is stored.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;
use waybill_cloud::{Pace, Wait};

/// Cheap to clone; all clones share one bucket.
#[derive(Clone, Default)]
pub(crate) struct Throttle {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    bucket: Mutex<Option<Bucket>>,
    /// The limit has changed.
    changed: Notify,
}

/// Holds at most a tenth of a second's bytes. A piece larger than what is there is let through as soon as anything is,
/// and the next ones wait until it is paid for: so no piece is too large for any limit.
struct Bucket {
    bytes_per_second: u64,
    /// In billionths of a byte, so that nothing is lost by rounding; negative while pieces are not paid for.
    level: i128,
    filled: Instant,
}

const NANO: i128 = 1_000_000_000;

impl Throttle {
    /// The slowest limit in bytes per second. Below it a request's pieces come so rarely that servers give up on it.
    pub(crate) const LEAST: u64 = 25_000;

    /// Sets the limit in bytes per second, at least [`Throttle::LEAST`]; `None` for none.
    pub(crate) fn set(&self, bytes_per_second: Option<u64>) {
        let bucket = bytes_per_second.map(|limit| Bucket {
            bytes_per_second: limit.max(Self::LEAST),
            level: 0,
            filled: Instant::now(),
        });
        *self.lock() = bucket;
        self.shared.changed.notify_waiters();
    }

    /// Returns the limit in the form that request bodies use.
    pub(crate) fn pace(&self) -> Pace {
        let throttle = self.clone();
        Arc::new(move |bytes| match throttle.take(bytes) {
            None => None,
            Some(_) => {
                let throttle = throttle.clone();
                let wait: Wait = Box::pin(async move { throttle.wait(bytes).await });
                Some(wait)
            }
        })
    }

    /// Takes this many bytes, or returns how long to wait before asking again.
    fn take(&self, bytes: u64) -> Option<Duration> {
        self.lock().as_mut().and_then(|bucket| bucket.take(bytes, Instant::now()))
    }

    async fn wait(&self, bytes: u64) {
        loop {
            // Subscribed before looking: a change between the two is not missed.
            let mut changed = std::pin::pin!(self.shared.changed.notified());
            changed.as_mut().enable();
            let Some(wait) = self.take(bytes) else { return };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = changed => {}
            }
        }
    }

    fn lock(&self) -> parking_lot::MutexGuard<'_, Option<Bucket>> {
        self.shared.bucket.lock()
    }
}

impl Bucket {
    fn take(&mut self, bytes: u64, now: Instant) -> Option<Duration> {
        let rate = i128::from(self.bytes_per_second);
        let gained = i128::try_from(now.duration_since(self.filled).as_nanos()).unwrap_or(i128::MAX);
        self.level = self.level.saturating_add(gained.saturating_mul(rate)).min(rate * NANO / 10);
        self.filled = now;
        if self.level >= 0 {
            self.level -= i128::from(bytes) * NANO;
            return None;
        }
        let nanos = (-self.level).div_euclid(rate) + 1;
        Some(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECE: u64 = 16 << 10;

    async fn send(throttle: &Throttle, pieces: u64) -> Duration {
        let began = Instant::now();
        let pace = throttle.pace();
        for _ in 0..pieces {
            if let Some(wait) = pace(PIECE) {
                wait.await;
            }
        }
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_nothing_waits() {
        assert_eq!(send(&Throttle::default(), 1_000).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_go_out_at_the_limit() {
        let throttle = Throttle::default();
        throttle.set(Some(10 * PIECE));
        let took = send(&throttle, 101).await.as_millis();
        assert!((9_900..=10_050).contains(&took), "101 pieces at 10 a second took {took} ms");
    }

    #[tokio::test(start_paused = true)]
    async fn several_requests_share_one_limit() {
        let throttle = Throttle::default();
        throttle.set(Some(10 * PIECE));
        let began = Instant::now();
        let all = (0..8).map(|_| {
            let throttle = throttle.clone();
            tokio::spawn(async move { send(&throttle, 10).await })
        });
        for one in all.collect::<Vec<_>>() {
            one.await.unwrap();
        }
        let took = began.elapsed().as_millis();
        assert!((7_800..=8_050).contains(&took), "80 pieces at 10 a second took {took} ms");
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_limit_applies_at_once_to_waiting_requests() {
        let throttle = Throttle::default();
        throttle.set(Some(Throttle::LEAST));
        let sending = tokio::spawn({
            let throttle = throttle.clone();
            async move { send(&throttle, 100).await }
        });
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(!sending.is_finished());
        throttle.set(None);
        let took = sending.await.unwrap();
        assert_eq!(took.as_secs(), 5, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn idle_time_is_not_saved_up() {
        let throttle = Throttle::default();
        throttle.set(Some(10 * PIECE));
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        let took = send(&throttle, 101).await.as_millis();
        assert!(took >= 9_800, "an hour's rest gave {took} ms for 10 s of bytes");
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_below_the_minimum_counts_as_the_minimum() {
        let throttle = Throttle::default();
        throttle.set(Some(1));
        let took = send(&throttle, 11).await.as_secs();
        assert_eq!(took, 10 * PIECE / Throttle::LEAST);
    }
}
