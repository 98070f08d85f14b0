//! Files and folders as the API shows them.

use async_graphql::{Object, SimpleObject};
use chrono::DateTime;
use uuid::Uuid;

use super::scalars::{LocalDateTime, Long};
use crate::consignments::files::{FILE, FileRow};

/// A row with its statuses, which are only there when the document asks for them.
pub(super) struct File {
    pub row: FileRow,
    /// Type and value.
    pub statuses: Vec<(String, String)>,
}

#[Object]
impl File {
    async fn file_id(&self) -> Uuid {
        self.row.id
    }

    async fn upload_match_id(&self) -> Option<&str> {
        self.row.match_id.as_deref()
    }

    async fn file_type(&self) -> Option<&str> {
        Some(&self.row.kind)
    }

    async fn file_name(&self) -> Option<&str> {
        Some(&self.row.name)
    }

    async fn file_reference(&self) -> Option<&str> {
        Some(&self.row.reference)
    }

    async fn parent_id(&self) -> Option<Uuid> {
        self.row.parent_id
    }

    async fn parent_reference(&self) -> Option<&str> {
        self.row.parent_reference.as_deref()
    }

    async fn metadata(&self) -> FileMetadataValues {
        FileMetadataValues::of(&self.row)
    }

    #[graphql(deprecation = "Should use 'fileStatuses' field")]
    async fn file_status(&self) -> Option<&str> {
        self.statuses.iter().find(|(kind, _)| kind == "FFID").map(|(_, value)| value.as_str())
    }

    /// The sandbox names no formats.
    async fn ffid_metadata(&self) -> Option<FfidMetadata> {
        None
    }

    /// The sandbox has no scanner to name.
    async fn antivirus_metadata(&self) -> Option<AntivirusMetadata> {
        None
    }

    /// Set for redacted records only, of which the sandbox has none.
    async fn original_file_path(&self) -> Option<&str> {
        None
    }

    async fn file_metadata(&self) -> Vec<FileMetadataValue> {
        let mut values = vec![
            FileMetadataValue::new("Filename", &self.row.name),
            FileMetadataValue::new("FileType", &self.row.kind),
            FileMetadataValue::new("ClientSideOriginalFilepath", &self.row.path),
        ];
        if let Some(checksum) = &self.row.checksum {
            values.push(FileMetadataValue::new("SHA256ClientSideChecksum", checksum));
        }
        if let Some(size) = self.row.size {
            values.push(FileMetadataValue::new("ClientSideFileSize", &size.to_string()));
        }
        values
    }

    async fn file_statuses(&self) -> Vec<FileStatus> {
        let status = |(kind, value): &(String, String)| FileStatus {
            file_id: self.row.id,
            status_type: kind.clone(),
            status_value: value.clone(),
        };
        self.statuses.iter().map(status).collect()
    }
}

#[derive(Debug, SimpleObject)]
pub(super) struct FileStatus {
    pub file_id: Uuid,
    pub status_type: String,
    pub status_value: String,
}

#[derive(Debug, SimpleObject)]
pub(super) struct FileMetadataValue {
    name: String,
    value: String,
}

impl FileMetadataValue {
    fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned() }
    }
}

#[derive(Debug, Default, SimpleObject)]
pub(super) struct FileMetadataValues {
    #[graphql(name = "sha256ClientSideChecksum")]
    sha256_client_side_checksum: Option<String>,
    client_side_original_file_path: Option<String>,
    client_side_last_modified_date: Option<LocalDateTime>,
    client_side_file_size: Option<Long>,
    rights_copyright: Option<String>,
    legal_status: Option<String>,
    held_by: Option<String>,
    language: Option<String>,
    foi_exemption_code: Option<String>,
    closure_period: Option<String>,
    closure_start_date: Option<LocalDateTime>,
    foi_exemption_asserted: Option<LocalDateTime>,
    title_closed: Option<bool>,
    description_closed: Option<bool>,
}

impl FileMetadataValues {
    fn of(row: &FileRow) -> Self {
        let file = row.kind == FILE;
        Self {
            sha256_client_side_checksum: row.checksum.clone(),
            client_side_original_file_path: Some(row.path.clone()),
            client_side_last_modified_date: row
                .last_modified
                .and_then(DateTime::from_timestamp_millis)
                .map(LocalDateTime),
            client_side_file_size: row.size.map(Long),
            rights_copyright: Some("Crown Copyright".to_owned()),
            legal_status: Some("Public Record".to_owned()),
            held_by: Some("The National Archives, Kew".to_owned()),
            language: Some("English".to_owned()),
            foi_exemption_code: file.then(|| "open".to_owned()),
            title_closed: file.then_some(false),
            description_closed: file.then_some(false),
            ..Self::default()
        }
    }
}

#[derive(Debug, SimpleObject)]
#[graphql(name = "FFIDMetadata")]
#[allow(dead_code, reason = "part of the published schema; no operation served here makes one")]
pub(super) struct FfidMetadata {
    file_id: Uuid,
    software: String,
    software_version: String,
    binary_signature_file_version: String,
    container_signature_file_version: String,
    method: String,
    matches: Vec<FfidMetadataMatches>,
    datetime: Long,
}

#[derive(Debug, SimpleObject)]
#[graphql(name = "FFIDMetadataMatches")]
#[allow(dead_code, reason = "part of the published schema; no operation served here makes one")]
pub(super) struct FfidMetadataMatches {
    extension: Option<String>,
    identification_basis: String,
    puid: Option<String>,
    file_extension_mismatch: Option<bool>,
    format_name: Option<String>,
}

#[derive(Debug, SimpleObject)]
#[allow(dead_code, reason = "part of the published schema; no operation served here makes one")]
pub(super) struct AntivirusMetadata {
    file_id: Uuid,
    software: String,
    software_version: String,
    database_version: String,
    result: String,
    datetime: Long,
}

#[derive(SimpleObject)]
pub(super) struct FileConnection {
    pub page_info: super::outputs::PageInfo,
    pub edges: Option<Vec<Option<FileEdge>>>,
    pub total_pages: Option<i32>,
    pub total_items: Option<i32>,
}

#[derive(SimpleObject)]
pub(super) struct FileEdge {
    pub node: File,
    pub cursor: String,
}
