//! Time limits for one request, on tokio's clock.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::time::{Instant, sleep_until, timeout_at};
use waybill_model::{NoAnswer, NoAnswerKind};

use super::pace::Activity;

/// The slowest connection that counts as working, in bytes a second: 20 kbit/s, a bad mobile connection.
pub(crate) const SLOWEST: u64 = 2_500;

/// How long each stage of a request may last.
///
/// The body of an upload has no total limit while bytes move, because a slow connection is not an error (facts B2: no
/// limit is known). Everything else has a fixed limit, however the other side spreads its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest time without a byte of the body moving, in either direction.
    pub idle: Duration,
    /// The longest time from the last byte sent to the end of the response's head.
    pub answer: Duration,
    /// The same for the consignment API, which takes minutes over a large registration (facts E3: 180 s).
    pub api_answer: Duration,
    /// The longest time for the body of a response. All but the API's lists are a few kilobytes.
    pub reply: Duration,
    /// The same for a completion. Its 200 comes first, followed by spaces until the object is assembled, which can take
    /// "several minutes" (AWS, CompleteMultipartUpload; facts C3).
    pub completion: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(60),
            answer: Duration::from_secs(120),
            api_answer: Duration::from_secs(200),
            reply: Duration::from_secs(60),
            completion: Duration::from_secs(600),
        }
    }
}

/// How the time for the body of a response is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReplyTime {
    /// A short body: one fixed limit.
    Short,
    /// A body that may be long: every byte that arrives extends the limit, at [`SLOWEST`]. The maximum length bounds
    /// the extension.
    Long,
    /// A body that may be kept alive by spaces.
    Kept,
}

/// The limits for one response's body.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReplyLimit {
    idle: Duration,
    whole: Duration,
    grows: bool,
    longest: usize,
}

impl ReplyLimit {
    /// `longest` is the maximum length in bytes.
    pub(super) fn of(limits: &Limits, time: ReplyTime, longest: usize) -> Self {
        let whole = match time {
            ReplyTime::Short | ReplyTime::Long => limits.reply,
            ReplyTime::Kept => limits.completion,
        };
        Self { idle: limits.idle, whole, grows: time == ReplyTime::Long, longest }
    }
}

/// Why the body of a response was not read to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReplyEnd<E> {
    /// The connection broke.
    Broken(E),
    /// The body exceeded the maximum length.
    TooLong,
    /// No more bytes arrived.
    Stalled,
    /// Bytes kept arriving, but too slowly.
    TooSlow,
}

/// The source of a response's body.
pub(super) trait Pieces: Send {
    type Error;

    /// Returns the next piece, or `None` at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, Self::Error>> + Send;
}

impl Pieces for reqwest::Response {
    type Error = reqwest::Error;

    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, Self::Error>> + Send {
        self.chunk()
    }
}

/// Reads the body of a response piece by piece.
pub(super) async fn read_reply<P: Pieces>(limit: ReplyLimit, body: &mut P) -> Result<Bytes, ReplyEnd<P::Error>> {
    let started = Instant::now();
    let mut content = BytesMut::new();
    loop {
        let grown =
            if limit.grows { time_for(u64::try_from(content.len()).unwrap_or(u64::MAX)) } else { Duration::ZERO };
        let whole = started + limit.whole + grown;
        let silent = Instant::now() + limit.idle;
        match timeout_at(whole.min(silent), body.next()).await {
            Ok(Ok(Some(piece))) if content.len() + piece.len() > limit.longest => return Err(ReplyEnd::TooLong),
            Ok(Ok(Some(piece))) => content.extend_from_slice(&piece),
            Ok(Ok(None)) => return Ok(content.freeze()),
            Ok(Err(error)) => return Err(ReplyEnd::Broken(error)),
            Err(_) if silent < whole => return Err(ReplyEnd::Stalled),
            Err(_) => return Err(ReplyEnd::TooSlow),
        }
        // A body that is always ready would never let the timer run.
        if Instant::now() >= whole {
            return Err(ReplyEnd::TooSlow);
        }
    }
}

/// Returns how long this many bytes take on the slowest connection.
fn time_for(bytes: u64) -> Duration {
    Duration::from_millis(bytes.saturating_mul(1_000) / SLOWEST)
}

/// How long the request may take, from its first byte to the head of the response.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestLimit {
    /// The longest time without a byte of the body moving.
    pub(super) idle: Duration,
    /// The longest time from the last byte sent to the end of the response's head.
    pub(super) answer: Duration,
    /// The longest time for the whole body; `None` for an upload, which only has to keep moving.
    pub(super) body: Option<Duration>,
}

impl RequestLimit {
    /// Limits for a request whose body of `len` bytes is written at once. They allow for the slowest connection, but
    /// not for a server that reads byte by byte.
    pub(super) fn of_call(idle: Duration, answer: Duration, len: u64) -> Self {
        Self { idle, answer, body: Some(idle + time_for(len)) }
    }
}

/// Which limit has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Elapsed {
    /// No byte of the request's body moved for too long.
    Idle,
    /// The request's body was sent too slowly.
    Body,
    /// The request was sent and no response came.
    NoAnswer,
}

impl Elapsed {
    pub(super) fn into_no_answer(self) -> NoAnswer {
        let detail = match self {
            Self::Idle => "no byte of the request moved for too long",
            Self::Body => "the request was taken too slowly",
            Self::NoAnswer => "the request was sent and no answer came",
        };
        NoAnswer { kind: NoAnswerKind::TimedOut, maybe_received: true, detail: detail.to_owned() }
    }
}

/// Runs `work` until it ends, its body stalls or is sent too slowly, or no response comes in time after the last byte.
pub(super) async fn limited<F: Future>(
    work: F,
    activity: &Activity,
    limit: RequestLimit,
) -> Result<F::Output, Elapsed> {
    let mut work = std::pin::pin!(work);
    let started = Instant::now();
    loop {
        let (deadline, elapsed) = match (activity.finished(), limit.body) {
            (Some(at), _) => (at + limit.answer, Elapsed::NoAnswer),
            (None, Some(body)) if started + body < activity.last_moved() + limit.idle => {
                (started + body, Elapsed::Body)
            }
            (None, _) => (activity.last_moved() + limit.idle, Elapsed::Idle),
        };
        if Instant::now() >= deadline {
            return Err(elapsed);
        }
        tokio::select! {
            biased;
            output = &mut work => return Ok(output),
            // Another limit applies from here on, and it may be shorter.
            () = activity.end(), if activity.finished().is_none() => {}
            () = sleep_until(deadline) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Creates a body of so many pieces of so many bytes, one every `gap`.
    struct Dripping {
        left: u64,
        bytes: usize,
        gap: Duration,
    }

    impl Pieces for Dripping {
        type Error = ();

        async fn next(&mut self) -> Result<Option<Bytes>, ()> {
            tokio::time::sleep(self.gap).await;
            self.left = self.left.saturating_sub(1);
            Ok((self.left > 0).then(|| Bytes::from(vec![b' '; self.bytes])))
        }
    }

    /// Reads the body; returns the result and the time taken.
    async fn read(time: ReplyTime, left: u64, bytes: u64, gap: Duration) -> (Result<usize, ReplyEnd<()>>, Duration) {
        let started = Instant::now();
        let limit = ReplyLimit::of(&Limits::default(), time, 1 << 20);
        let mut body = Dripping { left, bytes: usize::try_from(bytes).unwrap(), gap };
        let read = read_reply(limit, &mut body).await;
        (read.map(|content| content.len()), started.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_drips_ends_at_a_known_time() {
        let limits = Limits::default();
        let every = Duration::from_secs(3);
        let (short, took) = read(ReplyTime::Short, u64::MAX, 1, every).await;
        assert_eq!((short, took), (Err(ReplyEnd::TooSlow), limits.reply));
        let (long, took) = read(ReplyTime::Long, u64::MAX, 1, every).await;
        assert_eq!(long, Err(ReplyEnd::TooSlow));
        assert!(took < limits.reply + Duration::from_secs(1), "twenty bytes extend it by nothing: {took:?}");
        let (kept, took) = read(ReplyTime::Kept, u64::MAX, 1, every).await;
        assert_eq!((kept, took), (Err(ReplyEnd::TooSlow), limits.completion));
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_answer_on_a_slow_line_is_read_and_a_completion_may_be_kept_alive() {
        let second = Duration::from_secs(1);
        let (long, took) = read(ReplyTime::Long, 300, SLOWEST, second).await;
        assert_eq!((long, took), (Ok(747_500), 300 * second));
        let (kept, took) = read(ReplyTime::Kept, 20, 1, 20 * second).await;
        assert_eq!((kept, took), (Ok(19), 400 * second));
    }

    #[tokio::test(start_paused = true)]
    async fn even_the_longest_answer_has_an_end() {
        let (endless, took) = read(ReplyTime::Long, u64::MAX, SLOWEST, Duration::from_secs(1)).await;
        assert_eq!(endless, Err(ReplyEnd::TooLong));
        assert!(took <= time_for(1 << 20) + Limits::default().reply, "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_for_an_answer_counts_from_the_last_byte_even_if_it_is_the_shorter_one() {
        let activity = Activity::new();
        let sent = async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            activity.finish();
            std::future::pending::<()>().await;
        };
        // The body is sent by another task: what waits for the answer is not woken by it.
        let (answer, idle) = (Duration::from_secs(20), Duration::from_secs(60));
        let waiting = limited(std::future::pending::<()>(), &activity, RequestLimit::of_call(idle, answer, 100));
        let since = Instant::now();
        let elapsed = tokio::select! { elapsed = waiting => elapsed, () = sent => Ok(()) };
        assert_eq!(elapsed, Err(Elapsed::NoAnswer));
        assert_eq!(since.elapsed(), Duration::from_secs(25));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_taken_byte_by_byte_ends_and_an_upload_does_not() {
        let activity = Activity::new();
        let taken = async {
            for _ in 0..100 {
                tokio::time::sleep(Duration::from_secs(30)).await;
                activity.moved();
            }
        };
        let idle = Duration::from_secs(60);
        let call = RequestLimit::of_call(idle, Limits::default().answer, 25_000);
        let started = Instant::now();
        assert_eq!(limited(taken, &activity, call).await, Err(Elapsed::Body));
        assert_eq!(started.elapsed(), Duration::from_secs(70), "a minute, and ten seconds for its bytes");
        let activity = Activity::new();
        let taken = async {
            for _ in 0..100 {
                tokio::time::sleep(Duration::from_secs(30)).await;
                activity.moved();
            }
        };
        assert_eq!(limited(taken, &activity, RequestLimit { body: None, ..call }).await, Ok(()));
    }
}
