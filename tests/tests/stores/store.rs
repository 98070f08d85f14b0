//! The seam: one bucket of some object store, and who asks it.
//!
//! The suite does not know which store it is at. It sends requests for keys and looks at what comes back, and, where a
//! store lets nobody read, at what is stored through the sandbox's control address.

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use reqwest::blocking::Client;
use waybill_system_tests::{Control, Error, Result};

use crate::raw::{self, PATIENCE, SILENCE, Then};
use crate::signing::Signer;
use crate::wire::{Answer, Body, Request};

/// What `SigV4` leaves as it is in a path, and the slash ("Create a canonical request", IAM user guide).
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// One bucket and a person who may write to it.
pub(crate) struct Store {
    /// The address in front of the key, without a slash at the end.
    pub(crate) base: String,
    pub(crate) client: Client,
    pub(crate) proof: Proof,
    /// What a key may begin with.
    pub(crate) prefix: String,
    /// The authority of a store over TLS.
    pub(crate) ca: Option<PathBuf>,
    keys: AtomicU64,
    /// The case that is put to it now is known to end in silence.
    silence_is_known: AtomicBool,
}

/// What shows that one may ask.
pub(crate) enum Proof {
    /// The cookies of the upload domain; TDR's bucket policy holds. What is stored is read through the control address.
    Cookies { header: String, control: Control },
    /// A signature of the bucket's owner; no bucket policy.
    Signature(Signer),
}

impl Store {
    pub(crate) fn new(base: String, client: Client, proof: Proof, prefix: String, ca: Option<PathBuf>) -> Self {
        Self { base, client, proof, prefix, ca, keys: AtomicU64::new(0), silence_is_known: AtomicBool::new(false) }
    }

    /// Whether the next announcements are known to be met with silence, which then need not be waited for as long as an
    /// answer.
    pub(crate) fn know_silence(&self, is_known: bool) {
        self.silence_is_known.store(is_known, Ordering::Relaxed);
    }

    /// Returns an unused key.
    pub(crate) fn fresh_key(&self) -> String {
        format!("{}/{}", self.prefix, self.keys.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns whether TDR's bucket policy stands before the bucket.
    pub(crate) fn has_policy(&self) -> bool {
        match self.proof {
            Proof::Cookies { .. } => true,
            Proof::Signature(_) => false,
        }
    }

    pub(crate) fn send(&self, request: Request) -> Result<Answer> {
        let url = self.address(&request);
        let what = format!("{} {url}", request.method);
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|error| Error::unexpected(format!("{what}: {error}")))?;
        let mut sent = self.client.request(method, &url);
        for (name, value) in self.headers(&request)? {
            sent = sent.header(name, value);
        }
        sent = match request.body {
            Body::None => sent,
            Body::Bytes(bytes) => sent.body(bytes),
            Body::Unsized(bytes) => sent.body(reqwest::blocking::Body::new(std::io::Cursor::new(bytes))),
        };
        let failed = |source| Error::Http { what: what.clone(), source };
        let response = sent.send().map_err(failed)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().map_err(failed)?;
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// Announces a body of `announced` bytes, sends only `body` of it and says that nothing more will come. `None`
    /// where the store hangs up without a reply.
    pub(crate) fn send_short(&self, request: &Request, announced: u64, body: &[u8]) -> Result<Option<Answer>> {
        self.by_hand(request, announced, body, Then::HangUp)
    }

    /// Announces a body of `announced` bytes and sends none of it; what the store says to that, if it says anything.
    pub(crate) fn announce(&self, request: &Request, announced: u64) -> Result<Option<Answer>> {
        let patience = if self.silence_is_known.load(Ordering::Relaxed) { SILENCE } else { PATIENCE };
        self.by_hand(request, announced, b"", Then::Wait(patience))
    }

    fn by_hand(&self, request: &Request, announced: u64, body: &[u8], then: Then) -> Result<Option<Answer>> {
        let mut headers = self.headers(request)?;
        headers.push(("content-length".to_owned(), announced.to_string()));
        raw::exchange(&self.address(request), request.method, &headers, body, self.ca.as_deref(), then)
    }

    /// Returns the bytes under a key; `None` where there is nothing.
    pub(crate) fn stored(&self, key: &str) -> Result<Option<Vec<u8>>> {
        match &self.proof {
            Proof::Cookies { control, .. } => {
                if !control.objects()?.iter().any(|object| object.key == key) {
                    return Ok(None);
                }
                let mut bytes = Vec::new();
                let encoded = utf8_percent_encode(key, PATH).to_string();
                control
                    .object(&encoded)?
                    .read_to_end(&mut bytes)
                    .map_err(|error| Error::unexpected(format!("reading {key}: {error}")))?;
                Ok(Some(bytes))
            }
            Proof::Signature(_) => self.read(key),
        }
    }

    fn read(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let request = Request::new("GET", key);
        let mut sent = self.client.get(self.address(&request));
        for (name, value) in self.headers(&request)? {
            sent = sent.header(name, value);
        }
        let what = format!("reading {key}");
        let failed = |source| Error::Http { what: what.clone(), source };
        let response = sent.send().map_err(failed)?;
        match response.status().as_u16() {
            200 => Ok(Some(response.bytes().map_err(failed)?.to_vec())),
            404 => Ok(None),
            status => Err(Error::unexpected(format!("{what}: {status}"))),
        }
    }

    fn address(&self, request: &Request) -> String {
        let path = utf8_percent_encode(&request.key, PATH);
        let question = if request.query.is_empty() { "" } else { "?" };
        format!("{}/{path}{question}{}", self.base, request.query)
    }

    /// Returns the request's headers and those that show that one may send it.
    fn headers(&self, request: &Request) -> Result<Vec<(String, String)>> {
        match &self.proof {
            Proof::Cookies { header, .. } => {
                let mut headers = request.headers.clone();
                headers.push(("cookie".to_owned(), header.clone()));
                Ok(headers)
            }
            Proof::Signature(signer) => signer.sign(request.method, &self.address(request), &request.headers),
        }
    }
}
