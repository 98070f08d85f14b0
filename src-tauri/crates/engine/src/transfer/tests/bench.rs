//! A test bench for the machine: events in, actions out, with a journal that takes every record unless told otherwise.

use std::time::Duration;

use waybill_model::service::{RequestBudget, UploadWay};
use waybill_model::{
    CheckProgress, ConsignmentStatuses, Created, ETag, ItemId, ItemRecord, Now, PartNumber, PartPlan, PartRules, Phase,
    Progress, Record, Reply, ServerTruth, StatusValue, Steady, Stored, Timestamp, UploadId,
};

pub(super) use crate::classify::samples::{bare, dated, edge, html, json, silent, store};
pub(super) use crate::route::Route;
pub(super) use crate::transfer::*;

pub(super) const START: Now = Now { server: Timestamp(1_700_000_000_000), steady: Steady::from_second(1_000_000) };
pub(super) const API_SECONDS: u64 = 180;

pub(super) fn settings() -> Settings {
    Settings {
        parallel: 4,
        budget: RequestBudget { limit: 10_000, window_seconds: 300, share_percent: 50 },
        api_request_seconds: API_SECONDS,
        route: Route::of(&UploadWay::tdr()),
        repeat: UploadWay::tdr().repeat(),
    }
}

pub(super) fn restored(phase: Phase) -> Restored {
    Restored {
        folder_name: "Records".to_owned(),
        phase,
        paused: false,
        start_intended: None,
        register_intended: None,
        hashed: true,
        given_up: false,
        progress: Progress::default(),
        set_aside: 0,
        accepted_left_out: 0,
        bytes_per_second: None,
        seed: 42,
    }
}

/// A machine, its time, and what it has asked for since the last call.
pub(super) struct Bench {
    pub(super) machine: Transfer,
    pub(super) now: Now,
    /// All actions but records and alarms.
    pub(super) actions: Vec<Action>,
    /// Every record that the journal took, in order.
    pub(super) journal: Vec<Record>,
    /// Records that the journal has not answered yet.
    pub(super) waiting: Vec<(RecordId, Record)>,
    /// The test answers records itself.
    pub(super) by_hand: bool,
    /// What the journal counts, if it differs from what the machine believes.
    pub(super) counted: Option<Progress>,
    counting: bool,
    pub(super) alarm: Option<Steady>,
}

impl Bench {
    pub(super) fn new(restored: Restored, settings: Settings) -> Self {
        Self {
            machine: Transfer::new(restored, settings, START),
            now: START,
            actions: Vec::new(),
            journal: Vec::new(),
            waiting: Vec::new(),
            by_hand: false,
            counted: None,
            counting: false,
            alarm: None,
        }
    }

    /// Returns a bench started in a phase, with this many items of 10 bytes.
    pub(super) fn started(phase: Phase, items: u64) -> Self {
        let progress = Progress { items_total: items, bytes_total: items * 10, ..Progress::default() };
        let mut bench = Self::new(Restored { progress, ..restored(phase) }, settings());
        bench.give(Event::Started);
        bench
    }

    pub(super) fn give(&mut self, event: Event) -> &mut Self {
        let actions = self.machine.handle(event, self.now);
        self.keep(actions);
        while !self.by_hand && (!self.waiting.is_empty() || self.counting) {
            if self.waiting.is_empty() {
                self.count();
            } else {
                self.take_record();
            }
        }
        self
    }

    /// The journal takes the oldest record.
    pub(super) fn take_record(&mut self) {
        let (id, record) = self.waiting.remove(0);
        self.journal.push(record);
        let actions = self.machine.handle(Event::Recorded(id), self.now);
        self.keep(actions);
    }

    /// The journal counts, as requested.
    pub(super) fn count(&mut self) {
        assert!(std::mem::take(&mut self.counting), "nobody asked for a count");
        let view = self.machine.view();
        let progress = self.counted.unwrap_or(view.progress);
        let actions = self.machine.handle(Event::ItemsCounted { progress, set_aside: view.set_aside }, self.now);
        self.keep(actions);
    }

    fn keep(&mut self, actions: Vec<Action>) {
        let view = self.machine.view();
        assert!(is_possible_hold(view.phase, view.hold), "{:?} with {:?} is not in the table", view.phase, view.hold);
        for action in actions {
            if action == Action::CountItems {
                self.counting = true;
            } else if let Action::Record(id, record) = action {
                self.waiting.push((id, record));
            } else if let Action::WakeAt(at) = action {
                assert!(at > self.now.steady, "an alarm in the past");
                self.alarm = Some(at);
            } else {
                self.actions.push(action);
            }
        }
    }

    /// Returns what was asked for since the last call.
    pub(super) fn asked(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// Returns the requests to the store since the last call. Other actions are forgotten.
    pub(super) fn requests(&mut self) -> Vec<Request> {
        let asked = self.asked();
        asked.iter().filter_map(as_request).collect()
    }

    /// Returns the only request since the last call.
    pub(super) fn request(&mut self) -> Request {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:?}, {:?}", self.machine.view());
        requests[0]
    }

    pub(super) fn pass(&mut self, time: Duration) -> &mut Self {
        self.now = self.now + time;
        self.give(Event::TimeReached)
    }

    /// Lets time pass, alarm by alarm, until something is asked for, for at most `limit`.
    pub(super) fn wait_for_action(&mut self, limit: Duration) -> Duration {
        let begin = self.now.steady;
        while self.actions.is_empty() {
            self.pass_to_alarm();
            let waited = self.now.steady.since(begin);
            assert!(waited <= limit, "nothing until {limit:?}: {:?}", self.machine.view());
        }
        self.now.steady.since(begin)
    }

    /// The time of the alarm is reached.
    pub(super) fn pass_to_alarm(&mut self) -> &mut Self {
        let at = self.alarm.take().filter(|at| *at > self.now.steady).unwrap_or_else(|| {
            panic!("nothing will ever happen: {:?}", self.machine.view());
        });
        self.pass(at.since(self.now.steady))
    }

    /// Changes the server's clock, as it is known, by this much. No time passes.
    pub(super) fn set_server_clock(&mut self, hours: i64) -> &mut Self {
        self.now.server = Timestamp(self.now.server.0 + hours * 3_600_000);
        self
    }

    pub(super) fn hold(&self) -> Hold {
        self.machine.view().hold
    }

    pub(super) fn waits_for(&self) -> Option<waybill_model::WaitReason> {
        match self.hold() {
            Hold::Waiting { reason, .. } => Some(reason),
            Hold::Running | Hold::Paused | Hold::Stopped(_) => None,
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.machine.view().phase
    }

    /// Returns the records since the last call.
    pub(super) fn recorded(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.journal)
    }

    pub(super) fn stored(&mut self, request: Request) -> &mut Self {
        self.reply(request, Ok(Stored { etag: etag(), key: None }))
    }

    pub(super) fn reply(&mut self, request: Request, reply: Reply<Stored>) -> &mut Self {
        self.give(Event::ObjectReplied { token: request.token, reply: ObjectReply::Stored(reply) })
    }

    pub(super) fn created(&mut self, request: Request, abort_at: Option<Timestamp>) -> &mut Self {
        let reply = Ok(Created { upload_id: UploadId::from("upload"), abort_at });
        self.give(Event::ObjectReplied { token: request.token, reply: ObjectReply::Created(reply) })
    }

    pub(super) fn load(&mut self, items: Vec<ItemWork>) -> &mut Self {
        self.give(Event::ItemsLoaded { items, last: true })
    }
}

pub(super) fn as_request(action: &Action) -> Option<Request> {
    if let Action::Request(request) = action { Some(*request) } else { None }
}

/// Returns a bench that sends these items and no others.
pub(super) fn sending(items: Vec<ItemWork>) -> Bench {
    sending_with(items, settings())
}

pub(super) fn sending_with(items: Vec<ItemWork>, settings: Settings) -> Bench {
    let progress = Progress {
        items_total: items.len() as u64,
        bytes_total: items.iter().map(|item| item.plan.size()).sum(),
        ..Progress::default()
    };
    let mut bench = Bench::new(Restored { progress, ..restored(Phase::Sending) }, settings);
    bench.give(Event::Started);
    assert_eq!(bench.asked(), [Action::LoadItems { after: None, limit: 256 }]);
    bench.load(items);
    bench
}

pub(super) fn etag() -> ETag {
    ETag::from("\"e\"")
}

pub(super) fn small(item: u64) -> ItemWork {
    ItemWork { item: ItemId(item), plan: PartPlan::Single { size: 10 }, put_attempted: false, upload: None }
}

pub(super) const PART: u64 = PartRules::MIN_PART;

/// Returns a file of this many parts, the last one a single byte.
pub(super) fn large(item: u64, parts: u16) -> ItemWork {
    let size = PART * u64::from(parts - 1) + 1;
    let plan = PartPlan::Multipart { size, part_size: PART, parts };
    ItemWork { item: ItemId(item), plan, put_attempted: false, upload: None }
}

pub(super) fn part(number: u16) -> PartNumber {
    PartNumber::new(number).unwrap()
}

pub(super) fn truth(upload: Option<StatusValue>, total_files: u64) -> Event {
    Event::TruthRead(Ok(ServerTruth { upload, total_files, parent_folder: None }))
}

pub(super) fn matched(matched: u64) -> Registration {
    Registration { matched, surplus: 0 }
}

/// Returns the checks of two files with this Upload status, done or not.
pub(super) fn checks(upload: Option<StatusValue>, done: bool) -> CheckProgress {
    let count = if done { 2 } else { 1 };
    CheckProgress {
        total_files: 2,
        antivirus: count,
        checksum: count,
        format: count,
        statuses: ConsignmentStatuses { upload, ..Default::default() },
        all_succeeded: done,
    }
}

pub(super) fn acknowledged(item: u64, how: waybill_model::Acknowledgement, at: Timestamp) -> Record {
    let etag = (how == waybill_model::Acknowledgement::Reply).then(etag);
    Record::Item(ItemId(item), ItemRecord::Acknowledged { how, etag, key: None, at })
}

pub(super) fn set_aside(item: u64, code: Code) -> Record {
    Record::Item(ItemId(item), ItemRecord::SetAside(code))
}

/// Returns the next request, after any delay.
pub(super) fn next_request(bench: &mut Bench) -> Request {
    if bench.actions.is_empty() {
        bench.wait_for_action(Duration::from_secs(120));
    }
    bench.request()
}

/// Answers a request. If a probe is asked for, it finds everything in order.
pub(super) fn answer(bench: &mut Bench, request: Request, reply: Reply<Stored>) {
    bench.reply(request, reply);
    if bench.actions == [Action::Probe] {
        bench.asked();
        bench.give(Event::Probed { other: true, upload: true });
    }
}
