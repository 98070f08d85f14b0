//! What an error of the transport means: the only place that looks into one.

use std::error::Error;
use std::io;

use waybill_model::{Code, NoAnswer, NoAnswerKind, Role};

/// Facts out of an error of the HTTP client.
///
/// `maybe_received` is false only where certainly nothing of the request was sent: before a connection stood (name,
/// connection, TLS handshake, the proxy's CONNECT). `proxy` is the one on the way, where there is one: then it is the only
/// host that this computer connects to by itself.
pub(super) fn classify(error: reqwest::Error, proxy: Option<&str>) -> NoAnswer {
    let error = error.without_url();
    let causes = causes(&error);
    let before_connection = error.is_connect();
    let kind = kind(&error, &causes, before_connection, proxy.is_some());
    let words = causes.iter().map(ToString::to_string).collect::<Vec<_>>().join(": ");
    let detail = match (kind, proxy) {
        (NoAnswerKind::ProxyRefused | NoAnswerKind::ProxyUnreachable, Some(proxy)) => format!("proxy {proxy}: {words}"),
        _ => words,
    };
    NoAnswer { kind, maybe_received: !before_connection, detail: super::shorten(&detail) }
}

/// The code under which people and scripts meet it.
pub(crate) fn code_of(silence: &NoAnswer, role: Role) -> Code {
    match silence.kind {
        NoAnswerKind::CertificateUntrusted => Code::CertificateUntrusted,
        NoAnswerKind::ProxyRefused => Code::ProxyRefused,
        NoAnswerKind::ProxyUnreachable => Code::ProxyUnreachable,
        NoAnswerKind::Garbled => Code::ServiceRefused,
        NoAnswerKind::Dns
        | NoAnswerKind::Connect
        | NoAnswerKind::Tls
        | NoAnswerKind::Reset
        | NoAnswerKind::TimedOut => match role {
            Role::SignIn => Code::SignInUnreachable,
            Role::Api => Code::ApiUnreachable,
            Role::Upload => Code::UploadUnreachable,
            Role::Website => Code::Offline,
        },
    }
}

fn kind(
    error: &reqwest::Error,
    causes: &[&(dyn Error + 'static)],
    before_connection: bool,
    proxied: bool,
) -> NoAnswerKind {
    if error.is_dns() {
        return if proxied { NoAnswerKind::ProxyUnreachable } else { NoAnswerKind::Dns };
    }
    if let Some(tls) = causes.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return if is_untrusted(tls) { NoAnswerKind::CertificateUntrusted } else { NoAnswerKind::Tls };
    }
    if causes.iter().any(|cause| is_proxy_refusal(*cause)) {
        return NoAnswerKind::ProxyRefused;
    }
    if before_connection {
        return if proxied { NoAnswerKind::ProxyUnreachable } else { NoAnswerKind::Connect };
    }
    if error.is_timeout() {
        return NoAnswerKind::TimedOut;
    }
    if causes.iter().any(|cause| cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse)) {
        return NoAnswerKind::Garbled;
    }
    NoAnswerKind::Reset
}

fn is_untrusted(error: &rustls::Error) -> bool {
    matches!(
        error,
        rustls::Error::InvalidCertificate(_)
            | rustls::Error::NoCertificatesPresented
            | rustls::Error::UnsupportedNameType
            | rustls::Error::InvalidCertRevocationList(_)
    )
}

/// A CONNECT that the proxy denied. The error's type is not public, so its fixed words have to do.
fn is_proxy_refusal(cause: &(dyn Error + 'static)) -> bool {
    matches!(cause.to_string().as_str(), "tunnel error: proxy authorization required" | "tunnel error: unsuccessful")
}

/// The error and all its causes, the outermost first; also those inside an I/O error, which `source` passes over.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut found = Vec::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        found.push(cause);
        let inside = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inside {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => cause.source(),
        };
    }
    found
}
