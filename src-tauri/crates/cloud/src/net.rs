//! The one HTTP client, behind the list of allowed addresses.
//!
//! Owns the connection pool, the trust store and the times in the service's responses. Everything that leaves the
//! program passes through [`Net::execute`].

mod allow;
mod answer;
mod body;
mod limits;
mod pace;
mod route;
mod times;
mod tls;
mod transport;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use tokio::time::Instant;
use url::Url;
use waybill_model::service::address_key;
use waybill_model::{
    Code, Failure, LocalFault, NoAnswer, NoAnswerKind, Now, ProxyChoice, Role, SafeUrl, ServiceProfile, Steady,
    Timestamp,
};

pub(crate) use self::allow::same_origin;
pub(crate) use self::answer::{Answer, Miss, shorten};
pub(crate) use self::body::{FaultSlot, Outgoing};
pub use self::limits::Limits;
pub(crate) use self::limits::ReplyTime;
pub(crate) use self::pace::{BoxError, NextFrame};
pub use self::pace::{Pace, Sent, Wait};
pub use self::times::Sighting;

use self::allow::AllowList;
use self::limits::{ReplyEnd, ReplyLimit, RequestLimit, limited, read_reply};
use self::pace::Activity;
use self::route::Route;
use self::times::{Heard, Times};
use crate::kill_points::{self, Boundary};

const AGENT: &str = concat!("Waybill/", env!("CARGO_PKG_VERSION"));
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// The only way out: one HTTP client that talks to the addresses of one service and to nothing else.
///
/// Cheap to clone: all clones share connections, the request count and the service's times.
#[derive(Clone)]
pub struct Net {
    client: reqwest::Client,
    profile: Arc<ServiceProfile>,
    allowed: Arc<AllowList>,
    route: Arc<Route>,
    limits: Limits,
    clock: Arc<dyn Fn() -> Now + Send + Sync>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    requests: AtomicU64,
    times: Arc<Times>,
}

/// One request, ready to send.
pub(crate) struct Outbound {
    pub(crate) role: Role,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Outgoing,
    /// The longest time from the last byte of the request to the head of the response.
    pub(crate) answer_within: Duration,
    /// The time limit for the body of the response.
    pub(crate) reply: ReplyTime,
    /// Added to the usual limits for a stalled body and for the response.
    pub(crate) more_time: Duration,
    /// The longest response that is read, in bytes.
    pub(crate) longest_answer: usize,
}

impl Net {
    /// Creates a client for one service.
    ///
    /// `ca_pem` holds certificate authorities (PEM) that are trusted in addition to the platform's. `proxy` comes from
    /// the settings; a proxy named in the environment takes precedence. The system's proxy is not used if every address
    /// of the service is on this computer.
    ///
    /// # Errors
    /// [`Code::ProfileMalformed`] if `ca_pem` contains no readable certificate; [`Code::CertificateUntrusted`] if this
    /// computer has no certificate authorities; [`Code::Internal`] if the client cannot be created.
    pub fn new(profile: Arc<ServiceProfile>, ca_pem: Option<&[u8]>, proxy: &ProxyChoice) -> Result<Self, Failure> {
        let route = Route::of(proxy, &profile, |name| std::env::var(name).ok());
        Self::make(profile, ca_pem, route, |builder| builder)
    }

    fn make(
        profile: Arc<ServiceProfile>,
        ca_pem: Option<&[u8]>,
        route: Route,
        adjust: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<Self, Failure> {
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(ca_pem)?)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT_LIMIT)
            .pool_idle_timeout(Duration::from_secs(55))
            .tcp_keepalive(Duration::from_secs(30))
            .tcp_nodelay(true)
            .http2_keep_alive_interval(Duration::from_secs(20))
            .http2_keep_alive_timeout(Duration::from_secs(20));
        let internal = |error: reqwest::Error| Failure::new(Code::Internal, error.to_string());
        let client = adjust(route.apply(builder).map_err(internal)?).build().map_err(internal)?;
        Ok(Self {
            client,
            allowed: Arc::new(AllowList::of(&profile)),
            route: Arc::new(route),
            limits: Limits {
                api_answer: Duration::from_secs(profile.api_request_seconds.saturating_add(20)),
                ..Limits::default()
            },
            profile,
            clock: Arc::new(system_clock()),
            shared: Arc::new(Shared::default()),
        })
    }

    /// Returns the same client with different time limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Returns the same client with a different clock, which gives this computer's time and the steady time.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Fn() -> Now + Send + Sync>) -> Self {
        self.clock = clock;
        self
    }

    /// Returns the profile of the service.
    #[must_use]
    pub fn profile(&self) -> &ServiceProfile {
        &self.profile
    }

    /// Returns the service's address for a role.
    ///
    /// # Errors
    /// [`Code::ProfileMalformed`], with the key, if the profile has none.
    pub(crate) fn address(&self, role: Role) -> Result<&Url, LocalFault> {
        let missing = || LocalFault::Impossible(Code::ProfileMalformed, address_key(role).to_owned());
        self.profile.address(role).ok_or_else(missing)
    }

    /// Returns the service's time minus this computer's, in milliseconds, as the service's own responses state it;
    /// `None` before the first.
    #[must_use]
    pub fn clock_offset_ms(&self) -> Option<i64> {
        times::offset_ms(&self.shared.times.all())
    }

    /// Returns the latest time from each address's own responses, in order of arrival.
    #[must_use]
    pub fn times(&self) -> Vec<Sighting> {
        self.shared.times.all()
    }

    /// Returns the number of requests sent, whether answered or not.
    #[must_use]
    pub fn requests_sent(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// Returns the proxy for an address, without user name and password; `None` if the connection is direct.
    pub(crate) fn proxy_for(&self, url: &Url) -> Option<String> {
        self.route.proxy_for(url)
    }

    /// Returns whether this computer's clock is over an hour from the service's, so that valid certificates may be
    /// rejected.
    fn is_clock_wrong(&self) -> bool {
        self.clock_offset_ms().is_some_and(|offset| offset.abs() > 3_600_000)
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Sends one request and reads its whole response. Any status counts as a response.
    pub(crate) async fn execute(&self, outbound: Outbound) -> Result<Answer, Miss> {
        let role = outbound.role;
        let shown = SafeUrl(outbound.url.clone());
        let method = outbound.method.clone();
        let started = Instant::now();
        let outcome = self.exchange(outbound).await;
        let elapsed_ms = started.elapsed().as_millis();
        match &outcome {
            Ok(answer) => {
                tracing::debug!(?role, %method, url = %shown, status = answer.status.as_u16(), elapsed_ms, "answered");
            }
            Err(miss) => tracing::debug!(?role, %method, url = %shown, ?miss, elapsed_ms, "not answered"),
        }
        outcome
    }

    async fn exchange(&self, outbound: Outbound) -> Result<Answer, Miss> {
        let Outbound { role, method, url, mut headers, body, answer_within, reply, more_time, longest_answer } =
            outbound;
        self.allowed.check(role, &url)?;
        if headers.contains_key(COOKIE) && role != Role::Upload {
            let what = "cookies belong to the upload address only".to_owned();
            return Err(Miss::Fault(LocalFault::Impossible(Code::Internal, what)));
        }
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        let activity = Arc::new(Activity::new());
        let faults = body.faults();
        let limit = RequestLimit::of_call(self.limits.idle + more_time, answer_within + more_time, body.len());
        let limit = if body.is_upload() { RequestLimit { body: None, ..limit } } else { limit };
        let proxy = self.proxy_for(&url);
        kill_points::request(Boundary::Before, role, &method);
        let mut request = reqwest::Request::new(method.clone(), url);
        *request.headers_mut() = headers;
        *request.body_mut() = body.into_request_body(&activity);
        self.shared.requests.fetch_add(1, Ordering::Relaxed);
        let head = limited(self.client.execute(request), &activity, limit).await;
        if let Some(fault) = faults.take() {
            return Err(Miss::Fault(fault));
        }
        let mut response = match head {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                return Err(Miss::Silence(transport::classify(error, proxy.as_deref(), self.is_clock_wrong())));
            }
            Err(elapsed) => return Err(Miss::Silence(elapsed.into_no_answer())),
        };
        kill_points::request(Boundary::Answered, role, &method);
        let back = activity.last_moved().elapsed() / 2;
        let now = (self.clock)();
        let middle = Now { server: now.server - back, steady: now.steady };
        let heard = Heard::of(role, response.headers(), middle, &self.shared.times);
        if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(Miss::Silence(NoAnswer {
                kind: NoAnswerKind::ProxySignIn,
                maybe_received: false,
                detail: "the proxy wants a sign-in (407)".to_owned(),
            }));
        }
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let limit = ReplyLimit::of(&self.limits, reply, longest_answer);
        let body = read_reply(limit, &mut response).await.map_err(|end| {
            let late = |detail: &str| {
                let detail = detail.to_owned();
                Miss::Silence(NoAnswer { kind: NoAnswerKind::TimedOut, maybe_received: true, detail })
            };
            match end {
                ReplyEnd::Broken(error) => {
                    let silence = transport::classify(error, proxy.as_deref(), self.is_clock_wrong());
                    Miss::Silence(NoAnswer { maybe_received: true, ..silence })
                }
                ReplyEnd::TooLong => Miss::garbled(format!("the answer is longer than {longest_answer} bytes")),
                ReplyEnd::Stalled => late("the answer began and then nothing more came"),
                ReplyEnd::TooSlow => late("the answer began and did not end in time"),
            }
        })?;
        kill_points::request(Boundary::Read, role, &method);
        Ok(Answer { status, headers, body, heard })
    }
}

impl fmt::Debug for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Net").field("service", &self.profile.name).finish_non_exhaustive()
    }
}

fn system_clock() -> impl Fn() -> Now {
    let start = Instant::now();
    move || {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { server: Timestamp::default() + since_epoch, steady: Steady::from_start(start.elapsed()) }
    }
}

#[cfg(test)]
mod tests;
