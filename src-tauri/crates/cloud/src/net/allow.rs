//! The list of allowed addresses.

use url::Url;
use waybill_model::{Code, LocalFault, Role, SafeUrl, ServiceProfile};

/// Scheme, host and port of each of the service's addresses; `None` for an address that the service does not have.
pub(super) struct AllowList {
    sign_in: Option<url::Origin>,
    api: Option<url::Origin>,
    upload: Option<url::Origin>,
    website: Option<url::Origin>,
}

impl AllowList {
    pub(super) fn of(profile: &ServiceProfile) -> Self {
        let origin = |role| profile.address(role).map(Url::origin);
        Self {
            sign_in: origin(Role::SignIn),
            api: origin(Role::Api),
            upload: origin(Role::Upload),
            website: origin(Role::Website),
        }
    }

    /// Returns whether `url` is at the address of `role`. A request for one address cannot go to another, even one of
    /// the same service.
    pub(super) fn check(&self, role: Role, url: &Url) -> Result<(), LocalFault> {
        let expected = match role {
            Role::SignIn => &self.sign_in,
            Role::Api => &self.api,
            Role::Upload => &self.upload,
            Role::Website => &self.website,
        };
        let plain = url.username().is_empty() && url.password().is_none();
        if plain && expected.as_ref().is_some_and(|expected| expected.is_tuple() && url.origin() == *expected) {
            return Ok(());
        }
        Err(LocalFault::Impossible(Code::HostNotAllowed, SafeUrl(url.clone()).to_string()))
    }
}

/// Returns whether two addresses have the same scheme, host and port.
pub(crate) fn same_origin(one: &Url, other: &Url) -> bool {
    one.origin().is_tuple() && one.origin() == other.origin()
}
