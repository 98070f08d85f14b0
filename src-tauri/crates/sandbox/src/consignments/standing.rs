//! What the statuses of a consignment mean to a person.

use super::statuses::{Status, StatusKind, StatusValue};
use super::tables::{Consignment, Kind};

/// The standing of a consignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The transfer agreement is not signed off.
    NeedsAgreement,
    /// A transfer can start.
    Ready,
    /// A transfer has been started.
    Uploading,
    /// A judgment, which is transferred differently.
    Judgment,
    /// Handed over; the checks are running.
    Checking,
    /// The checks found nothing.
    Checked,
    /// Exported.
    Done,
    /// The upload or the checks failed.
    Failed,
}

impl Standing {
    /// Returns the word of the ready line.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::NeedsAgreement => "needs_agreement",
            Self::Ready => "ready",
            Self::Uploading => "uploading",
            Self::Judgment => "judgment",
            Self::Checking => "checking",
            Self::Checked => "checked",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// Returns the standing of a consignment with these statuses.
pub(crate) fn standing(consignment: &Consignment, statuses: &[Status]) -> Standing {
    let value = |kind: StatusKind| statuses.iter().find(|status| status.kind == kind).map(|status| status.value);
    if consignment.exported.is_some() || value(StatusKind::Export).is_some() {
        return Standing::Done;
    }
    let checks = value(StatusKind::ClientChecks);
    match (value(StatusKind::Upload), checks) {
        (_, Some(StatusValue::Failed | StatusValue::CompletedWithIssues))
        | (Some(StatusValue::Failed | StatusValue::CompletedWithIssues), _) => Standing::Failed,
        (Some(StatusValue::InProgress), _) => Standing::Uploading,
        (Some(StatusValue::Completed), Some(StatusValue::Completed)) => Standing::Checked,
        (Some(StatusValue::Completed), Some(StatusValue::InProgress) | None) => Standing::Checking,
        (None, _) if consignment.kind == Kind::Judgment => Standing::Judgment,
        (None, _) => match value(StatusKind::TransferAgreement) {
            Some(StatusValue::Completed) => Standing::Ready,
            Some(StatusValue::InProgress | StatusValue::CompletedWithIssues | StatusValue::Failed) | None => {
                Standing::NeedsAgreement
            }
        },
    }
}
