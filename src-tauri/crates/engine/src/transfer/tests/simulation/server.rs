//! A small model of the service: an API that acts late, and a store that answers a repeated completion in three ways.

use std::collections::{BTreeMap, BTreeSet};

use waybill_model::service::Repeat;
use waybill_model::{Created, PartNumber, PartPlan, ServerTruth, StatusValue, Stored, Timestamp, UploadId};

use crate::transfer::tests::bench::{dated, etag, store};
use crate::transfer::{ObjectReply, Op, Registration};
use waybill_model::Reply;

const WEEK_MS: i64 = 7 * 24 * 3600 * 1000;

pub(super) struct Server {
    /// What it does with an object that it has already.
    repeat: Repeat,
    pub(super) upload: Option<StatusValue>,
    /// File rows: one set for each registration that was acted on.
    pub(super) rows: u64,
    pub(super) objects: BTreeSet<u64>,
    /// Objects that it has twice.
    pub(super) duplicates: BTreeSet<u64>,
    uploads: BTreeMap<String, Multipart>,
    completed: BTreeSet<String>,
    pub(super) starts: u32,
    pub(super) registrations: u32,
}

struct Multipart {
    item: u64,
    abort_at: Timestamp,
    parts: BTreeSet<PartNumber>,
}

/// What a request carries, as the app would have read it from the journal.
#[derive(Clone, Debug)]
pub(super) struct Carried {
    pub(super) item: u64,
    pub(super) op: Op,
    pub(super) upload: Option<String>,
    pub(super) plan: PartPlan,
}

impl Server {
    pub(super) fn new(repeat: Repeat) -> Self {
        Self {
            repeat,
            upload: None,
            rows: 0,
            objects: BTreeSet::new(),
            duplicates: BTreeSet::new(),
            uploads: BTreeMap::new(),
            completed: BTreeSet::new(),
            starts: 0,
            registrations: 0,
        }
    }

    pub(super) fn start(&mut self) -> Reply<()> {
        if self.upload.is_some() || self.rows > 0 {
            return crate::classify::samples::json(200, "INVALID_CONSIGNMENT_STATE");
        }
        self.starts += 1;
        self.upload = Some(StatusValue::InProgress);
        Ok(())
    }

    /// A repeated registration is not prevented (facts E6).
    pub(super) fn register(&mut self, items: u64) -> Registration {
        self.registrations += 1;
        self.rows += items;
        self.matches(items)
    }

    pub(super) fn matches(&self, items: u64) -> Registration {
        Registration { matched: self.rows.min(items), surplus: self.rows.saturating_sub(items) }
    }

    pub(super) fn truth(&self) -> ServerTruth {
        ServerTruth { upload: self.upload, total_files: self.rows, parent_folder: Some("Records".to_owned()) }
    }

    /// Acts on a request, and says when. `mood` decides the reply to a repeated completion.
    pub(super) fn act(&mut self, carried: &Carried, mood: u64, now: Timestamp) -> ObjectReply {
        match self.decide(carried, mood, now) {
            ObjectReply::Created(reply) => ObjectReply::Created(dated(reply, now)),
            ObjectReply::Stored(reply) => ObjectReply::Stored(dated(reply, now)),
        }
    }

    fn decide(&mut self, carried: &Carried, mood: u64, now: Timestamp) -> ObjectReply {
        self.uploads.retain(|_, upload| now < upload.abort_at);
        let stored = || ObjectReply::Stored(Ok(Stored { etag: etag(), key: None }));
        let refused = |status, code| ObjectReply::Stored(store(status, code));
        match carried.op {
            Op::PutObject if self.objects.insert(carried.item) => stored(),
            Op::PutObject => match self.repeat {
                Repeat::Guarded => refused(412, "PreconditionFailed"),
                Repeat::Safe => stored(),
                Repeat::Duplicates { .. } => {
                    self.duplicates.insert(carried.item);
                    stored()
                }
            },
            Op::CreateUpload => {
                let id = format!("upload-{}-{}", carried.item, self.uploads.len() + self.completed.len() + 1);
                let id = format!("{id}-{}", now.0);
                let abort_at = Timestamp(now.0 + WEEK_MS);
                self.uploads.insert(id.clone(), Multipart { item: carried.item, abort_at, parts: BTreeSet::new() });
                let abort_at = (!mood.is_multiple_of(4)).then_some(abort_at);
                ObjectReply::Created(Ok(Created { upload_id: UploadId(id), abort_at }))
            }
            Op::UploadPart(part) => match self.find(carried) {
                Some(upload) => {
                    upload.parts.insert(part);
                    stored()
                }
                None => refused(404, "NoSuchUpload"),
            },
            Op::CompleteUpload => self.complete(carried, mood),
        }
    }

    fn complete(&mut self, carried: &Carried, mood: u64) -> ObjectReply {
        let refused = |status, code| ObjectReply::Stored(store(status, code));
        let id = carried.upload.clone().unwrap_or_default();
        if self.completed.contains(&id) {
            return match mood % 3 {
                0 => ObjectReply::Stored(Ok(Stored { etag: etag(), key: None })),
                1 => refused(412, "PreconditionFailed"),
                _ => refused(404, "NoSuchUpload"),
            };
        }
        let plan = carried.plan;
        let Some(upload) = self.find(carried) else { return refused(404, "NoSuchUpload") };
        if !plan.ranges().all(|(part, _)| upload.parts.contains(&part)) {
            return refused(400, "InvalidPart");
        }
        if mood.is_multiple_of(11) {
            upload.parts.clear();
            return refused(400, "InvalidPart");
        }
        if self.repeat == Repeat::Guarded && self.objects.contains(&carried.item) {
            return refused(412, "PreconditionFailed");
        }
        if mood.is_multiple_of(13) {
            return refused(409, "ConditionalRequestConflict");
        }
        self.uploads.remove(&id);
        self.completed.insert(id);
        self.objects.insert(carried.item);
        ObjectReply::Stored(Ok(Stored { etag: etag(), key: None }))
    }

    fn find(&mut self, carried: &Carried) -> Option<&mut Multipart> {
        let upload = self.uploads.get_mut(carried.upload.as_ref()?)?;
        (upload.item == carried.item).then_some(upload)
    }
}
