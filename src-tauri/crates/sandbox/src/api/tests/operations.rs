//! Every operation that a page of TDR's website asks for, also those that Waybill never does: as its owner, as somebody
//! else, without a token, and wrongly put. The documents are our own; what they select is what the website's pages
//! show.

use http::StatusCode;
use serde_json::{Value, json};

use super::{ADD_FILES, AMINA, START, ask, ask_as, metadata, post, seeded};
use crate::testing::Bench;

/// One operation, with variables that its owner may send.
struct Operation {
    /// The field that was asked for first.
    field: &'static str,
    document: &'static str,
    variables: Value,
    /// Who may not send this.
    stranger: &'static str,
}

const SELECT_STATUS: &str = "query getConsignmentStatus($id: UUID!) { getConsignment(consignmentid: $id) {
    consignmentStatuses { consignmentStatusId consignmentId statusType value createdDatetime modifiedDatetime }
    seriesid seriesName } }";
const SUMMARY: &str = "query getConsignmentSummary($id: UUID!) { getConsignment(consignmentid: $id) {
    seriesName transferringBodyName totalFiles consignmentReference } }";
const REFERENCE: &str = "query getConsignmentReference($id: UUID!) {
    getConsignment(consignmentid: $id) { consignmentReference } }";
const PROGRESS: &str = "query getFileCheckProgress($id: UUID!) { getConsignment(consignmentid: $id) {
    allChecksSucceeded parentFolder consignmentReference totalFiles
    files { fileStatuses { statusType statusValue } }
    fileChecks { antivirusProgress { filesProcessed } checksumProgress { filesProcessed } ffidProgress { filesProcessed } }
    consignmentStatuses { statusType value } } }";
const MATCHES: &str = "query matches($id: UUID!, $page: PaginationInput) { getConsignment(consignmentid: $id) {
    paginatedFiles(paginationInput: $page) { edges { node { fileId fileType uploadMatchId } cursor }
    pageInfo { hasNextPage endCursor } totalPages totalItems } } }";
const LIST: &str = "query getConsignments($limit: Int!, $filter: ConsignmentFilters, $order: ConsignmentOrderBy) {
    consignments(limit: $limit, currentPage: 0, consignmentFiltersInput: $filter, orderBy: $order) {
    edges { node { consignmentid consignmentReference consignmentType exportDatetime createdDatetime totalFiles
        consignmentStatuses { statusType value } } cursor }
    pageInfo { hasNextPage endCursor } totalPages(limit: $limit, consignmentFiltersInput: $filter) } }";
const SERIES: &str = "query getSeries($body: String!) {
    getSeries(body: $body) { seriesid bodyid name code description } }";
const ADD: &str = "mutation addConsignment($input: AddConsignmentInput!) {
    addConsignment(addConsignmentInput: $input) { consignmentid seriesid consignmentReference } }";
const CHOOSE: &str = "mutation updateConsignmentSeriesId($input: UpdateConsignmentSeriesIdInput!) {
    updateConsignmentSeriesId(updateConsignmentSeriesId: $input) }";
const ADD_STATUS: &str = "mutation addConsignmentStatus($input: ConsignmentStatusInput!) {
    addConsignmentStatus(addConsignmentStatusInput: $input) {
    consignmentStatusId consignmentId statusType value createdDatetime modifiedDatetime } }";
const UPDATE_STATUS: &str = "mutation updateConsignmentStatus($input: ConsignmentStatusInput!) {
    updateConsignmentStatus(updateConsignmentStatusInput: $input) }";
const METADATA: &str = "mutation addOrUpdateConsignmentMetadata($input: AddOrUpdateConsignmentMetadataInput!) {
    addOrUpdateConsignmentMetadata(addOrUpdateConsignmentMetadataInput: $input) { consignmentId propertyName value } }";
const AGREE_ONE: &str = "mutation addTransferAgreementPrivateBeta($input: AddTransferAgreementPrivateBetaInput!) {
    addTransferAgreementPrivateBeta(addTransferAgreementPrivateBetaInput: $input) { consignmentId allPublicRecords } }";
const AGREE_TWO: &str = "mutation addTransferAgreementCompliance($input: AddTransferAgreementComplianceInput!) {
    addTransferAgreementCompliance(addTransferAgreementComplianceInput: $input) {
    consignmentId appraisalSelectionSignedOff initialOpenRecords sensitivityReviewSignedOff } }";
const FILE_STATUSES: &str = "mutation addMultipleFileStatuses($input: AddMultipleFileStatusesInput!) {
    addMultipleFileStatuses(addMultipleFileStatusesInput: $input) { fileId statusType statusValue } }";
const CONFIRM: &str = "mutation addFinalTransferConfirmation($input: AddFinalTransferConfirmationInput!) {
    addFinalTransferConfirmation(addFinalTransferConfirmationInput: $input) {
    consignmentId legalCustodyTransferConfirmed } }";
const INITIATED: &str = "mutation updateTransferInitiated($id: UUID!) { updateTransferInitiated(consignmentid: $id) }";

const BRYN: &str = "bryn.hughes";
/// She has no body.
const CHEN: &str = "chen.li";

/// All of them, in the order of the website's pages.
async fn all(bench: &Bench) -> Vec<Operation> {
    let of = |field, document, variables| Operation { field, document, variables, stranger: BRYN };
    let with = |field, document, input: Value| of(field, document, json!({ "input": input }));
    let user = bench.person(AMINA).user_id;
    let series = ask(bench, SERIES, json!({ "body": "MOCK1" })).await.data()["getSeries"][0]["seriesid"].clone();
    let registered = seeded(bench, AMINA, "needs_agreement");
    let file = json!({ "consignmentId": registered, "metadataInput": metadata(&["a"]) });
    let file = ask(bench, ADD_FILES, json!({ "input": file })).await.data()["addFilesAndMetadata"][0]["fileId"].clone();
    let id = seeded(bench, AMINA, "ready");
    let filter = json!({ "userId": user, "consignmentType": "standard" });
    let order = json!({ "consignmentOrderField": "CreatedAtTimestamp", "orderDirection": "Descending" });
    let status = json!({ "consignmentId": id, "statusType": "DraftMetadata", "statusValue": "InProgress" });
    let entries = json!([{ "propertyName": "LegalStatus", "value": "Public Record(s)" }]);
    let agreed = json!({ "consignmentId": id, "appraisalSelectionSignedOff": true, "initialOpenRecords": true,
        "sensitivityReviewSignedOff": true });
    let sent = json!({ "statuses": [{ "fileId": file, "statusType": "Upload", "statusValue": "Success" }] });
    vec![
        of("consignments", LIST, json!({ "limit": 10, "filter": filter, "order": order })),
        of("getSeries", SERIES, json!({ "body": "MOCK1" })),
        Operation {
            stranger: CHEN,
            ..with("addConsignment", ADD, json!({ "seriesid": null, "consignmentType": "standard" }))
        },
        with("updateConsignmentSeriesId", CHOOSE, json!({ "consignmentId": id, "seriesId": series })),
        with("addConsignmentStatus", ADD_STATUS, status.clone()),
        with("updateConsignmentStatus", UPDATE_STATUS, status),
        with(
            "addOrUpdateConsignmentMetadata",
            METADATA,
            json!({ "consignmentId": id, "consignmentMetadata": entries }),
        ),
        with("addTransferAgreementPrivateBeta", AGREE_ONE, json!({ "consignmentId": id, "allPublicRecords": true })),
        with("addTransferAgreementCompliance", AGREE_TWO, agreed),
        with("startUpload", START, json!({ "consignmentId": id, "parentFolder": "papers" })),
        with("addFilesAndMetadata", ADD_FILES, json!({ "consignmentId": id, "metadataInput": metadata(&["b"]) })),
        of("getConsignment", MATCHES, json!({ "id": id, "page": { "limit": 100, "currentPage": 0 } })),
        with("addMultipleFileStatuses", FILE_STATUSES, sent),
        of("getConsignment", PROGRESS, json!({ "id": id })),
        of("getConsignment", SELECT_STATUS, json!({ "id": id })),
        of("getConsignment", SUMMARY, json!({ "id": id })),
        of("getConsignment", REFERENCE, json!({ "id": id })),
        with(
            "addFinalTransferConfirmation",
            CONFIRM,
            json!({ "consignmentId": id, "legalCustodyTransferConfirmed": true }),
        ),
        of("updateTransferInitiated", INITIATED, json!({ "id": id })),
    ]
}

#[tokio::test]
async fn every_operation_is_served_to_whom_it_belongs() {
    let bench = Bench::new();
    for operation in all(&bench).await {
        let data = ask(&bench, operation.document, operation.variables).await.data();
        assert!(!data[operation.field].is_null(), "{}: {data}", operation.field);
    }
}

#[tokio::test]
async fn every_operation_is_refused_to_others_with_a_code_and_a_path() {
    let bench = Bench::new();
    for operation in all(&bench).await {
        let answer = ask_as(&bench, operation.stranger, operation.document, operation.variables).await;
        assert_eq!(answer.refusal().0, "NOT_AUTHORISED", "{}", operation.field);
        let error = answer.json()["errors"][0].clone();
        assert_eq!(error["path"][0], operation.field);
        assert!(error["locations"][0]["line"].is_u64() && error["message"].is_string(), "{error}");
        let data = &answer.json()["data"];
        assert!(data.is_null() || data[operation.field].is_null(), "{}", answer.text);
    }
}

#[tokio::test]
async fn operations_need_a_token_and_a_document_that_fits_the_schema() {
    let bench = Bench::new();
    for operation in all(&bench).await {
        let body = json!({ "query": operation.document, "variables": operation.variables }).to_string();
        assert_eq!(post(&bench, None, body).await.status, StatusCode::UNAUTHORIZED, "{}", operation.field);
        let unknown = operation.document.replacen('{', "{ unknown ", 1);
        let answer = ask(&bench, &unknown, operation.variables).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}: {}", operation.field, answer.text);
        let answer = ask(&bench, operation.document, json!({})).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}: {}", operation.field, answer.text);
    }
}
