//! The few words that the browser shows at the end of a sign-in.

use url::Url;
use waybill_model::{Code, Failure};

/// An answer to the browser.
pub(super) struct Page {
    pub(super) status: &'static str,
    pub(super) location: Option<Url>,
    pub(super) title: &'static str,
    pub(super) words: &'static str,
}

impl Page {
    pub(super) fn signed_in() -> Self {
        Self::new("200 OK", "You are signed in", "You are signed in. You can close this page and go back to Waybill.")
    }

    pub(super) fn failed(failure: &Failure) -> Self {
        let what = if failure.code == Code::SignInRefused {
            "The sign-in was refused. You can close this page; Waybill says what to do next."
        } else {
            "The sign-in did not work. You can close this page; Waybill says what to do next."
        };
        Self::new("200 OK", "You are not signed in", what)
    }

    pub(super) fn not_ours() -> Self {
        let words = "This page does not belong to the sign-in that Waybill is waiting for. Please use the page that \
                     Waybill opened last.";
        Self::new("400 Bad Request", "Not the sign-in that was expected", words)
    }

    pub(super) fn answered_already() -> Self {
        let words = "This sign-in has been answered already. You can close this page and go back to Waybill.";
        Self::new("409 Conflict", "Answered already", words)
    }

    /// Sends the browser to the sign-in page once more.
    pub(super) fn again(url: &Url) -> Self {
        let page = Self::new("302 Found", "Once more", "The sign-in page had expired. It opens again.");
        Self { location: Some(url.clone()), ..page }
    }

    pub(super) fn not_found() -> Self {
        Self::new("404 Not Found", "Nothing here", "There is nothing here. You can close this page.")
    }

    pub(super) fn wrong_method() -> Self {
        Self::new("405 Method Not Allowed", "Not allowed", "This address only answers a browser's visit.")
    }

    fn new(status: &'static str, title: &'static str, words: &'static str) -> Self {
        Self { status, location: None, title, words }
    }

    /// The whole HTTP/1.1 answer.
    pub(super) fn to_http(&self) -> String {
        let Self { status, title, words, .. } = self;
        let body = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title} - Waybill</title>\n\
             <style>body{{font:1.2rem/1.5 sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem;color:#0b0c0c}}\
             </style>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{words}</p>\n</body>\n</html>\n"
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
