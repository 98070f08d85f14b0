//! The points at which a kill could lose data, for tests that kill the process at each of them.
//!
//! `journal` and `cloud` report them only with their feature `kill-points`, which released programs do not have. The
//! tests set environment variables:
//!
//! * `WAYBILL_KILL_POINTS`: a file to which each point is written as it is reached: its number, a space, its name.
//! * `WAYBILL_KILL_AT`: the number of the point at which the process kills itself. Numbers start at 1.
//! * `WAYBILL_PANIC_AT`: the number of the point at which the code panics, as if it had a fault there.
//!
//! Without them, points are only counted.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// The variable with the file for the list.
pub const LIST: &str = "WAYBILL_KILL_POINTS";
/// The variable with the number of the point at which to kill the process.
pub const AT: &str = "WAYBILL_KILL_AT";

/// The variable with the number of the point at which to panic.
pub const PANIC_AT: &str = "WAYBILL_PANIC_AT";

static REACHED: AtomicU64 = AtomicU64::new(0);
static DYING: Mutex<()> = Mutex::new(());

/// Counts this point, lists it, and kills the process immediately if it is the chosen one.
///
/// Nothing is flushed, closed or dropped.
pub fn reached(name: &str) {
    static CHOSEN: OnceLock<[Option<u64>; 2]> = OnceLock::new();
    let number = REACHED.fetch_add(1, Ordering::SeqCst) + 1;
    if let Some(list) = std::env::var_os(LIST) {
        let _one_at_a_time = DYING.lock().unwrap_or_else(PoisonError::into_inner);
        note(Path::new(&list), number, name);
    }
    let [death, panic] =
        CHOSEN.get_or_init(|| [AT, PANIC_AT].map(|variable| std::env::var(variable).ok()?.parse().ok()));
    if *death == Some(number) {
        die();
    }
    assert_ne!(*panic, Some(number), "the point that {PANIC_AT} names: {name}");
}

/// Adds a point to the list. Failures are ignored, because the test notices the missing line.
fn note(list: &Path, number: u64, name: &str) {
    if let Ok(mut file) = OpenOptions::new().create(true).append(true).open(list) {
        let _ignored = file.write_all(format!("{number} {name}\n").as_bytes());
    }
}

#[cfg(unix)]
fn die() -> ! {
    let _sent = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    loop {
        std::thread::park();
    }
}

/// Aborts the process, because Windows has no signals. Destructors do not run.
#[cfg(not(unix))]
fn die() -> ! {
    std::process::abort()
}
