//! The parts of one multipart upload.

use std::collections::BTreeMap;

use waybill_model::{PartNumber, PartPlan, Steady, Timestamp};

use super::UploadWork;
use super::intent::Intent;

/// One multipart upload of an item: which parts the journal holds and which may be sent.
///
/// Invariant: a part goes from `Open` to `Flying`, `Recording` and `Held`, and back to `Open` only when a request
/// failed or the store has forgotten the parts.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    abort_at: Option<Timestamp>,
    parts: Vec<Part>,
    /// No part before this one is open.
    first_open: usize,
    not_held: usize,
    failures: BTreeMap<PartNumber, Failures>,
    pub(super) completion: Intent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Open,
    Flying,
    /// The store has it, but the journal does not know that yet.
    Recording,
    Held,
}

#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    attempts: u8,
    mismatches: u8,
    /// `None`: at once.
    not_before: Option<Steady>,
}

impl Upload {
    /// Returns a new upload.
    pub(super) fn new(plan: PartPlan, abort_at: Option<Timestamp>) -> Self {
        let count = usize::from(plan.count());
        Self {
            abort_at,
            parts: vec![Part::Open; count],
            first_open: 0,
            not_held: count,
            failures: BTreeMap::new(),
            completion: Intent::None,
        }
    }

    /// Returns an upload that the journal holds.
    pub(super) fn restored(plan: PartPlan, work: &UploadWork) -> Self {
        let mut upload = Self::new(plan, work.abort_at);
        upload.completion = Intent::restored(work.completion_attempted);
        for part in &work.acknowledged {
            upload.set(*part, Part::Held);
        }
        upload
    }

    pub(super) fn all_held(&self) -> bool {
        self.not_held == 0
    }

    /// Returns the bytes of the parts that the journal holds.
    pub(super) fn held_bytes(&self, plan: PartPlan) -> u64 {
        let held = |(part, range): (PartNumber, waybill_model::ByteRange)| {
            (self.parts.get(index(part)) == Some(&Part::Held)).then_some(range.len)
        };
        plan.ranges().filter_map(held).sum()
    }

    /// Whether the store has certainly not discarded it because of its age at this time.
    pub(super) fn not_aged(&self, at: Timestamp) -> bool {
        self.abort_at.is_some_and(|abort_at| at < abort_at)
    }

    /// Returns the next part to send. With `ignore_delays`, delays after failures are ignored.
    pub(super) fn next_part(&self, now: Steady, ignore_delays: bool) -> Option<PartNumber> {
        let open = self.open_parts();
        open.into_iter().find(|part| ignore_delays || self.not_before(*part).is_none_or(|at| at <= now))
    }

    /// Returns when the first of the parts that have to wait may be sent.
    pub(super) fn next_time(&self) -> Option<Steady> {
        self.failures
            .iter()
            .filter(|(part, _)| self.is(**part, Part::Open))
            .filter_map(|(_, kept)| kept.not_before)
            .min()
    }

    pub(super) fn fly(&mut self, part: PartNumber) {
        self.set(part, Part::Flying);
        while self.parts.get(self.first_open).is_some_and(|part| *part != Part::Open) {
            self.first_open += 1;
        }
    }

    /// Notes that the store has the part. Returns whether that is to be recorded.
    pub(super) fn stored(&mut self, part: PartNumber) -> bool {
        let news = self.is(part, Part::Flying);
        if news {
            self.set(part, Part::Recording);
        }
        news
    }

    /// Opens the part again after a request that failed.
    pub(super) fn reopen(&mut self, part: PartNumber) {
        if self.is(part, Part::Flying) {
            self.set(part, Part::Open);
            self.first_open = self.first_open.min(index(part));
        }
    }

    /// Notes that the journal holds the part. Returns whether that is news.
    pub(super) fn held(&mut self, part: PartNumber) -> bool {
        let news = self.is(part, Part::Recording);
        if news {
            self.set(part, Part::Held);
            self.failures.remove(&part);
        }
        news
    }

    /// Opens all parts again, in the same upload. Without its parts it cannot have been completed, and the journal
    /// forgets the attempt with them: the next one needs its own intent.
    pub(super) fn forget_parts(&mut self) {
        self.completion = Intent::None;
        self.parts.fill(Part::Open);
        self.first_open = 0;
        self.not_held = self.parts.len();
        self.failures.clear();
    }

    /// Spends an attempt of the part. Returns how many it has spent.
    pub(super) fn spend(&mut self, part: PartNumber) -> u8 {
        let kept = self.failures.entry(part).or_default();
        kept.attempts = kept.attempts.saturating_add(1);
        kept.attempts
    }

    /// Counts a refusal of the part's content. Returns how many there were.
    pub(super) fn differs(&mut self, part: PartNumber) -> u8 {
        let kept = self.failures.entry(part).or_default();
        kept.mismatches = kept.mismatches.saturating_add(1);
        kept.mismatches
    }

    pub(super) fn delay(&mut self, part: PartNumber, until: Steady) {
        self.failures.entry(part).or_default().not_before = Some(until);
    }

    fn not_before(&self, part: PartNumber) -> Option<Steady> {
        self.failures.get(&part).and_then(|kept| kept.not_before)
    }

    fn open_parts(&self) -> impl IntoIterator<Item = PartNumber> {
        let later = self.parts.iter().enumerate().skip(self.first_open);
        later.filter(|(_, part)| **part == Part::Open).filter_map(|(index, _)| number(index))
    }

    fn is(&self, part: PartNumber, state: Part) -> bool {
        self.parts.get(index(part)) == Some(&state)
    }

    fn set(&mut self, part: PartNumber, state: Part) {
        if let Some(slot) = self.parts.get_mut(index(part)) {
            match (*slot == Part::Held, state == Part::Held) {
                (false, true) => self.not_held -= 1,
                (true, false) => self.not_held += 1,
                (false, false) | (true, true) => {}
            }
            *slot = state;
        }
    }
}

fn index(part: PartNumber) -> usize {
    usize::from(part.get() - 1)
}

fn number(index: usize) -> Option<PartNumber> {
    u16::try_from(index + 1).ok().and_then(PartNumber::new)
}

#[cfg(feature = "inspect")]
impl Upload {
    pub(super) fn inspect(&self, states: &mut crate::inspect::States) {
        use crate::inspect::State;
        for part in &self.parts {
            states.add(match part {
                Part::Open => State::PartOpen,
                Part::Flying => State::PartFlying,
                Part::Recording => State::PartRecording,
                Part::Held => State::PartHeld,
            });
        }
        states.add_if(self.completion == Intent::Recorded, State::CompletionRecorded);
        states.add_if(self.completion == Intent::MaybeDone, State::CompletionMaybeDone);
    }
}
