//! The request log, as `GET /requests` at the control address shows it.
//!
//! It is held in memory and is lost with the process. Nothing secret is written: of a query only part numbers, upload
//! ids and the bare names `uploads` and `tagging` are kept.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde::Serialize;

use crate::role::Role;

/// Older entries are dropped once the log holds this many.
const LENGTH: usize = 1_000_000;

/// One request.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Entry {
    /// When the request was received, in the sandbox's time.
    pub at: DateTime<Utc>,
    pub role: Role,
    pub method: String,
    pub path: String,
    /// `null` when no reply was sent.
    pub status: Option<u16>,
    /// Bytes of the request's body that arrived.
    pub bytes: u64,
    /// The API's operation; `None` for the other roles, and if the API was asked for none that can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Which fault was at work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Where a role writes which operation it was asked for; in every request's extensions, so that the log has it also
/// where the reply is lost.
#[derive(Debug, Clone, Default)]
pub(crate) struct Operation(Arc<OnceLock<String>>);

impl Operation {
    /// Only the first name counts.
    pub(crate) fn name(&self, name: String) {
        self.0.get_or_init(|| name);
    }

    /// Returns what was written.
    pub(crate) fn named(&self) -> Option<String> {
        self.0.get().cloned()
    }
}

/// The log; clones share it.
#[derive(Clone, Default)]
pub(crate) struct RequestLog {
    entries: Arc<Mutex<VecDeque<Entry>>>,
}

impl RequestLog {
    /// Adds an entry.
    pub(crate) fn push(&self, entry: Entry) {
        let mut entries = self.entries.lock();
        if entries.len() == LENGTH {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    /// Returns all entries, oldest first.
    pub(crate) fn all(&self) -> Vec<Entry> {
        self.entries.lock().iter().cloned().collect()
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.entries.lock().clear();
    }
}

/// Returns the path with what may be known of its query.
pub(crate) fn public_path(uri: &http::Uri) -> String {
    const KEPT: [&str; 4] = ["partNumber", "uploadId", "uploads", "tagging"];
    let kept: Vec<&str> = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| KEPT.contains(&pair.split('=').next().unwrap_or_default()))
        .collect();
    if kept.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), kept.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logged_path_keeps_part_numbers_and_loses_secrets() {
        let uri = http::Uri::from_static("/a/b?partNumber=3&uploadId=u&Signature=secret&code=secret");
        assert_eq!(public_path(&uri), "/a/b?partNumber=3&uploadId=u");
        assert_eq!(public_path(&http::Uri::from_static("/a?uploads=&x=1")), "/a?uploads=");
        assert_eq!(public_path(&http::Uri::from_static("/a?token=1")), "/a");
    }
}
