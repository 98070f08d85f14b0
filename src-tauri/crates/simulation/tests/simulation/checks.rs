//! The reference model: what was promised to the person, and what has gone over the wire.

use std::collections::{BTreeSet, VecDeque};

use waybill_engine::inspect::State;
use waybill_engine::transfer::{Event, is_possible_hold};
use waybill_model::service::RequestBudget;
use waybill_model::{ItemRecord, Phase, Record, TransferRecord};

use crate::book;
use crate::world::{MINUTE, SECOND, Sabotage, World};

/// Requests that bring nothing, allowed in any minute beside [`VAIN_EACH`] for each item and part.
const VAIN: u64 = 150;
const VAIN_EACH: u64 = 12;

/// What the machine was told that the journal holds, item by item.
#[derive(Clone, Debug, Default)]
pub(crate) struct Promises {
    items: Vec<Promise>,
    bytes_before: u64,
    /// Items whose parts the store has discarded, as the journal holds and the machine may not know yet.
    discarded: BTreeSet<usize>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Promise {
    /// One bit for each acknowledged part.
    parts: u32,
    sent: bool,
    /// It is set aside: its parts do not count.
    is_aside: bool,
}

/// The calls that must not be repeated without proof that they were not acted on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Proof {
    /// `startUpload` has gone out, and nothing has proved that it was not acted on.
    pub(crate) start_unproved: bool,
    /// The same of `addFilesAndMetadata`, and when it went out.
    pub(crate) register_unproved: Option<u64>,
}

/// Requests that have gone out.
#[derive(Debug)]
pub(crate) struct Traffic {
    budget: RequestBudget,
    pub(crate) requests: u64,
    /// Those of the transfer itself, without those for tokens and passes, which go by the clock.
    pub(crate) of_transfer: u64,
    /// When, in this life of the program: those that the machine's budget counts, and all.
    counted: VecDeque<u64>,
    all: VecDeque<u64>,
    vain: VecDeque<u64>,
    pub(crate) most_in_vain: u64,
}

impl Traffic {
    pub(crate) fn new(budget: RequestBudget) -> Self {
        Self {
            budget,
            requests: 0,
            of_transfer: 0,
            counted: VecDeque::new(),
            all: VecDeque::new(),
            vain: VecDeque::new(),
            most_in_vain: 0,
        }
    }

    /// The budget is kept in memory only.
    pub(crate) fn new_life(&mut self) {
        self.counted.clear();
        self.all.clear();
        self.vain.clear();
    }
}

fn slide(window: &mut VecDeque<u64>, now: u64, length: u64) -> usize {
    window.push_back(now);
    while window.front().is_some_and(|at| at + length <= now) {
        window.pop_front();
    }
    window.len()
}

impl World<'_> {
    /// One request of the transfer has been let out.
    pub(crate) fn count_request(&mut self) {
        let window = u64::from(self.traffic.budget.window_seconds) * SECOND;
        let (own, now) = (self.traffic.budget.own(), self.now);
        let inside = slide(&mut self.traffic.counted, now, window);
        if inside > usize::try_from(own).unwrap() {
            self.breach(|| format!("{inside} requests in one window, and its share is {own}"));
        }
        self.traffic.of_transfer += 1;
        self.count_any_request();
    }

    /// Any request to the service: also those for tokens and passes.
    pub(crate) fn count_any_request(&mut self) {
        self.traffic.requests += 1;
        let window = u64::from(self.traffic.budget.window_seconds) * SECOND;
        let (limit, now) = (self.traffic.budget.limit, self.now);
        let inside = slide(&mut self.traffic.all, now, window);
        if inside > usize::try_from(limit).unwrap() {
            self.breach(|| format!("{inside} requests in one window, and the service allows {limit}"));
        }
    }

    /// A request that brought nothing.
    pub(crate) fn count_vain(&mut self) {
        let now = self.now;
        let inside = slide(&mut self.traffic.vain, now, MINUTE) as u64;
        self.traffic.most_in_vain = self.traffic.most_in_vain.max(inside);
        let units: u64 = self.book.rows.iter().map(|row| 1 + u64::from(row.plan().count())).sum();
        let allowed = VAIN + VAIN_EACH * units;
        if inside > allowed {
            self.breach(|| format!("a storm: {inside} requests in vain in a minute, for {units} items and parts"));
        }
    }

    /// The program starts: what it reads must hold all that it was promised.
    pub(crate) fn promises_must_be_kept(&mut self) {
        let rows = &self.book.rows;
        let held = |row: &book::Row| row.upload.as_ref().map_or(0, |upload| upload.acknowledged);
        let now: Vec<Promise> = rows
            .iter()
            .map(|row| Promise {
                parts: held(row),
                sent: row.state == book::State::Sent,
                is_aside: matches!(row.state, book::State::SetAside(_)),
            })
            .collect();
        if self.book.phase >= Phase::Starting {
            for (item, promise) in self.promises.items.iter().enumerate() {
                let kept = now.get(item).copied().unwrap_or_default();
                let is_discarded = self.promises.discarded.contains(&item);
                let is_kept = kept.sent || !promise.sent && (is_discarded || promise.parts & !kept.parts == 0);
                if !is_kept {
                    self.breach.get_or_insert(format!("item {item}: {promise:?} was promised, {kept:?} is there"));
                }
            }
        }
        self.promises.items = now;
        self.promises.discarded.clear();
        self.promises.bytes_before = 0;
    }

    /// The machine is about to hear that the journal holds this.
    pub(crate) fn promise(&mut self, record: &Record) {
        let items = self.book.rows.len();
        let promises = &mut self.promises;
        promises.items.resize(items, Promise::default());
        match record {
            Record::Item(item, record) => {
                let promise = &mut promises.items[usize::try_from(item.0).unwrap()];
                match record {
                    ItemRecord::PartAcknowledged { part, .. } => promise.parts |= 1 << part.get(),
                    ItemRecord::UploadStarted { .. } => promise.parts = 0,
                    ItemRecord::UploadAbandoned | ItemRecord::PartsForgotten => {
                        promise.parts = 0;
                        // The store has discarded them.
                        promises.bytes_before = 0;
                    }
                    ItemRecord::Acknowledged { .. } => promise.sent = true,
                    // Its parts count again when it is back in the queue.
                    ItemRecord::SetAside(_) => {
                        promise.is_aside = true;
                        promises.bytes_before = 0;
                    }
                    ItemRecord::PutAttempted | ItemRecord::CompletionAttempted => {}
                }
            }
            Record::Transfer(TransferRecord::AllBackInQueue) => {
                promises.items.iter_mut().for_each(|promise| promise.is_aside = false);
            }
            Record::Transfer(TransferRecord::Phase(Phase::Walking | Phase::Checked | Phase::Hashing)) => {
                promises.items.clear();
                promises.bytes_before = 0;
            }
            Record::Transfer(_) => {}
        }
    }

    /// The journal holds this from now on, whether or not the machine hears of it.
    pub(crate) fn written(&mut self, record: &Record) {
        if let Record::Item(item, ItemRecord::UploadAbandoned | ItemRecord::PartsForgotten) = record {
            self.promises.discarded.insert(usize::try_from(item.0).unwrap());
        }
    }

    pub(crate) fn is_part_promised(&self, item: usize, part: u16) -> bool {
        self.promises.items.get(item).is_some_and(|promise| promise.parts & (1 << part) != 0)
    }

    pub(crate) fn is_sent_promised(&self, item: usize) -> bool {
        self.promises.items.get(item).is_some_and(|promise| promise.sent)
    }

    /// After every event.
    pub(crate) fn check(&mut self, event: &str) {
        let Some(client) = &self.client else { return };
        let mut view = client.transfer.view();
        if self.sabotage == Sabotage::ProgressRunsAhead && view.progress.bytes_done > 0 {
            view.progress.bytes_done += 1;
        }
        let flights = client.flights.len();
        let states = client.transfer.inspect();
        if !is_possible_hold(view.phase, view.hold) {
            self.breach(|| format!("{:?} with {:?} is not in the table, after {event}", view.phase, view.hold));
        }
        if view.in_flight > usize::from(self.settings.parallel) || view.in_flight != flights {
            self.breach(|| format!("the machine counts {} in flight, there are {flights}", view.in_flight));
        }
        let progress = view.progress;
        let is_counting = states.contains(State::CountDue) || states.contains(State::CountAsked);
        let passes = progress.items_done > progress.items_total || progress.bytes_done > progress.bytes_total;
        if view.phase >= Phase::Starting && !is_counting && (passes || progress.per_mille() > 1000) {
            self.breach(|| format!("progress passes its end: {progress:?}"));
        }
        let cancelled_early = view.phase == Phase::Cancelled;
        if view.phase >= Phase::Sending && !is_counting && !cancelled_early {
            self.check_progress(event, &view);
        }
    }

    fn check_progress(&mut self, event: &str, view: &waybill_engine::transfer::View) {
        let (mut bytes, mut items) = (0, 0);
        for (row, promise) in self.book.rows.iter().zip(&self.promises.items) {
            if promise.sent {
                items += 1;
                bytes += row.size;
            } else if !promise.is_aside {
                let held = row.plan().ranges().filter(|(part, _)| promise.parts & (1 << part.get()) != 0);
                bytes += held.map(|(_, range)| range.len).sum::<u64>();
            }
        }
        let progress = view.progress;
        if (progress.bytes_done, progress.items_done) != (bytes, items) {
            self.breach(|| format!("progress {progress:?} after {event}, promised are {items} items, {bytes} bytes"));
        }
        if progress.bytes_done < self.promises.bytes_before {
            let before = self.promises.bytes_before;
            self.breach(|| format!("progress fell from {before} to {} bytes after {event}", progress.bytes_done));
        }
        self.promises.bytes_before = progress.bytes_done;
    }

    /// Before an event: the states that it meets.
    pub(crate) fn visit(&mut self, event: &Event) {
        let Some(client) = &self.client else { return };
        let kind = crate::visits::of_transfer(event);
        self.visits.note(client.transfer.inspect(), kind);
        self.visits.note_phase(client.transfer.view().phase, kind);
    }
}
