//! How fast a body goes out, and how its progress is watched.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::BoxBody;
use parking_lot::Mutex;
use tokio::time::Instant;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Called with the number of bytes of a body just handed to the connection: for showing a speed, never for progress.
pub type Sent = Arc<dyn Fn(u64) + Send + Sync>;

/// Asked before each piece of a body, in bytes, goes out: `None` if it may go at once, otherwise what to wait for.
pub type Pace = Arc<dyn Fn(u64) -> Option<Wait> + Send + Sync>;

/// Ends when what was asked for may go out.
pub type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// When the last byte moved, and when the body was done.
pub(super) struct Activity(Mutex<Moments>);

#[derive(Clone, Copy)]
struct Moments {
    moved: Instant,
    finished: Option<Instant>,
    /// The body waits for its own pace, not for the other side.
    held: bool,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Moments { moved: Instant::now(), finished: None, held: false }))
    }

    pub(super) fn last_moved(&self) -> Instant {
        let moments = self.read();
        if moments.held { Instant::now() } else { moments.moved }
    }

    fn hold(&self, held: bool) {
        let mut moments = self.0.lock();
        moments.held = held;
        moments.moved = Instant::now();
    }

    pub(super) fn finished(&self) -> Option<Instant> {
        self.read().finished
    }

    pub(super) fn moved(&self) {
        self.0.lock().moved = Instant::now();
    }

    pub(super) fn finish(&self) {
        let now = Instant::now();
        let mut moments = self.0.lock();
        moments.moved = now;
        moments.finished.get_or_insert(now);
    }

    fn read(&self) -> Moments {
        *self.0.lock()
    }
}

/// A body that goes out in small pieces, each when its pace allows.
pub(super) struct Paced {
    inner: BoxBody<Bytes, BoxError>,
    pace: Pace,
    /// What has been read and may not go out yet.
    rest: Bytes,
    /// Never locked: it makes the body `Sync`, as the client wants it.
    wait: Mutex<Option<Wait>>,
    activity: Arc<Activity>,
}

impl Paced {
    /// Small, so that a slow pace is an even one.
    const PIECE: usize = 16 << 10;

    pub(super) fn new(inner: BoxBody<Bytes, BoxError>, pace: Pace, activity: Arc<Activity>) -> Self {
        Self { inner, pace, rest: Bytes::new(), wait: Mutex::default(), activity }
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = &mut *self;
        if this.rest.is_empty() {
            match ready!(Pin::new(&mut this.inner).poll_frame(cx)).transpose()?.map(Frame::into_data) {
                Some(Ok(data)) => this.rest = data,
                Some(Err(other)) => return Poll::Ready(Some(Ok(other))),
                None => return Poll::Ready(None),
            }
        }
        let piece = this.rest.len().min(Self::PIECE);
        let wait = this.wait.get_mut();
        if wait.is_none() {
            *wait = (this.pace)(u64::try_from(piece).unwrap_or(u64::MAX));
            this.activity.hold(wait.is_some());
        }
        if let Some(waiting) = wait {
            ready!(waiting.as_mut().poll(cx));
            *wait = None;
            this.activity.hold(false);
        }
        Poll::Ready(Some(Ok(Frame::data(this.rest.split_to(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
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

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
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
