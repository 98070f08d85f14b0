//! The journal of all transfers, in one SQLite file: what survives a crash.
//!
//! **Owner.** One process owns a data folder, by a lock on a file in it; in that process one thread owns the only
//! connection that writes. Others send it [`Write`]s, or read through a [`Reader`] with its own connection.
//!
//! **Invariants.** A list of writes is applied wholly or not at all. When [`Journal::write`] returns, it is on disk:
//! write-ahead log, `synchronous=FULL`. An acknowledged item stays acknowledged, a file id once assigned to an item is
//! never assigned to another, and a registered item keeps the checksum under which it was registered. A change to an
//! unknown transfer or item is an error.
//!
//! **Crash.** After `kill -9` or power loss at any instant, every write that had returned is there, and writes in
//! flight are there wholly or not at all. A journal that is damaged, or of a newer version, is never written to:
//! [`Journal::open`] reports the file and leaves it as it is.
//!
//! **Memory.** Does not grow with the number of items: counts are kept as they change, and lists are read a page at a
//! time.

mod apply;
mod change;
mod error;
mod file;
#[cfg(feature = "in-memory")]
mod in_memory;
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
#[cfg(feature = "in-memory")]
pub use in_memory::InMemory;
pub use journal::Journal;
pub use reader::{Matching, Reader};
pub use rows::{Count, FormerFolder, ItemFilter, ItemRow, PartRow, SendRow, StateKind, Totals, TransferRow, UploadRow};
