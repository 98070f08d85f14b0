//! `waybill send` against the sandbox: memory, requests, speed, and the journal.

pub(crate) mod files;
pub(crate) mod memory;
mod person;
pub(crate) mod requests;
mod stage;
pub(crate) mod throughput;
pub(crate) mod walk;
