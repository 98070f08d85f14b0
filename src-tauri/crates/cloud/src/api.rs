//! The consignment API: GraphQL over HTTP with a bearer token (facts E3, E4, E6).
//!
//! One document for each query, in [`documents`]; a test checks each against the published schema. A response with any
//! `errors` is a refusal, even if it also has data: a partial result is never used.
//!
//! `start_upload` and `register` cannot be repeated safely (facts E6). After `NoAnswer` to either, the caller reads
//! back what the API recorded.

mod documents;
mod envelope;
mod registration;
mod wire;

use std::ops::ControlFlow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use waybill_model::{CheckProgress, Consignment, ConsignmentId, FileId, Reply, Secret, ServerTruth, UserId};

pub use self::registration::{RegistrationBody, RegistrationSize};

use crate::net::{Miss, Net};

/// Consignments per page (facts E4: the server allows at most 250).
const CONSIGNMENTS_PER_PAGE: u32 = 100;
/// More pages than any person has. It stops the reading if a server never sends an empty page.
const MOST_PAGES: u32 = 1_000;
/// Files per page: the most that the server allows, and more than a consignment of TDR may have.
///
/// The server orders pages by file name only, so files of the same name may appear on two pages or on none (facts E6).
/// One page holds them all.
pub const FILES_PER_PAGE: u32 = 10_000;

/// The consignment API of one service.
#[derive(Clone, Debug)]
pub struct Api {
    net: Net,
}

/// A page of registered files and folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchPage {
    /// The match id (absent for folders), TDR's id, and whether the entry is a file rather than a folder.
    pub entries: Vec<(Option<String>, FileId, bool)>,
    /// Whether this is the last page.
    pub last: bool,
}

/// A page of files with the results of TDR's checks so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusPage {
    /// TDR's id of each file, and the type and value of each of its statuses, as TDR names them (facts E7).
    pub entries: Vec<(FileId, Vec<(String, String)>)>,
    /// Whether this is the last page.
    pub last: bool,
}

impl Api {
    /// Creates a client for the consignment API of `net`'s service.
    #[must_use]
    pub fn new(net: &Net) -> Self {
        Self { net: net.clone() }
    }

    /// Returns all of the person's consignments, newest first. `user` must be the token's own `user_id`, or TDR
    /// refuses.
    ///
    /// Reads pages until an empty one: `hasNextPage` is true for every page that is not empty (facts E4).
    pub async fn consignments(&self, access: &Secret, user: UserId) -> Reply<Vec<Consignment>> {
        let mut found: Vec<Consignment> = Vec::new();
        self.each_consignment(access, user, |consignment| {
            // A consignment created meanwhile shifts the rest by one, so the last entry of a page appears again.
            if !found.iter().any(|known| known.id == consignment.id) {
                found.push(consignment);
            }
            ControlFlow::Continue(())
        })
        .await?;
        Ok(found)
    }

    /// Returns the newest of the person's consignments that `is_wanted`. Reads no page after the one that contains it:
    /// the API can find a consignment only by its id or its owner (facts E4).
    pub async fn find_consignment(
        &self,
        access: &Secret,
        user: UserId,
        is_wanted: impl Fn(&Consignment) -> bool,
    ) -> Reply<Option<Consignment>> {
        self.each_consignment(access, user, |consignment| {
            if is_wanted(&consignment) { ControlFlow::Break(consignment) } else { ControlFlow::Continue(()) }
        })
        .await
    }

    async fn each_consignment(
        &self,
        access: &Secret,
        user: UserId,
        mut sink: impl FnMut(Consignment) -> ControlFlow<Consignment>,
    ) -> Reply<Option<Consignment>> {
        for page in 0..MOST_PAGES {
            let variables = json!({
                "limit": CONSIGNMENTS_PER_PAGE,
                "currentPage": page,
                "consignmentFiltersInput": { "userId": user },
                "orderBy": { "consignmentOrderField": "CreatedAtTimestamp", "orderDirection": "Descending" },
            });
            let asked = self.ask::<_, wire::Consignments>(access, documents::CONSIGNMENTS, &variables).await;
            let edges = asked?.consignments.edges;
            if edges.is_empty() {
                return Ok(None);
            }
            for consignment in edges.into_iter().flatten().filter_map(|edge| edge.node.into_model(None)) {
                if let ControlFlow::Break(found) = sink(consignment) {
                    return Ok(Some(found));
                }
            }
        }
        Err(Miss::garbled(format!("more than {MOST_PAGES} pages of consignments")).into())
    }

    /// Returns one consignment. TDR refuses another person's consignment and an unknown one alike (`NOT_AUTHORISED`,
    /// facts E3).
    pub async fn consignment(&self, access: &Secret, id: ConsignmentId) -> Reply<Consignment> {
        let variables = json!({ "consignmentId": id });
        let data = self.ask::<_, wire::One<wire::Consignment>>(access, documents::CONSIGNMENT, &variables).await?;
        present(data, |consignment| consignment.into_model(Some(id)))
    }

    /// Tells TDR that the upload is starting. Must not be repeated.
    pub async fn start_upload(&self, access: &Secret, id: ConsignmentId, parent_folder: &str) -> Reply<()> {
        let variables = json!({
            "input": { "consignmentId": id, "parentFolder": parent_folder, "includeTopLevelFolder": false },
        });
        self.ask::<_, wire::StartUpload>(access, documents::START_UPLOAD, &variables).await?;
        Ok(())
    }

    /// Returns what the API has recorded about an upload.
    pub async fn truth(&self, access: &Secret, id: ConsignmentId) -> Reply<ServerTruth> {
        let variables = json!({ "consignmentId": id });
        let data = self.ask::<_, wire::One<wire::Truth>>(access, documents::TRUTH, &variables).await?;
        present(data, wire::Truth::into_model)
    }

    /// Registers all files of a transfer in one call. Returns the match ids as they came back and the ids that TDR
    /// assigned. Must not be repeated: a second call registers everything again.
    ///
    /// Match ids may be missing from the response (facts E6); the caller counts them.
    pub async fn register(&self, access: &Secret, body: RegistrationBody) -> Reply<Vec<(String, FileId)>> {
        let data = envelope::post::<wire::Registered>(&self.net, access, body.finish()).await?;
        Ok(data.matches.into_iter().map(|entry| (entry.match_id, entry.file_id)).collect())
    }

    /// Returns one page, counted from 0, of the registered files.
    pub async fn matches(&self, access: &Secret, id: ConsignmentId, page: u32) -> Reply<MatchPage> {
        let variables = json!({
            "consignmentId": id,
            "paginationInput": files_page(page),
        });
        let data = self.ask::<_, wire::One<wire::Files<wire::File>>>(access, documents::MATCHES, &variables).await?;
        present(data, |files| Some(files.into_model()))
    }

    /// Returns one page, counted from 0, of a consignment's files and the statuses of each. Only the owner may ask for
    /// them: they are fields of `getConsignment`, which everybody else is refused.
    pub async fn file_statuses(&self, access: &Secret, id: ConsignmentId, page: u32) -> Reply<StatusPage> {
        let variables = json!({
            "consignmentId": id,
            "paginationInput": files_page(page),
        });
        type Answer = wire::One<wire::Files<wire::CheckedFile>>;
        let data = self.ask::<_, Answer>(access, documents::FILE_STATUSES, &variables).await?;
        present(data, |files| Some(files.into_model()))
    }

    /// Returns the progress of TDR's checks. Asks for counts only: TDR's own document selects every status of every
    /// file (facts E8).
    pub async fn checks(&self, access: &Secret, id: ConsignmentId) -> Reply<CheckProgress> {
        let variables = json!({ "consignmentId": id });
        let data = self.ask::<_, wire::One<wire::Checks>>(access, documents::CHECKS, &variables).await?;
        present(data, wire::Checks::into_model)
    }

    async fn ask<V: Serialize, D: DeserializeOwned>(&self, access: &Secret, document: &str, variables: &V) -> Reply<D> {
        #[derive(Serialize)]
        struct Question<'a, V> {
            query: &'a str,
            variables: &'a V,
        }
        let body = serde_json::to_vec(&Question { query: document, variables })
            .map_err(|error| Miss::garbled(error.to_string()))?;
        envelope::post(&self.net, access, body).await
    }
}

/// Returns which files are asked for: one page, counted from 0, without the folders.
fn files_page(page: u32) -> Value {
    json!({ "limit": FILES_PER_PAGE, "currentPage": page, "fileFilters": { "fileTypeIdentifier": "File" } })
}

/// Reads a response as each reply of the API.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_all(answer: &crate::net::Answer) {
    let id = ConsignmentId(uuid::Uuid::nil());
    let consignments = envelope::read::<wire::Consignments>(answer).map(|data| data.consignments.edges);
    let edges = consignments.unwrap_or_default().into_iter().flatten();
    let _all: Vec<Option<Consignment>> = edges.map(|edge| edge.node.into_model(None)).collect();
    let _one = envelope::read(answer)
        .and_then(|data: wire::One<wire::Consignment>| present(data, |consignment| consignment.into_model(Some(id))));
    let _started = envelope::read::<wire::StartUpload>(answer);
    let _truth = envelope::read(answer).and_then(|data: wire::One<wire::Truth>| present(data, wire::Truth::into_model));
    let _registered = envelope::read::<wire::Registered>(answer).map(|data| data.matches.len());
    let _matches = envelope::read(answer)
        .and_then(|data: wire::One<wire::Files<wire::File>>| present(data, |files| Some(files.into_model())));
    let _statuses = envelope::read(answer)
        .and_then(|data: wire::One<wire::Files<wire::CheckedFile>>| present(data, |files| Some(files.into_model())));
    let checks =
        envelope::read(answer).and_then(|data: wire::One<wire::Checks>| present(data, wire::Checks::into_model));
    if let Ok(checks) = checks {
        let _shown = (checks.finished(), checks.could_not_run());
    }
}

/// Converts the requested consignment to a model type. The schema allows it to be absent, and allows negative counts.
fn present<T, X>(data: wire::One<T>, read: impl FnOnce(T) -> Option<X>) -> Reply<X> {
    let found = data.consignment.ok_or_else(envelope::absent)?;
    Ok(read(found).ok_or_else(|| Miss::garbled("the consignment holds a value that cannot be"))?)
}

#[cfg(test)]
mod tests;
