//! Addresses on the service's website for a browser to open: the pages need the person's own session there, not this
//! program's. Every address is built here from the profile and a consignment's id, and from nothing else.

use url::Url;
use waybill_model::service::address_key;
use waybill_model::{Code, ConsignmentId, Failure, Role, ServiceProfile, WebsitePage};

/// Returns the website's file-checks page. Opening it starts TDR's checks, or marks the upload as failed (facts E9). It
/// is safe to open again.
///
/// # Errors
/// [`Code::ProfileMalformed`] if the service has no website.
pub fn hand_over_url(profile: &ServiceProfile, id: ConsignmentId, upload_failed: bool) -> Result<Url, Failure> {
    let mut url = on_the_website(profile, &format!("consignment/{id}/file-checks"))?;
    url.query_pairs_mut().append_pair("uploadFailed", if upload_failed { "true" } else { "false" });
    Ok(url)
}

/// Returns the page that resumes a consignment.
///
/// # Errors
/// [`Code::ProfileMalformed`] if the service has no website.
pub fn website_url(profile: &ServiceProfile, id: ConsignmentId, page: WebsitePage) -> Result<Url, Failure> {
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

fn on_the_website(profile: &ServiceProfile, path: &str) -> Result<Url, Failure> {
    let mut url = website(profile)?.clone();
    let base = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{base}/{path}"));
    Ok(url)
}

/// Returns the website's first page.
///
/// # Errors
/// [`Code::ProfileMalformed`], with the key, if the service has no website.
pub fn website(profile: &ServiceProfile) -> Result<&Url, Failure> {
    let missing = || Failure::new(Code::ProfileMalformed, address_key(Role::Website));
    profile.address(Role::Website).ok_or_else(missing)
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
            hand_over_url(&profile, id, false).unwrap().as_str(),
            "https://tdr.nationalarchives.gov.uk/consignment/7f9fbd5a-0000-4000-8000-000000000001/file-checks?uploadFailed=false"
        );
        assert!(hand_over_url(&profile, id, true).unwrap().as_str().ends_with("?uploadFailed=true"));
    }

    #[test]
    fn every_page_is_on_the_website_of_the_profile_even_below_a_path() {
        let mut profile = builtin("tdr").unwrap();
        profile.website_url = Some(Url::parse("https://www.example/tdr/").unwrap());
        let of = |page| website_url(&profile, ID.parse().unwrap(), page).unwrap().to_string();
        let consignment = format!("https://www.example/tdr/consignment/{ID}");
        assert_eq!(of(WebsitePage::Overview), "https://www.example/tdr/view-transfers");
        assert_eq!(of(WebsitePage::Agreement), format!("{consignment}/transfer-agreement"));
        assert_eq!(of(WebsitePage::Checks), format!("{consignment}/file-checks?uploadFailed=false"));
        assert_eq!(of(WebsitePage::CheckResults), format!("{consignment}/file-checks-results"));
        assert_eq!(of(WebsitePage::Judgment), format!("https://www.example/tdr/judgment/{ID}/before-uploading"));
    }

    #[test]
    fn a_service_without_a_website_has_no_pages_and_the_key_is_named() {
        let profile = ServiceProfile { website_url: None, ..builtin("tdr").unwrap() };
        let missing = Failure::new(Code::ProfileMalformed, "website.url");
        assert_eq!(hand_over_url(&profile, ID.parse().unwrap(), false), Err(missing.clone()));
        assert_eq!(website_url(&profile, ID.parse().unwrap(), WebsitePage::Overview), Err(missing));
    }
}
