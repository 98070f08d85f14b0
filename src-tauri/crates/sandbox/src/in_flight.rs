//! How many connections and requests each role has in flight, as `GET /traffic` at the control address shows it.
//!
//! A request is logged when it is over, even if its client has gone. To count what is logged after some moment, wait
//! until nothing from before is in flight.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;

use crate::role::Role;

/// What a role has in flight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    /// Open connections.
    pub connections: u64,
    /// Requests that are not in the log yet. Those of HTTP/2 may outlive their connection.
    pub requests: u64,
}

/// The counts of all roles; clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct InFlight {
    counts: Arc<Mutex<BTreeMap<Role, Counts>>>,
}

/// Counts one connection or request until it is dropped.
#[derive(Debug)]
pub(crate) struct InFlightGuard {
    counts: Arc<Mutex<BTreeMap<Role, Counts>>>,
    role: Role,
    field: fn(&mut Counts) -> &mut u64,
}

impl InFlight {
    /// Counts a connection.
    pub(crate) fn connection(&self, role: Role) -> InFlightGuard {
        self.take(role, |counts| &mut counts.connections)
    }

    /// Counts a request.
    pub(crate) fn request(&self, role: Role) -> InFlightGuard {
        self.take(role, |counts| &mut counts.requests)
    }

    /// Returns the counts of every role.
    pub(crate) fn all(&self) -> BTreeMap<Role, Counts> {
        let counts = self.counts.lock();
        Role::ALL.into_iter().map(|role| (role, counts.get(&role).copied().unwrap_or_default())).collect()
    }

    fn take(&self, role: Role, field: fn(&mut Counts) -> &mut u64) -> InFlightGuard {
        let guard = InFlightGuard { counts: Arc::clone(&self.counts), role, field };
        guard.change(|count| count.saturating_add(1));
        guard
    }
}

impl InFlightGuard {
    fn change(&self, change: impl FnOnce(u64) -> u64) {
        let mut counts = self.counts.lock();
        let count = (self.field)(counts.entry(self.role).or_default());
        *count = change(*count);
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.change(|count| count.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_flight_counts_until_it_is_dropped() {
        let in_flight = InFlight::default();
        let connection = in_flight.connection(Role::Upload);
        let request = in_flight.request(Role::Upload);
        assert_eq!(in_flight.all()[&Role::Upload], Counts { connections: 1, requests: 1 });
        assert_eq!(in_flight.all()[&Role::Api], Counts::default());
        drop(connection);
        assert_eq!(in_flight.all()[&Role::Upload], Counts { connections: 0, requests: 1 });
        drop(request);
        assert_eq!(in_flight.all()[&Role::Upload], Counts::default());
    }
}
