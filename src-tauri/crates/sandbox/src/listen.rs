//! The accept loops: plain and TLS listeners, HTTP/1.1 and HTTP/2.
//!
//! Each connection is one task. It ends when the client is done, when a fault resets it, when its role goes down, or
//! when the sandbox stops.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::connection::{Kill, Peer, Socket};
use crate::role::Role;
use crate::traffic::{self, Traffic};

/// Largest set of headers accepted; above CloudFront's own limit, which the edge enforces.
const HEADER_BYTES: u32 = 128 * 1024;

/// Most concurrent requests on an HTTP/2 connection.
const STREAMS: u32 = 200;
/// How much of a request's body is received before its role reads it. The requests of a connection share its window, so
/// it has room for that much of each: one that a fault holds back must not hold back the others.
const STREAM_BYTES: u32 = 1024 * 1024;

/// One address and what answers there.
pub(crate) struct Endpoint {
    pub listener: TcpListener,
    pub tls: Option<TlsAcceptor>,
    /// `None` for the control address, which has neither faults nor log.
    pub role: Option<Role>,
    pub router: Router,
}

/// Accepts connections at `endpoint` until `stop`, in tasks of `tasks`.
pub(crate) fn serve(endpoint: Endpoint, traffic: Arc<Traffic>, stop: CancellationToken, tasks: &TaskTracker) {
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
                    let connection = connect(Arc::clone(&endpoint), Arc::clone(&traffic), stream, peer, stop.clone());
                    connections.spawn(connection);
                }
                Err(error) => {
                    // Probably out of file handles: give others time to close theirs.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            }
        }
    });
}

async fn connect(
    endpoint: Arc<Endpoint>,
    traffic: Arc<Traffic>,
    stream: TcpStream,
    peer: SocketAddr,
    stop: CancellationToken,
) {
    let _counted = endpoint.role.map(|role| traffic.in_flight.connection(role));
    let kill = Kill::new();
    let _over = kill.guard();
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no-delay could not be set");
    }
    let socket = kill.socket(stream);
    let down = went_down(traffic.faults.down(), endpoint.role);
    let ended = kill.ended();
    let work = talk(endpoint, traffic, socket, peer, kill.clone());
    // In this order: a role that is down must not send a first byte.
    tokio::select! {
        biased;
        () = down => kill.reset(),
        () = ended => {}
        () = stop.cancelled() => {}
        () = work => {}
    }
}

async fn talk(endpoint: Arc<Endpoint>, traffic: Arc<Traffic>, socket: Socket, peer: SocketAddr, kill: Kill) {
    let service = service_fn(|request: Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(kill.clone());
        let (endpoint, traffic, kill) = (Arc::clone(&endpoint), Arc::clone(&traffic), kill.clone());
        // Here, not in the future: the request must count before the connection can end.
        let counted = endpoint.role.map(|role| (role, traffic.in_flight.request(role)));
        async move {
            let router = endpoint.router.clone();
            match counted {
                Some((role, counted)) => Ok(traffic::answer(traffic, (role, counted), router, kill, request).await),
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
                tracing::debug!(%error, %peer, "a TLS handshake failed");
                return;
            }
        },
        None => builder.serve_connection(TokioIo::new(socket), service).await,
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, %peer, "a connection failed");
    }
}

/// Waits until `role` goes down.
async fn went_down(mut down: watch::Receiver<BTreeSet<Role>>, role: Option<Role>) {
    let is_down = |roles: &BTreeSet<Role>| role.is_some_and(|role| roles.contains(&role));
    if down.wait_for(is_down).await.is_err() {
        std::future::pending::<()>().await;
    }
}
