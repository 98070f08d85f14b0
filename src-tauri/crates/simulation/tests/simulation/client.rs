//! The program: the engine's three machines, and in place of `app` the glue between them, the journal and the world.
//!
//! What `app` decides by itself is done here as it does it: a request waits for a pass, then the person is compared, then
//! the file is opened; an owner answers its waiters when its machine allows it; records are written in order, and those
//! that arrive together share one commit.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use uuid::Uuid;
use waybill_engine::inspect::State as Inside;
use waybill_engine::permit::{PermitEvent, Permits, Source};
use waybill_engine::session::{Session, SessionEvent};
use waybill_engine::transfer::{Event, Op, RecordId, RequestToken, Settings, Transfer, lets_go, wants_turn};
use waybill_model::service::RequestBudget;
use waybill_model::{Now, Phase, Record, Role, Steady, UserId, WaitReason};

use crate::net::{Work, server_time};
use crate::service::{Pass, Token, Who};
use crate::visits::{EVENTS, of_transfer};
use crate::world::{Sabotage, Thing, World};

/// The machines, as places in the list of alarms.
pub(crate) const TRANSFER: usize = 0;
pub(crate) const SESSION: usize = 1;
pub(crate) const PERMIT: usize = 2;

pub(crate) fn user(who: Who) -> UserId {
    UserId(Uuid::from_u128(match who {
        Who::Owner => 1,
        Who::Other => 2,
    }))
}

/// What the owner of the session publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionState {
    Loading,
    SignedOut,
    SigningIn,
    SignedIn(Who),
    Waiting(Who, WaitReason),
}

/// Who waits for a token.
#[derive(Clone, Debug)]
pub(crate) enum Asker {
    Permit,
    Call(Call),
}

/// A call of the API.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Start,
    Register(Vec<usize>),
    Truth,
    Matches,
    Checks,
}

impl Call {
    pub(crate) fn with(self, token: Token) -> Work {
        match self {
            Self::Start => Work::Start(token),
            Self::Register(items) => Work::Register(token, items),
            Self::Truth => Work::Truth(token),
            Self::Matches => Work::Matches(token),
            Self::Checks => Work::Checks(token),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Flight {
    pub(crate) item: usize,
    pub(crate) op: Op,
    pub(crate) called_off: bool,
}

pub(crate) struct Client {
    pub(crate) transfer: Transfer,
    pub(crate) session: Session,
    pub(crate) permits: Permits,
    /// When it was started, which is where its steady clock starts.
    origin: u64,
    pub(crate) is_time_known: bool,
    pub(crate) doubt: Option<Role>,
    alarms: [Option<u64>; 3],
    pub(crate) token: Option<Token>,
    pub(crate) arrived: Option<(Token, u64)>,
    pub(crate) refresh: Option<u64>,
    pub(crate) person: Option<Who>,
    pub(crate) signing_in: bool,
    pub(crate) session_generation: u32,
    pub(crate) session_state: SessionState,
    pub(crate) seen_later: [bool; 2],
    pub(crate) token_waiters: Vec<Asker>,
    pub(crate) pass_waiters: Vec<RequestToken>,
    pub(crate) pass: Option<Pass>,
    pub(crate) last_token: Option<u64>,
    pub(crate) records: VecDeque<(RecordId, Record)>,
    pub(crate) committing: bool,
    pub(crate) written: BTreeMap<RecordId, Record>,
    pub(crate) flights: BTreeMap<RequestToken, Flight>,
    pub(crate) used: BTreeSet<RequestToken>,
    pub(crate) awaits_folder: bool,
    pub(crate) turn: Turn,
}

/// How the transfer stands with its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    None,
    Asked,
    Held,
}

impl Client {
    pub(crate) fn next_alarm(&self) -> Option<(u64, usize)> {
        self.alarms.iter().enumerate().filter_map(|(which, at)| at.map(|at| (at, which))).min()
    }

    pub(crate) fn shift_alarms(&mut self, time: u64) {
        self.alarms.iter_mut().flatten().for_each(|at| *at += time);
    }
}

impl World<'_> {
    /// The program starts, with nothing but the journal and the keychain.
    pub(crate) fn start_program(&mut self) {
        self.life += 1;
        self.traffic.new_life();
        let seed = self.dice.seed();
        let restored = self.book.restored(seed);
        self.promises_must_be_kept();
        let mut settings = self.settings;
        if self.sabotage == Sabotage::BudgetIsTooLarge {
            let budget = RequestBudget { limit: settings.budget.limit * 10, ..settings.budget };
            settings = Settings { budget, ..settings };
        }
        let source = if self.service.is_token_pass { Source::Session } else { Source::Service };
        let now = Now { server: server_time(self.now), steady: Steady::from_start(Duration::ZERO) };
        self.client = Some(Client {
            transfer: Transfer::new(restored, settings, now),
            session: Session::new(seed ^ 11),
            permits: Permits::new(source, seed ^ 12),
            origin: self.now,
            is_time_known: false,
            doubt: None,
            alarms: [None; 3],
            token: None,
            arrived: None,
            refresh: None,
            person: None,
            signing_in: false,
            session_generation: 0,
            session_state: SessionState::Loading,
            seen_later: [false; 2],
            token_waiters: Vec::new(),
            pass_waiters: Vec::new(),
            pass: None,
            last_token: None,
            records: VecDeque::new(),
            committing: false,
            written: BTreeMap::new(),
            flights: BTreeMap::new(),
            used: BTreeSet::new(),
            awaits_folder: false,
            turn: Turn::None,
        });
        let load = self.dice.skewed(1, 500);
        self.after(load, Thing::Touch);
        self.give(Event::Turn(false));
        self.give(Event::Started);
    }

    /// After each event: gives the turn to another transfer, or asks for it.
    fn settle_turn(&mut self) {
        let Some(client) = &mut self.client else { return };
        if client.turn == Turn::Held && lets_go(&client.transfer) {
            client.turn = Turn::None;
            self.give(Event::Turn(false));
        }
        let Some(client) = &mut self.client else { return };
        if client.turn == Turn::None && wants_turn(&client.transfer.view()) {
            client.turn = Turn::Asked;
            let time = if self.calm { 1 } else { self.dice.skewed(1, 60_000) };
            self.after(time, Thing::Report(Box::new(Event::Turn(true))));
        }
    }

    /// The time as the program knows it.
    pub(crate) fn clock(&self) -> Now {
        let server = server_time(self.now);
        let Some(client) = &self.client else {
            return Now { server, steady: Steady::from_start(Duration::ZERO) };
        };
        let wrong = if client.is_time_known { 0 } else { self.wall_error };
        let server = waybill_model::Timestamp(server.0 + wrong);
        Now { server, steady: Steady::from_start(Duration::from_millis(self.now - client.origin)) }
    }

    /// The same for the transfer's machine.
    fn transfer_clock(&self) -> Now {
        let now = self.clock();
        if self.sabotage == Sabotage::NeverWaits {
            let passed = now.steady.since(Steady::from_start(Duration::ZERO));
            return Now { steady: Steady::from_start(passed * 1000), ..now };
        }
        now
    }

    pub(crate) fn set_alarm(&mut self, which: usize, at: Steady, now: Now) {
        let factor = if self.sabotage == Sabotage::NeverWaits && which == TRANSFER { 1000 } else { 1 };
        if self.sabotage == Sabotage::AlarmsAreLost && which == TRANSFER {
            return;
        }
        let wait = u64::try_from(at.since(now.steady).as_millis()).unwrap_or(u64::MAX).div_ceil(factor);
        let at = self.now.saturating_add(wait.min(u64::MAX / 4));
        if let Some(client) = &mut self.client {
            client.alarms[which] = Some(at);
        }
    }

    pub(crate) fn alarm(&mut self, which: usize) {
        if let Some(client) = &mut self.client {
            client.alarms[which] = None;
        }
        match which {
            TRANSFER => self.give(Event::TimeReached),
            SESSION => self.session_step(SessionEvent::TimeReached),
            _ => self.permit_step(PermitEvent::TimeReached),
        }
    }

    /// Gives an event to the transfer's machine, and does what it says.
    pub(crate) fn give(&mut self, event: Event) {
        if self.client.is_none() || self.breach.is_some() {
            return;
        }
        self.steps += 1;
        self.visit(&event);
        if let Event::Turn(true) = event
            && let Some(client) = &mut self.client
        {
            client.turn = Turn::Held;
        }
        if let Event::Recorded(id) = &event {
            let record = self.client.as_mut().and_then(|client| client.written.remove(id));
            if let Some(record) = record {
                self.promise(&record);
            }
        }
        let label = EVENTS[of_transfer(&event)];
        self.note(|| format!("  -> {event:?}"));
        let now = self.transfer_clock();
        let Some(client) = &mut self.client else { return };
        let before = client.transfer.view().phase;
        let actions = client.transfer.handle(event, now);
        let after = client.transfer.view().phase;
        self.visits.note_transition(before, after);
        self.entered(before, after);
        for action in actions {
            if !self.calm && !self.closed && self.dice.chance(1) {
                return self.kill();
            }
            self.note(|| format!("     {action:?}"));
            self.act(action, now);
        }
        self.check(label);
        self.settle_turn();
    }

    pub(crate) fn register_sent(&mut self) {
        self.proof.register_unproved = Some(self.now);
    }

    /// Whether the machine waits for this reply, so that a made-up one would be taken for it.
    pub(crate) fn waits_for(&self, states: &[Inside]) -> bool {
        let inside = self.client.as_ref().map(|client| client.transfer.inspect());
        inside.is_some_and(|inside| states.iter().any(|state| inside.contains(*state)))
    }

    /// Notes that a phase was entered.
    fn entered(&mut self, before: Phase, after: Phase) {
        if before != after {
            self.phase_entered(after);
        }
    }
}
