//! The cases of the suite. Each is done to one provider and tells what it saw.

mod authorisation;
mod codes;
mod endings;
mod refreshing;
mod sessions;
mod signing_in;

use std::time::Duration;

use waybill_system_tests::{Error, Result};

use crate::provider::Provider;
use crate::record::Record;

/// A case by its name.
pub(crate) type Case = (&'static str, fn(&dyn Provider) -> Result<Record>);

/// All of them. The ones that change a realm for good come last.
pub(crate) const ALL: [Case; 24] = [
    ("discovery", signing_in::discovery),
    ("keys", signing_in::keys),
    ("sign-in", signing_in::sign_in),
    ("claims of the others", signing_in::claims_of_the_others),
    ("wrong password", signing_in::wrong_password),
    ("single sign-on", signing_in::single_sign_on),
    ("wrong redirect", authorisation::wrong_redirect),
    ("wrong authorisation request", authorisation::wrong_request),
    ("consent", authorisation::consent),
    ("consent refused", authorisation::consent_refused),
    ("code refused", codes::refused),
    ("code used twice", codes::used_twice),
    ("code expired", codes::expired),
    ("token call refused", codes::call_refused),
    ("refresh", refreshing::refresh),
    ("refresh refused", refreshing::refused),
    ("rotation and replay", refreshing::rotation_and_replay),
    ("rotation and an older token", refreshing::older_than_the_last),
    ("idle passed", sessions::idle_passed),
    ("maximum passed", sessions::maximum_passed),
    ("session ended by an administrator", sessions::ended_by_an_administrator),
    ("user disabled", sessions::user_disabled),
    ("logout and revocation", endings::all),
    ("key rotation", signing_in::key_rotation),
];

/// How often a case is done that has to be quicker than something lives.
const ATTEMPTS: usize = 3;

/// The lifetime of a token or session at a provider.
struct Lifetime<'a> {
    provider: &'a dyn Provider,
    started: Duration,
    seconds: u64,
}

impl<'a> Lifetime<'a> {
    fn start(provider: &'a dyn Provider, seconds: u64) -> Self {
        Self { provider, started: provider.time(), seconds }
    }

    /// Returns whether it may have ended. Keycloak counts whole seconds, so a lifetime may be one second shorter.
    fn may_be_over(&self) -> bool {
        self.provider.time().saturating_sub(self.started) + Duration::from_secs(1) > Duration::from_secs(self.seconds)
    }
}

/// Repeats a case until it was quick enough; `None` if it never was. Its findings are then meaningless.
fn in_time(mut case: impl FnMut() -> Result<Option<Record>>) -> Result<Record> {
    for _ in 0..ATTEMPTS {
        if let Some(record) = case()? {
            return Ok(record);
        }
    }
    Err(Error::unexpected(format!(
        "{ATTEMPTS} times, this computer took longer than what has to be used in time lives"
    )))
}
