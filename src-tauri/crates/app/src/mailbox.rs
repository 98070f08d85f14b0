//! How a second process speaks to the one that owns the journal: files in a folder beside it.
//!
//! A request is a file that appears whole (written beside, then renamed); its answer is another. Both are small JSON.
//! A request that nobody answers in time is withdrawn. A crash leaves a file at most; the next owner answers or
//! removes it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use uuid::Uuid;
use waybill_journal::{Journal, JournalError};
use waybill_model::{Code, Failure, TransferId};

use crate::interface::Command;

/// Where a command went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The process that runs the transfer has taken it.
    ToOwner,
    /// No process runs transfers now.
    NobodyRuns,
}

/// One command on its way.
#[derive(Debug, Serialize, Deserialize)]
struct Letter {
    transfer: TransferId,
    command: Command,
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    failure: Option<Failure>,
}

const PATIENCE: Duration = Duration::from_secs(10);
/// How often the owner looks for a request: seldom enough to cost nothing in an idle hour.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often whoever asked looks for the answer.
const ASK_EVERY: Duration = Duration::from_millis(250);

/// Gives a command to the process that owns the journal in `data_dir`.
///
/// # Errors
/// What the owner said no with; [`Code::JournalInUse`] when the owner does not answer.
pub async fn post(data_dir: &Path, transfer: TransferId, command: Command) -> Result<Posted, Failure> {
    let dir = data_dir.to_owned();
    let free = tokio::task::spawn_blocking(move || match Journal::open(&dir, "waybill") {
        Err(JournalError::InUse { .. }) => Ok(false),
        Err(error) => Err(Failure::from(error)),
        Ok(journal) => {
            drop(journal);
            Ok(true)
        }
    });
    if free.await.unwrap_or_else(|_| Err(Code::Internal.into()))? {
        return Ok(Posted::NobodyRuns);
    }
    let name = Uuid::new_v4().to_string();
    let folder = folder(data_dir);
    let (request, answer) = (folder.join(format!("{name}.request")), folder.join(format!("{name}.answer")));
    write_whole(&request, &Letter { transfer, command })?;
    let mut look = tokio::time::interval(ASK_EVERY);
    let waiting = async {
        loop {
            look.tick().await;
            if let Some(Answer { failure }) = read_and_remove(&answer) {
                return failure;
            }
        }
    };
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(None) => Ok(Posted::ToOwner),
        Ok(Some(failure)) => Err(failure),
        Err(_) => {
            // Withdrawn, so that it is not carried out after we said that it was not.
            let _gone = std::fs::remove_file(&request);
            Err(Failure::new(Code::JournalInUse, "the other Waybill does not answer"))
        }
    }
}

/// One command taken from the mailbox, to be answered.
pub(crate) struct Taken {
    pub(crate) transfer: TransferId,
    pub(crate) command: Command,
    answer: PathBuf,
}

impl Taken {
    pub(crate) fn answer(self, result: Result<(), Failure>) {
        if let Err(failure) = write_whole(&self.answer, &Answer { failure: result.err() }) {
            tracing::warn!(%failure, "a command of another process was carried out, but not answered");
        }
    }
}

/// Looks into the mailbox as long as somebody listens.
pub(crate) async fn watch(data_dir: PathBuf, taken: mpsc::Sender<Taken>) {
    let folder = folder(&data_dir);
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        if taken.is_closed() {
            return;
        }
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.extension().is_none_or(|extension| extension != "request") {
                continue;
            }
            let Some(Letter { transfer, command }) = read_and_remove(&path) else { continue };
            let letter = Taken { transfer, command, answer: path.with_extension("answer") };
            if taken.send(letter).await.is_err() {
                return;
            }
        }
    }
}

fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("mailbox")
}

fn write_whole<T: Serialize>(path: &Path, value: &T) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(Code::DataFolderUnusable, format!("{}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let text = serde_json::to_vec(value).map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}

fn read_and_remove<T: for<'de> Deserialize<'de>>(path: &Path) -> Option<T> {
    let text = std::fs::read(path).ok()?;
    std::fs::remove_file(path).ok()?;
    serde_json::from_slice(&text).map_err(|error| tracing::warn!(%error, "a letter that cannot be read")).ok()
}
