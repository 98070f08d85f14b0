//! The phases of a transfer, and the properties that they share.
//!
//! Code that treats several phases alike asks [`Phase::group`], [`Phase::needs`] or [`Phase::measure`] instead of
//! listing them, so that a new phase is classified once, here.

use serde::{Deserialize, Serialize};

/// The phases of a transfer, in order. A transfer is always in one of them, even while it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Walking through the folder.
    Walking,
    /// The check is done; the person decides.
    Checked,
    /// Reading every file once.
    Hashing,
    /// Telling TDR that the upload is starting (`startUpload`).
    Starting,
    /// Registering every file (`addFilesAndMetadata`).
    Registering,
    /// Confirming that TDR has registered every file.
    Confirming,
    /// Sending bytes.
    Sending,
    /// Everything is sent except items that were set aside; the person decides.
    Settling,
    /// Handing over to TDR: opening the website starts the checks.
    HandingOver,
    /// TDR is checking the files.
    BeingChecked,
    /// Everything is sent, checked and recorded.
    Finished,
    /// Given up: TDR has been informed that the upload failed.
    GivenUp,
    /// Cancelled on this computer.
    Cancelled,
}

/// What kind of work a phase belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PhaseGroup {
    /// The work is on this computer only; the service does not know about the transfer yet.
    Preparing,
    /// The service is informed that an upload is starting, and which files it consists of.
    Opening,
    /// The files are sent, or the person decides about those that could not be sent.
    Sending,
    /// The service is informed that the upload is complete, and checks it.
    Closing,
    /// Nothing more happens.
    Over(End),
}

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// Everything is sent, checked and recorded.
    Finished,
    /// The person gave up, and the service has been informed.
    GivenUp,
    /// Cancelled on this computer.
    Cancelled,
}

/// What the work of a phase requires. A phase that needs nothing is waiting for the person or has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Needs {
    /// The person's folder.
    pub folder: bool,
    /// The service, and a session of the person who started the transfer.
    pub service: bool,
    /// The turn: only one transfer at a time walks through its folder, reads it or sends it.
    pub turn: bool,
}

/// What the progress of a phase counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Files found in the folder. The total is not known until the walk is done.
    Found,
    /// Files read.
    Read,
    /// Files sent.
    Sent,
    /// Files checked by the service.
    Checked,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: [Self; 13] = [
        Self::Walking,
        Self::Checked,
        Self::Hashing,
        Self::Starting,
        Self::Registering,
        Self::Confirming,
        Self::Sending,
        Self::Settling,
        Self::HandingOver,
        Self::BeingChecked,
        Self::Finished,
        Self::GivenUp,
        Self::Cancelled,
    ];

    /// Returns the kind of work that the phase belongs to.
    #[must_use]
    pub fn group(self) -> PhaseGroup {
        match self {
            Self::Walking | Self::Checked | Self::Hashing => PhaseGroup::Preparing,
            Self::Starting | Self::Registering | Self::Confirming => PhaseGroup::Opening,
            Self::Sending | Self::Settling => PhaseGroup::Sending,
            Self::HandingOver | Self::BeingChecked => PhaseGroup::Closing,
            Self::Finished => PhaseGroup::Over(End::Finished),
            Self::GivenUp => PhaseGroup::Over(End::GivenUp),
            Self::Cancelled => PhaseGroup::Over(End::Cancelled),
        }
    }

    /// Returns what the work of the phase requires.
    #[must_use]
    pub fn needs(self) -> Needs {
        match self {
            Self::Walking | Self::Hashing => Needs { folder: true, service: false, turn: true },
            Self::Starting | Self::Confirming => Needs { folder: false, service: true, turn: true },
            // A file that has changed is read again at the last moment before it is registered.
            Self::Registering | Self::Sending => Needs { folder: true, service: true, turn: true },
            Self::HandingOver | Self::BeingChecked => Needs { folder: false, service: true, turn: false },
            Self::Checked | Self::Settling | Self::Finished | Self::GivenUp | Self::Cancelled => Needs::default(),
        }
    }

    /// Returns what the phase's progress counts, or `None` if there is nothing to count.
    #[must_use]
    pub fn measure(self) -> Option<Measure> {
        match self {
            Self::Walking => Some(Measure::Found),
            Self::Hashing => Some(Measure::Read),
            Self::Sending | Self::Settling => Some(Measure::Sent),
            Self::BeingChecked => Some(Measure::Checked),
            Self::Checked
            | Self::Starting
            | Self::Registering
            | Self::Confirming
            | Self::HandingOver
            | Self::Finished
            | Self::GivenUp
            | Self::Cancelled => None,
        }
    }

    /// Returns whether the transfer has ended: nothing more happens, whether automatically or at the person's request.
    #[must_use]
    pub fn is_final(self) -> bool {
        match self.group() {
            PhaseGroup::Over(_) => true,
            PhaseGroup::Preparing | PhaseGroup::Opening | PhaseGroup::Sending | PhaseGroup::Closing => false,
        }
    }

    /// Returns whether the phase does work. The other phases wait for the person or have ended.
    #[must_use]
    pub fn has_work(self) -> bool {
        self.needs() != Needs::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_is_listed_once_and_in_order() {
        assert!(Phase::ALL.is_sorted_by(|before, after| before < after));
        assert_eq!(Phase::ALL.first(), Some(&Phase::Walking));
        assert_eq!(Phase::ALL.last(), Some(&Phase::Cancelled));
        for (index, phase) in Phase::ALL.into_iter().enumerate() {
            assert_eq!(phase as usize, index, "{phase:?}");
        }
        assert_eq!(Phase::ALL.len(), Phase::Cancelled as usize + 1);
    }

    #[test]
    fn groups_follow_the_order_of_the_phases() {
        let mut groups: Vec<_> = Phase::ALL.into_iter().map(Phase::group).collect();
        groups.dedup();
        let over = [End::Finished, End::GivenUp, End::Cancelled].map(PhaseGroup::Over);
        let work = [PhaseGroup::Preparing, PhaseGroup::Opening, PhaseGroup::Sending, PhaseGroup::Closing];
        assert_eq!(groups, [work.as_slice(), over.as_slice()].concat());
    }

    #[test]
    fn only_phases_before_the_service_is_informed_do_not_need_it() {
        for phase in Phase::ALL.into_iter().filter(|phase| phase.has_work()) {
            assert_eq!(phase.needs().service, phase.group() != PhaseGroup::Preparing, "{phase:?}");
        }
    }

    #[test]
    fn a_phase_that_has_ended_or_waits_for_the_person_needs_nothing() {
        let idle: Vec<_> = Phase::ALL.into_iter().filter(|phase| !phase.has_work()).collect();
        assert_eq!(idle, [Phase::Checked, Phase::Settling, Phase::Finished, Phase::GivenUp, Phase::Cancelled]);
    }
}
