//! The folder on the person's disk: walk, check before sending, hash, identity of a file, watching for change.
//!
//! Owner: none. Every function is synchronous, meant for a blocking thread, and keeps nothing between calls except what
//! [`Folder`] and [`Watch`] hold. Several threads may walk and hash side by side.
//!
//! Invariants: the folder is only read; nothing in it is written or renamed. Links are not followed. Names are passed
//! on exactly as on disk. Memory grows with the largest single folder, not with the tree or the size of a file.
//! Decisions (what a name, a path, an error or an event means) are pure functions; the rest acts.
//!
//! Crash: nothing is kept here, so nothing is lost. What was found and hashed counts once the journal has it.

mod beneath;
mod digest;
mod disk;
mod fault;
mod folder;
mod hash;
mod identity;
mod listing;
mod open;
mod own;
mod rules;
mod spelling;
mod stop;
mod walk;
mod watch;

pub use fault::HashFault;
pub use folder::Folder;
pub use hash::{Hashed, hash};
pub use identity::{identity, same_file, unchanged};
pub use open::{Opened, open, probe_readable};
pub use own::refuse_data_folder;
pub use rules::{Rules, judge, judge_transfer};
pub use stop::Stop;
pub use walk::{Found, WalkTotals, walk};
pub use watch::{Change, Watch};
