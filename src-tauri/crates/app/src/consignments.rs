//! The person's consignments, and what this computer knows of each.

use std::path::PathBuf;

use waybill_engine::classify::{self, ReadDecision};
use waybill_journal::{Reader, TransferRow};
use waybill_model::{Code, Consignment, ConsignmentState, Failure, Phase, Reply, Role};

use crate::connection::Connection;
use crate::interface::{ConsignmentEntry, HereEntry};
use crate::session::SessionHandle;

/// All of them, as the service has them now.
pub(crate) async fn consignments(
    connection: &Connection,
    session: &SessionHandle,
) -> Result<Vec<Consignment>, Failure> {
    let mut distrusted = false;
    loop {
        let access = session.access().await.map_err(|none| Failure::from(none.code()))?;
        match connection.api.consignments(&access.token, access.person.user_id).await {
            Reply::Done(all) => return Ok(all),
            Reply::Refused(refusal) if refusal.status == 401 && !distrusted => {
                distrusted = true;
                session.distrust(access.token);
            }
            failed @ (Reply::Refused(_) | Reply::NoAnswer(_) | Reply::NotSent(_)) => return Err(read_failure(&failed)),
        }
    }
}

/// The failure of a read that nobody will repeat.
pub(crate) fn read_failure<T>(reply: &Reply<T>) -> Failure {
    let detail = match reply {
        Reply::Done(_) => None,
        Reply::Refused(refusal) => refusal.message.clone().or_else(|| Some(format!("status {}", refusal.status))),
        Reply::NoAnswer(silence) => Some(silence.detail.clone()),
        Reply::NotSent(fault) => Some(format!("{fault:?}")),
    };
    let code = match classify::api_read(reply) {
        ReadDecision::Done => Code::Internal,
        ReadDecision::Again(trouble) => trouble.wait(Role::Api).0.code(),
        ReadDecision::Stop(code) => code,
    };
    Failure { code, detail }
}

/// All of them, with the transfer that this computer has into each.
pub(crate) async fn entries(
    connection: &Connection,
    session: &SessionHandle,
    data_dir: PathBuf,
) -> Result<Vec<ConsignmentEntry>, Failure> {
    let all = consignments(connection, session).await?;
    let service = connection.profile().name.clone();
    let here = tokio::task::spawn_blocking(move || progress_of_transfers(&data_dir, &service));
    let here = here.await.unwrap_or_else(|_| Err(Code::Internal.into()))?;
    let entry = |consignment: Consignment| {
        let mine = here.iter().find(|(row, _)| row.consignment.id == consignment.id && row.phase != Phase::Cancelled);
        let state: ConsignmentState = consignment.state();
        let here = mine.map(|(row, share)| HereEntry {
            transfer: row.id,
            phase: row.phase,
            per_mille: *share,
            paused: row.paused && !row.phase.is_final(),
            checks: row.checks,
        });
        ConsignmentEntry { here, state, consignment }
    };
    Ok(all.into_iter().map(entry).collect())
}

fn progress_of_transfers(data_dir: &std::path::Path, service: &str) -> Result<Vec<(TransferRow, u16)>, Failure> {
    let Some(reader) = Reader::open(data_dir)? else { return Ok(Vec::new()) };
    let rows = reader.transfers()?.into_iter().filter(|row| row.service == service);
    rows.map(|row| {
        let totals = reader.totals(row.id)?;
        Ok((row, totals.progress().per_mille()))
    })
    .collect()
}
