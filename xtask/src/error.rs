//! Why a chore stopped.

use std::io;
use std::path::{Path, PathBuf};

/// Why a chore stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A program could not be started.
    #[error("{program} cannot be run: {source}")]
    NotRun { program: String, source: io::Error },
    /// A program said no.
    #[error("{command} failed ({status})")]
    Failed { command: String, status: std::process::ExitStatus },
    /// The disk said no.
    #[error("{}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
    /// Something is missing that only a person can put there.
    #[error("{0}")]
    Missing(String),
    /// A step of the demo or of a whole-system test did not go as it has to.
    #[error(transparent)]
    Harness(#[from] waybill_system_tests::Error),
    /// Something is not as it has to be.
    #[error("{0}")]
    Wrong(String),
}

/// The result of a chore's step.
pub(crate) type Result<T = (), E = Error> = std::result::Result<T, E>;

impl Error {
    /// For `map_err` on what was done with a file or folder.
    pub(crate) fn io(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::Io { path, source }
    }
}
