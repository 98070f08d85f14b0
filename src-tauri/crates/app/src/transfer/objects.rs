//! Requests to the store: the item, the pass of the moment, the file as it was checked, then the request.

use std::sync::Arc;

use tokio::sync::mpsc;
use waybill_cloud::FileRange;
use waybill_engine::classify::{EdgeVerdict, edge_verdict};
use waybill_engine::transfer::{ObjectReply, Op, Request};
use waybill_journal::TransferRow;
use waybill_model::service::UploadWay;
use waybill_model::{Crc64Nvme, ETag, ItemId, LocalFault, NotDone, PartNumber, Reply, Stored, WaitReason};

use super::sendable::{Sendable, Slot, broken};
use super::speed::Speed;
use super::{Report, Shared};
use crate::interface::SessionState;
use crate::permits::Current;

/// Sends one request and returns its outcome.
pub(super) async fn send(
    shared: &Shared,
    row: &Arc<TransferRow>,
    slot: &Slot,
    request: Request,
    speed: &Arc<Speed>,
    reports: &mpsc::UnboundedSender<Report>,
) -> ObjectReply {
    let prepared = prepare(shared, row, slot, request).await;
    let reply = match prepared {
        Ok(prepared) => perform(shared, &row.way, request, &prepared, speed, reports).await,
        Err(fault) => ObjectReply::not_sent(request.op, fault),
    };
    if let ObjectReply::Stored(Err(NotDone::Refused(refusal))) = &reply {
        tracing::warn!(item = %request.item, op = ?request.op, ?refusal, "the upload address rejected the request");
    }
    reply
}

/// Everything a request needs.
struct Prepared {
    item: Arc<Sendable>,
    parts: Vec<(PartNumber, ETag, Crc64Nvme)>,
    body: Option<(FileRange, Crc64Nvme)>,
    current: Current,
}

async fn prepare(
    shared: &Shared,
    row: &Arc<TransferRow>,
    slot: &Slot,
    request: Request,
) -> Result<Prepared, LocalFault> {
    let current = shared.permits.current().await.map_err(LocalFault::Blocked)?;
    may_send(&shared.session.state().borrow(), row)?;
    let item = Sendable::in_slot(slot, &shared.readers, row, request.item).await?;
    let (readers, read) = (shared.readers.clone(), Arc::clone(&item));
    let asked = tokio::task::spawn_blocking(move || {
        let parts = if request.op == Op::CompleteUpload { read.acknowledged(&readers)? } else { Vec::new() };
        Ok((parts, read.body(request.op)?))
    });
    let (parts, body) = asked.await.map_err(|_| LocalFault::CalledOff)??;
    Ok(Prepared { item, parts, body, current })
}

/// Checks that the transfer's own person sends it. The pass is the permission: a silent sign-in address stops
/// nothing.
fn may_send(session: &SessionState, row: &TransferRow) -> Result<(), LocalFault> {
    match session {
        SessionState::SignedIn(person) | SessionState::Waiting(person, _) if person.user_id == row.person.user_id => {
            Ok(())
        }
        SessionState::SignedIn(_) | SessionState::Waiting(..) => Err(LocalFault::Blocked(WaitReason::DifferentPerson)),
        SessionState::Loading | SessionState::SignedOut(_) | SessionState::SigningIn => {
            Err(LocalFault::Blocked(WaitReason::SignedOut))
        }
    }
}

async fn perform(
    shared: &Shared,
    way: &UploadWay,
    request: Request,
    prepared: &Prepared,
    speed: &Arc<Speed>,
    reports: &mpsc::UnboundedSender<Report>,
) -> ObjectReply {
    let Prepared { item, parts, body, current } = prepared;
    let objects = shared.connection.objects.in_way(way).with_more_time(request.more_time);
    let (pass, key) = (&current.pass, &item.key);
    let sent: Arc<dyn Fn(u64) + Send + Sync> = {
        let speed = Arc::clone(speed);
        Arc::new(move |bytes| speed.add(bytes))
    };
    let _ended = reports.send(Report::Current(item.path.to_string()));
    match (request.op, body, &item.upload_id) {
        (Op::PutObject, Some((body, crc)), _) => {
            let reply = objects.put_object(pass, key, body, *crc, sent).await;
            ObjectReply::Stored(seen(shared, current, reply))
        }
        (Op::CreateUpload, _, _) => ObjectReply::Created(seen(shared, current, objects.create_upload(pass, key).await)),
        (Op::UploadPart(part), Some((body, crc)), Some(upload)) => {
            let reply = objects.upload_part(pass, key, upload, part, body, *crc, sent).await;
            ObjectReply::Stored(seen(shared, current, reply))
        }
        (Op::CompleteUpload, _, Some(upload)) => {
            let reply = objects.complete_upload(pass, key, upload, parts, item.size()).await;
            ObjectReply::Stored(seen(shared, current, reply))
        }
        (Op::UploadPart(_) | Op::CompleteUpload, _, None) => {
            ObjectReply::Stored(impossible(request.item, "no upload id"))
        }
        (Op::PutObject | Op::UploadPart(_), None, _) => ObjectReply::Stored(impossible(request.item, "no body")),
    }
}

fn impossible(item: ItemId, what: &str) -> Reply<Stored> {
    Err(NotDone::NotSent(broken(item, what)))
}

/// Reports to the owner of the pass whether it was accepted.
fn seen<T>(shared: &Shared, current: &Current, reply: Reply<T>) -> Reply<T> {
    match edge_verdict(&reply) {
        EdgeVerdict::Accepted => shared.permits.accepted(current.generation),
        EdgeVerdict::Refused => shared.permits.refused(current.generation),
        EdgeVerdict::Silent => {}
    }
    reply
}
