//! The pace at which a body is sent, and how its progress is watched.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::BoxBody;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The next piece of a body, if it is there.
pub(crate) type NextFrame = Poll<Piece>;

/// A piece of a body, what went wrong, or its end.
type Piece = Option<Result<Frame<Bytes>, BoxError>>;

/// Called with the number of bytes of a body just handed to the connection. Use it to show a speed, never to record
/// progress.
pub type Sent = Arc<dyn Fn(u64) + Send + Sync>;

/// Called with the size in bytes of each piece of a body before it is sent. Returns `None` if it may go at once,
/// otherwise what to wait for.
pub type Pace = Arc<dyn Fn(u64) -> Option<Wait> + Send + Sync>;

/// Completes when the requested bytes may be sent.
pub type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// When the last byte moved, and when the body was finished.
pub(super) struct Activity {
    moments: Mutex<Moments>,
    /// Has a permit once the body is finished.
    end: Notify,
}

#[derive(Clone, Copy)]
struct Moments {
    moved: Instant,
    finished: Option<Instant>,
    /// Whether the body is waiting for its own pace rather than for the other side.
    held: bool,
}

impl Activity {
    pub(super) fn new() -> Self {
        let moments = Moments { moved: Instant::now(), finished: None, held: false };
        Self { moments: Mutex::new(moments), end: Notify::new() }
    }

    pub(super) fn last_moved(&self) -> Instant {
        let moments = self.read();
        if moments.held { Instant::now() } else { moments.moved }
    }

    fn hold(&self, held: bool) {
        let mut moments = self.moments.lock();
        moments.held = held;
        moments.moved = Instant::now();
    }

    pub(super) fn finished(&self) -> Option<Instant> {
        self.read().finished
    }

    pub(super) fn moved(&self) {
        self.moments.lock().moved = Instant::now();
    }

    pub(super) fn finish(&self) {
        let now = Instant::now();
        let mut moments = self.moments.lock();
        moments.moved = now;
        moments.finished.get_or_insert(now);
        self.end.notify_one();
    }

    /// Completes when the body is finished.
    pub(super) async fn end(&self) {
        self.end.notified().await;
    }

    fn read(&self) -> Moments {
        *self.moments.lock()
    }
}

/// Returns the next data of a body or, as an error, anything else that it gives: trailers, a failure, its end.
fn poll_data<B>(body: &mut B, cx: &mut Context<'_>) -> Poll<Result<Bytes, Piece>>
where
    B: Body<Data = Bytes, Error = BoxError> + Unpin,
{
    Poll::Ready(match ready!(Pin::new(body).poll_frame(cx)) {
        Some(Ok(frame)) => frame.into_data().map_err(|other| Some(Ok(other))),
        end_or_failure @ (Some(Err(_)) | None) => Err(end_or_failure),
    })
}

/// A body in small pieces. The connection accepts several pieces before it waits for the network, so small pieces show
/// sooner that bytes are moving: 16 of them take 52 s on the slowest connection, less than the limit for a stalled
/// body.
pub(super) struct Small {
    inner: BoxBody<Bytes, BoxError>,
    /// Bytes that have been read but not handed on.
    rest: Bytes,
}

impl Small {
    const PIECE: usize = 8 << 10;

    pub(super) fn new(inner: BoxBody<Bytes, BoxError>) -> Self {
        Self { inner, rest: Bytes::new() }
    }
}

impl Body for Small {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> NextFrame {
        let this = &mut *self;
        while this.rest.is_empty() {
            match ready!(poll_data(&mut this.inner, cx)) {
                Ok(data) => this.rest = data,
                Err(other) => return Poll::Ready(other),
            }
        }
        let piece = this.rest.len().min(Self::PIECE);
        Poll::Ready(Some(Ok(Frame::data(this.rest.split_to(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
    }
}

/// A body whose pieces are sent when its pace allows.
pub(super) struct Paced {
    inner: Small,
    pace: Pace,
    /// The piece that may not be sent yet.
    next: Option<Bytes>,
    /// Never locked: it makes the body `Sync`, as the client requires.
    wait: Mutex<Option<Wait>>,
    activity: Arc<Activity>,
}

impl Paced {
    pub(super) fn new(inner: Small, pace: Pace, activity: Arc<Activity>) -> Self {
        Self { inner, pace, next: None, wait: Mutex::default(), activity }
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> NextFrame {
        let this = &mut *self;
        if this.next.is_none() {
            match ready!(poll_data(&mut this.inner, cx)) {
                Ok(piece) => {
                    let wait = (this.pace)(u64::try_from(piece.len()).unwrap_or(u64::MAX));
                    this.activity.hold(wait.is_some());
                    *this.wait.get_mut() = wait;
                    this.next = Some(piece);
                }
                Err(other) => return Poll::Ready(other),
            }
        }
        if let Some(waiting) = this.wait.get_mut() {
            ready!(waiting.as_mut().poll(cx));
            *this.wait.get_mut() = None;
            this.activity.hold(false);
        }
        Poll::Ready(this.next.take().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.next.is_none() && self.inner.is_end_stream()
    }
}

/// A body that reports when its bytes move.
pub(super) struct Metered {
    inner: BoxBody<Bytes, BoxError>,
    left: u64,
    activity: Arc<Activity>,
    sent: Option<Sent>,
}

impl Metered {
    pub(super) fn new(inner: BoxBody<Bytes, BoxError>, left: u64, activity: Arc<Activity>, sent: Option<Sent>) -> Self {
        Self { inner, left, activity, sent }
    }
}

impl Body for Metered {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> NextFrame {
        let this = &mut *self;
        let Some(frame) = ready!(Pin::new(&mut this.inner).poll_frame(cx)).transpose()? else {
            this.activity.finish();
            return Poll::Ready(None);
        };
        if let Some(data) = frame.data_ref() {
            let bytes = u64::try_from(data.len()).unwrap_or(u64::MAX);
            this.left = this.left.saturating_sub(bytes);
            if this.left == 0 {
                this.activity.finish();
            } else {
                this.activity.moved();
            }
            if let Some(sent) = &this.sent {
                sent(bytes);
            }
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
