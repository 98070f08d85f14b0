//! The suite: what is asked of a store, and what S3 says to it.
//!
//! A case drives a store and puts into words what it saw. What S3 would have said stands beside it, with the document
//! that says so. Every case uses its own keys and leaves nothing behind that could disturb another one, so that they
//! can run in any order.

mod access;
mod checksums;
pub(crate) mod completion;
mod headers;
mod objects;
mod parts;
mod races;

use waybill_system_tests::{Error, Result};

use crate::store::Store;
use crate::wire::{Answer, Request};

/// Drives a store and puts into words what it shows.
type Run = Box<dyn Fn(&Store) -> Result<String>>;

/// One question to a store.
pub(crate) struct Case {
    pub(crate) name: String,
    expected: Expected,
    /// The document that says so.
    pub(crate) source: &'static str,
    run: Run,
}

/// What S3 would show.
enum Expected {
    Always(String),
    /// With TDR's bucket policy, and for the owner of a bucket without one.
    ByPolicy(&'static str, &'static str),
}

impl Case {
    fn new(
        name: impl Into<String>,
        expected: impl Into<String>,
        source: &'static str,
        run: impl Fn(&Store) -> Result<String> + 'static,
    ) -> Self {
        Self { name: name.into(), expected: Expected::Always(expected.into()), source, run: Box::new(run) }
    }

    fn by_policy(
        name: impl Into<String>,
        with: &'static str,
        without: &'static str,
        source: &'static str,
        run: impl Fn(&Store) -> Result<String> + 'static,
    ) -> Self {
        Self { name: name.into(), expected: Expected::ByPolicy(with, without), source, run: Box::new(run) }
    }

    /// Returns what S3 would show in this store's place.
    pub(crate) fn expected(&self, store: &Store) -> &str {
        match &self.expected {
            Expected::Always(text) => text,
            Expected::ByPolicy(with, without) => {
                if store.has_policy() {
                    with
                } else {
                    without
                }
            }
        }
    }

    /// Returns what S3 is documented to show to a bucket's owner.
    pub(crate) fn documented(&self) -> &str {
        match &self.expected {
            Expected::Always(text) => text,
            Expected::ByPolicy(_, without) => without,
        }
    }

    /// Returns what the store shows.
    pub(crate) fn observe(&self, store: &Store) -> Result<String> {
        (self.run)(store)
    }
}

/// Everything that is asked.
pub(crate) fn all() -> Vec<Case> {
    let groups = [
        objects::cases(),
        headers::cases(),
        access::cases(),
        parts::cases(),
        completion::cases(),
        checksums::cases(),
        races::cases(),
    ];
    groups.into_iter().flatten().collect()
}

/// What expectations come from.
mod source {
    /// Told of S3 in issue trackers, or only done by `LocalStack`, which is made after S3. Nobody here has seen S3 do
    /// it.
    pub(super) const SEEN: &str = "no document; reports of others, or `LocalStack` alone";
    /// Follows from what is documented, but not to the letter.
    pub(super) const ASSUMED: &str = "not documented; assumed";
    pub(super) const PUT: &str = "PutObject, API reference";
    pub(super) const CREATE: &str = "CreateMultipartUpload, API reference";
    pub(super) const PART: &str = "UploadPart, API reference";
    pub(super) const COMPLETE: &str = "CompleteMultipartUpload, API reference";
    pub(super) const LIMITS: &str = "Amazon S3 multipart upload limits, user guide";
    pub(super) const INTEGRITY: &str = "Checking object integrity, user guide";
    pub(super) const CONDITIONAL: &str = "Conditional writes, user guide";
    pub(super) const POLICY: &str = "Enforce conditional writes, user guide; TDR's bucket policy";
    pub(super) const ERRORS: &str = "Error responses, API reference";
    pub(super) const OWNERSHIP: &str = "Controlling ownership of objects, user guide";
}

const MIB: usize = 1024 * 1024;
const CONDITION: (&str, &str) = ("if-none-match", "*");

/// A multipart upload under way.
struct Upload<'a> {
    store: &'a Store,
    key: String,
    id: String,
}

impl<'a> Upload<'a> {
    /// Begins one under a fresh key.
    fn begin(store: &'a Store, headers: &[(&str, &str)]) -> Result<Self> {
        Self::begin_at(store, store.fresh_key(), headers)
    }

    fn begin_at(store: &'a Store, key: String, headers: &[(&str, &str)]) -> Result<Self> {
        let answer = expect_good(store.send(Request::new("POST", &key).query("uploads").headers(headers))?)?;
        let id = answer.element("UploadId");
        Ok(Self { store, key, id })
    }

    fn part(&self, number: i32, headers: &[(&str, &str)], data: &[u8]) -> Result<Answer> {
        let query = format!("partNumber={number}&uploadId={}", self.id);
        self.store.send(Request::new("PUT", &self.key).query(query).headers(headers).body(data))
    }

    /// Sends a part, which must succeed, and returns its entry for the list.
    fn good_part(&self, number: i32, data: &[u8]) -> Result<Entry> {
        let answer = expect_good(self.part(number, &[], data)?)?;
        Ok(Entry { number, etag: answer.header("etag").to_owned(), checksum: String::new() })
    }

    /// Completes with the condition that TDR's policy demands.
    fn complete(&self, headers: &[(&str, &str)], entries: &[Entry]) -> Result<Answer> {
        let headers: Vec<(&str, &str)> = [CONDITION].iter().chain(headers).copied().collect();
        self.complete_with(&headers, list(entries))
    }

    fn complete_with(&self, headers: &[(&str, &str)], list: impl Into<Vec<u8>>) -> Result<Answer> {
        let query = format!("uploadId={}", self.id);
        self.store.send(Request::new("POST", &self.key).query(query).headers(headers).body(list))
    }
}

/// An entry of the list of parts.
#[derive(Clone, Debug)]
struct Entry {
    number: i32,
    etag: String,
    /// An XML element, or nothing.
    checksum: String,
}

fn list(entries: &[Entry]) -> String {
    let parts: String = entries
        .iter()
        .map(|Entry { number, etag, checksum }| {
            let etag = etag.replace('"', "&quot;");
            format!("<Part>{checksum}<ETag>{etag}</ETag><PartNumber>{number}</PartNumber></Part>")
        })
        .collect();
    format!(
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{parts}</CompleteMultipartUpload>"
    )
}

fn expect_good(answer: Answer) -> Result<Answer> {
    if answer.is_good() {
        return Ok(answer);
    }
    Err(Error::unexpected(format!("a preparation was refused: {}: {}", answer.said(), answer.body)))
}

/// Returns what was said, and what is stored afterwards.
fn said_and_stored(store: &Store, key: &str, answer: &Answer, wanted: &[u8]) -> Result<String> {
    let stored = match store.stored(key)? {
        None => "nothing stored",
        Some(bytes) if bytes == wanted => "stored as sent",
        Some(_) => "other bytes stored",
    };
    Ok(format!("{}, {stored}", answer.said()))
}

/// `data` of this many bytes, different for each `seed`.
fn bytes(count: usize, seed: u8) -> Vec<u8> {
    (0..count).map(|at| u8::try_from((at * 31 + at / 251) % 251).unwrap_or_default() ^ seed).collect()
}
