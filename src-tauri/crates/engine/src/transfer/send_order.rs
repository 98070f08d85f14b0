//! The person's order to send, from when it is given until the files have been read.

use waybill_model::Phase;

use super::Restored;

/// The person's order to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SendOrder {
    /// Not given.
    None,
    /// Given before the totals of the check were known. It is decided on once they are.
    Early {
        /// How many findings that leave an item out the person agrees to.
        agreed: u64,
    },
    /// Given in view of the check's totals.
    Given {
        /// How many findings that leave an item out the person agreed to: those that the check had.
        agreed: u64,
        /// Before any file is read, the folder is compared with what the check found.
        recheck: bool,
    },
    /// Void, because the folder has changed since the check. The person sees the next check before anything is sent.
    Void,
}

impl SendOrder {
    /// Returns the order as the journal holds it. Once a file has been read, later additions to the folder are no
    /// longer part of the transfer.
    pub(super) fn restored(restored: &Restored) -> Self {
        if matches!(restored.phase, Phase::Walking | Phase::Checked) {
            Self::None
        } else {
            Self::Given { agreed: restored.accepted_left_out, recheck: !restored.hashed }
        }
    }

    /// Notes an order given while the folder is being walked. A void one stays void: the person has not seen the new
    /// check.
    pub(super) fn give_early(&mut self, agreed: u64) {
        match self {
            Self::None | Self::Early { .. } | Self::Given { .. } => *self = Self::Early { agreed },
            Self::Void => {}
        }
    }

    /// Takes the early order, if there is one. Returns what the person agrees to.
    pub(super) fn take_early(&mut self) -> Option<u64> {
        match *self {
            Self::Early { agreed } => {
                *self = Self::None;
                Some(agreed)
            }
            Self::None | Self::Given { .. } | Self::Void => None,
        }
    }

    /// Ends a void order. Returns whether it was void, so that the person has to see the check.
    pub(super) fn take_void(&mut self) -> bool {
        let was_void = *self == Self::Void;
        if was_void {
            *self = Self::None;
        }
        was_void
    }

    /// Notes that the folder was compared with what the check found and is the same.
    pub(super) fn rechecked(&mut self) {
        match self {
            Self::Given { recheck, .. } => *recheck = false,
            Self::None | Self::Early { .. } | Self::Void => {}
        }
    }

    /// Whether the folder still has to be compared with what the check found.
    pub(super) fn wants_recheck(self) -> bool {
        match self {
            Self::Given { recheck, .. } => recheck,
            Self::None | Self::Early { .. } | Self::Void => false,
        }
    }

    /// Whether the person has agreed to so many findings that leave an item out.
    pub(super) fn covers(self, left_out: u64) -> bool {
        match self {
            Self::Given { agreed, .. } => left_out <= agreed,
            Self::None | Self::Early { .. } | Self::Void => left_out == 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use waybill_model::Progress;

    use super::*;

    fn restored(phase: Phase) -> Restored {
        Restored {
            folder_name: "Records".to_owned(),
            phase,
            paused: false,
            start_intended: None,
            register_intended: None,
            hashed: false,
            given_up: false,
            progress: Progress::default(),
            set_aside: 0,
            accepted_left_out: 0,
            bytes_per_second: None,
            seed: 1,
        }
    }

    #[test]
    fn an_early_order_is_taken_once() {
        let mut order = SendOrder::None;
        order.give_early(0);
        order.give_early(2);
        assert!(!order.covers(1), "nothing is agreed to before there is a check");
        assert_eq!(order.take_early(), Some(2));
        assert_eq!(order.take_early(), None);
    }

    #[test]
    fn a_void_order_stays_void_until_the_next_check_is_seen() {
        let mut order = SendOrder::Void;
        order.give_early(1);
        assert_eq!(order.take_early(), None);
        assert!(!order.covers(1) && !order.wants_recheck());
        assert!(order.take_void(), "the next check is shown");
        assert_eq!(order, SendOrder::None);
        assert!(!order.take_void());
    }

    #[test]
    fn the_folder_is_compared_once_and_only_before_a_file_is_read() {
        let mut order = SendOrder::Given { agreed: 2, recheck: true };
        order.rechecked();
        assert_eq!(order, SendOrder::Given { agreed: 2, recheck: false });
        let hashing = |hashed| SendOrder::restored(&Restored { hashed, ..restored(Phase::Hashing) });
        assert!(!hashing(true).wants_recheck());
        assert!(hashing(false).wants_recheck());
    }

    #[test]
    fn recorded_consent_counts_only_once_files_are_read() {
        let restored = |phase| SendOrder::restored(&Restored { accepted_left_out: 2, ..restored(phase) });
        assert_eq!((restored(Phase::Walking), restored(Phase::Checked)), (SendOrder::None, SendOrder::None));
        assert!(restored(Phase::Hashing).covers(2) && !restored(Phase::Hashing).covers(3));
    }
}
