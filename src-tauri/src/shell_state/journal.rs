//! Reads the journal on threads that may block, even while another process owns it.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use waybill_app::library::Reader;
use waybill_model::{Code, Failure, TransferId};

use crate::system::blocking;

/// Opens readers of one journal and keeps idle ones for reuse.
#[derive(Clone)]
pub(crate) struct JournalReaders(Arc<Pool>);

struct Pool {
    data: PathBuf,
    idle: Mutex<Vec<Reader>>,
}

impl JournalReaders {
    /// `data` is the folder that contains the journal.
    pub(crate) fn new(data: PathBuf) -> Self {
        Self(Arc::new(Pool { data, idle: Mutex::default() }))
    }

    /// Reads the journal; `None` if there is no journal yet.
    ///
    /// # Errors
    /// The journal cannot be read, or `read` fails.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, Failure> + Send + 'static,
    ) -> Result<Option<T>, Failure> {
        let pool = Arc::clone(&self.0);
        blocking(move || {
            let idle = pool.idle.lock().pop();
            let reader = match idle {
                Some(reader) => Some(reader),
                None => Reader::open(&pool.data)?,
            };
            let Some(reader) = reader else { return Ok(None) };
            let result = read(&reader)?;
            pool.idle.lock().push(reader);
            Ok(Some(result))
        })
        .await
    }

    /// Reads about one transfer, which the page names by the text of its id.
    ///
    /// # Errors
    /// `transfer_unknown`, the journal cannot be read, or `read` fails.
    pub(crate) async fn read_transfer<T: Send + 'static>(
        &self,
        transfer: &str,
        read: impl FnOnce(&Reader, TransferId) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let unknown = Failure::new(Code::TransferUnknown, transfer);
        let id: TransferId = transfer.parse().map_err(|_| unknown.clone())?;
        let missing = unknown.clone();
        let result = self.read(move |reader| match reader.transfer(id)? {
            Some(_) => read(reader, id),
            None => Err(missing),
        });
        result.await?.ok_or(unknown)
    }
}
