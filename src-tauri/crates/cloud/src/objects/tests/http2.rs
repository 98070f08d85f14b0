//! The same calls as CloudFront receives them: HTTP/2 over TLS.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::{HeaderMap, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use url::Url;
use waybill_model::Role;

use super::*;
use crate::testing::{authority, profile};

type Log = Arc<Mutex<Vec<(Version, HeaderMap, usize)>>>;

/// Reads the whole body, or refuses without reading any of it.
async fn answer(request: Request<Incoming>, log: Log) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    if !parts.headers.contains_key("if-none-match") {
        log.lock().unwrap().push((parts.version, parts.headers, 0));
        let mut no = Response::new(Full::from("<Error><Code>MissingKey</Code></Error>"));
        *no.status_mut() = StatusCode::FORBIDDEN;
        return Ok(no);
    }
    let length = body.collect().await.unwrap().to_bytes().len();
    log.lock().unwrap().push((parts.version, parts.headers, length));
    Ok(Response::builder().header("ETag", TAG).body(Full::default()).unwrap())
}

async fn edge() -> (Objects, Log, JoinSet<()>) {
    let (ca, mut config) = authority("127.0.0.1");
    config.alpn_protocols = vec![b"h2".to_vec()];
    let tls = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}", listener.local_addr().unwrap())).unwrap();
    let log = Log::default();
    let mut tasks = JoinSet::new();
    let shared = Arc::clone(&log);
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let stream = tls.accept(listener.accept().await.unwrap().0).await.unwrap();
            let log = Arc::clone(&shared);
            connections.spawn(async move {
                let service = service_fn(move |request| answer(request, Arc::clone(&log)));
                let builder = auto::Builder::new(TokioExecutor::new());
                let _ended = builder.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    let net =
        Net::new(Arc::new(profile(&[(Role::Upload, &url)])), Some(ca.as_bytes()), &waybill_model::ProxyChoice::System)
            .unwrap();
    (Objects::new(&net), log, tasks)
}

#[tokio::test]
async fn over_http2_a_body_keeps_its_length_and_an_early_refusal_is_read() {
    let (objects, log, _tasks) = edge().await;
    let file = NamedTempFile::new().unwrap();
    file.as_file().set_len(16 << 20).unwrap();
    let body = range(&file, 0, 16 << 20);
    for _ in 0..2 {
        let stored = objects.put_object(&cookies(), &key(), &body, Crc64Nvme(0), unheard()).await;
        assert_eq!(stored, Ok(Stored { etag: TAG.into(), key: None }));
    }
    let no = objects.upload_part(&cookies(), &key(), &"u".into(), part(1), &body, Crc64Nvme(0), unheard()).await;
    assert_eq!(refusal(no).code.as_deref(), Some("MissingKey"));
    let log = log.lock().unwrap();
    for (version, headers, length) in log.iter().take(2) {
        assert_eq!((*version, *length), (Version::HTTP_2, 16 << 20));
        assert_eq!(headers.get("content-length").unwrap(), "16777216");
        assert!(!headers.contains_key("authorization") && !headers.contains_key("transfer-encoding"));
        // HTTP/2 may split the pairs (RFC 9113, 8.2.3); the edge joins them again.
        let cookie: Vec<_> = headers.get_all("cookie").iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(cookie.join("; "), COOKIES);
    }
}
