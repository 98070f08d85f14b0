//! A whole transfer against a small model of service, journal and network, all of which misbehave at random: replies
//! are lost, late or out of order, the service acts late, disk, session and folder vanish, the server's clock is
//! believed to be hours later or earlier than it is, and the program dies at any action. After a while everything
//! behaves again, and then the transfer has to end well.
//!
//! `check` and `emitted` state what must hold at every step, `run` what must hold at the end. The same is done in TDR's way
//! of uploading and in ways that neither open nor close an upload, and beside chance there is one run for each action
//! that the program can die at.

mod answers;
mod journal;
mod server;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use proptest::prelude::*;
use waybill_model::service::{Closing, Opening, Repeat};
use waybill_model::{
    Code, End, ItemId, Now, PartPlan, Phase, PhaseGroup, Record, SendGiven, StatusValue, Steady, Timestamp, WaitReason,
};

use super::bench::*;
use journal::{Journal, State};
use server::{Carried, Server};

/// For how many steps the world misbehaves, and how many more the transfer may then take to end.
const CHAOS: u32 = 600;
const CALM: u32 = 20_000;

struct World {
    settings: Settings,
    /// Actions that are still taken before the program dies at the next one.
    dies_after: Option<u32>,
    dice: Dice,
    now: Now,
    /// By how much the machine is wrong about the server's clock.
    wrong_ms: i64,
    calm: bool,
    machine: Transfer,
    journal: Journal,
    server: Server,
    /// Records on their way into the journal, in order.
    records: VecDeque<(RecordId, Record)>,
    /// Everything else that the machine waits for, in no particular order.
    pending: Vec<Pending>,
    /// What the server will still do although nobody waits for it.
    late: Vec<(Steady, Late)>,
    alarm: Option<Steady>,
    in_flight: BTreeMap<RequestToken, bool>,
    /// Such a call has gone out, and nothing has proved that it was not acted on.
    start_unproved: bool,
    register_unproved: Option<Steady>,
    closed: bool,
    ending: Ending,
    turn: bool,
    /// The folder was found to have changed, and the person has not seen the next check.
    unseen: bool,
}

/// What the person wants in the end, and from which step.
#[derive(Clone, Copy, Debug)]
enum Ending {
    Receipt,
    GiveUp(u32),
    Cancel(u32),
}

enum Pending {
    Object(RequestToken, Carried),
    Call(Action, Steady),
}

enum Late {
    Object(Carried),
    Start,
    Register,
}

impl World {
    fn new(settings: Settings, seed: u64, plans: Vec<PartPlan>, ending: Ending) -> Self {
        let journal = Journal::new(plans);
        let machine = Transfer::new(journal.restored(seed), settings, START);
        Self {
            settings,
            dies_after: None,
            dice: Dice(seed),
            now: START,
            wrong_ms: 0,
            calm: false,
            machine,
            journal,
            server: Server::new(settings.repeat),
            records: VecDeque::new(),
            pending: Vec::new(),
            late: Vec::new(),
            alarm: None,
            in_flight: BTreeMap::new(),
            start_unproved: false,
            register_unproved: None,
            closed: false,
            ending,
            turn: true,
            unseen: false,
        }
    }

    fn opens(&self) -> bool {
        self.settings.route.opening == Opening::Registration
    }

    fn items(&self) -> u64 {
        self.journal.rows.len() as u64
    }

    fn give(&mut self, event: Event) {
        let actions = self.machine.handle(event, self.seen());
        for action in actions {
            if self.dies_after == Some(0) {
                self.dies_after = None;
                return self.crash();
            }
            self.dies_after = self.dies_after.map(|left| left - 1);
            self.emitted(action);
        }
        self.check();
    }

    /// The time as the machine is given it.
    fn seen(&self) -> Now {
        Now { server: Timestamp(self.now.server.0 + self.wrong_ms), ..self.now }
    }

    fn check(&self) {
        let view = self.machine.view();
        assert!(is_possible_hold(view.phase, view.hold), "{:?} with {:?} is not in the table", view.phase, view.hold);
        if view.phase >= Phase::Starting && !self.machine.sending.is_counting() {
            assert_eq!(view.progress, self.journal.progress(), "progress counts what the journal holds");
            assert_eq!(view.set_aside, self.journal.set_aside());
        }
        assert!(view.in_flight <= usize::from(self.settings.parallel), "{} in flight", view.in_flight);
        assert_eq!(view.in_flight, self.in_flight.len());
    }

    fn emitted(&mut self, action: Action) {
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
        assert!(self.turn || !is_work, "{action:?} out of turn");
        assert!(action != Action::Hash || !self.unseen, "a changed folder is sent before the person has seen it");
        let is_of_registration =
            matches!(action, Action::StartUpload | Action::ReadTruth | Action::Register | Action::ReadMatches);
        assert!(self.opens() || !is_of_registration, "{action:?} where nothing is registered");
        let is_of_website = matches!(action, Action::OpenHandOver { .. } | Action::ReadChecks);
        let closes = self.settings.route.closing == Closing::WebsitePage;
        assert!(closes || !is_of_website, "{action:?} where nothing is closed");
        match action {
            Action::Record(id, record) => self.records.push_back((id, record)),
            Action::WakeAt(at) => self.alarm = Some(at),
            Action::Request(request) => self.requested(request),
            Action::CallOff(token) => {
                *self.in_flight.get_mut(&token).expect("only what is in flight is called off") = true;
            }
            Action::StartUpload => {
                assert!(self.journal.start_intended.is_some(), "start without its intent");
                assert!(!std::mem::replace(&mut self.start_unproved, true), "start repeated without proof");
                self.pending.push(Pending::Call(Action::StartUpload, self.now.steady));
            }
            Action::Register => {
                assert!(self.journal.register_intended.is_some(), "registration without its intent");
                assert_eq!(
                    self.register_unproved.replace(self.now.steady),
                    None,
                    "registration repeated without proof"
                );
                self.pending.push(Pending::Call(Action::Register, self.now.steady));
            }
            Action::Close => self.closed = true,
            Action::AwaitFolder | Action::KeepLine { .. } => {}
            call @ (Action::WalkAndCheck
            | Action::CompareFolder
            | Action::Hash
            | Action::ReadTruth
            | Action::ReadMatches
            | Action::LoadItems { .. }
            | Action::CountItems
            | Action::Probe
            | Action::OpenHandOver { .. }
            | Action::ReadChecks
            | Action::WriteReceipt) => self.pending.push(Pending::Call(call, self.now.steady)),
        }
    }

    fn requested(&mut self, request: Request) {
        let item = request.item.0;
        let registered = if self.opens() { self.items() } else { 0 };
        assert_eq!(self.server.rows, registered, "a byte before every item was registered");
        let row = self.journal.row(item);
        assert_eq!(row.state, State::Ready, "{request:?}");
        let upload = row.upload.as_ref();
        match request.op {
            Op::PutObject => assert!(row.put_attempted, "without its intent"),
            Op::CreateUpload => assert!(upload.is_none(), "a second upload"),
            Op::UploadPart(part) => {
                let upload = upload.expect("a part before its upload is in the journal");
                assert!(!upload.acknowledged.contains(&part), "an acknowledged part is sent again");
            }
            Op::CompleteUpload => {
                let upload = upload.expect("a completion before its upload is in the journal");
                assert!(upload.completion_attempted, "without its intent");
                assert_eq!(upload.acknowledged.len(), usize::from(row.plan.count()), "before all parts are recorded");
            }
        }
        let upload = upload.map(|upload| upload.id.clone());
        let carried = Carried { item, op: request.op, upload, plan: row.plan };
        assert_eq!(self.in_flight.insert(request.token, false), None, "a token is used twice");
        self.pending.push(Pending::Object(request.token, carried));
    }

    /// Lets one thing happen.
    fn step(&mut self) {
        if !self.calm && self.dice.roll(8) == 0 {
            self.mischief();
        } else if !self.records.is_empty() && self.dice.roll(2) == 0 {
            self.record();
        } else if !self.pending.is_empty() && self.dice.roll(4) > 0 {
            let index = self.dice.index(self.pending.len());
            match self.pending.swap_remove(index) {
                Pending::Object(token, carried) => self.answer_object(token, &carried),
                Pending::Call(call, since) => self.answer_call(&call, since),
            }
        } else {
            self.pass_time();
        }
    }

    fn pass_time(&mut self) {
        let idle = self.records.is_empty() && self.pending.is_empty();
        let to_alarm = self.alarm.filter(|at| idle && *at > self.now.steady).map(|at| at.since(self.now.steady));
        let step = Duration::from_millis(self.dice.roll(if idle { 5000 } else { 500 }));
        self.now = self.now + to_alarm.unwrap_or(step);
        self.act_late();
        if self.alarm.is_some_and(|at| at <= self.now.steady) {
            self.alarm = None;
            self.give(Event::TimeReached);
        }
    }

    fn act_late(&mut self) {
        let now = self.now;
        let (due, later) = std::mem::take(&mut self.late).into_iter().partition(|(at, _)| *at <= now.steady);
        self.late = later;
        for (_, late) in due {
            match late {
                Late::Object(carried) => drop(self.server.act(&carried, 1, now.server)),
                Late::Start => drop(self.server.start()),
                Late::Register => drop(self.server.register(self.items())),
            }
        }
    }

    fn record(&mut self) {
        let Some((id, record)) = self.records.pop_front() else { return };
        if !self.calm && self.dice.roll(20) == 0 {
            self.give(Event::NotRecorded(id, Code::DiskFull));
            return;
        }
        self.journal.take(&record);
        if !self.calm && self.dice.roll(60) == 0 {
            self.crash();
        } else {
            self.give(Event::Recorded(id));
        }
    }

    fn mischief(&mut self) {
        let item = ItemId(self.dice.roll(self.items()));
        match self.dice.roll(28) {
            0 | 1 => self.crash(),
            2 => self.give(Event::Pause),
            3..=5 => self.give(Event::Resume),
            6 => self.give(Event::SessionLost(WaitReason::SignedOut)),
            7..=9 => self.give(Event::SessionReady),
            10 => self.give(Event::FolderGone),
            11..=13 => self.give(Event::FolderBack),
            14 => self.give(Event::NetworkBack),
            15 => self.give(Event::ItemChanged(item, Code::ChangedAfterChecking)),
            16 => {
                let days = if self.dice.roll(8) == 0 { 8 } else { 0 };
                self.now = self.now + Duration::from_secs(days * 86_400 + 90);
                self.act_late();
                self.give(Event::Woke);
            }
            17 => self.give(Event::TryAgain),
            // Events that belong to nothing, or come twice.
            18 => self.give(Event::Recorded(RecordId(self.now.server.0.unsigned_abs()))),
            19 if !self.is_pending(&Action::StartUpload) => self.give(Event::StartReplied(Ok(()))),
            22 => self.take_turn(false),
            23..=25 => self.take_turn(true),
            26 | 27 => self.mistake_the_clock(),
            20 if !self.is_pending(&Action::Register) => self.give(Event::RegisterReplied(Ok(matched(1)))),
            _ => self.send(true),
        }
    }

    /// The person says Send. They have seen the check only if the machine is in Checked.
    fn send(&mut self, accept_left_out: bool) {
        self.unseen &= self.machine.view().phase != Phase::Checked;
        let left_out = self.machine.view().check_totals.map_or(0, |check| check.left_out);
        let agreed = if accept_left_out { left_out } else { 0 };
        let straight_on = self.dice.roll(2) == 0;
        let given = if straight_on { SendGiven::StraightAfterTheCheck } else { SendGiven::AfterALook };
        self.give(Event::Send { agreed, given });
    }

    /// Up to a day and a half, either way.
    fn mistake_the_clock(&mut self) {
        let hours = i64::try_from(self.dice.roll(73)).unwrap() - 36;
        self.wrong_ms = hours * 3_600_000;
        if self.dice.roll(2) == 0 {
            self.give(Event::TimeReached);
        }
    }

    fn take_turn(&mut self, turn: bool) {
        self.turn = turn;
        self.give(Event::Turn(turn));
    }

    fn is_pending(&self, action: &Action) -> bool {
        self.pending.iter().any(|pending| matches!(pending, Pending::Call(call, _) if call == action))
    }

    /// The program dies. The server may or may not act on what it has received.
    fn crash(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            if self.dice.roll(2) == 0 {
                self.act_later(pending);
            }
        }
        self.records.clear();
        self.in_flight.clear();
        self.alarm = None;
        let seed = self.dice.roll(u64::MAX);
        self.machine = Transfer::new(self.journal.restored(seed), self.settings, self.seen());
        // The check is shown again, as after any start.
        self.unseen = false;
        self.turn = self.calm || self.dice.roll(4) > 0;
        self.take_turn(self.turn);
        self.give(Event::Started);
    }

    fn act_later(&mut self, pending: Pending) {
        let (late, since) = match pending {
            Pending::Object(_, carried) => (Late::Object(carried), self.now.steady),
            Pending::Call(Action::StartUpload, since) => (Late::Start, since),
            Pending::Call(Action::Register, since) => (Late::Register, since),
            Pending::Call(..) => return,
        };
        let delay = Duration::from_secs(self.dice.roll(API_SECONDS));
        self.late.push((since + delay, late));
        self.act_late();
    }

    /// From here on everything behaves, and the person does what is needed.
    fn calm_down(&mut self) {
        self.calm = true;
        self.wrong_ms = 0;
        self.take_turn(true);
        for event in [Event::SessionReady, Event::FolderBack, Event::NetworkBack, Event::Resume] {
            self.give(event);
        }
    }

    fn person(&mut self, step: u32) {
        let view = self.machine.view();
        match (view.phase, view.hold) {
            (Phase::Checked, Hold::Running | Hold::Stopped(Code::FolderChanged)) if self.records.is_empty() => {
                self.send(false);
            }
            (_, Hold::Stopped(Code::ItemsSetAside)) => self.give(Event::TryAgain),
            (Phase::Checked, Hold::Stopped(Code::FolderChanged)) => {}
            (_, Hold::Stopped(code)) => panic!("stopped with {code} in {:?}", view.phase),
            (_, Hold::Running | Hold::Paused | Hold::Waiting { .. }) => {}
        }
        match self.ending {
            Ending::GiveUp(from) if step >= from => self.give(Event::GiveUp),
            Ending::Cancel(from) if step >= from => self.give(Event::Cancel),
            Ending::Receipt | Ending::GiveUp(_) | Ending::Cancel(_) => {}
        }
    }

    /// Lets the world misbehave for so many steps, then everything behaves. Returns whether the program died at the
    /// action that it was to die at.
    fn run(mut self, chaos: u32) -> bool {
        let dies = self.dies_after.is_some();
        self.give(Event::Started);
        for step in 0..chaos + CALM {
            if step == chaos {
                self.calm_down();
            }
            if self.closed {
                break;
            }
            self.person(step);
            self.step();
        }
        let view = self.machine.view();
        assert!(self.closed, "no end: {view:?}");
        let sent = (0..self.items()).zip(&self.journal.rows).filter(|(_, row)| row.state == State::Sent);
        let missing = sent.map(|(item, _)| item).find(|item| !self.server.objects.contains(item));
        assert_eq!(missing, None, "acknowledged, but the store has it not");
        assert!(self.server.starts <= 1 && self.server.registrations <= 1, "acted on twice");
        if self.settings.repeat == (Repeat::Duplicates { allowed: false }) {
            let consented = |item: &u64| self.journal.rows[usize::try_from(*item).unwrap()].consented;
            let twice = self.server.duplicates.iter().find(|item| !consented(item));
            assert_eq!(twice, None, "stored twice, and the person was not asked");
        }
        match view.phase.group() {
            PhaseGroup::Over(End::Finished) => {
                assert!(self.journal.rows.iter().all(|row| row.state == State::Sent));
                let calls = u32::from(self.opens());
                assert_eq!((self.server.starts, self.server.registrations), (calls, calls));
                assert_eq!(self.server.upload, self.opens().then_some(StatusValue::Completed));
            }
            PhaseGroup::Over(End::GivenUp) => {
                assert!(matches!(self.ending, Ending::GiveUp(_)));
                assert_ne!(self.server.upload, Some(StatusValue::InProgress), "the service has been told");
            }
            PhaseGroup::Over(End::Cancelled) => assert!(matches!(self.ending, Ending::Cancel(_))),
            PhaseGroup::Preparing | PhaseGroup::Opening | PhaseGroup::Sending | PhaseGroup::Closing => {
                panic!("closed in {:?}", view.phase);
            }
        }
        dies && self.dies_after.is_none()
    }
}

/// Dice that fall the same way for the same seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (bits ^ (bits >> 31)) % sides
    }

    fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.roll(len as u64)).unwrap()
    }
}

fn plan() -> impl Strategy<Value = PartPlan> {
    prop_oneof![
        3 => (1_u64..100).prop_map(|size| PartPlan::Single { size }),
        2 => (2_u16..7).prop_map(|parts| large(0, parts).plan),
    ]
}

/// A way that neither opens nor closes an upload.
fn straight(repeat: Repeat) -> Settings {
    Settings { route: Route { opening: Opening::None, closing: Closing::None }, repeat, ..settings() }
}

/// What sending again does, and the parts that a store of that kind takes.
fn store_and_plans() -> impl Strategy<Value = (Repeat, Vec<PartPlan>)> {
    let any = || proptest::collection::vec(plan(), 1..14);
    let whole = || proptest::collection::vec((1_u64..100).prop_map(|size| PartPlan::Single { size }), 1..14);
    prop_oneof![
        2 => any().prop_map(|plans| (Repeat::Guarded, plans)),
        1 => any().prop_map(|plans| (Repeat::Safe, plans)),
        1 => whole().prop_map(|plans| (Repeat::Duplicates { allowed: false }, plans)),
        1 => whole().prop_map(|plans| (Repeat::Duplicates { allowed: true }, plans)),
    ]
}

/// Runs a transfer once for each action that it takes when nothing goes wrong, and dies there. Returns how many.
fn die_at_each_action(settings: Settings, plans: &[PartPlan]) -> u32 {
    let dies = |after: u32| {
        let world = World::new(settings, u64::from(after), plans.to_vec(), Ending::Receipt);
        World { dies_after: Some(after), ..world }.run(0)
    };
    (0..).find(|after| !dies(*after)).unwrap()
}

#[test]
fn a_program_that_dies_at_any_action_resumes_to_the_end() {
    let parts = [PartPlan::Single { size: 10 }, large(0, 3).plan, PartPlan::Single { size: 20 }];
    let whole = [PartPlan::Single { size: 10 }, PartPlan::Single { size: 20 }];
    let tdr = die_at_each_action(settings(), &parts);
    let straight_parts = die_at_each_action(straight(Repeat::Guarded), &parts);
    assert!(tdr > straight_parts && straight_parts > 20, "{tdr} and {straight_parts} actions");
    die_at_each_action(straight(Repeat::Safe), &parts);
    for allowed in [false, true] {
        assert!(die_at_each_action(straight(Repeat::Duplicates { allowed }), &whole) > 10);
    }
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        4 => Just(Ending::Receipt),
        1 => (0..CHAOS).prop_map(Ending::GiveUp),
        1 => (0..CHAOS).prop_map(Ending::Cancel),
    ]
}

proptest! {
    // PROPTEST_CASES can raise the number.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(600), ..ProptestConfig::default() })]

    #[test]
    fn every_item_reaches_the_store_once_whatever_goes_wrong(
        seed: u64,
        plans in proptest::collection::vec(plan(), 1..14),
        ending in ending(),
    ) {
        World::new(settings(), seed, plans, ending).run(CHAOS);
    }

    #[test]
    fn a_way_that_neither_opens_nor_closes_sends_every_item_whatever_goes_wrong(
        seed: u64,
        (repeat, plans) in store_and_plans(),
        ending in ending(),
    ) {
        World::new(straight(repeat), seed, plans, ending).run(CHAOS);
    }
}
