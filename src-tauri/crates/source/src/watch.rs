//! Watches the folder while a transfer runs.
//!
//! Owner: one thread for each [`Watch`]. It receives the system's events, keeps new folders watched, and reports. The
//! watch is an early warning, not the guard: it can miss changes (network drives report nothing of what other computers
//! do), so code that sends a file always checks its [`identity`](crate::identity).
//!
//! Crash: nothing is kept. Everything is examined again after a restart.

mod meaning;
mod tree;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use notify::Event;
use waybill_model::{Code, Failure, RelPath};

use crate::Folder;
use crate::folder::Location;
use meaning::{Roots, Seen};
use tree::Tree;

/// What changed in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Something at this path, a file or a folder with everything in it, was created, written to, renamed or removed.
    /// It may turn out to be unchanged.
    Path(RelPath),
    /// Events were lost: everything must be examined.
    Rescan,
    /// The folder is unreachable. The watch has ended; when the folder is back, start another.
    FolderGone,
}

/// A watch on the folder, until it is dropped. One last change may be reported after that.
#[derive(Debug)]
pub struct Watch {
    shared: Arc<Shared>,
    wake: SyncSender<Message>,
}

impl Watch {
    /// Starts watching the folder and everything below it. Links are not followed, and unreadable folders are skipped.
    ///
    /// `on_change` is called on the watch's own thread. While it runs, events are queued up to a limit, then dropped
    /// and reported as a [`Change::Rescan`]. Waybill's own reads are not reported.
    ///
    /// # Errors
    /// [`Code::FolderGone`] if the folder does not exist; [`Code::FolderUnreadable`] with the reason if the system will
    /// not watch it (Linux limits the number of watches, one for each folder: `fs.inotify.max_user_watches`). A
    /// transfer can run without a watch.
    pub fn start(folder: &Folder, on_change: impl Fn(Change) + Send + 'static) -> Result<Self, Failure> {
        let failed = |error: &notify::Error| not_watched(folder, error);
        let (wake, messages) = sync_channel(QUEUE);
        let shared = Arc::new(Shared::default());
        let mut tree = Tree::new(handler(Arc::clone(&shared), wake.clone())).map_err(|error| failed(&error))?;
        let root = folder.disk_path(folder.top());
        tree.start(&root).map_err(|error| failed(&error))?;
        let roots = Roots::new(folder, &root);
        let watching =
            Watching { location: folder.location().clone(), root, roots, tree, shared: Arc::clone(&shared), on_change };
        thread::Builder::new()
            .name("folder-watch".to_owned())
            .spawn(move || watching.run(&messages))
            .map_err(|error| failed(&notify::Error::io(error)))?;
        Ok(Self { shared, wake })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
        // A full queue needs no wake-up: its reader checks the flag after every message.
        drop(self.wake.try_send(Message::Wake));
    }
}

/// The maximum number of events waiting for `on_change`.
const QUEUE: usize = 4_096;

enum Message {
    Event(notify::Result<Event>),
    Wake,
}

#[derive(Debug, Default)]
struct Shared {
    /// The [`Watch`] was dropped.
    ended: AtomicBool,
    /// The queue was full: events were dropped.
    lost: AtomicBool,
}

/// Returns the handler that runs on the system watcher's thread. It must never block, because the tree requests new
/// watches from that thread.
fn handler(shared: Arc<Shared>, queue: SyncSender<Message>) -> impl Fn(notify::Result<Event>) + Send + 'static {
    move |event| {
        let matters = event.as_ref().map_or(true, meaning::matters);
        if matters && queue.try_send(Message::Event(event)).is_err() {
            shared.lost.store(true, Ordering::Release);
        }
    }
}

fn not_watched(folder: &Folder, error: &notify::Error) -> Failure {
    let code = if folder.is_reachable() { Code::FolderUnreadable } else { Code::FolderGone };
    Failure::new(code, format!("{} cannot be watched: {error}", folder.path().display()))
}

struct Watching<F> {
    /// Without a handle, because the system does not report the folder's removal while a handle is open.
    location: Location,
    root: PathBuf,
    roots: Roots,
    tree: Tree,
    shared: Arc<Shared>,
    on_change: F,
}

impl<F: Fn(Change)> Watching<F> {
    fn run(mut self, messages: &Receiver<Message>) {
        while let Ok(message) = messages.recv() {
            if self.shared.ended.load(Ordering::Acquire) {
                return;
            }
            let seen = match message {
                Message::Event(Ok(event)) => meaning::meaning(&self.roots, &event),
                Message::Event(Err(error)) => {
                    tracing::debug!(%error, "the system's watcher reported an error");
                    vec![Seen::Lost]
                }
                Message::Wake => Vec::new(),
            };
            let lost = self.shared.lost.swap(false, Ordering::AcqRel).then_some(Seen::Lost);
            for seen in seen.into_iter().chain(lost) {
                if self.report(seen) == After::End {
                    return;
                }
            }
        }
    }

    fn report(&mut self, seen: Seen) -> After {
        match seen {
            Seen::Changed(path) => (self.on_change)(Change::Path(path)),
            Seen::Appeared { path, on_disk } => {
                // Watched first, then reported: a change in between is reported twice rather than never.
                let added = self.tree.appeared(on_disk);
                (self.on_change)(Change::Path(path));
                if let Err(error) = added {
                    tracing::warn!(%error, "a new folder cannot be watched");
                    (self.on_change)(Change::Rescan);
                }
            }
            Seen::Lost | Seen::RootTouched | Seen::RootReplaced if !self.location.is_reachable() => {
                (self.on_change)(Change::FolderGone);
                return After::End;
            }
            Seen::RootReplaced if self.tree.start(&self.root).is_err() => {
                (self.on_change)(Change::FolderGone);
                return After::End;
            }
            Seen::Lost | Seen::RootReplaced => (self.on_change)(Change::Rescan),
            Seen::RootTouched => {}
        }
        After::Continue
    }
}

#[derive(PartialEq, Eq)]
enum After {
    Continue,
    End,
}
