//! Calls of the consignment API, each once; what they mean is the machine's decision.

use std::ops::ControlFlow;
use std::sync::Arc;

use waybill_cloud::RegistrationBody;
use waybill_engine::transfer::{Event, Registration};
use waybill_journal::{Change, HashedItem, Journal, StateKind, TransferRow, Write};
use waybill_model::{
    Code, ConsignmentId, Failure, FileId, ItemId, LocalFault, MatchId, NoAnswer, NoAnswerKind, NotDone, Reply, Secret,
    WaitReason,
};
use waybill_source::Folder;

use super::Shared;

pub(super) async fn start_upload(shared: Shared, row: Arc<TransferRow>) -> Event {
    let reply = with_token(&shared, &row, async |token, consignment| {
        shared.connection.api.start_upload(token, consignment, &row.folder_name).await
    })
    .await;
    Event::StartReplied(reply)
}

pub(super) async fn read_truth(shared: Shared, row: Arc<TransferRow>) -> Event {
    let api = &shared.connection.api;
    let reply = with_token(&shared, &row, async |token, consignment| api.truth(token, consignment).await).await;
    Event::TruthRead(reply)
}

pub(super) async fn read_checks(shared: Shared, row: Arc<TransferRow>) -> Event {
    let api = &shared.connection.api;
    let reply = with_token(&shared, &row, async |token, consignment| api.checks(token, consignment).await).await;
    if let Ok(progress) = &reply {
        let write = Write { transfer: row.id, change: Change::Checks(*progress) };
        if let Err(error) = shared.journal.write(vec![write]).await {
            tracing::warn!(%error, "the progress of the checks was not recorded");
        }
    }
    Event::ChecksRead(reply)
}

pub(super) async fn register(shared: Shared, row: Arc<TransferRow>) -> Event {
    Event::RegisterReplied(registration(&shared, &row).await)
}

async fn registration(shared: &Shared, row: &Arc<TransferRow>) -> Reply<Registration> {
    let (journal, described) = (shared.journal.clone(), Arc::clone(row));
    let body = tokio::task::spawn_blocking(move || registration_body(&journal, &described)).await;
    let body = body.unwrap_or(Err(LocalFault::CalledOff))?;
    let pairs = with_token(shared, row, async |token, _| shared.connection.api.register(token, body).await).await?;
    let pairs = pairs.into_iter().map(|(match_id, file_id)| (Some(match_id), file_id));
    keep_matches(shared, row, pairs).await.map_err(|failure| {
        // The registration is made, so this is not "not sent": its ids can be read back.
        NotDone::NoAnswer(NoAnswer {
            kind: NoAnswerKind::Garbled,
            maybe_received: true,
            detail: format!("the file ids could not be kept: {failure}"),
        })
    })
}

pub(super) async fn read_matches(shared: Shared, row: Arc<TransferRow>) -> Event {
    Event::MatchesRead(all_matches(&shared, &row).await)
}

async fn all_matches(shared: &Shared, row: &TransferRow) -> Reply<Registration> {
    let mut all = Registration::default();
    let mut page = 0;
    loop {
        let api = &shared.connection.api;
        let found =
            with_token(shared, row, async |token, consignment| api.matches(token, consignment, page).await).await?;
        let files = found.entries.into_iter().filter(|(_, _, is_file)| *is_file);
        let kept = keep_matches(shared, row, files.map(|(match_id, file_id, _)| (match_id, file_id))).await;
        let kept = kept.map_err(|failure| not_written(&failure))?;
        all.matched = kept.matched;
        all.surplus += kept.surplus;
        if found.last {
            return Ok(all);
        }
        page += 1;
    }
}

/// Returns what a failure of the journal means for a call.
fn not_written(failure: &Failure) -> LocalFault {
    if failure.code == Code::DiskFull {
        return LocalFault::Blocked(WaitReason::DiskFull);
    }
    LocalFault::Impossible(failure.code, failure.to_string())
}

/// Calls with a token of the transfer's own person and the id of its consignment, and reports if the token is refused.
async fn with_token<T>(
    shared: &Shared,
    row: &TransferRow,
    call: impl AsyncFnOnce(&Secret, ConsignmentId) -> Reply<T>,
) -> Reply<T> {
    let consignment = consignment(row)?;
    let access = shared.session.access().await.map_err(|none| LocalFault::Blocked(none.reason()))?;
    if access.person.user_id != row.person.user_id {
        return Err(LocalFault::Blocked(WaitReason::DifferentPerson).into());
    }
    let reply = call(&access.token, consignment).await;
    if matches!(&reply, Err(NotDone::Refused(refusal)) if refusal.status == 401) {
        shared.session.distrust(access.token.clone());
    }
    reply
}

/// Returns the id of the consignment. Only transfers into one are opened and closed at the API.
pub(super) fn consignment(row: &TransferRow) -> Result<ConsignmentId, LocalFault> {
    let none = || LocalFault::Impossible(Code::Internal, format!("transfer {} has no consignment", row.id));
    row.target.consignment().map(|consignment| consignment.id).ok_or_else(none)
}

/// Stores the file id of every item, all in one commit.
async fn keep_matches(
    shared: &Shared,
    row: &TransferRow,
    pairs: impl Iterator<Item = (Option<String>, FileId)>,
) -> Result<Registration, Failure> {
    let mut surplus = 0;
    let mut known: Vec<(ItemId, FileId)> = Vec::new();
    for (match_id, file_id) in pairs {
        match match_id.and_then(|text| text.parse::<MatchId>().ok()) {
            Some(match_id) => known.push((match_id.item(), file_id)),
            None => surplus += 1,
        }
    }
    let (shared, transfer) = (shared.clone(), row.id);
    tokio::task::spawn_blocking(move || {
        let matching = shared.readers.with(|reader| reader.match_file_ids(transfer, &known))?;
        let write = Write { transfer, change: Change::FileIds(matching.fresh) };
        shared.journal.write_blocking(vec![write])?;
        let totals = shared.readers.with(|reader| reader.totals(transfer))?;
        Ok(Registration { matched: totals.ready.items - totals.unmatched, surplus: surplus + matching.surplus })
    })
    .await
    .unwrap_or_else(|_| Err(Code::Internal.into()))
}

/// Builds the one call that registers everything. An item that changed since it was hashed is hashed again here, at the
/// last moment: what is declared now is what must be sent.
fn registration_body(journal: &Journal, row: &TransferRow) -> Result<RegistrationBody, LocalFault> {
    let broken = |failure: Failure| not_written(&failure);
    let folder = Folder::reopen(&row.folder).map_err(|_| LocalFault::FolderGone)?;
    rehash_changed(journal, row, &folder)?;
    let reader = journal.reader().map_err(|error| broken(error.into()))?;
    let mut body = RegistrationBody::new(consignment(row)?);
    reader
        .each_item(row.id, StateKind::Ready.into(), &mut |item| {
            if let Some(sha256) = item.sha256 {
                let modified = item.identity.modified();
                body.add(&item.path, &sha256, modified, item.identity.size, item.item.match_id());
            }
            ControlFlow::Continue(())
        })
        .map_err(|error| broken(error.into()))?;
    reader.empty_folders(row.id, &mut |path| body.empty_folder(&path)).map_err(|error| broken(error.into()))?;
    Ok(body)
}

fn rehash_changed(journal: &Journal, row: &TransferRow, folder: &Folder) -> Result<(), LocalFault> {
    let broken = |failure: Failure| not_written(&failure);
    let reader = journal.reader().map_err(|error| broken(error.into()))?;
    let mut changed = Vec::new();
    reader
        .each_item(row.id, StateKind::Ready.into(), &mut |item| {
            let same = waybill_source::identity(folder, &item.path)
                .is_ok_and(|now| waybill_source::unchanged(&item.identity, &now));
            if !same {
                changed.push(item);
            }
            ControlFlow::Continue(())
        })
        .map_err(|error| broken(error.into()))?;
    for item in changed {
        let hashed = waybill_source::hash(
            folder,
            &item.path,
            &item.identity,
            row.parts,
            &waybill_source::Stop::default(),
            &|_| {},
        );
        let change = match hashed {
            Ok(hashed) => Change::Hashed(vec![HashedItem {
                item: item.item,
                identity: hashed.identity,
                sha256: hashed.sha256,
                plan: hashed.plan,
                crcs: hashed.crcs,
            }]),
            // Sent as declared or not at all: it will be set aside when its turn comes.
            Err(waybill_source::HashFault::FolderGone) => return Err(LocalFault::FolderGone),
            Err(fault) => {
                tracing::warn!(item = %item.item, ?fault, "changed before registration and cannot be read now");
                continue;
            }
        };
        journal.write_blocking(vec![Write { transfer: row.id, change }]).map_err(|error| broken(error.into()))?;
    }
    Ok(())
}
