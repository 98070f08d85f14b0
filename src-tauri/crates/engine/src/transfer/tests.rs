//! The rules of the transfer's machine, one test each, and a simulation of the whole.

mod bench;
mod finishing;
mod orders;
mod preparing;
mod registering;
mod sending;
mod server_clock;
mod simulation;
mod slow_line;
mod stood_still;
mod storms;
mod turns;
mod uploading;
mod waiting;
