//! What the operations take. Names and spelling are those of the published schema.

use async_graphql::{Enum, InputObject};
use uuid::Uuid;

use super::scalars::Long;
use crate::consignments::files;

#[derive(Debug, InputObject)]
pub(super) struct AddConsignmentInput {
    pub seriesid: Option<Uuid>,
    pub consignment_type: String,
}

#[derive(Debug, InputObject)]
pub(super) struct StartUploadInput {
    pub consignment_id: Uuid,
    pub parent_folder: String,
    #[graphql(default_with = "Some(false)")]
    pub include_top_level_folder: Option<bool>,
}

#[derive(Debug, InputObject)]
pub(super) struct AddFileAndMetadataInput {
    pub consignment_id: Uuid,
    pub metadata_input: Vec<ClientSideMetadataInput>,
    #[graphql(default_with = "Some(Vec::new())")]
    pub empty_directories: Option<Vec<String>>,
    pub user_id_override: Option<Uuid>,
}

#[derive(Debug, InputObject)]
pub(super) struct ClientSideMetadataInput {
    pub original_path: String,
    pub checksum: String,
    pub last_modified: Long,
    pub file_size: Long,
    pub match_id: String,
}

impl From<ClientSideMetadataInput> for files::Declared {
    fn from(input: ClientSideMetadataInput) -> Self {
        Self {
            original_path: input.original_path,
            checksum: input.checksum,
            last_modified: input.last_modified.0,
            size: input.file_size.0,
            match_id: input.match_id,
        }
    }
}

#[derive(Debug, InputObject)]
pub(super) struct ConsignmentStatusInput {
    pub consignment_id: Uuid,
    pub status_type: String,
    pub status_value: Option<String>,
    pub user_id_override: Option<Uuid>,
    pub metadata_review_notes: Option<String>,
}

#[derive(Debug, InputObject)]
pub(super) struct UpdateConsignmentSeriesIdInput {
    pub consignment_id: Uuid,
    pub series_id: Uuid,
}

#[derive(Debug, InputObject)]
pub(super) struct UpdateMetadataSchemaLibraryVersionInput {
    pub consignment_id: Uuid,
    pub metadata_schema_library_version: String,
}

#[derive(Debug, InputObject)]
pub(super) struct UpdateClientSideDraftMetadataFileNameInput {
    pub consignment_id: Uuid,
    pub client_side_draft_metadata_file_name: String,
}

#[derive(Debug, InputObject)]
pub(super) struct UpdateParentFolderInput {
    pub consignment_id: Uuid,
    pub parent_folder: String,
    pub user_id_override: Option<Uuid>,
}

#[derive(Debug, InputObject)]
pub(super) struct AddOrUpdateConsignmentMetadataInput {
    pub consignment_id: Uuid,
    pub consignment_metadata: Vec<AddOrUpdateConsignmentMetadata>,
}

#[derive(Debug, InputObject)]
pub(super) struct AddOrUpdateConsignmentMetadata {
    pub property_name: String,
    pub value: String,
}

#[derive(Debug, InputObject)]
pub(super) struct AddTransferAgreementPrivateBetaInput {
    pub consignment_id: Uuid,
    pub all_public_records: bool,
}

#[derive(Debug, InputObject)]
pub(super) struct AddTransferAgreementComplianceInput {
    pub consignment_id: Uuid,
    pub appraisal_selection_signed_off: bool,
    pub initial_open_records: Option<bool>,
    pub sensitivity_review_signed_off: bool,
}

#[derive(Debug, InputObject)]
pub(super) struct AddFinalTransferConfirmationInput {
    pub consignment_id: Uuid,
    pub legal_custody_transfer_confirmed: bool,
}

#[derive(Debug, InputObject)]
pub(super) struct AddMultipleFileStatusesInput {
    pub statuses: Vec<AddFileStatusInput>,
}

#[derive(Debug, InputObject)]
pub(super) struct AddFileStatusInput {
    pub file_id: Uuid,
    pub status_type: String,
    pub status_value: String,
}

#[derive(Debug, InputObject)]
pub(super) struct ConsignmentFilters {
    pub user_id: Option<Uuid>,
    pub consignment_type: Option<String>,
}

#[derive(Debug, InputObject)]
pub(super) struct ConsignmentMetadataFilter {
    pub property_names: Vec<String>,
}

#[derive(Debug, InputObject)]
pub(super) struct ConsignmentOrderBy {
    pub consignment_order_field: ConsignmentOrderField,
    pub order_direction: Direction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(rename_items = "PascalCase")]
pub(super) enum ConsignmentOrderField {
    ConsignmentReference,
    CreatedAtTimestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(rename_items = "PascalCase")]
pub(super) enum Direction {
    Ascending,
    Descending,
}

#[derive(Debug, InputObject)]
pub(super) struct PaginationInput {
    pub limit: Option<i32>,
    pub current_page: Option<i32>,
    pub current_cursor: Option<String>,
    pub file_filters: Option<FileFilters>,
}

#[derive(Debug, InputObject)]
pub(super) struct FileFilters {
    pub file_type_identifier: Option<String>,
    pub selected_file_ids: Option<Vec<Uuid>>,
    pub parent_id: Option<Uuid>,
    pub metadata_filters: Option<FileMetadataFilters>,
}

#[derive(Debug, InputObject)]
pub(super) struct FileMetadataFilters {
    pub properties: Option<Vec<String>>,
}

impl From<Option<FileFilters>> for files::Filter {
    fn from(filters: Option<FileFilters>) -> Self {
        filters.map_or_else(Self::default, |filters| Self {
            kind: filters.file_type_identifier,
            ids: filters.selected_file_ids,
            parent_id: filters.parent_id,
        })
    }
}
