//! The handle on the journal.

use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::change::Write;
use crate::error::{JournalError, explain_io};
use crate::file;
use crate::lock::OwnerLock;
use crate::reader::Reader;
use crate::writer::{Answer, Job, Message, Writer};

/// The journal of one data folder, owned by this process. Cheap to clone; all clones are one journal.
///
/// When the last clone is dropped, pending writes are finished and the folder becomes free for the next owner. That may
/// take as long as a sync of the disk; [`close`](Journal::close) does it without blocking.
#[derive(Clone, Debug)]
pub struct Journal {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    queue: mpsc::Sender<Message>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Journal {
    /// Takes the data folder for `who` (the program's name, for people), creates it and the journal if they do not
    /// exist, and migrates an older journal to the current format.
    ///
    /// Blocks: on the disk, and after an unclean end while the whole file is checked.
    ///
    /// # Errors
    /// [`JournalError::InUse`], [`JournalError::Corrupt`], [`JournalError::Newer`], [`JournalError::DiskFull`] and
    /// [`JournalError::Unusable`]. A journal that is damaged or newer is not changed by a single byte.
    pub fn open(dir: &Path, who: &str) -> Result<Self, JournalError> {
        let dir = std::path::absolute(dir).map_err(|error| explain_io(dir, dir, &error))?;
        file::make_folder(&dir)?;
        let lock = OwnerLock::take(&dir, who)?;
        let conn = file::open_for_writing(&dir)?;
        let (queue, messages) = mpsc::channel();
        let writer = Writer::new(dir.clone(), conn, lock);
        let thread = thread::Builder::new()
            .name("waybill-journal".to_owned())
            .spawn(move || writer.run(&messages))
            .map_err(|error| JournalError::Internal(format!("the journal's writer cannot start: {error}")))?;
        Ok(Self { inner: Arc::new(Inner { dir, queue, thread: Mutex::new(Some(thread)) }) })
    }

    /// Writes all of it or nothing. When it returns, it is on disk.
    ///
    /// Lists are written in the order of the calls. Calls made while another is being written are committed together;
    /// each fails or succeeds on its own.
    ///
    /// Dropping the future does not take the write back: it may or may not be done.
    ///
    /// # Errors
    /// [`JournalError::DiskFull`], after which the same can be tried again; [`JournalError::Internal`] for a change
    /// that cannot be right; [`JournalError::Unusable`] if the disk fails, in which case the write may turn out to be
    /// done; [`JournalError::Corrupt`] if damage is found, after which nothing more is written.
    pub async fn write(&self, writes: Vec<Write>) -> Result<(), JournalError> {
        let (answer, answered) = oneshot::channel();
        self.send(writes, Box::new(move |result| drop(answer.send(result))))?;
        answered.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Does the same as [`write`](Self::write), for threads that may block.
    ///
    /// # Errors
    /// The same as [`write`](Self::write).
    pub fn write_blocking(&self, writes: Vec<Write>) -> Result<(), JournalError> {
        let (answer, answered) = mpsc::sync_channel(1);
        self.send(writes, Box::new(move |result| drop(answer.send(result))))?;
        answered.recv().unwrap_or_else(|_| Err(closed()))
    }

    /// Opens another connection for reading. It sees what was written before each of its calls.
    ///
    /// # Errors
    /// [`JournalError::Corrupt`] and [`JournalError::Unusable`].
    pub fn reader(&self) -> Result<Reader, JournalError> {
        let reader = Reader::open(&self.inner.dir)?;
        reader.ok_or_else(|| JournalError::Unusable {
            dir: self.inner.dir.clone(),
            detail: format!("{} is gone", file::path_in(&self.inner.dir).display()),
        })
    }

    /// Returns the data folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// Finishes pending writes, tidies up the file and frees the data folder. Other clones can no longer write.
    ///
    /// # Errors
    /// A failure to tidy up; the folder is free all the same, and nothing is lost.
    pub async fn close(self) -> Result<(), JournalError> {
        let (answer, answered) = oneshot::channel();
        let close = Message::Close(Box::new(move |result| drop(answer.send(result))));
        self.inner.queue.send(close).map_err(|_| closed())?;
        answered.await.unwrap_or_else(|_| Err(closed()))
    }

    fn send(&self, writes: Vec<Write>, answer: Answer) -> Result<(), JournalError> {
        self.inner.queue.send(Message::Write(Job { writes, answer })).map_err(|_| closed())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // An error means that the writer has already ended.
        drop(self.queue.send(Message::Close(Box::new(drop))));
        let thread = self.thread.get_mut().take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the journal's writer ended early");
        }
    }
}

fn closed() -> JournalError {
    JournalError::Internal("the journal is closed".to_owned())
}
