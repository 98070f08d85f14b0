//! The folder on the person's disk: walking, checking before sending, hashing, file identity and watching for changes.
//!
//! Owner: none. Every function is synchronous, for use on a blocking thread, and no state is kept between calls except
//! in [`Folder`] and [`Watch`]. Several threads may walk and hash at the same time.
//!
//! Invariants: the folder is only read; nothing in it is written or renamed. Links are not followed. Names are passed
//! on exactly as on disk. Memory grows with the largest single folder, not with the tree or the size of a file.
//! Decisions (what a name, a path, an error or an event means) are pure functions.
//!
//! Crash: nothing is kept here, so nothing is lost. Findings and hashes count once they are in the journal.

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
pub use rules::{Rules, judge, judge_date, judge_transfer};
pub use stop::Stop;
pub use walk::{Found, WalkTotals, folder_mark, walk};
pub use watch::{Change, Watch};
