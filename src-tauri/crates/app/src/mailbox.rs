//! How a second process communicates with the one that owns the journal: through files in a folder beside it.
//!
//! A request is a file that appears whole (written beside, then renamed); its answer is another. Both are small JSON. A
//! request that is not answered in time is withdrawn. A crash leaves at most a file; the next owner answers or removes
//! it.
//!
//! The owner is woken by the system when a file appears in the folder, so that an idle hour costs nothing. Where the
//! system does not report changes (network drives, no watches left), it looks often enough by itself for every request
//! to be answered.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use uuid::Uuid;
use waybill_journal::{Journal, JournalError};
use waybill_model::{Code, Failure, TransferId};

use crate::interface::Command;

/// What happened to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The process that runs the transfer has taken it.
    ToOwner,
    /// No process runs transfers now.
    NobodyRuns,
}

/// A command sent to the owner.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    transfer: TransferId,
    command: Command,
}

/// The owner's answer.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    failure: Option<Failure>,
}

/// The most bytes of a request or an answer: a command with its detail is far smaller.
const MOST: u64 = 64 << 10;
const PATIENCE: Duration = Duration::from_secs(10);
/// How often the owner looks for a request without a [`MailboxWatch`].
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often it looks even with one, which may miss something: well within [`PATIENCE`].
const LOOK_WHILE_WATCHING: Duration = Duration::from_secs(5);
/// How often the sender looks for the answer.
const ASK_EVERY: Duration = Duration::from_millis(250);

/// Sends a command to the process that owns the journal in `data_dir`.
///
/// # Errors
/// The owner's refusal; [`Code::JournalInUse`] if the owner does not answer.
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
    write_whole(&request, &Request { transfer, command })?;
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
            // Withdrawn, so that it is not carried out after it was reported as failed.
            let _gone = std::fs::remove_file(&request);
            Err(Failure::new(Code::JournalInUse, waybill_words::detail::no_answer()))
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
            tracing::warn!(%failure, "a command from another process was carried out, but could not be answered");
        }
    }
}

/// Notifies `changed` when something arrives in the mailbox, until it is dropped.
struct MailboxWatch {
    changed: Arc<tokio::sync::Notify>,
    _watcher: RecommendedWatcher,
}

impl MailboxWatch {
    /// `None` if the system does not watch the folder.
    fn start(folder: &Path) -> Option<Self> {
        let changed = Arc::new(tokio::sync::Notify::new());
        let notify_change = Arc::clone(&changed);
        let start = || {
            waybill_files::make_folder(folder).map_err(notify::Error::io)?;
            let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                if is_news(&event) {
                    notify_change.notify_one();
                }
            })?;
            watcher.watch(folder, RecursiveMode::NonRecursive)?;
            Ok::<_, notify::Error>(watcher)
        };
        start()
            .map(|watcher| Self { changed, _watcher: watcher })
            .map_err(|error| tracing::info!(%error, "the mailbox cannot be watched and is checked every second"))
            .ok()
    }
}

/// Returns whether to look into the mailbox. Looking is an event too and must not cause another look; a lost event may
/// be a request.
fn is_news(event: &notify::Result<notify::Event>) -> bool {
    !event.as_ref().is_ok_and(|event| event.kind.is_access())
}

/// Looks into the mailbox for as long as its answers are awaited.
pub(crate) async fn watch(data_dir: PathBuf, taken: mpsc::Sender<Taken>) {
    let folder = folder(&data_dir);
    // Started before the first look: a request in between is found or reported.
    let watch = MailboxWatch::start(&folder);
    while empty(&folder, &taken).await {
        let changed = async {
            match &watch {
                Some(watch) => {
                    tokio::time::timeout(LOOK_WHILE_WATCHING, watch.changed.notified()).await.unwrap_or_default();
                }
                None => tokio::time::sleep(LOOK_EVERY).await,
            }
        };
        tokio::select! {
            () = changed => {}
            () = taken.closed() => return,
        }
    }
}

/// Takes every request that is there. `false` when nobody listens any more.
async fn empty(folder: &Path, taken: &mpsc::Sender<Taken>) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return true };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "request") {
            continue;
        }
        let Some(Request { transfer, command }) = read_and_remove(&path) else { continue };
        let request = Taken { transfer, command, answer: path.with_extension("answer") };
        if taken.send(request).await.is_err() {
            return false;
        }
    }
    true
}

fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("mailbox")
}

fn write_whole<T: Serialize>(path: &Path, value: &T) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(Code::DataFolderUnusable, format!("{}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        waybill_files::make_folder(folder).map_err(failed)?;
    }
    let text = serde_json::to_vec(value).map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
    let beside = path.with_extension("new");
    waybill_files::create(&beside).and_then(|mut file| file.write_all(&text)).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}

fn read_and_remove<T: for<'de> Deserialize<'de>>(path: &Path) -> Option<T> {
    // Anything may lie in the folder: a pipe, a link, a file of gigabytes.
    let text = waybill_files::read_small(path, MOST).ok()?;
    std::fs::remove_file(path).ok()?;
    serde_json::from_slice(&text).map_err(|error| tracing::warn!(%error, "a request that cannot be read")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leave_request(data: &Path, name: &str) -> TransferId {
        let transfer = TransferId(Uuid::new_v4());
        write_whole(&folder(data).join(name), &Request { transfer, command: Command::Pause }).unwrap();
        transfer
    }

    /// As on a drive whose changes the system does not report: there is no notification, and time passes at once.
    #[tokio::test(start_paused = true)]
    async fn a_request_is_found_in_time_even_without_a_change_notification() {
        let data = tempfile::tempdir().unwrap();
        // Not a folder yet, and never one that can be watched.
        std::fs::write(folder(data.path()), "").unwrap();
        let (taken, mut requests) = mpsc::channel(1);
        let watching = tokio::spawn(watch(data.path().to_owned(), taken));
        tokio::time::sleep(LOOK_EVERY * 3).await;
        std::fs::remove_file(folder(data.path())).unwrap();
        let transfer = leave_request(data.path(), "late.request");
        let taken_request = tokio::time::timeout(PATIENCE, requests.recv()).await.unwrap().unwrap();
        assert_eq!(taken_request.transfer, transfer);
        drop(requests);
        tokio::time::timeout(PATIENCE, watching).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_new_request_is_noticed() {
        let data = tempfile::tempdir().unwrap();
        let watch = MailboxWatch::start(&folder(data.path())).unwrap();
        leave_request(data.path(), "new.request");
        tokio::time::timeout(Duration::from_secs(30), watch.changed.notified()).await.unwrap();
    }

    #[test]
    fn listing_the_mailbox_is_no_news_but_a_lost_event_is() {
        use notify::event::{AccessKind, AccessMode, CreateKind, EventKind, ModifyKind, RenameMode};
        let event = |kind| Ok(notify::Event::new(kind));
        assert!(!is_news(&event(EventKind::Access(AccessKind::Open(AccessMode::Any)))));
        assert!(is_news(&event(EventKind::Modify(ModifyKind::Name(RenameMode::To)))));
        assert!(is_news(&event(EventKind::Create(CreateKind::File))));
        assert!(is_news(&event(EventKind::Other)));
        assert!(is_news(&Err(notify::Error::generic("queue overflow"))));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn links_pipes_and_large_files_in_the_mailbox_are_not_read() {
        use std::os::unix::fs::PermissionsExt as _;
        let data = tempfile::tempdir().unwrap();
        let transfer = leave_request(data.path(), "z.request");
        let place = |name: &str| folder(data.path()).join(name);
        let mode = std::fs::metadata(place("z.request")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        leave_request(data.path(), "elsewhere");
        std::os::unix::fs::symlink(place("elsewhere"), place("link.request")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", place("zero.request")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(place("pipe.request")).status().unwrap().success());
        std::fs::File::create(place("large.request")).unwrap().set_len(6 << 30).unwrap();
        let (taken, mut requests) = mpsc::channel(9);
        assert!(empty(&folder(data.path()), &taken).await);
        assert_eq!(requests.recv().await.unwrap().transfer, transfer);
        assert!(requests.try_recv().is_err());
    }

    #[tokio::test]
    async fn an_earlier_request_is_taken_and_other_files_are_left() {
        let data = tempfile::tempdir().unwrap();
        let transfer = leave_request(data.path(), "old.request");
        leave_request(data.path(), "old.answer");
        std::fs::write(folder(data.path()).join("torn.request"), "{").unwrap();
        let (taken, mut requests) = mpsc::channel(4);
        let watching = tokio::spawn(watch(data.path().to_owned(), taken));
        assert_eq!(requests.recv().await.unwrap().transfer, transfer);
        drop(requests);
        watching.await.unwrap();
        assert!(folder(data.path()).join("old.answer").exists());
    }
}
