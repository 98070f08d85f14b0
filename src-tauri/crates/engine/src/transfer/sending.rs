//! Sending: the window of items and the requests in flight.
//!
//! Items come from the journal in order and are sent first in, first out. Parts of one item and whole items are sent in
//! parallel. Memory depends on the window, not on the number of items.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use waybill_model::{Code, ItemId, ItemRecord, Phase, Progress, Record, Steady};

use super::item::{Item, Outcome};
use super::pace::{Pace, Streak};
use super::{Action, ItemWork, ObjectReply, Op, Request, RequestToken, Transfer};
use crate::classify::RequestFailure;
use crate::line::{Line, Load as LineLoad};
use crate::route;

/// How many items are in memory at most.
const WINDOW: usize = 256;
/// With fewer items than this, the next ones are loaded.
const REFILL: usize = 128;
/// Requests older than this died while the computer slept.
const DEAD_AFTER_SLEEP: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Sending {
    pub(super) items: BTreeMap<ItemId, Item>,
    flights: BTreeMap<RequestToken, Flight>,
    last_token: u64,
    /// The last item that was loaded; `None` to load from the first.
    cursor: Option<ItemId>,
    load: Load,
    /// Items that have ended since the next ones were requested: what is loaded may still say that they are to be sent.
    ended: BTreeSet<ItemId>,
    count: Count,
    /// Consecutive counts that found items which had not been loaded.
    unaccounted: u8,
    seed: u64,
    pub(super) pace: Pace,
    pub(super) line: Line,
    /// What was last reported of the line.
    reported: Option<u64>,
    pub(super) streak: Streak,
    /// Consecutive items that the store refused.
    pub(super) refused_in_a_row: u8,
    /// Requests whose connection broke, kept until the probe shows the cause.
    pub(super) broken: Vec<Broken>,
}

/// A request whose connection broke or stalled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broken {
    pub(super) item: ItemId,
    pub(super) op: Op,
    pub(super) lateness: Lateness,
}

/// How late a request was when it failed, for the line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lateness {
    load: LineLoad,
    /// The bytes of all requests that were under way then, its own included.
    under_way: u64,
    at: Steady,
}

/// Whether there are items to be loaded from the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Load {
    /// There may be more after the cursor.
    Due,
    /// The next ones have been requested.
    Asked,
    /// The next ones were requested before the queue changed. They will be dropped and requested again.
    Stale,
    /// Every item has been loaded.
    Done,
}

/// Whether the machine's totals are those of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    /// They are kept up to date with every record.
    Kept,
    /// They must be counted before anything else is sent.
    Due,
    /// They are being counted.
    Asked,
    /// They have been counted, and nothing has happened since.
    Fresh,
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    item: ItemId,
    op: Op,
    sent: Steady,
    load: LineLoad,
    called_off: bool,
    /// It was sent to show whether a wait is over.
    is_try: bool,
}

impl Sending {
    pub(super) fn new(seed: u64, parallel: u8, learned: Option<u64>) -> Self {
        let line = Line::new(learned);
        Self {
            items: BTreeMap::new(),
            flights: BTreeMap::new(),
            last_token: 0,
            cursor: None,
            load: Load::Due,
            ended: BTreeSet::new(),
            count: Count::Kept,
            unaccounted: 0,
            seed,
            pace: Pace::new(parallel),
            reported: line.learned(),
            line,
            streak: Streak::default(),
            refused_in_a_row: 0,
            broken: Vec::new(),
        }
    }

    pub(super) fn in_flight(&self) -> usize {
        self.flights.len()
    }

    /// Returns the bytes that the requests in flight carry.
    fn under_way(&self) -> u64 {
        self.flights.values().map(|flight| flight.load.bytes).sum()
    }

    /// Whether sending more slowly may help a request that came so late.
    pub(super) fn slows_down(&mut self, late: Lateness) -> bool {
        let next = self.last_token + 1;
        self.line.came_late(late.load, late.under_way, next, late.at)
    }

    pub(super) fn next_token(&self) -> RequestToken {
        RequestToken(self.last_token + 1)
    }

    /// Starts loading from the first item again, because items that were set aside are back in the queue. Their
    /// acknowledged parts count again, so everything is counted first.
    pub(super) fn load_again(&mut self) {
        self.cursor = None;
        self.load = match self.load {
            Load::Asked | Load::Stale => Load::Stale,
            Load::Due | Load::Done => Load::Due,
        };
        self.count_first();
    }

    /// Has everything counted first: files, and so sizes, may have changed between the last hash and the registration.
    pub(super) fn count_first(&mut self) {
        self.count = Count::Due;
    }

    /// Whether the totals are not those of the journal, because they are about to be counted.
    #[cfg(test)]
    pub(super) fn is_counting(&self) -> bool {
        matches!(self.count, Count::Due | Count::Asked)
    }

    /// Forgets a request that came back after the end.
    pub(super) fn forget_flight(&mut self, token: RequestToken) {
        self.flights.remove(&token);
    }

    /// Resets the number of refusals, because the person resumes after several of them.
    pub(super) fn forget_refusals(&mut self) {
        self.refused_in_a_row = 0;
        self.unaccounted = 0;
    }

    fn item_ended(&mut self, id: ItemId) {
        self.items.remove(&id);
        match self.load {
            Load::Asked | Load::Stale => drop(self.ended.insert(id)),
            Load::Due | Load::Done => {}
        }
    }

    fn is_done(&self) -> bool {
        self.load == Load::Done && self.items.is_empty()
    }

    fn call_off(&mut self, which: impl Fn(&Flight) -> bool) -> Vec<Action> {
        let wanted = self.flights.iter_mut().filter(|(_, flight)| !flight.called_off && which(flight));
        wanted
            .map(|(token, flight)| {
                flight.called_off = true;
                Action::CallOff(*token)
            })
            .collect()
    }
}

impl Transfer {
    pub(super) fn items_loaded(&mut self, items: Vec<ItemWork>, last: bool) {
        match self.sending.load {
            Load::Asked => {}
            Load::Stale => {
                self.sending.load = Load::Due;
                return;
            }
            Load::Due | Load::Done => return,
        }
        for work in items {
            self.sending.cursor = self.sending.cursor.max(Some(work.item));
            if self.sending.ended.contains(&work.item) {
                continue;
            }
            let seed = self.sending.seed;
            let repeat = self.settings.repeat;
            self.sending.items.entry(work.item).or_insert_with(|| Item::new(&work, seed, repeat));
        }
        self.sending.load = if last { Load::Done } else { Load::Due };
    }

    pub(super) fn pump_sending(&mut self) {
        if self.sending.count == Count::Due && self.records.is_empty() {
            self.sending.count = Count::Asked;
            self.actions.push(Action::CountItems);
        }
        if matches!(self.sending.count, Count::Due | Count::Asked) {
            return;
        }
        self.load_items();
        self.record_what_is_due();
        self.send_requests();
        if self.sending.is_done() && self.records.is_empty() {
            self.leave_sending();
        }
    }

    /// Takes a count. It is repeated if something was recorded in the meantime, which it may or may not include.
    pub(super) fn items_counted(&mut self, progress: Progress, set_aside: u64) {
        if self.sending.count != Count::Asked {
            return;
        }
        if !self.records.is_empty() {
            self.sending.count = Count::Due;
            return;
        }
        (self.progress, self.set_aside) = (progress, set_aside);
        self.sending.count = if self.sending.is_done() { Count::Fresh } else { Count::Kept };
    }

    /// Leaves the phase when nothing seems to be left to send. Only the journal's own count decides: if it holds more
    /// items than were loaded, they are loaded again. No record may ever be silently lost.
    fn leave_sending(&mut self) {
        if std::mem::replace(&mut self.sending.count, Count::Due) != Count::Fresh {
            return self.pump_sending();
        }
        self.sending.count = Count::Kept;
        if self.progress.items_done + self.set_aside >= self.progress.items_total {
            let next = route::after(self.settings.route, self.phase);
            return self.conclude(if self.set_aside == 0 { next } else { Phase::Settling });
        }
        self.sending.load_again();
        self.sending.unaccounted += 1;
        if self.sending.unaccounted > 1 {
            self.stop(Code::Internal);
        } else {
            self.pump_sending();
        }
    }

    fn load_items(&mut self) {
        let sending = &mut self.sending;
        let room = WINDOW.saturating_sub(sending.items.len());
        if sending.load != Load::Due || sending.items.len() >= REFILL {
            return;
        }
        sending.load = Load::Asked;
        sending.ended.clear();
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        self.actions.push(Action::LoadItems { after: sending.cursor, limit });
    }

    /// Records what items need before their next request. The intent of a PutObject is recorded for the next few items
    /// only.
    fn record_what_is_due(&mut self) {
        let mut records = Vec::new();
        let mut prepared = 0;
        let ahead = self.sending.pace.limit();
        for (id, item) in &mut self.sending.items {
            records.extend(item.next_record().map(|record| Record::Item(*id, record)));
            if prepared < ahead {
                records.extend(item.intend_put().map(|record| Record::Item(*id, record)));
            }
            prepared += usize::from(item.is_prepared());
        }
        for record in records {
            self.record(record);
        }
    }

    fn send_requests(&mut self) {
        while self.sending.flights.len() < self.sending.pace.limit() {
            let blocked = self.waits.is_folder_gone() || !self.waits.allows_request(self.now.steady);
            if blocked || self.records.is_disk_full() {
                return;
            }
            let Some((item, op)) = self.next_request() else { return };
            // One that does not fit waits for a reply, and so do those behind it.
            if !self.sending.line.has_room(self.bytes_of(item, op), self.sending.under_way()) {
                return;
            }
            if !self.waits.take_budget(self.now.steady) {
                return;
            }
            self.send(item, op);
        }
    }

    /// Returns the first item in order that may send. A try during a wait ignores the items' own delays but prefers
    /// items without one: if one item itself has a problem, another can show that the wait is over.
    fn next_request(&self) -> Option<(ItemId, Op)> {
        let items = &self.sending.items;
        let find = |ignore_delays| {
            items.iter().find_map(|(id, item)| item.next_op(self.now, ignore_delays).map(|op| (*id, op)))
        };
        find(false).or_else(|| if self.waits.is_waiting() { find(true) } else { None })
    }

    fn send(&mut self, item: ItemId, op: Op) {
        self.sending.last_token += 1;
        let token = RequestToken(self.sending.last_token);
        let load = self.sending.line.send(token.0, self.bytes_of(item, op), self.now.steady);
        let more_time = self.sending.line.more_time(load.bytes);
        let is_try = self.waits.is_waiting();
        self.waits.tried();
        if let Some(item) = self.sending.items.get_mut(&item) {
            item.fly(op);
        }
        self.sending.flights.insert(token, Flight { item, op, sent: self.now.steady, load, called_off: false, is_try });
        self.actions.push(Action::Request(Request { token, item, op, more_time }));
    }

    /// Returns the bytes of its file that a request carries.
    fn bytes_of(&self, item: ItemId, op: Op) -> u64 {
        self.sending.items.get(&item).map_or(0, |item| item.bytes_of(op))
    }

    pub(super) fn object_replied(&mut self, token: RequestToken, reply: ObjectReply) {
        let under_way = self.sending.under_way();
        let Some(flight) = self.sending.flights.remove(&token) else { return };
        let late = Lateness { load: flight.load, under_way, at: self.now.steady };
        let Some(item) = self.sending.items.get_mut(&flight.item) else { return };
        match item.replied(flight.op, reply, self.now.server) {
            Outcome::Good(record) => {
                self.waits.folder_read();
                self.store_reached(flight.is_try);
                self.sending.line.acknowledged(flight.load, self.now.steady);
                self.report_line();
                self.sending.pace.succeeded();
                self.sending.streak.broken();
                self.sending.refused_in_a_row = 0;
                if let Some(record) = record {
                    self.record(Record::Item(flight.item, record));
                }
            }
            Outcome::Repair => {
                self.store_reached(flight.is_try);
                self.sending.streak.broken();
            }
            Outcome::Failed(RequestFailure::CalledOff) if !flight.called_off => {
                self.ended_early(flight.item, flight.op, flight.is_try);
            }
            Outcome::Failed(failure) => {
                self.request_failed(token, flight.item, flight.op, flight.is_try, late, failure);
            }
        }
        self.call_off_useless(flight.item);
    }

    /// Reports what was learned of the line, if it is another half or double.
    pub(super) fn report_line(&mut self) {
        let (learned, reported) = (self.sending.line.learned(), self.sending.reported);
        let much = match (learned, reported) {
            (Some(learned), Some(reported)) => learned > reported / 2 * 3 || learned < reported / 3 * 2,
            (None, None) => false,
            (Some(_), None) | (None, Some(_)) => true,
        };
        if much {
            self.sending.reported = learned;
            self.actions.push(Action::KeepLine { bytes_per_second: learned });
        }
    }

    /// Notes that the store was reached.
    pub(super) fn store_reached(&mut self, was_try: bool) {
        if was_try {
            self.waits.over();
        } else {
            self.waits.late_success();
        }
    }

    /// Sets an item aside whose file changed after it was registered. Items outside the window are examined when their
    /// turn comes, since everything that is sent is compared with what was checked.
    pub(super) fn item_changed(&mut self, id: ItemId, code: Code) {
        if self.phase != Phase::Sending {
            return;
        }
        if let Some(item) = self.sending.items.get_mut(&id)
            && !item.is_closing()
        {
            item.set_aside(code);
            self.call_off_useless(id);
        }
    }

    pub(super) fn call_off_useless(&mut self, id: ItemId) {
        if self.sending.items.get(&id).is_some_and(Item::wants_calling_off) {
            let actions = self.sending.call_off(|flight| flight.item == id);
            self.actions.extend(actions);
        }
    }

    pub(super) fn call_off_all(&mut self) {
        let actions = self.sending.call_off(|_| true);
        self.actions.extend(actions);
    }

    /// Calls off requests that died in a sleep, instead of waiting for them to time out.
    pub(super) fn call_off_silent(&mut self) {
        let now = self.now.steady;
        let actions = self.sending.call_off(|flight| now.since(flight.sent) > DEAD_AFTER_SLEEP);
        self.actions.extend(actions);
    }

    pub(super) fn item_recorded(&mut self, id: ItemId, record: &ItemRecord) {
        if let Some(item) = self.sending.items.get_mut(&id) {
            let (added, taken) = item.recorded(record);
            self.progress.bytes_done = (self.progress.bytes_done + added).saturating_sub(taken);
        }
        match record {
            ItemRecord::Acknowledged { .. } => {
                self.progress.items_done += 1;
                self.sending.unaccounted = 0;
                self.sending.item_ended(id);
            }
            ItemRecord::SetAside(_) => {
                self.set_aside += 1;
                self.sending.item_ended(id);
            }
            ItemRecord::PutAttempted
            | ItemRecord::UploadStarted { .. }
            | ItemRecord::PartAcknowledged { .. }
            | ItemRecord::CompletionAttempted
            | ItemRecord::UploadAbandoned
            | ItemRecord::PartsForgotten => {}
        }
    }

    pub(super) fn sending_due(&self) -> Option<Steady> {
        let sending = self.phase == Phase::Sending && !self.waits.is_waiting();
        let times = self.sending.items.values().filter(|_| sending).filter_map(Item::next_time);
        times.filter(|at| *at > self.now.steady).min()
    }
}

#[cfg(feature = "inspect")]
impl Sending {
    pub(super) fn inspect(&self, states: &mut crate::inspect::States) {
        use crate::inspect::State;
        states.add(match self.load {
            Load::Due => State::LoadDue,
            Load::Asked => State::LoadAsked,
            Load::Stale => State::LoadStale,
            Load::Done => State::LoadDone,
        });
        states.add(match self.count {
            Count::Kept => State::CountKept,
            Count::Due => State::CountDue,
            Count::Asked => State::CountAsked,
            Count::Fresh => State::CountFresh,
        });
        states.add_if(self.pace.is_reduced(), State::PaceReduced);
        states.add_if(self.line.learned().is_some(), State::LineSlow);
        states.add_if(!self.broken.is_empty(), State::BrokenKept);
        self.items.values().for_each(|item| item.inspect(states));
    }
}
