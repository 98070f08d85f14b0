//! Which states, events and transitions were visited.

use std::collections::{BTreeMap, BTreeSet};

use waybill_engine::inspect::{State, States};
use waybill_engine::permit::PermitEvent;
use waybill_engine::session::SessionEvent;
use waybill_engine::transfer::Event;
use waybill_model::Phase;

/// The kinds of events, of all three machines.
pub(crate) const EVENTS: [&str; 50] = [
    "Started",
    "WalkDone",
    "CheckDone",
    "Send",
    "FolderCompared",
    "HashDone",
    "StartReplied",
    "TruthRead",
    "RegisterReplied",
    "MatchesRead",
    "ItemsLoaded",
    "ItemsCounted",
    "ObjectReplied",
    "Recorded",
    "NotRecorded",
    "ItemChanged",
    "FolderGone",
    "FolderBack",
    "SessionReady",
    "SessionLost",
    "Probed",
    "NetworkBack",
    "Woke",
    "TimeReached",
    "Pause",
    "Resume",
    "Cancel",
    "TryAgain",
    "GiveUp",
    "Turn",
    "ChecksRead",
    "ReceiptWritten",
    "session: Loaded",
    "session: SignedIn",
    "session: Refreshed",
    "session: Wanted",
    "session: Distrusted",
    "session: SignedOut",
    "session: TimeReached",
    "session: Woke",
    "session: NetworkBack",
    "permit: Wanted",
    "permit: Fetched",
    "permit: Refused",
    "permit: Accepted",
    "permit: SessionReady",
    "permit: SessionLost",
    "permit: TimeReached",
    "permit: Woke",
    "permit: NetworkBack",
];

/// How many of [`EVENTS`] are the transfer's.
pub(crate) const OF_THE_TRANSFER: usize = 32;

pub(crate) fn of_transfer(event: &Event) -> usize {
    match event {
        Event::Started => 0,
        Event::WalkDone(_) => 1,
        Event::CheckDone(_) => 2,
        Event::Send { .. } => 3,
        Event::FolderCompared(_) => 4,
        Event::HashDone(_) => 5,
        Event::StartReplied(_) => 6,
        Event::TruthRead(_) => 7,
        Event::RegisterReplied(_) => 8,
        Event::MatchesRead(_) => 9,
        Event::ItemsLoaded { .. } => 10,
        Event::ItemsCounted { .. } => 11,
        Event::ObjectReplied { .. } => 12,
        Event::Recorded(_) => 13,
        Event::NotRecorded(..) => 14,
        Event::ItemChanged(..) => 15,
        Event::FolderGone => 16,
        Event::FolderBack => 17,
        Event::SessionReady => 18,
        Event::SessionLost(_) => 19,
        Event::Probed { .. } => 20,
        Event::NetworkBack => 21,
        Event::Woke => 22,
        Event::TimeReached => 23,
        Event::Pause => 24,
        Event::Resume => 25,
        Event::Cancel => 26,
        Event::TryAgain => 27,
        Event::GiveUp => 28,
        Event::Turn(_) => 29,
        Event::ChecksRead(_) => 30,
        Event::ReceiptWritten(_) => 31,
    }
}

pub(crate) fn of_session(event: &SessionEvent) -> usize {
    match event {
        SessionEvent::Loaded(_) => 32,
        SessionEvent::SignedIn(_) => 33,
        SessionEvent::Refreshed(_) => 34,
        SessionEvent::Wanted => 35,
        SessionEvent::Distrusted => 36,
        SessionEvent::SignedOut => 37,
        SessionEvent::TimeReached => 38,
        SessionEvent::Woke => 39,
        SessionEvent::NetworkBack => 40,
    }
}

pub(crate) fn of_permit(event: &PermitEvent) -> usize {
    match event {
        PermitEvent::Wanted => 41,
        PermitEvent::Fetched(_) => 42,
        PermitEvent::Refused { .. } => 43,
        PermitEvent::Accepted { .. } => 44,
        PermitEvent::SessionReady => 45,
        PermitEvent::SessionLost(_) => 46,
        PermitEvent::TimeReached => 47,
        PermitEvent::Woke => 48,
        PermitEvent::NetworkBack => 49,
    }
}

/// How often which state met which kind of event, and which phase followed which.
pub(crate) struct Visits {
    states: Vec<[u64; EVENTS.len()]>,
    phases: [[u64; OF_THE_TRANSFER]; Phase::ALL.len()],
    pub(crate) transitions: BTreeMap<(Phase, Phase), u64>,
}

impl Visits {
    pub(crate) fn new() -> Self {
        Self {
            states: vec![[0; EVENTS.len()]; State::ALL.len()],
            phases: [[0; OF_THE_TRANSFER]; Phase::ALL.len()],
            transitions: BTreeMap::new(),
        }
    }

    /// The machine was in these states when the event came.
    pub(crate) fn note(&mut self, states: States, event: usize) {
        for state in states.iter() {
            self.states[state as usize][event] += 1;
        }
    }

    pub(crate) fn note_phase(&mut self, phase: Phase, event: usize) {
        self.phases[phase as usize][event] += 1;
    }

    pub(crate) fn note_transition(&mut self, from: Phase, to: Phase) {
        if from != to {
            *self.transitions.entry((from, to)).or_default() += 1;
        }
    }

    pub(crate) fn states_missed(&self) -> Vec<State> {
        State::ALL
            .iter()
            .copied()
            .filter(|state| self.states[*state as usize].iter().all(|count| *count == 0))
            .collect()
    }

    /// The pairs of a phase and a kind of event that never met.
    pub(crate) fn phases_missed(&self) -> BTreeSet<(Phase, &'static str)> {
        let events = |phase: Phase| (0..OF_THE_TRANSFER).filter(move |event| self.phases[phase as usize][*event] == 0);
        Phase::ALL.into_iter().flat_map(|phase| events(phase).map(move |event| (phase, EVENTS[event]))).collect()
    }

    /// How many pairs of a state and a kind of event were met.
    pub(crate) fn pairs(&self) -> usize {
        self.states.iter().flatten().filter(|count| **count > 0).count()
    }
}
