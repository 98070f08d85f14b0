//! A request to an object store and its response, as plain HTTP.

use reqwest::header::HeaderMap;

/// A request for one key of a bucket. Who is asked and what proves that one may ask is the
/// [`Store`](crate::store::Store)'s.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) key: String,
    /// As it goes into the address, without the question mark.
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

/// The body of a request.
#[derive(Clone, Debug, Default)]
pub(crate) enum Body {
    #[default]
    None,
    /// With its length in `Content-Length`.
    Bytes(Vec<u8>),
    /// Without a length.
    Unsized(Vec<u8>),
}

impl Request {
    pub(crate) fn new(method: &'static str, key: &str) -> Self {
        Self { method, key: key.to_owned(), query: String::new(), headers: Vec::new(), body: Body::None }
    }

    /// A `PutObject` as TDR's bucket policy wants it.
    pub(crate) fn put(key: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::unconditional_put(key, body).header("if-none-match", "*")
    }

    pub(crate) fn unconditional_put(key: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new("PUT", key).body(body)
    }

    pub(crate) fn query(mut self, query: impl Into<String>) -> Self {
        self.query = query.into();
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn headers(self, headers: &[(&str, &str)]) -> Self {
        headers.iter().fold(self, |request, (name, value)| request.header(name, value))
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Bytes(body.into());
        self
    }

    pub(crate) fn unsized_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Unsized(body.into());
        self
    }
}

/// A whole reply.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// Status and, where the body is an S3 error, its code: `412 PreconditionFailed`. An error in a 200 shows as one.
    pub(crate) fn said(&self) -> String {
        if self.body.contains("<Error>") {
            format!("{} {}", self.status, self.element("Code"))
        } else {
            self.status.to_string()
        }
    }

    pub(crate) fn is_good(&self) -> bool {
        self.status / 100 == 2 && !self.body.contains("<Error>")
    }

    /// Returns the text of the first element of this name; empty if it is missing.
    pub(crate) fn element(&self, name: &str) -> String {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let text =
            self.body.split_once(&open).and_then(|(_, rest)| rest.split_once(&close)).map_or("", |(text, _)| text);
        text.replace("&quot;", "\"").replace("&#34;", "\"").replace("&amp;", "&")
    }

    /// Empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
