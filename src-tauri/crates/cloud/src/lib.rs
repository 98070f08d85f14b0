//! The network: sign-in, permission to upload, object uploads, the consignment API.
//!
//! Decides nothing. Every function sends one request and reports the outcome as facts
//! ([`Reply`](waybill_model::Reply)); retrying, waiting and refreshing are the engine's decisions. There are two
//! exceptions, each a single operation for its caller: [`sign_in`] uses a browser and then the token endpoint, and
//! [`Api::consignments`] reads page after page.
//!
//! Invariants:
//! * Everything goes through [`Net`], which holds the only HTTP client and refuses every address that is not the
//!   service's. No redirect is followed, nothing is retried, no cookie jar exists.
//! * Dropping a future cancels its request; the server may still act on what it has received.
//! * Secrets are [`Secret`](waybill_model::Secret) and addresses are logged as [`SafeUrl`](waybill_model::SafeUrl).
//!
//! A crash loses nothing here: the only stored state is the session in a [`TokenStore`], which is replaced as a whole
//! or not at all.

mod api;
mod cookies;
mod kill_points;
mod net;
mod objects;
mod pass;
mod probe;
mod secret_text;
mod session_store;
mod sign_in;
mod website;

pub use api::{Api, FILES_PER_PAGE, MatchPage, RegistrationBody, RegistrationSize, StatusPage};
pub use cookies::fetch_cookies;
pub use net::{Limits, Net, Pace, Sent, Sighting, Wait};
pub use objects::{FileRange, Objects};
pub use pass::Pass;
pub use probe::{Examination, Outcome, Seen, Unexpected, answers, examine};
pub use session_store::{FileStore, Keychain, Memory, OnlyFor, SessionLock, StoredSession, TokenStore, addresses_of};
pub use sign_in::{Provider, Tokens, discover, end_session, refresh, sign_in};
pub use website::{hand_over_url, website, website_url};

#[cfg(feature = "fuzzing")]
pub mod fuzzing;
#[cfg(test)]
mod hostile_service;
#[cfg(test)]
mod testing;
