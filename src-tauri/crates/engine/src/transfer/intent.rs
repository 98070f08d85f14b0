//! The intent of a request that must not be repeated blindly.

use std::time::Duration;

use waybill_model::Steady;

/// How far such a request is. Its intent is in the journal before it goes out, and that an attempt may have been acted
/// on is not forgotten when a later attempt fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// The journal holds no intent: the request cannot have gone out.
    None,
    /// The journal holds the intent; nothing that went out may have been acted on.
    Recorded,
    /// A request of ours may have been acted on.
    MaybeDone,
}

impl Intent {
    /// Returns the intent as the journal holds it. Before a restart, anything may have gone out.
    pub(super) fn restored(recorded: bool) -> Self {
        if recorded { Self::MaybeDone } else { Self::None }
    }

    /// Notes that the journal holds the intent.
    pub(super) fn recorded(&mut self) {
        match self {
            Self::None => *self = Self::Recorded,
            Self::Recorded | Self::MaybeDone => {}
        }
    }

    /// Notes that a request went out whose outcome is unknown.
    pub(super) fn maybe_done(&mut self) {
        *self = Self::MaybeDone;
    }

    /// Notes that a request was certainly not acted on. Returns whether to withdraw the intent in the journal: it stays
    /// there if an earlier request may have been acted on.
    #[must_use]
    pub(super) fn not_done(&mut self) -> bool {
        match self {
            Self::None | Self::MaybeDone => false,
            Self::Recorded => {
                *self = Self::None;
                true
            }
        }
    }

    /// Whether the journal holds the intent, so that the request may go out.
    pub(super) fn is_recorded(self) -> bool {
        match self {
            Self::Recorded | Self::MaybeDone => true,
            Self::None => false,
        }
    }

    /// Whether a request of ours may have been acted on.
    pub(super) fn may_be_done(self) -> bool {
        self == Self::MaybeDone
    }
}

/// The intent of a request of which it is known when its effect is certain. It is recorded again when it has become
/// old, so that the journal says when the request went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimedIntent {
    /// The journal holds no intent that counts: the request cannot have gone out.
    None,
    /// The intent of this time is on its way into the journal.
    Recording(Steady),
    /// The journal holds the intent of this time; nothing that went out may have been acted on.
    Recorded(Steady),
    /// A request of ours may have been acted on.
    MaybeDone {
        /// Since when that is in doubt.
        since: Steady,
        /// When it is certain.
        settled: Steady,
    },
}

/// How old an intent may be when its request goes out.
const FRESH: Duration = Duration::from_secs(10);

impl TimedIntent {
    /// Returns the intent as the journal holds it. Before a restart, anything may have gone out, which is certain at
    /// `settled`.
    pub(super) fn restored(recorded: bool, now: Steady, settled: Steady) -> Self {
        if recorded { Self::MaybeDone { since: now, settled } } else { Self::None }
    }

    /// Starts recording the intent, if the journal holds none or an old one. Returns whether that is to be done.
    #[must_use]
    pub(super) fn renew(&mut self, now: Steady) -> bool {
        let due = match *self {
            Self::None => true,
            Self::Recorded(at) => now.since(at) > FRESH,
            Self::Recording(_) | Self::MaybeDone { .. } => false,
        };
        if due {
            *self = Self::Recording(now);
        }
        due
    }

    /// Notes that the journal holds the intent.
    pub(super) fn recorded(&mut self) {
        match *self {
            Self::Recording(at) => *self = Self::Recorded(at),
            Self::None | Self::Recorded(_) | Self::MaybeDone { .. } => {}
        }
    }

    /// Notes that a request went out whose outcome is unknown. At `settled` the truth is certain.
    pub(super) fn maybe_done(&mut self, now: Steady, settled: Steady) {
        *self = Self::MaybeDone { since: now, settled };
    }

    /// Notes that no request was acted on, and that the intent is withdrawn.
    pub(super) fn not_done(&mut self) {
        *self = Self::None;
    }

    /// Whether the journal holds the intent.
    pub(super) fn is_recorded(self) -> bool {
        match self {
            Self::Recorded(_) | Self::MaybeDone { .. } => true,
            Self::None | Self::Recording(_) => false,
        }
    }

    /// Whether it is certain by now what was acted on.
    pub(super) fn is_settled(self, now: Steady) -> bool {
        self.doubt(now).is_none()
    }

    /// Returns since when it is in doubt whether a request of ours was acted on, and until when. `None` once that is
    /// certain.
    pub(super) fn doubt(self, now: Steady) -> Option<(Steady, Steady)> {
        match self {
            Self::MaybeDone { since, settled } => (settled > now).then_some((since, settled)),
            Self::None | Self::Recording(_) | Self::Recorded(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_done_is_not_forgotten_by_a_later_refusal() {
        let mut intent = Intent::restored(false);
        intent.recorded();
        assert!(intent.not_done() && !intent.is_recorded());
        intent.recorded();
        intent.maybe_done();
        assert!(!intent.not_done(), "the intent stays in the journal");
        intent.recorded();
        assert!(intent.may_be_done());
    }

    #[test]
    fn an_intent_of_an_earlier_life_may_have_been_acted_on() {
        assert!(Intent::restored(true).may_be_done());
        assert!(!Intent::restored(false).is_recorded());
    }

    #[test]
    fn an_old_intent_is_recorded_again_before_the_request() {
        let start = Steady::PAST + Duration::from_secs(1000);
        let mut intent = TimedIntent::restored(false, start, start);
        assert!(intent.renew(start) && !intent.renew(start), "one record at a time");
        intent.recorded();
        assert!(intent.is_recorded() && !intent.renew(start + FRESH));
        assert!(intent.renew(start + FRESH * 2));
    }

    #[test]
    fn what_may_have_been_acted_on_is_settled_at_its_time() {
        let start = Steady::PAST + Duration::from_secs(1000);
        let mut intent = TimedIntent::restored(true, start, start + FRESH);
        assert!(intent.is_recorded() && !intent.is_settled(start) && intent.is_settled(start + FRESH));
        assert_eq!(intent.doubt(start), Some((start, start + FRESH)));
        intent.not_done();
        assert!(!intent.is_recorded() && intent.is_settled(start));
    }
}
