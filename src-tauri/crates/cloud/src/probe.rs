//! Whether an address answers at all, and where it stops when it does not.

use std::time::Duration;

use http::{HeaderMap, Method};
use tokio::time::Instant;
use waybill_model::{Code, NoAnswer, NoAnswerKind, Role, SafeUrl};

use crate::net::{Answer, Miss, Net, Outbound, Outgoing, code_of};

/// Whether the address answers: any HTTP answer counts.
///
/// # Errors
/// What stood in the way.
pub async fn answers(net: &Net, role: Role) -> Result<(), NoAnswer> {
    head(net, role).await.map(|_| ())
}

/// How far a request to one address gets, for people who look for a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// Which address.
    pub role: Role,
    /// The address.
    pub address: SafeUrl,
    /// The name was found (by this computer, or by the proxy for it).
    pub dns: Outcome,
    /// A proxy, where one is used, let us through.
    pub proxy: Outcome,
    /// A connection stood.
    pub connect: Outcome,
    /// The certificate was accepted and the line is encrypted; `Skipped` for plain `http` on this computer.
    pub tls: Outcome,
    /// An HTTP answer came.
    pub http: Outcome,
    /// Time from the beginning to the answer or to the failure.
    pub elapsed: Duration,
    /// The service's time minus this computer's in milliseconds, good to a second; `None` where no answer said.
    pub clock_offset_ms: Option<i64>,
    /// The status, or what went wrong, in technical words.
    pub detail: String,
}

/// How one step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Well.
    Well,
    /// Not: the code to look up.
    Failed(Code),
    /// Not reached, or not needed.
    Skipped,
}

/// Looks at one address of the service.
pub async fn examine(net: &Net, role: Role) -> Examination {
    let begun = Instant::now();
    let outcome = head(net, role).await;
    let encrypted = address(net, role).scheme() == "https";
    let steps = match &outcome {
        Ok(_) => [Outcome::Well; 5],
        Err(silence) => steps(silence, role),
    };
    let [dns, proxy, connect, tls, http] = steps;
    Examination {
        role,
        address: SafeUrl(address(net, role)),
        dns,
        proxy,
        connect,
        tls: if encrypted { tls } else { Outcome::Skipped },
        http,
        elapsed: begun.elapsed(),
        clock_offset_ms: outcome.as_ref().ok().and_then(|answer| answer.clock_offset_ms),
        detail: match outcome {
            Ok(answer) => format!("HTTP {}", answer.status.as_u16()),
            Err(silence) => silence.detail,
        },
    }
}

/// The steps in order: everything before the one that failed went well, everything after was not reached.
fn steps(silence: &NoAnswer, role: Role) -> [Outcome; 5] {
    let failed = match silence.kind {
        NoAnswerKind::Dns => 0,
        NoAnswerKind::ProxyRefused => 1,
        NoAnswerKind::Connect => 2,
        NoAnswerKind::CertificateUntrusted | NoAnswerKind::Tls => 3,
        NoAnswerKind::Reset | NoAnswerKind::TimedOut | NoAnswerKind::Garbled => 4,
    };
    std::array::from_fn(|step| match step.cmp(&failed) {
        std::cmp::Ordering::Less => Outcome::Well,
        std::cmp::Ordering::Equal => Outcome::Failed(code_of(silence, role)),
        std::cmp::Ordering::Greater => Outcome::Skipped,
    })
}

async fn head(net: &Net, role: Role) -> Result<Answer, NoAnswer> {
    let outbound = Outbound {
        role,
        method: Method::HEAD,
        url: address(net, role),
        headers: HeaderMap::new(),
        body: Outgoing::empty(),
        answer_within: net.limits().idle.min(Duration::from_secs(20)),
        longest_answer: 1 << 20,
    };
    match net.execute(outbound).await {
        Ok(answer) => Ok(answer),
        Err(Miss::Silence(silence)) => Err(silence),
        Err(Miss::Fault(fault)) => {
            Err(NoAnswer { kind: NoAnswerKind::Connect, maybe_received: false, detail: format!("{fault:?}") })
        }
    }
}

fn address(net: &Net, role: Role) -> url::Url {
    let profile = net.profile();
    let mut url = match role {
        Role::SignIn => profile.issuer.clone(),
        Role::Api => profile.api_url.clone(),
        Role::Upload => profile.upload_url.clone(),
        Role::Website => profile.website_url.clone(),
    };
    url.set_path("/");
    url
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::testing::{Act, Server, net};

    #[tokio::test]
    async fn any_answer_counts_and_silence_does_not() {
        let date = ("Date", "Tue, 14 Nov 2023 22:13:20 GMT");
        let server = Server::scripted([
            Act::respond("403 Forbidden", &[], ""),
            Act::respond("500 No", &[date], ""),
            Act::AnswerAndClose(Vec::new()),
        ])
        .await;
        let now = waybill_model::Timestamp(1_700_000_000_500);
        let net = net(&[(Role::Api, &server.url)]).with_clock(Arc::new(move || now));
        assert_eq!(answers(&net, Role::Api).await, Ok(()));
        let examination = examine(&net, Role::Api).await;
        assert_eq!((examination.http, examination.tls), (Outcome::Well, Outcome::Skipped));
        assert!(examination.clock_offset_ms.unwrap().abs() < 10_000, "{examination:?}");
        assert_eq!(examination.detail, "HTTP 500");
        let silence = answers(&net, Role::Api).await.unwrap_err();
        assert_eq!(silence.kind, NoAnswerKind::Reset);
        let request = &server.requests()[0];
        assert_eq!((request.method.as_str(), request.target.as_str()), ("HEAD", "/"));
        assert!(request.body.is_empty() && request.header("authorization").is_none());
    }

    #[tokio::test]
    async fn an_examination_says_how_far_it_got() {
        let nobody = {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            url::Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
        };
        let net = net(&[(Role::Upload, &nobody)]);
        let found = examine(&net, Role::Upload).await;
        assert_eq!((found.dns, found.proxy), (Outcome::Well, Outcome::Well));
        assert_eq!((found.connect, found.http), (Outcome::Failed(Code::UploadUnreachable), Outcome::Skipped));
        assert_eq!(found.clock_offset_ms, None);
    }
}
