//! The page of the service's website on which a person continues with a consignment.
//!
//! The website's own list of transfers links each consignment to a page that depends on its state
//! (`ViewTransfersController`). These are the same pages, chosen by the statuses that Waybill reads.

use crate::{Consignment, ConsignmentState, StatusValue};

/// A page of the service's website.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WebsitePage {
    /// The list of the person's transfers.
    Overview,
    /// Choosing the series of a consignment.
    Series,
    /// The first part of the transfer agreement.
    Agreement,
    /// The second part of the transfer agreement.
    AgreementContinued,
    /// The upload page, which reports an upload that is under way or has failed.
    Upload,
    /// The progress of the service's checks. Opening it starts any checks that have not started, so it is only for
    /// consignments whose upload has ended.
    Checks,
    /// The results of the checks, and the next steps.
    CheckResults,
    /// The last page of a completed transfer.
    Complete,
    /// The first page of a court judgment.
    Judgment,
}

impl Consignment {
    /// Returns the page on which the person continues with the consignment.
    #[must_use]
    pub fn website_page(&self) -> WebsitePage {
        let statuses = self.statuses;
        match self.state() {
            ConsignmentState::Judgment if statuses.upload.is_none() => WebsitePage::Judgment,
            ConsignmentState::Judgment => WebsitePage::Overview,
            ConsignmentState::NeedsAgreement => match (statuses.transfer_agreement, statuses.series) {
                (Some(_), _) => WebsitePage::AgreementContinued,
                (None, Some(StatusValue::Completed)) => WebsitePage::Agreement,
                (None, Some(_) | None) => WebsitePage::Series,
            },
            ConsignmentState::Ready | ConsignmentState::Uploading => WebsitePage::Upload,
            ConsignmentState::Checking => WebsitePage::Checks,
            ConsignmentState::Checked => WebsitePage::CheckResults,
            ConsignmentState::Failed if statuses.upload == Some(StatusValue::Completed) => WebsitePage::CheckResults,
            ConsignmentState::Failed => WebsitePage::Upload,
            ConsignmentState::Done => WebsitePage::Complete,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConsignmentStatuses;

    fn page(statuses: ConsignmentStatuses, change: fn(&mut Consignment)) -> WebsitePage {
        let mut consignment = Consignment {
            id: "7f9fbd5a-0000-4000-8000-000000000001".parse().unwrap(),
            reference: "TDR-2026-ABC".into(),
            series: None,
            created: None,
            judgment: false,
            exported: false,
            total_files: 0,
            statuses,
        };
        change(&mut consignment);
        consignment.website_page()
    }

    #[test]
    fn an_unfinished_agreement_resumes_where_it_was_left() {
        let done = Some(StatusValue::Completed);
        let none = ConsignmentStatuses::default();
        assert_eq!(page(none, |_| {}), WebsitePage::Series);
        assert_eq!(page(ConsignmentStatuses { series: done, ..none }, |_| {}), WebsitePage::Agreement);
        let half = ConsignmentStatuses { series: done, transfer_agreement: Some(StatusValue::InProgress), ..none };
        assert_eq!(page(half, |_| {}), WebsitePage::AgreementContinued);
    }

    #[test]
    fn the_page_that_starts_checks_is_only_for_uploads_that_have_ended() {
        let none = ConsignmentStatuses::default();
        for upload in
            [StatusValue::InProgress, StatusValue::CompletedWithIssues, StatusValue::Failed, StatusValue::Other]
        {
            assert_eq!(page(ConsignmentStatuses { upload: Some(upload), ..none }, |_| {}), WebsitePage::Upload);
        }
        let over = ConsignmentStatuses { upload: Some(StatusValue::Completed), ..none };
        assert_eq!(page(over, |_| {}), WebsitePage::Checks);
        for checks in [StatusValue::Completed, StatusValue::CompletedWithIssues] {
            assert_eq!(
                page(ConsignmentStatuses { client_checks: Some(checks), ..over }, |_| {}),
                WebsitePage::CheckResults
            );
        }
    }

    #[test]
    fn completed_transfers_and_court_judgments_have_their_own_pages() {
        let over = ConsignmentStatuses { upload: Some(StatusValue::Completed), ..ConsignmentStatuses::default() };
        assert_eq!(page(over, |consignment| consignment.exported = true), WebsitePage::Complete);
        assert_eq!(
            page(ConsignmentStatuses::default(), |consignment| consignment.judgment = true),
            WebsitePage::Judgment
        );
        assert_eq!(page(over, |consignment| consignment.judgment = true), WebsitePage::Overview);
    }
}
