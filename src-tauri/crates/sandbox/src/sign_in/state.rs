//! What sign-in works with.

use std::sync::Arc;

use super::elsewhere::Elsewhere;
use super::tables::Session;
use crate::consignments::Seeds;
use crate::options::Options;
use crate::realm::{Lives, Realm};
use crate::role::{Addresses, Role};

/// The state of the role.
pub(crate) struct SignIn {
    pub(super) realm: Arc<Realm>,
    pub(super) lives: Arc<Lives>,
    pub(super) rules: SessionRules,
    /// The realm in place of the sandbox's own.
    pub(super) elsewhere: Option<Elsewhere>,
    /// Gives consignments to new people.
    pub(super) seeds: Seeds,
    issuer: String,
    website: String,
}

/// How long sessions last, and whether refresh tokens work once.
pub(super) struct SessionRules {
    pub idle_seconds: i64,
    max_seconds: i64,
    pub rotate_refresh_tokens: bool,
}

impl SignIn {
    pub(crate) fn new(
        realm: Arc<Realm>,
        lives: Arc<Lives>,
        addresses: &Addresses,
        options: &Options,
        elsewhere: Option<Elsewhere>,
    ) -> Self {
        let issuer = match &elsewhere {
            Some(elsewhere) => elsewhere.issuer().to_owned(),
            None => format!("{}/realms/tdr", addresses.url(Role::SignIn)),
        };
        let rules = SessionRules {
            idle_seconds: options.session_idle_seconds.into(),
            max_seconds: options.session_max_seconds.into(),
            rotate_refresh_tokens: options.rotate_refresh_tokens,
        };
        let seeds = Seeds::new(Arc::clone(&realm), options.seed);
        Self { realm, lives, rules, elsewhere, seeds, issuer, website: addresses.url(Role::Website) }
    }

    /// Makes the sample consignments of a new sandbox.
    pub(crate) fn seed(&self) -> rusqlite::Result<()> {
        self.seeds.seed()
    }

    /// Returns the issuer of the realm that people sign in at.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the realm in place of the sandbox's own.
    pub(crate) fn elsewhere(&self) -> Option<&Elsewhere> {
        self.elsewhere.as_ref()
    }

    /// Returns the website's base address, without a slash at the end.
    pub(super) fn website(&self) -> &str {
        &self.website
    }

    /// Returns the address that the website is called back at.
    pub(super) fn website_callback(&self) -> String {
        format!("{}/callback", self.website)
    }

    /// Returns whether a session is neither idle for too long nor older than allowed.
    pub(super) fn is_active(&self, session: &Session) -> bool {
        let now = self.realm.clock.epoch_seconds();
        now < session.last_refresh + self.rules.idle_seconds && now < self.end_of(session)
    }

    /// Returns when a session ends in any case, in seconds since 1970.
    pub(super) fn end_of(&self, session: &Session) -> i64 {
        session.auth_time + self.rules.max_seconds
    }
}
