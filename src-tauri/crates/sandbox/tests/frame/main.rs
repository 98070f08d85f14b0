//! Sign-in, edge, faults and control address, driven over their real listeners.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what the tests share may fail like the tests themselves")]

mod control;
mod edge;
mod elsewhere;
mod faults;
mod restart;
mod sign_in;
mod single_sign_on;
mod stored_elsewhere;
mod support;
mod transfer;
