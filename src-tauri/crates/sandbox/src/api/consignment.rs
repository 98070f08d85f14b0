//! A consignment as the API shows it: each field is read when a document asks for it.

use std::collections::HashMap;

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use super::caller::Caller;
use super::error::Refusal;
use super::file::{File, FileConnection, FileEdge};
use super::inputs::{ConsignmentMetadataFilter, FileFilters, PaginationInput};
use super::outputs::{
    AntivirusProgress, ChecksumProgress, ConsignmentMetadata, ConsignmentStatus, FfidProgress, FileChecks,
    MetadataReviewLog, PageInfo,
};
use super::scalars::{Long, ZonedDateTime};
use crate::consignments::{self, files, statuses};

/// Most rows of one page of files.
const LARGEST_FILE_PAGE: i32 = 10_000;

pub(super) struct Consignment(pub consignments::Consignment);

#[Object]
impl Consignment {
    #[graphql(name = "consignmentid")]
    async fn id(&self) -> Option<Uuid> {
        Some(self.0.id)
    }

    #[graphql(name = "userid")]
    async fn user_id(&self) -> Uuid {
        self.0.user_id
    }

    #[graphql(name = "seriesid")]
    async fn series_id(&self) -> Option<Uuid> {
        self.0.series_id
    }

    async fn created_datetime(&self) -> Option<ZonedDateTime> {
        Some(ZonedDateTime(self.0.created))
    }

    async fn transfer_initiated_datetime(&self) -> Option<ZonedDateTime> {
        self.0.transfer_initiated.map(ZonedDateTime)
    }

    async fn export_datetime(&self) -> Option<ZonedDateTime> {
        self.0.exported.map(ZonedDateTime)
    }

    async fn export_location(&self) -> Option<&str> {
        self.0.export_location.as_deref()
    }

    async fn consignment_type(&self) -> Option<&str> {
        Some(self.0.kind.name())
    }

    async fn include_top_level_folder(&self) -> Option<bool> {
        self.0.include_top_level_folder
    }

    async fn series_name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let Some(id) = self.0.series_id else { return Ok(None) };
        let series = Caller::of(ctx)?.db(|db| consignments::series(db, id))?;
        Ok(series.map(|series| series.code))
    }

    async fn transferring_body_name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let Some(body) = &self.0.body_code else { return Ok(None) };
        let series = Caller::of(ctx)?.db(|db| consignments::series_of_body(db, body))?;
        Ok(series.into_iter().next().map(|series| series.body_name))
    }

    async fn transferring_body_tdr_code(&self) -> Option<&str> {
        self.0.body_code.as_deref()
    }

    async fn metadata_schema_library_version(&self) -> Option<&str> {
        self.0.schema_library_version.as_deref()
    }

    async fn client_side_draft_metadata_file_name(&self) -> Option<&str> {
        self.0.draft_metadata_file.as_deref()
    }

    async fn all_checks_succeeded(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(Caller::of(ctx)?.db(|db| consignments::all_succeeded(db, self.0.id))?)
    }

    async fn total_closed_records(&self) -> i32 {
        0
    }

    async fn total_files(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(Caller::of(ctx)?.db(|db| files::count(db, self.0.id))?))
    }

    async fn total_file_size(&self, ctx: &Context<'_>) -> Result<Long> {
        Ok(Long(Caller::of(ctx)?.db(|db| files::total_size(db, self.0.id))?))
    }

    async fn file_checks(&self, ctx: &Context<'_>) -> Result<FileChecks> {
        let progress = Caller::of(ctx)?.checks.progress(self.0.id).map_err(Refusal::from)?;
        Ok(FileChecks {
            antivirus_progress: AntivirusProgress { files_processed: int(progress.antivirus) },
            checksum_progress: ChecksumProgress { files_processed: int(progress.checksum) },
            ffid_progress: FfidProgress { files_processed: int(progress.ffid) },
        })
    }

    async fn parent_folder(&self) -> Option<&str> {
        self.0.parent_folder.as_deref()
    }

    async fn parent_folder_id(&self) -> Option<Uuid> {
        self.0.parent_folder_id
    }

    async fn files(&self, ctx: &Context<'_>, file_filters_input: Option<FileFilters>) -> Result<Vec<File>> {
        let wanted = ctx.look_ahead().field("fileStatuses").exists() || ctx.look_ahead().field("fileStatus").exists();
        let filter = files::Filter::from(file_filters_input);
        let (rows, statuses) = Caller::of(ctx)?
            .db(|db| Ok((files::list(db, self.0.id, &filter, None)?, statuses_if(db, self.0.id, wanted)?)))?;
        Ok(with_statuses(rows, statuses))
    }

    async fn paginated_files(
        &self,
        ctx: &Context<'_>,
        pagination_input: Option<PaginationInput>,
    ) -> Result<FileConnection> {
        let node = ctx.look_ahead().field("edges").field("node");
        let wanted = node.field("fileStatuses").exists() || node.field("fileStatus").exists();
        let input = pagination_input
            .ok_or_else(|| Refusal::InvalidInputData("paginationInput is needed to page through files".to_owned()))?;
        let limit = input.limit.unwrap_or(LARGEST_FILE_PAGE).clamp(0, LARGEST_FILE_PAGE);
        let page = files::Page {
            limit: i64::from(limit),
            offset: i64::from(input.current_page.unwrap_or(0).max(0)) * i64::from(limit),
            after: input.current_cursor,
            seed: Caller::of(ctx)?.rules.seed,
        };
        let filter = files::Filter::from(input.file_filters);
        let (rows, statuses, total) = Caller::of(ctx)?.db(|db| {
            Ok((
                files::list(db, self.0.id, &filter, Some(page))?,
                statuses_if(db, self.0.id, wanted)?,
                files::count_filtered(db, self.0.id, &filter)?,
            ))
        })?;
        let cursors: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
        let page_info = PageInfo::of(&cursors);
        let edges = with_statuses(rows, statuses)
            .into_iter()
            .zip(cursors)
            .map(|(node, cursor)| Some(FileEdge { node, cursor }))
            .collect();
        Ok(FileConnection {
            page_info,
            edges: Some(edges),
            total_pages: Some(int(pages(total, i64::from(limit)))),
            total_items: Some(int(total)),
        })
    }

    async fn consignment_reference(&self) -> &str {
        &self.0.reference
    }

    async fn consignment_statuses(&self, ctx: &Context<'_>) -> Result<Vec<ConsignmentStatus>> {
        let statuses = Caller::of(ctx)?.db(|db| statuses::all(db, self.0.id))?;
        Ok(statuses.iter().map(|status| ConsignmentStatus::new(self.0.id, status)).collect())
    }

    async fn consignment_metadata(
        &self,
        ctx: &Context<'_>,
        consignment_metadata_filters_input: Option<ConsignmentMetadataFilter>,
    ) -> Result<Vec<ConsignmentMetadata>> {
        let names = consignment_metadata_filters_input.map(|filter| filter.property_names);
        let all = Caller::of(ctx)?.db(|db| consignments::metadata(db, self.0.id))?;
        Ok(all
            .into_iter()
            .filter(|(name, _)| names.as_ref().is_none_or(|names| names.contains(name)))
            .map(|(property_name, value)| ConsignmentMetadata { property_name, value })
            .collect())
    }

    async fn metadata_review_logs(&self, ctx: &Context<'_>) -> Result<Vec<MetadataReviewLog>> {
        let logs = Caller::of(ctx)?.db(|db| consignments::review_logs(db, self.0.id))?;
        Ok(logs
            .into_iter()
            .map(|log| MetadataReviewLog {
                metadata_review_log_id: log.id,
                consignment_id: self.0.id,
                user_id: log.user_id,
                action: log.action,
                event_time: ZonedDateTime(log.at),
                metadata_review_notes: log.notes,
            })
            .collect())
    }
}

type FoundStatuses = HashMap<Uuid, Vec<(String, String)>>;

fn statuses_if(db: &rusqlite::Connection, consignment: Uuid, wanted: bool) -> rusqlite::Result<FoundStatuses> {
    let mut found = FoundStatuses::new();
    if wanted {
        for (file, kind, value) in files::statuses(db, consignment)? {
            found.entry(file).or_default().push((kind, value));
        }
    }
    Ok(found)
}

fn with_statuses(rows: Vec<files::FileRow>, mut statuses: FoundStatuses) -> Vec<File> {
    rows.into_iter().map(|row| File { statuses: statuses.remove(&row.id).unwrap_or_default(), row }).collect()
}

/// Returns how many pages of `limit` hold `total`.
pub(super) fn pages(total: i64, limit: i64) -> i64 {
    if limit <= 0 { 0 } else { (total + limit - 1) / limit }
}

pub(super) fn int(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
