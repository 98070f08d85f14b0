//! The website's pages: plain HTML that a person can read and a screen reader can say.

use axum::response::{Html, IntoResponse as _, Response};
use http::StatusCode;

use crate::consignments::{Overview, Progress};

/// What the file-checks page reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checks {
    /// Running; how many of how many files each check has been through.
    Running(Progress, i64),
    Passed,
    /// Finished with findings, or failed.
    Problems,
    /// The person gave up, or the upload broke off.
    UploadFailed,
    /// There is nothing to check.
    NothingUploaded,
}

/// A page that a consignment continues on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    Series,
    Agreement,
    AgreementContinued,
    Upload,
    Results,
    Complete,
    Judgment,
}

impl Page {
    /// By the last part of its address.
    pub(super) fn of_standard(page: &str) -> Option<Self> {
        match page {
            "series" => Some(Self::Series),
            "transfer-agreement" => Some(Self::Agreement),
            "transfer-agreement-continued" => Some(Self::AgreementContinued),
            "upload" => Some(Self::Upload),
            "file-checks-results" => Some(Self::Results),
            "transfer-complete" => Some(Self::Complete),
            _ => None,
        }
    }
}

/// Returns what the website has a form for, and the sandbox has not.
pub(super) fn consignment(reference: &str, shown: Page) -> Response {
    let heading = match shown {
        Page::Series => "Choose a series",
        Page::Agreement => "Transfer agreement (part 1)",
        Page::AgreementContinued => "Transfer agreement (part 2)",
        Page::Upload => "Upload your records",
        Page::Results => "Results of your checks",
        Page::Complete => "Transfer complete",
        Page::Judgment => "Upload your court judgment",
    };
    let body = format!(
        "<h1>{heading}</h1><p>At the real service you would go on here. The sandbox has no form for it: its consignments stand \
         where they were put when it was started.</p><p>Consignment reference: {}</p>",
        escape(reference)
    );
    page(StatusCode::OK, heading, "", &body)
}

/// Returns the page of a consignment's checks. It reloads itself while they run.
pub(super) fn file_checks(reference: &str, checks: Checks) -> Response {
    let (heading, text, running) = match checks {
        Checks::Running(progress, total) => (
            "Checking your records",
            format!(
                "<p>Please wait while your records are being checked. This page updates itself; you may close it.</p>\
                 <ul><li>Virus scan: {} of {total}</li><li>Checksums: {} of {total}</li><li>File formats: {} of {total}</li></ul>",
                progress.antivirus, progress.checksum, progress.ffid
            ),
            true,
        ),
        Checks::Passed => {
            ("Results of your checks", "<p>Your records have been checked. Nothing was found.</p>".to_owned(), false)
        }
        Checks::Problems => (
            "Results of your checks",
            "<p>One or more files failed the checks. Contact us before you transfer them again.</p>".to_owned(),
            false,
        ),
        Checks::UploadFailed => (
            "There is a problem with your upload",
            "<p>Your upload was interrupted and could not be completed.</p>".to_owned(),
            false,
        ),
        Checks::NothingUploaded => (
            "Upload in progress",
            "<p>No upload of this transfer has been started, or it is still going on.</p>".to_owned(),
            false,
        ),
    };
    let reload = if running { "<meta http-equiv=\"refresh\" content=\"2\">" } else { "" };
    let body = format!("<h1>{heading}</h1>{text}<p>Consignment reference: {}</p>", escape(reference));
    page(StatusCode::OK, heading, reload, &body)
}

/// Returns the list of a person's transfers.
pub(super) fn transfers(name: &str, overviews: &[Overview]) -> Response {
    let rows: String = overviews
        .iter()
        .map(|one| {
            format!(
                "<tr><th scope=\"row\">{}</th><td>{}</td></tr>",
                escape(&one.reference),
                escape(&one.state.replace('_', " "))
            )
        })
        .collect();
    let body = format!(
        "<h1>Your transfers</h1><p>Signed in as {}.</p><table><thead><tr><th scope=\"col\">Reference</th><th scope=\"col\">State\
         </th></tr></thead><tbody>{rows}</tbody></table>",
        escape(name)
    );
    page(StatusCode::OK, "Your transfers", "", &body)
}

/// Returns a page for what cannot be shown.
pub(super) fn problem(status: StatusCode, heading: &str, text: &str) -> Response {
    page(status, heading, "", &format!("<h1>{}</h1><p>{}</p>", escape(heading), escape(text)))
}

fn page(status: StatusCode, title: &str, head: &str, body: &str) -> Response {
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">{head}<title>{} - Waybill sandbox</title></head>\
         <body><main>{body}</main></body></html>",
        escape(title)
    );
    (status, Html(html)).into_response()
}

/// Text as HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
