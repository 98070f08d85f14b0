//! The rules of the operations, and what they deliberately do not check.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ADD_FILES, AMINA, START, ask, ask_as, metadata, seeded};
use crate::testing::Bench;

const LIST: &str = "query getConsignments($limit: Int!, $currentCursor: String, $currentPage: Int,
        $consignmentFiltersInput: ConsignmentFilters, $orderBy: ConsignmentOrderBy) {
    consignments(limit: $limit, currentCursor: $currentCursor, currentPage: $currentPage,
        consignmentFiltersInput: $consignmentFiltersInput, orderBy: $orderBy) {
      edges { node { consignmentid consignmentReference consignmentType exportDatetime createdDatetime totalFiles
                     consignmentStatuses { consignmentStatusId consignmentId statusType value createdDatetime modifiedDatetime } }
              cursor }
      pageInfo { hasNextPage endCursor }
      totalPages(limit: $limit, consignmentFiltersInput: $consignmentFiltersInput) } }";

const FILES: &str = "query files($id: UUID!) { getConsignment(consignmentid: $id) {
    totalFiles parentFolder consignmentStatuses { statusType value }
    files { fileId fileType fileName uploadMatchId parentId metadata { clientSideOriginalFilePath sha256ClientSideChecksum
            clientSideFileSize clientSideLastModifiedDate } fileStatuses { statusType statusValue } } } }";

fn statuses(consignment: &Value) -> Vec<(String, String)> {
    let list = consignment["consignmentStatuses"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list.iter().map(|status| (text(&status["statusType"]), text(&status["value"]))).collect()
}

#[tokio::test]
async fn pages_of_consignments_promise_another_until_one_is_empty() {
    let bench = Bench::new();
    let user = bench.person(AMINA).user_id;
    let order = json!({ "consignmentOrderField": "CreatedAtTimestamp", "orderDirection": "Descending" });
    let page = |number: i32| {
        let variables = json!({ "limit": 8, "currentPage": number, "orderBy": order, "consignmentFiltersInput": { "userId": user } });
        ask(&bench, LIST, variables)
    };
    let mut seen = Vec::new();
    for number in 0..4 {
        let connection = page(number).await.data()["consignments"].clone();
        let edges = connection["edges"].as_array().unwrap().clone();
        assert_eq!(connection["pageInfo"]["hasNextPage"], json!(!edges.is_empty()), "page {number}");
        assert_eq!(connection["totalPages"], 3);
        assert_eq!(
            connection["pageInfo"]["endCursor"],
            edges.last().map_or(Value::Null, |edge| edge["cursor"].clone())
        );
        seen.extend(edges.iter().map(|edge| edge["node"]["consignmentReference"].as_str().unwrap().to_owned()));
    }
    assert_eq!(seen.len(), 20);
    let distinct: BTreeSet<_> = seen.iter().collect();
    assert_eq!(distinct.len(), 20);
    let variables = json!({ "limit": 5, "currentCursor": seen[3], "orderBy": order, "consignmentFiltersInput": { "userId": user } });
    let after = ask(&bench, LIST, variables).await.data();
    assert_eq!(after["consignments"]["edges"][0]["node"]["consignmentReference"], seen[4]);
    let judgments =
        json!({ "limit": 999, "consignmentFiltersInput": { "userId": user, "consignmentType": "judgment" } });
    assert_eq!(ask(&bench, LIST, judgments).await.data()["consignments"]["edges"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn only_the_callers_own_consignments_can_be_listed() {
    let bench = Bench::new();
    let other = bench.person("bryn.hughes").user_id;
    for filter in [json!({ "userId": other }), json!({}), Value::Null] {
        let answer = ask(&bench, LIST, json!({ "limit": 5, "consignmentFiltersInput": filter })).await;
        assert_eq!(answer.refusal().0, "NOT_AUTHORISED");
    }
}

#[tokio::test]
async fn somebody_elses_and_unknown_consignments_are_refused_alike() {
    let bench = Bench::new();
    let user = bench.person(AMINA).user_id;
    for id in [seeded(&bench, "bryn.hughes", "ready"), uuid::Uuid::new_v4()] {
        let message = format!("User '{user}' does not have access to consignment '{id}'");
        let expected = ("NOT_AUTHORISED".to_owned(), message);
        assert_eq!(ask(&bench, FILES, json!({ "id": id })).await.refusal(), expected);
        let start = json!({ "input": { "consignmentId": id, "parentFolder": "x" } });
        assert_eq!(ask(&bench, START, start).await.refusal(), expected);
        let add = json!({ "input": { "consignmentId": id, "metadataInput": [] } });
        assert_eq!(ask(&bench, ADD_FILES, add).await.refusal(), expected);
    }
}

#[tokio::test]
async fn an_upload_can_be_started_once() {
    let bench = Bench::new();
    let id = seeded(&bench, AMINA, "ready");
    let variables =
        json!({ "input": { "consignmentId": id, "parentFolder": "papers", "includeTopLevelFolder": true } });
    assert_eq!(ask(&bench, START, variables.clone()).await.data()["startUpload"], "papers");
    let consignment = ask(&bench, FILES, json!({ "id": id })).await.data()["getConsignment"].clone();
    assert_eq!(consignment["parentFolder"], "papers");
    for expected in [("Upload", "InProgress"), ("ClientChecks", "InProgress")] {
        assert!(statuses(&consignment).contains(&(expected.0.to_owned(), expected.1.to_owned())));
    }
    let again = ask(&bench, START, variables.clone()).await.refusal();
    let message = "Existing consignment upload status is 'InProgress', so cannot start new upload".to_owned();
    assert_eq!(again, ("INVALID_CONSIGNMENT_STATE".to_owned(), message));
    let add = json!({ "input": { "consignmentId": id, "metadataInput": metadata(&["a"]) } });
    ask(&bench, ADD_FILES, add).await.data();
    let with_files = ask(&bench, START, variables).await.refusal();
    assert_eq!(with_files.1, format!("Upload already occurred for consignment: {id}"));
}

#[tokio::test]
async fn registering_makes_rows_for_folders_and_collapses_equal_paths() {
    let bench = Bench::new();
    let id = seeded(&bench, AMINA, "ready");
    let paths = ["/top/a/one.txt", "top/a/two.txt", "top/b/one.txt", "top/a/one.txt"];
    let input =
        json!({ "consignmentId": id, "metadataInput": metadata(&paths), "emptyDirectories": ["top/empty", "top/b"] });
    let data = ask(&bench, ADD_FILES, json!({ "input": input })).await.data();
    let matches = data["addFilesAndMetadata"].as_array().unwrap();
    let ids: Vec<&str> = matches.iter().map(|one| one["matchId"].as_str().unwrap()).collect();
    assert_eq!(ids, ["0", "1", "2"], "the fourth has the path of the first");
    let consignment = ask(&bench, FILES, json!({ "id": id })).await.data()["getConsignment"].clone();
    assert_eq!(consignment["totalFiles"], 3);
    let files = consignment["files"].as_array().unwrap();
    let rows: Vec<(&str, &str)> = files
        .iter()
        .map(|file| {
            (file["fileType"].as_str().unwrap(), file["metadata"]["clientSideOriginalFilePath"].as_str().unwrap())
        })
        .collect();
    let expected = [
        ("Folder", "top"),
        ("Folder", "top/a"),
        ("File", "top/a/one.txt"),
        ("File", "top/a/two.txt"),
        ("Folder", "top/b"),
        ("File", "top/b/one.txt"),
        ("Folder", "top/empty"),
    ];
    assert_eq!(rows, expected);
    let one = &files[2];
    assert_eq!((one["uploadMatchId"].as_str(), one["fileName"].as_str()), (Some("0"), Some("one.txt")));
    assert_eq!(one["fileId"], matches[0]["fileId"]);
    assert_eq!(one["parentId"], files[1]["fileId"]);
    assert_eq!(one["metadata"]["clientSideFileSize"], 3);
    assert_eq!(one["metadata"]["clientSideLastModifiedDate"], "2024-01-01T00:00:00.123");
    assert!(files[0]["uploadMatchId"].is_null());
}

#[tokio::test]
async fn registering_twice_makes_two_full_sets_of_rows() {
    let bench = Bench::new();
    let id = seeded(&bench, AMINA, "ready");
    let variables = json!({ "input": { "consignmentId": id, "metadataInput": metadata(&["top/a", "top/b"]) } });
    let first = ask(&bench, ADD_FILES, variables.clone()).await.data();
    let second = ask(&bench, ADD_FILES, variables).await.data();
    assert_ne!(first["addFilesAndMetadata"][0]["fileId"], second["addFilesAndMetadata"][0]["fileId"]);
    let consignment = ask(&bench, FILES, json!({ "id": id })).await.data()["getConsignment"].clone();
    assert_eq!((consignment["totalFiles"].as_i64(), consignment["files"].as_array().unwrap().len()), (Some(4), 6));
}

#[tokio::test]
async fn the_quirk_loses_rows_after_the_first_batch_but_returns_every_match_id() {
    let bench = Bench::with(|options| options.first_batch_quirk = true);
    let id = seeded(&bench, AMINA, "ready");
    let paths: Vec<String> = (0..300).map(|number| format!("f{number}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let variables = json!({ "input": { "consignmentId": id, "metadataInput": metadata(&paths) } });
    let data = ask(&bench, ADD_FILES, variables).await.data();
    assert_eq!(data["addFilesAndMetadata"].as_array().unwrap().len(), 300);
    assert_eq!(ask(&bench, FILES, json!({ "id": id })).await.data()["getConsignment"]["totalFiles"], 250);
}

const PAGE: &str = "query page($id: UUID!, $input: PaginationInput) { getConsignment(consignmentid: $id) {
    paginatedFiles(paginationInput: $input) { totalItems totalPages pageInfo { hasNextPage endCursor }
        edges { cursor node { fileId fileType uploadMatchId } } } } }";

/// Registers files at these paths and returns the match ids page by page.
async fn match_ids_by_page(paths: &[String], limit: usize) -> Vec<Vec<String>> {
    let bench = Bench::new();
    let id = seeded(&bench, AMINA, "ready");
    let names: Vec<&str> = paths.iter().map(String::as_str).collect();
    ask(&bench, ADD_FILES, json!({ "input": { "consignmentId": id, "metadataInput": metadata(&names) } })).await.data();
    let mut pages = Vec::new();
    for page in 0..=paths.len().div_ceil(limit) {
        let input = json!({ "limit": limit, "currentPage": page, "fileFilters": { "fileTypeIdentifier": "File" } });
        let data = ask(&bench, PAGE, json!({ "id": id, "input": input })).await.data();
        let connection = &data["getConsignment"]["paginatedFiles"];
        let counts = (connection["totalItems"].as_u64(), connection["totalPages"].as_u64());
        assert_eq!(counts, (Some(paths.len() as u64), Some(paths.len().div_ceil(limit) as u64)));
        let edges = connection["edges"].as_array().unwrap();
        pages.push(edges.iter().map(|edge| edge["node"]["uploadMatchId"].as_str().unwrap().to_owned()).collect());
    }
    pages
}

#[tokio::test]
async fn files_come_in_pages_by_name_with_their_match_ids() {
    let paths: Vec<String> = (0..25).map(|number| format!("top/{}/f{:02}", number % 2, 24 - number)).collect();
    let pages = match_ids_by_page(&paths, 10).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5, 0]);
    let expected: Vec<String> = (0..25).rev().map(|number| number.to_string()).collect();
    assert_eq!(pages.concat(), expected);
}

#[tokio::test]
async fn files_of_one_name_are_doubled_and_missed_across_pages() {
    let paths: Vec<String> = (0..300).map(|number| format!("top/{number}/minutes.txt")).collect();
    let seen: BTreeSet<String> = match_ids_by_page(&paths, 100).await.concat().into_iter().collect();
    assert!((150..300).contains(&seen.len()), "{} of 300 were seen", seen.len());
    let one_page: BTreeSet<String> = match_ids_by_page(&paths, 300).await.concat().into_iter().collect();
    assert_eq!(one_page.len(), 300);
}

#[tokio::test]
async fn a_page_of_files_needs_a_pagination_input() {
    let bench = Bench::new();
    let id = seeded(&bench, AMINA, "ready");
    assert_eq!(ask(&bench, PAGE, json!({ "id": id })).await.refusal().0, "INVALID_INPUT_DATA");
}

#[tokio::test]
async fn statuses_are_added_once_and_changed_without_questions() {
    const ADD: &str =
        "mutation add($input: ConsignmentStatusInput!) { addConsignmentStatus(addConsignmentStatusInput: $input) {
        consignmentStatusId consignmentId statusType value createdDatetime modifiedDatetime } }";
    const UPDATE: &str = "mutation update($input: ConsignmentStatusInput!) {
        updateConsignmentStatus(updateConsignmentStatusInput: $input) }";
    let bench = Bench::new();
    let id = seeded(&bench, AMINA, "ready");
    let input = |kind: &str, value: Value| json!({ "input": { "consignmentId": id, "statusType": kind, "statusValue": value } });
    let none = ask(&bench, UPDATE, input("Upload", json!("Completed"))).await.data();
    assert_eq!(none["updateConsignmentStatus"], 0);
    let added =
        ask(&bench, ADD, input("DraftMetadata", json!("InProgress"))).await.data()["addConsignmentStatus"].clone();
    assert_eq!((added["value"].as_str(), added["modifiedDatetime"].is_null()), (Some("InProgress"), true));
    let again = ask(&bench, ADD, input("DraftMetadata", json!("Completed"))).await.refusal();
    assert_eq!(again.0, "INVALID_CONSIGNMENT_STATE");
    let one = ask(&bench, UPDATE, input("DraftMetadata", json!("Failed"))).await.data();
    assert_eq!(one["updateConsignmentStatus"], 1);
    for (kind, value) in [
        ("upload", json!("Completed")),
        ("Upload", json!("Skipped")),
        ("Upload", Value::Null),
        ("Nothing", json!("Failed")),
    ] {
        for document in [ADD, UPDATE] {
            assert_eq!(ask(&bench, document, input(kind, value.clone())).await.refusal().0, "INVALID_INPUT_DATA");
        }
    }
    let mut other = input("Upload", json!("Completed"));
    other["input"]["userIdOverride"] = json!(bench.person("bryn.hughes").user_id);
    assert_eq!(ask(&bench, UPDATE, other).await.refusal().0, "NOT_AUTHORISED");
}

#[tokio::test]
async fn a_new_consignment_goes_through_series_and_agreement() {
    const SERIES: &str =
        "query getSeries($body: String!) { getSeries(body: $body) { seriesid bodyid name code description } }";
    const ADD: &str =
        "mutation addConsignment($input: AddConsignmentInput!) { addConsignment(addConsignmentInput: $input) {
        consignmentid seriesid consignmentReference } }";
    const CHOOSE: &str = "mutation choose($input: UpdateConsignmentSeriesIdInput!) {
        updateConsignmentSeriesId(updateConsignmentSeriesId: $input) }";
    const ONE: &str = "mutation one($input: AddTransferAgreementPrivateBetaInput!) {
        addTransferAgreementPrivateBeta(addTransferAgreementPrivateBetaInput: $input) { consignmentId allPublicRecords } }";
    const TWO: &str = "mutation two($input: AddTransferAgreementComplianceInput!) {
        addTransferAgreementCompliance(addTransferAgreementComplianceInput: $input) { consignmentId initialOpenRecords } }";
    const METADATA: &str = "mutation metadata($input: AddOrUpdateConsignmentMetadataInput!) {
        addOrUpdateConsignmentMetadata(addOrUpdateConsignmentMetadataInput: $input) { consignmentId propertyName value } }";
    let bench = Bench::new();
    let made =
        ask(&bench, ADD, json!({ "input": { "consignmentType": "standard" } })).await.data()["addConsignment"].clone();
    assert!(made["consignmentReference"].as_str().unwrap().starts_with("TDR-20"));
    let id = made["consignmentid"].clone();
    let series = ask(&bench, SERIES, json!({ "body": "MOCK1" })).await.data()["getSeries"][0]["seriesid"].clone();
    let choose = json!({ "input": { "consignmentId": id, "seriesId": series } });
    assert_eq!(ask(&bench, CHOOSE, choose.clone()).await.data()["updateConsignmentSeriesId"], 1);
    let entry = json!([{ "propertyName": "LegalStatus", "value": "Public Record(s)" }]);
    let metadata = json!({ "input": { "consignmentId": id, "consignmentMetadata": entry } });
    ask(&bench, METADATA, metadata).await.data();
    ask(&bench, ONE, json!({ "input": { "consignmentId": id, "allPublicRecords": true } })).await.data();
    let two = json!({ "consignmentId": id, "appraisalSelectionSignedOff": true, "sensitivityReviewSignedOff": true });
    ask(&bench, TWO, json!({ "input": two })).await.data();
    let consignment = ask(&bench, FILES, json!({ "id": id })).await.data()["getConsignment"].clone();
    for kind in ["Series", "TransferAgreement"] {
        assert!(statuses(&consignment).contains(&(kind.to_owned(), "Completed".to_owned())));
    }
    assert_eq!(ask(&bench, SERIES, json!({ "body": "MOCK2" })).await.refusal().0, "NOT_AUTHORISED");
    assert_eq!(
        ask_as(&bench, "chen.li", ADD, json!({ "input": { "consignmentType": "standard" } })).await.refusal().0,
        "NOT_AUTHORISED"
    );
    assert_eq!(
        ask(&bench, ADD, json!({ "input": { "consignmentType": "other" } })).await.refusal().0,
        "INVALID_INPUT_DATA"
    );
    let judgment = seeded(&bench, "dana.frank", "judgment");
    let refused = json!({ "input": { "consignmentId": judgment, "seriesId": series } });
    assert_eq!(ask_as(&bench, "dana.frank", CHOOSE, refused).await.refusal().0, "NOT_AUTHORISED");
}

#[tokio::test]
async fn file_statuses_can_only_be_set_on_own_files() {
    const ADD: &str = "mutation add($input: AddMultipleFileStatusesInput!) {
        addMultipleFileStatuses(addMultipleFileStatusesInput: $input) { fileId statusType statusValue } }";
    let bench = Bench::new();
    let id = seeded(&bench, AMINA, "ready");
    let added =
        ask(&bench, ADD_FILES, json!({ "input": { "consignmentId": id, "metadataInput": metadata(&["a"]) } })).await;
    let file = added.data()["addFilesAndMetadata"][0]["fileId"].clone();
    let input =
        json!({ "input": { "statuses": [{ "fileId": file, "statusType": "Upload", "statusValue": "Success" }] } });
    assert_eq!(ask(&bench, ADD, input.clone()).await.data()["addMultipleFileStatuses"][0]["statusValue"], "Success");
    let files = ask(&bench, FILES, json!({ "id": id })).await.data()["getConsignment"]["files"].clone();
    assert_eq!(files[0]["fileStatuses"], json!([{ "statusType": "Upload", "statusValue": "Success" }]));
    assert_eq!(ask_as(&bench, "bryn.hughes", ADD, input).await.refusal().0, "NOT_AUTHORISED");
}
