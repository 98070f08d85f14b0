//! Interprets transport errors. No other module looks inside one.

use std::error::Error;
use std::io;

use waybill_model::{NoAnswer, NoAnswerKind};

/// Extracts the facts from an error of the HTTP client.
///
/// `maybe_received` is false only if certainly nothing of the request was sent: the failure came before there was a
/// connection (name lookup, connection, TLS handshake, the proxy's CONNECT). `proxy` is the one in use, if any; it is
/// then the only host that this computer connects to itself.
///
/// `clock_is_wrong` means that the service's own responses have shown it.
pub(super) fn classify(error: reqwest::Error, proxy: Option<&str>, clock_is_wrong: bool) -> NoAnswer {
    let error = error.without_url();
    let causes = causes(&error);
    let before_connection = error.is_connect();
    let kind = kind(&error, &causes, before_connection, proxy.is_some(), clock_is_wrong);
    let words = causes.iter().map(ToString::to_string).collect::<Vec<_>>().join(": ");
    let detail = match (kind, proxy) {
        (NoAnswerKind::ProxyRefused | NoAnswerKind::ProxySignIn | NoAnswerKind::ProxyUnreachable, Some(proxy)) => {
            format!("proxy {proxy}: {words}")
        }
        _ => words,
    };
    NoAnswer { kind, maybe_received: !before_connection, detail: super::shorten(&detail) }
}

fn kind(
    error: &reqwest::Error,
    causes: &[&(dyn Error + 'static)],
    before_connection: bool,
    proxied: bool,
    clock_is_wrong: bool,
) -> NoAnswerKind {
    if error.is_dns() {
        return if proxied { NoAnswerKind::ProxyUnreachable } else { NoAnswerKind::Dns };
    }
    if let Some(tls) = causes.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return of_tls(tls, clock_is_wrong);
    }
    if let Some(refusal) = causes.iter().find_map(|cause| proxy_refusal(*cause)) {
        return refusal;
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

/// A certificate that is not valid yet shows that this computer's clock is slow: no service uses one early. An expired
/// one shows nothing by itself, since the service may have forgotten to renew it.
fn of_tls(error: &rustls::Error, clock_is_wrong: bool) -> NoAnswerKind {
    use rustls::CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
    let of_time = |early: bool| {
        matches!(
            (error, early),
            (rustls::Error::InvalidCertificate(NotValidYet | NotValidYetContext { .. }), true)
                | (rustls::Error::InvalidCertificate(Expired | ExpiredContext { .. }), false)
        )
    };
    if of_time(true) || of_time(false) && clock_is_wrong {
        NoAnswerKind::ClockWrong
    } else if is_untrusted(error) {
        NoAnswerKind::CertificateUntrusted
    } else {
        NoAnswerKind::Tls
    }
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

/// Recognises a CONNECT that the proxy refused. The error's type is not public, so its fixed wording is compared.
fn proxy_refusal(cause: &(dyn Error + 'static)) -> Option<NoAnswerKind> {
    match cause.to_string().as_str() {
        "tunnel error: proxy authorization required" => Some(NoAnswerKind::ProxySignIn),
        "tunnel error: unsuccessful" => Some(NoAnswerKind::ProxyRefused),
        _ => None,
    }
}

/// Returns the error and all its causes, outermost first, including those inside an I/O error, which `source` skips.
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
