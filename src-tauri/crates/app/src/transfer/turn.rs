//! One transfer at a time sends: they share one address, one budget of requests and one disk.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use waybill_engine::transfer::{Event, Hold, Transfer, View};
use waybill_model::{Phase, WaitReason};

use crate::interface::TurnState;

/// Where turns are waited for.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Semaphore>);

/// Whoever holds it may send; dropped, the next one may.
pub(crate) struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }

    pub(crate) async fn wait(&self) -> Turn {
        // The semaphore is never closed.
        Turn { _permit: Arc::clone(&self.0).acquire_owned().await.ok() }
    }
}

/// How a transfer stands with its turn. `parked`: what its machine gets as soon as it has the turn.
pub(super) fn state(has: bool, view: &View, parked: &[Event]) -> TurnState {
    let goes_on = match view.hold {
        // What is over does nothing with its turn.
        _ if view.phase.is_final() => false,
        // What is paused stays so at its turn, unless the person has said otherwise since.
        Hold::Paused => parked.iter().any(|event| matches!(event, Event::Resume | Event::GiveUp)),
        Hold::Running | Hold::Waiting { .. } | Hold::Stopped(_) => !parked.is_empty(),
    };
    match (has, goes_on) {
        (true, _) => TurnState::Has,
        (false, true) => TurnState::Waits,
        (false, false) => TurnState::None,
    }
}

/// Whether the transfer does nothing that needs its turn, so that the next one may have it.
pub(super) fn lets_go(machine: &Transfer) -> bool {
    let view = machine.view();
    let rests = match view.hold {
        Hold::Paused | Hold::Stopped(_) => true,
        Hold::Running => view.phase == Phase::Checked || view.phase >= Phase::HandingOver,
        // These may last for days, and are this transfer's own. An answer still to come may change for what it waits.
        Hold::Waiting { reason: WaitReason::FolderGone | WaitReason::DifferentPerson, .. } => {
            !machine.is_awaiting_an_answer()
        }
        Hold::Waiting { .. } => false,
    };
    // What was told to send or to go on does so only when the journal has it, and rests until then.
    rests && view.in_flight == 0 && !machine.is_recording()
}

#[cfg(test)]
mod tests {
    use waybill_engine::transfer::{Action, CheckTotals, HashTotals, RecordId, Restored, Settings};
    use waybill_model::service::RequestBudget;
    use waybill_model::{Code, LocalFault, Progress, Reply, Timestamp};

    use super::*;

    fn view(phase: Phase, hold: Hold) -> View {
        let (progress, set_aside, in_flight, check, checks) = (Progress::default(), 0, 0, None, None);
        View { phase, hold, progress, set_aside, in_flight, check, checks }
    }

    #[test]
    fn what_is_paused_waits_for_no_turn_before_the_person_wants_it_to_go_on() {
        let parked = [Event::Started];
        let of = |hold, parked: &[Event]| state(false, &view(Phase::Sending, hold), parked);
        assert_eq!(of(Hold::Running, &[]), TurnState::None);
        assert_eq!(of(Hold::Running, &parked), TurnState::Waits);
        assert_eq!(of(Hold::Paused, &parked), TurnState::None);
        assert_eq!(of(Hold::Paused, &[Event::Started, Event::Resume]), TurnState::Waits);
        assert_eq!(of(Hold::Stopped(Code::ItemsSetAside), &[Event::TryAgain]), TurnState::Waits);
        assert_eq!(state(true, &view(Phase::Sending, Hold::Paused), &[]), TurnState::Has, "something is in flight");
    }

    #[test]
    fn what_was_cancelled_before_its_turn_waits_for_it_no_more() {
        let cancelled = view(Phase::Cancelled, Hold::Running);
        assert_eq!(state(false, &cancelled, &[Event::Send { accept_left_out: true }]), TurnState::None);
    }

    /// A machine that was walked and checked.
    fn checked() -> Transfer {
        let restored = Restored {
            phase: Phase::Walking,
            paused: false,
            start_intended: None,
            register_intended: None,
            given_up: false,
            progress: Progress::default(),
            set_aside: 0,
            accepted_left_out: false,
            seed: 1,
        };
        let budget = RequestBudget { limit: 10_000, window_seconds: 300, share_percent: 50 };
        let settings = Settings { parallel: 1, budget, api_request_seconds: 180 };
        let mut machine = Transfer::new(restored, settings, NOW);
        machine.handle(Event::Started, NOW);
        assert!(!lets_go(&machine), "it walks");
        record(&mut machine, Event::CheckDone(CheckTotals { items: 1, bytes: 1, left_out: 0, blocked: None }));
        machine
    }

    const NOW: Timestamp = Timestamp(1_000_000);

    /// What the machine wants to be recorded for this event.
    fn wanted(machine: &mut Transfer, event: Event) -> Vec<RecordId> {
        let actions = machine.handle(event, NOW);
        actions.iter().filter_map(|action| if let Action::Record(id, _) = action { Some(*id) } else { None }).collect()
    }

    /// Gives the event, and the journal's word for whatever it asks to be recorded.
    fn record(machine: &mut Transfer, event: Event) {
        let mut records = wanted(machine, event);
        while let Some(id) = records.pop() {
            records.extend(wanted(machine, Event::Recorded(id)));
        }
    }

    #[test]
    fn what_was_told_to_send_or_to_go_on_keeps_its_turn_until_the_journal_has_it() {
        let mut machine = checked();
        assert!(lets_go(&machine), "it is the person's turn now");
        let records = wanted(&mut machine, Event::Send { accept_left_out: false });
        assert!(!lets_go(&machine), "it was told to send");
        for id in records {
            machine.handle(Event::Recorded(id), NOW);
        }
        assert_eq!((machine.view().phase, lets_go(&machine)), (Phase::Hashing, false));
        record(&mut machine, Event::Pause);
        assert!(lets_go(&machine));
        let records = wanted(&mut machine, Event::Resume);
        assert!(!lets_go(&machine), "it was told to go on");
        for id in records {
            machine.handle(Event::Recorded(id), NOW);
        }
        assert_eq!((machine.view().hold, lets_go(&machine)), (Hold::Running, false));
    }

    #[test]
    fn whoever_waits_for_a_person_keeps_the_turn_until_the_last_answer_has_come() {
        let mut machine = checked();
        record(&mut machine, Event::Send { accept_left_out: false });
        record(&mut machine, Event::HashDone(Ok(HashTotals { items: 1, bytes: 1, left_out: 0 })));
        assert_eq!(machine.view().phase, Phase::Starting, "what the service holds is read");
        machine.handle(Event::SessionLost(WaitReason::DifferentPerson), NOW);
        assert!(matches!(machine.view().hold, Hold::Waiting { reason: WaitReason::DifferentPerson, .. }));
        assert!(!lets_go(&machine), "the answer may be that the service cannot be reached");
        let refused = Reply::NotSent(LocalFault::Blocked(WaitReason::DifferentPerson));
        record(&mut machine, Event::TruthRead(refused));
        assert!(lets_go(&machine));
    }

    #[tokio::test]
    async fn the_next_one_has_its_turn_when_the_first_lets_go() {
        let turns = Turns::new();
        let first = turns.wait().await;
        let mut second = std::pin::pin!(turns.wait());
        assert!(futures_poll(second.as_mut()).await.is_none());
        drop(first);
        assert!(futures_poll(second.as_mut()).await.is_some());
    }

    async fn futures_poll<F: Future + Unpin>(future: F) -> Option<F::Output> {
        tokio::select! { biased; output = future => Some(output), () = tokio::task::yield_now() => None }
    }
}
