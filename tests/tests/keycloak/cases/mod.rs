//! The cases of the suite. Each is done to one provider and tells what it saw.

mod authorisation;
mod codes;
mod endings;
mod refreshing;
mod sessions;
mod signing_in;

use waybill_system_tests::Result;

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
