//! Why a task stopped.

use std::io;
use std::path::{Path, PathBuf};

/// Why a task stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A program could not be started.
    #[error("{program} cannot be run: {source}")]
    NotRun { program: String, source: io::Error },
    /// A program ended with an error.
    #[error("{command} failed ({status})")]
    Failed { command: String, status: std::process::ExitStatus },
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
    /// Something is missing that only a person can install.
    #[error("{0}")]
    Missing(String),
    /// An error from the harness that the demo and the whole-system tests share.
    #[error(transparent)]
    Harness(#[from] waybill_system_tests::Error),
    /// Something is not as it should be.
    #[error("{0}")]
    Wrong(String),
    /// The step was ended, or not started, because another step had failed.
    #[error("stopped because another step failed")]
    Stopped,
}

/// The result of a task or step.
pub(crate) type Result<T = (), E = Error> = std::result::Result<T, E>;

impl Error {
    /// Returns a function for `map_err` that adds the path.
    pub(crate) fn io(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::Io { path, source }
    }
}
