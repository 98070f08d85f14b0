//! The whole system: the built `waybill` against the sandbox, two processes and a person at the browser.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "this is all test code, also where it is in no test function; what is printed is shown when a test fails"
)]

mod blockers;
mod broken_lines;
mod browsers;
mod changes;
mod credentials;
#[cfg(target_os = "linux")]
mod disk_library;
#[cfg(target_os = "linux")]
mod disk_records;
#[cfg(target_os = "linux")]
mod disks;
#[cfg(target_os = "linux")]
mod egress;
mod ends;
mod expiry;
#[cfg(target_os = "linux")]
mod failing_disks;
mod file_troubles;
mod folders;
mod happy_path;
mod kill_points;
mod kills;
mod limits;
mod lost_replies;
mod moved;
mod people;
#[cfg(target_os = "linux")]
mod power_losses;
mod problems;
mod proxies;
mod random_kills;
mod refusals;
mod repeats;
mod restarts;
mod scene;
mod secrets;
mod several;
mod slow_lines;
