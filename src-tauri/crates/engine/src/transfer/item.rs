//! One item on its way: a PutObject, or a multipart upload from start to completion.
//!
//! Owner: the window of [`Sending`](super::sending::Sending). An item is made from what the journal holds, and leaves
//! the window when the journal holds that it was sent or set aside.
//!
//! Each stage is left only by a reply or by a record that the journal holds:
//!
//! ```text
//! Put:    NeedsIntent -> Intending -> Ready <-> Flying ------------------------------> Closing
//! Parts:  Create <-> Creating -> Beginning -> Parts -> NeedsIntent -> Intending -> Ready <-> Flying -> Closing
//!            ^                                  |                                     |
//!            +---- Abandoning <-----------------+------------------- Forgetting <-----+
//! ```

mod replies;

use waybill_model::service::Repeat;
use waybill_model::{Code, ItemRecord, Now, PartNumber, PartPlan, Steady};

use super::upload::Upload;
use super::{ItemWork, Op};
use crate::backoff::Backoff;
use crate::classify::RequestFailure;

/// How often a request is attempted if its failures are the item's own.
pub(super) const ATTEMPTS: u8 = 8;
/// How often the upload of an item is restarted, and how often all its parts are sent again.
pub(super) const RESTARTS: u8 = 3;
/// How often requests of an item may come too late, because the line is slow, before that spends attempts. A line is
/// known after six steps, and up to 8 requests fail at each.
const LATE: u8 = 64;

#[derive(Debug)]
pub(super) struct Item {
    plan: PartPlan,
    repeat: Repeat,
    stage: ItemStage,
    /// Its bytes that progress already includes.
    counted: u64,
    attempts: u8,
    mismatches: u8,
    restarts: u8,
    resends: u8,
    /// Requests that came too late on a slow line.
    late: u8,
    /// Requests for which its file did not answer, since the last part that was sent.
    silences: u8,
    not_before: Steady,
    backoff: Backoff,
    flights: u16,
    /// Its records on their way into the journal.
    pending: u16,
    /// What happens once none of its requests and records is under way.
    fate: Option<Fate>,
}

#[derive(Debug)]
enum ItemStage {
    Put(Step),
    Create,
    Creating,
    Beginning,
    Parts(Upload),
    Complete(Upload, Step),
    Abandoning,
    Forgetting(Upload),
    Closing,
}

/// A request whose intent must be in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    NeedsIntent,
    Intending,
    Ready,
    Flying,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    SetAside(Code),
    /// The upload is restarted, or set aside with this code after too many restarts.
    Restart(Code),
    /// All parts are sent again in the same upload.
    Resend,
}

/// What a reply led to.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The request succeeded. There may be something to record.
    Good(Option<ItemRecord>),
    /// The store replied, and the item starts again in some way.
    Repair,
    /// The request failed.
    Failed(RequestFailure),
}

impl Item {
    pub(super) fn new(work: &ItemWork, seed: u64, repeat: Repeat) -> Self {
        let upload = work.upload.as_ref().map(|upload| Upload::restored(work.plan, upload));
        let counted = upload.as_ref().map_or(0, |upload| upload.held_bytes(work.plan));
        let stage = match (work.plan, upload) {
            (PartPlan::Single { .. }, _) if work.put_attempted => ItemStage::Put(Step::Ready),
            (PartPlan::Single { .. }, _) => ItemStage::Put(Step::NeedsIntent),
            (PartPlan::Multipart { .. }, None) => ItemStage::Create,
            (PartPlan::Multipart { .. }, Some(upload)) => ItemStage::with_parts(upload),
        };
        let unknown = work.put_attempted && repeat == Repeat::Duplicates { allowed: false };
        Self {
            plan: work.plan,
            repeat,
            stage,
            counted,
            attempts: 0,
            mismatches: 0,
            restarts: 0,
            resends: 0,
            late: 0,
            silences: 0,
            not_before: Steady::PAST,
            backoff: Backoff::new(seed ^ work.item.0.rotate_left(17)),
            flights: 0,
            pending: 0,
            fate: unknown.then_some(Fate::SetAside(Code::MaybeStored)),
        }
    }

    /// Whether it is a PutObject that only waits for its turn, its intent recorded or on its way.
    pub(super) fn is_prepared(&self) -> bool {
        matches!(self.stage, ItemStage::Put(Step::Intending | Step::Ready))
    }

    /// Returns the intent of its PutObject, if that is what it needs next.
    pub(super) fn intend_put(&mut self) -> Option<ItemRecord> {
        if self.fate.is_some() || !matches!(self.stage, ItemStage::Put(Step::NeedsIntent)) {
            return None;
        }
        self.stage = ItemStage::Put(Step::Intending);
        self.pending += 1;
        Some(ItemRecord::PutAttempted)
    }

    /// Returns what must be recorded before its next request.
    pub(super) fn next_record(&mut self) -> Option<ItemRecord> {
        if self.flights > 0 || self.pending > 0 {
            return None;
        }
        let record = match (self.fate.take(), std::mem::replace(&mut self.stage, ItemStage::Closing)) {
            (_, ItemStage::Closing) => None,
            (Some(Fate::SetAside(code)), _) => Some(ItemRecord::SetAside(code)),
            (Some(Fate::Restart(code)), _) => Some(self.abandon(code)),
            (Some(Fate::Resend), ItemStage::Complete(upload, _)) => Some(self.forget_parts(upload)),
            (_, ItemStage::Complete(upload, Step::NeedsIntent)) => {
                self.stage = ItemStage::Complete(upload, Step::Intending);
                Some(ItemRecord::CompletionAttempted)
            }
            (_, stage) => {
                self.stage = stage;
                None
            }
        };
        self.pending += u16::from(record.is_some());
        record
    }

    /// Returns the next request, if one may go out now. With `ignore_delays`, delays after failures are ignored.
    pub(super) fn next_op(&self, now: Now, ignore_delays: bool) -> Option<Op> {
        if self.fate.is_some() {
            return None;
        }
        let due = ignore_delays || self.not_before <= now.steady;
        match &self.stage {
            ItemStage::Put(Step::Ready) if due => Some(Op::PutObject),
            ItemStage::Create if due => Some(Op::CreateUpload),
            ItemStage::Complete(_, Step::Ready) if due => Some(Op::CompleteUpload),
            ItemStage::Parts(upload) => upload.next_part(now.steady, ignore_delays).map(Op::UploadPart),
            ItemStage::Put(_)
            | ItemStage::Create
            | ItemStage::Creating
            | ItemStage::Beginning
            | ItemStage::Complete(..)
            | ItemStage::Abandoning
            | ItemStage::Forgetting(_)
            | ItemStage::Closing => None,
        }
    }

    /// Returns when a request that has to wait may go out.
    pub(super) fn next_time(&self) -> Option<Steady> {
        match &self.stage {
            ItemStage::Put(Step::Ready) | ItemStage::Create | ItemStage::Complete(_, Step::Ready) => {
                Some(self.not_before)
            }
            ItemStage::Parts(upload) => upload.next_time(),
            ItemStage::Put(_)
            | ItemStage::Creating
            | ItemStage::Beginning
            | ItemStage::Complete(..)
            | ItemStage::Abandoning
            | ItemStage::Forgetting(_)
            | ItemStage::Closing => None,
        }
    }

    /// Notes that the request goes out.
    pub(super) fn fly(&mut self, op: Op) {
        self.flights += 1;
        match (op, &mut self.stage) {
            (Op::PutObject, ItemStage::Put(step)) | (Op::CompleteUpload, ItemStage::Complete(_, step)) => {
                *step = Step::Flying;
            }
            (Op::CreateUpload, stage @ ItemStage::Create) => *stage = ItemStage::Creating,
            (Op::UploadPart(part), ItemStage::Parts(upload)) => upload.fly(part),
            (Op::PutObject | Op::CompleteUpload | Op::CreateUpload | Op::UploadPart(_), _) => {}
        }
    }

    /// Returns the bytes of its file that a request carries.
    pub(super) fn bytes_of(&self, op: Op) -> u64 {
        match op {
            Op::PutObject => self.plan.size(),
            Op::UploadPart(part) => self.plan.range(part).map_or(0, |range| range.len),
            Op::CreateUpload | Op::CompleteUpload => 0,
        }
    }

    /// Whether one of its requests may come too late once more without spending an attempt.
    pub(super) fn may_be_late(&self) -> bool {
        self.late < LATE
    }

    pub(super) fn was_late(&mut self) {
        self.late += 1;
    }

    /// Spends an attempt of the request. The item is set aside after the last one.
    pub(super) fn spend(&mut self, op: Op, now: Steady) {
        let spent = match (op, &mut self.stage) {
            (Op::UploadPart(part), ItemStage::Parts(upload)) => upload.spend(part),
            (Op::PutObject | Op::CreateUpload | Op::CompleteUpload | Op::UploadPart(_), _) => {
                self.attempts = self.attempts.saturating_add(1);
                self.attempts
            }
        };
        if spent >= ATTEMPTS {
            self.set_aside(Code::StoreFailed);
        }
        self.delay(op, now);
    }

    /// Spends an attempt of an item whose file does not answer. It is set aside after the last one, which is over a
    /// minute later on average.
    pub(super) fn was_silent(&mut self, op: Op, code: Code, now: Steady) {
        self.silences = self.silences.saturating_add(1);
        if self.silences >= ATTEMPTS {
            self.set_aside(code);
        }
        self.delay(op, now);
    }

    /// Notes that the content was refused. It is sent again once; after that, the file is not what was checked.
    pub(super) fn differs(&mut self, op: Op, now: Steady) {
        let times = match (op, &mut self.stage) {
            (Op::UploadPart(part), ItemStage::Parts(upload)) => upload.differs(part),
            (Op::PutObject | Op::CreateUpload | Op::CompleteUpload | Op::UploadPart(_), _) => {
                self.mismatches = self.mismatches.saturating_add(1);
                self.mismatches
            }
        };
        if times > 1 {
            self.set_aside(Code::ContentDiffers);
        } else if op == Op::CompleteUpload {
            // The whole does not match its checksum, so the same completion would fail again.
            self.fate = self.fate.or(Some(Fate::Resend));
        }
        self.delay(op, now);
    }

    /// Lets the request go out again a little later.
    pub(super) fn delay(&mut self, op: Op, now: Steady) {
        let until = now + self.backoff.delay(None);
        match (op, &mut self.stage) {
            (Op::UploadPart(part), ItemStage::Parts(upload)) => upload.delay(part, until),
            (Op::PutObject | Op::CreateUpload | Op::CompleteUpload | Op::UploadPart(_), _) => self.not_before = until,
        }
    }

    /// Sets it aside as soon as nothing of it is under way. What is acknowledged until then counts.
    pub(super) fn set_aside(&mut self, code: Code) {
        match self.fate {
            Some(Fate::SetAside(_)) => {}
            Some(Fate::Restart(_) | Fate::Resend) | None => self.fate = Some(Fate::SetAside(code)),
        }
    }

    /// Whether its end is on its way into the journal.
    pub(super) fn is_closing(&self) -> bool {
        matches!(self.stage, ItemStage::Closing)
    }

    /// Whether its requests in flight are no longer of use.
    pub(super) fn wants_calling_off(&self) -> bool {
        self.fate.is_some() && self.flights > 0
    }

    /// Notes that the journal holds a record of it. Returns the bytes to add to progress and to subtract from it.
    pub(super) fn recorded(&mut self, record: &ItemRecord) -> (u64, u64) {
        self.pending = self.pending.saturating_sub(1);
        match record {
            ItemRecord::PutAttempted => self.intent_recorded(),
            ItemRecord::CompletionAttempted => self.intent_recorded(),
            ItemRecord::UploadStarted { abort_at, .. } => {
                self.stage = ItemStage::Parts(Upload::new(self.plan, *abort_at));
                self.attempts = 0;
            }
            ItemRecord::PartAcknowledged { part, .. } => return (self.part_recorded(*part), 0),
            ItemRecord::UploadAbandoned => {
                self.stage = ItemStage::Create;
                return (0, std::mem::take(&mut self.counted));
            }
            ItemRecord::PartsForgotten => {
                self.parts_forgotten();
                return (0, std::mem::take(&mut self.counted));
            }
            ItemRecord::Acknowledged { .. } => {
                let rest = self.plan.size().saturating_sub(self.counted);
                self.counted = self.plan.size();
                return (rest, 0);
            }
            // Its parts count again once it is back in the queue.
            ItemRecord::SetAside(_) => return (0, std::mem::take(&mut self.counted)),
        }
        (0, 0)
    }

    fn part_recorded(&mut self, part: PartNumber) -> u64 {
        let ItemStage::Parts(upload) = &mut self.stage else { return 0 };
        if !upload.held(part) {
            return 0;
        }
        let bytes = self.plan.range(part).map_or(0, |range| range.len);
        self.counted += bytes;
        self.late = 0;
        self.silences = 0;
        self.backoff.reset();
        if upload.all_held()
            && let ItemStage::Parts(upload) = std::mem::replace(&mut self.stage, ItemStage::Closing)
        {
            self.stage = ItemStage::with_parts(upload);
            self.attempts = 0;
        }
        bytes
    }

    fn intent_recorded(&mut self) {
        match &mut self.stage {
            ItemStage::Put(step) => *step = Step::Ready,
            ItemStage::Complete(upload, step) => {
                upload.completion.recorded();
                *step = Step::Ready;
            }
            ItemStage::Create
            | ItemStage::Creating
            | ItemStage::Beginning
            | ItemStage::Parts(_)
            | ItemStage::Abandoning
            | ItemStage::Forgetting(_)
            | ItemStage::Closing => {}
        }
    }

    fn parts_forgotten(&mut self) {
        if let ItemStage::Forgetting(mut upload) = std::mem::replace(&mut self.stage, ItemStage::Closing) {
            upload.forget_parts();
            self.stage = ItemStage::Parts(upload);
        }
    }

    fn abandon(&mut self, code: Code) -> ItemRecord {
        self.restarts += 1;
        self.attempts = 0;
        self.resends = 0;
        if self.restarts > RESTARTS {
            return ItemRecord::SetAside(code);
        }
        self.stage = ItemStage::Abandoning;
        ItemRecord::UploadAbandoned
    }

    fn forget_parts(&mut self, upload: Upload) -> ItemRecord {
        self.resends += 1;
        if self.resends > RESTARTS {
            return self.abandon(Code::StoreFailed);
        }
        self.stage = ItemStage::Forgetting(upload);
        ItemRecord::PartsForgotten
    }
}

impl ItemStage {
    fn with_parts(upload: Upload) -> Self {
        match (upload.all_held(), upload.completion.is_recorded()) {
            (false, _) => Self::Parts(upload),
            (true, false) => Self::Complete(upload, Step::NeedsIntent),
            (true, true) => Self::Complete(upload, Step::Ready),
        }
    }
}

#[cfg(feature = "inspect")]
impl Item {
    pub(super) fn inspect(&self, states: &mut crate::inspect::States) {
        use crate::inspect::State;
        states.add(match &self.stage {
            ItemStage::Put(Step::NeedsIntent) => State::PutNeedsIntent,
            ItemStage::Put(Step::Intending) => State::PutIntending,
            ItemStage::Put(Step::Ready) => State::PutReady,
            ItemStage::Put(Step::Flying) => State::PutFlying,
            ItemStage::Create => State::Create,
            ItemStage::Creating => State::Creating,
            ItemStage::Beginning => State::Beginning,
            ItemStage::Parts(_) => State::Parts,
            ItemStage::Complete(_, Step::NeedsIntent) => State::CompleteNeedsIntent,
            ItemStage::Complete(_, Step::Intending) => State::CompleteIntending,
            ItemStage::Complete(_, Step::Ready) => State::CompleteReady,
            ItemStage::Complete(_, Step::Flying) => State::CompleteFlying,
            ItemStage::Abandoning => State::Abandoning,
            ItemStage::Forgetting(_) => State::Forgetting,
            ItemStage::Closing => State::Closing,
        });
        let fate = self.fate.map(|fate| match fate {
            Fate::SetAside(_) => State::FateSetAside,
            Fate::Restart(_) => State::FateRestart,
            Fate::Resend => State::FateResend,
        });
        fate.into_iter().for_each(|state| states.add(state));
        if let ItemStage::Parts(upload) | ItemStage::Complete(upload, _) | ItemStage::Forgetting(upload) = &self.stage {
            upload.inspect(states);
        }
    }
}
