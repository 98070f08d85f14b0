//! The upload domain compared with independent parts: Amazon's signers, a verifier made from CloudFront's
//! documentation, the SDK as TDR's website uses it, rclone, curl, and what a browser asks first.
//!
//! `cargo xtask conformance clients` sets the clients up and runs this.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "this is all test code, also where it is in no test function; what is printed is shown when a test fails"
)]

mod browsers;
mod files;
mod keys;
mod mutations;
mod policies;
mod sdk;
mod signers;
mod stage;
mod terminal;
mod tools;
mod verifier;
