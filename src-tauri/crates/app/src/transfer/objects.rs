//! Requests to the store: the item's row, the cookies of the moment, the file as it was checked, then the request.

use std::sync::Arc;

use tokio::sync::mpsc;
use waybill_cloud::{FileRange, ObjectKey};
use waybill_engine::classify::{EdgeVerdict, edge_verdict};
use waybill_engine::transfer::{ObjectReply, Op, Request};
use waybill_journal::{ItemRow, JournalError, PartRow, TransferRow};
use waybill_model::{
    ByteRange, Code, Crc64Nvme, ItemId, LocalFault, NotDone, PartNumber, RelPath, Reply, Stored, WaitReason,
};
use waybill_source::{Folder, HashFault};

use super::speed::Speed;
use super::{Report, Shared};
use crate::cookies::Current;
use crate::interface::SessionState;
use crate::readers::Readers;

/// Sends one request and says what came of it.
pub(super) async fn send(
    shared: &Shared,
    row: &Arc<TransferRow>,
    request: Request,
    speed: &Arc<Speed>,
    reports: &mpsc::UnboundedSender<Report>,
) -> ObjectReply {
    let prepared = prepare(shared, row, request).await;
    let reply = match prepared {
        Ok(prepared) => match perform(shared, request, &prepared, speed, reports).await {
            ObjectReply::Stored(Err(NotDone::NotSent(LocalFault::FileGone))) => {
                let (row, path) = (Arc::clone(row), prepared.item.path);
                let looked = tokio::task::spawn_blocking(move || what_is_gone(&row, &path)).await;
                ObjectReply::not_sent(request.op, looked.unwrap_or(LocalFault::CalledOff))
            }
            reply @ (ObjectReply::Stored(_) | ObjectReply::Created(_)) => reply,
        },
        Err(fault) => ObjectReply::not_sent(request.op, fault),
    };
    if let ObjectReply::Stored(Err(NotDone::Refused(refusal))) = &reply {
        tracing::warn!(item = %request.item, op = ?request.op, ?refusal, "the upload address said no");
    }
    reply
}

/// Everything a request needs.
struct Prepared {
    item: ItemRow,
    parts: Vec<PartRow>,
    body: Option<(FileRange, Crc64Nvme)>,
    key: ObjectKey,
    current: Current,
}

async fn prepare(shared: &Shared, row: &Arc<TransferRow>, request: Request) -> Result<Prepared, LocalFault> {
    let current = shared.cookies.current().await.map_err(LocalFault::Blocked)?;
    may_send(&shared.session.state().borrow(), row)?;
    let (readers, row) = (shared.readers.clone(), Arc::clone(row));
    let read = tokio::task::spawn_blocking(move || read_item(&readers, &row, request)).await;
    let (item, parts, body, key) = read.map_err(|_| LocalFault::CalledOff)??;
    Ok(Prepared { item, parts, body, key, current })
}

/// Only the transfer's own person sends it. The cookies carry the permission: a silent sign-in address stops nothing.
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

type ItemParts = (ItemRow, Vec<PartRow>, Option<(FileRange, Crc64Nvme)>, ObjectKey);

fn read_item(readers: &Readers, row: &TransferRow, request: Request) -> Result<ItemParts, LocalFault> {
    let broken = |what: String| LocalFault::Impossible(Code::Internal, what);
    let (item, parts) = readers
        .with(|reader| Ok::<_, JournalError>((reader.item(row.id, request.item)?, reader.parts(row.id, request.item)?)))
        .map_err(|error| broken(error.to_string()))?;
    let item = item.ok_or_else(|| broken(format!("item {} is not in the journal", request.item)))?;
    let file_id = item.file_id.ok_or_else(|| broken(format!("item {} has no file id", request.item)))?;
    let key = ObjectKey::new(row.person.user_id, row.consignment.id, file_id);
    let wanted = match request.op {
        Op::CreateUpload => return Ok((item, Vec::new(), None, key)),
        Op::CompleteUpload => return Ok((item, parts, None, key)),
        Op::PutObject => PartNumber::FIRST,
        Op::UploadPart(part) => part,
    };
    let crc = parts.iter().find(|part| part.part == wanted).map(|part| part.crc);
    let range = item.plan.and_then(|plan| plan.range(wanted));
    let (Some(crc), Some(range)) = (crc, range) else {
        return Err(broken(format!("item {} has no part {wanted}", request.item)));
    };
    let body = body_of(row, &item, range)?;
    Ok((item, Vec::new(), Some((body, crc)), key))
}

/// A file could not be opened that was there a moment ago: gone itself, or with its whole folder.
fn what_is_gone(row: &TransferRow, path: &RelPath) -> LocalFault {
    let Ok(folder) = Folder::reopen(&row.folder) else { return LocalFault::FolderGone };
    match waybill_source::identity(&folder, path) {
        Ok(_) => LocalFault::FolderGone,
        Err(fault) => fault_of(fault),
    }
}

/// The file's bytes, if it still is the file that was checked.
fn body_of(row: &TransferRow, item: &ItemRow, range: ByteRange) -> Result<FileRange, LocalFault> {
    let folder = Folder::reopen(&row.folder).map_err(|_| LocalFault::FolderGone)?;
    match waybill_source::identity(&folder, &item.path) {
        Ok(now) if waybill_source::unchanged(&item.identity, &now) => {
            Ok(FileRange { path: folder.disk_path(&item.path), range })
        }
        Ok(_) => Err(LocalFault::FileChanged),
        Err(fault) => Err(fault_of(fault)),
    }
}

pub(super) fn fault_of(fault: HashFault) -> LocalFault {
    match fault {
        HashFault::Gone => LocalFault::FileGone,
        HashFault::Unreadable(detail) => LocalFault::Unreadable(detail),
        HashFault::Locked(detail) => LocalFault::Locked(detail),
        HashFault::ChangedWhileReading | HashFault::NotAFile | HashFault::TooLarge => LocalFault::FileChanged,
        HashFault::FolderGone => LocalFault::FolderGone,
        HashFault::Stopped => LocalFault::CalledOff,
    }
}

async fn perform(
    shared: &Shared,
    request: Request,
    prepared: &Prepared,
    speed: &Arc<Speed>,
    reports: &mpsc::UnboundedSender<Report>,
) -> ObjectReply {
    let Prepared { item, key, current, .. } = prepared;
    let objects = &shared.connection.objects;
    let cookies = &current.cookies;
    let sent: Arc<dyn Fn(u64) + Send + Sync> = {
        let speed = Arc::clone(speed);
        Arc::new(move |bytes| speed.add(bytes))
    };
    let _ended = reports.send(Report::Current(item.path.to_string()));
    let no_upload = || impossible(request.item, "no upload id");
    match (request.op, &prepared.body, &item.upload_id) {
        (Op::PutObject, Some((body, crc)), _) => {
            let reply = objects.put_object(cookies, key, body, *crc, sent).await;
            ObjectReply::Stored(seen(shared, current, reply))
        }
        (Op::CreateUpload, _, _) => {
            ObjectReply::Created(seen(shared, current, objects.create_upload(cookies, key).await))
        }
        (Op::UploadPart(part), Some((body, crc)), Some(upload)) => {
            let reply = objects.upload_part(cookies, key, upload, part, body, *crc, sent).await;
            ObjectReply::Stored(seen(shared, current, reply))
        }
        (Op::CompleteUpload, _, Some(upload)) => {
            let listed: Option<Vec<_>> =
                prepared.parts.iter().map(|part| Some((part.part, part.etag.clone()?, part.crc))).collect();
            let Some(listed) = listed else {
                return ObjectReply::Stored(impossible(request.item, "not every part is acknowledged"));
            };
            let reply = objects.complete_upload(cookies, key, upload, &listed, item.identity.size).await;
            ObjectReply::Stored(seen(shared, current, reply))
        }
        (Op::UploadPart(_) | Op::CompleteUpload, _, None) => ObjectReply::Stored(no_upload()),
        (Op::PutObject | Op::UploadPart(_), None, _) => ObjectReply::Stored(impossible(request.item, "no body")),
    }
}

fn impossible(item: ItemId, what: &str) -> Reply<Stored> {
    Err(NotDone::NotSent(LocalFault::Impossible(Code::Internal, format!("item {item}: {what}"))))
}

/// Tells the owner of the cookies how they did.
fn seen<T>(shared: &Shared, current: &Current, reply: Reply<T>) -> Reply<T> {
    match edge_verdict(&reply) {
        EdgeVerdict::Accepted => shared.cookies.accepted(current.generation),
        EdgeVerdict::Refused => shared.cookies.refused(current.generation),
        EdgeVerdict::Silent => {}
    }
    reply
}

#[cfg(test)]
mod tests {
    use waybill_journal::Reader;
    use waybill_model::Phase;

    use super::*;
    use crate::samples::{Sample, write_journal};

    /// The drive is away, and where it was mounted is an empty folder.
    #[test]
    fn at_a_bare_mount_point_the_folder_is_gone_and_no_file_is() {
        let dir = tempfile::tempdir().unwrap();
        let sample = Sample { number: 1, phase: Phase::Sending, paused: false, items: 2, sent: 0, findings: 0 };
        write_journal(dir.path(), &[sample]).unwrap();
        let reader = Reader::open(dir.path()).unwrap().unwrap();
        let row = reader.transfer(sample.id()).unwrap().unwrap();
        let item = reader.item(sample.id(), ItemId(0)).unwrap().unwrap();
        let range = item.plan.unwrap().range(PartNumber::FIRST).unwrap();
        std::fs::create_dir(&row.folder).unwrap();
        assert_eq!(body_of(&row, &item, range).unwrap_err(), LocalFault::FolderGone);
        assert_eq!(what_is_gone(&row, &item.path), LocalFault::FolderGone);
        // With another file in it, it is the folder, and this file is gone from it.
        std::fs::write(row.folder.join("file 1.txt"), "0123456789").unwrap();
        assert_eq!(body_of(&row, &item, range).unwrap_err(), LocalFault::FileGone);
        assert_eq!(what_is_gone(&row, &item.path), LocalFault::FileGone);
    }
}
