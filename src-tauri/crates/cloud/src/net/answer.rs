//! A response, before it is interpreted.

use std::time::Duration;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use waybill_model::{BodyKind, LocalFault, NoAnswer, NoAnswerKind, NotDone, Refusal, Timestamp};

use super::times::Heard;

/// A whole response.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The time in its `Date` header.
    pub(super) heard: Option<Heard>,
}

/// Why there is no response.
#[derive(Clone, Debug)]
pub(crate) enum Miss {
    /// The network failed.
    Silence(NoAnswer),
    /// A fault on this side; nothing that matters was sent.
    Fault(LocalFault),
}

impl Miss {
    /// A response that cannot be read as the expected type.
    pub(crate) fn garbled(detail: impl Into<String>) -> Self {
        Self::Silence(NoAnswer { kind: NoAnswerKind::Garbled, maybe_received: true, detail: detail.into() })
    }
}

impl From<Miss> for NotDone {
    fn from(miss: Miss) -> Self {
        match miss {
            Miss::Silence(silence) => Self::NoAnswer(silence),
            Miss::Fault(fault) => Self::NotSent(fault),
        }
    }
}

impl From<LocalFault> for Miss {
    fn from(fault: LocalFault) -> Self {
        Self::Fault(fault)
    }
}

#[cfg(feature = "fuzzing")]
impl Answer {
    /// Creates a response that came from no network.
    pub(crate) fn of(status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        Self { status, headers, body, heard: None }
    }
}

impl Answer {
    /// Records that the response is the service's own, so that its time can be believed.
    pub(crate) fn is_the_services(&self) {
        if let Some(heard) = &self.heard {
            heard.believe();
        }
    }

    /// Returns the service's time according to this response.
    pub(crate) fn server_time(&self) -> Option<Timestamp> {
        self.heard.as_ref().map(Heard::server)
    }

    /// Returns the service's time minus this computer's according to this response, in milliseconds.
    pub(crate) fn clock_offset_ms(&self) -> Option<i64> {
        self.heard.as_ref().map(Heard::offset_ms)
    }

    /// Classifies the body by its content: `Content-Type` is often wrong just when it matters.
    pub(crate) fn kind(&self) -> BodyKind {
        let text = self.body.trim_ascii_start();
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let head = text.get(..text.len().min(512)).unwrap_or_default().to_ascii_lowercase();
        match head.first() {
            None => BodyKind::Empty,
            Some(b'<') if is_html(&head) => BodyKind::Html,
            Some(b'<') => BodyKind::Xml,
            Some(b'{' | b'[') => BodyKind::Json,
            Some(_) => BodyKind::Other,
        }
    }

    /// Returns this response as a refusal, with the code and message that its protocol provides.
    pub(crate) fn refusal(&self, code: Option<String>, message: Option<String>) -> Refusal {
        Refusal {
            status: self.status.as_u16(),
            code: code.map(|text| shorten(&text)),
            message: message.map(|text| shorten(&text)),
            from_store: false,
            body: self.kind(),
            retry_after: self
                .headers
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok())
                .and_then(|text| text.trim().parse().ok())
                .map(Duration::from_secs),
            date: self.server_time(),
        }
    }

    /// Returns the body as text for a log.
    pub(crate) fn text(&self) -> Option<String> {
        let text = String::from_utf8_lossy(self.body.get(..self.body.len().min(4_096)).unwrap_or_default());
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Parses the body as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Miss> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Miss::garbled(format!("the answer is not the JSON that was due: {error}")))
    }
}

fn is_html(head: &[u8]) -> bool {
    let begins = |prefix: &[u8]| head.starts_with(prefix);
    begins(b"<!doctype html")
        || begins(b"<html")
        || begins(b"<head")
        || begins(b"<body")
        || head.windows(5).any(|window| window == b"<html")
}

/// Shortens text to at most 500 characters.
pub(crate) fn shorten(text: &str) -> String {
    text.chars().take(500).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &'static str) -> Answer {
        Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
            heard: None,
        }
    }

    #[test]
    fn a_body_is_known_by_its_content() {
        for (body, kind) in [
            ("", BodyKind::Empty),
            ("  \n", BodyKind::Empty),
            ("<?xml version=\"1.0\"?><Error/>", BodyKind::Xml),
            ("\n\n <Error/>", BodyKind::Xml),
            ("<!DOCTYPE html><html>", BodyKind::Html),
            ("<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"x\"><html xmlns=\"y\">", BodyKind::Html),
            ("<!-- portal --><HTML>", BodyKind::Html),
            ("{\"a\":1}", BodyKind::Json),
            ("[]", BodyKind::Json),
            ("no", BodyKind::Other),
        ] {
            assert_eq!(answer(body).kind(), kind, "{body}");
        }
    }

    #[test]
    fn retry_after_counts_only_in_seconds_and_words_are_shortened() {
        let mut given = answer("no");
        given.headers.insert(RETRY_AFTER, "7".parse().unwrap());
        let refusal = given.refusal(None, Some("x".repeat(900)));
        assert_eq!(refusal.retry_after, Some(Duration::from_secs(7)));
        assert_eq!(refusal.message.map(|text| text.len()), Some(500));
        given.headers.insert(RETRY_AFTER, "Fri, 31 Dec 1999 23:59:59 GMT".parse().unwrap());
        assert_eq!(given.refusal(None, None).retry_after, None);
    }
}
