//! The one call in flight, in every phase but Sending.

use std::time::Duration;

use waybill_model::{Role, Steady, WaitReason};

use super::{Action, Transfer};
use crate::classify::{self, Trouble};

/// What a phase calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    WalkAndCheck,
    CompareFolder,
    Hash,
    StartUpload,
    ReadTruth,
    Register,
    ReadMatches,
    ReadChecks,
    WriteReceipt,
}

/// Invariant: at most one call is in flight; a reply to any other is ignored.
#[derive(Debug)]
pub(super) struct Calls {
    in_flight: Option<Call>,
    planned: Option<(Call, Steady)>,
    polls: u32,
}

/// The shortest and the longest time between two polls of something that changes on the server.
const POLL: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

impl Calls {
    pub(super) fn new() -> Self {
        Self { in_flight: None, planned: None, polls: 0 }
    }

    /// Notes that the call was answered. Returns `false` when no such call is in flight.
    pub(super) fn answered(&mut self, call: Call) -> bool {
        if self.in_flight == Some(call) {
            self.in_flight = None;
            return true;
        }
        false
    }

    pub(super) fn is_in_flight(&self, call: Call) -> bool {
        self.in_flight == Some(call)
    }

    /// Whether the call is in flight or planned.
    pub(super) fn is_wanted(&self, call: Call) -> bool {
        self.in_flight == Some(call) || self.planned.is_some_and(|(planned, _)| planned == call)
    }

    fn is_request_in_flight(&self) -> bool {
        self.in_flight.is_some_and(is_request)
    }

    pub(super) fn is_any_in_flight(&self) -> bool {
        self.in_flight.is_some()
    }

    pub(super) fn plan(&mut self, call: Call, at: Steady) {
        self.planned = Some((call, at));
    }

    /// Forgets everything in flight or planned. Replies still to come belong to a phase that is over.
    fn forget(&mut self) {
        *self = Self::new();
    }

    pub(super) fn forget_plan(&mut self) {
        self.planned = None;
    }

    pub(super) fn due(&self) -> Option<Steady> {
        self.planned.filter(|_| self.in_flight.is_none()).map(|(_, at)| at)
    }

    /// Returns the time to the next poll: 1 s, 2 s, 4 s, 8 s, then 10 s.
    fn poll_delay(&mut self) -> Duration {
        let delay = POLL.0.saturating_mul(1 << self.polls.min(4)).min(POLL.1);
        self.polls = self.polls.saturating_add(1);
        delay
    }
}

impl Transfer {
    /// Notes that the call was answered. Returns `false` when no such call is in flight. If it was to show whether a wait
    /// is over, whatever the answer leads to, another one may go out.
    pub(super) fn answered(&mut self, call: Call) -> bool {
        let was_in_flight = self.calls.answered(call);
        if was_in_flight && is_request(call) {
            self.waits.try_was_inconclusive(self.now.steady);
        }
        was_in_flight
    }

    /// Abandons the phase's calls. If the one in flight was to show whether a wait is over, the next one does that
    /// instead.
    pub(super) fn forget_calls(&mut self) {
        if self.calls.is_request_in_flight() {
            self.waits.try_was_inconclusive(self.now.steady);
        }
        self.calls.forget();
    }

    /// Abandons the phase's calls, except for a `startUpload` in flight: only its reply shows that the service will not
    /// start the upload later.
    pub(super) fn forget_calls_but_start(&mut self) {
        if self.calls.is_in_flight(Call::StartUpload) {
            self.calls.forget_plan();
        } else {
            self.forget_calls();
        }
    }

    /// Plans the call for the next poll.
    pub(super) fn poll(&mut self, call: Call) {
        let delay = self.calls.poll_delay();
        self.calls.plan(call, self.now.steady + delay);
    }

    /// Plans the call for when the trouble is over.
    pub(super) fn call_after(&mut self, trouble: Trouble, call: Call) {
        // A refused token is usually replaced within moments.
        let quiet = trouble == Trouble::CalledOff || trouble == Trouble::Token && self.waits.failures() < 2;
        if quiet {
            let delay = self.waits.quiet_delay();
            self.calls.plan(call, self.now.steady + delay);
            return;
        }
        if trouble == Trouble::Wait(WaitReason::FolderGone) && reads_folder(call) {
            // Only its return ends that, and no request shows it.
            self.folder_gone();
            self.calls.plan(call, self.now.steady);
            return;
        }
        let (reason, floor) = trouble.wait(Role::Api);
        self.waits.enter(reason, floor, true, self.now.steady);
        self.calls.plan(call, self.now.steady);
        if trouble == Trouble::Silence && self.waits.probe() {
            self.actions.push(Action::Probe);
        }
    }

    pub(super) fn pump_calls(&mut self) {
        let Some((call, at)) = self.calls.planned else { return };
        let free = self.calls.in_flight.is_none() && self.records.is_empty() && self.stage.may_work();
        if !free || at > self.now.steady || !self.may_call(call) {
            return;
        }
        if let Some(record) = self.intents.missing(call, self.now) {
            self.record(record);
            return;
        }
        if is_request(call) {
            if !self.waits.take_budget(self.now.steady) {
                return;
            }
            self.waits.tried();
        }
        self.calls.planned = None;
        self.calls.in_flight = Some(call);
        self.actions.push(match call {
            Call::WalkAndCheck => Action::WalkAndCheck,
            Call::CompareFolder => Action::CompareFolder,
            Call::Hash => Action::Hash,
            Call::StartUpload => Action::StartUpload,
            Call::ReadTruth => Action::ReadTruth,
            Call::Register => Action::Register,
            Call::ReadMatches => Action::ReadMatches,
            Call::ReadChecks => Action::ReadChecks,
            Call::WriteReceipt => Action::WriteReceipt,
        });
    }

    fn may_call(&self, call: Call) -> bool {
        if reads_folder(call) && self.waits.is_folder_gone() {
            return false;
        }
        match call {
            Call::WalkAndCheck | Call::CompareFolder | Call::Hash => true,
            Call::StartUpload | Call::ReadTruth | Call::Register | Call::ReadMatches | Call::ReadChecks => {
                self.waits.allows_request(self.now.steady)
            }
            Call::WriteReceipt => self.waits.is_due(self.now.steady),
        }
    }

    /// Takes the result of a probe: which addresses answer at all.
    pub(super) fn probed(&mut self, other: bool, upload: bool) {
        if !self.waits.probed() {
            return;
        }
        if self.phase == waybill_model::Phase::Sending {
            self.probed_while_sending(other, upload);
        } else if !other {
            self.name_silence(Role::Api, upload);
        }
    }

    /// Names a wait that began with silence, by what the probe found.
    pub(super) fn name_silence(&mut self, role: Role, other_answers: bool) {
        let silent = classify::unreachable(role);
        let offline = WaitReason::Offline;
        if self.waits.reason().is_some_and(|reason| reason == silent || reason == offline) {
            self.waits.rename(if other_answers { silent } else { offline });
        }
    }
}

/// Whether the call needs the folder. No other call waits for it, whatever its reply says.
fn reads_folder(call: Call) -> bool {
    match call {
        Call::WalkAndCheck | Call::CompareFolder | Call::Hash | Call::Register => true,
        Call::StartUpload | Call::ReadTruth | Call::ReadMatches | Call::ReadChecks | Call::WriteReceipt => false,
    }
}

fn is_request(call: Call) -> bool {
    match call {
        Call::WalkAndCheck | Call::CompareFolder | Call::Hash | Call::WriteReceipt => false,
        Call::StartUpload | Call::ReadTruth | Call::Register | Call::ReadMatches | Call::ReadChecks => true,
    }
}

#[cfg(feature = "inspect")]
impl Calls {
    pub(super) fn inspect(&self, states: &mut crate::inspect::States) {
        use crate::inspect::State;
        states.add_if(self.planned.is_some(), State::CallPlanned);
        let in_flight = self.in_flight.map(|call| match call {
            Call::WalkAndCheck => State::CallWalk,
            Call::CompareFolder => State::CallCompare,
            Call::Hash => State::CallHash,
            Call::StartUpload => State::CallStart,
            Call::ReadTruth => State::CallTruth,
            Call::Register => State::CallRegister,
            Call::ReadMatches => State::CallMatches,
            Call::ReadChecks => State::CallChecks,
            Call::WriteReceipt => State::CallReceipt,
        });
        in_flight.into_iter().for_each(|state| states.add(state));
    }
}
