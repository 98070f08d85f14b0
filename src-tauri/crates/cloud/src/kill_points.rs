//! The instants at which tests kill the program. Only the feature `kill-points` compiles them in.

use http::Method;
use waybill_model::Role;

/// How far a request has come.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Boundary {
    /// Nothing of it has been sent.
    Before,
    /// It was sent, and the head of its reply has arrived, so the service has acted. Nothing has been read from the reply.
    Answered,
    /// All of its reply has been read, and nobody has acted upon it.
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

/// Reports another instant.
#[cfg(not(feature = "kill-points"))]
pub(crate) fn reached(_instant: &str) {}
