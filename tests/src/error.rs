//! What can go wrong in the harness; tests fail with it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A step of the harness failed, or did not show what was expected.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file, folder or program.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A request of the harness itself failed.
    #[cfg(feature = "harness")]
    #[error("{what}: {source}")]
    Http {
        /// Which.
        what: String,
        /// Why.
        source: reqwest::Error,
    },
    /// Something answered with what is not understood.
    #[error("{what}")]
    Unexpected {
        /// What came, and from whom.
        what: String,
    },
    /// A state was waited for that never came.
    #[error("waited {} s for {waiting_for}; {seen}", .patience.as_secs())]
    TimedOut {
        /// What was waited for.
        waiting_for: String,
        /// For how long.
        patience: Duration,
        /// What there was instead.
        seen: String,
    },
    /// What is stored is not what was to be sent.
    #[error("{} differences between the folder and what is stored:\n  {}", .0.len(), .0.join("\n  "))]
    Different(Vec<String>),
}

/// The result of a step.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn io(path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::Io { path, source }
    }

    #[cfg(feature = "harness")]
    pub(crate) fn http(what: impl Into<String>) -> impl FnOnce(reqwest::Error) -> Self {
        let what = what.into();
        move |source| Self::Http { what, source: source.without_url() }
    }

    /// Something is not as it has to be.
    pub fn unexpected(what: impl Into<String>) -> Self {
        Self::Unexpected { what: what.into() }
    }
}

// A test that ends with an error shows its `Debug` form: the sentence is what helps there.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
