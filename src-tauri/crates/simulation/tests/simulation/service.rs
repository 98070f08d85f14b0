//! The simulated service: sign-in, signer and edge, store, API. As strict as the facts say, and it holds contents.
//!
//! The content of a file, or of a part of it, is a number that changes with every edit.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use waybill_engine::transfer::{ObjectReply, Op};
use waybill_model::service::Repeat;
use waybill_model::{
    CheckProgress, ConsignmentStatuses, Created, ETag, NotDone, ObjectKey, ServerTruth, StatusValue, Stored, Timestamp,
    UploadId,
};

use crate::dice::Dice;
use crate::faults::{bare, edge, json, refused, store};
use crate::world::{BASE, DAY};

/// When the store may discard an upload: seven days after it was started (facts C3).
const ABORT_AFTER: u64 = 7 * DAY;
/// For how long the registration's later rows may be missing from what the API counts, in milliseconds.
const ROWS_LATE: u64 = 20_000;

/// Who signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Whose transfer it is.
    Owner,
    /// Somebody else.
    Other,
}

/// An access token. Times are milliseconds of the simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) number: u64,
    pub(crate) who: Who,
    pub(crate) until: u64,
}

/// A pass to upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pass {
    pub(crate) who: Who,
    pub(crate) until: u64,
    key: u64,
}

/// A session at the sign-in server.
#[derive(Clone, Copy, Debug)]
struct Session {
    who: Who,
    refresh: u64,
    /// The last one was in use until then.
    idle_until: u64,
    until: u64,
}

/// What one object request carries.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    pub(crate) item: usize,
    pub(crate) op: Op,
    pub(crate) upload: Option<String>,
    pub(crate) parts: u16,
    /// What the journal declares, and what the file holds.
    pub(crate) declared: u32,
    pub(crate) content: u32,
    pub(crate) pass: Pass,
}

struct Multipart {
    item: usize,
    gone_at: u64,
    parts: BTreeMap<u16, u32>,
}

pub(crate) struct Service {
    pub(crate) repeat: Repeat,
    /// The permit is the access token itself.
    pub(crate) is_token_pass: bool,
    pub(crate) rotation: bool,
    pub(crate) access_life: u64,
    pub(crate) pass_life: u64,
    idle_life: u64,
    key: u64,
    numbers: u64,
    session: Option<Session>,
    pub(crate) upload: Option<StatusValue>,
    /// Registered rows: item, file id, and from when on they are counted.
    rows: Vec<(usize, u128, u64)>,
    pub(crate) registrations: u32,
    pub(crate) starts: u32,
    /// What the store holds: one content for a whole file, or one for each part.
    pub(crate) objects: BTreeMap<usize, Vec<u32>>,
    pub(crate) duplicates: BTreeSet<usize>,
    uploads: BTreeMap<String, Multipart>,
    completed: BTreeSet<String>,
    checks_done_at: u64,
    /// A store that says "stored" and forgets (a mutation of the test).
    pub(crate) forgets: bool,
}

impl Service {
    pub(crate) fn new(repeat: Repeat, is_token_pass: bool, dice: &mut Dice) -> Self {
        let lives = [5_000, 60_000, 300_000, 1_800_000];
        let passes = [20_000, 300_000, 1_800_000, 10_800_000];
        Self {
            repeat,
            is_token_pass,
            rotation: dice.chance(500),
            access_life: lives[dice.index(lives.len())],
            pass_life: passes[dice.index(passes.len())],
            idle_life: dice.between(20, 600) * 60_000,
            key: 0,
            numbers: 0,
            session: None,
            upload: None,
            rows: Vec::new(),
            registrations: 0,
            starts: 0,
            objects: BTreeMap::new(),
            duplicates: BTreeSet::new(),
            uploads: BTreeMap::new(),
            completed: BTreeSet::new(),
            checks_done_at: 0,
            forgets: false,
        }
    }

    /// How long an access token lives, and a session that is not used.
    pub(crate) fn lives(&self) -> (Duration, Duration) {
        (Duration::from_millis(self.access_life), Duration::from_millis(self.idle_life))
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// A person signs in: returns the tokens.
    pub(crate) fn sign_in(&mut self, who: Who, now: u64) -> (Token, u64) {
        let refresh = self.number();
        self.session = Some(Session { who, refresh, idle_until: now + self.idle_life, until: now + 10 * 3_600_000 });
        (Token { number: refresh, who, until: now + self.access_life }, refresh)
    }

    pub(crate) fn end_session(&mut self) {
        self.session = None;
    }

    pub(crate) fn refresh(&mut self, refresh: u64, now: u64) -> Result<(Token, u64), NotDone> {
        let next = self.number();
        let ended = || json(400, "invalid_grant");
        let Some(session) = &mut self.session else { return Err(ended()) };
        if session.refresh != refresh || now >= session.idle_until || now >= session.until {
            // A token that was used already ends the session (facts D5).
            self.session = None;
            return Err(ended());
        }
        session.idle_until = now + self.idle_life;
        if self.rotation {
            session.refresh = next;
        }
        Ok((Token { number: next, who: session.who, until: now + self.access_life }, session.refresh))
    }

    pub(crate) fn accepts(token: Token, now: u64) -> Result<(), NotDone> {
        if now < token.until { Ok(()) } else { Err(bare(401)) }
    }

    /// The signer answers every problem with a bare 401 (facts E2).
    pub(crate) fn pass(&mut self, token: Token, now: u64) -> Result<Pass, NotDone> {
        Self::accepts(token, now)?;
        Ok(Pass { who: token.who, until: now + self.pass_life, key: self.key })
    }

    /// Returns the pass that is the token itself.
    pub(crate) fn token_pass(&self, token: Token) -> Pass {
        Pass { who: token.who, until: token.until, key: self.key }
    }

    /// New signing keys: passes from before are refused.
    pub(crate) fn rotate_keys(&mut self) {
        self.key += 1;
    }

    pub(crate) fn start(&mut self) -> Result<(), NotDone> {
        if self.upload.is_some() || !self.rows.is_empty() {
            return Err(json(200, "INVALID_CONSIGNMENT_STATE"));
        }
        self.starts += 1;
        self.upload = Some(StatusValue::InProgress);
        Ok(())
    }

    /// A repeated registration is not prevented (facts E6).
    pub(crate) fn register(&mut self, items: &[usize], now: u64) -> Vec<(usize, u128)> {
        self.registrations += 1;
        let first = items.len().div_ceil(2);
        let mut made = Vec::new();
        for (place, item) in items.iter().enumerate() {
            let id = u128::from(self.number());
            let late = if place < first { 0 } else { now % ROWS_LATE };
            self.rows.push((*item, id, now + late));
            made.push((*item, id));
        }
        made
    }

    pub(crate) fn matches(&self, now: u64) -> Vec<(usize, u128)> {
        self.rows.iter().filter(|(.., from)| *from <= now).map(|(item, id, _)| (*item, *id)).collect()
    }

    pub(crate) fn is_registered(&self, items: usize) -> bool {
        self.rows.len() == items
    }

    pub(crate) fn truth(&self, now: u64) -> ServerTruth {
        let total_files = self.matches(now).len() as u64;
        ServerTruth { upload: self.upload, total_files, parent_folder: Some("Records".to_owned()) }
    }

    /// The person's browser shows the page that ends the upload.
    pub(crate) fn page(&mut self, failed: bool, now: u64, dice: &mut Dice) {
        if self.upload == Some(StatusValue::InProgress) {
            self.upload = Some(if failed { StatusValue::CompletedWithIssues } else { StatusValue::Completed });
            self.checks_done_at = now + dice.skewed(1, 600_000);
        }
    }

    pub(crate) fn checks(&self, now: u64) -> CheckProgress {
        let total_files = self.rows.len() as u64;
        let done = now >= self.checks_done_at;
        let count = if done { total_files } else { 0 };
        CheckProgress {
            total_files,
            antivirus: count,
            checksum: count,
            format: count,
            statuses: ConsignmentStatuses { upload: self.upload, ..Default::default() },
            all_succeeded: done,
        }
    }

    /// Acts on a request that carries or completes an object. `mood` decides what the facts leave open.
    pub(crate) fn object(&mut self, carried: &Carried, mood: u64, now: u64) -> ObjectReply {
        let reply = self.judge(carried, mood, now);
        match (carried.op, reply) {
            (Op::CreateUpload, Ok(Some(created))) => ObjectReply::Created(Ok(created)),
            (Op::CreateUpload, Ok(None)) => ObjectReply::Created(Err(bare(500))),
            (Op::CreateUpload, Err(error)) => ObjectReply::Created(Err(error)),
            (Op::PutObject | Op::UploadPart(_) | Op::CompleteUpload, Ok(_)) => {
                let named = matches!(self.repeat, Repeat::Duplicates { .. }) && carried.op == Op::PutObject;
                let key = named.then(|| ObjectKey(format!("object-{}", carried.item)));
                ObjectReply::Stored(Ok(Stored { etag: ETag(format!("\"{}\"", carried.content)), key }))
            }
            (Op::PutObject | Op::UploadPart(_) | Op::CompleteUpload, Err(error)) => ObjectReply::Stored(Err(error)),
        }
    }

    fn judge(&mut self, carried: &Carried, mood: u64, now: u64) -> Result<Option<Created>, NotDone> {
        let Carried { item, op, content, declared, pass, .. } = carried;
        if pass.who != Who::Owner || now >= pass.until {
            return Err(edge(403, "AccessDenied"));
        }
        if pass.key != self.key {
            return Err(edge(403, "UnknownKey"));
        }
        self.uploads.retain(|_, upload| now < upload.gone_at);
        match op {
            Op::CreateUpload => {
                let id = format!("upload-{}", self.number());
                // Discarded some time in the day after the announced date.
                let gone_at = now + ABORT_AFTER + mood * 80_000;
                self.uploads.insert(id.clone(), Multipart { item: *item, gone_at, parts: BTreeMap::new() });
                let announced = Timestamp(BASE + i64::try_from(now + ABORT_AFTER).unwrap());
                let abort_at = (!mood.is_multiple_of(4)).then_some(announced);
                Ok(Some(Created { upload_id: UploadId(id), abort_at }))
            }
            Op::PutObject => {
                if content != declared {
                    return Err(store(400, "BadDigest"));
                }
                if self.forgets && mood.is_multiple_of(3) {
                    return Ok(None);
                }
                let is_there = self.objects.contains_key(item);
                match (is_there, self.repeat) {
                    (true, Repeat::Guarded) => return Err(store(412, "PreconditionFailed")),
                    (true, Repeat::Duplicates { .. }) => drop(self.duplicates.insert(*item)),
                    (true, Repeat::Safe) | (false, _) => {}
                }
                self.objects.insert(*item, vec![*content]);
                Ok(None)
            }
            Op::UploadPart(part) => {
                if content != declared {
                    return Err(store(400, "BadDigest"));
                }
                let upload = find(&mut self.uploads, carried).ok_or_else(|| store(404, "NoSuchUpload"))?;
                upload.parts.insert(part.get(), *content);
                Ok(None)
            }
            Op::CompleteUpload => self.complete(carried, mood).map(|()| None),
        }
    }

    fn complete(&mut self, carried: &Carried, mood: u64) -> Result<(), NotDone> {
        let id = carried.upload.clone().unwrap_or_default();
        if self.completed.contains(&id) {
            // All three are documented, or seen in practice (facts C3).
            return match mood % 3 {
                0 => Ok(()),
                1 if self.repeat == Repeat::Guarded => Err(store(412, "PreconditionFailed")),
                _ => Err(store(404, "NoSuchUpload")),
            };
        }
        let Some(upload) = find(&mut self.uploads, carried) else { return Err(store(404, "NoSuchUpload")) };
        if mood.is_multiple_of(11) {
            upload.parts.clear();
        }
        if (1..=carried.parts).any(|part| upload.parts.get(&part) != Some(&carried.declared)) {
            return Err(store(400, "InvalidPart"));
        }
        if self.repeat == Repeat::Guarded && self.objects.contains_key(&carried.item) {
            return Err(store(412, "PreconditionFailed"));
        }
        if mood.is_multiple_of(31) {
            // The upload stays. Nobody else writes under this key, so a conflict can only be with this transfer itself.
            return Err(store(409, "ConditionalRequestConflict"));
        }
        if mood.is_multiple_of(37) {
            return Err(refused(200, "InternalError", waybill_model::BodyKind::Xml, true));
        }
        let parts = upload.parts.values().copied().collect();
        self.uploads.remove(&id);
        self.completed.insert(id);
        if !(self.forgets && mood.is_multiple_of(3)) {
            self.objects.insert(carried.item, parts);
        }
        Ok(())
    }
}

fn find<'u>(uploads: &'u mut BTreeMap<String, Multipart>, carried: &Carried) -> Option<&'u mut Multipart> {
    let upload = uploads.get_mut(carried.upload.as_ref()?)?;
    (upload.item == carried.item).then_some(upload)
}
