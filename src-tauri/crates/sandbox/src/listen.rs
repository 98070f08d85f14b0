//! The accept loops: plain and TLS listeners, HTTP/1.1 and HTTP/2, and connections that can be reset on demand.
//!
//! Each connection is one task. It ends when the client is done, when a fault resets it (TCP RST, by closing with a linger
//! time of zero), when its role goes down, or when the sandbox stops.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::role::Role;
use crate::state::Shared;
use crate::traffic::{self, Peer};

/// Largest set of headers taken in; above CloudFront's own limit, which the edge enforces.
const HEADER_BYTES: u32 = 128 * 1024;

/// Most requests at once on a connection of HTTP/2.
const STREAMS: u32 = 200;
/// How much of a request's body is taken in before its role reads it. A connection takes that much of all of them together: the
/// requests share its window, and one that a fault holds back must not hold back the others.
const STREAM_BYTES: u32 = 1024 * 1024;

/// One address and what answers there.
pub(crate) struct Endpoint {
    pub listener: TcpListener,
    pub tls: Option<TlsAcceptor>,
    /// `None` for the control address, which has neither faults nor log.
    pub role: Option<Role>,
    pub router: Router,
}

/// Resets a connection from within a request; in every request's extensions.
#[derive(Clone)]
pub(crate) struct Kill {
    is_reset: Arc<AtomicBool>,
    end: CancellationToken,
    /// The connection is over, however it ended.
    over: CancellationToken,
}

impl Kill {
    fn new() -> Self {
        Self { is_reset: Arc::default(), end: CancellationToken::new(), over: CancellationToken::new() }
    }

    /// Drops the connection at once with a TCP reset; whatever was not yet sent is lost.
    pub(crate) fn reset(&self) {
        self.is_reset.store(true, Ordering::SeqCst);
        self.end.cancel();
    }

    /// Waits until the connection is over.
    pub(crate) fn over(&self) -> WaitForCancellationFutureOwned {
        self.over.clone().cancelled_owned()
    }

    /// Whether the connection was reset.
    pub(crate) fn is_reset(&self) -> bool {
        self.is_reset.load(Ordering::SeqCst)
    }
}

/// Accepts connections at `endpoint` until `stop`; the tasks are `tasks`'s.
pub(crate) fn serve(endpoint: Endpoint, shared: Arc<Shared>, stop: CancellationToken, tasks: &TaskTracker) {
    let connections = tasks.clone();
    tasks.spawn(async move {
        let endpoint = Arc::new(endpoint);
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = endpoint.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let connection = connect(Arc::clone(&endpoint), Arc::clone(&shared), stream, peer, stop.clone());
                    connections.spawn(connection);
                }
                Err(error) => {
                    // Out of file handles, most likely: give others time to close theirs.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            }
        }
    });
}

async fn connect(
    endpoint: Arc<Endpoint>,
    shared: Arc<Shared>,
    stream: TcpStream,
    peer: SocketAddr,
    stop: CancellationToken,
) {
    let _in_hand = endpoint.role.map(|role| shared.at_work.connection(role));
    let kill = Kill::new();
    let _over = kill.over.clone().drop_guard();
    let socket = Socket { stream, is_reset: Arc::clone(&kill.is_reset) };
    if let Err(error) = socket.stream.set_nodelay(true) {
        tracing::debug!(%error, "no-delay could not be set");
    }
    let down = went_down(shared.faults.down(), endpoint.role);
    let end = kill.end.clone();
    let work = talk(endpoint, shared, socket, peer, kill.clone());
    // In this order: a role that is down must not get as far as a first byte.
    tokio::select! {
        biased;
        () = down => kill.reset(),
        () = end.cancelled() => {}
        () = stop.cancelled() => {}
        () = work => {}
    }
}

async fn talk(endpoint: Arc<Endpoint>, shared: Arc<Shared>, socket: Socket, peer: SocketAddr, kill: Kill) {
    let service = service_fn(|request: Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(kill.clone());
        let (endpoint, shared, kill) = (Arc::clone(&endpoint), Arc::clone(&shared), kill.clone());
        // Here, not in the future: before the connection can end, the request counts.
        let in_hand = endpoint.role.map(|role| (role, shared.at_work.request(role)));
        async move {
            let router = endpoint.router.clone();
            match in_hand {
                Some((role, in_hand)) => Ok(traffic::answer(shared, (role, in_hand), router, kill, request).await),
                None => router.oneshot(request).await,
            }
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new());
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEADER_BYTES)
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(STREAM_BYTES)
        .initial_connection_window_size(STREAMS * STREAM_BYTES);
    let outcome = match &endpoint.tls {
        Some(tls) => match tls.accept(socket).await {
            Ok(stream) => builder.serve_connection(TokioIo::new(stream), service).await,
            Err(error) => {
                tracing::debug!(%error, %peer, "no TLS came about");
                return;
            }
        },
        None => builder.serve_connection(TokioIo::new(socket), service).await,
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, %peer, "a connection broke off");
    }
}

/// Waits until `role` is told to be down.
async fn went_down(mut down: watch::Receiver<BTreeSet<Role>>, role: Option<Role>) {
    let is_down = |roles: &BTreeSet<Role>| role.is_some_and(|role| roles.contains(&role));
    if down.wait_for(is_down).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// A TCP stream that closes with a reset once that was asked for.
struct Socket {
    stream: TcpStream,
    is_reset: Arc<AtomicBool>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.is_reset.load(Ordering::SeqCst)
            && let Err(error) = self.stream.set_zero_linger()
        {
            tracing::warn!(%error, "a connection is closed where it should be reset");
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_reset.load(Ordering::SeqCst) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_reset.load(Ordering::SeqCst) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
