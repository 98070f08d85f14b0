//! A small model of the journal, from which a machine is made after a crash.

use std::collections::BTreeSet;

use waybill_model::{Code, ItemRecord, PartNumber, PartPlan, Phase, Progress, Record, Timestamp, TransferRecord};

use crate::transfer::{ItemWork, Restored, UploadWork};

pub(super) struct Journal {
    pub(super) phase: Phase,
    paused: bool,
    pub(super) start_intended: Option<Timestamp>,
    pub(super) register_intended: Option<Timestamp>,
    pub(super) hashed: bool,
    given_up: bool,
    accepted_left_out: u64,
    pub(super) rows: Vec<Row>,
}

pub(super) struct Row {
    pub(super) plan: PartPlan,
    pub(super) state: State,
    pub(super) put_attempted: bool,
    completion_attempted: bool,
    pub(super) upload: Option<Upload>,
    /// The person has sent it again, although the store may have it.
    pub(super) consented: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Ready,
    Sent,
    SetAside,
}

pub(super) struct Upload {
    pub(super) id: String,
    abort_at: Option<Timestamp>,
    pub(super) acknowledged: BTreeSet<PartNumber>,
    pub(super) completion_attempted: bool,
}

impl Journal {
    pub(super) fn new(plans: Vec<PartPlan>) -> Self {
        let row = |plan| Row {
            plan,
            state: State::Ready,
            put_attempted: false,
            completion_attempted: false,
            upload: None,
            consented: false,
        };
        Self {
            phase: Phase::Walking,
            paused: false,
            start_intended: None,
            register_intended: None,
            hashed: false,
            given_up: false,
            accepted_left_out: 0,
            rows: plans.into_iter().map(row).collect(),
        }
    }

    pub(super) fn row(&mut self, item: u64) -> &mut Row {
        &mut self.rows[usize::try_from(item).unwrap()]
    }

    pub(super) fn take(&mut self, record: &Record) {
        match record {
            Record::Transfer(TransferRecord::Phase(phase)) => self.phase = *phase,
            Record::Transfer(TransferRecord::Paused(paused)) => self.paused = *paused,
            Record::Transfer(TransferRecord::GivenUp) => self.given_up = true,
            Record::Transfer(TransferRecord::AcceptedLeftOut(count)) => self.accepted_left_out = *count,
            Record::Transfer(TransferRecord::StartIntended(at)) => self.start_intended = Some(*at),
            Record::Transfer(TransferRecord::StartNotDone) => self.start_intended = None,
            Record::Transfer(TransferRecord::RegisterIntended(at)) => self.register_intended = Some(*at),
            Record::Transfer(TransferRecord::RegisterNotDone) => self.register_intended = None,
            Record::Item(item, ItemRecord::PutAttempted) => self.row(item.0).put_attempted = true,
            Record::Item(item, ItemRecord::UploadStarted { upload_id, abort_at }) => {
                self.row(item.0).upload = Some(Upload {
                    id: upload_id.0.clone(),
                    abort_at: *abort_at,
                    acknowledged: BTreeSet::new(),
                    completion_attempted: false,
                });
            }
            Record::Item(item, ItemRecord::PartAcknowledged { part, .. }) => {
                let upload = self.row(item.0).upload.as_mut().expect("a part of an upload that is known");
                assert!(upload.acknowledged.insert(*part), "{part} acknowledged twice");
            }
            Record::Item(item, ItemRecord::CompletionAttempted) => {
                let row = self.row(item.0);
                row.completion_attempted = true;
                row.upload.as_mut().expect("a completion of an upload that is known").completion_attempted = true;
            }
            Record::Item(item, ItemRecord::UploadAbandoned) => self.row(item.0).upload = None,
            Record::Item(item, ItemRecord::PartsForgotten) => {
                let upload = self.row(item.0).upload.as_mut().expect("parts of an upload that is known");
                upload.acknowledged.clear();
                upload.completion_attempted = false;
            }
            Record::Item(item, ItemRecord::Acknowledged { .. }) => self.end(item.0, State::Sent),
            Record::Item(item, ItemRecord::SetAside(code)) => {
                self.end(item.0, State::SetAside);
                if *code == Code::ObjectExists || *code == Code::MaybeStored {
                    self.row(item.0).forget_attempts(*code);
                }
            }
            Record::Transfer(TransferRecord::AllBackInQueue) => {
                for row in self.rows.iter_mut().filter(|row| row.state == State::SetAside) {
                    row.state = State::Ready;
                }
            }
        }
    }

    fn end(&mut self, item: u64, state: State) {
        let row = self.row(item);
        assert_eq!(row.state, State::Ready, "an item that has ended ends again");
        row.state = state;
    }

    pub(super) fn progress(&self) -> Progress {
        let sent = self.rows.iter().filter(|row| row.state == State::Sent);
        Progress {
            items_done: sent.count() as u64,
            items_total: self.rows.len() as u64,
            bytes_done: self.rows.iter().map(Row::bytes_done).sum(),
            bytes_total: self.rows.iter().map(|row| row.plan.size()).sum(),
        }
    }

    pub(super) fn set_aside(&self) -> u64 {
        self.rows.iter().filter(|row| row.state == State::SetAside).count() as u64
    }

    pub(super) fn restored(&self, seed: u64) -> Restored {
        Restored {
            folder_name: "Records".to_owned(),
            phase: self.phase,
            paused: self.paused,
            start_intended: self.start_intended,
            register_intended: self.register_intended,
            hashed: self.hashed,
            given_up: self.given_up,
            progress: self.progress(),
            set_aside: self.set_aside(),
            accepted_left_out: self.accepted_left_out,
            bytes_per_second: None,
            seed,
        }
    }

    /// The next items that are neither sent nor set aside, and whether these are the last.
    pub(super) fn load(&self, after: Option<u64>, limit: usize) -> (Vec<ItemWork>, bool) {
        let first = after.map_or(0, |after| after + 1);
        let ready = || (first..).zip(self.rows.iter().skip(usize::try_from(first).unwrap()));
        let ready = || ready().filter(|(_, row)| row.state == State::Ready);
        let items = ready().take(limit).map(|(item, row)| row.work(item)).collect();
        (items, ready().count() <= limit)
    }
}

impl Row {
    fn forget_attempts(&mut self, code: Code) {
        self.put_attempted = false;
        self.completion_attempted = false;
        if let Some(upload) = &mut self.upload {
            upload.completion_attempted = false;
        }
        // It is sent again only when the person says so.
        self.consented |= code == Code::MaybeStored;
    }

    fn work(&self, item: u64) -> ItemWork {
        ItemWork {
            item: waybill_model::ItemId(item),
            plan: self.plan,
            put_attempted: self.put_attempted || self.completion_attempted,
            upload: self.upload.as_ref().map(|upload| UploadWork {
                abort_at: upload.abort_at,
                acknowledged: upload.acknowledged.iter().copied().collect(),
                completion_attempted: upload.completion_attempted,
            }),
        }
    }

    fn bytes_done(&self) -> u64 {
        if self.state == State::Sent {
            return self.plan.size();
        }
        if self.state == State::SetAside {
            // Its parts count again once it is back in the queue.
            return 0;
        }
        let parts = self.upload.iter().flat_map(|upload| &upload.acknowledged);
        parts.filter_map(|part| self.plan.range(*part)).map(|range| range.len).sum()
    }
}
