//! What the program does when the transfer's machine says so, and what must hold of everything that it asks for.

use waybill_engine::transfer::{Action, Event, ObjectReply, Op, RecordId, Request, RequestToken};
use waybill_model::service::{Closing, Opening};
use waybill_model::{Code, ItemRecord, LocalFault, NotDone, Now, Record, WaitReason};

use crate::book::State;
use crate::client::{Asker, Call, Flight, TRANSFER, Turn};
use crate::dice::Dice;
use crate::net::{Delivery, Work};
use crate::world::{Sabotage, Thing, World};

impl World<'_> {
    pub(crate) fn act(&mut self, action: Action, now: Now) {
        self.check_action(&action);
        match action {
            Action::Record(id, record) => self.record(id, record),
            Action::WakeAt(at) => self.set_alarm(TRANSFER, at, now),
            Action::Request(request) => self.request(request),
            Action::CallOff(token) => self.call_off(token),
            Action::StartUpload => self.call_once(&action, Sabotage::StartsAgain),
            Action::Register => self.call_once(&action, Sabotage::RegistersTwice),
            Action::ReadTruth => self.call(Call::Truth),
            Action::ReadMatches => self.call(Call::Matches),
            Action::ReadChecks => self.call(Call::Checks),
            Action::WalkAndCheck | Action::CompareFolder | Action::Hash => {
                // A new reading of the folder ends the one before.
                self.take_things(Thing::reads_folder);
                let time = if self.calm { 5 } else { self.dice.skewed(1, 60_000) };
                self.after(time, Thing::Done(Box::new(action)));
            }
            Action::LoadItems { .. } | Action::CountItems | Action::WriteReceipt | Action::Probe => {
                let time = self.dice.skewed(1, if self.calm { 10 } else { 2_000 });
                self.after(time, Thing::Done(Box::new(action)));
            }
            Action::AwaitFolder => {
                if let Some(client) = &mut self.client {
                    client.awaits_folder = true;
                }
                self.folder_is_watched();
            }
            Action::OpenHandOver { upload_failed } => {
                self.page = Some(upload_failed);
                let time = self.dice.skewed(10, 20_000);
                self.after(time, Thing::Page(upload_failed));
            }
            Action::KeepLine { .. } => {}
            Action::Close => self.closed = true,
        }
    }

    fn call(&mut self, call: Call) {
        self.count_request();
        self.ask_token(Asker::Call(call));
    }

    /// A call that must not be repeated. With this fault put in, it is.
    fn call_once(&mut self, action: &Action, repeated_by: Sabotage) {
        let is_repeated = self.sabotage == repeated_by;
        for again in [false, true] {
            if again && !is_repeated {
                break;
            }
            if again {
                self.check_action(action);
            }
            if *action == Action::Register {
                self.count_request();
                let time = self.dice.skewed(1, 500);
                self.after(time, Thing::Done(Box::new(Action::Register)));
            } else {
                self.call(Call::Start);
            }
        }
    }

    /// The body of the registration is built.
    pub(crate) fn register(&mut self) {
        if self.disk.is_gone {
            let reply = Err(NotDone::NotSent(LocalFault::FolderGone));
            return self.after(0, Thing::Deliver(Box::new(Delivery::Registered { reply, certain: true })));
        }
        let ready: Vec<usize> =
            (0..self.book.rows.len()).filter(|item| self.book.rows[*item].state == State::Ready).collect();
        for item in &ready {
            let file = self.disk.file(*item).clone();
            let row = &self.book.rows[*item];
            let is_same = row.hashed.map(|(_, ident)| ident) == Some(file.ident) && row.size == file.size;
            if !is_same && file.exists && !file.locked && !file.silent {
                if self.weather.disk_full {
                    let reply = Err(NotDone::NotSent(LocalFault::Blocked(WaitReason::DiskFull)));
                    return self.after(0, Thing::Deliver(Box::new(Delivery::Registered { reply, certain: true })));
                }
                // A registered item keeps its checksum.
                if row.file_id.is_none() {
                    self.book.hashed(*item, file.size, file.content, file.ident);
                }
            }
        }
        self.ask_token(Asker::Call(Call::Register(ready)));
    }

    fn record(&mut self, id: RecordId, record: Record) {
        let Some(client) = &mut self.client else { return };
        if self.sabotage == Sabotage::RecordsAreNotAwaited {
            client.written.insert(id, record.clone());
            client.records.push_back((RecordId(0), record));
            self.after(0, Thing::Report(Box::new(Event::Recorded(id))));
        } else {
            client.records.push_back((id, record));
        }
        self.commit();
    }

    fn commit(&mut self) {
        let time = if self.calm { self.dice.between(1, 8) } else { self.dice.skewed(1, 1_500) };
        let Some(client) = &mut self.client else { return };
        if client.committing || client.records.is_empty() {
            return;
        }
        client.committing = true;
        let count = client.records.len();
        self.after(time, Thing::Committed(count));
    }

    /// A commit has ended, well or not.
    pub(crate) fn committed(&mut self, count: usize) {
        let (refusal, is_done) = match (self.weather.disk_full, self.calm) {
            (true, _) => (Some(Code::DiskFull), false),
            (false, true) => (None, true),
            (false, false) => match self.dice.roll(400) {
                0 => (Some(Code::DataFolderUnusable), true),
                1 => (Some(Code::DataFolderUnusable), false),
                2 | 3 => (Some(Code::DiskFull), false),
                _ => (None, true),
            },
        };
        let Some(client) = &mut self.client else { return };
        client.committing = false;
        let batch: Vec<(RecordId, Record)> = client.records.drain(..count).collect();
        if is_done {
            let lost = |dice: &mut Dice, record: &Record| {
                matches!(record, Record::Item(_, ItemRecord::PartAcknowledged { .. })) && dice.chance(250)
            };
            let loses = self.sabotage == Sabotage::JournalLosesParts;
            let kept = batch.iter().map(|(_, record)| record).filter(|record| !(loses && lost(&mut self.dice, record)));
            let kept: Vec<&Record> = kept.collect();
            self.book.take(&kept);
            for record in kept {
                self.written(record);
                if let Record::Item(item, ItemRecord::Acknowledged { .. }) = record {
                    self.check_stored(usize::try_from(item.0).unwrap());
                }
            }
            // The program may die between the commit and the news of it.
            if !self.calm && self.dice.chance(4) {
                return self.kill();
            }
        }
        for (id, record) in batch {
            let event = match refusal {
                Some(code) => Event::NotRecorded(id, code),
                None => {
                    if let Some(client) = &mut self.client {
                        client.written.insert(id, record);
                    }
                    Event::Recorded(id)
                }
            };
            self.after(0, Thing::Report(Box::new(event)));
        }
        self.commit();
    }

    fn request(&mut self, request: Request) {
        self.count_request();
        let item = usize::try_from(request.item.0).unwrap();
        let time = self.dice.roll(5);
        let Some(client) = &mut self.client else { return };
        let flight = Flight { item, op: request.op, called_off: false };
        let is_new = client.used.insert(request.token);
        client.flights.insert(request.token, flight);
        if !is_new {
            self.breach(|| format!("{request:?}: the token is used twice"));
        }
        self.after(time, Thing::Prepare(request.token));
    }

    fn call_off(&mut self, token: RequestToken) {
        let Some(client) = &mut self.client else { return };
        let Some(flight) = client.flights.get_mut(&token) else {
            return self.breach(|| format!("{token:?} is called off, and is not in flight"));
        };
        flight.called_off = true;
        let op = flight.op;
        client.pass_waiters.retain(|waiter| *waiter != token);
        let is_its = |thing: &Thing| {
            if let Thing::Deliver(delivery) = thing {
                return matches!(&**delivery, Delivery::Object { token: of, .. } if *of == token);
            }
            matches!(thing, Thing::Prepare(of) if *of == token)
        };
        self.take_things(is_its);
        let life = self.life;
        self.each_thing(|_, thing| {
            if let Thing::Arrive { work, back, life: of } = thing
                && *of == life
                && matches!(&**work, Work::Object { token: of, .. } if *of == token)
            {
                *back = None;
            }
        });
        let reply = ObjectReply::not_sent(op, LocalFault::CalledOff);
        self.after(0, Thing::Deliver(Box::new(Delivery::Object { token, reply, generation: None })));
    }

    /// What must hold of everything that the machine asks for.
    fn check_action(&mut self, action: &Action) {
        let Some(client) = &self.client else { return };
        let is_work = matches!(
            action,
            Action::WalkAndCheck
                | Action::CompareFolder
                | Action::Hash
                | Action::StartUpload
                | Action::ReadTruth
                | Action::Register
                | Action::ReadMatches
                | Action::LoadItems { .. }
                | Action::Request(_)
        );
        let of_registration =
            matches!(action, Action::StartUpload | Action::ReadTruth | Action::Register | Action::ReadMatches);
        let of_website = matches!(action, Action::OpenHandOver { .. } | Action::ReadChecks);
        let route = self.settings.route;
        if is_work && client.turn != Turn::Held {
            self.breach(|| format!("{action:?} out of turn"));
        }
        if of_registration && route.opening == Opening::None || of_website && route.closing == Closing::None {
            self.breach(|| format!("{action:?} in a way that does without it"));
        }
        if *action == Action::StartUpload {
            let is_recorded = self.book.start_intended.is_some();
            if !is_recorded || std::mem::replace(&mut self.proof.start_unproved, true) {
                self.breach(|| format!("startUpload without its intent ({is_recorded}) or repeated without proof"));
            }
        } else if *action == Action::Register {
            let is_recorded = self.book.register_intended.is_some();
            let now = self.now;
            if !is_recorded || self.proof.register_unproved.replace(now).is_some() {
                self.breach(|| format!("registration without its intent ({is_recorded}) or repeated without proof"));
            }
        } else if let Action::OpenHandOver { upload_failed: false } = action {
            let open = self.book.count(|state| !matches!(state, State::Sent | State::LeftOut));
            if open > 0 {
                self.breach(|| format!("handed over with {open} items that are not sent"));
            }
        } else if let Action::Request(request) = action {
            self.check_request(request);
        }
    }

    fn check_request(&mut self, request: &Request) {
        let item = usize::try_from(request.item.0).unwrap();
        let items = self.book.count(|state| !matches!(state, State::LeftOut | State::Found));
        if self.opens() && !self.service.is_registered(usize::try_from(items).unwrap()) {
            self.breach(|| format!("{request:?} before every item was registered once"));
        }
        let row = self.book.rows[item].clone();
        if row.state != State::Ready || self.is_sent_promised(item) {
            self.breach(|| format!("{request:?}, and the journal holds {:?}", row.state));
        }
        let upload = row.upload.as_ref();
        let problem = match request.op {
            Op::PutObject if !row.put_attempted => Some("without its intent"),
            Op::CreateUpload if upload.is_some() => Some("a second upload"),
            Op::UploadPart(part) if self.is_part_promised(item, part.get()) => Some("an acknowledged part again"),
            Op::UploadPart(_) if upload.is_none() => Some("before its upload is in the journal"),
            Op::CompleteUpload if !upload.is_some_and(|upload| upload.completion_attempted) => {
                Some("without its intent")
            }
            Op::CompleteUpload
                if upload.map(|upload| upload.acknowledged.count_ones()) != Some(u32::from(row.plan().count())) =>
            {
                Some("before all parts are recorded")
            }
            Op::PutObject | Op::CreateUpload | Op::UploadPart(_) | Op::CompleteUpload => None,
        };
        if let Some(problem) = problem {
            self.breach(|| format!("{request:?}: {problem}"));
        }
    }
}
