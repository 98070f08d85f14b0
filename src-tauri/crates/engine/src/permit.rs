//! The permit's machine: when a pass to upload is fetched, and what a refusal by the edge means.
//!
//! Owner: the one task that owns the pass. Nothing is journaled: after a start, a new pass is fetched.
//!
//! Invariants:
//! * Single flight: there is never a second [`PermitAction::Fetch`] before the [`PermitEvent::Fetched`] of the first.
//! * A refusal counts only against the pass that the refused request carried (its generation).
//! * A fresh pass that is refused before the store was ever reached with it is not fetched in a hot loop: that is
//!   a waiting state ([`WaitReason::PermitRefused`]) with a backoff.
//! * The signer answers every problem with a bare 401, including its own (facts E2). It is retried twice, then the
//!   token is doubted once, then it becomes a waiting state.
//! * When a pass expires is decided by the service, on the server's clock. Everything else is measured on the steady
//!   clock.

use std::time::Duration;

use waybill_model::{Now, Reply, Steady, Timestamp, WaitReason};

use crate::backoff::Backoff;
use crate::classify::{self, PermitDecision};

/// What is known of a pass, without what is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermitFacts {
    /// When it expires, in server time.
    pub expires: Timestamp,
}

/// Where a pass comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The service hands it out for an access token.
    Service,
    /// It is the access token: a refused one is of no use to anybody.
    Session,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PermitEvent {
    /// Somebody needs it. This must be sent before every use.
    Wanted,
    /// The fetch of [`PermitAction::Fetch`] came back.
    Fetched(Reply<PermitFacts>),
    /// The edge refused a request that carried a pass.
    Refused {
        /// Which one it carried.
        generation: u64,
    },
    /// The store was reached with a pass.
    Accepted {
        /// Which one.
        generation: u64,
    },
    /// A usable token is there, or a newer one.
    SessionReady,
    /// There is no usable session.
    SessionLost(WaitReason),
    /// The time of the last [`PermitAction::WakeAt`] has come.
    TimeReached,
    /// The computer woke up.
    Woke,
    /// The network changed.
    NetworkBack,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermitAction {
    /// Fetch a pass, once; then report [`PermitEvent::Fetched`].
    Fetch,
    /// Report to the session that its token may be the reason for the signer's refusals.
    DistrustToken,
    /// Report [`PermitEvent::TimeReached`] at this time. Only the last such action counts.
    WakeAt(Steady),
}

/// What other tasks may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermitView {
    /// There are no permits, and none has been requested.
    None,
    /// They are being fetched, and until then none can be used.
    Fetching,
    /// They can be used.
    Fresh {
        /// Which one. The number grows with every fetch.
        generation: u64,
    },
    /// They cannot be fetched at the moment.
    Waiting(WaitReason),
}

/// How long a pass is renewed in the background after it was last wanted.
pub const INTEREST: Duration = Duration::from_secs(3600);
/// A pass is renewed when less than this, or less than a quarter of its lifetime, is left.
pub const MARGIN: Duration = Duration::from_secs(600);
/// How often a 401 is retried before the token is doubted (facts E2: "a couple of times").
const RETRIES: u8 = 2;
/// How long to wait for a newer token before the next fetch.
const TOKEN_WAIT: Duration = Duration::from_secs(2);

/// The machine.
#[derive(Clone, Debug)]
pub struct Permits {
    source: Source,
    held: Option<Held>,
    generation: u64,
    fetch: Fetch,
    session: SessionState,
    wanted: Option<Steady>,
    /// Passes refused by the edge since the store was last reached.
    refusals: u32,
    /// Consecutive 401s of the signer.
    unauthorised: u8,
    token_doubted: bool,
    backoff: Backoff,
    now: Now,
    alarm: Option<Steady>,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    obtained: Timestamp,
    expires: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fetch {
    Idle,
    InFlight,
    /// Between retries of a 401, which may pass in a moment.
    Retrying(Steady),
    /// Waits for a newer token, until this time at the latest.
    AwaitingToken(Steady),
    Waiting(WaitReason, Steady),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SessionState {
    /// Not known yet.
    Unknown,
    Ready,
    Lost(WaitReason),
}

impl Permits {
    /// Returns a machine without a pass. The seed determines the jitter.
    #[must_use]
    pub fn new(source: Source, seed: u64) -> Self {
        Self {
            source,
            held: None,
            generation: 0,
            fetch: Fetch::Idle,
            session: SessionState::Unknown,
            wanted: None,
            refusals: 0,
            unauthorised: 0,
            token_doubted: false,
            backoff: Backoff::new(seed),
            now: Now { server: Timestamp(0), steady: Steady::PAST },
            alarm: None,
        }
    }

    /// Handles one event.
    pub fn handle(&mut self, event: PermitEvent, now: Now) -> Vec<PermitAction> {
        self.now = now;
        let mut actions = Vec::new();
        match event {
            PermitEvent::Wanted => self.wanted = Some(now.steady),
            PermitEvent::Fetched(reply) => self.fetched(reply, &mut actions),
            PermitEvent::Refused { generation } => self.refused(generation, &mut actions),
            PermitEvent::Accepted { generation } => self.accepted(generation),
            PermitEvent::SessionReady => self.session_ready(),
            PermitEvent::SessionLost(reason) => self.session_lost(reason),
            PermitEvent::TimeReached => self.alarm = None,
            PermitEvent::NetworkBack => self.try_now(),
            PermitEvent::Woke => {
                // The timer behind the alarm may have slept too, so the alarm is set again.
                self.alarm = None;
                self.try_now();
            }
        }
        self.fetch_if_due(&mut actions);
        self.set_alarm(&mut actions);
        actions
    }

    /// Returns what other tasks may rely on, as of the last event.
    #[must_use]
    pub fn view(&self) -> PermitView {
        if self.usable() {
            return PermitView::Fresh { generation: self.generation };
        }
        match (self.session, self.fetch) {
            (_, Fetch::InFlight) => PermitView::Fetching,
            (SessionState::Lost(reason), _) | (_, Fetch::Waiting(reason, _)) => PermitView::Waiting(reason),
            (_, Fetch::Retrying(_) | Fetch::AwaitingToken(_)) => PermitView::Fetching,
            (SessionState::Unknown | SessionState::Ready, Fetch::Idle) => PermitView::None,
        }
    }

    fn usable(&self) -> bool {
        self.held.is_some_and(|held| self.now.server < held.expires)
    }

    fn fetched(&mut self, reply: Reply<PermitFacts>, actions: &mut Vec<PermitAction>) {
        if self.fetch != Fetch::InFlight {
            return;
        }
        self.fetch = match classify::permit_fetch(reply) {
            PermitDecision::Done(facts) => self.received(facts),
            PermitDecision::Unauthorised => self.unauthorised(actions),
            PermitDecision::Again(reason, floor) => Fetch::Waiting(reason, self.now.steady + self.backoff.delay(floor)),
        };
    }

    fn received(&mut self, facts: PermitFacts) -> Fetch {
        self.unauthorised = 0;
        self.token_doubted = false;
        if let SessionState::Lost(WaitReason::SignedOut | WaitReason::DifferentPerson) = self.session {
            // They belong to a person who is no longer signed in.
            return Fetch::Idle;
        }
        self.generation += 1;
        self.held = Some(Held { obtained: self.now.server, expires: facts.expires });
        if facts.expires <= self.now.server {
            return self.wait_refused();
        }
        if self.refusals == 0 {
            self.backoff.reset();
        }
        Fetch::Idle
    }

    fn unauthorised(&mut self, actions: &mut Vec<PermitAction>) -> Fetch {
        let again = self.now.steady + self.backoff.delay(None);
        self.unauthorised = self.unauthorised.saturating_add(1);
        if self.unauthorised <= RETRIES {
            return Fetch::Retrying(again);
        }
        if !self.token_doubted {
            self.token_doubted = true;
            self.unauthorised = 0;
            actions.push(PermitAction::DistrustToken);
            return Fetch::AwaitingToken(self.now.steady + TOKEN_WAIT);
        }
        Fetch::Waiting(WaitReason::PermitRefused, again)
    }

    fn refused(&mut self, generation: u64, actions: &mut Vec<PermitAction>) {
        if generation != self.generation || self.held.is_none() {
            return;
        }
        self.held = None;
        match self.source {
            Source::Service => {}
            Source::Session => actions.push(PermitAction::DistrustToken),
        }
        self.refusals = self.refusals.saturating_add(1);
        if self.refusals > 1 && self.fetch == Fetch::Idle {
            self.fetch = self.wait_refused();
        }
    }

    fn wait_refused(&mut self) -> Fetch {
        Fetch::Waiting(WaitReason::PermitRefused, self.now.steady + self.backoff.delay(None))
    }

    fn accepted(&mut self, generation: u64) {
        if generation == self.generation {
            self.refusals = 0;
            if self.fetch == Fetch::Idle {
                self.backoff.reset();
            }
        }
    }

    fn session_ready(&mut self) {
        let was_lost = matches!(self.session, SessionState::Lost(_));
        self.session = SessionState::Ready;
        match self.fetch {
            Fetch::AwaitingToken(_) => self.fetch = Fetch::AwaitingToken(self.now.steady),
            Fetch::Waiting(reason, _) if was_lost => self.fetch = Fetch::Waiting(reason, self.now.steady),
            Fetch::Idle | Fetch::InFlight | Fetch::Retrying(_) | Fetch::Waiting(..) => {}
        }
    }

    fn session_lost(&mut self, reason: WaitReason) {
        self.session = SessionState::Lost(reason);
        // While the session is only out of reach, the pass stays good. It does not outlive the session itself.
        if let WaitReason::SignedOut | WaitReason::DifferentPerson = reason {
            self.held = None;
            self.refusals = 0;
            self.unauthorised = 0;
            self.token_doubted = false;
            if self.fetch != Fetch::InFlight {
                self.fetch = Fetch::Idle;
            }
        }
    }

    /// Tries at once, because the network or the time changed.
    fn try_now(&mut self) {
        self.fetch = match self.fetch {
            Fetch::Waiting(reason, _) => Fetch::Waiting(reason, self.now.steady),
            Fetch::Retrying(_) => Fetch::Retrying(self.now.steady),
            kept @ (Fetch::Idle | Fetch::InFlight | Fetch::AwaitingToken(_)) => kept,
        };
    }

    fn fetch_if_due(&mut self, actions: &mut Vec<PermitAction>) {
        if self.session != SessionState::Ready {
            return;
        }
        let due = match self.fetch {
            Fetch::InFlight => false,
            Fetch::Idle => self.is_wanted() && self.held.is_none_or(|held| held.renew_at() <= self.now.server),
            // Whoever wanted it is still waiting, however long it takes.
            Fetch::Retrying(at) | Fetch::AwaitingToken(at) | Fetch::Waiting(_, at) => at <= self.now.steady,
        };
        if due {
            self.fetch = Fetch::InFlight;
            actions.push(PermitAction::Fetch);
        }
    }

    fn is_wanted(&self) -> bool {
        self.wanted.is_some_and(|at| self.now.steady.since(at) < INTEREST)
    }

    fn set_alarm(&mut self, actions: &mut Vec<PermitAction>) {
        let attempt = match self.fetch {
            Fetch::InFlight => None,
            Fetch::Idle => self.held.filter(|_| self.is_wanted()).map(|held| self.now.steady_at(held.renew_at())),
            Fetch::Retrying(at) | Fetch::AwaitingToken(at) | Fetch::Waiting(_, at) => Some(at),
        };
        let attempt = attempt.filter(|_| self.session == SessionState::Ready);
        let expiry = self.held.map(|held| self.now.steady_at(held.expires));
        let next = [attempt, expiry].into_iter().flatten().filter(|at| *at > self.now.steady).min();
        if next != self.alarm {
            self.alarm = next;
            actions.extend(next.map(PermitAction::WakeAt));
        }
    }
}

impl Held {
    fn renew_at(&self) -> Timestamp {
        let life = self.expires.since(self.obtained);
        self.expires - MARGIN.min(life / 4)
    }
}

#[cfg(feature = "inspect")]
impl Permits {
    /// Returns the states that the machine is in.
    #[must_use]
    pub fn inspect(&self) -> crate::inspect::States {
        use crate::inspect::{State, States};
        let mut states = States::default();
        states.add_if(self.held.is_some(), State::PermitHeld);
        states.add(match self.fetch {
            Fetch::Idle => State::PermitIdle,
            Fetch::InFlight => State::PermitInFlight,
            Fetch::Retrying(_) => State::PermitRetrying,
            Fetch::AwaitingToken(_) => State::PermitAwaitingToken,
            Fetch::Waiting(..) => State::PermitWaiting,
        });
        states.add(match self.session {
            SessionState::Unknown => State::PermitSessionUnknown,
            SessionState::Ready => State::PermitSessionReady,
            SessionState::Lost(_) => State::PermitSessionLost,
        });
        states
    }
}

#[cfg(test)]
mod tests;
