//! What replies of the store mean for an item.

use waybill_model::{
    Acknowledgement, Code, Created, ETag, ItemRecord, NotDone, ObjectKey, PartNumber, Reply, Stored, Timestamp,
};

use super::{Fate, Item, ItemStage, Outcome, Step};
use crate::classify::{
    self, CompleteDecision, CompletionHistory, CreateDecision, PartDecision, PutDecision, RequestFailure,
};
use crate::transfer::{ObjectReply, Op};

impl Item {
    /// Takes a reply.
    pub(in crate::transfer) fn replied(&mut self, op: Op, reply: ObjectReply, now: Timestamp) -> Outcome {
        self.flights = self.flights.saturating_sub(1);
        match (op, reply) {
            (Op::PutObject, ObjectReply::Stored(reply)) => self.put_replied(reply, now),
            (Op::UploadPart(part), ObjectReply::Stored(reply)) => self.part_replied(part, reply),
            (Op::CompleteUpload, ObjectReply::Stored(reply)) => self.complete_replied(reply, now),
            (Op::CreateUpload, ObjectReply::Created(reply)) => self.create_replied(reply),
            (Op::CreateUpload, ObjectReply::Stored(_))
            | (Op::PutObject | Op::UploadPart(_) | Op::CompleteUpload, ObjectReply::Created(_)) => {
                // A reply to a different request counts as no reply.
                self.reopen(op);
                Outcome::Failed(RequestFailure::Again)
            }
        }
    }

    fn put_replied(&mut self, reply: Reply<Stored>, now: Timestamp) -> Outcome {
        match classify::put_object(reply, self.repeat) {
            PutDecision::Done(Stored { etag, key }) => self.close(Acknowledgement::Reply, Some(etag), key, now),
            PutDecision::Exists => self.close(Acknowledgement::ExistsAfterOwnAttempt, None, None, now),
            PutDecision::Unknown(failure) => {
                self.reopen(Op::PutObject);
                self.set_aside(Code::MaybeStored);
                Outcome::Failed(failure)
            }
            PutDecision::Failed { failure, .. } => {
                self.reopen(Op::PutObject);
                Outcome::Failed(failure)
            }
        }
    }

    fn create_replied(&mut self, reply: Reply<Created>) -> Outcome {
        match classify::create_upload(reply) {
            CreateDecision::Done(created) => {
                self.stage = ItemStage::Beginning;
                self.pending += 1;
                Outcome::Good(Some(ItemRecord::UploadStarted {
                    upload_id: created.upload_id,
                    abort_at: created.abort_at,
                }))
            }
            CreateDecision::Failed(failure) => {
                self.reopen(Op::CreateUpload);
                Outcome::Failed(failure)
            }
        }
    }

    fn part_replied(&mut self, part: PartNumber, reply: Reply<Stored>) -> Outcome {
        match classify::upload_part(reply) {
            PartDecision::Done(etag) => Outcome::Good(self.part_stored(part, etag)),
            PartDecision::Restart(code) => {
                self.reopen(Op::UploadPart(part));
                self.fate = self.fate.or(Some(Fate::Restart(code)));
                Outcome::Repair
            }
            PartDecision::Failed(failure) => {
                self.reopen(Op::UploadPart(part));
                Outcome::Failed(failure)
            }
        }
    }

    fn complete_replied(&mut self, reply: Reply<Stored>, now: Timestamp) -> Outcome {
        let ItemStage::Complete(upload, _) = &mut self.stage else { return Outcome::Repair };
        // The store's own word on both: when it would discard the upload, and when it answered. This computer's clock may
        // be wrong by days, and believing it here would lose the file.
        let answered = match &reply {
            Err(NotDone::Refused(refusal)) => refusal.date,
            Ok(_) | Err(_) => None,
        };
        let not_aged = answered.is_some_and(|at| upload.not_aged(at));
        let history = CompletionHistory { of_this_upload: upload.completion.may_be_done(), not_aged };
        match classify::complete_upload(reply, history) {
            CompleteDecision::Done(etag) => self.close(Acknowledgement::Reply, Some(etag), None, now),
            CompleteDecision::Exists => self.close(Acknowledgement::ExistsAfterOwnAttempt, None, None, now),
            CompleteDecision::GoneAfterOwnCompletion => {
                self.close(Acknowledgement::UploadGoneAfterOwnCompletion, None, None, now)
            }
            CompleteDecision::Restart(code) => {
                self.fate = self.fate.or(Some(Fate::Restart(code)));
                Outcome::Repair
            }
            CompleteDecision::SendPartsAgain => {
                self.fate = self.fate.or(Some(Fate::Resend));
                Outcome::Repair
            }
            CompleteDecision::Failed { failure, maybe_done } => {
                if maybe_done {
                    upload.completion.maybe_done();
                }
                self.reopen(Op::CompleteUpload);
                Outcome::Failed(failure)
            }
        }
    }

    /// Notes that the store has a part. A late one counts too, unless the upload is lost.
    fn part_stored(&mut self, part: PartNumber, etag: ETag) -> Option<ItemRecord> {
        if let Some(Fate::Restart(_)) = self.fate {
            return None;
        }
        let ItemStage::Parts(upload) = &mut self.stage else { return None };
        if !upload.stored(part) {
            return None;
        }
        self.pending += 1;
        Some(ItemRecord::PartAcknowledged { part, etag })
    }

    /// Closes the item, because the store has it. That outweighs anything that was planned for it.
    fn close(&mut self, how: Acknowledgement, etag: Option<ETag>, key: Option<ObjectKey>, at: Timestamp) -> Outcome {
        self.stage = ItemStage::Closing;
        self.fate = None;
        self.pending += 1;
        Outcome::Good(Some(ItemRecord::Acknowledged { how, etag, key, at }))
    }

    /// Notes that the request failed and may be sent again.
    fn reopen(&mut self, op: Op) {
        match (op, &mut self.stage) {
            (Op::PutObject, ItemStage::Put(step)) | (Op::CompleteUpload, ItemStage::Complete(_, step)) => {
                *step = Step::Ready;
            }
            (Op::CreateUpload, stage @ ItemStage::Creating) => *stage = ItemStage::Create,
            (Op::UploadPart(part), ItemStage::Parts(upload)) => upload.reopen(part),
            (Op::PutObject | Op::CompleteUpload | Op::CreateUpload | Op::UploadPart(_), _) => {}
        }
    }
}
