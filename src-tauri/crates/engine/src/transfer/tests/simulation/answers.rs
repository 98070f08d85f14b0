//! How service and network answer: well, late, not at all, or only after acting on the request.

use waybill_model::{
    Code, LocalFault, NoAnswerKind, NotDone, Phase, Record, Reply, StatusValue, Steady, Stored, TransferRecord,
    WaitReason,
};

use super::super::bench::*;
use super::journal::State;
use super::server::Carried;
use super::{Pending, World};
use std::time::Duration;

impl World {
    pub(super) fn answer_object(&mut self, token: RequestToken, carried: &Carried) {
        let called_off = self.in_flight.remove(&token).expect("what is answered was in flight");
        let mood = if self.calm { 1 } else { self.dice.roll(1000) };
        let dice = if self.calm { 0 } else { self.dice.roll(100) };
        let now = self.now.server;
        let reply = match dice {
            _ if called_off && dice % 2 == 0 => {
                if dice % 4 == 0 {
                    self.server.act(carried, mood, now);
                }
                failed(carried.op, Err(NotDone::NotSent(LocalFault::CalledOff)))
            }
            50..=59 => {
                self.server.act(carried, mood, now);
                failed(carried.op, silent(NoAnswerKind::Reset, true))
            }
            60..=65 => failed(carried.op, silent(NoAnswerKind::TimedOut, true)),
            66..=69 => {
                self.act_later(Pending::Object(token, carried.clone()));
                failed(carried.op, silent(NoAnswerKind::TimedOut, true))
            }
            70..=75 => failed(carried.op, silent(NoAnswerKind::Connect, false)),
            76..=80 => failed(carried.op, store(503, "SlowDown")),
            81..=84 => {
                self.server.act(carried, mood, now);
                failed(carried.op, store(500, "InternalError"))
            }
            85..=88 => failed(carried.op, html(502)),
            89..=91 => failed(carried.op, edge(403, "AccessDenied")),
            92 => failed(carried.op, Err(NotDone::NotSent(LocalFault::FileGone))),
            93 => failed(carried.op, Err(NotDone::NotSent(LocalFault::FolderGone))),
            94 => failed(carried.op, store(400, "BadDigest")),
            95 => failed(carried.op, html(200)),
            96 => failed(carried.op, Err(NotDone::NotSent(LocalFault::Blocked(WaitReason::SignedOut)))),
            97 => failed(carried.op, html(403)),
            98 => failed(carried.op, store(409, "OperationAborted")),
            _ => self.server.act(carried, mood, now),
        };
        // The reply says what time it is there.
        self.wrong_ms = 0;
        self.give(Event::ObjectReplied { token, reply: reply.clone() });
        if !self.calm && self.dice.roll(10) == 0 {
            self.give(Event::ObjectReplied { token, reply });
        }
    }

    pub(super) fn answer_call(&mut self, call: &Action, since: Steady) {
        let lost = !self.calm && self.dice.roll(4) == 0;
        match call {
            Action::StartUpload => self.answer_start(since),
            Action::Register => self.answer_register(since),
            Action::WalkAndCheck => {
                let progress = self.journal.progress();
                let totals =
                    CheckTotals { items: progress.items_total, bytes: progress.bytes_total, ..CheckTotals::default() };
                self.give(Event::CheckDone(totals));
            }
            Action::CompareFolder => {
                let same = self.calm || self.dice.roll(4) > 0;
                self.give(Event::FolderCompared(Ok(same)));
                // A reply that nobody waits for changes nothing.
                self.unseen |=
                    matches!(self.records.back(), Some((_, Record::Transfer(TransferRecord::Phase(Phase::Walking)))));
            }
            Action::Hash => {
                self.journal.hashed = true;
                let progress = self.journal.progress();
                let totals = HashTotals { items: progress.items_total, bytes: progress.bytes_total, left_out: 0 };
                self.give(Event::HashDone(Ok(totals)));
            }
            Action::LoadItems { after, limit } => {
                let limit = usize::try_from(*limit).unwrap();
                let (items, last) = self.journal.load(after.map(|after| after.0), limit);
                self.give(Event::ItemsLoaded { items, last });
            }
            Action::CountItems => {
                let (progress, set_aside) = (self.journal.progress(), self.journal.set_aside());
                self.give(Event::ItemsCounted { progress, set_aside });
            }
            Action::Probe => {
                let (api, upload) =
                    if self.calm { (true, true) } else { (self.dice.roll(2) > 0, self.dice.roll(3) > 0) };
                self.give(Event::Probed { other: api, upload });
            }
            Action::ReadTruth if lost => self.give(Event::TruthRead(silent(NoAnswerKind::Reset, true))),
            Action::ReadTruth => {
                let truth = self.server.truth();
                self.learn(truth.upload.is_some(), truth.total_files);
                self.give(Event::TruthRead(Ok(truth)));
            }
            Action::ReadMatches if lost => self.give(Event::MatchesRead(bare(502))),
            Action::ReadMatches => {
                let matches = self.server.matches(self.items());
                self.give(Event::MatchesRead(Ok(matches)));
            }
            Action::OpenHandOver { upload_failed } => {
                let open = self.journal.rows.iter().any(|row| row.state != State::Sent);
                assert!(*upload_failed || !open, "handed over before everything was sent");
                if self.server.upload == Some(StatusValue::InProgress) {
                    let failed = StatusValue::CompletedWithIssues;
                    self.server.upload = Some(if *upload_failed { failed } else { StatusValue::Completed });
                }
            }
            Action::ReadChecks if lost => self.give(Event::ChecksRead(bare(503))),
            Action::ReadChecks => {
                let done = self.calm || self.dice.roll(3) == 0;
                self.give(Event::ChecksRead(Ok(checks(self.server.upload, done))));
            }
            Action::WriteReceipt => self.give(Event::ReceiptWritten(if lost { Err(Code::DiskFull) } else { Ok(()) })),
            Action::Record(..)
            | Action::Request(_)
            | Action::CallOff(_)
            | Action::AwaitFolder
            | Action::KeepLine { .. }
            | Action::WakeAt(_)
            | Action::Close => unreachable!("{call:?}"),
        }
    }

    /// Proof that a call was not acted on: the truth that was read, for a registration only once the API has certainly
    /// dropped it.
    fn learn(&mut self, upload: bool, files: u64) {
        if !upload && files == 0 {
            self.start_unproved = false;
        }
        let dropped = |at: Steady| self.now.steady.since(at) >= Duration::from_secs(API_SECONDS);
        if files == 0 && self.register_unproved.is_some_and(dropped) {
            self.register_unproved = None;
        }
    }

    fn answer_start(&mut self, since: Steady) {
        let reply = match if self.calm { 9 } else { self.dice.roll(10) } {
            0 => {
                self.start_unproved = false;
                silent(NoAnswerKind::Connect, false)
            }
            1 => silent(NoAnswerKind::Reset, true),
            2 => {
                self.act_later(Pending::Call(Action::StartUpload, since));
                bare(504)
            }
            3 | 4 => {
                drop(self.server.start());
                silent(NoAnswerKind::Reset, true)
            }
            _ => self.server.start(),
        };
        self.give(Event::StartReplied(reply));
    }

    fn answer_register(&mut self, since: Steady) {
        let items = self.items();
        let reply = match if self.calm { 9 } else { self.dice.roll(10) } {
            0 => {
                self.register_unproved = None;
                silent(NoAnswerKind::Connect, false)
            }
            1 => bare(500),
            2 => {
                self.act_later(Pending::Call(Action::Register, since));
                silent(NoAnswerKind::TimedOut, true)
            }
            3 | 4 => {
                self.server.register(items);
                silent(NoAnswerKind::Reset, true)
            }
            5 => {
                self.server.register(items);
                html(200)
            }
            6 => {
                self.register_unproved = None;
                html(403)
            }
            _ => Ok(self.server.register(items)),
        };
        self.give(Event::RegisterReplied(reply));
    }
}

fn failed(op: Op, reply: Reply<Stored>) -> ObjectReply {
    let none = |_: Stored| waybill_model::Created { upload_id: waybill_model::UploadId::from("none"), abort_at: None };
    if op == Op::CreateUpload { ObjectReply::Created(reply.map(none)) } else { ObjectReply::Stored(reply) }
}
