//! Drives the built `waybill` as its users do: as a program, with a browser beside it, against a sandbox in a separate
//! process.
//!
//! This package depends on no crate of Waybill. It knows only what is documented: the command line and its
//! events (`docs/command-line.md`), and the sandbox's ready line and control address (`docs/sandbox.md`).
//!
//! Everything that is started here is owned by a value, and is ended with it: a failing test leaves no process behind.
//! Nothing sleeps for a guessed time; what is waited for is a state, and every wait has a deadline.

mod error;
mod group;
#[cfg(feature = "harness")]
mod harness;
mod output;
mod wait;

pub use error::{Error, Result};
pub use group::Group;
#[cfg(feature = "harness")]
pub use harness::*;
pub use output::{line_of, output_within};
pub use wait::until;

/// How long a step may take before it counts as stuck: far more than it needs on a slow machine.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);
