//! Tests of the crate with real folders.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may")]

mod hashing;
mod scratch;
mod walking;
#[cfg(target_os = "linux")]
mod watching;
