//! What is on its way into the journal.
//!
//! Invariant: a record that the journal could not take is kept and retried; everything that depends on it waits.

use std::collections::BTreeMap;

use waybill_model::{Code, Now, Record, Steady, WaitReason};

use super::{Action, Hold, RecordId};
use crate::backoff::Backoff;

#[derive(Debug)]
pub(super) struct Records {
    last_id: u64,
    pending: BTreeMap<RecordId, Pending>,
    backoff: Backoff,
    /// The journal's disk is full.
    full: Option<Full>,
}

#[derive(Debug)]
struct Pending {
    record: Record,
    /// Why the journal could not take it. It has to be retried.
    refused: Option<Code>,
}

#[derive(Clone, Copy, Debug)]
struct Full {
    since: Steady,
    next_try: Option<Steady>,
}

impl Records {
    pub(super) fn new(seed: u64) -> Self {
        Self { last_id: 0, pending: BTreeMap::new(), backoff: Backoff::new(seed), full: None }
    }

    /// Keeps the record until the journal holds it.
    pub(super) fn add(&mut self, record: Record) -> Action {
        self.last_id += 1;
        let id = RecordId(self.last_id);
        self.pending.insert(id, Pending { record: record.clone(), refused: None });
        Action::Record(id, record)
    }

    /// Notes that the journal holds the record. Returns `None` for an unknown one.
    pub(super) fn recorded(&mut self, id: RecordId) -> Option<Record> {
        let pending = self.pending.remove(&id)?;
        self.backoff.reset();
        if self.pending.values().all(|other| other.refused.is_none()) {
            self.full = None;
        }
        Some(pending.record)
    }

    /// Notes that the journal could not take the record.
    pub(super) fn refused(&mut self, id: RecordId, code: Code, now: Steady) {
        let Some(pending) = self.pending.get_mut(&id) else { return };
        pending.refused = Some(code);
        if code == Code::DiskFull {
            let since = self.full.map_or(now, |full| full.since);
            let waiting = self.full.and_then(|full| full.next_try);
            let next_try = waiting.unwrap_or_else(|| now + self.backoff.delay(None));
            self.full = Some(Full { since, next_try: Some(next_try) });
        }
    }

    /// Returns why a record waits for a person. A full disk is waited out instead.
    pub(super) fn blocked_by(&self) -> Option<Code> {
        self.pending.values().filter_map(|pending| pending.refused).find(|code| *code != Code::DiskFull)
    }

    /// Retries refused records when it is time.
    pub(super) fn retry_due(&mut self, now: Steady) -> Vec<Action> {
        match &mut self.full {
            Some(full) if full.next_try.is_some_and(|at| at <= now) => full.next_try = None,
            Some(_) | None => return Vec::new(),
        }
        self.ask_again()
    }

    /// Makes refused records due now, because the person asked for it.
    pub(super) fn retry_now(&mut self, now: Steady) {
        if self.pending.values().any(|pending| pending.refused.is_some()) {
            let since = self.full.map_or(now, |full| full.since);
            self.full = Some(Full { since, next_try: Some(now) });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Whether a record will be answered without a person.
    pub(super) fn is_under_way(&self) -> bool {
        self.full.is_some() || self.pending.values().any(|pending| pending.refused.is_none())
    }

    pub(super) fn is_disk_full(&self) -> bool {
        self.full.is_some()
    }

    pub(super) fn due(&self) -> Option<Steady> {
        self.full.and_then(|full| full.next_try)
    }

    pub(super) fn wait(&self, now: Now) -> Option<Hold> {
        let full = self.full?;
        Some(Hold::waiting(WaitReason::DiskFull, full.since, full.next_try, now))
    }

    fn ask_again(&mut self) -> Vec<Action> {
        let refused = self.pending.iter_mut().filter(|(_, pending)| pending.refused.is_some());
        refused
            .map(|(id, pending)| {
                pending.refused = None;
                Action::Record(*id, pending.record.clone())
            })
            .collect()
    }
}

#[cfg(feature = "inspect")]
impl Records {
    pub(super) fn inspect(&self, states: &mut crate::inspect::States) {
        use crate::inspect::State;
        states.add_if(!self.pending.is_empty(), State::RecordsPending);
        states.add_if(self.full.is_some(), State::RecordsDiskFull);
        states.add_if(self.blocked_by().is_some(), State::RecordsRefused);
    }
}
