//! The four roles that the sandbox plays, and the address of each.

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// One part of the cloud side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// The identity provider (Keycloak in TDR).
    SignIn,
    /// The consignment API (GraphQL over TLS).
    Api,
    /// The upload domain: cookie signer, edge and object store (CloudFront and S3 in TDR).
    Upload,
    /// The website a person uses in a browser.
    Website,
}

impl Role {
    /// Every role, in the order in which addresses are assigned.
    pub(crate) const ALL: [Self; 4] = [Self::SignIn, Self::Api, Self::Upload, Self::Website];

    /// Returns the name used in the ready line, the request log and the control address.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Api => "api",
            Self::Upload => "upload",
            Self::Website => "website",
        }
    }

    /// Returns whether this role is served over TLS.
    pub(crate) const fn is_tls(self) -> bool {
        match self {
            Self::Api | Self::Upload => true,
            Self::SignIn | Self::Website => false,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where each role and the control address listen. Chosen at the first start and kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Addresses {
    pub sign_in: SocketAddr,
    pub api: SocketAddr,
    pub upload: SocketAddr,
    pub website: SocketAddr,
    pub control: SocketAddr,
}

impl Addresses {
    /// Returns the base address of `role`, without a slash at the end.
    pub(crate) fn url(&self, role: Role) -> String {
        let scheme = if role.is_tls() { "https" } else { "http" };
        format!("{scheme}://{}", self.socket(role))
    }

    /// Returns the socket of `role`.
    pub(crate) fn socket(&self, role: Role) -> SocketAddr {
        match role {
            Role::SignIn => self.sign_in,
            Role::Api => self.api,
            Role::Upload => self.upload,
            Role::Website => self.website,
        }
    }
}
