//! How many connections and requests each role has in hand, as `GET /traffic` at the control address shows it.
//!
//! The log gets a request when it is over, also that of a client who died before. Whoever counts what is logged after some
//! moment waits first until nothing from before is in hand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::role::Role;

/// What a role has in hand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    /// Connections that are open.
    pub connections: u64,
    /// Requests that are not in the log yet. Those of HTTP/2 may outlive their connection.
    pub requests: u64,
}

/// The counts of all roles; clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct AtWork {
    counts: Arc<Mutex<BTreeMap<Role, Counts>>>,
}

/// Counts one connection or request until it is dropped.
#[derive(Debug)]
pub(crate) struct InHand {
    counts: Arc<Mutex<BTreeMap<Role, Counts>>>,
    role: Role,
    field: fn(&mut Counts) -> &mut u64,
}

impl AtWork {
    /// Counts a connection.
    pub(crate) fn connection(&self, role: Role) -> InHand {
        self.take(role, |counts| &mut counts.connections)
    }

    /// Counts a request.
    pub(crate) fn request(&self, role: Role) -> InHand {
        self.take(role, |counts| &mut counts.requests)
    }

    /// The counts of every role, also where there is nothing.
    pub(crate) fn all(&self) -> BTreeMap<Role, Counts> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        Role::ALL.into_iter().map(|role| (role, counts.get(&role).copied().unwrap_or_default())).collect()
    }

    fn take(&self, role: Role, field: fn(&mut Counts) -> &mut u64) -> InHand {
        let in_hand = InHand { counts: Arc::clone(&self.counts), role, field };
        in_hand.change(|count| count.saturating_add(1));
        in_hand
    }
}

impl InHand {
    fn change(&self, change: impl FnOnce(u64) -> u64) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = (self.field)(counts.entry(self.role).or_default());
        *count = change(*count);
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.change(|count| count.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_hand_counts_until_it_is_dropped() {
        let at_work = AtWork::default();
        let connection = at_work.connection(Role::Upload);
        let request = at_work.request(Role::Upload);
        assert_eq!(at_work.all()[&Role::Upload], Counts { connections: 1, requests: 1 });
        assert_eq!(at_work.all()[&Role::Api], Counts::default());
        drop(connection);
        assert_eq!(at_work.all()[&Role::Upload], Counts { connections: 0, requests: 1 });
        drop(request);
        assert_eq!(at_work.all()[&Role::Upload], Counts::default());
    }
}
