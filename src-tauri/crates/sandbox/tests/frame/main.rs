//! Sign-in, edge, faults and control address, driven over their real listeners.

mod control;
mod edge;
mod faults;
mod restart;
mod sign_in;
mod support;
