//! The body of a request.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use parking_lot::Mutex;
use waybill_model::LocalFault;

use super::pace::{Activity, BoxError, Metered, Pace, Paced, Sent, Small};

/// Where a body records why it could not continue.
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

/// The body of a request. Its length is always known.
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
        Self::stream(whole(bytes), len, FaultSlot::default(), None)
    }

    /// Creates a body of `len` bytes. `sent` is called with the size in bytes of each piece that is handed on.
    pub(crate) fn stream(body: BoxBody<Bytes, BoxError>, len: u64, faults: FaultSlot, sent: Option<Sent>) -> Self {
        Self { body, len, faults, sent, pace: None }
    }

    /// Limits the body to a pace.
    pub(crate) fn paced(self, pace: Option<Pace>) -> Self {
        Self { pace, ..self }
    }

    /// Returns the length in bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Returns whether the body contains a file's bytes, which have no total time limit.
    pub(super) fn is_upload(&self) -> bool {
        self.sent.is_some()
    }

    pub(super) fn faults(&self) -> FaultSlot {
        self.faults.clone()
    }

    /// Returns `None` for an empty body, which is finished before it starts.
    pub(super) fn into_request_body(self, activity: &Arc<Activity>) -> Option<reqwest::Body> {
        if self.len == 0 {
            activity.finish();
            return None;
        }
        let small = Small::new(self.body);
        let inner = match self.pace {
            Some(pace) => Paced::new(small, pace, Arc::clone(activity)).boxed(),
            None => small.boxed(),
        };
        Some(reqwest::Body::wrap(Metered::new(inner, self.len, Arc::clone(activity), self.sent)))
    }
}

fn whole(bytes: Bytes) -> BoxBody<Bytes, BoxError> {
    Full::new(bytes).map_err(|never| match never {}).boxed()
}
