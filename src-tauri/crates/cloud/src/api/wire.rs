//! The shapes of the responses, and their conversion to the model's types.

use serde::Deserialize;
use waybill_model::{
    CheckProgress, ConsignmentId, ConsignmentReference, ConsignmentStatuses, FileId, ServerTruth, StatusValue,
};

use super::{MatchPage, StatusPage};

/// `getConsignment`.
#[derive(Deserialize)]
pub(super) struct One<T> {
    #[serde(rename = "getConsignment")]
    pub(super) consignment: Option<T>,
}

#[derive(Deserialize)]
pub(super) struct Consignments {
    pub(super) consignments: Connection<ConsignmentEdge>,
}

/// A GraphQL connection: its edges may be absent, and each edge may be null.
#[derive(Deserialize)]
pub(super) struct Connection<E> {
    #[serde(default = "Vec::new", deserialize_with = "none_is_empty", bound(deserialize = "E: Deserialize<'de>"))]
    pub(super) edges: Vec<Option<E>>,
    #[serde(rename = "pageInfo")]
    page_info: Option<PageInfo>,
}

#[derive(Deserialize)]
struct PageInfo {
    #[serde(rename = "hasNextPage")]
    has_next_page: bool,
}

#[derive(Deserialize)]
pub(super) struct ConsignmentEdge {
    pub(super) node: Consignment,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Consignment {
    #[serde(rename = "consignmentid")]
    id: Option<ConsignmentId>,
    consignment_reference: ConsignmentReference,
    consignment_type: String,
    series_name: Option<String>,
    created_datetime: Option<String>,
    export_datetime: Option<String>,
    total_files: i64,
    consignment_statuses: Vec<Status>,
}

impl Consignment {
    /// Returns `None` if neither the response nor the request names the consignment, or if a count is negative.
    pub(super) fn into_model(self, asked: Option<ConsignmentId>) -> Option<waybill_model::Consignment> {
        Some(waybill_model::Consignment {
            id: self.id.or(asked)?,
            reference: self.consignment_reference,
            series: self.series_name,
            created: self.created_datetime,
            judgment: self.consignment_type == "judgment",
            exported: self.export_datetime.is_some(),
            total_files: self.total_files.try_into().ok()?,
            statuses: statuses(&self.consignment_statuses),
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    status_type: String,
    value: String,
}

/// A consignment has at most one status of each type (facts E7).
fn statuses(list: &[Status]) -> ConsignmentStatuses {
    let mut found = ConsignmentStatuses::default();
    for Status { status_type, value } in list {
        let value = StatusValue::from_text(value);
        match status_type.as_str() {
            "Series" => found.series = Some(value),
            "TransferAgreement" => found.transfer_agreement = Some(value),
            "Upload" => found.upload = Some(value),
            "ClientChecks" => found.client_checks = Some(value),
            "ServerFFID" => found.server_ffid = Some(value),
            "Export" => found.export = Some(value),
            _ => found.other_in_progress |= value == StatusValue::InProgress,
        }
    }
    found
}

#[derive(Deserialize)]
pub(super) struct StartUpload {
    #[serde(rename = "startUpload")]
    _parent_folder: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Truth {
    total_files: i64,
    parent_folder: Option<String>,
    consignment_statuses: Vec<Status>,
}

impl Truth {
    pub(super) fn into_model(self) -> Option<ServerTruth> {
        let upload = statuses(&self.consignment_statuses).upload;
        Some(ServerTruth { upload, total_files: self.total_files.try_into().ok()?, parent_folder: self.parent_folder })
    }
}

#[derive(Deserialize)]
pub(super) struct Registered {
    #[serde(rename = "addFilesAndMetadata")]
    pub(super) matches: Vec<Match>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Match {
    pub(super) match_id: String,
    pub(super) file_id: FileId,
}

/// A page of files, each with the fields that were requested.
#[derive(Deserialize)]
#[serde(bound(deserialize = "N: Deserialize<'de>"))]
pub(super) struct Files<N> {
    #[serde(rename = "paginatedFiles")]
    page: Connection<FileEdge<N>>,
}

#[derive(Deserialize)]
struct FileEdge<N> {
    node: N,
}

impl<N> Files<N> {
    /// Returns the files, and whether this is the last page. An empty page is the last, even if `hasNextPage` says
    /// otherwise (facts E4).
    fn into_nodes(self) -> (impl Iterator<Item = N>, bool) {
        let more = self.page.page_info.is_none_or(|info| info.has_next_page);
        let last = self.page.edges.is_empty() || !more;
        (self.page.edges.into_iter().flatten().map(|edge| edge.node), last)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct File {
    file_id: FileId,
    file_type: Option<String>,
    upload_match_id: Option<String>,
}

impl Files<File> {
    pub(super) fn into_model(self) -> MatchPage {
        let (files, last) = self.into_nodes();
        let entries = files.map(|file| {
            let is_file = file.file_type.as_deref() == Some("File");
            (file.upload_match_id, file.file_id, is_file)
        });
        MatchPage { entries: entries.collect(), last }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CheckedFile {
    file_id: FileId,
    file_statuses: Vec<FileStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileStatus {
    status_type: String,
    status_value: String,
}

impl Files<CheckedFile> {
    pub(super) fn into_model(self) -> StatusPage {
        let (files, last) = self.into_nodes();
        let entries = files.map(|file| {
            let statuses = file.file_statuses.into_iter().map(|status| (status.status_type, status.status_value));
            (file.file_id, statuses.collect())
        });
        StatusPage { entries: entries.collect(), last }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Checks {
    all_checks_succeeded: bool,
    total_files: i64,
    file_checks: FileChecks,
    consignment_statuses: Vec<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileChecks {
    antivirus_progress: Processed,
    checksum_progress: Processed,
    ffid_progress: Processed,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Processed {
    files_processed: i64,
}

impl Checks {
    pub(super) fn into_model(self) -> Option<CheckProgress> {
        Some(CheckProgress {
            total_files: self.total_files.try_into().ok()?,
            antivirus: self.file_checks.antivirus_progress.files_processed.try_into().ok()?,
            checksum: self.file_checks.checksum_progress.files_processed.try_into().ok()?,
            format: self.file_checks.ffid_progress.files_processed.try_into().ok()?,
            statuses: statuses(&self.consignment_statuses),
            all_succeeded: self.all_checks_succeeded,
        })
    }
}

fn none_is_empty<'de, D, E>(from: D) -> Result<Vec<Option<E>>, D::Error>
where
    D: serde::Deserializer<'de>,
    E: Deserialize<'de>,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
