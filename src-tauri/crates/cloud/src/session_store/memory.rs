//! Stores the session nowhere: it ends with the program.

use parking_lot::Mutex;
use waybill_model::Failure;

use super::{StoredSession, TokenStore};

/// Keeps the session for as long as the program runs.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Option<StoredSession>>);

impl TokenStore for Memory {
    fn load(&self) -> Result<Option<StoredSession>, Failure> {
        Ok(self.0.lock().clone())
    }

    fn save(&self, session: &StoredSession) -> Result<(), Failure> {
        *self.0.lock() = Some(session.clone());
        Ok(())
    }

    fn clear(&self) -> Result<(), Failure> {
        *self.0.lock() = None;
        Ok(())
    }
}
