//! Service profiles: the addresses, limits and choices of one TDR deployment.
//!
//! A profile is a TOML file or one of the built-in profiles. Reading one is pure; the caller reads the file.

mod builtin;
mod file;
mod way;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::{Limits, PartRules, Role};

pub use builtin::{BUILTIN_NAMES, builtin};
pub use way::{Body, Checksum, Closing, Headers, KeyFrom, Opening, Permit, Repeat, Scheme, USER_ID, UploadWay};

/// One TDR deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceProfile {
    /// Short name for the command line and the keychain; letters, digits and `-` only.
    pub name: String,
    /// Display name.
    pub title: String,
    /// A file with additional certificate authorities (PEM) for this service only, relative to the profile.
    pub ca_file: Option<String>,
    /// The realm's issuer; all other sign-in addresses come from its discovery document.
    pub issuer: Url,
    /// The OpenID Connect client id.
    pub client_id: String,
    /// The loopback `http` address to which the sign-in page redirects the browser. Without a port, any free one is
    /// used (Keycloak then ignores the port, facts D8).
    pub redirect_uri: Url,
    /// The consignment API; `None` only if the way of uploading does without it.
    pub api_url: Option<Url>,
    /// The number of seconds after which the API has certainly finished or dropped a request (TDR: 180, facts E3).
    pub api_request_seconds: u64,
    /// The upload domain.
    pub upload_url: Url,
    /// The `Origin` that the upload address requires when it issues cookies, which is the website (facts E2); `None`
    /// only if the way of uploading does without cookies.
    pub upload_origin: Option<String>,
    /// How files are uploaded.
    pub way: UploadWay,
    /// The website; `None` only if the way of uploading does without it.
    pub website_url: Option<Url>,
    /// Limits on one transfer.
    pub limits: Limits,
    /// How the service's firewall counts requests, and our share of them.
    pub requests: RequestBudget,
    /// How files are divided into parts.
    pub parts: PartRules,
    /// The maximum number of concurrent requests, 1 to 64.
    pub parallel: u8,
    /// File names that the service excludes.
    pub excluded_names: Vec<NamePattern>,
    /// Lower-case extensions of formats that the service rejects.
    pub refused_extensions: Vec<String>,
}

/// A file name that the service excludes (exact, facts E12).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamePattern {
    /// The full name.
    pub name: String,
    /// Whether case is ignored.
    #[serde(default)]
    pub ignore_case: bool,
}

impl NamePattern {
    /// Returns whether the pattern matches this name.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        if self.ignore_case { name.to_lowercase() == self.name.to_lowercase() } else { name == self.name }
    }
}

/// The firewall's limit on requests, and our share of it (facts B10: 10,000 in 300 s per address).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestBudget {
    /// Requests that the service allows per address in a window.
    pub limit: u32,
    /// Length of the window in seconds.
    pub window_seconds: u32,
    /// Our share in per cent, 1 to 100, because a whole department may share one address.
    pub share_percent: u8,
}

impl RequestBudget {
    /// Returns the number of requests that one Waybill may send in a window; at least 1.
    #[must_use]
    pub fn own(self) -> u32 {
        (u64::from(self.limit) * u64::from(self.share_percent) / 100).max(1).try_into().unwrap_or(u32::MAX)
    }
}

/// What is wrong with a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileProblem {
    /// Whether the problem is a non-loopback `http` address.
    pub insecure: bool,
    /// Line number in the file, from 1, if known.
    pub line: Option<usize>,
    /// The key, such as `upload.url`, if known.
    pub key: Option<String>,
    /// What is wrong, in words.
    pub what: String,
}

impl ProfileProblem {
    /// Creates a problem with the value of a key.
    fn at(key: &str, what: String) -> Self {
        Self { insecure: false, line: None, key: Some(key.to_owned()), what }
    }
}

impl std::fmt::Display for ProfileProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
        }
        f.write_str(&self.what)
    }
}

impl ServiceProfile {
    /// Parses a profile from the text of its file.
    ///
    /// # Errors
    /// Returns a [`ProfileProblem`] with line and key for malformed TOML, an unknown or missing key, an address that is
    /// not a URL, has a user name or a query, or uses `http` without being loopback, and a number out of range.
    pub fn from_toml(text: &str) -> Result<Self, ProfileProblem> {
        file::read(text)
    }

    /// Returns every address of this service, in the order of [`Role::ALL`]. The program contacts no others.
    pub fn addresses(&self) -> impl Iterator<Item = &Url> {
        Role::ALL.into_iter().filter_map(|role| self.address(role))
    }

    /// Returns the role of an address that a way of uploading needs but this service does not have: a transfer keeps
    /// the way that it was started with, and the profile may have changed since.
    #[must_use]
    pub fn lacks(&self, way: &UploadWay) -> Option<Role> {
        Role::ALL.into_iter().find(|role| way.needs(*role) && self.address(*role).is_none())
    }

    /// Returns one address, or `None` if this service has none for that role.
    #[must_use]
    pub fn address(&self, role: Role) -> Option<&Url> {
        match role {
            Role::SignIn => Some(&self.issuer),
            Role::Api => self.api_url.as_ref(),
            Role::Upload => Some(&self.upload_url),
            Role::Website => self.website_url.as_ref(),
        }
    }
}

/// Returns the key of a profile that holds the address for a role.
#[must_use]
pub fn address_key(role: Role) -> &'static str {
    match role {
        Role::SignIn => "sign_in.issuer",
        Role::Api => "api.url",
        Role::Upload => "upload.url",
        Role::Website => "website.url",
    }
}

/// Returns whether a URL's host is this computer.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
