//! The line a sandbox prints when it is ready.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use uuid::Uuid;

/// Everything a program needs to use a running sandbox; serialises to the ready line (see `docs/sandbox.md`).
#[derive(Debug, Clone, Serialize)]
pub struct Ready {
    /// Always `ready`.
    pub event: &'static str,
    /// The service profile for `waybill --service`.
    pub service: PathBuf,
    /// The certificate authority of the roles served over TLS, in PEM.
    pub ca: PathBuf,
    /// Where the four roles listen.
    pub addresses: ReadyAddresses,
    /// Who can sign in. The first of them owns the consignments listed.
    pub users: Vec<ReadyUser>,
    /// The consignments of the first user.
    pub consignments: Vec<ReadyConsignment>,
    /// The control address.
    pub control: ReadyControl,
}

/// Base addresses of the roles, without a slash at the end.
#[derive(Debug, Clone, Serialize)]
pub struct ReadyAddresses {
    /// Keycloak's part; the issuer is this and `/realms/tdr`.
    pub sign_in: String,
    /// The API; its endpoint is this and `/graphql`.
    pub api: String,
    /// The upload domain.
    pub upload: String,
    /// The website.
    pub website: String,
}

/// A person who can sign in.
#[derive(Clone, Serialize)]
pub struct ReadyUser {
    /// What to type as user name.
    pub username: String,
    /// What to type as password; `None`, and left out, if people sign in elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

impl fmt::Debug for ReadyUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyUser").field("username", &self.username).finish_non_exhaustive()
    }
}

/// A consignment of the first user.
#[derive(Debug, Clone, Serialize)]
pub struct ReadyConsignment {
    /// Such as `TDR-2026-ABC`.
    pub reference: String,
    /// The consignment's id.
    pub id: Uuid,
    /// `ready`, `needs_agreement`, `uploading`, `judgment`, `checking`, `done` or `failed`.
    pub state: String,
}

/// The control address.
#[derive(Clone, Serialize)]
pub struct ReadyControl {
    /// Base address, without a slash at the end.
    pub url: String,
    /// To be sent as `Authorization: Bearer`.
    pub token: String,
}

impl fmt::Debug for ReadyControl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyControl").field("url", &self.url).finish_non_exhaustive()
    }
}
