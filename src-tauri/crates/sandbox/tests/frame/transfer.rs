//! A whole transfer over the real listeners: API, cookies, edge and store, website, checks, and what the control
//! address saw.

use reqwest::header::COOKIE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use waybill_sandbox::{Options, Sandbox};

use crate::support::{Bench, client, cookies, location, text};

const PART: usize = 5 * 1024 * 1024;

/// A person signed in everywhere, with an upload started.
struct Transfer {
    bench: Bench,
    token: String,
    cookies: String,
    website_session: String,
    consignment: String,
    /// What the keys begin with.
    folder: String,
}

impl Transfer {
    async fn begin(bench: Bench) -> Self {
        let tokens = bench.tokens().await;
        let token = text(&tokens, "access_token").to_owned();
        let (cookies, user) = bench.upload_cookies().await;
        let website_session = website_session(&bench).await;
        let ready = bench.ready.consignments.iter().find(|one| one.state == "ready").unwrap();
        let consignment = ready.id.to_string();
        let folder = format!("/{user}/{consignment}");
        let transfer = Self { bench, token, cookies, website_session, consignment, folder };
        let start = "mutation startUpload($input: StartUploadInput!) { startUpload(startUploadInput: $input) }";
        let input = json!({ "consignmentId": transfer.consignment, "parentFolder": "papers" });
        assert_eq!(transfer.api(start, json!({ "input": input })).await["startUpload"], "papers");
        transfer
    }

    async fn api(&self, query: &str, variables: Value) -> Value {
        let response = self
            .bench
            .client
            .post(format!("{}/graphql", self.bench.ready.addresses.api))
            .bearer_auth(&self.token)
            .json(&json!({ "query": query, "variables": variables }))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let reply: Value = response.json().await.unwrap();
        assert!(reply.get("errors").is_none(), "{reply}");
        reply["data"].clone()
    }

    /// Registers these files and gives their ids in the same order.
    async fn register(&self, files: &[(&str, &[u8])]) -> Vec<String> {
        let entry = |(index, (path, content)): (usize, &(&str, &[u8]))| {
            json!({ "originalPath": format!("papers/{path}"), "checksum": hex(content), "lastModified": 1_704_067_200_000_i64,
                    "fileSize": content.len(), "matchId": index.to_string() })
        };
        let list: Vec<Value> = files.iter().enumerate().map(entry).collect();
        let add = "mutation addFilesAndMetadata($input: AddFileAndMetadataInput!) {
            addFilesAndMetadata(addFilesAndMetadataInput: $input) { fileId matchId } }";
        let data =
            self.api(add, json!({ "input": { "consignmentId": self.consignment, "metadataInput": list } })).await;
        let matches = data["addFilesAndMetadata"].as_array().unwrap();
        (0..files.len())
            .map(|index| {
                let match_id = index.to_string();
                let found = matches.iter().find(|one| one["matchId"] == match_id.as_str()).unwrap();
                text(found, "fileId").to_owned()
            })
            .collect()
    }

    async fn put(&self, file: &str, content: &[u8]) -> StatusCode {
        let checksum = base64(&Sha256::digest(content));
        let put = self.bench.put(&format!("{}/{file}?x-id=PutObject", self.folder), &self.cookies, content.to_vec());
        put.header("x-amz-acl", "bucket-owner-full-control")
            .header("x-amz-checksum-sha256", checksum)
            .send()
            .await
            .unwrap()
            .status()
    }

    /// Returns a request to the upload domain with the cookies: status and text.
    async fn upload(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> (StatusCode, String, String) {
        let url = format!("{}{}/{path}", self.bench.ready.addresses.upload, self.folder);
        let mut request = self.bench.client.request(method, url).header(COOKIE, &self.cookies).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let etag = response.headers().get("etag").map_or("", |value| value.to_str().unwrap()).to_owned();
        (response.status(), etag, response.text().await.unwrap())
    }

    async fn create(&self, file: &str) -> String {
        let headers = [("x-amz-checksum-algorithm", "CRC64NVME"), ("x-amz-checksum-type", "FULL_OBJECT")];
        let (status, _, reply) = self.upload(Method::POST, &format!("{file}?uploads"), &headers, Vec::new()).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
        reply.split_once("<UploadId>").unwrap().1.split_once('<').unwrap().0.to_owned()
    }

    async fn part(&self, file: &str, upload: &str, number: usize, content: &[u8]) -> String {
        let path = format!("{file}?partNumber={number}&uploadId={upload}");
        let crc = crc64(content);
        let (status, etag, reply) =
            self.upload(Method::PUT, &path, &[("x-amz-checksum-crc64nvme", &crc)], content.to_vec()).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
        etag
    }

    async fn complete(&self, file: &str, upload: &str, etags: &[String]) -> (StatusCode, String) {
        let parts: String = etags
            .iter()
            .zip(1..)
            .map(|(etag, number)| format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"))
            .collect();
        let xml = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        let path = format!("{file}?uploadId={upload}");
        let (status, _, reply) = self.upload(Method::POST, &path, &[("if-none-match", "*")], xml.into_bytes()).await;
        (status, reply)
    }

    /// Opens the file-checks page, as the browser would.
    async fn hand_over(&self) -> String {
        let url = format!(
            "{}/consignment/{}/file-checks?uploadFailed=false",
            self.bench.ready.addresses.website, self.consignment
        );
        let response = self.bench.client.get(url).header(COOKIE, &self.website_session).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.text().await.unwrap()
    }

    /// Follows the checks to their end: the last answer.
    async fn follow(&self) -> Value {
        let query = "query getFileCheckProgress($consignmentId: UUID!) { getConsignment(consignmentid: $consignmentId) {
            allChecksSucceeded parentFolder consignmentReference totalFiles
            fileChecks { antivirusProgress { filesProcessed } checksumProgress { filesProcessed } ffidProgress { filesProcessed } }
            consignmentStatuses { statusType value } } }";
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        loop {
            let data = self.api(query, json!({ "consignmentId": self.consignment })).await["getConsignment"].clone();
            if status(&data, "ClientChecks") != Some("InProgress") {
                return data;
            }
            assert!(std::time::Instant::now() < deadline, "the checks never ended: {data}");
            tokio::task::yield_now().await;
        }
    }
}

async fn website_session(bench: &Bench) -> String {
    let (_, identity) = bench.log_in(&Bench::auth_request()).await;
    let to_sign_in =
        bench.client.get(format!("{}/view-transfers", bench.ready.addresses.website)).send().await.unwrap();
    let to_website = bench.client.get(location(&to_sign_in)).header(COOKIE, &identity).send().await.unwrap();
    let landed = bench.client.get(location(&to_website)).send().await.unwrap();
    let pairs: Vec<String> =
        cookies(landed.headers()).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("; ")
}

fn status<'a>(consignment: &'a Value, kind: &str) -> Option<&'a str> {
    let statuses = consignment["consignmentStatuses"].as_array().unwrap();
    statuses.iter().find(|status| status["statusType"] == kind).and_then(|status| status["value"].as_str())
}

fn hex(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn crc64(content: &[u8]) -> String {
    base64(&crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, content).to_be_bytes())
}

/// Bytes that differ from part to part.
fn content(length: usize) -> Vec<u8> {
    (0_u64..).flat_map(|number| (number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).to_le_bytes()).take(length).collect()
}

#[tokio::test]
async fn files_are_registered_sent_handed_over_and_checked() {
    let transfer = Transfer::begin(Bench::start_with(|options| options.check_seconds = 1).await).await;
    let large = content(2 * PART + 12_345);
    let files: [(&str, &[u8]); 3] = [("letter.txt", b"Dear Sir"), ("empty.txt", b""), ("scan.tif", &large)];
    let ids = transfer.register(&files).await;
    assert_eq!(transfer.put(&ids[0], files[0].1).await, StatusCode::OK);
    assert_eq!(transfer.put(&ids[0], files[0].1).await, StatusCode::PRECONDITION_FAILED);
    assert_eq!(transfer.put(&ids[1], files[1].1).await, StatusCode::OK);
    let upload = transfer.create(&ids[2]).await;
    let mut etags = Vec::new();
    for (part, number) in large.chunks(PART).zip(1..) {
        etags.push(transfer.part(&ids[2], &upload, number, part).await);
    }
    let (code, reply) = transfer.complete(&ids[2], &upload, &etags).await;
    assert!(code == StatusCode::OK && reply.contains("CompleteMultipartUploadResult"), "{code} {reply}");
    assert!(reply.contains(&crc64(&large)), "{reply}");

    assert!(transfer.hand_over().await.contains("Checking your records"));
    transfer.bench.advance(2).await;
    let ended = transfer.follow().await;
    assert_eq!((status(&ended, "Upload"), status(&ended, "ClientChecks")), (Some("Completed"), Some("Completed")));
    assert_eq!((&ended["allChecksSucceeded"], &ended["totalFiles"]), (&json!(true), &json!(3)));
    for check in ["antivirusProgress", "checksumProgress", "ffidProgress"] {
        assert_eq!(ended["fileChecks"][check]["filesProcessed"], 3, "{check}");
    }
    assert!(transfer.hand_over().await.contains("Nothing was found"));

    let objects = transfer.bench.get("/objects").await;
    assert_eq!(objects.as_array().unwrap().len(), 3);
    for (id, (_, content)) in ids.iter().zip(files) {
        let key = format!("{}/{id}", transfer.folder.trim_start_matches('/'));
        let object = objects.as_array().unwrap().iter().find(|object| object["key"] == key).unwrap();
        assert_eq!(
            (text(object, "sha256"), object["size"].as_u64()),
            (hex(content).as_str(), u64::try_from(content.len()).ok())
        );
        let bytes =
            transfer.bench.try_control(Method::GET, &format!("/objects/{key}"), None).await.bytes().await.unwrap();
        assert_eq!(bytes, content);
    }
    let seen = transfer.bench.get(&format!("/consignments/{}", transfer.consignment)).await;
    assert_eq!(seen["state"], "checked");
    assert_eq!(seen["files"].as_array().unwrap().iter().filter(|file| file["type"] == "File").count(), 3);
}

#[tokio::test]
async fn a_multipart_upload_goes_on_where_it_was_after_the_sandbox_died() {
    let mut transfer = Transfer::begin(Bench::start().await).await;
    let large = content(PART + 7);
    let ids = transfer.register(&[("scan.tif", &large)]).await;
    let upload = transfer.create(&ids[0]).await;
    let first = transfer.part(&ids[0], &upload, 1, &large[..PART]).await;

    let options = Options::new(transfer.bench.dir.path().join("sandbox"));
    transfer.bench.sandbox.stop().await;
    transfer.bench.sandbox = Sandbox::start(options).await.unwrap();
    transfer.bench.client = client(&transfer.bench.ready);

    let second = transfer.part(&ids[0], &upload, 2, &large[PART..]).await;
    let (code, reply) = transfer.complete(&ids[0], &upload, &[first, second]).await;
    assert!(code == StatusCode::OK && reply.contains("CompleteMultipartUploadResult"), "{code} {reply}");
    assert_eq!(transfer.bench.get("/objects").await[0]["sha256"], hex(&large));
}

#[tokio::test]
async fn an_error_inside_a_200_is_switched_on_at_the_control_address() {
    let transfer = Transfer::begin(Bench::start().await).await;
    let ids = transfer.register(&[("a", b"x"), ("b", b"y")]).await;
    for (id, done) in ids.iter().zip([false, true]) {
        let upload = transfer.create(id).await;
        let etag = transfer.part(id, &upload, 1, b"content").await;
        let effect = json!({ "complete_error": "InternalError", "done": done });
        transfer
            .bench
            .post("/faults", json!({ "role": "upload", "method": "POST", "path": "*uploadId=*", "effect": effect }))
            .await;
        let (code, reply) = transfer.complete(id, &upload, std::slice::from_ref(&etag)).await;
        assert!(code == StatusCode::OK && reply.contains("<Code>InternalError</Code>"), "{code} {reply}");
        let (again, reply) = transfer.complete(id, &upload, &[etag]).await;
        let expected = if done { StatusCode::NOT_FOUND } else { StatusCode::OK };
        assert_eq!(again, expected, "{reply}");
    }
    assert_eq!(transfer.bench.get("/objects").await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_the_bucket_refuses_comes_through_the_edge_with_a_request_id() {
    let transfer = Transfer::begin(Bench::start().await).await;
    let ids = transfer.register(&[("a", b"x")]).await;
    for (method, query) in
        [(Method::GET, ""), (Method::DELETE, "?uploadId=x"), (Method::GET, "?uploadId=x"), (Method::PUT, "")]
    {
        let (status, _, reply) = transfer.upload(method.clone(), &format!("{}{query}", ids[0]), &[], Vec::new()).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{method} {query}");
        assert!(reply.contains("<Message>Access Denied</Message>") && reply.contains("<RequestId>"), "{reply}");
    }
}
