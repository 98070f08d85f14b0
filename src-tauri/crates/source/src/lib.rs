//! The folder on the person's disk: walk, check before sending, hash, identity of a file, watching for change.
//!
//! Owner: nobody. Every function is synchronous, meant for a blocking thread, and keeps nothing between calls but what
//! [`Folder`] and [`Watch`] hold. Several threads may walk and hash side by side.
//!
//! Invariants: the folder is only read, never written to, never renamed in. Links are not followed. Names are given
//! on exactly as the disk spells them. Memory grows with the largest single folder, not with the tree nor with the size
//! of a file. Decisions (what a name, a path, an error or an event means) are pure functions; the rest acts.
//!
//! Crash: nothing is kept here, so nothing is lost. What was found and hashed is true once the journal has it.

mod digest;
mod disk;
mod fault;
mod folder;
mod hash;
mod identity;
mod listing;
mod open;
mod rules;
mod spelling;
mod stop;
mod walk;
mod watch;

pub use fault::HashFault;
pub use folder::Folder;
pub use hash::{Hashed, hash};
pub use identity::{identity, unchanged};
pub use open::probe_readable;
pub use rules::{Rules, judge, judge_transfer};
pub use stop::Stop;
pub use walk::{Found, WalkTotals, walk};
pub use watch::{Change, Watch};
