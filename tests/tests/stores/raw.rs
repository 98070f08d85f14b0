//! HTTP/1.1 by hand, for requests that no client library would send: less body than was announced.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use url::Url;
use waybill_system_tests::{Error, Result};

use crate::wire::Answer;

/// How long a store may take to see that nothing more comes, or to refuse what was announced before any of it has come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// How long one has to stay silent that is known to wait for what was announced.
pub(crate) const SILENCE: Duration = Duration::from_secs(3);

/// What is done once everything has been sent that will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Says that nothing more will come.
    HangUp,
    /// Waits so long for a reply.
    Wait(Duration),
}

/// Sends head and body and reads the reply; `None` where the other side hangs up or stays silent.
pub(crate) fn exchange(
    url: &str,
    method: &str,
    headers: &[(String, String)],
    body: &[u8],
    ca: Option<&Path>,
    then: Then,
) -> Result<Option<Answer>> {
    let failed = |error: &dyn std::fmt::Display| Error::unexpected(format!("{method} {url} by hand: {error}"));
    let url = Url::parse(url).map_err(|error| failed(&error))?;
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or_default();
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let mut head = format!("{method} {target} HTTP/1.1\r\nhost: {host}:{port}\r\nconnection: close\r\n");
    for (name, value) in headers.iter().filter(|(name, _)| name != "host") {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut request = head.into_bytes();
    request.extend_from_slice(body);

    let tcp = TcpStream::connect((host, port)).map_err(|error| failed(&error))?;
    let mut connection = match ca {
        None => Connection::Plain(tcp),
        Some(ca) => Connection::Tls(Box::new(StreamOwned::new(tls(host, ca)?, tcp))),
    };
    let mut send = || {
        connection.stream().write_all(&request)?;
        connection.stream().flush()?;
        match then {
            Then::HangUp => {
                connection.hang_up()?;
                connection.wait(PATIENCE)?;
            }
            Then::Wait(patience) => connection.wait(patience)?,
        }
        read_all(connection.stream())
    };
    parse(&send().map_err(|error| failed(&error))?)
}

trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

enum Connection {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Connection {
    fn stream(&mut self) -> &mut dyn Stream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(stream) => stream.as_mut(),
        }
    }

    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(stream) => stream.get_ref(),
        }
    }

    /// Sets how long a read may take.
    fn wait(&self, patience: Duration) -> std::io::Result<()> {
        self.tcp().set_read_timeout(Some(patience))
    }

    /// Says that nothing more will come.
    fn hang_up(&mut self) -> std::io::Result<()> {
        match self {
            Self::Plain(tcp) => match tcp.shutdown(Shutdown::Write) {
                // The other side was quicker.
                Err(error) if error.kind() == ErrorKind::NotConnected => Ok(()),
                done => done,
            },
            Self::Tls(stream) => {
                stream.conn.send_close_notify();
                stream.flush()
            }
        }
    }
}

fn tls(host: &str, ca: &Path) -> Result<ClientConnection> {
    let failed = |error: &dyn std::fmt::Display| Error::unexpected(format!("TLS to {host}: {error}"));
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).map_err(|error| failed(&error))?).map_err(|error| failed(&error))?;
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(&error))?;
    ClientConnection::new(Arc::new(config), name).map_err(|error| failed(&error))
}

/// Everything up to the end of the connection, however it ends.
fn read_all(mut stream: impl Read) -> std::io::Result<Vec<u8>> {
    let mut reply = Vec::new();
    let mut buffer = [0_u8; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(reply),
            Ok(count) => reply.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::ConnectionReset
                        | ErrorKind::ConnectionAborted
                        | ErrorKind::UnexpectedEof
                        | ErrorKind::WouldBlock
                        | ErrorKind::TimedOut
                ) =>
            {
                return Ok(reply);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Returns the last reply in the bytes: one with a status of 100 to 199 is only a sign of life.
fn parse(reply: &[u8]) -> Result<Option<Answer>> {
    let text = String::from_utf8_lossy(reply);
    let mut rest: &str = &text;
    loop {
        let Some((head, body)) = rest.split_once("\r\n\r\n") else { return Ok(None) };
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse::<u16>().ok());
        let status = status.ok_or_else(|| Error::unexpected(format!("not an HTTP reply: {head}")))?;
        if status < 200 {
            rest = body;
            continue;
        }
        let headers = lines.filter_map(|line| line.split_once(':')).filter_map(|(name, value)| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value.trim()).ok()?))
        });
        return Ok(Some(Answer { status, headers: headers.collect::<HeaderMap>(), body: body.to_owned() }));
    }
}
