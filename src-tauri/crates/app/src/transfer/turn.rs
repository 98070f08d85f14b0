//! One transfer at a time sends: they share one address, one budget of requests and one disk.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use waybill_engine::transfer::{Event, Hold, View};

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

#[cfg(test)]
mod tests {
    use waybill_model::{Code, Phase, Progress};

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
