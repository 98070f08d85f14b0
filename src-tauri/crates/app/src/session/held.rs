//! The session as this process holds it in memory.

use std::time::Duration;

use waybill_cloud::{StoredSession, Tokens};
use waybill_engine::session::SessionFacts;
use waybill_model::{Now, Person, Secret};

use super::Access;

/// Whose session it is, and its tokens.
#[derive(Default)]
pub(super) struct Held {
    person: Option<Person>,
    tokens: Option<Tokens>,
    /// The newest refresh token.
    refresh: Option<Secret>,
    /// Tokens that the machine has not judged yet.
    arrived: Option<Tokens>,
}

impl Held {
    /// Takes over what the store had. There is no access token yet.
    pub(super) fn restore(&mut self, stored: StoredSession, now: Now) -> SessionFacts {
        let facts = SessionFacts {
            person: stored.person.user_id,
            obtained: now.steady,
            access_life: Duration::ZERO,
            refresh_life: stored.refresh_expires.map(|at| at.since(now.server)),
        };
        self.person = Some(stored.person);
        self.refresh = Some(stored.refresh);
        facts
    }

    /// Keeps tokens until the machine has judged them.
    pub(super) fn arrive(&mut self, tokens: Tokens) -> SessionFacts {
        let facts = SessionFacts {
            person: tokens.person.user_id,
            obtained: tokens.obtained.steady,
            access_life: tokens.access_expires.since(tokens.obtained.server),
            refresh_life: tokens.refresh_expires.map(|at| at.since(tokens.obtained.server)),
        };
        self.arrived = Some(tokens);
        facts
    }

    pub(super) fn use_arrived(&mut self) {
        if let Some(tokens) = self.arrived.take() {
            self.person = Some(tokens.person.clone());
            self.refresh.clone_from(&tokens.refresh);
            self.tokens = Some(tokens);
        }
    }

    pub(super) fn drop_arrived(&mut self) {
        self.arrived = None;
    }

    pub(super) fn forget_tokens(&mut self) {
        self.tokens = None;
    }

    pub(super) fn access(&self) -> Option<Access> {
        self.tokens.as_ref().map(|tokens| Access {
            token: tokens.access.clone(),
            person: tokens.person.clone(),
            expires: tokens.access_expires,
        })
    }

    pub(super) fn person(&self) -> Option<&Person> {
        self.person.as_ref()
    }

    pub(super) fn take_person(&mut self) -> Option<Person> {
        self.person.take()
    }

    pub(super) fn refresh(&self) -> Option<&Secret> {
        self.refresh.as_ref()
    }

    pub(super) fn take_refresh(&mut self) -> Option<Secret> {
        self.refresh.take()
    }
}
