//! The listener on this computer that the browser returns to. It lasts for one sign-in.
//!
//! Browsers open connections that they never use, and ask for icons. Each connection is served by its own task, and all
//! of them end with the sign-in.

use std::borrow::Cow;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::{Host, Position, Url, form_urlencoded};
use waybill_model::{Code, Failure};

use super::page::Page;

const LONGEST_REQUEST: usize = 16 << 10;
const PATIENCE: Duration = Duration::from_secs(10);
/// How many connections are served at a time, so that nothing that opens them can use up the program's file handles.
const MOST_CONNECTIONS: usize = 64;
/// The delay after a connection that could not be accepted: with no file handle left, each try fails at once.
const BREATH: Duration = Duration::from_millis(50);

/// A listener and its visits.
pub(super) struct Loopback {
    redirect: Url,
    callbacks: mpsc::Receiver<Callback>,
    _connections: JoinSet<()>,
}

/// A visit by the browser to the redirect address, which waits for its page.
pub(super) struct Callback {
    query: Vec<(String, String)>,
    page: oneshot::Sender<(Page, oneshot::Sender<()>)>,
}

impl Loopback {
    /// Listens at the profile's redirect address, on a free port if the profile names none (RFC 8252, 7.3).
    pub(super) async fn open(wanted: &Url) -> Result<Self, Failure> {
        let address = match wanted.host() {
            Some(Host::Ipv6(address)) => IpAddr::V6(address),
            Some(Host::Ipv4(address)) => IpAddr::V4(address),
            Some(Host::Domain(_)) | None => IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        let no_port = |error: io::Error| {
            let port = wanted.port().map(|port| format!("port {port}: ")).unwrap_or_default();
            Failure::new(Code::SignInNoPort, format!("{port}{error}"))
        };
        let listener =
            TcpListener::bind(SocketAddr::new(address, wanted.port().unwrap_or(0))).await.map_err(no_port)?;
        let port = listener.local_addr().map_err(no_port)?.port();
        let mut redirect = wanted.clone();
        if redirect.set_port(Some(port)).is_err() {
            return Err(Failure::new(Code::ProfileMalformed, "sign_in.redirect_uri"));
        }
        let (sender, callbacks) = mpsc::channel(8);
        let mut connections = JoinSet::new();
        connections.spawn(accept(listener, ReturnAddress::of(&redirect), sender));
        Ok(Self { redirect, callbacks, _connections: connections })
    }

    /// Returns the redirect address with its port.
    pub(super) fn redirect(&self) -> &Url {
        &self.redirect
    }

    /// Waits for the next visit.
    pub(super) async fn next(&mut self) -> Result<Callback, Failure> {
        self.callbacks.recv().await.ok_or_else(|| Failure::new(Code::SignInNoPort, "the listener has ended"))
    }
}

impl Callback {
    /// Returns a parameter; `None` if it is absent or repeated (RFC 6749, 3.1).
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let mut found = self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// Returns whether a parameter came more than once, which no server does (RFC 6749, 3.1).
    pub(super) fn is_repeated(&self, name: &str) -> bool {
        self.query.iter().filter(|(key, _)| key == name).count() > 1
    }

    /// Sends the browser its page and waits until it is written.
    pub(super) async fn answer(self, page: Page) {
        let (written, wait) = oneshot::channel();
        if self.page.send((page, written)).is_ok() {
            // A browser that has disconnected needs no page.
            let _gone = timeout(PATIENCE, wait).await;
        }
    }
}

/// Where the browser returns to, as its requests name it.
#[derive(Clone)]
struct ReturnAddress {
    /// Host and port. A web page of another site that has its own name lead here sends that name (DNS rebinding).
    authority: Arc<str>,
    path: Arc<str>,
}

impl ReturnAddress {
    fn of(redirect: &Url) -> Self {
        let authority = &redirect[Position::BeforeHost..Position::AfterPort];
        Self { authority: authority.into(), path: redirect.path().into() }
    }
}

/// The source of connections.
trait Door: Send + Sync {
    fn accept(&self) -> impl Future<Output = io::Result<TcpStream>> + Send;
}

impl Door for TcpListener {
    async fn accept(&self) -> io::Result<TcpStream> {
        Self::accept(self).await.map(|(stream, _)| stream)
    }
}

/// Serves every connection until the sign-in is over. Continues after a connection that failed before it was accepted
/// (`ECONNABORTED`), or for which there was no file handle (`EMFILE`).
async fn accept(door: impl Door, expected: ReturnAddress, callbacks: mpsc::Sender<Callback>) {
    let mut connections = JoinSet::new();
    let mut failing = false;
    loop {
        tokio::select! {
            accepted = door.accept(), if connections.len() < MOST_CONNECTIONS => match accepted {
                Ok(stream) => {
                    failing = false;
                    connections.spawn(serve(stream, expected.clone(), callbacks.clone()));
                }
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!(%error, "a connection of the browser could not be taken");
                    }
                    tokio::time::sleep(BREATH).await;
                }
            },
            Some(_ended) = connections.join_next() => {}
        }
    }
}

async fn serve(mut stream: TcpStream, expected: ReturnAddress, callbacks: mpsc::Sender<Callback>) {
    let Ok(Some(head)) = timeout(PATIENCE, read_head(&mut stream)).await else { return };
    let (page, written) = match visit(&head, &expected) {
        Visit::Callback(query) => {
            let (page, answer) = oneshot::channel();
            if callbacks.send(Callback { query, page }).await.is_err() {
                return;
            }
            let Ok((page, written)) = answer.await else { return };
            (page, Some(written))
        }
        Visit::Elsewhere => (Page::not_found(), None),
        Visit::WrongMethod => (Page::wrong_method(), None),
    };
    let sent = timeout(PATIENCE, async {
        stream.write_all(page.to_http().as_bytes()).await?;
        stream.shutdown().await
    });
    // If the browser does not read its page, there is no one to report it to.
    let _unread = sent.await;
    if let Some(written) = written {
        let _ended = written.send(());
    }
}

/// Reads the request up to the empty line. Returns `None` if that never comes or the request is too long.
async fn read_head(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    loop {
        let read = stream.read_buf(&mut head).await.ok()?;
        if let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") {
            head.truncate(end);
            return Some(head);
        }
        if read == 0 || head.len() > LONGEST_REQUEST {
            return None;
        }
    }
}

enum Visit {
    Callback(Vec<(String, String)>),
    Elsewhere,
    WrongMethod,
}

fn visit(head: &[u8], expected: &ReturnAddress) -> Visit {
    let text: Cow<'_, str> = String::from_utf8_lossy(head);
    let mut lines = text.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (target, query) = target.split_once('?').unwrap_or((target, ""));
    let mut hosts = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("host").then_some(value.trim())
    });
    let is_here =
        hosts.next().is_some_and(|host| host.eq_ignore_ascii_case(&expected.authority)) && hosts.next().is_none();
    if target != &*expected.path || !is_here {
        return Visit::Elsewhere;
    }
    if method != "GET" {
        return Visit::WrongMethod;
    }
    Visit::Callback(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
}

/// Reads a request as the listener does.
#[cfg(feature = "fuzzing")]
pub(super) fn read_request(head: &[u8]) {
    let expected = ReturnAddress { authority: "127.0.0.1:1".into(), path: "/callback".into() };
    if let Visit::Callback(query) = visit(head, &expected) {
        let (page, _answer) = oneshot::channel();
        let callback = Callback { query, page };
        for name in ["state", "code", "iss", "error"] {
            assert!(callback.value(name).is_none() || !callback.is_repeated(name), "one of several was taken");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

    use super::*;

    /// A listener whose first connections fail.
    struct Unlucky {
        listener: TcpListener,
        failures_left: AtomicU32,
    }

    impl Door for Unlucky {
        async fn accept(&self) -> io::Result<TcpStream> {
            let left =
                self.failures_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            match left {
                Ok(left) if left % 2 == 0 => Err(io::ErrorKind::ConnectionAborted.into()),
                Ok(_) => Err(io::Error::other("too many open files")),
                Err(_) => Door::accept(&self.listener).await,
            }
        }
    }

    /// A listener that counts its connections.
    struct Counting {
        listener: TcpListener,
        taken: Arc<AtomicUsize>,
    }

    impl Door for Counting {
        async fn accept(&self) -> io::Result<TcpStream> {
            let stream = Door::accept(&self.listener).await?;
            self.taken.fetch_add(1, Ordering::Relaxed);
            Ok(stream)
        }
    }

    fn back_at(address: SocketAddr) -> ReturnAddress {
        ReturnAddress { authority: address.to_string().into(), path: "/back".into() }
    }

    fn request(address: SocketAddr) -> String {
        format!("GET /back?code=1 HTTP/1.1\r\nHost: {address}\r\n\r\n")
    }

    #[tokio::test]
    async fn silent_connections_use_up_no_file_handles_and_end_no_sign_in() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, mut callbacks) = mpsc::channel(8);
        let taken = Arc::new(AtomicUsize::new(0));
        let door = Counting { listener, taken: Arc::clone(&taken) };
        let accepting = tokio::spawn(accept(door, back_at(address), sender));
        let mut silent = Vec::new();
        for _ in 0..MOST_CONNECTIONS {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        let mut browser = TcpStream::connect(address).await.unwrap();
        browser.write_all(request(address).as_bytes()).await.unwrap();
        while taken.load(Ordering::Relaxed) < MOST_CONNECTIONS {
            tokio::task::yield_now().await;
        }
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(taken.load(Ordering::Relaxed), MOST_CONNECTIONS);
        drop(silent.pop());
        let callback = callbacks.recv().await.expect("the browser gets its turn");
        assert_eq!(callback.value("code"), Some("1"));
        accepting.abort();
    }

    #[tokio::test]
    async fn connections_that_cannot_be_taken_do_not_end_the_sign_in() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, mut callbacks) = mpsc::channel(8);
        let door = Unlucky { listener, failures_left: AtomicU32::new(3) };
        let accepting = tokio::spawn(accept(door, back_at(address), sender));
        let mut browser = TcpStream::connect(address).await.unwrap();
        browser.write_all(request(address).as_bytes()).await.unwrap();
        let callback = callbacks.recv().await.expect("the listener continues");
        assert_eq!(callback.value("code"), Some("1"));
        accepting.abort();
    }
}
