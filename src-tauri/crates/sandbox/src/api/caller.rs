//! Who asks the API.

use std::sync::Arc;

use async_graphql::Context;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::error::Refusal;
use crate::consignments;
use crate::realm::Realm;
use crate::sign_in::Claims;

/// Who asks, and what they ask about: the data that every field can reach.
pub(super) struct Caller {
    pub realm: Arc<Realm>,
    pub checks: Arc<consignments::Checks>,
    pub rules: Rules,
    pub claims: Claims,
}

/// What can be set about the API.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Makes the references of consignments repeatable.
    pub seed: u64,
    /// Of a registration only the first 250 rows are kept.
    pub first_batch_quirk: bool,
}

impl Caller {
    pub(super) fn of<'c>(ctx: &Context<'c>) -> async_graphql::Result<&'c Self> {
        ctx.data::<Self>()
    }

    pub(super) fn db<T>(
        &self,
        work: impl FnOnce(&mut rusqlite::Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Refusal> {
        Ok(self.realm.db.with(work)?)
    }

    /// Returns the consignment with this id if it is the caller's; others and unknown ones are rejected alike.
    pub(super) fn own(&self, id: Uuid) -> Result<consignments::Consignment, Refusal> {
        let user = self.claims.user_id;
        let found = self.db(|db| consignments::by_id(db, id))?;
        found
            .filter(|consignment| consignment.user_id == user)
            .ok_or_else(|| Refusal::NotAuthorised(format!("User '{user}' does not have access to consignment '{id}'")))
    }

    /// Rejects acting for another person: it takes the role `data-load`, which nobody in the sandbox has.
    pub(super) fn refuse_override(&self, user: Option<Uuid>) -> Result<(), Refusal> {
        match user {
            None => Ok(()),
            Some(other) => {
                let user = self.claims.user_id;
                Err(Refusal::NotAuthorised(format!("User '{user}' may not act for user '{other}'")))
            }
        }
    }

    pub(super) fn resume_checks(&self) -> Result<(), Refusal> {
        Ok(self.checks.resume()?)
    }

    /// Returns the sandbox's time.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.realm.clock.now()
    }
}
