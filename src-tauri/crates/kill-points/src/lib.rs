//! The instants at which a kill could lose something, for tests that kill at each of them.
//!
//! `journal` and `cloud` report them only with their feature `kill-points`, which nothing that people install has. The
//! tests set two variables of the environment:
//!
//! * `WAYBILL_KILL_POINTS`: a file to which each instant is written as it is reached: its number, a space, its name.
//! * `WAYBILL_KILL_AT`: the number of the instant at which the process dies. Numbers start at 1.
//!
//! Without them, nothing happens but a count.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// The file that gets the list.
pub const LIST: &str = "WAYBILL_KILL_POINTS";
/// The number at which to die.
pub const AT: &str = "WAYBILL_KILL_AT";

static REACHED: AtomicU64 = AtomicU64::new(0);
static DYING: Mutex<()> = Mutex::new(());

/// Counts this instant, lists it, and ends the process there and then if it is the chosen one.
///
/// The other threads stop where they are: nothing is flushed, closed or dropped.
pub fn reached(name: &str) {
    static CHOSEN: OnceLock<Option<u64>> = OnceLock::new();
    let number = REACHED.fetch_add(1, Ordering::SeqCst) + 1;
    if let Some(list) = std::env::var_os(LIST) {
        let _one_at_a_time = DYING.lock().unwrap_or_else(PoisonError::into_inner);
        note(Path::new(&list), number, name);
    }
    let chosen = CHOSEN.get_or_init(|| std::env::var(AT).ok()?.parse().ok());
    if *chosen == Some(number) {
        die();
    }
}

/// A list that cannot be written shows itself: the test misses the line.
fn note(list: &Path, number: u64, name: &str) {
    if let Ok(mut file) = OpenOptions::new().create(true).append(true).open(list) {
        let _missed = file.write_all(format!("{number} {name}\n").as_bytes());
    }
}

#[cfg(unix)]
fn die() -> ! {
    let _sent = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    loop {
        std::thread::park();
    }
}

/// Windows has no signals; an abort ends the process as at once, without destructors.
#[cfg(not(unix))]
fn die() -> ! {
    std::process::abort()
}
