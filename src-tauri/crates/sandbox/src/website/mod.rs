//! The website, as far as a transfer from outside needs it: the file-checks page that starts the checks, and the pages on
//! which a consignment goes on. The latter are there to be read; their forms are not part of the sandbox.
//!
//! Only the file-checks page can start the checks. It takes a session with the website itself, which single sign-on gives to a browser that has
//! signed in before without asking. Asking for the page again is harmless: once Upload says that the upload is over, nothing is
//! started, also when the client said so itself through the API.

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

use self::page::{Checks, Place};
use crate::consignments::{self, Kind, State as Standing, Triggered, statuses};
use crate::people::Person;
use crate::sign_in;
use crate::state::Shared;

/// The website's pages.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    if let Err(error) = session::prepare(&shared) {
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
        .with_state(shared)
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
    State(shared): State<Arc<Shared>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let shown = signed_in(&shared, &headers).and_then(|person| {
        consignments::resume(&shared)?;
        let overviews = consignments::overview(&shared, person.user_id)?;
        Ok(page::transfers(&person.name, &overviews))
    });
    shown.unwrap_or_else(|refused| refusal(&shared, &uri, refused))
}

async fn standard_checks(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(outcome): Query<UploadOutcome>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    file_checks(&shared, &headers, &id, Kind::Standard, &outcome)
        .unwrap_or_else(|refused| refusal(&shared, &uri, refused))
}

async fn judgment_checks(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(outcome): Query<UploadOutcome>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    file_checks(&shared, &headers, &id, Kind::Judgment, &outcome)
        .unwrap_or_else(|refused| refusal(&shared, &uri, refused))
}

async fn standard_page(
    State(shared): State<Arc<Shared>>,
    Path((id, page)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let place = Place::of_standard(&page).ok_or(Refused::NoSuchPage);
    let shown = place.and_then(|place| consignment_page(&shared, &headers, &id, Kind::Standard, place));
    shown.unwrap_or_else(|refused| refusal(&shared, &uri, refused))
}

async fn judgment_page(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    consignment_page(&shared, &headers, &id, Kind::Judgment, Place::Judgment)
        .unwrap_or_else(|refused| refusal(&shared, &uri, refused))
}

/// A page on which a consignment goes on. Looking at it changes nothing.
fn consignment_page(
    shared: &Arc<Shared>,
    headers: &HeaderMap,
    id: &str,
    kind: Kind,
    place: Place,
) -> Result<Response, Refused> {
    let consignment = owned(shared, headers, id, kind)?;
    if place == Place::Results {
        consignments::resume(shared)?;
        return Ok(page::file_checks(&consignment.reference, standing(shared, &consignment)?));
    }
    Ok(page::place(&consignment.reference, place))
}

/// The consignment of an address, where it belongs to the person who asks.
fn owned(
    shared: &Arc<Shared>,
    headers: &HeaderMap,
    id: &str,
    kind: Kind,
) -> Result<consignments::Consignment, Refused> {
    let person = signed_in(shared, headers)?;
    let id = Uuid::parse_str(id).map_err(|_| Refused::BadRequest("The consignment's id is not one."))?;
    let found = shared.db.with(|db| consignments::by_id(db, id))?;
    let consignment = found.filter(|consignment| consignment.user_id == person.user_id).ok_or(Refused::NotYours)?;
    if consignment.kind == kind { Ok(consignment) } else { Err(Refused::NoSuchPage) }
}

/// The browser comes back from the sign-in address.
async fn callback(State(shared): State<Arc<Shared>>, Query(came_back): Query<CameBack>) -> Response {
    let return_to = came_back.state.and_then(|state| sign_in::website_return_to(&shared, &state));
    let Some(return_to) = return_to else {
        return page::problem(
            StatusCode::BAD_REQUEST,
            "Sign-in failed",
            "This sign-in did not begin here, or was used before.",
        );
    };
    let person = match came_back.code {
        Some(code) => sign_in::website_redeem(&shared, &code).await,
        None => None,
    };
    let Some(person) = person else {
        return page::problem(StatusCode::UNAUTHORIZED, "Sign-in failed", "You could not be signed in. Try again.");
    };
    let cookie = session::begin(&shared, &person).map(|cookie| HeaderValue::from_str(&cookie));
    match cookie {
        Ok(Ok(cookie)) => {
            let mut reply = Redirect::to(&return_to).into_response();
            reply.headers_mut().insert(header::SET_COOKIE, cookie);
            reply
        }
        Ok(Err(_)) | Err(_) => {
            page::problem(StatusCode::INTERNAL_SERVER_ERROR, "Sorry, there is a problem", "No session could be made.")
        }
    }
}

/// Starts the checks of an upload that went well, notes one that did not, and shows how things stand. The page is 200 whatever
/// became of the checks.
fn file_checks(
    shared: &Arc<Shared>,
    headers: &HeaderMap,
    id: &str,
    kind: Kind,
    outcome: &UploadOutcome,
) -> Result<Response, Refused> {
    signed_in(shared, headers)?;
    let failed = match outcome.upload_failed.as_deref() {
        Some("true") => true,
        Some("false") => false,
        Some(_) | None => return Err(Refused::BadRequest("Missing parameter: uploadFailed")),
    };
    let consignment = owned(shared, headers, id, kind)?;
    let id = consignment.id;
    if failed {
        consignments::give_up(shared, id)?;
        return Ok(page::file_checks(&consignment.reference, Checks::UploadFailed));
    }
    if consignments::trigger(shared, id)? == Triggered::NoUpload {
        return Ok(page::file_checks(&consignment.reference, Checks::NothingUploaded));
    }
    consignments::resume(shared)?;
    Ok(page::file_checks(&consignment.reference, standing(shared, &consignment)?))
}

/// What the page says about a consignment whose upload is over.
fn standing(shared: &Shared, consignment: &consignments::Consignment) -> rusqlite::Result<Checks> {
    let (now, seconds) = (shared.clock.now(), shared.options.check_seconds);
    shared.db.with(|db| {
        Ok(match consignments::state(consignment, &statuses::all(db, consignment.id)?) {
            Standing::Checking => Checks::Running(
                consignments::progress(db, consignment.id, now, seconds)?,
                consignments::files::count(db, consignment.id)?,
            ),
            Standing::Checked | Standing::Done => Checks::Passed,
            Standing::Failed => Checks::Problems,
            Standing::Ready | Standing::NeedsAgreement | Standing::Uploading | Standing::Judgment => {
                Checks::NothingUploaded
            }
        })
    })
}

fn signed_in(shared: &Shared, headers: &HeaderMap) -> Result<Person, Refused> {
    session::person(shared, headers).ok_or(Refused::SignIn)
}

fn refusal(shared: &Shared, uri: &Uri, refused: Refused) -> Response {
    match refused {
        Refused::SignIn => {
            let return_to = uri.path_and_query().map_or("/", |path| path.as_str());
            Redirect::to(&sign_in::website_login_url(shared, return_to)).into_response()
        }
        Refused::NotYours => page::problem(
            StatusCode::FORBIDDEN,
            "You do not have permission to see this page",
            "The transfer belongs to somebody else, or there is none with this id.",
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
