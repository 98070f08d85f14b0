//! Which holds each phase can have, for everything that has to show every one of them.
//!
//! The table stands beside the machine. Every test of the machine, and its simulation after every event, checks the
//! machine's hold with it, so a hold that is missing here makes them fail. The opposite is not proved: the table may
//! allow a hold that no test reaches.

use waybill_model::{Code, Phase, PhaseGroup, WaitReason};

use super::Hold;

/// Whether a transfer in this phase can have this hold. Its times are ignored.
#[must_use]
pub fn is_possible_hold(phase: Phase, hold: Hold) -> bool {
    match hold {
        Hold::Running => true,
        Hold::Paused => !phase.is_final(),
        Hold::Waiting { reason, .. } => can_wait(phase, reason),
        Hold::Stopped(code) => can_stop(phase, code),
    }
}

fn can_wait(phase: Phase, reason: WaitReason) -> bool {
    match reason {
        WaitReason::DiskFull => !phase.is_final(),
        WaitReason::FolderGone => phase.needs().folder,
        WaitReason::RegistrationInDoubt => phase == Phase::Registering,
        // The person may give up while the upload address is unreachable.
        WaitReason::UploadUnreachable | WaitReason::PermitRefused => {
            matches!(phase, Phase::Sending | Phase::Settling | Phase::HandingOver)
        }
        // The last file may be set aside during such a wait, which then shows again while the person's answer is
        // recorded. A token that is refused repeatedly is such a wait too.
        WaitReason::Offline
        | WaitReason::SignedOut
        | WaitReason::DifferentPerson
        | WaitReason::ApiUnreachable
        | WaitReason::SignInUnreachable
        | WaitReason::SlowDown
        | WaitReason::Firewall
        | WaitReason::UnexpectedPage
        | WaitReason::CertificateUntrusted
        | WaitReason::ClockWrong
        | WaitReason::ProxyRefused
        | WaitReason::ProxySignIn
        | WaitReason::ProxyUnreachable
        | WaitReason::ServiceFailed => phase.needs().service || phase == Phase::Settling,
    }
}

fn can_stop(phase: Phase, code: Code) -> bool {
    // What the journal may report, and what should not happen.
    const ANYWHERE: [Code; 5] =
        [Code::JournalCorrupt, Code::JournalNewer, Code::TooManyOpenFiles, Code::DataFolderUnusable, Code::Internal];
    const FOLDER: [Code; 4] =
        [Code::FolderMissing, Code::FolderIsFile, Code::FolderUnreadable, Code::FolderNameUnusable];
    const SERVICE: [Code; 4] =
        [Code::ServiceRefused, Code::ConsignmentUnknown, Code::HostNotAllowed, Code::UploadedElsewhere];
    let own: &[Code] = match phase {
        // How long the list of files is depends on its checksums.
        Phase::Hashing if code == Code::RegistrationTooLarge => &[Code::RegistrationTooLarge],
        Phase::Walking | Phase::Hashing => &FOLDER,
        Phase::Checked => &[
            Code::LeavesOut,
            Code::FolderChanged,
            Code::NothingToSend,
            Code::TooManyFiles,
            Code::TransferTooLarge,
            Code::RegistrationTooLarge,
        ],
        Phase::Starting => &[],
        Phase::Registering | Phase::Confirming => {
            &[Code::RegistrationTooLarge, Code::RegistrationUnclear, Code::MatchIdsMissing]
        }
        Phase::Sending => &[
            Code::StoreRefused,
            Code::FileTooLarge,
            Code::HostNotAllowed,
            Code::ProfileMalformed,
            Code::OutputUnwritable,
        ],
        Phase::Settling => &[Code::ItemsSetAside, Code::OutputUnwritable],
        Phase::HandingOver | Phase::BeingChecked => &[Code::OutputUnwritable],
        Phase::Finished | Phase::GivenUp | Phase::Cancelled => return false,
    };
    let service: &[Code] = match phase.group() {
        PhaseGroup::Opening | PhaseGroup::Closing => &SERVICE,
        PhaseGroup::Preparing | PhaseGroup::Sending | PhaseGroup::Over(_) => &[],
    };
    ANYWHERE.contains(&code) || own.contains(&code) || service.contains(&code)
}
