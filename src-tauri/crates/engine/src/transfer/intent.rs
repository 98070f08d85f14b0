//! The intent of a request that must not be repeated blindly.

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
}
