//! What the operations return besides consignments and files.

use async_graphql::SimpleObject;
use uuid::Uuid;

use super::scalars::ZonedDateTime;
use crate::consignments;
use crate::consignments::statuses::Status;

#[derive(Debug, SimpleObject)]
pub(super) struct Series {
    pub seriesid: Uuid,
    pub bodyid: Uuid,
    pub name: String,
    pub code: String,
    pub description: Option<String>,
}

impl From<consignments::Series> for Series {
    fn from(series: consignments::Series) -> Self {
        Self {
            seriesid: series.id,
            bodyid: series.body_id,
            name: series.code.clone(),
            description: Some(format!("{} of {}", series.code, series.body_name)),
            code: series.code,
        }
    }
}

#[derive(Debug, SimpleObject)]
pub(super) struct ConsignmentStatus {
    pub consignment_status_id: Uuid,
    pub consignment_id: Uuid,
    pub status_type: String,
    pub value: String,
    pub created_datetime: ZonedDateTime,
    pub modified_datetime: Option<ZonedDateTime>,
}

impl ConsignmentStatus {
    pub(super) fn new(consignment: Uuid, status: &Status) -> Self {
        Self {
            consignment_status_id: status.id,
            consignment_id: consignment,
            status_type: status.kind.name().to_owned(),
            value: status.value.name().to_owned(),
            created_datetime: ZonedDateTime(status.created),
            modified_datetime: status.modified.map(ZonedDateTime),
        }
    }
}

#[derive(Debug, SimpleObject)]
pub(super) struct ConsignmentMetadata {
    pub property_name: String,
    pub value: String,
}

#[derive(Debug, SimpleObject)]
pub(super) struct ConsignmentMetadataWithConsignmentId {
    pub consignment_id: Uuid,
    pub property_name: String,
    pub value: String,
}

#[derive(Debug, SimpleObject)]
pub(super) struct FileMatches {
    pub file_id: Uuid,
    pub match_id: String,
}

#[derive(Debug, SimpleObject)]
pub(super) struct FinalTransferConfirmation {
    pub consignment_id: Uuid,
    pub legal_custody_transfer_confirmed: bool,
}

#[derive(Debug, SimpleObject)]
pub(super) struct TransferAgreementPrivateBeta {
    pub consignment_id: Uuid,
    pub all_public_records: bool,
}

#[derive(Debug, SimpleObject)]
pub(super) struct TransferAgreementCompliance {
    pub consignment_id: Uuid,
    pub appraisal_selection_signed_off: bool,
    pub initial_open_records: Option<bool>,
    pub sensitivity_review_signed_off: bool,
}

#[derive(Debug, SimpleObject)]
pub(super) struct MetadataReviewLog {
    pub metadata_review_log_id: Uuid,
    pub consignment_id: Uuid,
    pub user_id: Uuid,
    pub action: String,
    pub event_time: ZonedDateTime,
    pub metadata_review_notes: Option<String>,
}

#[derive(Debug, SimpleObject)]
pub(super) struct PageInfo {
    pub has_next_page: bool,
    pub has_previous_page: bool,
    pub start_cursor: Option<String>,
    pub end_cursor: Option<String>,
}

impl PageInfo {
    /// Returns the API's page information: there is said to be a next page whenever this one is not empty.
    pub(super) fn of(cursors: &[String]) -> Self {
        Self {
            has_next_page: !cursors.is_empty(),
            has_previous_page: false,
            start_cursor: cursors.first().cloned(),
            end_cursor: cursors.last().cloned(),
        }
    }
}

#[derive(Debug, SimpleObject)]
pub(super) struct FileChecks {
    pub antivirus_progress: AntivirusProgress,
    pub checksum_progress: ChecksumProgress,
    pub ffid_progress: FfidProgress,
}

#[derive(Debug, SimpleObject)]
pub(super) struct AntivirusProgress {
    pub files_processed: i32,
}

#[derive(Debug, SimpleObject)]
pub(super) struct ChecksumProgress {
    pub files_processed: i32,
}

#[derive(Debug, SimpleObject)]
#[graphql(name = "FFIDProgress")]
pub(super) struct FfidProgress {
    pub files_processed: i32,
}
