//! The body of a request.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use http_body_util::combinators::BoxBody;
use parking_lot::Mutex;
use waybill_model::LocalFault;

use super::pace::{Activity, BoxError, Metered, Pace, Paced, Sent};

/// Where a body leaves word of why it could not go on.
#[derive(Clone, Default)]
pub(crate) struct FaultSlot(Arc<Mutex<Option<LocalFault>>>);

impl FaultSlot {
    pub(crate) fn put(&self, fault: LocalFault) {
        self.0.lock().get_or_insert(fault);
    }

    pub(super) fn take(&self) -> Option<LocalFault> {
        self.0.lock().take()
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

    /// Its length in bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Whether it carries a file's bytes, which take as long as they take.
    pub(super) fn is_upload(&self) -> bool {
        self.sent.is_some()
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
            Some(pace) => Paced::new(self.body, pace, Arc::clone(activity)).boxed(),
            None => self.body,
        };
        Some(reqwest::Body::wrap(Metered::new(inner, self.len, Arc::clone(activity), self.sent)))
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
