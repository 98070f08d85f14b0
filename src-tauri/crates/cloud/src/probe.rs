//! Finds out whether an address answers and, if not, which step fails.

use std::fmt;
use std::time::Duration;

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue, Method};
use tokio::time::Instant;
use url::Url;
use waybill_model::{BodyKind, Code, LocalFault, NoAnswer, NoAnswerKind, Role, SafeUrl, ServiceProfile};
use waybill_words::answer as words;

use crate::net::{Answer, Miss, Net, Outbound, Outgoing, ReplyTime, shorten};
use crate::sign_in::{discovery_url, issuer_of, same_issuer};

/// Checks whether the address answers. Any HTTP response counts.
///
/// # Errors
/// What prevented a response.
pub async fn answers(net: &Net, role: Role) -> Result<(), NoAnswer> {
    let address = net.address(role).map_err(|fault| not_sent(&fault))?;
    send(net, head(net, role, address)).await.map(|_| ())
}

/// How far a request to one address gets, for people who are diagnosing a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// Which address.
    pub role: Role,
    /// The address.
    pub address: SafeUrl,
    /// The proxy in use, as `scheme://host:port`; `None` if the connection is direct.
    pub via: Option<String>,
    /// Whether the name was found; `Skipped` if a proxy looks it up.
    pub dns: Outcome,
    /// Whether the proxy allowed the connection; `Skipped` without a proxy.
    pub proxy: Outcome,
    /// Whether a connection was made.
    pub connect: Outcome,
    /// Whether the certificate was accepted and the connection encrypted; `Skipped` for plain `http` on this computer.
    pub tls: Outcome,
    /// Whether the response was one that this address gives.
    pub http: Outcome,
    /// The time from the start to the response or the failure.
    pub elapsed: Duration,
    /// The service's time minus this computer's in milliseconds, accurate to a second; `None` if no response stated it.
    pub clock_offset_ms: Option<i64>,
    /// What came back.
    pub seen: Seen,
}

/// What came back to the request of an examination. Prints it for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A response that this address gives, with its HTTP status.
    Expected(u16),
    /// A response that this address does not give, with its HTTP status.
    Unexpected(u16, Unexpected),
    /// No response: what the system or the network said, in technical words.
    Nothing(String),
}

/// What a response is that the address would not give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unexpected {
    /// The network wants a sign-in before it lets anything through (RFC 6585, 511).
    NetworkSignIn,
    /// The service failed: a status of 500 or more.
    ServiceFailed,
    /// A redirect to this host, which is not one of the service's.
    Redirect(String),
    /// A web page.
    WebPage,
    /// The sign-in of this other issuer.
    OtherSignIn(String),
    /// No description of a sign-in.
    NotASignIn,
    /// Something that the service does not answer.
    NotTheService,
}

impl Unexpected {
    /// Returns the code that says what to do.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::ServiceFailed => Code::ServiceFailed,
            Self::OtherSignIn(_) => Code::SignInUnusable,
            Self::NetworkSignIn | Self::Redirect(_) | Self::WebPage | Self::NotASignIn | Self::NotTheService => {
                Code::UnexpectedPage
            }
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, what) = match self {
            Self::Expected(status) => return f.write_str(&words::expected(&status.to_string())),
            Self::Nothing(detail) => return f.write_str(detail),
            Self::Unexpected(status, what) => (status.to_string(), what),
        };
        f.write_str(&match what {
            Unexpected::NetworkSignIn => words::network_sign_in(&status),
            Unexpected::ServiceFailed => words::service_failed(&status),
            Unexpected::Redirect(host) => words::redirected(words::Redirected { status: &status, host }),
            Unexpected::WebPage => words::web_page(&status),
            Unexpected::OtherSignIn(issuer) => words::other_sign_in(words::OtherSignIn { status: &status, issuer }),
            Unexpected::NotASignIn => words::not_sign_in(&status),
            Unexpected::NotTheService => words::not_service(&status),
        })
    }
}

/// The result of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The step succeeded.
    Well,
    /// The step failed; the code says why.
    Failed(Code),
    /// The step was not reached, or not needed.
    Skipped,
}

/// Examines one address of the service with one request that needs no session and changes nothing. The response is
/// checked against what the address returns to such a request, because a server in between may answer instead. Returns
/// `None` if the service has no such address.
pub async fn examine(net: &Net, role: Role) -> Option<Examination> {
    let started = Instant::now();
    let given = net.profile().address(role)?;
    let outbound = question(net, role, given);
    let address = SafeUrl(root_of(given));
    let via = net.proxy_for(&outbound.url);
    let encrypted = outbound.url.scheme() == "https";
    let outcome = send(net, outbound).await;
    let (mut steps, seen) = match &outcome {
        Ok(answer) => match unexpected(net.profile(), role, given, answer) {
            None => ([Outcome::Well; 5], Seen::Expected(answer.status.as_u16())),
            Some(what) => (stopped_at(HTTP, what.code()), Seen::Unexpected(answer.status.as_u16(), what)),
        },
        Err(silence) => (stopped_at(step_of(silence.kind), silence.code(role)), Seen::Nothing(silence.detail.clone())),
    };
    steps[if via.is_some() { DNS } else { PROXY }] = Outcome::Skipped;
    if !encrypted {
        steps[TLS] = Outcome::Skipped;
    }
    let [dns, proxy, connect, tls, http] = steps;
    let is_own = http == Outcome::Well && role != Role::Website;
    let answer = outcome.ok().filter(|_| is_own);
    answer.iter().for_each(Answer::is_the_services);
    let clock_offset_ms = answer.and_then(|answer| answer.clock_offset_ms());
    Some(Examination {
        role,
        address,
        via,
        dns,
        proxy,
        connect,
        tls,
        http,
        elapsed: started.elapsed(),
        clock_offset_ms,
        seen,
    })
}

const DNS: usize = 0;
const PROXY: usize = 1;
const CONNECT: usize = 2;
const TLS: usize = 3;
const HTTP: usize = 4;

fn step_of(kind: NoAnswerKind) -> usize {
    match kind {
        NoAnswerKind::Dns => DNS,
        NoAnswerKind::ProxyRefused | NoAnswerKind::ProxySignIn | NoAnswerKind::ProxyUnreachable => PROXY,
        NoAnswerKind::Connect => CONNECT,
        NoAnswerKind::CertificateUntrusted | NoAnswerKind::ClockWrong | NoAnswerKind::Tls => TLS,
        NoAnswerKind::Reset | NoAnswerKind::TimedOut | NoAnswerKind::Garbled => HTTP,
    }
}

/// Returns the steps in order: those before the failed one succeeded, those after it were not reached.
fn stopped_at(failed: usize, code: Code) -> [Outcome; 5] {
    std::array::from_fn(|step| match step.cmp(&failed) {
        std::cmp::Ordering::Less => Outcome::Well,
        std::cmp::Ordering::Equal => Outcome::Failed(code),
        std::cmp::Ordering::Greater => Outcome::Skipped,
    })
}

/// Returns the request that each address is sent.
fn question(net: &Net, role: Role, address: &Url) -> Outbound {
    let head = head(net, role, address);
    match role {
        Role::SignIn => Outbound { method: Method::GET, url: discovery_url(net.profile()), ..head },
        // Without a token the API examines nothing, and says so.
        Role::Api => Outbound {
            method: Method::POST,
            url: address.clone(),
            headers: HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]),
            body: Outgoing::bytes(b"{}".to_vec()),
            ..head
        },
        Role::Upload => Outbound { method: Method::GET, ..head },
        Role::Website => head,
    }
}

/// Returns what a response is, if it is not one that the address gives.
fn unexpected(profile: &ServiceProfile, role: Role, address: &Url, answer: &Answer) -> Option<Unexpected> {
    let page = answer.kind() == BodyKind::Html;
    let status = answer.status.as_u16();
    if status == 511 {
        return Some(Unexpected::NetworkSignIn);
    }
    if status >= 500 {
        return Some(Unexpected::ServiceFailed);
    }
    if let Some(elsewhere) = leads_elsewhere(profile, address, answer) {
        return Some(Unexpected::Redirect(elsewhere));
    }
    match role {
        Role::Website => None,
        Role::SignIn | Role::Api | Role::Upload if page => Some(Unexpected::WebPage),
        Role::SignIn => match issuer_of(answer) {
            Some(issuer) if same_issuer(&issuer, &profile.issuer) => None,
            Some(issuer) => Some(Unexpected::OtherSignIn(shorten(&issuer))),
            None => Some(Unexpected::NotASignIn),
        },
        Role::Api if status == 401 || answer.kind() == BodyKind::Json => None,
        Role::Api => Some(Unexpected::NotTheService),
        // The edge refuses requests without cookies.
        Role::Upload if matches!(status, 401 | 403) => None,
        Role::Upload => Some(Unexpected::NotTheService),
    }
}

/// Returns the host that a redirect names, if it is not one of the service's.
fn leads_elsewhere(profile: &ServiceProfile, address: &Url, answer: &Answer) -> Option<String> {
    if !answer.status.is_redirection() {
        return None;
    }
    let location = answer.headers.get(LOCATION)?.to_str().ok()?;
    let url = root_of(address).join(location).ok()?;
    let ours = profile.addresses().any(|known| known.host() == url.host());
    if ours { None } else { Some(url.host_str().unwrap_or_default().to_owned()) }
}

async fn send(net: &Net, outbound: Outbound) -> Result<Answer, NoAnswer> {
    match net.execute(outbound).await {
        Ok(answer) => Ok(answer),
        Err(Miss::Silence(silence)) => Err(silence),
        Err(Miss::Fault(fault)) => Err(not_sent(&fault)),
    }
}

fn not_sent(fault: &LocalFault) -> NoAnswer {
    NoAnswer { kind: NoAnswerKind::Connect, maybe_received: false, detail: format!("{fault:?}") }
}

fn head(net: &Net, role: Role, address: &Url) -> Outbound {
    Outbound {
        role,
        method: Method::HEAD,
        url: root_of(address),
        headers: HeaderMap::new(),
        body: Outgoing::empty(),
        answer_within: net.limits().idle.min(Duration::from_secs(20)),
        reply: ReplyTime::Short,
        more_time: Duration::ZERO,
        longest_answer: 1 << 20,
    }
}

fn root_of(address: &Url) -> Url {
    let mut url = address.clone();
    url.set_path("/");
    url
}

#[cfg(test)]
mod tests;
