//! Plain requests to a sign-in address, and their responses.
//!
//! Cookies are kept by hand, since Keycloak marks them `Secure`: browsers send those to loopback over plain http, most
//! HTTP clients do not.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{COOKIE, HeaderName, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use serde_json::Value;
use url::Url;
use waybill_system_tests::{Error, Result};

/// Returns a client that follows nothing by itself and uses no proxy.
pub(crate) fn client() -> Result<Client> {
    // Another thread may have chosen already, which is as good.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().no_proxy().redirect(Policy::none()).timeout(Duration::from_secs(60));
    builder.build().map_err(failed("building a client"))
}

/// For `map_err` on a request.
pub(crate) fn failed(what: &'static str) -> impl FnOnce(reqwest::Error) -> Error {
    move |source| Error::Http { what: what.to_owned(), source: source.without_url() }
}

/// The cookies of one browser at one realm.
#[derive(Clone, Default)]
pub(crate) struct Jar(BTreeMap<String, String>);

impl Jar {
    /// Sends a request with these cookies and keeps those that come back.
    pub(crate) fn send(&mut self, request: RequestBuilder) -> Result<Reply> {
        let cookies: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header(COOKIE, cookies.join("; ")).send().map_err(failed("sign-in in a browser"))?;
        for header in response.headers().get_all(SET_COOKIE) {
            let Some((name, rest)) = header.to_str().ok().and_then(|text| text.split_once('=')) else { continue };
            let mut parts = rest.split(';').map(str::trim);
            let value = parts.next().unwrap_or_default().to_owned();
            if parts.any(|attribute| attribute.eq_ignore_ascii_case("Max-Age=0")) {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), value);
            }
        }
        Reply::read(response)
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// The status.
    pub(crate) status: u16,
    /// Where a redirect leads.
    pub(crate) location: Option<Url>,
    /// The body.
    pub(crate) body: String,
    headers: BTreeMap<String, String>,
    url: Url,
}

impl Reply {
    /// Reads a response to its end.
    pub(crate) fn read(response: Response) -> Result<Self> {
        let url = response.url().clone();
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let location = location.and_then(|location| url.join(location).ok());
        let text = |(name, value): (&HeaderName, &reqwest::header::HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        let headers = response.headers().iter().filter_map(text).collect();
        let status = response.status().as_u16();
        let body = response.text().map_err(failed("reading what sign-in answered"))?;
        Ok(Self { status, location, body, headers, url })
    }

    /// Returns a header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Returns the body as JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.body).ok()
    }

    /// Returns a text of the body's JSON.
    pub(crate) fn text(&self, name: &str) -> Result<String> {
        let found = self.json().and_then(|value| value.get(name)?.as_str().map(str::to_owned));
        found.ok_or_else(|| Error::unexpected(format!("no {name} in the answer {}: {}", self.status, self.body)))
    }

    /// Returns a parameter of the address that a redirect leads to.
    pub(crate) fn parameter(&self, name: &str) -> Result<String> {
        let pairs = self.location.as_ref().map(Url::query_pairs);
        let found = pairs.and_then(|mut pairs| pairs.find(|(found, _)| found == name));
        found.map(|(_, value)| value.into_owned()).ok_or_else(|| {
            Error::unexpected(format!("no {name} in the redirect {:?} with {}", self.location, self.status))
        })
    }

    /// Returns where the form that contains `marker` is sent to.
    pub(crate) fn form_around(&self, marker: &str) -> Result<Url> {
        let missing = || Error::unexpected(format!("no form with {marker} on the page {}", self.status));
        let at = self.body.find(marker).ok_or_else(missing)?;
        let start = self.body[..at].rfind("<form").ok_or_else(missing)?;
        let action = self.body[start..].split_once("action=\"").and_then(|(_, rest)| rest.split_once('"'));
        let action = action.ok_or_else(missing)?.0.replace("&amp;", "&");
        self.url.join(&action).map_err(|_| missing())
    }

    /// Returns the value of a hidden field of a form.
    pub(crate) fn hidden(&self, name: &str) -> Option<String> {
        let field = self.body.split("<input").find(|field| field.contains(&format!("name=\"{name}\"")))?;
        Some(field.split_once("value=\"")?.1.split_once('"')?.0.to_owned())
    }

    /// Returns what a page says: its error, the remark beside a field, or its heading. Markup and surplus space are
    /// gone.
    pub(crate) fn message(&self) -> String {
        const MARKS: [&str; 6] = [
            "id=\"input-error\"",
            "id=\"input-error-username\"",
            "id=\"input-error-password\"",
            "kc-feedback-text",
            "class=\"instruction\"",
            "<h1",
        ];
        let marked = MARKS.iter().find_map(|mark| self.body.split_once(mark)).map(|(_, rest)| rest);
        let text = marked.and_then(|rest| rest.split_once('>')).map_or("", |(_, rest)| rest);
        let end = ["</span", "</p", "</h1"].iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
        let mut plain = String::new();
        let mut in_tag = false;
        for character in text[..end].chars() {
            match character {
                '<' => in_tag = true,
                '>' => in_tag = false,
                other if !in_tag => plain.push(other),
                _ => {}
            }
        }
        let plain = plain.replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&");
        plain.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
