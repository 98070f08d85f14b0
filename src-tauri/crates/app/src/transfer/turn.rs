//! One transfer at a time sends: all share one address, one budget of requests and one disk.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use waybill_engine::transfer::{Hold, Transfer, View};
use waybill_model::{Phase, PhaseGroup, WaitReason};

use crate::interface::TurnState;

/// The queue for turns.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Semaphore>);

/// The holder may send; when it is dropped, the next one may.
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

/// How a transfer stands with its own turn.
pub(super) enum OwnTurn {
    None,
    /// It waits for its turn, which will come.
    Asked,
    Held(#[allow(dead_code, reason = "it is the transfer's turn as long as this lives")] Turn),
}

impl OwnTurn {
    pub(super) fn is_held(&self) -> bool {
        match self {
            Self::Held(_) => true,
            Self::None | Self::Asked => false,
        }
    }

    /// Returns what people see of it.
    pub(super) fn state(&self, view: &View) -> TurnState {
        match self {
            Self::Held(_) => TurnState::Has,
            Self::None | Self::Asked if wants(view) => TurnState::Waits,
            Self::None | Self::Asked => TurnState::None,
        }
    }
}

/// Returns whether it would run if it had its turn. Never together with [`lets_go`].
pub(super) fn wants(view: &View) -> bool {
    let works = view.phase.needs().turn || view.phase == Phase::Checked;
    works && !view.given_up && !rests(view)
}

/// Returns whether the transfer does nothing that needs its turn, so that the next one may have it.
pub(super) fn lets_go(machine: &Transfer) -> bool {
    let view = machine.view();
    // A reply still to come may change what it waits for.
    let may_wait_for_another_thing = matches!(view.hold, Hold::Waiting { .. }) && machine.is_awaiting_an_answer();
    // An order to send or resume takes effect only when the journal has it.
    rests(&view) && !may_wait_for_another_thing && view.in_flight == 0 && !machine.is_recording()
}

/// Returns whether nothing happens before the person decides, or only what needs no turn.
fn rests(view: &View) -> bool {
    match view.hold {
        Hold::Paused | Hold::Stopped(_) => true,
        // Without its numbers the folder is checked again.
        Hold::Running => match view.phase.group() {
            PhaseGroup::Preparing => view.phase == Phase::Checked && view.check_totals.is_some(),
            PhaseGroup::Opening | PhaseGroup::Sending => false,
            PhaseGroup::Closing | PhaseGroup::Over(_) => true,
        },
        // These may last for days, and concern only this transfer.
        Hold::Waiting { reason: WaitReason::FolderGone | WaitReason::DifferentPerson, .. } => true,
        Hold::Waiting { .. } => false,
    }
}

#[cfg(test)]
mod tests;
