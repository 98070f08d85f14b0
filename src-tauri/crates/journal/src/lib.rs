//! What survives a crash: the journal of all transfers, in one SQLite file.
//!
//! **Owner.** One process owns a data folder, by a lock on a file in it; in that process one thread owns the only
//! connection that writes. Everybody else sends it [`Write`]s, or reads through a [`Reader`] with a connection of its own.
//!
//! **Invariants.** A list of writes is applied all or not at all. When [`Journal::write`] has returned, it is on the
//! disk: write-ahead log, `synchronous=FULL`. An item that is acknowledged stays so, a file id once tied to an
//! item is never tied to another, and a registered item keeps the checksum under which it was registered. A change for
//! a transfer or an item that is not there is an error.
//!
//! **Crash.** After `kill -9` or power loss at any instant everything is there whose write had returned, and what was
//! in flight is there wholly or not at all. A journal that is damaged, or of a newer version, is never written to:
//! [`Journal::open`] names the file and leaves it as it is.
//!
//! **Memory.** It does not grow with the number of items: counts are kept as they change, lists are read a page at a time.

mod apply;
mod change;
mod error;
mod file;
mod journal;
mod lock;
mod migrations;
mod reader;
mod rows;
mod stored;
mod tally;
mod writer;

pub use change::{Change, FailedCheck, HashedItem, NewItem, NewTransfer, Write};
pub use error::JournalError;
pub use journal::Journal;
pub use reader::{Matching, Reader};
pub use rows::{Count, ItemFilter, ItemRow, PartRow, SendRow, StateKind, Totals, TransferRow, UploadRow};
