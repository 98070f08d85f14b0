//! The short pages that the browser shows at the end of a sign-in.

use url::Url;
use waybill_model::{Code, Failure};
use waybill_words::browser as words;

/// A response to the browser.
pub(super) struct Page {
    pub(super) status: &'static str,
    pub(super) location: Option<Url>,
    pub(super) title: &'static str,
    pub(super) words: &'static str,
}

impl Page {
    pub(super) fn signed_in() -> Self {
        Self::new("200 OK", words::signed_in(), words::signed_in_text())
    }

    pub(super) fn failed(failure: &Failure) -> Self {
        let refused = failure.code == Code::SignInRefused;
        let text = if refused { words::not_signed_in_refused() } else { words::not_signed_in_failed() };
        Self::new("200 OK", words::not_signed_in(), text)
    }

    pub(super) fn not_ours() -> Self {
        Self::new("400 Bad Request", words::other_sign_in(), words::other_sign_in_text())
    }

    pub(super) fn answered_already() -> Self {
        Self::new("409 Conflict", words::already_used(), words::already_used_text())
    }

    /// Sends the browser to the sign-in page again.
    pub(super) fn again(url: &Url) -> Self {
        let page = Self::new("302 Found", words::again(), words::again_text());
        Self { location: Some(url.clone()), ..page }
    }

    pub(super) fn not_found() -> Self {
        Self::new("404 Not Found", words::not_found(), words::not_found_text())
    }

    pub(super) fn wrong_method() -> Self {
        Self::new("405 Method Not Allowed", words::wrong_method(), words::wrong_method_text())
    }

    fn new(status: &'static str, title: &'static str, words: &'static str) -> Self {
        Self { status, location: None, title, words }
    }

    /// Returns the whole HTTP/1.1 response.
    pub(super) fn to_http(&self) -> String {
        let Self { status, title: heading, words: text, .. } = self;
        let (title, language) = (escaped(&words::title(heading)), waybill_words::language());
        let (heading, text) = (escaped(heading), escaped(text));
        let body = format!(
            "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
             <style>body{{font:1.2rem/1.5 sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem;color:#0b0c0c}}\
             </style>\n</head>\n<body>\n<h1>{heading}</h1>\n<p>{text}</p>\n</body>\n</html>\n"
        );
        let location = self.location.as_ref().map(|url| format!("Location: {url}\r\n")).unwrap_or_default();
        format!(
            "HTTP/1.1 {status}\r\n{location}Content-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
             Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        )
    }
}

/// Returns text without markup (HTML, "Escaping a string").
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
