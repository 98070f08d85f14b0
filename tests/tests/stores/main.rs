//! One suite for object stores, put to the sandbox's own and to two that nobody here wrote.
//!
//! `cargo xtask conformance stores` sets LocalStack and MinIO up and runs this. What S3 does stands in the suite with the
//! document that says so; where a store does otherwise, [`differences`] says what. The sandbox has to be without difference
//! but for what its own documentation names.

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
mod raw;
mod server;
mod signing;
mod store;
mod suite;
mod wire;

use waybill_system_tests::Result;

use crate::edge::Edge;
use crate::server::{Program, Server};

#[test]
fn the_sandboxs_own_store_answers_as_s3_is_documented() -> Result<()> {
    let edge = Edge::start(&[])?;
    suite::run("Sandbox", &edge.store);
    Ok(())
}

#[test]
fn localstack_answers_as_s3_is_documented_but_for_the_table() -> Result<()> {
    let server = Server::shared(Program::LocalStack)?;
    suite::run("LocalStack", &server.store("direct")?);
    Ok(())
}

#[test]
fn minio_answers_as_s3_is_documented_but_for_the_table() -> Result<()> {
    let server = Server::shared(Program::MinIo)?;
    suite::run("MinIO", &server.store("direct")?);
    Ok(())
}
