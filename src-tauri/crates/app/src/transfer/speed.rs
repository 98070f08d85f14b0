//! How fast bytes are sent, for display only: progress counts acknowledgements, this counts what was handed over.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// The bytes of the last seconds.
#[derive(Default)]
pub(crate) struct Speed {
    seconds: Mutex<VecDeque<(Instant, u64)>>,
}

impl Speed {
    const SPAN: Duration = Duration::from_secs(10);
    const BUCKET: Duration = Duration::from_millis(500);

    pub(crate) fn add(&self, bytes: u64) {
        let now = Instant::now();
        let mut seconds = self.seconds.lock();
        match seconds.back_mut() {
            Some((at, sum)) if now.duration_since(*at) < Self::BUCKET => *sum += bytes,
            Some(_) | None => seconds.push_back((now, bytes)),
        }
        while seconds.front().is_some_and(|(at, _)| now.duration_since(*at) > Self::SPAN) {
            seconds.pop_front();
        }
    }

    /// Returns bytes per second over the last ten seconds, or since the start if that is less.
    pub(crate) fn per_second(&self) -> u64 {
        let now = Instant::now();
        let seconds = self.seconds.lock();
        let recent = seconds.iter().filter(|(at, _)| now.duration_since(*at) <= Self::SPAN);
        let (first, bytes) = recent.fold((now, 0_u64), |(first, sum), (at, bytes)| (first.min(*at), sum + bytes));
        let span = now.duration_since(first).max(Duration::from_secs(1)).as_millis();
        u64::try_from(u128::from(bytes) * 1000 / span).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_speed_covers_the_last_ten_seconds() {
        let speed = Speed::default();
        assert_eq!(speed.per_second(), 0);
        for _ in 0..20 {
            speed.add(1000);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(speed.per_second(), 1000);
        tokio::time::advance(Duration::from_secs(11)).await;
        assert_eq!(speed.per_second(), 0);
    }
}
