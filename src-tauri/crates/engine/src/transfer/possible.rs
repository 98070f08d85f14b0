//! Which holds a phase can have: for those who show them, and have to be right about every one.
//!
//! A table beside the machine. Every test of the machine, and its simulation at every event, holds the machine against it, so that
//! a hold which is missing here fails there. The other way round nothing is proved: a hold may be here that no test reaches.

use waybill_model::{Code, Phase, PhaseGroup, WaitReason};

use super::Hold;

/// Whether a transfer in this phase can have this hold. Times are not looked at.
#[must_use]
pub fn is_possible(phase: Phase, hold: Hold) -> bool {
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
        WaitReason::DifferentPerson => phase.needs().service,
        // A person may give up while the upload address is waited for.
        WaitReason::UploadUnreachable | WaitReason::CookiesRefused => {
            matches!(phase, Phase::Sending | Phase::Settling | Phase::HandingOver)
        }
        // The last file may be set aside in such a wait: it is there again for the moment in which the person's answer is
        // written down. A token that is refused again and again is such a wait, too.
        WaitReason::Offline
        | WaitReason::SignedOut
        | WaitReason::ApiUnreachable
        | WaitReason::SignInUnreachable
        | WaitReason::SlowDown
        | WaitReason::Firewall
        | WaitReason::UnexpectedPage
        | WaitReason::CertificateUntrusted
        | WaitReason::ProxyRefused
        | WaitReason::ServiceFailed => phase.needs().service || phase == Phase::Settling,
    }
}

fn can_stop(phase: Phase, code: Code) -> bool {
    // What the journal can answer, and what should not happen.
    const ANYWHERE: [Code; 4] = [Code::JournalCorrupt, Code::JournalNewer, Code::DataFolderUnusable, Code::Internal];
    const FOLDER: [Code; 4] =
        [Code::FolderMissing, Code::FolderIsFile, Code::FolderUnreadable, Code::FolderNameUnusable];
    const SERVICE: [Code; 4] =
        [Code::ServiceRefused, Code::ConsignmentUnknown, Code::HostNotAllowed, Code::UploadedElsewhere];
    let own: &[Code] = match phase {
        // The list of files is as long as its checksums make it.
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
        Phase::Sending => &[Code::StoreRefused, Code::FileTooLarge, Code::HostNotAllowed, Code::ProfileMalformed],
        Phase::Settling => &[Code::ItemsSetAside],
        Phase::HandingOver | Phase::BeingChecked => &[Code::OutputUnwritable],
        Phase::Finished | Phase::GivenUp | Phase::Cancelled => return false,
    };
    let service: &[Code] = match phase.group() {
        PhaseGroup::Opening | PhaseGroup::Closing => &SERVICE,
        PhaseGroup::Preparing | PhaseGroup::Sending | PhaseGroup::Over(_) => &[],
    };
    ANYWHERE.contains(&code) || own.contains(&code) || service.contains(&code)
}
