//! The moments at which tests kill the program. Compiled only with the feature `kill-points`.

use http::Method;
use waybill_model::Role;

/// How far a request has progressed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Boundary {
    /// Nothing has been sent.
    Before,
    /// The request was sent and the head of its reply has arrived, so the service has acted. The body has not been
    /// read.
    Answered,
    /// The whole reply has been read, but not yet acted on.
    Read,
}

/// Reports a boundary of a request.
#[cfg(feature = "kill-points")]
pub(crate) fn request(boundary: Boundary, role: Role, method: &Method) {
    reached(&format!("request {boundary:?} {role:?} {method}"));
}

/// Reports a boundary of a request.
#[cfg(not(feature = "kill-points"))]
pub(crate) fn request(_boundary: Boundary, _role: Role, _method: &Method) {}

#[cfg(feature = "kill-points")]
pub(crate) use waybill_kill_points::reached;

/// Reports any other moment.
#[cfg(not(feature = "kill-points"))]
pub(crate) fn reached(_instant: &str) {}
