//! The API through its router, with tokens as the sign-in role signs them.

mod contract;
mod operations;
mod rules;
mod transport;

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::consignments;
use crate::role::Role;
use crate::testing::Bench;

pub(super) const AMINA: &str = "amina.osei";

pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// Returns the data of an answer without errors.
    pub(super) fn data(&self) -> Value {
        let json = self.json();
        assert!(self.status == StatusCode::OK && json.get("errors").is_none(), "{}", self.text);
        json["data"].clone()
    }

    /// Returns the code and message of the first error of a 200.
    pub(super) fn refusal(&self) -> (String, String) {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        let error = self.json()["errors"][0].clone();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&error["extensions"]["code"]), text(&error["message"]))
    }
}

/// Sends a body as it is.
pub(super) async fn post(bench: &Bench, token: Option<&str>, body: impl Into<Body>) -> Answer {
    let mut request = Request::post("/graphql").header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let reply = bench.router(Role::Api).oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let (parts, body) = reply.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, text }
}

/// Sends a document as one of the seeded people.
pub(super) async fn ask_as(bench: &Bench, username: &str, query: &str, variables: Value) -> Answer {
    let token = bench.token(&bench.person(username));
    post(bench, Some(&token), json!({ "query": query, "variables": variables }).to_string()).await
}

/// Sends a document as the first person.
pub(super) async fn ask(bench: &Bench, query: &str, variables: Value) -> Answer {
    ask_as(bench, AMINA, query, variables).await
}

/// Returns the first seeded consignment of a person in this state.
pub(super) fn seeded(bench: &Bench, username: &str, state: &str) -> Uuid {
    let overview = consignments::overview(&bench.roles.checks, bench.person(username).user_id).unwrap();
    overview.iter().find(|one| one.state == state).unwrap().id
}

/// Returns what the client says about files of these paths.
pub(super) fn metadata(paths: &[&str]) -> Value {
    let entry = |(index, path): (usize, &&str)| json!({ "originalPath": path, "checksum": "ab", "lastModified": 1_704_067_200_123_i64, "fileSize": 3, "matchId": index.to_string() });
    paths.iter().enumerate().map(entry).collect()
}

pub(super) const START: &str =
    "mutation startUpload($input: StartUploadInput!) { startUpload(startUploadInput: $input) }";
pub(super) const ADD_FILES: &str = "mutation addFilesAndMetadata($input: AddFileAndMetadataInput!) {
    addFilesAndMetadata(addFilesAndMetadataInput: $input) { fileId matchId } }";
