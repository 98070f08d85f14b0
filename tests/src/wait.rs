//! Waiting for a state, with a deadline.

use std::time::{Duration, Instant};

use crate::{Error, Result};

/// How often a state outside this process is looked at.
const INTERVAL: Duration = Duration::from_millis(10);

/// Looks until `look` gives something.
///
/// # Errors
/// [`Error::TimedOut`] once `patience` is over, or the error of `look`.
pub fn until<T>(waiting_for: &str, patience: Duration, mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if Instant::now() >= deadline {
            return Err(Error::TimedOut {
                waiting_for: waiting_for.to_owned(),
                patience,
                seen: "it did not come".to_owned(),
            });
        }
        std::thread::sleep(INTERVAL);
    }
}
