//! Which page of the website continues a transfer or a consignment.

use url::Url;
use waybill_journal::TransferRow;
use waybill_model::{Code, Consignment, End, Failure, Phase, PhaseGroup, ServiceProfile, WebsitePage};

/// Returns the address where a browser hands a transfer over to TDR, or reports that the upload failed; opening it
/// again does no harm.
///
/// # Errors
/// [`Code::NotPossibleNow`] before everything is sent, if the transfer was cancelled, and if it has no consignment.
/// [`Code::ProfileMalformed`] if the service has no website.
pub fn hand_over_url(profile: &ServiceProfile, row: &TransferRow) -> Result<Url, Failure> {
    let (due, failed) = match row.phase.group() {
        PhaseGroup::Closing => (true, row.given_up && row.phase == Phase::HandingOver),
        PhaseGroup::Over(End::Finished) => (true, false),
        PhaseGroup::Over(End::GivenUp) => (true, true),
        PhaseGroup::Preparing | PhaseGroup::Opening | PhaseGroup::Sending | PhaseGroup::Over(End::Cancelled) => {
            (false, false)
        }
    };
    match row.target.consignment().filter(|_| due) {
        Some(consignment) => waybill_cloud::hand_over_url(profile, consignment.id, failed),
        None => Err(Failure::new(Code::NotPossibleNow, row.destination())),
    }
}

/// Returns the page of the website about a transfer: its hand-over, the service's checks, their result. A transfer
/// without a consignment has only the website's first page.
///
/// # Errors
/// [`Code::ProfileMalformed`] if the service has no website.
pub fn transfer_url(profile: &ServiceProfile, row: &TransferRow) -> Result<Url, Failure> {
    let Some(consignment) = row.target.consignment() else { return website_home(profile) };
    match (hand_over_url(profile, row), row.phase) {
        (Ok(_), Phase::Finished) => waybill_cloud::website_url(profile, consignment.id, WebsitePage::CheckResults),
        (Ok(url), _) => Ok(url),
        (Err(_), _) => waybill_cloud::website_url(profile, consignment.id, WebsitePage::Overview),
    }
}

/// Returns the page of the website that continues with a consignment.
///
/// # Errors
/// [`Code::ProfileMalformed`] if the service has no website.
pub fn consignment_url(profile: &ServiceProfile, consignment: &Consignment) -> Result<Url, Failure> {
    waybill_cloud::website_url(profile, consignment.id, consignment.website_page())
}

/// Returns the first page of the service's website.
///
/// # Errors
/// [`Code::ProfileMalformed`] if the service has no website.
pub fn website_home(profile: &ServiceProfile) -> Result<Url, Failure> {
    waybill_cloud::website(profile).cloned()
}
