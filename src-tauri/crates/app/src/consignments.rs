//! The person's consignments, and what this computer knows of each.

use std::convert::Infallible;
use std::path::PathBuf;

use waybill_engine::classify::{self, ReadDecision};
use waybill_journal::{Reader, TransferRow};
use waybill_model::{
    Code, Consignment, ConsignmentId, ConsignmentReference, ConsignmentState, Failure, NotDone, Phase, Reply, Role,
};

use crate::connection::Connection;
use crate::interface::{ConsignmentEntry, HereEntry};
use crate::session::{Access, SessionHandle};

/// Returns the person's consignment with this reference or id. One whose id is known is asked for alone.
///
/// # Errors
/// [`Code::ConsignmentUnknown`], also for one that is not the person's; the session's and the network's.
pub(crate) async fn find_consignment(
    connection: &Connection,
    session: &SessionHandle,
    wanted: &ConsignmentReference,
) -> Result<Consignment, Failure> {
    let unknown = || Failure::new(Code::ConsignmentUnknown, wanted.as_str());
    let api = &connection.api;
    let found = if let Ok(id) = wanted.as_str().parse::<ConsignmentId>() {
        read(connection, session, |access| async move { api.consignment(&access.token, id).await }).await.map(Some)
    } else {
        let is_wanted = &|one: &Consignment| one.reference.as_str().eq_ignore_ascii_case(wanted.as_str());
        let find =
            |access: Access| async move { api.find_consignment(&access.token, access.person.user_id, is_wanted).await };
        read(connection, session, find).await
    };
    match found {
        Ok(consignment) => consignment.ok_or_else(unknown),
        Err(failure) if failure.code == Code::ConsignmentUnknown => Err(unknown()),
        Err(failure) => Err(failure),
    }
}

/// Reads something with the token of the moment; once more with a newer one, where that is refused, and a few times where
/// it fails in a way that may pass.
async fn read<T, F: Future<Output = Reply<T>>>(
    connection: &Connection,
    session: &SessionHandle,
    ask: impl Fn(Access) -> F,
) -> Result<T, Failure> {
    let mut distrusted = false;
    let mut reading = connection.reading();
    loop {
        let access = session.access().await.map_err(|none| Failure::from(none.code()))?;
        match ask(access.clone()).await {
            Ok(answer) => return Ok(answer),
            Err(NotDone::Refused(refusal)) if refusal.status == 401 && !distrusted => {
                distrusted = true;
                session.distrust(access.token);
            }
            Err(not_done) => match reading.again(&not_done) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(read_failure(not_done)),
            },
        }
    }
}

/// Returns the failure of a read that is not tried again.
pub(crate) fn read_failure(not_done: NotDone) -> Failure {
    let detail = match &not_done {
        NotDone::Refused(refusal) => refusal.message.clone().or_else(|| Some(format!("status {}", refusal.status))),
        NotDone::NoAnswer(silence) => Some(silence.detail.clone()),
        NotDone::NotSent(fault) => Some(format!("{fault:?}")),
    };
    let reply: Reply<Infallible> = Err(not_done);
    let code = match classify::api_read(reply) {
        ReadDecision::Done(never) => match never {},
        ReadDecision::Again(trouble) => trouble.wait(Role::Api).0.code(),
        ReadDecision::Stop(code) => code,
    };
    Failure { code, detail }
}

/// Returns all of them, with this computer's transfer into each.
pub(crate) async fn entries(
    connection: &Connection,
    session: &SessionHandle,
    data_dir: PathBuf,
) -> Result<Vec<ConsignmentEntry>, Failure> {
    let api = &connection.api;
    let list = |access: Access| async move { api.consignments(&access.token, access.person.user_id).await };
    let all = read(connection, session, list).await?;
    let service = connection.profile().name.clone();
    let here = tokio::task::spawn_blocking(move || progress_of_transfers(&data_dir, &service));
    let here = here.await.unwrap_or_else(|_| Err(Code::Internal.into()))?;
    let entry = |consignment: Consignment| {
        let state: ConsignmentState = consignment.state();
        let here = of_this_computer(&here, consignment.id, state).map(|(row, share)| HereEntry {
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

/// Returns this computer's transfer into a consignment. A cancelled transfer does not count, unless its upload may have
/// been started at the service, which then still waits for it.
fn of_this_computer(
    rows: &[(TransferRow, u16)],
    consignment: ConsignmentId,
    state: ConsignmentState,
) -> Option<&(TransferRow, u16)> {
    let goes_into = |row: &TransferRow| row.target.consignment().is_some_and(|known| known.id == consignment);
    let into = || rows.iter().filter(|(row, _)| goes_into(row));
    let upload_started = |row: &TransferRow| row.start_intended.is_some() && state == ConsignmentState::Uploading;
    into().find(|(row, _)| row.phase != Phase::Cancelled).or_else(|| into().find(|(row, _)| upload_started(row)))
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

#[cfg(test)]
mod tests {
    use waybill_journal::{Journal, Write};
    use waybill_model::{Timestamp, TransferRecord};

    use super::*;
    use crate::samples::{Sample, write_journal};

    /// Returns the rows of a journal with transfers in these phases, all to one consignment. `upload_started` says that the
    /// upload of the first was about to be started at the service.
    fn rows(phases: &[Phase], upload_started: bool) -> Vec<(TransferRow, u16)> {
        let dir = tempfile::tempdir().unwrap();
        let sample = |(number, phase): (u8, &Phase)| Sample {
            number,
            phase: *phase,
            paused: false,
            items: 1,
            sent: 0,
            findings: 0,
        };
        let samples: Vec<Sample> = (1..).zip(phases).map(sample).collect();
        write_journal(dir.path(), &samples).unwrap();
        if upload_started {
            let journal = Journal::open(dir.path(), "test").unwrap();
            let change = TransferRecord::StartIntended(Timestamp(1)).into();
            journal.write_blocking(vec![Write { transfer: samples[0].id(), change }]).unwrap();
        }
        progress_of_transfers(dir.path(), "tdr").unwrap()
    }

    fn phase_here(rows: &[(TransferRow, u16)], state: ConsignmentState) -> Option<Phase> {
        of_this_computer(rows, rows[0].0.target.consignment().unwrap().id, state).map(|(row, _)| row.phase)
    }

    #[test]
    fn a_cancelled_transfer_is_shown_while_the_service_still_waits_for_its_upload() {
        let cancelled = rows(&[Phase::Cancelled], true);
        assert_eq!(phase_here(&cancelled, ConsignmentState::Uploading), Some(Phase::Cancelled));
        for state in [ConsignmentState::Ready, ConsignmentState::Failed, ConsignmentState::Done] {
            assert_eq!(phase_here(&cancelled, state), None);
        }
    }

    #[test]
    fn a_cancelled_transfer_unknown_to_the_service_is_not_shown() {
        assert_eq!(phase_here(&rows(&[Phase::Cancelled], false), ConsignmentState::Uploading), None);
    }

    #[test]
    fn a_transfer_that_was_not_cancelled_is_preferred() {
        let both = rows(&[Phase::Cancelled, Phase::Sending], true);
        assert_eq!(phase_here(&both, ConsignmentState::Uploading), Some(Phase::Sending));
    }
}
