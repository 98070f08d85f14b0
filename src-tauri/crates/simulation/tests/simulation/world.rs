//! The simulated world: time, what is scheduled, and one run from the first walk to the end.

use std::collections::BTreeSet;
use std::rc::Rc;

use waybill_engine::route::Route;
use waybill_engine::transfer::{Action, Event, RequestToken, Settings};
use waybill_journal::InMemory;
use waybill_model::service::{
    Body, Closing, Headers, KeyFrom, Opening, Permit, Repeat, RequestBudget, Scheme, UploadWay,
};
use waybill_model::{Code, End, PartRules, Phase, PhaseGroup, StatusValue};

use crate::book::{Book, State};
use crate::checks::{Promises, Proof, Traffic};
use crate::client::Client;
use crate::dice::Dice;
use crate::disk::Disk;
use crate::net::{Delivery, Work};
use crate::people::Weather;
use crate::service::Service;
use crate::visits::Visits;

/// Server time at the start of each run, in milliseconds since 1970.
pub(crate) const BASE: i64 = 1_700_000_000_000;
pub(crate) const SECOND: u64 = 1_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;
/// The request time limit of the API.
pub(crate) const API_LIMIT: u64 = 180 * SECOND;
/// How many steps a run may take once the faults have stopped.
const CALM_STEPS: u64 = 40_000;
/// How long it may take then.
const CALM_TIME: u64 = 3 * DAY;

/// A fault of the program or of the world, put in to show that the checks find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    None,
    /// The journal says that it holds an acknowledged part, and does not.
    JournalLosesParts,
    /// `addFilesAndMetadata` is called twice.
    RegistersTwice,
    /// `startUpload` is called again without looking.
    StartsAgain,
    /// The store says "stored" and forgets.
    StoreForgets,
    /// Progress shows a byte more than is acknowledged.
    ProgressRunsAhead,
    /// To the machine a thousand times as much time passes: it never waits.
    NeverWaits,
    /// The alarms of the machine are lost.
    AlarmsAreLost,
    /// The machine has ten times the budget.
    BudgetIsTooLarge,
    /// Records take effect before they are written.
    RecordsAreNotAwaited,
}

/// What the person wants in the end, and from which moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Receipt,
    GiveUp(When),
    Cancel(When),
}

/// When the person decides that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// At this moment.
    At(u64),
    /// As soon as the transfer is seen in this phase.
    In(Phase),
}

impl When {
    fn drawn(dice: &mut Dice) -> Self {
        if dice.chance(500) {
            return Self::At(dice.skewed(1, 4 * HOUR));
        }
        Self::In(Phase::ALL[dice.index(Phase::ALL.len())])
    }
}

/// Something that will happen.
#[derive(Debug)]
pub(crate) enum Thing {
    // On this computer: lost when the program dies, late when the computer sleeps.
    Committed(usize),
    Prepare(RequestToken),
    Deliver(Box<Delivery>),
    SessionSeenByTransfer,
    SessionSeenByPermit,
    Report(Box<Event>),
    /// Work on the disk or in the journal is done.
    Done(Box<Action>),
    SleepNoticed,
    SignedIn(crate::service::Who),
    Touch,
    // Elsewhere.
    Arrive {
        work: Box<Work>,
        back: Option<u64>,
        life: u32,
    },
    Page(bool),
    Person,
    Mischief,
    Weather,
    Restart,
}

impl Thing {
    /// The folder is being read.
    pub(crate) fn reads_folder(&self) -> bool {
        let reads = |action: &Action| matches!(action, Action::WalkAndCheck | Action::CompareFolder | Action::Hash);
        matches!(self, Self::Done(action) if reads(action))
    }

    /// It needs the program.
    fn is_here(&self) -> bool {
        !matches!(
            self,
            Self::Arrive { .. } | Self::Page(_) | Self::Person | Self::Mischief | Self::Weather | Self::Restart
        )
    }
}

pub(crate) struct World<'v> {
    pub(crate) sabotage: Sabotage,
    pub(crate) visits: &'v mut Visits,
    pub(crate) dice: Dice,
    /// Milliseconds since the start of the run.
    pub(crate) now: u64,
    pub(crate) calm: bool,
    pub(crate) steps: u64,
    chaos: u64,
    pub(crate) ending: Ending,
    /// Some files stay broken after the faults have stopped.
    pub(crate) some_stay_broken: bool,
    pub(crate) settings: Settings,
    pub(crate) service: Service,
    pub(crate) book: Book,
    pub(crate) disk: Disk,
    pub(crate) weather: Weather,
    pub(crate) promises: Promises,
    pub(crate) traffic: Traffic,
    pub(crate) proof: Proof,
    /// By how much this computer's clock is wrong, in milliseconds.
    pub(crate) wall_error: i64,
    /// What survives in the keychain: whose session, and its refresh token.
    pub(crate) kept: Option<(crate::service::Who, u64)>,
    /// `None` while the program is not running.
    pub(crate) client: Option<Client>,
    pub(crate) life: u32,
    pub(crate) closed: bool,
    pub(crate) tries: u32,
    /// The page that the browser was last sent to.
    pub(crate) page: Option<bool>,
    things: Vec<(u64, Thing)>,
    pub(crate) breach: Option<String>,
    pub(crate) trace: Option<Vec<String>>,
}

/// What a run was like.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) steps: u64,
    pub(crate) requests: u64,
    pub(crate) kills: u64,
    pub(crate) simulated_ms: u64,
    pub(crate) calm_steps: u64,
    /// The most requests that brought nothing in any minute.
    pub(crate) vain_in_a_minute: u64,
    pub(crate) calm_requests: u64,
}

impl Outcome {
    /// Adds another run: sums, and the worst.
    pub(crate) fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.requests += other.requests;
        self.kills += other.kills;
        self.simulated_ms += other.simulated_ms;
        self.calm_steps = self.calm_steps.max(other.calm_steps);
        self.calm_requests = self.calm_requests.max(other.calm_requests);
        self.vain_in_a_minute = self.vain_in_a_minute.max(other.vain_in_a_minute);
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { steps, requests, kills, simulated_ms, calm_steps, vain_in_a_minute, calm_requests } = self;
        let days = simulated_ms / DAY;
        write!(
            f,
            "{steps} steps, {requests} requests, {kills} kills, {days} simulated days; at most {vain_in_a_minute} \
             requests in vain in a minute, and {calm_steps} steps and {calm_requests} requests to the end once the \
             faults had stopped"
        )
    }
}

/// A way of uploading, its settings, and whether the permit is the token.
fn way(dice: &mut Dice) -> (UploadWay, Settings, bool) {
    let tdr = UploadWay::tdr();
    let local = || KeyFrom::Local { prefix: "records/".to_owned() };
    let bearer = || Permit::Token { header: "authorization".to_owned(), scheme: Scheme::Bearer };
    let straight = |key, if_none_match| UploadWay {
        permit: bearer(),
        body: Body::WholeOrParts,
        headers: Headers { if_none_match, ..tdr.headers.clone() },
        key,
        opening: Opening::None,
        closing: Closing::None,
    };
    let named = |may_repeat| KeyFrom::Reply { path: "files".to_owned(), field: "id".to_owned(), may_repeat };
    let way = match dice.roll(12) {
        0 => straight(local(), true),
        1 => straight(local(), false),
        2 => UploadWay { body: Body::Whole { max_bytes: 1 << 40 }, ..straight(named(false), false) },
        3 => UploadWay { body: Body::Whole { max_bytes: 1 << 40 }, ..straight(named(true), false) },
        _ => tdr,
    };
    let small = dice.chance(150);
    let budget = if small {
        RequestBudget { limit: 60, window_seconds: 60, share_percent: 50 }
    } else {
        RequestBudget { limit: 10_000, window_seconds: 300, share_percent: 50 }
    };
    let settings = Settings {
        parallel: [1, 2, 4, 8][dice.index(4)],
        budget,
        api_request_seconds: API_LIMIT / SECOND,
        route: Route::of(&way),
        repeat: way.repeat(),
    };
    let is_token = matches!(way.permit, Permit::Token { .. });
    (way, settings, is_token)
}

impl<'v> World<'v> {
    pub(crate) fn new(seed: u64, db: &Rc<InMemory>, visits: &'v mut Visits, sabotage: Sabotage) -> Self {
        let mut dice = Dice::new(seed);
        let (way, settings, is_token) = way(&mut dice);
        let whole = matches!(way.body, Body::Whole { .. });
        let chaos = if dice.chance(50) { 0 } else { dice.skewed(10, 3_000) };
        let ending = match dice.roll(8) {
            0 => Ending::GiveUp(When::drawn(&mut dice)),
            1 => Ending::Cancel(When::drawn(&mut dice)),
            _ => Ending::Receipt,
        };
        let mut service = Service::new(settings.repeat, is_token, &mut dice);
        service.forgets = sabotage == Sabotage::StoreForgets;
        let wall_error = match dice.roll(4) {
            0 => i64::try_from(dice.roll(20 * DAY)).unwrap() - 10 * i64::try_from(DAY).unwrap(),
            1 => i64::try_from(dice.roll(120 * SECOND)).unwrap() - 60_000,
            _ => 0,
        };
        Self {
            sabotage,
            visits,
            now: 0,
            calm: chaos == 0,
            steps: 0,
            chaos,
            ending,
            some_stay_broken: dice.chance(200),
            settings,
            service,
            book: Book::new(Rc::clone(db), seed, way),
            disk: Disk::new(&mut dice, whole),
            weather: Weather::default(),
            promises: Promises::default(),
            traffic: Traffic::new(settings.budget),
            proof: Proof::default(),
            wall_error,
            kept: None,
            client: None,
            life: 0,
            closed: false,
            tries: 0,
            page: None,
            things: Vec::new(),
            breach: None,
            trace: None,
            dice,
        }
    }

    pub(crate) fn opens(&self) -> bool {
        self.settings.route.opening == Opening::Registration
    }

    /// Schedules something that happens so many milliseconds from now.
    pub(crate) fn after(&mut self, delay: u64, thing: Thing) {
        self.things.push((self.now + delay, thing));
    }

    pub(crate) fn breach(&mut self, what: impl FnOnce() -> String) {
        if self.breach.is_none() {
            self.breach = Some(what());
        }
    }

    pub(crate) fn note(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>10} {}", self.now, what()));
        }
    }

    /// Takes out what is scheduled of this kind.
    pub(crate) fn take_things(&mut self, which: impl Fn(&Thing) -> bool) -> Vec<Thing> {
        let mut taken = Vec::new();
        let mut place = 0;
        while place < self.things.len() {
            if which(&self.things[place].1) {
                taken.push(self.things.remove(place).1);
            } else {
                place += 1;
            }
        }
        taken
    }

    pub(crate) fn each_thing(&mut self, mut change: impl FnMut(&mut u64, &mut Thing)) {
        self.things.iter_mut().for_each(|(at, thing)| change(at, thing));
    }

    /// The program dies: all that it had in memory is gone.
    pub(crate) fn forget_what_is_here(&mut self) {
        self.things.retain(|(_, thing)| !thing.is_here());
    }

    /// The computer sleeps for so long: only the service continues.
    pub(crate) fn shift_what_sleeps(&mut self, time: u64) {
        for (at, thing) in &mut self.things {
            if !matches!(thing, Thing::Arrive { .. }) {
                *at += time;
            }
        }
    }

    /// Takes out the next request that arrives before that moment.
    pub(crate) fn take_due_elsewhere(&mut self, until: u64) -> Option<(u64, Thing)> {
        let arrivals = self
            .things
            .iter()
            .enumerate()
            .filter(|(_, (at, thing))| *at < until && matches!(thing, Thing::Arrive { .. }));
        let (place, _) = arrivals.min_by_key(|(place, (at, _))| (*at, *place))?;
        Some(self.things.remove(place))
    }

    /// Runs to the end.
    pub(crate) fn run(mut self) -> Result<Outcome, String> {
        let (token, refresh) = self.service.sign_in(crate::service::Who::Owner, 0);
        self.kept = Some((token.who, refresh));
        self.start_program();
        self.after(0, Thing::Person);
        self.after(1, Thing::Mischief);
        self.after(2, Thing::Weather);
        let mut calm_from = (0, 0, 0);
        while self.breach.is_none() && !self.closed {
            if !self.calm && self.steps >= self.chaos {
                self.calm = true;
                self.calm_down();
                calm_from = (self.steps, self.now, self.traffic.of_transfer);
            }
            let (steps, since, _) = calm_from;
            if self.calm && (self.steps - steps > CALM_STEPS || self.now - since > CALM_TIME) {
                let client = self.client.as_ref().map(|client| client.transfer.view());
                let took = (self.steps - steps, self.now - since);
                self.breach(|| format!("no end after {took:?} steps and milliseconds of calm: {client:?}"));
            }
            self.step();
        }
        self.disturb_the_end();
        let calm_requests = if self.calm { self.traffic.of_transfer - calm_from.2 } else { 0 };
        if self.breach.is_none() {
            self.at_the_end(calm_requests);
        }
        let outcome = Outcome {
            steps: self.steps,
            requests: self.traffic.requests,
            kills: u64::from(self.life) - 1,
            simulated_ms: self.now,
            calm_steps: if self.calm { self.steps - calm_from.0 } else { 0 },
            vain_in_a_minute: self.traffic.most_in_vain,
            calm_requests,
        };
        let breach = self.breach.take().or_else(|| self.book.breach.take());
        let trace = self.trace.take();
        self.book.remove();
        match (breach, trace) {
            (None, _) => Ok(outcome),
            (Some(breach), None) => Err(breach),
            (Some(breach), Some(trace)) => {
                let from = trace
                    .len()
                    .saturating_sub(std::env::var("WAYBILL_TRACE").map_or(300, |text| text.parse().unwrap_or(300)));
                Err(format!("{}\n{breach}", trace[from..].join("\n")))
            }
        }
    }

    /// Lets the next thing happen.
    fn step(&mut self) {
        let alarm = self.client.as_ref().and_then(Client::next_alarm);
        let next = self.things.iter().enumerate().min_by_key(|(place, (at, _))| (*at, *place));
        let next = next.map(|(place, (at, _))| (place, *at));
        match (next, alarm) {
            (Some((place, at)), alarm) if alarm.is_none_or(|(due, _)| at <= due) => {
                let (_, thing) = self.things.remove(place);
                self.now = self.now.max(at);
                self.happens(thing);
            }
            (_, Some((due, which))) => {
                self.now = self.now.max(due);
                self.alarm(which);
            }
            (Some(_) | None, None) => self.breach(|| "nothing will ever happen".to_owned()),
        }
        if let Some(breach) = self.book.breach.take() {
            self.breach(|| breach);
        }
    }

    pub(crate) fn happens(&mut self, thing: Thing) {
        self.note(|| format!("{thing:?}"));
        match thing {
            Thing::Committed(count) => self.committed(count),
            Thing::Prepare(token) => self.prepare(token),
            Thing::Deliver(delivery) => self.deliver(*delivery),
            Thing::SessionSeenByTransfer => self.session_seen_by_transfer(),
            Thing::SessionSeenByPermit => self.session_seen_by_permit(),
            Thing::Report(event) => self.give(*event),
            Thing::Done(action) => self.done(&action),
            Thing::SleepNoticed => self.woke(),
            Thing::SignedIn(who) => self.signed_in(who),
            Thing::Touch => self.touch(),
            Thing::Arrive { work, back, life } => self.arrive(*work, back, life),
            Thing::Page(failed) => self.page(failed),
            Thing::Person => self.person(),
            Thing::Mischief => self.mischief(),
            Thing::Weather => self.weather_changes(),
            Thing::Restart => self.start_program(),
        }
    }

    /// Whatever still comes changes nothing any more.
    fn disturb_the_end(&mut self) {
        let phase = |world: &Self| world.client.as_ref().map(|client| client.transfer.view().phase);
        let before = phase(self);
        if self.closed && self.breach.is_none() {
            if self.dice.chance(300) {
                self.client = None;
                self.forget_what_is_here();
                self.start_program();
            }
            for _ in 0..8 {
                self.ghost();
            }
        }
        if phase(self) != before && self.breach.is_none() {
            self.breach(|| format!("{before:?} did not stay over"));
        }
    }

    /// What must hold when it is over.
    fn at_the_end(&mut self, calm_requests: u64) {
        let Some(client) = &self.client else { return };
        let view = client.transfer.view();
        let sent: Vec<usize> =
            (0..self.book.rows.len()).filter(|item| self.book.rows[*item].state == State::Sent).collect();
        for item in sent {
            self.check_stored(item);
        }
        let (starts, registrations) = (self.service.starts, self.service.registrations);
        if starts > 1 || registrations > 1 {
            self.breach(|| format!("{starts} starts and {registrations} registrations were acted on"));
        }
        if self.settings.repeat == (Repeat::Duplicates { allowed: false }) {
            let twice = self.service.duplicates.iter().find(|item| !self.book.rows[**item].consented).copied();
            if let Some(item) = twice {
                self.breach(|| format!("item {item} is stored twice, and the person was not asked"));
            }
        }
        let items = self.book.rows.len() as u64;
        let parts: u64 = self.book.rows.iter().map(|row| u64::from(row.plan().count())).sum();
        // Each part a few times (a wait tries again and again until the weather is good), and some polls.
        let enough = 200 + 12 * (items + parts);
        if calm_requests > enough {
            self.breach(|| format!("{calm_requests} requests after the faults had stopped, for {parts} parts"));
        }
        match view.phase.group() {
            PhaseGroup::Over(End::Finished) => {
                let open = self.book.count(|state| !matches!(state, State::Sent | State::LeftOut));
                if open > 0 {
                    self.breach(|| format!("finished with {open} items that are not sent"));
                }
                let closes = self.settings.route.closing == Closing::WebsitePage;
                if closes && self.service.upload != Some(StatusValue::Completed) {
                    let upload = self.service.upload;
                    self.breach(|| format!("finished, and the service has {upload:?}"));
                }
            }
            PhaseGroup::Over(End::GivenUp) => {
                if self.service.upload == Some(StatusValue::InProgress) {
                    self.breach(|| "given up, and the service was not informed".to_owned());
                }
                self.check_why_given_up();
            }
            PhaseGroup::Over(End::Cancelled) => {}
            PhaseGroup::Preparing | PhaseGroup::Opening | PhaseGroup::Sending | PhaseGroup::Closing => {
                self.breach(|| format!("closed in {:?}", view.phase));
            }
        }
    }

    /// The person gave up because they wanted to, or because of files that cannot be sent: nothing else.
    fn check_why_given_up(&mut self) {
        if !matches!(self.ending, Ending::Receipt) {
            return;
        }
        for (item, row) in self.book.rows.iter().enumerate() {
            let State::SetAside(code) = row.state else { continue };
            let of_the_file = matches!(
                code,
                Code::FileGone
                    | Code::ChangedAfterChecking
                    | Code::Locked
                    | Code::Unreadable
                    | Code::ContentDiffers
                    // Its intent was recorded before the file turned out to be broken.
                    | Code::MaybeStored
            );
            if !of_the_file || !self.disk.is_broken(item, row) {
                let file = format!("{:?}", self.disk.file(item));
                self.breach.get_or_insert(format!("item {item} could not be sent: {code}, and its file is {file}"));
            }
        }
    }

    /// What the journal calls sent, the store holds byte for byte.
    pub(crate) fn check_stored(&mut self, item: usize) {
        let declared = self.book.rows[item].hashed.map(|(content, _)| content);
        let parts = usize::from(self.book.rows[item].plan().count());
        let held = self.service.objects.get(&item);
        let right =
            held.is_some_and(|held| held.len() == parts && held.iter().all(|content| Some(*content) == declared));
        if !right {
            let held = format!("{held:?}");
            self.breach(|| format!("item {item} is reported as sent; declared {declared:?}, the store holds {held}"));
        }
    }

    /// Files that stay broken in this run, once the faults have stopped.
    pub(crate) fn broken_for_good(&self) -> BTreeSet<usize> {
        if self.some_stay_broken { (0..64).filter(|file| file % 3 == 0).collect() } else { BTreeSet::new() }
    }
}

/// A part, in bytes.
pub(crate) const PART: u64 = PartRules::MIN_PART;
