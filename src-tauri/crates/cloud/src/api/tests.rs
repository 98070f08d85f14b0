mod contract;

use serde_json::{Value, json};
use waybill_model::{
    BodyKind, ConsignmentState, ItemId, NoAnswerKind, NotDone, Refusal, RelPath, Role, Sha256Digest, StatusValue,
    Timestamp,
};

use super::*;
use crate::testing::{Act, Server, net};

const ID: &str = "7f9fbd5a-0000-4000-8000-000000000001";
const FILE: &str = "7f9fbd5a-0000-4000-8000-000000000009";

fn access() -> Secret {
    Secret::new("t0ken".to_owned())
}

fn id() -> ConsignmentId {
    ID.parse().unwrap()
}

async fn api(acts: impl IntoIterator<Item = Act>) -> (Server, Api) {
    let server = Server::scripted(acts).await;
    let api = Api::new(&net(&[(Role::Api, &server.url)]));
    (server, api)
}

fn edge(id: &str, reference: &str) -> Value {
    json!({ "node": {
        "consignmentid": id, "consignmentReference": reference, "consignmentType": "standard", "seriesName": "MOCK 1",
        "createdDatetime": "2026-01-02T03:04:05Z", "exportDatetime": null, "totalFiles": 0,
        "consignmentStatuses": [{ "statusType": "TransferAgreement", "value": "Completed" }],
    } })
}

fn page(edges: &[Value]) -> Act {
    Act::json(&json!({ "data": { "consignments": { "edges": edges } } }))
}

#[tokio::test]
async fn consignments_are_read_until_an_empty_page_and_each_counts_once() {
    let other = ID.replace("0001", "0002");
    let (server, api) = api([
        page(&[edge(ID, "TDR-2026-B"), Value::Null]),
        page(&[edge(ID, "TDR-2026-B"), edge(&other, "TDR-2026-A")]),
        Act::json(&json!({ "data": { "consignments": { "edges": null } } })),
    ])
    .await;
    let Ok(found) = api.consignments(&access(), ID.parse().unwrap()).await else { panic!() };
    let seen: Vec<_> = found.iter().map(|c| (c.reference.as_str(), c.series.as_deref(), c.state())).collect();
    assert_eq!(
        seen,
        [
            ("TDR-2026-B", Some("MOCK 1"), ConsignmentState::Ready),
            ("TDR-2026-A", Some("MOCK 1"), ConsignmentState::Ready)
        ]
    );
    for (page, request) in server.requests().iter().enumerate() {
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/graphql"));
        assert_eq!(request.header("authorization"), Some("Bearer t0ken"));
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.header("content-length"), Some(request.body.len().to_string().as_str()));
        assert_eq!(
            request.json()["variables"],
            json!({
                "limit": 100, "currentPage": page, "consignmentFiltersInput": { "userId": ID },
                "orderBy": { "consignmentOrderField": "CreatedAtTimestamp", "orderDirection": "Descending" },
            })
        );
    }
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn no_page_is_read_after_the_one_that_has_the_wanted_consignment() {
    let other = ID.replace("0001", "0002");
    let (server, api) = api([page(&[edge(ID, "TDR-2026-B")]), page(&[edge(&other, "TDR-2026-A")])]).await;
    let find = async |reference: &str| {
        let is_wanted = |one: &Consignment| one.reference.as_str() == reference;
        api.find_consignment(&access(), ID.parse().unwrap(), is_wanted).await.unwrap().map(|found| found.id.to_string())
    };
    assert_eq!(find("TDR-2026-A").await, Some(other));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_page_that_is_refused_ends_the_list_and_half_a_list_is_none() {
    let (_server, api) = api([page(&[edge(ID, "TDR-2026-B")]), Act::respond("401 Unauthorized", &[], "no")]).await;
    let reply = api.consignments(&access(), ID.parse().unwrap()).await;
    assert!(matches!(reply, Err(NotDone::Refused(refusal)) if refusal.status == 401));
}

#[tokio::test]
async fn statuses_are_told_apart_and_others_count_when_they_are_in_progress() {
    let statuses = json!([
        { "statusType": "Series", "value": "Completed" }, { "statusType": "Upload", "value": "InProgress" },
        { "statusType": "ClientChecks", "value": "Failed" }, { "statusType": "ServerFFID", "value": "Skipped" },
        { "statusType": "DraftMetadata", "value": "InProgress" },
    ]);
    let checks = json!({ "data": { "getConsignment": {
        "allChecksSucceeded": false, "totalFiles": 3, "consignmentStatuses": statuses,
        "fileChecks": { "antivirusProgress": { "filesProcessed": 3 }, "checksumProgress": { "filesProcessed": 2 },
                        "ffidProgress": { "filesProcessed": 1 } } } } });
    let truth = json!({ "data": { "getConsignment": { "totalFiles": 3, "consignmentStatuses": statuses } } });
    let (_server, api) = api([Act::json(&checks), Act::json(&truth)]).await;
    let Ok(progress) = api.checks(&access(), id()).await else { panic!() };
    assert_eq!((progress.total_files, progress.antivirus, progress.checksum, progress.format), (3, 3, 2, 1));
    assert_eq!(progress.statuses.server_ffid, Some(StatusValue::Other));
    assert_eq!(progress.statuses.client_checks, Some(StatusValue::Failed));
    assert!(progress.statuses.other_in_progress);
    let truth = api.truth(&access(), id()).await;
    assert_eq!(truth, Ok(ServerTruth { upload: Some(StatusValue::InProgress), total_files: 3, parent_folder: None }));
}

#[tokio::test]
async fn an_upload_is_started_with_the_folders_name() {
    let (server, api) = api([Act::json(&json!({ "data": { "startUpload": "Post \"A\"" } }))]).await;
    assert_eq!(api.start_upload(&access(), id(), "Post \"A\"").await, Ok(()));
    assert_eq!(
        server.only_request().json()["variables"],
        json!({ "input": { "consignmentId": ID, "parentFolder": "Post \"A\"", "includeTopLevelFolder": false } })
    );
}

#[tokio::test]
async fn a_registration_answers_match_ids_as_they_came() {
    let answer = json!({ "data": { "addFilesAndMetadata": [{ "fileId": FILE, "matchId": "17" }, { "fileId": ID, "matchId": "odd" }] } });
    let (server, api) = api([Act::json(&answer)]).await;
    let mut body = RegistrationBody::new(id());
    let path = RelPath::new("Post/a \"b\".txt").unwrap();
    body.add(&path, &Sha256Digest([0xab; 32]), Timestamp(1_700_000_000_123), 42, ItemId(17).match_id());
    body.empty_folder(&RelPath::new("Post/empty").unwrap());
    let found = vec![("17".to_owned(), FILE.parse().unwrap()), ("odd".to_owned(), ID.parse().unwrap())];
    assert_eq!(api.register(&access(), body).await, Ok(found));
    assert_eq!(
        server.only_request().json()["variables"]["input"],
        json!({
            "consignmentId": ID,
            "metadataInput": [{ "originalPath": "Post/a \"b\".txt", "checksum": "ab".repeat(32),
                                "lastModified": 1_700_000_000_123_i64, "fileSize": 42, "matchId": "17" }],
            "emptyDirectories": ["Post/empty"],
        })
    );
}

#[tokio::test]
async fn registered_files_come_in_pages_and_folders_are_marked() {
    let page = |more: bool, edges: Value| {
        Act::json(&json!({ "data": { "getConsignment": { "paginatedFiles": {
            "pageInfo": { "hasNextPage": more }, "edges": edges } } } }))
    };
    let file = json!({ "node": { "fileId": FILE, "fileType": "File", "uploadMatchId": "0" } });
    let folder = json!({ "node": { "fileId": ID, "fileType": "Folder", "uploadMatchId": null } });
    let (server, api) =
        api([page(true, json!([file, folder])), page(true, json!([])), page(false, json!([file]))]).await;
    let first = MatchPage {
        entries: vec![(Some("0".to_owned()), FILE.parse().unwrap(), true), (None, ID.parse().unwrap(), false)],
        last: false,
    };
    assert_eq!(api.matches(&access(), id(), 0).await, Ok(first));
    assert_eq!(api.matches(&access(), id(), 1).await, Ok(MatchPage { entries: vec![], last: true }));
    assert!(matches!(api.matches(&access(), id(), 2).await, Ok(page) if page.last && page.entries.len() == 1));
    let asked = server.requests()[1].json()["variables"]["paginationInput"].clone();
    let files_only = json!({ "limit": 10000, "currentPage": 1, "fileFilters": { "fileTypeIdentifier": "File" } });
    assert_eq!(asked, files_only);
}

#[tokio::test]
async fn check_results_are_reported_for_each_file_as_tdr_names_them() {
    let node = json!({ "node": { "fileId": FILE, "fileStatuses": [
        { "statusType": "Antivirus", "statusValue": "VirusDetected" }, { "statusType": "FFID", "statusValue": "New" }] } });
    let page = |more: bool, edges: Value| {
        Act::json(&json!({ "data": { "getConsignment": { "paginatedFiles": {
            "pageInfo": { "hasNextPage": more }, "edges": edges } } } }))
    };
    let (server, api) = api([page(true, json!([node, null])), page(true, json!([]))]).await;
    let statuses = [("Antivirus", "VirusDetected"), ("FFID", "New")];
    let statuses = statuses.map(|(kind, value)| (kind.to_owned(), value.to_owned())).to_vec();
    let first = StatusPage { entries: vec![(FILE.parse().unwrap(), statuses)], last: false };
    assert_eq!(api.file_statuses(&access(), id(), 0).await, Ok(first));
    let second = StatusPage { entries: vec![], last: true };
    assert_eq!(api.file_statuses(&access(), id(), 1).await, Ok(second));
    let asked = server.requests()[1].json()["variables"]["paginationInput"].clone();
    let files_only = json!({ "limit": 10000, "currentPage": 1, "fileFilters": { "fileTypeIdentifier": "File" } });
    assert_eq!(asked, files_only);
}

fn refusal<T: std::fmt::Debug>(reply: Reply<T>) -> Refusal {
    match reply {
        Err(NotDone::Refused(refusal)) => refusal,
        Ok(_) | Err(NotDone::NoAnswer(_) | NotDone::NotSent(_)) => panic!("{reply:?}"),
    }
}

#[tokio::test]
async fn every_refusal_keeps_its_status_and_its_code() {
    let business = json!({ "data": { "getConsignment": null }, "errors": [
        { "message": "User 'x' does not have access", "path": ["getConsignment"], "extensions": { "code": "NOT_AUTHORISED" } }] });
    let partial = json!({ "data": { "getConsignment": { "totalFiles": 1, "consignmentStatuses": [] } },
        "errors": [{ "message": "odd" }] });
    let absent = json!({ "data": { "getConsignment": null } });
    let (_server, api) = api([
        Act::json(&business),
        Act::json(&partial),
        Act::json(&absent),
        Act::respond("400 Bad Request", &[], "{\"error\":\"Syntax error\"}"),
        Act::respond("500 Internal Server Error", &[], "Request with field getConsignment failed"),
        Act::respond(
            "401 Unauthorized",
            &[("WWW-Authenticate", "Bearer realm=\"tdr\"")],
            "The resource requires authentication",
        ),
        Act::html("403 Forbidden"),
        Act::html("200 OK"),
        Act::respond("413 Content Too Large", &[], ""),
        Act::respond("503 Service Unavailable", &[("Retry-After", "30")], ""),
    ])
    .await;
    let mut seen = Vec::new();
    for _ in 0..10 {
        let no = refusal(api.truth(&access(), id()).await);
        seen.push((no.status, no.code, no.body));
        assert!(!no.from_store);
    }
    let expected = [
        (200, Some("NOT_AUTHORISED"), BodyKind::Json),
        (200, None, BodyKind::Json),
        (200, None, BodyKind::Json),
        (400, None, BodyKind::Json),
        (500, None, BodyKind::Other),
        (401, None, BodyKind::Other),
        (403, None, BodyKind::Html),
        (200, None, BodyKind::Html),
        (413, None, BodyKind::Empty),
        (503, None, BodyKind::Empty),
    ];
    assert_eq!(seen, expected.map(|(status, code, body)| (status, code.map(str::to_owned), body)));
}

#[tokio::test]
async fn json_that_does_not_fit_may_hide_an_act_that_was_done() {
    let negative = json!({ "data": { "getConsignment": { "totalFiles": -1, "consignmentStatuses": [] } } });
    let (_server, api) = api([
        Act::json(&json!({ "data": { "startUpload": 7 } })),
        Act::json(&json!({ "data": null })),
        Act::respond("200 OK", &[], ""),
        Act::respond("200 OK", &[], "{\"data\":{\"startUp"),
        Act::AnswerAndClose(Vec::new()),
        Act::json(&negative),
    ])
    .await;
    for _ in 0..5 {
        let reply = api.start_upload(&access(), id(), "Post").await;
        assert!(matches!(&reply, Err(NotDone::NoAnswer(silence)) if silence.maybe_received), "{reply:?}");
    }
    let reply = api.truth(&access(), id()).await;
    assert!(matches!(&reply, Err(NotDone::NoAnswer(silence)) if silence.kind == NoAnswerKind::Garbled), "{reply:?}");
}
