//! Random histories of whole transfers.
//!
//! **What is real.** The engine's machines for transfer, session and permit; the journal's tables, changes and readings
//! (SQLite, in memory).
//!
//! **What is simulated.** Clock, chance, disk, network, keychain, people and service; and in place of the controller in
//! `app`, which needs threads and a runtime, the glue between the machines (`client`), as `app` does it. So `app` itself,
//! the HTTP client, the reading of files, the journal's thread and file, and the queue of turns are not covered here: the
//! suites in `tests/tests/system` cover them, as processes.
//!
//! One seed is one run, without a thread and without real time. After every event the whole is compared with a small
//! reference model (`checks`). A run under faults that stop must end, with few requests.
//!
//! `cargo xtask soak simulation --steps N` runs this for longer, and from a seed of its choice.

#[cfg(test)]
mod actions;
#[cfg(test)]
mod book;
#[cfg(test)]
mod checks;
#[cfg(test)]
mod client;
#[cfg(test)]
mod dice;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod local;
#[cfg(test)]
mod net;
#[cfg(test)]
mod owners;
#[cfg(test)]
mod people;
#[cfg(test)]
mod service;
#[cfg(test)]
mod visits;
#[cfg(test)]
mod world;
