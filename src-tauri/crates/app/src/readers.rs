//! Open readers of the journal: every item that is sent is read through one of them.

use std::sync::Arc;

use parking_lot::Mutex;
use waybill_journal::{Journal, JournalError, Reader};

/// Lends readers; as many are kept as were ever in use at once.
#[derive(Clone)]
pub(crate) struct Readers {
    journal: Journal,
    idle: Arc<Mutex<Vec<Reader>>>,
    #[cfg(test)]
    reads: Arc<std::sync::atomic::AtomicU64>,
}

impl Readers {
    pub(crate) fn new(journal: Journal) -> Self {
        Self {
            journal,
            idle: Arc::default(),
            #[cfg(test)]
            reads: Arc::default(),
        }
    }

    /// Reads with a separate reader. Blocks; call it from a thread that may.
    pub(crate) fn with<T, E: From<JournalError>>(&self, read: impl FnOnce(&Reader) -> Result<T, E>) -> Result<T, E> {
        #[cfg(test)]
        self.reads.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let idle = self.idle.lock().pop();
        let reader = match idle {
            Some(reader) => reader,
            None => self.journal.reader()?,
        };
        let result = read(&reader);
        if result.is_ok() {
            self.idle.lock().push(reader);
        }
        result
    }

    /// How often the journal was read so far.
    #[cfg(test)]
    pub(crate) fn reads(&self) -> u64 {
        self.reads.load(std::sync::atomic::Ordering::Relaxed)
    }
}
