//! Consignments as the API reports them, and what can be done with them.

use serde::{Deserialize, Serialize};

use crate::{Code, ConsignmentId, ConsignmentReference};

/// The value of a consignment status (facts E7). Unknown values are kept as `Other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StatusValue {
    /// `InProgress`.
    InProgress,
    /// `Completed`.
    Completed,
    /// `CompletedWithIssues`.
    CompletedWithIssues,
    /// `Failed`.
    Failed,
    /// Any other value.
    Other,
}

impl StatusValue {
    /// Parses TDR's text, which is case-sensitive.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        match text {
            "InProgress" => Self::InProgress,
            "Completed" => Self::Completed,
            "CompletedWithIssues" => Self::CompletedWithIssues,
            "Failed" => Self::Failed,
            _ => Self::Other,
        }
    }
}

/// The statuses that decide what a client can do; `None` if the consignment has no such status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsignmentStatuses {
    /// `Series`.
    pub series: Option<StatusValue>,
    /// `TransferAgreement`.
    pub transfer_agreement: Option<StatusValue>,
    /// `Upload`.
    pub upload: Option<StatusValue>,
    /// `ClientChecks`.
    pub client_checks: Option<StatusValue>,
    /// `ServerFFID`.
    pub server_ffid: Option<StatusValue>,
    /// `Export`.
    pub export: Option<StatusValue>,
    /// Whether any other status is `InProgress`.
    pub other_in_progress: bool,
}

/// What a consignment is ready for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum ConsignmentState {
    /// Files can be uploaded.
    Ready,
    /// Its transfer agreement must first be completed on the website.
    NeedsAgreement,
    /// An upload has started; if this computer has no transfer to it, it was started elsewhere.
    Uploading,
    /// Uploaded; TDR is checking the files.
    Checking,
    /// Uploaded and checked; the next steps are on the website.
    Checked,
    /// The upload or its checks failed; TDR requires a new consignment.
    Failed,
    /// Exported, so the transfer is complete.
    Done,
    /// A court judgment, which must be sent through the website.
    Judgment,
}

impl ConsignmentState {
    /// Every state, in order.
    pub const ALL: [Self; 8] = [
        Self::Ready,
        Self::NeedsAgreement,
        Self::Uploading,
        Self::Checking,
        Self::Checked,
        Self::Failed,
        Self::Done,
        Self::Judgment,
    ];

    /// Returns why no new upload can start, or `None` if one can.
    #[must_use]
    pub fn refusal(self) -> Option<Code> {
        match self {
            Self::Ready => None,
            Self::NeedsAgreement => Some(Code::NeedsAgreement),
            Self::Uploading | Self::Checking | Self::Checked | Self::Failed => Some(Code::UploadedElsewhere),
            Self::Done => Some(Code::ConsignmentDone),
            Self::Judgment => Some(Code::Judgment),
        }
    }
}

/// A consignment that belongs to the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consignment {
    /// TDR's id.
    pub id: ConsignmentId,
    /// The reference as people see it.
    pub reference: ConsignmentReference,
    /// The name of the series, if one is set.
    pub series: Option<String>,
    /// When it was created, as TDR writes it (ISO 8601).
    pub created: Option<String>,
    /// Whether it is a court judgment (`consignmentType` = `judgment`).
    pub judgment: bool,
    /// Whether it has been exported.
    pub exported: bool,
    /// Files registered so far.
    pub total_files: u64,
    /// The statuses.
    pub statuses: ConsignmentStatuses,
}

impl Consignment {
    /// Returns what it is ready for. TDR's API enforces neither the agreement nor the order, so the client must (facts
    /// E4, E6).
    #[must_use]
    pub fn state(&self) -> ConsignmentState {
        let statuses = self.statuses;
        if self.judgment {
            return ConsignmentState::Judgment;
        }
        if self.exported || statuses.export == Some(StatusValue::Completed) {
            return ConsignmentState::Done;
        }
        match statuses.upload {
            None if self.total_files > 0 => ConsignmentState::Uploading,
            None if statuses.transfer_agreement == Some(StatusValue::Completed) => ConsignmentState::Ready,
            None => ConsignmentState::NeedsAgreement,
            Some(StatusValue::InProgress | StatusValue::Other) => ConsignmentState::Uploading,
            Some(StatusValue::Failed | StatusValue::CompletedWithIssues) => ConsignmentState::Failed,
            Some(StatusValue::Completed) => match statuses.client_checks {
                Some(StatusValue::Completed) => ConsignmentState::Checked,
                Some(StatusValue::Failed | StatusValue::CompletedWithIssues) => ConsignmentState::Failed,
                Some(StatusValue::InProgress | StatusValue::Other) | None => ConsignmentState::Checking,
            },
        }
    }
}

/// What the API reports about an upload, read back to find out whether a request took effect after its reply was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerTruth {
    /// The `Upload` status.
    pub upload: Option<StatusValue>,
    /// Registered files, not counting folders.
    pub total_files: u64,
    /// The folder that was named when the upload was started, if the API says so.
    pub parent_folder: Option<String>,
}

/// How far TDR's own checks have got (`getFileCheckProgress`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckProgress {
    /// Files in total.
    pub total_files: u64,
    /// Files that have had the antivirus check.
    pub antivirus: u64,
    /// Files that have had the checksum check.
    pub checksum: u64,
    /// Files that have had the format check.
    pub format: u64,
    /// The statuses.
    pub statuses: ConsignmentStatuses,
    /// Whether every check of every file succeeded.
    pub all_succeeded: bool,
}

impl CheckProgress {
    /// Returns whether all three checks have counted every file and nothing is in progress (facts E8).
    #[must_use]
    pub fn finished(&self) -> bool {
        let counted = |processed: u64| processed >= self.total_files;
        let busy = |status: Option<StatusValue>| status == Some(StatusValue::InProgress);
        counted(self.antivirus)
            && counted(self.checksum)
            && counted(self.format)
            && !busy(self.statuses.upload)
            && !busy(self.statuses.client_checks)
            && !busy(self.statuses.server_ffid)
            && !self.statuses.other_in_progress
    }

    /// Returns whether no result will come because TDR's checks failed to run or never started. When the Upload status
    /// is `CompletedWithIssues` or `Failed`, the checks are not triggered (facts E7).
    #[must_use]
    pub fn could_not_run(&self) -> bool {
        let not_triggered =
            matches!(self.statuses.upload, Some(StatusValue::CompletedWithIssues | StatusValue::Failed));
        self.machinery_failed() || not_triggered
    }

    /// Returns whether TDR's checks failed to run: `ClientChecks` is `Failed` while `ServerFFID` is in progress or
    /// absent (facts E8).
    #[must_use]
    pub fn machinery_failed(&self) -> bool {
        self.statuses.client_checks == Some(StatusValue::Failed)
            && matches!(self.statuses.server_ffid, None | Some(StatusValue::InProgress))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consignment(statuses: ConsignmentStatuses) -> Consignment {
        Consignment {
            id: "7f9fbd5a-0000-4000-8000-000000000001".parse().unwrap(),
            reference: "TDR-2026-ABC".into(),
            series: None,
            created: None,
            judgment: false,
            exported: false,
            total_files: 0,
            statuses,
        }
    }

    #[test]
    fn only_an_agreed_unused_standard_consignment_is_ready() {
        let agreed = ConsignmentStatuses { transfer_agreement: Some(StatusValue::Completed), ..Default::default() };
        assert_eq!(consignment(agreed).state(), ConsignmentState::Ready);
        assert_eq!(consignment(ConsignmentStatuses::default()).state(), ConsignmentState::NeedsAgreement);
        assert_eq!(Consignment { judgment: true, ..consignment(agreed) }.state(), ConsignmentState::Judgment);
        assert_eq!(Consignment { total_files: 1, ..consignment(agreed) }.state(), ConsignmentState::Uploading);
        assert_eq!(Consignment { exported: true, ..consignment(agreed) }.state(), ConsignmentState::Done);
        let uploading = ConsignmentStatuses { upload: Some(StatusValue::InProgress), ..agreed };
        assert_eq!(consignment(uploading).state(), ConsignmentState::Uploading);
        let uploaded = ConsignmentStatuses { upload: Some(StatusValue::Completed), ..agreed };
        assert_eq!(consignment(uploaded).state(), ConsignmentState::Checking);
        let checked = ConsignmentStatuses { client_checks: Some(StatusValue::Completed), ..uploaded };
        assert_eq!(consignment(checked).state(), ConsignmentState::Checked);
        let issues = ConsignmentStatuses { upload: Some(StatusValue::CompletedWithIssues), ..agreed };
        assert_eq!(consignment(issues).state(), ConsignmentState::Failed);
    }

    #[test]
    fn checks_are_finished_only_when_all_counts_are_full_and_nothing_is_in_progress() {
        let mut progress = CheckProgress { total_files: 2, antivirus: 2, checksum: 2, format: 1, ..Default::default() };
        assert!(!progress.finished());
        progress.format = 2;
        assert!(progress.finished());
        progress.statuses.client_checks = Some(StatusValue::InProgress);
        assert!(!progress.finished());
        progress.statuses.client_checks = Some(StatusValue::Failed);
        assert!(progress.machinery_failed());
        assert!(progress.could_not_run());
        progress.statuses.server_ffid = Some(StatusValue::Completed);
        assert!(!progress.machinery_failed() && !progress.could_not_run());
        progress.statuses.upload = Some(StatusValue::CompletedWithIssues);
        assert!(progress.could_not_run());
    }
}
