//! What goes out, and how its progress is watched.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use http_body_util::combinators::BoxBody;
use tokio::time::Instant;
use waybill_model::LocalFault;

use crate::objects::{Pace, Sent, Wait};

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Where a body leaves word of why it could not go on.
#[derive(Clone, Default)]
pub(crate) struct FaultSlot(Arc<Mutex<Option<LocalFault>>>);

impl FaultSlot {
    pub(crate) fn put(&self, fault: LocalFault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(fault);
    }

    pub(super) fn take(&self) -> Option<LocalFault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The body of a request: always of known length.
pub(crate) struct Outgoing {
    body: BoxBody<Bytes, BoxError>,
    len: u64,
    faults: FaultSlot,
    sent: Option<Sent>,
    pace: Option<Pace>,
}

impl Outgoing {
    pub(crate) fn empty() -> Self {
        Self::bytes(Bytes::new())
    }

    pub(crate) fn bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self::stream(Pieces(bytes).boxed(), len, FaultSlot::default(), None)
    }

    /// A body of `len` bytes. `sent` hears of each piece, in bytes, as it is handed on.
    pub(crate) fn stream(body: BoxBody<Bytes, BoxError>, len: u64, faults: FaultSlot, sent: Option<Sent>) -> Self {
        Self { body, len, faults, sent, pace: None }
    }

    /// Holds the body to a pace.
    pub(crate) fn paced(self, pace: Option<Pace>) -> Self {
        Self { pace, ..self }
    }

    pub(super) fn faults(&self) -> FaultSlot {
        self.faults.clone()
    }

    /// `None` for an empty body: then it is finished before it begins.
    pub(super) fn into_request_body(self, activity: &Arc<Activity>) -> Option<reqwest::Body> {
        if self.len == 0 {
            activity.finish();
            return None;
        }
        let inner = match self.pace {
            Some(pace) => Paced {
                inner: self.body,
                pace,
                rest: Bytes::new(),
                wait: Mutex::default(),
                activity: Arc::clone(activity),
            }
            .boxed(),
            None => self.body,
        };
        let metered = Metered { inner, left: self.len, activity: Arc::clone(activity), sent: self.sent };
        Some(reqwest::Body::wrap(metered))
    }
}

/// Bytes in memory, handed on piece by piece: the connection takes a piece only when it has room, so that "sent" means
/// sent.
struct Pieces(Bytes);

const PIECE: usize = 64 << 10;

impl Body for Pieces {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let piece = self.0.len().min(PIECE);
        Poll::Ready((piece > 0).then(|| Ok(Frame::data(self.0.split_to(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.0.len()).unwrap_or(u64::MAX))
    }
}

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
        let mut moments = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        moments.held = held;
        moments.moved = Instant::now();
    }

    pub(super) fn finished(&self) -> Option<Instant> {
        self.read().finished
    }

    pub(super) fn moved(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).moved = Instant::now();
    }

    pub(super) fn finish(&self) {
        let now = Instant::now();
        let mut moments = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        moments.moved = now;
        moments.finished.get_or_insert(now);
    }

    fn read(&self) -> Moments {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body that goes out in small pieces, each when its pace allows.
struct Paced {
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
        let wait = this.wait.get_mut().unwrap_or_else(PoisonError::into_inner);
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

/// A body that tells when its bytes move.
struct Metered {
    inner: BoxBody<Bytes, BoxError>,
    left: u64,
    activity: Arc<Activity>,
    sent: Option<Sent>,
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
