//! An S3 server in place of the object store: here one that writes down what reaches it and knows one object.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use reqwest::header::ORIGIN;
use reqwest::{Method, StatusCode};
use serde_json::json;
use waybill_sandbox::{ObjectStore, Options, Sandbox};

use crate::support::Bench;

/// A listing of one page. The tag and the encoded key are as the API reference shows them.
const LISTING: &str = "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>u/a+file</Key>\
    <ETag>&quot;e&quot;</ETag><Size>5</Size></Contents></ListBucketResult>";
/// Of `hello`.
const SHA256: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// A request as it reached the server.
#[derive(Clone, Debug, Default)]
struct Reached {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Reached {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Clone, Default)]
struct Server(Arc<Mutex<Vec<Reached>>>);

impl Server {
    /// Starts one with a bucket named `bucket`; its address.
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        format!("http://{address}/bucket")
    }

    /// Returns the requests that are no look at the bucket.
    fn reached(&self) -> Vec<Reached> {
        let all = self.0.lock().unwrap().clone();
        all.into_iter().filter(|reached| !reached.line.contains("list-type=2")).collect()
    }
}

async fn answer(State(server): State<Server>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let headers =
        parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
    let line = format!("{} {}", parts.method, parts.uri);
    let body = axum::body::to_bytes(body, 1_000_000).await.unwrap().to_vec();
    server.0.lock().unwrap().push(Reached { line: line.clone(), headers: headers.collect(), body });
    match line.as_str() {
        "GET /bucket/u/a%20file" => "hello".into_response(),
        line if line.starts_with("GET /bucket/?") => LISTING.into_response(),
        line if line.starts_with("PUT /bucket/") => {
            ([("etag", "\"theirs\""), ("access-control-allow-origin", "*")], Body::empty()).into_response()
        }
        _ => (StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>").into_response(),
    }
}

/// Returns a sandbox whose objects are kept there.
async fn before(server: &Server) -> Bench {
    let store: ObjectStore = server.start().await.parse().unwrap();
    Bench::start_with(|options| options.store = Some(store.signed("access", "secret", "eu-west-2"))).await
}

#[tokio::test]
async fn a_granted_request_arrives_signed_with_its_length_and_conditions() {
    let server = Server::default();
    let bench = before(&server).await;
    let (cookies, owner) = bench.upload_cookies().await;
    let path = format!("/{owner}/c/(a)%20file?x-id=PutObject");
    let request = bench.put(&path, &cookies, "hello").header("authorization", "AWS4-HMAC-SHA256 dummy");
    let reply = request.header(ORIGIN, &bench.ready.addresses.website).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    assert_eq!(reply.headers()["etag"], "\"theirs\"");
    // The bucket's rules of cross-origin requests are the sandbox's.
    assert_eq!(reply.headers()["access-control-allow-origin"], bench.ready.addresses.website.as_str());

    let [reached] = &server.reached()[..] else { panic!("not one request: {:?}", server.reached()) };
    // Encoded as the signature has it, not as the viewer wrote it.
    assert_eq!(reached.line, format!("PUT /bucket/{owner}/c/%28a%29%20file?x-id=PutObject"));
    assert_eq!(reached.body, b"hello");
    assert_eq!(reached.header("content-length"), Some("5"));
    assert_eq!(reached.header("if-none-match"), Some("*"));
    assert_eq!(reached.header("x-amz-content-sha256"), Some("UNSIGNED-PAYLOAD"));
    assert_eq!(reached.header("cookie"), None);
    let signature = reached.header("authorization").unwrap();
    assert!(signature.starts_with("AWS4-HMAC-SHA256 Credential=access/"), "{signature}");
    assert!(signature.contains("/eu-west-2/s3/aws4_request"), "{signature}");
}

#[tokio::test]
async fn what_the_policy_does_not_grant_never_arrives() {
    let server = Server::default();
    let bench = before(&server).await;
    let (cookies, owner) = bench.upload_cookies().await;
    let url = format!("{}/{owner}/c/f", bench.ready.addresses.upload);
    for method in [Method::GET, Method::HEAD, Method::DELETE, Method::PUT, Method::POST] {
        let request = bench.client.request(method.clone(), &url).header("cookie", &cookies);
        assert_eq!(request.send().await.unwrap().status(), StatusCode::FORBIDDEN, "{method}");
    }
    assert!(server.reached().is_empty(), "{:?}", server.reached());
}

#[tokio::test]
async fn the_control_address_shows_what_the_server_holds_and_reads_it_once() {
    let server = Server::default();
    let bench = before(&server).await;
    for _ in 0..2 {
        let listed = bench.get("/objects").await;
        assert_eq!(listed, json!([{"key": "u/a file", "size": 5, "sha256": SHA256, "version": "\"e\""}]));
    }
    assert_eq!(server.reached().len(), 1, "the digest is kept");
    let there = bench.try_control(Method::GET, "/objects/u/a%20file", None).await;
    assert_eq!(there.bytes().await.unwrap(), "hello");
    let missing = bench.try_control(Method::GET, "/objects/u/none", None).await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_missing_server_is_named_at_the_start_and_is_a_502_later() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = Options::new(dir.path());
    options.store = Some("http://127.0.0.1:1/bucket".parse().unwrap());
    let error = Sandbox::start(options).await.unwrap_err().to_string();
    assert!(error.contains("http://127.0.0.1:1/bucket"), "{error}");

    let server = Server::default();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let store: ObjectStore = format!("http://{}/bucket", listener.local_addr().unwrap()).parse().unwrap();
    let router = Router::new().fallback(answer).with_state(server);
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let bench = Bench::start_with(|options| options.store = Some(store)).await;
    let (cookies, owner) = bench.upload_cookies().await;
    serving.abort();
    assert!(serving.await.unwrap_err().is_cancelled());
    let reply = bench.put(&format!("/{owner}/c/f"), &cookies, "hello").send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(reply.headers()["x-cache"], "Error from cloudfront");
}
