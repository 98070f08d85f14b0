//! A loopback server that records every byte that reaches it and answers as the test says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use url::Url;
use waybill_model::{ProxyChoice, Role, ServiceProfile};

use crate::Net;

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    pub(crate) target: String,
    /// Lower-case names with their values, in order.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Recorded {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn form(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(&self.body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// What the server does with a request.
#[derive(Clone)]
pub(crate) enum Act {
    /// Asks the handler again once the body has arrived.
    ReadFirst,
    /// Reads all of the request and answers with these bytes.
    Answer(Vec<u8>),
    /// Reads all of the request, writes these bytes and closes the connection.
    AnswerAndClose(Vec<u8>),
    /// Reads all of the request, writes these bytes and then nothing more.
    AnswerAndStall(Vec<u8>),
    /// Reads all of the request, writes these bytes and then one more after each interval, for ever.
    AnswerAndDrip(Vec<u8>, Duration),
    /// Reads all of the request, writes these bytes and then the others again and again, for ever. Short ones come one
    /// each millisecond.
    AnswerWithoutEnd(Vec<u8>, Vec<u8>),
    /// Reads the head, answers, and closes the connection if anything else arrives.
    AnswerEarly(Vec<u8>),
    /// Reads the head and nothing more.
    StopReading,
    /// Reads the head, waits for the signal, reads the rest and answers.
    WaitFor(Arc<Notify>, Vec<u8>),
}

impl Act {
    pub(crate) fn respond(status: &str, headers: &[(&str, &str)], body: &str) -> Self {
        Self::Answer(response(status, headers, body))
    }

    pub(crate) fn json(body: &serde_json::Value) -> Self {
        Self::respond("200 OK", &[("Content-Type", "application/json")], &body.to_string())
    }

    pub(crate) fn html(status: &str) -> Self {
        Self::respond(
            status,
            &[("Content-Type", "text/html"), ("ETag", "\"page\"")],
            "<!DOCTYPE html><html>Sign in</html>",
        )
    }
}

pub(crate) fn response(status: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

type Handler = Arc<dyn Fn(&Recorded) -> Act + Send + Sync>;

/// The server. It stops when dropped.
pub(crate) struct Server {
    pub(crate) url: Url,
    log: Arc<Mutex<Vec<Recorded>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// Starts a server that answers each request as the handler says.
    pub(crate) async fn start(handler: impl Fn(&Recorded) -> Act + Send + Sync + 'static) -> Self {
        Self::serve(None, Arc::new(handler)).await
    }

    /// Starts a server that performs these acts in order, and then fails.
    pub(crate) async fn scripted(acts: impl IntoIterator<Item = Act>) -> Self {
        let acts = Mutex::new(acts.into_iter().collect::<VecDeque<_>>());
        Self::start(move |_| {
            acts.lock().unwrap().pop_front().unwrap_or_else(|| Act::respond("500 Not In The Script", &[], ""))
        })
        .await
    }

    /// The same over TLS.
    pub(crate) async fn encrypted(config: rustls::ServerConfig, acts: impl IntoIterator<Item = Act>) -> Self {
        let acts = Mutex::new(acts.into_iter().collect::<VecDeque<_>>());
        let handler = move |_: &Recorded| acts.lock().unwrap().pop_front().unwrap();
        Self::serve(Some(tokio_rustls::TlsAcceptor::from(Arc::new(config))), Arc::new(handler)).await
    }

    async fn serve(tls: Option<tokio_rustls::TlsAcceptor>, handler: Handler) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = Url::parse(&format!("{scheme}://{}", listener.local_addr().unwrap())).unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        let shared = Arc::clone(&log);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (handler, log, tls) = (Arc::clone(&handler), Arc::clone(&shared), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => connection(stream, &handler, &log).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                connection(stream, &handler, &log).await;
                            }
                        }
                    }
                });
            }
        });
        Self { url, log, _tasks: tasks }
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn only_request(&self) -> Recorded {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests[0].clone()
    }
}

async fn connection<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, handler: &Handler, log: &Mutex<Vec<Recorded>>) {
    let mut buffer = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let mut request = head(&buffer[..end]);
        buffer.drain(..end + 4);
        let mut act = handler(&request);
        if matches!(act, Act::StopReading) {
            log.lock().unwrap().push(request);
            return std::future::pending().await;
        }
        if let Act::AnswerEarly(bytes) = &act {
            log.lock().unwrap().push(request);
            stream.write_all(bytes).await.unwrap();
            if cfg!(windows) {
                // A reset discards what the client has not read yet, so servers close in stages (RFC 9112, 9.6).
                stream.shutdown().await.unwrap();
                while stream.read(&mut [0; 4_096]).await.is_ok_and(|read| read > 0) {}
            }
            return;
        }
        if let Act::WaitFor(gate, _) = &act {
            log.lock().unwrap().push(request.clone());
            gate.notified().await;
        }
        let length: usize = request.header("content-length").map_or(0, |length| length.parse().unwrap());
        while buffer.len() < length {
            if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                return;
            }
        }
        request.body = buffer.drain(..length).collect();
        if matches!(act, Act::ReadFirst) {
            act = handler(&request);
        }
        if !matches!(act, Act::WaitFor(..)) {
            log.lock().unwrap().push(request);
        }
        match act {
            Act::Answer(bytes) | Act::WaitFor(_, bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
                let _gone = stream.flush().await;
            }
            Act::AnswerAndClose(bytes) => {
                let _gone = stream.write_all(&bytes).await;
                let _gone = stream.shutdown().await;
                return;
            }
            Act::AnswerAndStall(bytes) => {
                stream.write_all(&bytes).await.unwrap();
                stream.flush().await.unwrap();
                return std::future::pending().await;
            }
            Act::AnswerAndDrip(bytes, gap) => {
                stream.write_all(&bytes).await.unwrap();
                while stream.write_all(b"x").await.is_ok() {
                    tokio::time::sleep(gap).await;
                }
                return;
            }
            Act::AnswerWithoutEnd(bytes, more) => {
                let _gone = stream.write_all(&bytes).await;
                while stream.write_all(&more).await.is_ok() {
                    if more.len() < 1 << 10 {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                }
                return;
            }
            Act::StopReading | Act::AnswerEarly(_) | Act::ReadFirst => return,
        }
    }
}

fn head(bytes: &[u8]) -> Recorded {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let mut lines = text.split("\r\n");
    let mut first = lines.next().unwrap().split(' ');
    let (method, target) = (first.next().unwrap().to_owned(), first.next().unwrap().to_owned());
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_lowercase(), value.trim().to_owned())
    });
    Recorded { method, target, headers: headers.collect(), body: Vec::new() }
}

/// Creates an authority (PEM), and a server's configuration with a certificate that it issued for one name.
pub(crate) fn authority(name: &str) -> (String, rustls::ServerConfig) {
    authority_between(name, 1975, 4096)
}

/// The same, with a certificate valid from the start of one year to the start of another.
pub(crate) fn authority_between(name: &str, from: i32, until: i32) -> (String, rustls::ServerConfig) {
    let ca_key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&ca_key).unwrap();
    let issuer = Issuer::new(params, ca_key);
    let key = KeyPair::generate().unwrap();
    let mut leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
    leaf.not_before = rcgen::date_time_ymd(from, 1, 1);
    leaf.not_after = rcgen::date_time_ymd(until, 1, 1);
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key.serialize_der().try_into().unwrap())
        .unwrap();
    (ca.pem(), config)
}

/// Creates a profile with some addresses; the others are unreachable.
pub(crate) fn profile(addresses: &[(Role, &Url)]) -> ServiceProfile {
    let address = |role: Role, nowhere: &str| {
        let given = addresses.iter().find(|(known, _)| *known == role);
        given.map_or_else(|| nowhere.to_owned(), |(_, url)| url.as_str().trim_end_matches('/').to_owned())
    };
    let text = format!(
        "name = \"test\"\n[sign_in]\nissuer = \"{}/realms/tdr\"\nclient_id = \"waybill\"\n[api]\nurl = \"{}/graphql\"\n\
         [upload]\nurl = \"{}\"\norigin = \"https://website.example\"\n[website]\nurl = \"{}\"\n",
        address(Role::SignIn, "http://127.0.0.1:1"),
        address(Role::Api, "http://127.0.0.1:2"),
        address(Role::Upload, "http://127.0.0.1:3"),
        address(Role::Website, "http://127.0.0.1:4"),
    );
    ServiceProfile::from_toml(&text).unwrap()
}

/// Creates a client for a service with some addresses.
pub(crate) fn net(addresses: &[(Role, &Url)]) -> Net {
    Net::new(Arc::new(profile(addresses)), None, &ProxyChoice::System).unwrap()
}
