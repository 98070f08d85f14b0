//! How far the work of the phase is.

use waybill_model::{Code, Phase};

/// How far the work of the phase is. It is always in exactly one of these.
///
/// ```text
/// Entering -> Working -> Leaving -> Entering of the next phase
///     ^          |  \
///     |          |   `-> Leaving (cancelled)
///     |          v
///     +------ Stopped
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The work has not started. With a code, it stops with that code as soon as it starts.
    Entering(Option<Code>),
    /// The work has started.
    Working,
    /// Nothing happens until a person does something.
    Stopped(Code),
    /// The record of another phase is under way.
    Leaving {
        /// That phase.
        to: Phase,
        /// What happens there.
        then: Then,
    },
}

/// What happens as soon as the next phase is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Its work.
    Work,
    /// It stops for the person.
    Stop(Code),
    /// It is cancelled: the person asked for that while its record was under way.
    Cancel,
}

impl Stage {
    /// A phase whose work is still to start.
    pub(super) const ENTERING: Self = Self::Entering(None);

    /// Starts the work. Returns `None` if it has started already, otherwise the code that it stops with, if any.
    #[must_use]
    pub(super) fn start(&mut self) -> Option<Option<Code>> {
        let Self::Entering(stop) = *self else { return None };
        *self = Self::Working;
        Some(stop)
    }

    /// Stops until the person does something. A phase that is being left no longer stops.
    pub(super) fn stop(&mut self, code: Code) {
        match self {
            Self::Entering(_) | Self::Working | Self::Stopped(_) => *self = Self::Stopped(code),
            Self::Leaving { .. } => {}
        }
    }

    /// Lifts a stop: the person has dealt with its reason.
    pub(super) fn lift(&mut self) {
        match self {
            Self::Stopped(_) => *self = Self::Working,
            Self::Entering(_) | Self::Working | Self::Leaving { .. } => {}
        }
    }

    /// Starts the work again from its beginning, unless the phase is being left.
    pub(super) fn restart(&mut self) {
        match self {
            Self::Working | Self::Stopped(_) => *self = Self::ENTERING,
            Self::Entering(_) | Self::Leaving { .. } => {}
        }
    }

    /// Leaves for another phase.
    pub(super) fn leave(&mut self, to: Phase, then: Then) {
        *self = Self::Leaving { to, then };
    }

    /// Cancels the transfer. Returns the phase to record for that: none while the record of another phase is under way,
    /// which has to come first. A transfer that is about to be over cannot be cancelled.
    #[must_use]
    pub(super) fn cancel(&mut self) -> Option<Phase> {
        match self {
            Self::Entering(_) | Self::Working | Self::Stopped(_) => self.leave(Phase::Cancelled, Then::Work),
            Self::Leaving { to, then } => {
                if !to.is_final() {
                    *then = Then::Cancel;
                }
                return None;
            }
        }
        self.next_phase()
    }

    /// Enters the phase that the journal now holds. Returns the phase to record next, if this one is left at once.
    #[must_use]
    pub(super) fn enter(&mut self) -> Option<Phase> {
        let then = if let Self::Leaving { then, .. } = *self { then } else { Then::Work };
        *self = match then {
            Then::Work => Self::ENTERING,
            Then::Stop(code) => Self::Entering(Some(code)),
            Then::Cancel => Self::Leaving { to: Phase::Cancelled, then: Then::Work },
        };
        self.next_phase()
    }

    /// The phase whose record is under way.
    pub(super) fn next_phase(self) -> Option<Phase> {
        match self {
            Self::Leaving { to, .. } => Some(to),
            Self::Entering(_) | Self::Working | Self::Stopped(_) => None,
        }
    }

    /// What the phase stopped for.
    pub(super) fn stopped(self) -> Option<Code> {
        match self {
            Self::Stopped(code) => Some(code),
            Self::Entering(_) | Self::Working | Self::Leaving { .. } => None,
        }
    }

    /// Whether the work may start or continue.
    pub(super) fn may_work(self) -> bool {
        match self {
            Self::Entering(_) | Self::Working => true,
            Self::Stopped(_) | Self::Leaving { .. } => false,
        }
    }

    /// Whether the phase is being left.
    pub(super) fn is_leaving(self) -> bool {
        self.next_phase().is_some()
    }
}

#[cfg(feature = "inspect")]
impl Stage {
    pub(super) fn inspect(self) -> crate::inspect::State {
        use crate::inspect::State;
        match self {
            Self::Entering(None) => State::StageEntering,
            Self::Entering(Some(_)) => State::StageEnteringToStop,
            Self::Working => State::StageWorking,
            Self::Stopped(_) => State::StageStopped,
            Self::Leaving { then: Then::Work, .. } => State::StageLeaving,
            Self::Leaving { then: Then::Stop(_), .. } => State::StageLeavingToStop,
            Self::Leaving { then: Then::Cancel, .. } => State::StageLeavingToCancel,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STOP: Code = Code::FolderChanged;

    fn leaving(to: Phase, then: Then) -> Stage {
        Stage::Leaving { to, then }
    }

    #[test]
    fn work_is_taken_up_once() {
        let mut stage = Stage::ENTERING;
        assert_eq!(stage.start(), Some(None));
        assert_eq!(stage.start(), None);
        assert_eq!(stage, Stage::Working);
    }

    #[test]
    fn a_stop_planned_for_the_next_phase_comes_when_it_is_entered() {
        let mut stage = Stage::Working;
        stage.leave(Phase::Checked, Then::Stop(STOP));
        assert_eq!(stage.enter(), None);
        assert_eq!(stage.start(), Some(Some(STOP)));
    }

    #[test]
    fn a_phase_that_is_being_left_cannot_stop() {
        let mut stage = leaving(Phase::Cancelled, Then::Work);
        stage.stop(STOP);
        assert_eq!(stage, leaving(Phase::Cancelled, Then::Work));
    }

    #[test]
    fn resuming_restarts_the_work_but_keeps_a_planned_stop() {
        let mut stage = Stage::Stopped(STOP);
        stage.restart();
        assert_eq!(stage, Stage::ENTERING);
        let mut stage = Stage::Entering(Some(STOP));
        stage.restart();
        assert_eq!(stage, Stage::Entering(Some(STOP)), "the person has not seen it yet");
    }

    #[test]
    fn cancelling_waits_for_the_record_and_replaces_a_planned_stop() {
        let mut stage = leaving(Phase::Checked, Then::Stop(STOP));
        assert_eq!(stage.cancel(), None, "one phase at a time");
        assert_eq!(stage.cancel(), None, "twice is once");
        assert_eq!(stage.enter(), Some(Phase::Cancelled));
        assert_eq!((stage.cancel(), stage.enter()), (None, None));
        assert_eq!(stage, Stage::ENTERING);
    }

    #[test]
    fn a_transfer_about_to_be_over_cannot_be_cancelled() {
        for end in Phase::ALL.into_iter().filter(|phase| phase.is_final()) {
            let mut stage = leaving(end, Then::Work);
            assert_eq!((stage.cancel(), stage.enter()), (None, None), "{end:?}");
        }
    }

    #[test]
    fn cancelling_lifts_a_stop() {
        for mut stage in [Stage::ENTERING, Stage::Entering(Some(STOP)), Stage::Working, Stage::Stopped(STOP)] {
            assert_eq!(stage.cancel(), Some(Phase::Cancelled));
            assert_eq!(stage.stopped(), None);
        }
    }
}
