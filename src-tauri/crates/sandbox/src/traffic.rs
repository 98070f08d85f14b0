//! What happens to every request before and after its role sees it: faults and the request log.
//!
//! A role's work runs in its own task, so that it continues when the client hangs up: a server that has a whole request
//! carries it out whether or not the caller waits for the answer.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tower::ServiceExt as _;

use crate::clock::Clock;
use crate::connection::Kill;
use crate::faults::{Effect, Faults, Fired, StatusReply};
use crate::in_flight::{InFlight, InFlightGuard};
use crate::issued::Secrets;
use crate::log::{Entry, Operation, RequestLog, public_path};
use crate::role::Role;

/// Longest body that is read whole for a fault to inspect.
const INSPECTED_BYTES: usize = 32 * 1024 * 1024;

/// What is done to, and known about, the requests of all roles.
pub(crate) struct Traffic {
    pub clock: Clock,
    pub faults: Faults,
    pub log: RequestLog,
    pub in_flight: InFlight,
    pub secrets: Secrets,
}

impl Traffic {
    /// Starts without faults and with an empty log.
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            faults: Faults::new(),
            log: RequestLog::default(),
            in_flight: InFlight::default(),
            secrets: Secrets::default(),
        }
    }
}

/// What is done to the reply of one request, as its faults want.
#[derive(Default)]
struct Plan {
    /// Replaces the role's reply; before the role has seen the request unless it says `done`.
    status: Option<StatusReply>,
    is_stalled: bool,
    is_reply_lost: bool,
    /// The body of the reply never ends: a byte at a time, this far apart.
    drip: Option<Duration>,
}

/// Why a request does not reach its role.
enum Cut {
    /// Its body is too long, or incomplete.
    NotRead,
    /// The gateway has waited long enough.
    GaveUp,
}

/// Answers one request of a role.
pub(crate) async fn answer(
    traffic: Arc<Traffic>,
    (role, counted): (Role, InFlightGuard),
    router: Router,
    kill: Kill,
    request: Request<Body>,
) -> Response<Body> {
    let (record, request) = Record::of(&traffic, role, counted, request);
    let arrived = match faults_of(&traffic.faults, role, request).await {
        Ok((request, effects)) => befall(request, effects, &kill).await,
        Err(cut) => Err(cut),
    };
    let (request, plan) = match arrived {
        Ok(arrived) => arrived,
        Err(Cut::NotRead) => {
            kill.reset();
            return record.finish(broken(), None, Some("body too long or incomplete"));
        }
        Err(Cut::GaveUp) => return imitate(gave_up(), record),
    };
    if plan.is_stalled {
        drain(request.into_body()).await;
        drop(record.finish(broken(), None, Some("fault: stalled")));
        return std::future::pending().await;
    }
    match plan.status {
        Some(reply) if !reply.done => {
            if !reply.early {
                drain(request.into_body()).await;
            }
            return imitate(reply, record);
        }
        Some(_) | None => {}
    }
    let work = tokio::spawn(carry_out(router, request, plan, kill, record));
    work.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a role failed");
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// Returns what the faults do to a request. Reads its body if one of them depends on it.
async fn faults_of(faults: &Faults, role: Role, request: Request<Body>) -> Result<(Request<Body>, Vec<Fired>), Cut> {
    if !faults.wants_body(role, request.method(), request.uri()) {
        let effects = faults.take(role, request.method(), request.uri(), None);
        return Ok((request, effects));
    }
    let (parts, bytes) = read(request).await?;
    let effects = faults.take(role, &parts.method, &parts.uri, Some(&bytes));
    Ok((Request::from_parts(parts, Body::from(bytes)), effects))
}

async fn read(request: Request<Body>) -> Result<(Parts, Bytes), Cut> {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, INSPECTED_BYTES).await.map_err(|_| Cut::NotRead)?;
    Ok((parts, bytes))
}

/// Does to a request what its faults want, in their order. Returns it with what they want of the reply.
async fn befall(mut request: Request<Body>, effects: Vec<Fired>, kill: &Kill) -> Result<(Request<Body>, Plan), Cut> {
    let mut plan = Plan::default();
    for Fired { effect, removed, line } in effects {
        match effect {
            Effect::Status(reply) => plan.status = plan.status.or(Some(reply)),
            Effect::Delay(delay) => {
                let time = tokio::time::sleep(Duration::from_millis(delay.delay_ms));
                tokio::select! { () = time => {}, () = removed.cancelled() => {} }
            }
            Effect::Bandwidth(bandwidth) => {
                request = request
                    .map(|body| Body::new(Throttled::new(body, bandwidth.bandwidth.get(), removed, kill.over())));
            }
            Effect::Buffer(buffer) => {
                let (parts, bytes) = read(request).await?;
                let time = Duration::from_secs_f64(bytes.len() as f64 / f64::from(buffer.buffer.get()));
                let forward = async {
                    let _turn = line.lock().await;
                    tokio::time::sleep(time).await;
                };
                tokio::select! {
                    () = forward => {}
                    () = removed.cancelled() => {}
                    () = patience(buffer.gives_up_ms) => return Err(Cut::GaveUp),
                }
                request = Request::from_parts(parts, Body::from(bytes));
            }
            Effect::Drip(fault) => plan.drip = Some(Duration::from_millis(fault.drip_ms.get().into())),
            Effect::Reset(reset) => {
                let kill = kill.clone();
                request =
                    request.map(|body| Body::new(ResetAfter { inner: body, left: reset.reset_after_bytes, kill }));
            }
            Effect::Stall(_) => plan.is_stalled = true,
            Effect::LoseReply(_) => plan.is_reply_lost = true,
            Effect::Down(_) => kill.reset(),
            Effect::CompleteError(error) => {
                request.extensions_mut().insert(error);
            }
        }
    }
    Ok((request, plan))
}

/// Lets the role do its work, and does to its reply what the faults want.
async fn carry_out(router: Router, request: Request<Body>, plan: Plan, kill: Kill, record: Record) -> Response<Body> {
    let response = router.oneshot(request).await.unwrap_or_else(|never| match never {});
    let status = response.status();
    if plan.is_reply_lost {
        drain(response.into_body()).await;
        drop(record.finish(broken(), Some(status), Some("fault: reply lost")));
        kill.reset();
        return broken();
    }
    if kill.is_reset() {
        return record.finish(broken(), None, Some("fault: connection reset"));
    }
    if let Some(every) = plan.drip {
        let mut response = record.finish(response, Some(status), Some("fault: drip"));
        response.headers_mut().remove(CONTENT_LENGTH);
        return response.map(|_| Body::new(Dripping { wait: Box::pin(tokio::time::sleep(every)), every }));
    }
    if let Some(reply) = plan.status {
        drain(response.into_body()).await;
        return imitate(reply, record);
    }
    record.finish(response, Some(status), None)
}

/// Returns the reply that a status fault asks for.
fn imitate(reply: StatusReply, record: Record) -> Response<Body> {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(value) = reply.content_type.and_then(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    let status = response.status();
    record.finish(response, Some(status), Some("fault: status"))
}

/// Ends when a gateway has waited long enough.
async fn patience(milliseconds: Option<u64>) {
    match milliseconds {
        Some(milliseconds) => tokio::time::sleep(Duration::from_millis(milliseconds)).await,
        None => std::future::pending().await,
    }
}

/// What a gateway answers that has waited long enough.
fn gave_up() -> StatusReply {
    let body = "<html><body>504 Gateway Time-out</body></html>".to_owned();
    let content_type = Some("text/html".to_owned());
    StatusReply { status: 504, body, content_type, headers: BTreeMap::new(), early: false, done: false }
}

/// Reads a body to its end and drops it.
async fn drain(body: Body) {
    let mut body = body;
    while let Some(Ok(_)) = body.frame().await {}
}

/// Returns a stand-in for the reply on a connection that is being reset; nobody receives it.
fn broken() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}

/// What is known of a request for the log.
struct Record {
    at: DateTime<Utc>,
    role: Role,
    method: String,
    path: String,
    arrived: Arc<AtomicU64>,
    operation: Operation,
    traffic: Arc<Traffic>,
    /// Counts the request until its entry is written, or never will be.
    _counted: InFlightGuard,
}

impl Record {
    /// Starts the record of a request, which counts its bytes from now on.
    fn of(traffic: &Arc<Traffic>, role: Role, counted: InFlightGuard, request: Request<Body>) -> (Self, Request<Body>) {
        let arrived = Arc::new(AtomicU64::new(0));
        let record = Self {
            at: traffic.clock.now(),
            role,
            method: request.method().to_string(),
            path: public_path(request.uri()),
            arrived: Arc::clone(&arrived),
            operation: Operation::default(),
            traffic: Arc::clone(traffic),
            _counted: counted,
        };
        let (mut parts, body) = request.into_parts();
        parts.extensions.insert(record.operation.clone());
        (record, Request::from_parts(parts, Body::new(Counted { inner: body, arrived })))
    }

    /// Writes the log's entry, and dates the reply by the sandbox's clock.
    fn finish(self, mut response: Response<Body>, status: Option<StatusCode>, note: Option<&str>) -> Response<Body> {
        let date = self.traffic.clock.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        // A fault may have put another one there.
        if let Ok(date) = HeaderValue::try_from(date) {
            response.headers_mut().entry(DATE).or_insert(date);
        }
        self.traffic.log.push(Entry {
            at: self.at,
            role: self.role,
            method: self.method,
            path: self.path,
            status: status.map(|status| status.as_u16()),
            bytes: self.arrived.load(Ordering::SeqCst),
            operation: self.operation.named(),
            note: note.map(str::to_owned),
        });
        response
    }
}

/// The next piece of a body, if it is there.
type Next = Poll<Option<Result<Frame<Bytes>, axum::Error>>>;

/// Counts the bytes that arrive.
struct Counted {
    inner: Body,
    arrived: Arc<AtomicU64>,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Next {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            let length = frame.data_ref().map_or(0, |data| u64::try_from(data.len()).unwrap_or(u64::MAX));
            self.arrived.fetch_add(length, Ordering::SeqCst);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Passes a body on at a given rate, until the rule is removed or the connection is over.
struct Throttled {
    inner: Body,
    bytes_per_second: u32,
    wait: Pin<Box<Sleep>>,
    /// Ends the limit; `None` once it has ended.
    held: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Throttled {
    fn new(
        inner: Body,
        bytes_per_second: u32,
        removed: CancellationToken,
        over: WaitForCancellationFutureOwned,
    ) -> Self {
        let wait = Box::pin(tokio::time::sleep(Duration::ZERO));
        let released = async move {
            tokio::select! { () = removed.cancelled() => {}, () = over => {} }
        };
        Self { inner, bytes_per_second, wait, held: Some(Box::pin(released)) }
    }
}

impl http_body::Body for Throttled {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Next {
        if self.held.as_mut().is_some_and(|removed| removed.as_mut().poll(context).is_ready()) {
            self.held = None;
        }
        if self.held.is_some() {
            ready!(self.wait.as_mut().poll(context));
        }
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            let length = frame.data_ref().map_or(0, |data| u32::try_from(data.len()).unwrap_or(u32::MAX));
            let pause = Duration::from_secs_f64(f64::from(length) / f64::from(self.bytes_per_second));
            let until = self.wait.deadline().max(Instant::now()) + pause;
            self.wait.as_mut().reset(until);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A body that never ends, one space at a time.
struct Dripping {
    wait: Pin<Box<Sleep>>,
    every: Duration,
}

impl http_body::Body for Dripping {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Next {
        ready!(self.wait.as_mut().poll(context));
        let next = Instant::now() + self.every;
        self.wait.as_mut().reset(next);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b" ")))))
    }
}

/// Resets the connection once this many bytes have been passed on.
struct ResetAfter {
    inner: Body,
    left: u64,
    kill: Kill,
}

impl http_body::Body for ResetAfter {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Next {
        if self.left == 0 {
            self.kill.reset();
            return Poll::Ready(Some(Err(axum::Error::new(std::io::Error::from(std::io::ErrorKind::ConnectionReset)))));
        }
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        let Some(Ok(frame)) = frame else {
            return Poll::Ready(frame);
        };
        let Ok(data) = frame.into_data() else {
            return Poll::Ready(None);
        };
        let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
        let passed = length.min(self.left);
        self.left -= passed;
        let passed = usize::try_from(passed).unwrap_or(data.len());
        Poll::Ready(Some(Ok(Frame::data(data.slice(..passed)))))
    }
}
