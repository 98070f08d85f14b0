//! The decisions of the client.
//!
//! Every machine is pure: `(state, event, now) -> (state, actions)`. There is no clock, no randomness (jitter comes
//! from a given seed), and no input or output. `app` runs the actions and reports their outcomes as events.
//!
//! * [`session`]: when the token is refreshed, and when a person has to sign in.
//! * [`permit`]: when a pass to upload is fetched, and what a refusal by the edge means.
//! * [`transfer`]: the phases of one transfer and, in [`Phase::Sending`](waybill_model::Phase), its items and parts.
//! * [`route`]: which phase follows which.
//! * [`classify`]: what a reply means, in one place for each kind of request.
//! * [`backoff`], [`budget`], [`line`]: how long to wait, how many requests may go out, and how many bytes at a time.
//! * `inspect`, with the feature of that name: every state that the machines can be in, for tests.
//! * [`reading`]: what is read for a person who waits, and tried again.

pub mod backoff;
pub mod budget;
pub mod classify;
#[cfg(feature = "inspect")]
pub mod inspect;
pub mod line;
pub mod permit;
pub mod reading;
pub mod route;
pub mod session;
pub mod transfer;
