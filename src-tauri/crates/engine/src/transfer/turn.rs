//! When a transfer needs its turn: only one at a time walks, reads and sends.

use waybill_model::{Phase, PhaseGroup, WaitReason};

use super::{Hold, Transfer, View};

/// Returns whether it would run if it had its turn. Never together with [`lets_go`].
#[must_use]
pub fn wants_turn(view: &View) -> bool {
    let works = view.phase.needs().turn || view.phase == Phase::Checked;
    works && !view.given_up && !rests(view)
}

/// Returns whether the transfer does nothing that needs its turn, so that the next one may have it.
#[must_use]
pub fn lets_go(machine: &Transfer) -> bool {
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
        // These may last for days, and concern only this transfer. One that is tried again needs the turn for that.
        Hold::Waiting { reason: WaitReason::FolderGone | WaitReason::DifferentPerson, next_try: None, .. } => true,
        Hold::Waiting { .. } => false,
    }
}
