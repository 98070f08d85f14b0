//! What the person wants, and how much of that the journal holds.

/// A standing order of the person, such as a pause, and its record in the journal.
///
/// It takes effect at once and ends only when the journal holds its withdrawal. At most one record of it is under way,
/// so that records delayed by a full disk cannot reverse a change of mind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The journal holds what the person wants: whether the order is given.
    Settled(bool),
    /// A record is under way.
    Recording {
        /// What the record says.
        says: bool,
        /// What the person wants by now.
        wanted: bool,
    },
}

impl Order {
    /// An order as the journal holds it.
    pub(super) fn restored(given: bool) -> Self {
        Self::Settled(given)
    }

    /// Notes what the person wants. Returns what to record now, if anything.
    #[must_use]
    pub(super) fn want(&mut self, wanted: bool) -> Option<bool> {
        match self {
            Self::Settled(given) if *given == wanted => None,
            Self::Settled(_) => {
                *self = Self::Recording { says: wanted, wanted };
                Some(wanted)
            }
            Self::Recording { wanted: before, .. } => {
                *before = wanted;
                None
            }
        }
    }

    /// Notes that the journal holds the record. Returns what to record next, if the person has changed their mind.
    #[must_use]
    pub(super) fn recorded(&mut self) -> Option<bool> {
        match *self {
            Self::Recording { says, wanted } if says != wanted => {
                *self = Self::Recording { says: wanted, wanted };
                Some(wanted)
            }
            Self::Recording { wanted, .. } => {
                *self = Self::Settled(wanted);
                None
            }
            Self::Settled(_) => None,
        }
    }

    /// Whether the person wants it, even before the journal has it.
    pub(super) fn is_wanted(self) -> bool {
        match self {
            Self::Settled(wanted) | Self::Recording { wanted, .. } => wanted,
        }
    }

    /// Whether the order is given and the journal holds it.
    pub(super) fn is_held(self) -> bool {
        self == Self::Settled(true)
    }

    /// Whether it must be obeyed: from when it is given until the journal holds its withdrawal.
    pub(super) fn is_in_force(self) -> bool {
        match self {
            Self::Settled(given) => given,
            Self::Recording { .. } => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_order_is_control_at_once_and_held_when_it_is_recorded() {
        let mut order = Order::restored(false);
        assert_eq!(order.want(true), Some(true));
        assert!(order.is_in_force() && order.is_wanted() && !order.is_held());
        assert_eq!(order.recorded(), None);
        assert!(order.is_in_force() && order.is_held());
    }

    #[test]
    fn a_withdrawn_order_is_in_force_until_the_journal_holds_that() {
        let mut order = Order::restored(true);
        assert_eq!(order.want(false), Some(false));
        assert!(order.is_in_force() && !order.is_wanted());
        assert_eq!(order.recorded(), None);
        assert!(!order.is_in_force());
    }

    #[test]
    fn a_change_of_mind_waits_for_the_record_under_way_and_follows_it() {
        let mut order = Order::restored(false);
        assert_eq!(order.want(true), Some(true));
        assert_eq!(order.want(false), None, "one record at a time");
        assert_eq!(order.recorded(), Some(false));
        assert_eq!(order.recorded(), None);
        assert_eq!(order, Order::Settled(false));
    }

    #[test]
    fn the_same_order_twice_is_recorded_once() {
        let mut order = Order::restored(false);
        assert_eq!((order.want(true), order.want(true)), (Some(true), None));
        assert_eq!((order.recorded(), order.want(true)), (None, None));
    }

    proptest! {
        #[test]
        fn an_order_settles_on_what_the_person_said_last(given: bool, words: Vec<Option<bool>>) {
            let mut order = Order::restored(given);
            let (mut journal, mut last, mut under_way) = (given, given, None);
            for word in words {
                let record = match word {
                    Some(wanted) => {
                        last = wanted;
                        order.want(wanted)
                    }
                    None => under_way.take().and_then(|says| {
                        journal = says;
                        order.recorded()
                    }),
                };
                if let Some(says) = record {
                    prop_assert_eq!(under_way.replace(says), None, "two records under way");
                }
                prop_assert_eq!(order.is_wanted(), last);
                prop_assert!(order.is_in_force() || !last, "what is wanted is obeyed");
                prop_assert!(order.is_in_force() || !journal, "what the journal holds is obeyed");
            }
            while let Some(says) = under_way.take() {
                journal = says;
                under_way = order.recorded();
            }
            prop_assert_eq!(order, Order::Settled(last));
            prop_assert_eq!(journal, last);
        }
    }
}
