//! Addresses on the service's website, which a browser opens: the pages need the person's own session there, not this
//! program's. Every address is made here from the profile and a consignment's id, and none from anything else.

use url::Url;
use waybill_model::{ConsignmentId, ServiceProfile, WebsitePage};

/// The website's file-checks page: opening it starts TDR's checks, or marks the upload as failed (facts E9). Opening it
/// again does no harm.
#[must_use]
pub fn hand_over_url(profile: &ServiceProfile, id: ConsignmentId, upload_failed: bool) -> Url {
    let mut url = on_the_website(profile, &format!("consignment/{id}/file-checks"));
    url.query_pairs_mut().append_pair("uploadFailed", if upload_failed { "true" } else { "false" });
    url
}

/// The page that goes on with a consignment.
#[must_use]
pub fn website_url(profile: &ServiceProfile, id: ConsignmentId, page: WebsitePage) -> Url {
    let of_the_consignment = |last: &str| on_the_website(profile, &format!("consignment/{id}/{last}"));
    match page {
        WebsitePage::Overview => on_the_website(profile, "view-transfers"),
        WebsitePage::Series => of_the_consignment("series"),
        WebsitePage::Agreement => of_the_consignment("transfer-agreement"),
        WebsitePage::AgreementContinued => of_the_consignment("transfer-agreement-continued"),
        WebsitePage::Upload => of_the_consignment("upload"),
        WebsitePage::Checks => hand_over_url(profile, id, false),
        WebsitePage::CheckResults => of_the_consignment("file-checks-results"),
        WebsitePage::Complete => of_the_consignment("transfer-complete"),
        WebsitePage::Judgment => on_the_website(profile, &format!("judgment/{id}/before-uploading")),
    }
}

fn on_the_website(profile: &ServiceProfile, path: &str) -> Url {
    let mut url = profile.website_url.clone();
    let base = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{base}/{path}"));
    url
}

#[cfg(test)]
mod tests {
    use waybill_model::service::builtin;

    use super::*;

    const ID: &str = "7f9fbd5a-0000-4000-8000-000000000001";

    #[test]
    fn the_page_is_that_of_the_consignment_and_says_whether_the_upload_failed() {
        let profile = builtin("tdr").unwrap();
        let id = ID.parse().unwrap();
        assert_eq!(
            hand_over_url(&profile, id, false).as_str(),
            "https://tdr.nationalarchives.gov.uk/consignment/7f9fbd5a-0000-4000-8000-000000000001/file-checks?uploadFailed=false"
        );
        assert!(hand_over_url(&profile, id, true).as_str().ends_with("?uploadFailed=true"));
    }

    #[test]
    fn every_page_lies_on_the_website_of_the_profile_also_below_a_path() {
        let mut profile = builtin("tdr").unwrap();
        profile.website_url = Url::parse("https://www.example/tdr/").unwrap();
        let of = |page| website_url(&profile, ID.parse().unwrap(), page).to_string();
        let consignment = format!("https://www.example/tdr/consignment/{ID}");
        assert_eq!(of(WebsitePage::Overview), "https://www.example/tdr/view-transfers");
        assert_eq!(of(WebsitePage::Agreement), format!("{consignment}/transfer-agreement"));
        assert_eq!(of(WebsitePage::Checks), format!("{consignment}/file-checks?uploadFailed=false"));
        assert_eq!(of(WebsitePage::CheckResults), format!("{consignment}/file-checks-results"));
        assert_eq!(of(WebsitePage::Judgment), format!("https://www.example/tdr/judgment/{ID}/before-uploading"));
    }
}
