//! What can be changed. Only `startUpload` and `addConsignmentStatus` look at what is there; everything else is done as
//! often as it is asked for, as in TDR's API.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use super::caller::Caller;
use super::consignment::Consignment;
use super::error::Refusal;
use super::file::FileStatus;
use super::inputs::{
    AddConsignmentInput, AddFileAndMetadataInput, AddFinalTransferConfirmationInput, AddMultipleFileStatusesInput,
    AddOrUpdateConsignmentMetadataInput, AddTransferAgreementComplianceInput, AddTransferAgreementPrivateBetaInput,
    ConsignmentStatusInput, StartUploadInput, UpdateClientSideDraftMetadataFileNameInput,
    UpdateConsignmentSeriesIdInput, UpdateMetadataSchemaLibraryVersionInput, UpdateParentFolderInput,
};
use super::outputs::{
    ConsignmentMetadataWithConsignmentId, ConsignmentStatus, FileMatches, FinalTransferConfirmation,
    TransferAgreementCompliance, TransferAgreementPrivateBeta,
};
use crate::consignments::statuses::{self, StatusKind, StatusValue};
use crate::consignments::{self, Field, Kind, files};

pub(super) struct Mutation;

#[Object]
impl Mutation {
    async fn add_consignment(
        &self,
        ctx: &Context<'_>,
        add_consignment_input: AddConsignmentInput,
    ) -> Result<Consignment> {
        let caller = Caller::of(ctx)?;
        let user = caller.claims.user_id;
        let Some(body) = caller.claims.body.clone().filter(|body| !body.is_empty()) else {
            return Err(Refusal::NotAuthorised(format!("User '{user}' has no transferring body in the token")).into());
        };
        let kind = &add_consignment_input.consignment_type;
        let Some(kind) = Kind::parse(kind) else {
            return Err(Refusal::InvalidInputData(format!("Invalid consignment type '{kind}' for consignment")).into());
        };
        if let Some(series) = add_consignment_input.seriesid {
            own_series(caller, series)?;
        }
        let now = caller.now();
        let seed = caller.rules.seed;
        let made = caller.db(|db| {
            let transaction = db.transaction()?;
            let made =
                consignments::create(&transaction, seed, user, &body, kind, add_consignment_input.seriesid, now)?;
            transaction.commit()?;
            Ok(made)
        })?;
        Ok(Consignment(made))
    }

    async fn update_transfer_initiated(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "consignmentid")] id: Uuid,
    ) -> Result<Option<i32>> {
        let caller = Caller::of(ctx)?;
        caller.own(id)?;
        let now = caller.now();
        caller.db(|db| {
            statuses::put(db, id, StatusKind::Export, StatusValue::InProgress, now)?;
            consignments::set_transfer_initiated(db, id, now)
        })?;
        Ok(Some(1))
    }

    async fn start_upload(&self, ctx: &Context<'_>, start_upload_input: StartUploadInput) -> Result<String> {
        let caller = Caller::of(ctx)?;
        let id = start_upload_input.consignment_id;
        caller.own(id)?;
        let now = caller.now();
        let top_level = start_upload_input.include_top_level_folder.unwrap_or(false);
        let folder = start_upload_input.parent_folder;
        let refusal = caller.db(|db| {
            let transaction = db.transaction()?;
            if files::count(&transaction, id)? > 0 {
                return Ok(Some(format!("Upload already occurred for consignment: {id}")));
            }
            if let Some(upload) = statuses::get(&transaction, id, StatusKind::Upload)? {
                let value = upload.value.name();
                return Ok(Some(format!(
                    "Existing consignment upload status is '{value}', so cannot start new upload"
                )));
            }
            statuses::add(&transaction, id, StatusKind::Upload, StatusValue::InProgress, now)?;
            statuses::put(&transaction, id, StatusKind::ClientChecks, StatusValue::InProgress, now)?;
            consignments::set_upload(&transaction, id, &folder, top_level)?;
            transaction.commit()?;
            Ok(None)
        })?;
        match refusal {
            None => Ok(folder),
            Some(message) => Err(Refusal::InvalidConsignmentState(message).into()),
        }
    }

    async fn update_consignment_series_id(
        &self,
        ctx: &Context<'_>,
        update_consignment_series_id: UpdateConsignmentSeriesIdInput,
    ) -> Result<Option<i32>> {
        let caller = Caller::of(ctx)?;
        let UpdateConsignmentSeriesIdInput { consignment_id, series_id } = update_consignment_series_id;
        caller.own(consignment_id)?;
        if caller.claims.judgment_user {
            return Err(Refusal::NotAuthorised(format!(
                "Judgment user '{}' cannot choose a series for consignment '{consignment_id}'",
                caller.claims.user_id
            ))
            .into());
        }
        own_series(caller, series_id)?;
        let now = caller.now();
        let rows = caller.db(|db| {
            statuses::put(db, consignment_id, StatusKind::Series, StatusValue::Completed, now)?;
            consignments::set_field(db, consignment_id, Field::Series, &series_id.to_string())
        })?;
        Ok(Some(rows))
    }

    async fn update_consignment_metadata_schema_library_version(
        &self,
        ctx: &Context<'_>,
        update_metadata_schema_library_version: UpdateMetadataSchemaLibraryVersionInput,
    ) -> Result<Option<i32>> {
        let input = update_metadata_schema_library_version;
        set_field(ctx, input.consignment_id, Field::SchemaLibraryVersion, &input.metadata_schema_library_version)
    }

    async fn update_client_side_draft_metadata_file_name(
        &self,
        ctx: &Context<'_>,
        update_client_side_draft_metadata_file_name: UpdateClientSideDraftMetadataFileNameInput,
    ) -> Result<Option<i32>> {
        let input = update_client_side_draft_metadata_file_name;
        set_field(ctx, input.consignment_id, Field::DraftMetadataFile, &input.client_side_draft_metadata_file_name)
    }

    async fn update_parent_folder(
        &self,
        ctx: &Context<'_>,
        update_parent_folder_input: UpdateParentFolderInput,
    ) -> Result<Option<i32>> {
        Caller::of(ctx)?.refuse_override(update_parent_folder_input.user_id_override)?;
        let input = update_parent_folder_input;
        set_field(ctx, input.consignment_id, Field::ParentFolder, &input.parent_folder)
    }

    async fn add_or_update_consignment_metadata(
        &self,
        ctx: &Context<'_>,
        add_or_update_consignment_metadata_input: AddOrUpdateConsignmentMetadataInput,
    ) -> Result<Vec<ConsignmentMetadataWithConsignmentId>> {
        let caller = Caller::of(ctx)?;
        let input = add_or_update_consignment_metadata_input;
        caller.own(input.consignment_id)?;
        caller.db(|db| {
            let transaction = db.transaction()?;
            for entry in &input.consignment_metadata {
                consignments::put_metadata(&transaction, input.consignment_id, &entry.property_name, &entry.value)?;
            }
            transaction.commit()
        })?;
        let echo = input.consignment_metadata.into_iter().map(|entry| ConsignmentMetadataWithConsignmentId {
            consignment_id: input.consignment_id,
            property_name: entry.property_name,
            value: entry.value,
        });
        Ok(echo.collect())
    }

    async fn add_transfer_agreement_private_beta(
        &self,
        ctx: &Context<'_>,
        add_transfer_agreement_private_beta_input: AddTransferAgreementPrivateBetaInput,
    ) -> Result<TransferAgreementPrivateBeta> {
        let input = add_transfer_agreement_private_beta_input;
        put_status(ctx, input.consignment_id, StatusKind::TransferAgreement, StatusValue::InProgress)?;
        Ok(TransferAgreementPrivateBeta {
            consignment_id: input.consignment_id,
            all_public_records: input.all_public_records,
        })
    }

    async fn add_transfer_agreement_compliance(
        &self,
        ctx: &Context<'_>,
        add_transfer_agreement_compliance_input: AddTransferAgreementComplianceInput,
    ) -> Result<TransferAgreementCompliance> {
        let input = add_transfer_agreement_compliance_input;
        put_status(ctx, input.consignment_id, StatusKind::TransferAgreement, StatusValue::Completed)?;
        Ok(TransferAgreementCompliance {
            consignment_id: input.consignment_id,
            appraisal_selection_signed_off: input.appraisal_selection_signed_off,
            initial_open_records: input.initial_open_records,
            sensitivity_review_signed_off: input.sensitivity_review_signed_off,
        })
    }

    async fn add_files_and_metadata(
        &self,
        ctx: &Context<'_>,
        add_files_and_metadata_input: AddFileAndMetadataInput,
    ) -> Result<Vec<FileMatches>> {
        let caller = Caller::of(ctx)?;
        let input = add_files_and_metadata_input;
        caller.refuse_override(input.user_id_override)?;
        let id = input.consignment_id;
        caller.own(id)?;
        let declared: Vec<files::Declared> = input.metadata_input.into_iter().map(files::Declared::from).collect();
        let empty_directories = input.empty_directories.unwrap_or_default();
        let (database, quirk) = (caller.realm.db.clone(), caller.rules.first_batch_quirk);
        let registered = tokio::task::spawn_blocking(move || {
            database.with(|db| {
                let transaction = db.transaction()?;
                let matches = files::register(&transaction, id, &declared, &empty_directories, quirk)?;
                transaction.commit()?;
                Ok(matches)
            })
        });
        let matches =
            registered.await.map_err(|error| Refusal::Unhandled(error.to_string()))?.map_err(Refusal::from)?;
        Ok(matches.into_iter().map(|(file_id, match_id)| FileMatches { file_id, match_id }).collect())
    }

    async fn add_consignment_status(
        &self,
        ctx: &Context<'_>,
        add_consignment_status_input: ConsignmentStatusInput,
    ) -> Result<ConsignmentStatus> {
        let caller = Caller::of(ctx)?;
        let input = add_consignment_status_input;
        caller.refuse_override(input.user_id_override)?;
        let id = input.consignment_id;
        caller.own(id)?;
        let (kind, value) = valid_status(&input)?;
        let now = caller.now();
        let user = caller.claims.user_id;
        let added = caller.db(|db| {
            let transaction = db.transaction()?;
            if let Some(existing) = statuses::get(&transaction, id, kind)? {
                return Ok(Err(existing.value));
            }
            let added = statuses::add(&transaction, id, kind, value, now)?;
            consignments::log_review(&transaction, id, user, kind, value, input.metadata_review_notes.as_deref(), now)?;
            transaction.commit()?;
            Ok(Ok(added))
        })?;
        match added {
            Ok(status) => Ok(ConsignmentStatus::new(id, &status)),
            Err(existing) => Err(Refusal::InvalidConsignmentState(format!(
                "Existing consignment {} status is '{}'; new entry cannot be added",
                kind.name(),
                existing.name()
            ))
            .into()),
        }
    }

    async fn update_consignment_status(
        &self,
        ctx: &Context<'_>,
        update_consignment_status_input: ConsignmentStatusInput,
    ) -> Result<Option<i32>> {
        let caller = Caller::of(ctx)?;
        let input = update_consignment_status_input;
        caller.refuse_override(input.user_id_override)?;
        let id = input.consignment_id;
        caller.own(id)?;
        let (kind, value) = valid_status(&input)?;
        let now = caller.now();
        let user = caller.claims.user_id;
        let rows = caller.db(|db| {
            let transaction = db.transaction()?;
            let rows = statuses::update(&transaction, id, kind, value, now)?;
            consignments::log_review(&transaction, id, user, kind, value, input.metadata_review_notes.as_deref(), now)?;
            transaction.commit()?;
            Ok(rows)
        })?;
        Ok(Some(i32::try_from(rows).unwrap_or(i32::MAX)))
    }

    async fn add_final_transfer_confirmation(
        &self,
        ctx: &Context<'_>,
        add_final_transfer_confirmation_input: AddFinalTransferConfirmationInput,
    ) -> Result<FinalTransferConfirmation> {
        let input = add_final_transfer_confirmation_input;
        put_status(ctx, input.consignment_id, StatusKind::ConfirmTransfer, StatusValue::Completed)?;
        Ok(FinalTransferConfirmation {
            consignment_id: input.consignment_id,
            legal_custody_transfer_confirmed: input.legal_custody_transfer_confirmed,
        })
    }

    async fn add_multiple_file_statuses(
        &self,
        ctx: &Context<'_>,
        add_multiple_file_statuses_input: AddMultipleFileStatusesInput,
    ) -> Result<Vec<FileStatus>> {
        let caller = Caller::of(ctx)?;
        let user = caller.claims.user_id;
        let statuses = add_multiple_file_statuses_input.statuses;
        let all_own = caller.db(|db| {
            let transaction = db.transaction()?;
            for status in &statuses {
                let owner = match files::consignment_of(&transaction, status.file_id)? {
                    Some(consignment) => consignments::by_id(&transaction, consignment)?.map(|found| found.user_id),
                    None => None,
                };
                if owner != Some(user) {
                    return Ok(false);
                }
                files::put_status(&transaction, status.file_id, &status.status_type, &status.status_value)?;
            }
            transaction.commit()?;
            Ok(true)
        })?;
        if !all_own {
            return Err(Refusal::NotAuthorised(format!(
                "User '{user}' does not own the files they are trying to access"
            ))
            .into());
        }
        let echo = statuses.into_iter().map(|status| FileStatus {
            file_id: status.file_id,
            status_type: status.status_type,
            status_value: status.status_value,
        });
        Ok(echo.collect())
    }
}

fn valid_status(input: &ConsignmentStatusInput) -> Result<(StatusKind, StatusValue), Refusal> {
    let kind = StatusKind::parse(&input.status_type);
    let value = input.status_value.as_deref().and_then(StatusValue::parse);
    kind.zip(value).ok_or_else(|| {
        let value = input.status_value.as_deref().unwrap_or_default();
        Refusal::InvalidInputData(format!(
            "Invalid ConsignmentStatus input: either '{}' or '{value}'",
            input.status_type
        ))
    })
}

fn own_series(caller: &Caller, series: Uuid) -> Result<(), Refusal> {
    let found = caller.db(|db| consignments::series(db, series))?;
    let own = caller.claims.body.as_deref();
    if found.as_ref().is_some_and(|series| Some(series.body_code.as_str()) == own) {
        return Ok(());
    }
    Err(Refusal::NotAuthorised(format!(
        "User '{}' is from transferring body '{}' and does not have permission to use series '{series}'",
        caller.claims.user_id,
        own.unwrap_or_default()
    )))
}

fn put_status(ctx: &Context<'_>, id: Uuid, kind: StatusKind, value: StatusValue) -> Result<()> {
    let caller = Caller::of(ctx)?;
    caller.own(id)?;
    let now = caller.now();
    Ok(caller.db(|db| statuses::put(db, id, kind, value, now))?)
}

fn set_field(ctx: &Context<'_>, id: Uuid, field: Field, value: &str) -> Result<Option<i32>> {
    let caller = Caller::of(ctx)?;
    caller.own(id)?;
    Ok(Some(caller.db(|db| consignments::set_field(db, id, field, value))?))
}
