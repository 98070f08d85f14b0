//! Drives the built `waybill` as its users do: as a program, with a browser beside it, against a sandbox in a separate
//! process.
//!
//! This package depends on no crate of Waybill. It knows only what is documented: the command line and its
//! events (`docs/command-line.md`), and the sandbox's ready line and control address (`docs/sandbox.md`).
//!
//! Everything that is started here is owned by a value, and is ended with it: a failing test leaves no process behind.
//! Nothing sleeps for a guessed time; what is waited for is a state, and every wait has a deadline.

mod browser;
mod compare;
mod connect_proxy;
mod control;
mod desk;
mod error;
mod events;
mod fault;
mod group;
mod home;
mod keycloak;
mod output;
mod port;
mod profile;
mod program;
mod random;
mod sample;
mod sandbox;
mod wait;
mod waybill;

pub use browser::Browser;
pub use compare::{Compared, compare};
pub use connect_proxy::ConnectProxy;
pub use control::{Consignment, Control, Logged, Object, RegisteredFile};
pub use desk::Desk;
pub use error::{Error, Result};
pub use events::Event;
pub use fault::{Effect, Fault, Role};
pub use group::Group;
pub use home::Home;
pub use keycloak::Keycloak;
pub use output::{line_of, output_within};
pub use port::{Start, start_at_ports};
pub use profile::quick_profile;
pub use program::{desktop_program, program, use_program};
pub use random::Random;
pub use sample::{Sample, Size, sample_folder};
pub use sandbox::{Account, Addresses, Listed, Sandbox};
pub use wait::until;
pub use waybill::{Finished, Run, Waybill};

/// How long a step may take before it counts as stuck: far more than it needs on a slow machine.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);
