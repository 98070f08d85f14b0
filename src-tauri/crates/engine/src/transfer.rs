//! One transfer, from the walk to the receipt.
//!
//! Owner: the controller's one task. It passes every event to [`Transfer::handle`] and runs the actions that come back.
//!
//! Invariants, each held by a test:
//! * Whatever the journal must hold is recorded first ([`Action::Record`]) and counts only once [`Event::Recorded`]
//!   confirms it: phases, acknowledgements, progress, and the intent of every request that cannot be repeated.
//! * A part that the journal holds is not sent again, unless the store has forgotten it.
//! * Waiting states spend no attempt. While waiting, one request at a time goes out to see whether the wait is over.
//! * Replies to requests and records that are no longer known are ignored.
//!
//! Crash behaviour: a machine made from what the journal holds ([`Restored`]) resumes where it was. Requests that were
//! in flight are sent again, or their outcome is read back if they must not be repeated.
//!
//! The phases and their files: `preparing` (Walking, Checked, Hashing), `registering` (Starting, Registering,
//! Confirming), `sending` (Sending, with `item`, `upload` and `pace`), `finishing` (Settling to the end). `stage` knows
//! how far the work of the phase is, `order` and `send_order` what the person wants, `calls` the one call in flight in
//! every phase but Sending, `waits` what keeps the machine waiting, `records` what is on its way into the journal, `turn`
//! whether it needs its turn, and `hold_table` which holds each phase can have.

mod calls;
mod failures;
mod finishing;
mod hold_table;
mod intent;
mod interface;
mod item;
mod order;
mod pace;
mod preparing;
mod records;
mod registering;
mod send_order;
mod sending;
mod stage;
mod turn;
mod upload;
mod waits;

#[cfg(test)]
mod tests;

pub use hold_table::is_possible_hold;
pub use interface::{
    Action, CheckTotals, Event, HashTotals, Hold, ItemWork, ObjectReply, Op, RecordId, Registration, Request,
    RequestToken, Restored, UploadWork, View,
};
pub use turn::{lets_go, wants_turn};

use waybill_model::service::{Repeat, RequestBudget};
use waybill_model::{CheckProgress, Code, Now, Phase, Progress, Record, Steady, TransferRecord};

use crate::route::{self, Route};
use calls::{Call, Calls};
use order::Order;
use records::Records;
use registering::Intents;
use send_order::SendOrder;
use sending::Sending;
use stage::{Stage, Then};
use waits::Waits;

/// What the profile of a service says about sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many requests may run in parallel; at least 1.
    pub parallel: u8,
    /// How many requests may go out in a period of time.
    pub budget: RequestBudget,
    /// The time after which the API has certainly finished or dropped a request, in seconds.
    pub api_request_seconds: u64,
    /// How uploads are opened and closed.
    pub route: Route,
    /// What sending a file again does after its reply was lost.
    pub repeat: Repeat,
}

/// The machine of one transfer.
#[derive(Debug)]
pub struct Transfer {
    settings: Settings,
    now: Now,
    /// [`Event::Started`] has arrived.
    started: bool,
    /// It is this transfer's turn.
    turn: bool,
    phase: Phase,
    stage: Stage,
    pause_order: Order,
    give_up_order: Order,
    send_order: SendOrder,
    progress: Progress,
    set_aside: u64,
    check: Option<CheckTotals>,
    checks: Option<CheckProgress>,
    folder_name: String,
    intents: Intents,
    records: Records,
    waits: Waits,
    calls: Calls,
    sending: Sending,
    actions: Vec<Action>,
    alarm: Option<Steady>,
}

impl Transfer {
    /// Returns a machine that resumes where the journal stands. It does nothing before [`Event::Started`].
    #[must_use]
    #[allow(
        clippy::needless_pass_by_value,
        reason = "the machine takes over what was restored: no other machine may continue from it"
    )]
    pub fn new(restored: Restored, settings: Settings, now: Now) -> Self {
        let seed = restored.seed;
        Self {
            settings,
            now,
            started: false,
            turn: true,
            phase: restored.phase,
            stage: Stage::ENTERING,
            pause_order: Order::restored(restored.paused),
            give_up_order: Order::restored(restored.given_up),
            send_order: SendOrder::restored(&restored),
            progress: restored.progress,
            set_aside: restored.set_aside,
            check: None,
            checks: None,
            intents: Intents::restored(&restored, &settings, now.steady),
            folder_name: restored.folder_name,
            records: Records::new(seed ^ 1),
            waits: Waits::new(seed ^ 2, settings.budget),
            calls: Calls::new(),
            sending: Sending::new(seed ^ 3, settings.parallel, restored.bytes_per_second),
            actions: Vec::new(),
            alarm: None,
        }
    }

    /// Handles one event. Returns what to do, in order.
    pub fn handle(&mut self, event: Event, now: Now) -> Vec<Action> {
        self.now = now;
        self.waits.end_folder_wait(now.steady);
        self.take_event(event);
        self.give_up_when_quiet();
        self.pump();
        self.set_alarm();
        std::mem::take(&mut self.actions)
    }

    /// Returns what a person may see, as of the last event.
    #[must_use]
    pub fn view(&self) -> View {
        View {
            phase: self.phase,
            hold: self.hold(),
            given_up: self.give_up_order.is_wanted(),
            progress: self.progress,
            set_aside: self.set_aside,
            in_flight: self.sending.in_flight(),
            check_totals: self.check,
            service_checks: self.checks,
        }
    }

    /// Whether a decision is on its way into the journal, or will be retried without a person: [`view`](Self::view) is
    /// about to change. What the journal refused for any reason other than a full disk waits for a person.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.records.is_under_way()
    }

    /// Whether the service or this computer was asked for something that decides what comes next.
    #[must_use]
    pub fn is_awaiting_an_answer(&self) -> bool {
        self.calls.is_any_in_flight()
    }

    /// Returns the states that the machine is in.
    #[cfg(feature = "inspect")]
    #[must_use]
    pub fn inspect(&self) -> crate::inspect::States {
        use crate::inspect::{State, States};
        let mut states = States::default();
        states.add(self.stage.inspect());
        states.add_if(self.pause_order.is_held(), State::Paused);
        if let Order::Recording { says, wanted } = self.pause_order {
            states.add(if says == wanted { State::PauseRecording } else { State::PauseChangedMind });
        }
        states.add_if(self.give_up_order.is_held(), State::GivenUp);
        states.add_if(matches!(self.give_up_order, Order::Recording { .. }), State::GivingUpRecording);
        states.add(match self.send_order {
            SendOrder::None => State::SendOrderNone,
            SendOrder::Early { .. } => State::SendOrderEarly,
            SendOrder::Given { recheck: true, .. } => State::SendOrderToCompare,
            SendOrder::Given { recheck: false, .. } => State::SendOrderGiven,
            SendOrder::Void => State::SendOrderVoid,
        });
        self.intents.inspect(&mut states);
        self.records.inspect(&mut states);
        self.waits.inspect(&mut states);
        self.calls.inspect(&mut states);
        self.sending.inspect(&mut states);
        states
    }

    fn take_event(&mut self, event: Event) {
        if self.phase.is_final() {
            return self.take_event_after_the_end(&event);
        }
        match event {
            Event::Started => self.started = true,
            Event::WalkDone(result) => self.walk_done(result),
            Event::CheckDone(totals) => self.check_done(totals),
            Event::Send { agreed, given } => self.send_wanted(agreed, given),
            Event::FolderCompared(result) => self.folder_compared(result),
            Event::HashDone(result) => self.hash_done(result),
            Event::StartReplied(reply) => self.start_replied(reply),
            Event::TruthRead(reply) => self.truth_read(reply),
            Event::RegisterReplied(reply) => self.register_replied(reply),
            Event::MatchesRead(reply) => self.matches_read(reply),
            Event::ItemsLoaded { items, last } => self.items_loaded(items, last),
            Event::ItemsCounted { progress, set_aside } => self.items_counted(progress, set_aside),
            Event::ObjectReplied { token, reply } => self.object_replied(token, reply),
            Event::Recorded(id) => self.recorded(id),
            Event::NotRecorded(id, code) => self.not_recorded(id, code),
            Event::ItemChanged(item, code) => self.item_changed(item, code),
            Event::FolderGone => self.folder_gone(),
            Event::FolderBack => self.waits.folder_back(self.now.steady),
            Event::SessionReady => self.waits.session_ready(self.now.steady),
            Event::SessionLost(reason) => self.waits.session_lost(reason, self.now.steady),
            Event::Probed { other, upload } => self.probed(other, upload),
            Event::NetworkBack => self.waits.try_now(self.now.steady),
            Event::Woke => self.woke(),
            Event::TimeReached => self.alarm = None,
            Event::Pause => self.pause(),
            Event::Resume => self.resume(),
            Event::Cancel => self.cancel(),
            Event::TryAgain => self.try_again(),
            Event::GiveUp => self.give_up(),
            Event::Turn(turn) => self.turn = turn,
            Event::ChecksRead(reply) => self.checks_read(reply),
            Event::ReceiptWritten(result) => self.receipt_written(result),
        }
    }

    /// After the end, only records and requests that are still on their way are completed.
    fn take_event_after_the_end(&mut self, event: &Event) {
        if let Event::Started = event {
            self.started = true;
        } else if let Event::Recorded(id) = event {
            self.recorded(*id);
        } else if let Event::NotRecorded(id, code) = event {
            self.not_recorded(*id, *code);
        } else if let Event::ObjectReplied { token, .. } = event {
            self.sending.forget_flight(*token);
        }
    }

    /// Does everything that can be done now.
    fn pump(&mut self) {
        self.actions.extend(self.records.retry_due(self.now.steady));
        if !self.started && !self.phase.is_final() {
            return;
        }
        let held = self.pause_order.is_in_force() || self.stopped().is_some() || !self.stage.may_work();
        if held && !self.phase.is_final() || self.records.is_disk_full() {
            return;
        }
        if self.calls.is_wanted(Call::WriteReceipt) {
            return self.pump_calls();
        }
        if self.is_giving_up() {
            return;
        }
        if !self.turn && self.needs_turn() {
            return;
        }
        if let Some(stop) = self.stage.start() {
            self.enter(stop);
        }
        if self.phase == Phase::Sending && self.stage.may_work() {
            self.pump_sending();
        } else {
            self.pump_calls();
        }
    }

    /// Starts the work of the phase: when it is entered, when the program has started, and after each stop. Stops with
    /// the code, if there is one.
    fn enter(&mut self, stop: Option<Code>) {
        match self.phase {
            Phase::Walking => self.enter_walking(),
            Phase::Checked => self.enter_checked(stop.is_some()),
            Phase::Hashing => self.enter_hashing(),
            Phase::Starting => self.enter_starting(),
            Phase::Registering => self.enter_registering(),
            Phase::Confirming => self.enter_confirming(),
            Phase::Sending => {}
            Phase::Settling => self.enter_settling(),
            Phase::HandingOver => self.enter_handing_over(),
            Phase::BeingChecked => self.enter_being_checked(),
            Phase::Finished | Phase::GivenUp | Phase::Cancelled => self.actions.push(Action::Close),
        }
        if let Some(code) = stop {
            self.stop(code);
        }
    }

    /// Records the phase that follows this one.
    fn advance(&mut self) {
        self.advance_then(Then::Work);
    }

    fn advance_then(&mut self, then: Then) {
        self.leave(route::after(self.settings.route, self.phase), then);
    }

    /// Leaves for a phase of sending or closing. Writes the receipt first if that phase is the last.
    fn conclude(&mut self, to: Phase) {
        if to.is_final() {
            self.calls.plan(Call::WriteReceipt, self.now.steady);
            self.pump_calls();
        } else {
            self.go_to(to);
        }
    }

    /// Records a phase other than the one that follows.
    fn go_to(&mut self, phase: Phase) {
        self.leave(phase, Then::Work);
    }

    /// Records another phase, which is entered when the journal holds it.
    fn leave(&mut self, to: Phase, then: Then) {
        self.forget_calls();
        self.stage.leave(to, then);
        self.record(TransferRecord::Phase(to));
    }

    /// Stops until the person does something.
    fn stop(&mut self, code: Code) {
        self.calls.forget_plan();
        self.stage.stop(code);
    }

    fn record(&mut self, record: impl Into<Record>) {
        let action = self.records.add(record.into());
        self.actions.push(action);
    }

    /// The one place where a decision becomes true.
    fn recorded(&mut self, id: RecordId) {
        let Some(record) = self.records.recorded(id) else { return };
        match record {
            Record::Item(item, record) => self.item_recorded(item, &record),
            Record::Transfer(record) => self.transfer_recorded(record),
        }
    }

    fn transfer_recorded(&mut self, record: TransferRecord) {
        match record {
            TransferRecord::Phase(phase) => self.phase_recorded(phase),
            TransferRecord::Paused(_) => self.pause_recorded(),
            TransferRecord::GivenUp => self.give_up_recorded(),
            TransferRecord::StartIntended(_) => self.intents.start_recorded(),
            TransferRecord::RegisterIntended(_) => self.intents.register_recorded(),
            TransferRecord::AcceptedLeftOut(_) | TransferRecord::StartNotDone | TransferRecord::RegisterNotDone => {}
            TransferRecord::AllBackInQueue => self.all_back_in_queue(),
        }
    }

    fn not_recorded(&mut self, id: RecordId, code: Code) {
        self.records.refused(id, code, self.now.steady);
    }

    fn phase_recorded(&mut self, phase: Phase) {
        self.phase = phase;
        self.forget_calls();
        if phase == Phase::Sending {
            self.sending.count_first();
        }
        if let Some(next) = self.stage.enter() {
            self.record(TransferRecord::Phase(next));
        }
    }

    fn pause(&mut self) {
        if self.phase.is_final() || self.pause_order.is_wanted() || self.is_giving_up() {
            return;
        }
        self.call_off_all();
        self.want_pause(true);
    }

    fn want_pause(&mut self, wanted: bool) {
        if let Some(paused) = self.pause_order.want(wanted) {
            self.record(TransferRecord::Paused(paused));
        }
    }

    fn pause_recorded(&mut self) {
        if let Some(paused) = self.pause_order.recorded() {
            self.record(TransferRecord::Paused(paused));
        }
    }

    fn resume(&mut self) {
        self.want_pause(false);
        if self.stopped().is_some() {
            self.stage.restart();
            self.sending.forget_refusals();
        }
        self.records.retry_now(self.now.steady);
        self.waits.try_now(self.now.steady);
    }

    fn cancel(&mut self) {
        if self.phase.is_final() || self.stage.next_phase().is_some_and(Phase::is_final) {
            return;
        }
        self.call_off_all();
        if let Some(next) = self.stage.cancel() {
            self.forget_calls();
            self.record(TransferRecord::Phase(next));
        }
    }

    fn woke(&mut self) {
        // The timer behind the alarm may have slept too, so the alarm is set again.
        self.alarm = None;
        self.call_off_silent();
        self.waits.try_now(self.now.steady);
    }

    /// Whether the next work walks the folder, reads it or sends. Without the totals of the check, it is another walk.
    fn needs_turn(&self) -> bool {
        let next = if self.phase == Phase::Checked && self.check.is_none() { Phase::Walking } else { self.phase };
        next.needs().turn
    }

    fn hold(&self) -> Hold {
        if self.phase.is_final() {
            return Hold::Running;
        }
        if self.pause_order.is_in_force() {
            return Hold::Paused;
        }
        if let Some(code) = self.stopped() {
            return Hold::Stopped(code);
        }
        let waits = self.records.wait(self.now).or_else(|| self.waits.shown(self.phase.needs(), self.now));
        waits.or_else(|| self.registration_doubt()).unwrap_or(Hold::Running)
    }

    /// Returns what a person has to deal with: a record that the journal refused, or what the phase stopped for.
    fn stopped(&self) -> Option<Code> {
        self.records.blocked_by().or(self.stage.stopped())
    }

    fn set_alarm(&mut self) {
        let held = self.pause_order.is_in_force() || self.stopped().is_some() || !self.started;
        let work =
            if held { Vec::new() } else { vec![self.calls.due(), self.waits.due(self.now.steady), self.sending_due()] };
        let next = work.into_iter().chain([self.records.due()]).flatten().filter(|at| *at > self.now.steady).min();
        if next != self.alarm {
            self.alarm = next;
            self.actions.extend(next.map(Action::WakeAt));
        }
    }
}
