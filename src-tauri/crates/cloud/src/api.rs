//! The consignment API: GraphQL over HTTP with a bearer token (facts E3, E4, E6).
//!
//! One document for each question, in [`documents`], checked against the published schema by a test. An answer with any
//! `errors` is a refusal, even with data beside it: half an answer decides nothing.
//!
//! `start_upload` and `register` are not repeatable (facts E6). After `NoAnswer` to them the caller reads the truth back.

mod documents;
mod envelope;
mod registration;
mod wire;

use std::ops::ControlFlow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use waybill_model::{CheckProgress, Consignment, ConsignmentId, FileId, Reply, Secret, ServerTruth, UserId};

pub use self::registration::{RegistrationBody, RegistrationSize};

use crate::net::{Miss, Net};

/// Consignments on a page (facts E4: the server takes at most 250).
const CONSIGNMENTS_PER_PAGE: u32 = 100;
/// More pages than any person has: the end of a server that never sends an empty one.
const MOST_PAGES: u32 = 1_000;
/// Files on a page (facts E6: the server takes at most 10,000).
pub const FILES_PER_PAGE: u32 = 1_000;

/// The consignment API of one service.
#[derive(Clone, Debug)]
pub struct Api {
    net: Net,
}

/// A page of what is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchPage {
    /// Match id (absent for folders), TDR's id, and whether it is a file (not a folder).
    pub entries: Vec<(Option<String>, FileId, bool)>,
    /// Nothing comes after this page.
    pub last: bool,
}

/// A page of files with what TDR's checks came to so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusPage {
    /// TDR's id of the file, and its statuses: type and value, as TDR names them (facts E7).
    pub entries: Vec<(FileId, Vec<(String, String)>)>,
    /// Nothing comes after this page.
    pub last: bool,
}

impl Api {
    /// The API of `net`'s service.
    #[must_use]
    pub fn new(net: &Net) -> Self {
        Self { net: net.clone() }
    }

    /// All consignments of the person, the newest first. `user` must be the token's own `user_id`, or TDR refuses.
    ///
    /// Reads pages until an empty one: `hasNextPage` is true for every page that is not empty (facts E4).
    pub async fn consignments(&self, access: &Secret, user: UserId) -> Reply<Vec<Consignment>> {
        let mut found: Vec<Consignment> = Vec::new();
        self.each_consignment(access, user, |consignment| {
            // A consignment made meanwhile moves the rest on by one: the last of a page comes again.
            if !found.iter().any(|known| known.id == consignment.id) {
                found.push(consignment);
            }
            ControlFlow::Continue(())
        })
        .await?;
        Ok(found)
    }

    /// Returns the newest of the person's consignments that `is_wanted`, and reads no page after the one that has it: the API finds a
    /// consignment by its id or its owner only (facts E4).
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

    /// One consignment. Somebody else's and unknown ones are refused alike (`NOT_AUTHORISED`, facts E3).
    pub async fn consignment(&self, access: &Secret, id: ConsignmentId) -> Reply<Consignment> {
        let variables = json!({ "consignmentId": id });
        let data = self.ask::<_, wire::One<wire::Consignment>>(access, documents::CONSIGNMENT, &variables).await?;
        present(data, |consignment| consignment.into_model(Some(id)))
    }

    /// Tells TDR that the upload begins. Not repeatable.
    pub async fn start_upload(&self, access: &Secret, id: ConsignmentId, parent_folder: &str) -> Reply<()> {
        let variables = json!({
            "input": { "consignmentId": id, "parentFolder": parent_folder, "includeTopLevelFolder": false },
        });
        self.ask::<_, wire::StartUpload>(access, documents::START_UPLOAD, &variables).await?;
        Ok(())
    }

    /// What the API holds of an upload.
    pub async fn truth(&self, access: &Secret, id: ConsignmentId) -> Reply<ServerTruth> {
        let variables = json!({ "consignmentId": id });
        let data = self.ask::<_, wire::One<wire::Truth>>(access, documents::TRUTH, &variables).await?;
        present(data, wire::Truth::into_model)
    }

    /// Registers all files of a transfer in one call: match ids as they came back, and the ids that TDR gave. Not
    /// repeatable: a second call registers everything a second time.
    ///
    /// Match ids may be missing from the answer (facts E6); the caller counts.
    pub async fn register(&self, access: &Secret, body: RegistrationBody) -> Reply<Vec<(String, FileId)>> {
        let data = envelope::post::<wire::Registered>(&self.net, access, body.finish()).await?;
        Ok(data.matches.into_iter().map(|entry| (entry.match_id, entry.file_id)).collect())
    }

    /// A page, counted from 0, of what is registered (files and folders).
    pub async fn matches(&self, access: &Secret, id: ConsignmentId, page: u32) -> Reply<MatchPage> {
        let variables = json!({
            "consignmentId": id,
            "paginationInput": { "limit": FILES_PER_PAGE, "currentPage": page },
        });
        let data = self.ask::<_, wire::One<wire::Files<wire::File>>>(access, documents::MATCHES, &variables).await?;
        present(data, |files| Some(files.into_model()))
    }

    /// A page, counted from 0, of the files of a consignment with the statuses of each. Its owner may ask for them: they
    /// are fields of `getConsignment`, which is refused to everybody else.
    pub async fn file_statuses(&self, access: &Secret, id: ConsignmentId, page: u32) -> Reply<StatusPage> {
        let variables = json!({
            "consignmentId": id,
            "paginationInput": {
                "limit": FILES_PER_PAGE, "currentPage": page, "fileFilters": { "fileTypeIdentifier": "File" },
            },
        });
        type Answer = wire::One<wire::Files<wire::CheckedFile>>;
        let data = self.ask::<_, Answer>(access, documents::FILE_STATUSES, &variables).await?;
        present(data, |files| Some(files.into_model()))
    }

    /// How far TDR's checks are. Asks for counts only: the stock document selects every status of every file (facts E8).
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

/// The consignment that was asked for, as a model type; the schema allows its absence (and negative counts).
fn present<T, X>(data: wire::One<T>, read: impl FnOnce(T) -> Option<X>) -> Reply<X> {
    let found = data.consignment.ok_or_else(envelope::absent)?;
    Ok(read(found).ok_or_else(|| Miss::garbled("the consignment holds a value that cannot be"))?)
}

#[cfg(test)]
mod tests;
