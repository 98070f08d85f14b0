//! The address at which the person's browser hands an upload over to TDR.

use url::Url;
use waybill_model::{ConsignmentId, ServiceProfile};

/// The website's file-checks page: opening it starts TDR's checks, or marks the upload as failed (facts E9). Opening it
/// again does no harm. The page needs the person's own session with the website, so a browser opens it, not this
/// program.
#[must_use]
pub fn hand_over_url(profile: &ServiceProfile, id: ConsignmentId, upload_failed: bool) -> Url {
    let mut url = profile.website_url.clone();
    let base = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{base}/consignment/{id}/file-checks"));
    url.query_pairs_mut().append_pair("uploadFailed", if upload_failed { "true" } else { "false" });
    url
}

#[cfg(test)]
mod tests {
    use waybill_model::service::builtin;

    use super::*;

    #[test]
    fn the_page_is_that_of_the_consignment_and_says_whether_the_upload_failed() {
        let profile = builtin("tdr").unwrap();
        let id = "7f9fbd5a-0000-4000-8000-000000000001".parse().unwrap();
        assert_eq!(
            hand_over_url(&profile, id, false).as_str(),
            "https://tdr.nationalarchives.gov.uk/consignment/7f9fbd5a-0000-4000-8000-000000000001/file-checks?uploadFailed=false"
        );
        assert!(hand_over_url(&profile, id, true).as_str().ends_with("?uploadFailed=true"));
    }
}
