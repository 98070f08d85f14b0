//! The body of `addFilesAndMetadata`, written item by item, and its size without writing it.
//!
//! All items of a transfer go in one call, and the API drops a body larger than its limit (facts E3: 8 MiB). The size
//! is therefore computed before anything starts, with the same code that later writes the body.

use waybill_model::{ConsignmentId, MatchId, RelPath, Sha256Digest, Timestamp};

use super::documents::REGISTER;

/// The body, as it will be sent. Only one copy is kept in memory, however many items there are.
#[derive(Clone, Debug)]
pub struct RegistrationBody {
    text: Vec<u8>,
    folders: Vec<u8>,
}

impl RegistrationBody {
    /// Creates a body that registers nothing yet.
    #[must_use]
    pub fn new(consignment: ConsignmentId) -> Self {
        let mut body = Self { text: Vec::new(), folders: Vec::new() };
        write_head(&mut body.text, consignment);
        body
    }

    /// Adds a file: its path as TDR records it, its digest, modified time, size in bytes and match id.
    pub fn add(&mut self, path: &RelPath, sha256: &Sha256Digest, modified: Timestamp, size: u64, id: MatchId) {
        if !self.text.ends_with(b"[") {
            self.text.push(b',');
        }
        write_item(&mut self.text, path, Some(sha256), modified, size, id);
    }

    /// Adds an empty folder.
    pub fn empty_folder(&mut self, path: &RelPath) {
        if !self.folders.is_empty() {
            self.folders.push(b',');
        }
        write_text(&mut self.folders, path.as_str());
    }

    /// Returns the whole body: JSON in UTF-8.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.text.put(MIDDLE);
        self.text.append(&mut self.folders);
        self.text.put(TAIL);
        self.text
    }
}

/// Computes the exact size in bytes of a [`RegistrationBody`] with the same items.
#[derive(Clone, Debug)]
pub struct RegistrationSize {
    bytes: Count,
    items: u64,
    folders: u64,
}

impl RegistrationSize {
    /// Starts with the size of a body that registers nothing.
    #[must_use]
    pub fn new() -> Self {
        let mut bytes = Count(0);
        write_head(&mut bytes, ConsignmentId(uuid::Uuid::nil()));
        bytes.put(MIDDLE);
        bytes.put(TAIL);
        Self { bytes, items: 0, folders: 0 }
    }

    /// Adds a file whose digest may not be known yet.
    pub fn add(&mut self, path: &RelPath, modified: Timestamp, size: u64, id: MatchId) {
        if self.items > 0 {
            self.bytes.put(",");
        }
        self.items += 1;
        write_item(&mut self.bytes, path, None, modified, size, id);
    }

    /// Adds an empty folder.
    pub fn empty_folder(&mut self, path: &RelPath) {
        if self.folders > 0 {
            self.bytes.put(",");
        }
        self.folders += 1;
        write_text(&mut self.bytes, path.as_str());
    }

    /// Returns the size so far, in bytes.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.bytes.0
    }
}

impl Default for RegistrationSize {
    fn default() -> Self {
        Self::new()
    }
}

const MIDDLE: &str = "],\"emptyDirectories\":[";
const TAIL: &str = "]}}}";
const UNKNOWN_DIGEST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Receives text: either a body, or a count of its bytes.
trait Sink {
    fn put(&mut self, text: &str);
}

impl Sink for Vec<u8> {
    fn put(&mut self, text: &str) {
        self.extend_from_slice(text.as_bytes());
    }
}

#[derive(Clone, Debug)]
struct Count(u64);

impl Sink for Count {
    fn put(&mut self, text: &str) {
        self.0 = self.0.saturating_add(u64::try_from(text.len()).unwrap_or(u64::MAX));
    }
}

fn write_head(sink: &mut impl Sink, consignment: ConsignmentId) {
    sink.put("{\"query\":");
    write_text(sink, REGISTER);
    sink.put(",\"variables\":{\"input\":{\"consignmentId\":\"");
    sink.put(&consignment.to_string());
    sink.put("\",\"metadataInput\":[");
}

fn write_item(
    sink: &mut impl Sink,
    path: &RelPath,
    sha256: Option<&Sha256Digest>,
    modified: Timestamp,
    size: u64,
    id: MatchId,
) {
    sink.put("{\"originalPath\":");
    write_text(sink, path.as_str());
    sink.put(",\"checksum\":\"");
    match sha256 {
        Some(digest) => sink.put(&digest.to_string()),
        None => sink.put(UNKNOWN_DIGEST),
    }
    sink.put("\",\"lastModified\":");
    sink.put(&modified.0.to_string());
    sink.put(",\"fileSize\":");
    sink.put(&size.to_string());
    sink.put(",\"matchId\":\"");
    sink.put(&id.to_string());
    sink.put("\"}");
}

/// Writes a JSON string with its quotes (RFC 8259, section 7).
fn write_text(sink: &mut impl Sink, text: &str) {
    sink.put(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;
    use waybill_model::ItemId;

    use super::*;

    fn consignment() -> ConsignmentId {
        "7f9fbd5a-0000-4000-8000-000000000001".parse().unwrap()
    }

    proptest! {
        #[test]
        fn the_predicted_size_is_the_size_of_the_body_and_the_body_says_what_was_added(
            files in proptest::collection::vec(("[^/\0]{1,20}", any::<[u8; 32]>(), any::<i64>(), any::<u64>(), any::<u64>()), 0..8),
            folders in proptest::collection::vec("[^/\0]{1,20}", 0..4),
        ) {
            let mut body = RegistrationBody::new(consignment());
            let mut size = RegistrationSize::new();
            let path = |name: &str| RelPath::new(format!("Folder/x{name}")).unwrap();
            for (name, digest, modified, bytes, id) in &files {
                let id = ItemId(*id).match_id();
                body.add(&path(name), &Sha256Digest(*digest), Timestamp(*modified), *bytes, id);
                size.add(&path(name), Timestamp(*modified), *bytes, id);
            }
            for name in &folders {
                body.empty_folder(&path(name));
                size.empty_folder(&path(name));
            }
            let text = body.finish();
            prop_assert_eq!(u64::try_from(text.len()).unwrap(), size.total());
            let json: Value = serde_json::from_slice(&text).unwrap();
            prop_assert_eq!(json["query"].as_str(), Some(REGISTER));
            let input = &json["variables"]["input"];
            prop_assert_eq!(input["consignmentId"].as_str(), Some("7f9fbd5a-0000-4000-8000-000000000001"));
            let items = input["metadataInput"].as_array().unwrap();
            prop_assert_eq!(items.len(), files.len());
            for (item, (name, digest, modified, bytes, id)) in items.iter().zip(&files) {
                let path = path(name);
                prop_assert_eq!(item["originalPath"].as_str(), Some(path.as_str()));
                let digest = Sha256Digest(*digest).to_string();
                prop_assert_eq!(item["checksum"].as_str(), Some(digest.as_str()));
                prop_assert_eq!(item["lastModified"].as_i64(), Some(*modified));
                prop_assert_eq!(item["fileSize"].as_u64(), Some(*bytes));
                let id = id.to_string();
                prop_assert_eq!(item["matchId"].as_str(), Some(id.as_str()));
            }
            let named: Vec<_> = input["emptyDirectories"].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect();
            prop_assert_eq!(named, folders.iter().map(|name| path(name).to_string()).collect::<Vec<_>>());
        }
    }
}
