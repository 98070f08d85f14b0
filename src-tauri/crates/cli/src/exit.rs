//! How the program ends: the exit codes of `docs/command-line.md`, and which code of a failure ends in which.

use std::process::ExitCode;

use waybill_model::Code;

/// The exit codes. Scripts rely on the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Everything that was requested is done.
    Done = 0,
    /// The command line, or something that it names, is invalid.
    Usage = 2,
    /// A sign-in is required.
    SignInNeeded = 3,
    /// The check does not accept the folder as it is.
    RefusedByCheck = 4,
    /// The command ended early. Nothing is lost, and it can be resumed.
    Interrupted = 5,
    /// The service rejected the request.
    RefusedByService = 6,
    /// Blocked; the code says why.
    Blocked = 7,
    /// An error in the program itself.
    Internal = 70,
}

impl Exit {
    /// All exit codes.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 8] = [
        Self::Done,
        Self::Usage,
        Self::SignInNeeded,
        Self::RefusedByCheck,
        Self::Interrupted,
        Self::RefusedByService,
        Self::Blocked,
        Self::Internal,
    ];

    /// Returns the number that the system receives.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Usage => 2,
            Self::SignInNeeded => 3,
            Self::RefusedByCheck => 4,
            Self::Interrupted => 5,
            Self::RefusedByService => 6,
            Self::Blocked => 7,
            Self::Internal => 70,
        }
    }

    /// Returns the exit code for this failure.
    pub(crate) fn of(code: Code) -> Self {
        match code {
            Code::ConsignmentNeeded
            | Code::NoConsignments
            | Code::ProfileUnreadable
            | Code::CaFileUnreadable
            | Code::ProfileMalformed
            | Code::ProfileInsecure
            | Code::ServiceUnknown
            | Code::FolderMissing
            | Code::FolderIsFile
            | Code::TransferUnknown
            | Code::TransferAmbiguous
            | Code::NotPossibleNow
            | Code::OutputExists
            | Code::SettingsUnreadable
            | Code::Usage => Self::Usage,

            Code::SignInNeeded
            | Code::SignInRefused
            | Code::SignInAbandoned
            | Code::SignInMismatch
            | Code::SignInNoPort
            | Code::DifferentPerson => Self::SignInNeeded,

            Code::FolderUnreadable
            | Code::FolderNameUnusable
            | Code::NothingToSend
            | Code::TooManyFiles
            | Code::TransferTooLarge
            | Code::RegistrationTooLarge
            | Code::LeavesOut
            | Code::AnotherFolder
            | Code::FolderChanged
            | Code::ExcludedName
            | Code::WaybillData
            | Code::EmptyFile
            | Code::Unreadable
            | Code::Locked
            | Code::Link
            | Code::SpecialFile
            | Code::NameNotUnicode
            | Code::NamesDifferInCase
            | Code::UnlikelyDate
            | Code::PathTooLong
            | Code::FileTooLarge
            | Code::RefusedFormat => Self::RefusedByCheck,

            Code::ChangedAfterChecking
            | Code::FileGone
            | Code::ContentDiffers
            | Code::StoreFailed
            | Code::ItemsSetAside
            | Code::Paused
            | Code::Cancelled => Self::Interrupted,

            Code::ObjectExists
            | Code::MaybeStored
            | Code::StoreRefused
            | Code::ConsignmentUnknown
            | Code::NeedsAgreement
            | Code::UploadedElsewhere
            | Code::ConsignmentUsed
            | Code::Judgment
            | Code::ConsignmentDone
            | Code::MatchIdsMissing
            | Code::RegistrationUnclear
            | Code::ChecksFailed
            | Code::AccountIncomplete
            | Code::ServiceRefused => Self::RefusedByService,

            Code::FolderGone
            | Code::KeychainUnavailable
            | Code::Offline
            | Code::UploadUnreachable
            | Code::ApiUnreachable
            | Code::SignInUnreachable
            | Code::CertificateUntrusted
            | Code::ProxyRefused
            | Code::ProxySignIn
            | Code::ProxyUnreachable
            | Code::UnexpectedPage
            | Code::Firewall
            | Code::SlowDown
            | Code::SignInUnusable
            | Code::HostNotAllowed
            | Code::PermitRefused
            | Code::ServiceFailed
            | Code::RegistrationInDoubt
            | Code::HandOverNeeded
            | Code::ChecksUnfinished
            | Code::ClockWrong
            | Code::JournalInUse
            | Code::JournalCorrupt
            | Code::JournalNewer
            | Code::DiskFull
            | Code::TooManyOpenFiles
            | Code::DataFolderUnusable
            | Code::OutputUnwritable
            | Code::NotOpened
            | Code::NotCopied
            | Code::AutostartRefused => Self::Blocked,

            // `Code` may grow; a test covers every code that it has, so nothing else reaches this arm.
            Code::Internal | _ => Self::Internal,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_fault_of_the_program_itself_ends_as_one() {
        for &code in Code::ALL {
            assert_eq!(Exit::of(code) == Exit::Internal, code == Code::Internal, "{code}");
            assert_ne!(Exit::of(code), Exit::Done, "{code}");
        }
    }

    #[test]
    fn every_exit_has_a_number_of_its_own() {
        let numbers: std::collections::BTreeSet<u8> = Exit::ALL.into_iter().map(Exit::number).collect();
        assert_eq!(numbers.len(), Exit::ALL.len());
    }
}
