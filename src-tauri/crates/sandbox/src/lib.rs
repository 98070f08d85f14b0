//! The cloud side of TDR on loopback: sign-in, consignment API, upload domain and website, with faults on demand.
//!
//! [`Sandbox::start`] opens (or makes) all state in one folder and listens on loopback addresses only; nothing here
//! ever makes a connection to another machine, except to a realm or an object store that is to take one of its roles.
//! State is committed before a reply is sent, so a sandbox that is killed and started on the same folder comes back at
//! the same addresses with the same keys, people, sessions, consignments and objects. Faults and the request log are
//! the exception: they are in memory and end with the process.
//!
//! The crate shares no code with the client, or client and sandbox would share one mistake. `docs/sandbox.md` describes
//! it for its users and lists where it differs from the real thing.

mod api;
mod clock;
mod connection;
mod consignments;
mod control;
mod db;
mod edge;
mod faults;
mod files;
mod in_flight;
mod issued;
mod key_ring;
mod keys;
mod listen;
mod log;
mod object_store;
mod options;
mod people;
mod profile;
mod random;
mod ready;
mod realm;
mod role;
mod roles;
mod sign_in;
mod start;
mod store;
#[cfg(test)]
mod testing;
mod tls;
mod traffic;
mod trusted_keys;
mod website;

pub use object_store::{ObjectStore, ObjectStoreError};
pub use options::{CookieKey, Options, RepeatComplete, SignIn};
pub use ready::{Ready, ReadyAddresses, ReadyConsignment, ReadyControl, ReadyUser};
pub use sign_in::Unusable as SignInUnusable;
pub use start::{Error, Sandbox};
