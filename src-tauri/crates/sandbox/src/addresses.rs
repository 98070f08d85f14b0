//! Where the roles and the control address listen.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::role::Role;

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
