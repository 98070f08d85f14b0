//! The website, as far as a transfer from outside needs it: the file-checks page that starts the checks, and the pages
//! that a consignment continues on. The latter can only be read; their forms are not part of the sandbox.
//!
//! Only the file-checks page can start the checks. It needs a session with the website itself, which single sign-on
//! gives without asking to a browser that has signed in before. Asking for the page again is harmless: once Upload says
//! that the upload is over, nothing is started, even if the client said so itself through the API.

mod page;
mod session;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde::Deserialize;
use uuid::Uuid;

use self::page::{Checks, Page};
use crate::consignments::{self, Kind, Standing, Triggered, statuses};
use crate::people::Person;
use crate::realm::Realm;
use crate::sign_in::{self, SignIn};

/// The state of the role.
pub(crate) struct Website {
    pub realm: Arc<Realm>,
    pub sign_in: Arc<SignIn>,
    pub checks: Arc<consignments::Checks>,
}

/// Returns the website's pages.
pub(crate) fn router(website: Website) -> Router {
    if let Err(error) = session::prepare(&website.realm.db) {
        tracing::error!(%error, "the website's sessions have no table");
    }
    Router::new()
        .route("/", get(|| async { Redirect::to("/view-transfers") }))
        .route("/view-transfers", get(view_transfers))
        .route("/consignment/{id}/file-checks", get(standard_checks))
        .route("/judgment/{id}/file-checks", get(judgment_checks))
        .route("/consignment/{id}/{page}", get(standard_page))
        .route("/judgment/{id}/before-uploading", get(judgment_page))
        .route("/callback", get(callback))
        .fallback(|| async {
            page::problem(StatusCode::NOT_FOUND, "Page not found", "There is no page at this address.")
        })
        .with_state(Arc::new(website))
}

/// Why a page is not shown.
enum Refused {
    /// The browser has to sign in first.
    SignIn,
    NotYours,
    NoSuchPage,
    BadRequest(&'static str),
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

#[derive(Deserialize)]
struct UploadOutcome {
    #[serde(rename = "uploadFailed")]
    upload_failed: Option<String>,
}

#[derive(Deserialize)]
struct CameBack {
    code: Option<String>,
    state: Option<String>,
}

async fn view_transfers(
    State(website): State<Arc<Website>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let shown = signed_in(&website, &headers).and_then(|person| {
        website.checks.resume()?;
        let overviews = consignments::overview(&website.checks, person.user_id)?;
        Ok(page::transfers(&person.name, &overviews))
    });
    shown.unwrap_or_else(|refused| refusal(&website, &uri, refused))
}

async fn standard_checks(
    State(website): State<Arc<Website>>,
    Path(id): Path<String>,
    Query(outcome): Query<UploadOutcome>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    file_checks(&website, &headers, &id, Kind::Standard, &outcome)
        .unwrap_or_else(|refused| refusal(&website, &uri, refused))
}

async fn judgment_checks(
    State(website): State<Arc<Website>>,
    Path(id): Path<String>,
    Query(outcome): Query<UploadOutcome>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    file_checks(&website, &headers, &id, Kind::Judgment, &outcome)
        .unwrap_or_else(|refused| refusal(&website, &uri, refused))
}

async fn standard_page(
    State(website): State<Arc<Website>>,
    Path((id, name)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let page = Page::of_standard(&name).ok_or(Refused::NoSuchPage);
    let shown = page.and_then(|page| consignment_page(&website, &headers, &id, Kind::Standard, page));
    shown.unwrap_or_else(|refused| refusal(&website, &uri, refused))
}

async fn judgment_page(
    State(website): State<Arc<Website>>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    consignment_page(&website, &headers, &id, Kind::Judgment, Page::Judgment)
        .unwrap_or_else(|refused| refusal(&website, &uri, refused))
}

/// Returns a page that a consignment continues on. Looking at it changes nothing.
fn consignment_page(
    website: &Website,
    headers: &HeaderMap,
    id: &str,
    kind: Kind,
    shown: Page,
) -> Result<Response, Refused> {
    let consignment = owned(website, headers, id, kind)?;
    if shown == Page::Results {
        website.checks.resume()?;
        return Ok(page::file_checks(&consignment.reference, progress(website, &consignment)?));
    }
    Ok(page::consignment(&consignment.reference, shown))
}

/// Returns the consignment of an address, if it belongs to the person who asks.
fn owned(website: &Website, headers: &HeaderMap, id: &str, kind: Kind) -> Result<consignments::Consignment, Refused> {
    let person = signed_in(website, headers)?;
    let id = Uuid::parse_str(id).map_err(|_| Refused::BadRequest("The consignment id is not valid."))?;
    let found = website.realm.db.with(|db| consignments::by_id(db, id))?;
    let consignment = found.filter(|consignment| consignment.user_id == person.user_id).ok_or(Refused::NotYours)?;
    if consignment.kind == kind { Ok(consignment) } else { Err(Refused::NoSuchPage) }
}

/// Signs in a browser that comes back from the sign-in address.
async fn callback(State(website): State<Arc<Website>>, Query(came_back): Query<CameBack>) -> Response {
    let return_to = came_back.state.and_then(|state| sign_in::website_return_to(&website.sign_in, &state));
    let Some(return_to) = return_to else {
        return page::problem(
            StatusCode::BAD_REQUEST,
            "Sign-in failed",
            "This sign-in was not started here, or was used before.",
        );
    };
    let person = match came_back.code {
        Some(code) => sign_in::website_redeem(&website.sign_in, &code).await,
        None => None,
    };
    let Some(person) = person else {
        return page::problem(StatusCode::UNAUTHORIZED, "Sign-in failed", "You could not be signed in. Try again.");
    };
    let cookie = session::begin(&website.realm, &person).map(|cookie| HeaderValue::from_str(&cookie));
    match cookie {
        Ok(Ok(cookie)) => {
            let mut reply = Redirect::to(&return_to).into_response();
            reply.headers_mut().insert(header::SET_COOKIE, cookie);
            reply
        }
        Ok(Err(_)) | Err(_) => page::problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Sorry, there is a problem",
            "The session could not be started.",
        ),
    }
}

/// Starts the checks of an upload that succeeded, records one that did not, and shows the state of the checks. The page
/// is 200, no matter what the checks find.
fn file_checks(
    website: &Website,
    headers: &HeaderMap,
    id: &str,
    kind: Kind,
    outcome: &UploadOutcome,
) -> Result<Response, Refused> {
    signed_in(website, headers)?;
    let failed = match outcome.upload_failed.as_deref() {
        Some("true") => true,
        Some("false") => false,
        Some(_) | None => return Err(Refused::BadRequest("Missing parameter: uploadFailed")),
    };
    let consignment = owned(website, headers, id, kind)?;
    let id = consignment.id;
    if failed {
        website.checks.give_up(id)?;
        return Ok(page::file_checks(&consignment.reference, Checks::UploadFailed));
    }
    if website.checks.trigger(id)? == Triggered::NoUpload {
        return Ok(page::file_checks(&consignment.reference, Checks::NothingUploaded));
    }
    website.checks.resume()?;
    Ok(page::file_checks(&consignment.reference, progress(website, &consignment)?))
}

/// Returns what the page says about a consignment whose upload is over.
fn progress(website: &Website, consignment: &consignments::Consignment) -> rusqlite::Result<Checks> {
    let (standing, files) = website.realm.db.with(|db| {
        let statuses = statuses::all(db, consignment.id)?;
        let files = consignments::files::count(db, consignment.id)?;
        Ok((consignments::standing(consignment, &statuses), files))
    })?;
    Ok(match standing {
        Standing::Checking => Checks::Running(website.checks.progress(consignment.id)?, files),
        Standing::Checked | Standing::Done => Checks::Passed,
        Standing::Failed => Checks::Problems,
        Standing::Ready | Standing::NeedsAgreement | Standing::Uploading | Standing::Judgment => {
            Checks::NothingUploaded
        }
    })
}

fn signed_in(website: &Website, headers: &HeaderMap) -> Result<Person, Refused> {
    session::person(&website.realm, headers).ok_or(Refused::SignIn)
}

fn refusal(website: &Website, uri: &Uri, refused: Refused) -> Response {
    match refused {
        Refused::SignIn => {
            let return_to = uri.path_and_query().map_or("/", |path| path.as_str());
            Redirect::to(&sign_in::website_login_url(&website.sign_in, return_to)).into_response()
        }
        Refused::NotYours => page::problem(
            StatusCode::FORBIDDEN,
            "You do not have permission to see this page",
            "The transfer belongs to someone else, or does not exist.",
        ),
        Refused::NoSuchPage => {
            page::problem(StatusCode::NOT_FOUND, "Page not found", "There is no page at this address.")
        }
        Refused::BadRequest(text) => page::problem(StatusCode::BAD_REQUEST, "Bad request", text),
        Refused::Database(error) => {
            tracing::error!(%error, "the website could not use the database");
            page::problem(StatusCode::INTERNAL_SERVER_ERROR, "Sorry, there is a problem", "Try again later.")
        }
    }
}
