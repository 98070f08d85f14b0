//! One suite for object stores, run with the sandbox's own and with two independent ones.
//!
//! `cargo xtask conformance stores` sets `LocalStack` and `MinIO` up and runs this. What S3 does is in the suite
//! with the document that says so; where a store does otherwise, [`differences`] says what. The sandbox has to be
//! without difference.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "this is all test code, also where it is in no test function; what is printed is shown when a test fails"
)]

mod cases;
mod checksums;
mod differences;
mod edge;
mod elsewhere;
mod own;
mod raw;
mod server;
mod signing;
mod store;
mod suite;
mod table;
mod wire;
