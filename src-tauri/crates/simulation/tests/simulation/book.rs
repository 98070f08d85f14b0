//! The journal: the real one in SQLite, in memory, and beside it a plain model that is compared with it after every kill
//! and at every reading.

use std::rc::Rc;

use uuid::Uuid;
use waybill_engine::transfer::{ItemWork, Restored, UploadWork};
use waybill_journal::{Change, HashedItem, InMemory, NewItem, NewTransfer, Write};
use waybill_model::service::UploadWay;
use waybill_model::{
    Code, Consignment, ConsignmentId, ConsignmentStatuses, Crc64Nvme, FileId, Identity, ItemId, ItemRecord, ItemState,
    PartPlan, PartRules, Person, Phase, Progress, Record, RelPath, Sha256Digest, Target, Timestamp, TransferId,
    TransferRecord, UserId,
};

/// Files above this are sent in parts.
pub(crate) const RULES: PartRules =
    PartRules { single_put_below: PartRules::MIN_PART + 1, part_size: PartRules::MIN_PART };

/// Where an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Found,
    LeftOut,
    Ready,
    Sent,
    SetAside(Code),
}

#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) id: String,
    abort_at: Option<Timestamp>,
    /// One bit for each part.
    pub(crate) acknowledged: u32,
    pub(crate) completion_attempted: bool,
}

/// One item.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) size: u64,
    pub(crate) state: State,
    /// Content and identity of the file when it was read.
    pub(crate) hashed: Option<(u32, u32)>,
    pub(crate) file_id: Option<u128>,
    pub(crate) put_attempted: bool,
    pub(crate) completion_attempted: bool,
    pub(crate) upload: Option<Upload>,
    /// The person sends it again although the store may have it.
    pub(crate) consented: bool,
}

impl Row {
    pub(crate) fn plan(&self) -> PartPlan {
        PartPlan::new(self.size, RULES).unwrap()
    }

    fn bytes_done(&self) -> u64 {
        match (&self.state, &self.upload) {
            (State::Sent, _) => self.size,
            // Parts count only while the item is to be sent.
            (State::Ready, Some(upload)) => {
                let held = |number: u16| upload.acknowledged & (1 << number) != 0;
                self.plan().ranges().filter(|(part, _)| held(part.get())).map(|(_, range)| range.len).sum()
            }
            (State::Ready, None) | (State::Found | State::LeftOut | State::SetAside(_), _) => 0,
        }
    }
}

pub(crate) struct Book {
    db: Rc<InMemory>,
    id: TransferId,
    pub(crate) phase: Phase,
    pub(crate) paused: bool,
    pub(crate) given_up: bool,
    accepted_left_out: u64,
    pub(crate) start_intended: Option<Timestamp>,
    pub(crate) register_intended: Option<Timestamp>,
    pub(crate) rows: Vec<Row>,
    /// The first disagreement of the two.
    pub(crate) breach: Option<String>,
}

impl Book {
    pub(crate) fn new(db: Rc<InMemory>, number: u64, way: UploadWay) -> Self {
        let id = TransferId(Uuid::from_u128(u128::from(number) + 1));
        let new = NewTransfer {
            id,
            created: Timestamp(0),
            service: "simulated".to_owned(),
            website: None,
            person: Person {
                user_id: UserId(Uuid::from_u128(1)),
                name: "Ada".to_owned(),
                email: None,
                body: None,
                standard_user: true,
                judgment_user: false,
            },
            target: Target::Consignment(Consignment {
                id: ConsignmentId(Uuid::from_u128(2)),
                reference: "TDR-2026-ABC".into(),
                series: None,
                created: None,
                judgment: false,
                exported: false,
                total_files: 0,
                statuses: ConsignmentStatuses::default(),
            }),
            way,
            folder: "/Records".into(),
            folder_name: "Records".to_owned(),
            parts: RULES,
            program_version: "0".to_owned(),
        };
        let mut book = Self {
            db,
            id,
            phase: Phase::Walking,
            paused: false,
            given_up: false,
            accepted_left_out: 0,
            start_intended: None,
            register_intended: None,
            rows: Vec::new(),
            breach: None,
        };
        book.write([Change::New(Box::new(new))]);
        book
    }

    fn write(&mut self, changes: impl IntoIterator<Item = Change>) {
        let writes: Vec<Write> = changes.into_iter().map(|change| Write::new(self.id, change)).collect();
        if let Err(error) = self.db.write(&writes) {
            self.breach(format!("the journal refused {writes:?}: {error}"));
        }
    }

    fn breach(&mut self, what: String) {
        self.breach.get_or_insert(what);
    }

    /// Removes it from SQLite, so that the next run starts with an empty file.
    pub(crate) fn remove(mut self) {
        self.write([Change::Remove]);
    }

    /// Writes records in one commit, as the recorder of `app` does.
    pub(crate) fn take(&mut self, records: &[&Record]) {
        self.write(records.iter().map(|record| Change::Record((*record).clone())));
        records.iter().for_each(|record| self.note(record));
    }

    pub(crate) fn row(&mut self, item: ItemId) -> &mut Row {
        &mut self.rows[usize::try_from(item.0).unwrap()]
    }

    fn note(&mut self, record: &Record) {
        match record {
            Record::Transfer(record) => self.note_of_transfer(*record),
            Record::Item(item, record) => self.note_of_item(*item, record),
        }
    }

    fn note_of_transfer(&mut self, record: TransferRecord) {
        match record {
            TransferRecord::Phase(phase) => self.phase = phase,
            TransferRecord::Paused(paused) => self.paused = paused,
            TransferRecord::GivenUp => self.given_up = true,
            TransferRecord::AcceptedLeftOut(count) => self.accepted_left_out = count,
            TransferRecord::StartIntended(at) => self.start_intended = Some(at),
            TransferRecord::StartNotDone => self.start_intended = None,
            TransferRecord::RegisterIntended(at) => self.register_intended = Some(at),
            TransferRecord::RegisterNotDone => self.register_intended = None,
            TransferRecord::AllBackInQueue => {
                for row in &mut self.rows {
                    if let State::SetAside(_) = row.state {
                        row.state = if row.hashed.is_some() { State::Ready } else { State::Found };
                    }
                }
            }
        }
    }

    fn note_of_item(&mut self, item: ItemId, record: &ItemRecord) {
        let row = self.row(item);
        match record {
            ItemRecord::PutAttempted => row.put_attempted = true,
            ItemRecord::UploadStarted { upload_id, abort_at } => {
                let id = upload_id.0.clone();
                row.upload = Some(Upload { id, abort_at: *abort_at, acknowledged: 0, completion_attempted: false });
            }
            ItemRecord::PartAcknowledged { part, .. } => {
                if let Some(upload) = &mut row.upload {
                    upload.acknowledged |= 1 << part.get();
                }
            }
            ItemRecord::CompletionAttempted => {
                row.completion_attempted = true;
                if let Some(upload) = &mut row.upload {
                    upload.completion_attempted = true;
                }
            }
            ItemRecord::UploadAbandoned => row.upload = None,
            ItemRecord::PartsForgotten => {
                if let Some(upload) = &mut row.upload {
                    upload.acknowledged = 0;
                    upload.completion_attempted = false;
                }
            }
            ItemRecord::Acknowledged { .. } => {
                row.state = State::Sent;
                row.upload = None;
            }
            ItemRecord::SetAside(code) => {
                row.state = State::SetAside(*code);
                if *code == Code::ObjectExists || *code == Code::MaybeStored {
                    row.put_attempted = false;
                    row.completion_attempted = false;
                    if let Some(upload) = &mut row.upload {
                        upload.completion_attempted = false;
                    }
                    row.consented |= *code == Code::MaybeStored;
                }
            }
        }
    }

    /// The walk has found these files: size, and whether they can be sent.
    pub(crate) fn walked(&mut self, files: &[(u64, bool)]) {
        self.rows.clear();
        self.accepted_left_out = 0;
        let mut items = Vec::new();
        for (number, (size, can_be_read)) in files.iter().enumerate() {
            let (state, stored) = if *can_be_read {
                (State::Found, ItemState::Found)
            } else {
                (State::LeftOut, ItemState::LeftOut(Code::Locked))
            };
            self.rows.push(Row {
                size: *size,
                state,
                hashed: None,
                file_id: None,
                put_attempted: false,
                completion_attempted: false,
                upload: None,
                consented: false,
            });
            items.push(NewItem {
                item: ItemId(number as u64),
                path: RelPath::new(format!("Records/{number}")).unwrap(),
                identity: identity(*size, 0),
                state: stored,
            });
        }
        self.write([Change::ForgetWalk, Change::AddItems(items)]);
    }

    /// A file was read: its size, content and identity.
    pub(crate) fn hashed(&mut self, item: usize, size: u64, content: u32, ident: u32) {
        let id = ItemId(item as u64);
        let row = &mut self.rows[item];
        if row.hashed.map(|(before, _)| before) != Some(content) || row.size != size {
            row.upload = None;
        }
        row.size = size;
        row.hashed = Some((content, ident));
        row.state = State::Ready;
        let plan = row.plan();
        let mut digest = [0; 32];
        digest[..4].copy_from_slice(&content.to_le_bytes());
        let hashed = HashedItem {
            item: id,
            identity: identity(size, ident),
            sha256: Sha256Digest(digest),
            plan,
            crcs: (0..plan.count()).map(|_| Crc64Nvme(u64::from(content))).collect(),
        };
        self.write([Change::Hashed(vec![hashed])]);
    }

    pub(crate) fn leave_out(&mut self, item: usize, code: Code) {
        self.rows[item].state = State::LeftOut;
        self.write([Change::LeaveOut { item: ItemId(item as u64), code }]);
    }

    /// Keeps the file ids that are new, and returns how many of the rows match none of ours.
    pub(crate) fn file_ids(&mut self, pairs: &[(usize, u128)]) -> u64 {
        let ids: Vec<(ItemId, FileId)> =
            pairs.iter().map(|(item, id)| (ItemId(*item as u64), FileId(Uuid::from_u128(*id)))).collect();
        let matching = match self.db.reader().match_file_ids(self.id, &ids) {
            Ok(matching) => matching,
            Err(error) => {
                self.breach(format!("the journal cannot match ids: {error}"));
                return 0;
            }
        };
        for (item, id) in &matching.fresh {
            self.row(*item).file_id = Some(id.0.as_u128());
        }
        self.write([Change::FileIds(matching.fresh)]);
        matching.surplus
    }

    pub(crate) fn matched(&self) -> u64 {
        self.rows.iter().filter(|row| row.state == State::Ready && row.file_id.is_some()).count() as u64
    }

    pub(crate) fn count(&self, of: impl Fn(State) -> bool) -> u64 {
        self.rows.iter().filter(|row| of(row.state)).count() as u64
    }

    pub(crate) fn set_aside(&self) -> u64 {
        self.count(|state| matches!(state, State::SetAside(_)))
    }

    pub(crate) fn progress(&self) -> Progress {
        let mut progress = Progress::default();
        for row in self.rows.iter().filter(|row| row.state != State::LeftOut) {
            progress.items_total += 1;
            progress.bytes_total += row.size;
            progress.items_done += u64::from(row.state == State::Sent);
            progress.bytes_done += row.bytes_done();
        }
        progress
    }

    /// What SQLite counts; compared with the model.
    pub(crate) fn counted(&mut self) -> (Progress, u64) {
        match self.db.reader().totals(self.id) {
            Ok(totals) => {
                let (counted, set_aside) = (totals.progress(), totals.set_aside.items);
                if (counted, set_aside) != (self.progress(), self.set_aside()) {
                    self.breach(format!("the journal counts {counted:?}, the model {:?}", self.progress()));
                }
                (counted, set_aside)
            }
            Err(error) => {
                self.breach(format!("the journal cannot count: {error}"));
                (self.progress(), self.set_aside())
            }
        }
    }

    /// What a machine is made from after a start, as `app` reads it.
    pub(crate) fn restored(&mut self, seed: u64) -> Restored {
        let (progress, set_aside) = self.counted();
        let row = self.db.reader().transfer(self.id).ok().flatten();
        let Some(row) = row else {
            self.breach("the journal has lost the transfer".to_owned());
            return self.modelled(seed, progress, set_aside);
        };
        let restored = Restored {
            folder_name: row.folder_name,
            phase: row.phase,
            paused: row.paused,
            start_intended: row.start_intended,
            register_intended: row.register_intended,
            hashed: self.count(|state| state == State::Ready) > 0,
            given_up: row.given_up,
            progress,
            set_aside,
            accepted_left_out: row.accepted_left_out,
            bytes_per_second: None,
            seed,
        };
        let modelled = self.modelled(seed, progress, set_aside);
        if restored != modelled {
            self.breach(format!("the journal holds {restored:?}, the model {modelled:?}"));
        }
        restored
    }

    fn modelled(&self, seed: u64, progress: Progress, set_aside: u64) -> Restored {
        Restored {
            folder_name: "Records".to_owned(),
            phase: self.phase,
            paused: self.paused,
            start_intended: self.start_intended,
            register_intended: self.register_intended,
            hashed: self.count(|state| state == State::Ready) > 0,
            given_up: self.given_up,
            progress,
            set_aside,
            accepted_left_out: self.accepted_left_out,
            bytes_per_second: None,
            seed,
        }
    }

    /// The next items to send, as `app` reads them.
    pub(crate) fn load(&mut self, after: Option<ItemId>, limit: u32) -> (Vec<ItemWork>, bool) {
        let rows = match self.db.reader().to_send(self.id, after, limit) {
            Ok(rows) => rows,
            Err(error) => {
                self.breach(format!("the journal cannot list: {error}"));
                return (Vec::new(), true);
            }
        };
        let last = rows.len() < usize::try_from(limit).unwrap();
        let work = rows.into_iter().map(|row| ItemWork {
            item: row.item,
            plan: row.plan,
            put_attempted: row.put_attempted || row.completion_attempted && row.upload.is_none(),
            upload: row.upload.map(|upload| UploadWork {
                abort_at: upload.abort_at,
                acknowledged: upload.acknowledged,
                completion_attempted: upload.completion_attempted,
            }),
        });
        let work: Vec<ItemWork> = work.collect();
        for one in &work {
            let row = self.row(one.item).clone();
            let parts = one
                .upload
                .as_ref()
                .map(|upload| upload.acknowledged.iter().fold(0_u32, |bits, part| bits | 1 << part.get()));
            let modelled = row.upload.as_ref().map(|upload| upload.acknowledged);
            let dates = one.upload.as_ref().map(|upload| (upload.abort_at, upload.completion_attempted))
                == row.upload.as_ref().map(|upload| (upload.abort_at, upload.completion_attempted));
            if parts != modelled || !dates || row.plan() != one.plan || row.state != State::Ready {
                self.breach(format!("the journal lists {one:?}, the model {row:?}"));
            }
        }
        (work, last)
    }
}

fn identity(size: u64, ident: u32) -> Identity {
    Identity { size, modified_ns: i128::from(ident), file_key: None }
}
