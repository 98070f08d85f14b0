//! The cookies' machine: when the upload domain's cookies are fetched, and what a refusal by the edge means.
//!
//! Owner: the one task that owns the cookies. Nothing is journaled: cookies are fetched anew after a start.
//!
//! Invariants:
//! * Single flight: between a [`CookieAction::Fetch`] and its [`CookieEvent::Fetched`] there is never another one.
//! * A refusal counts only against the cookies that the refused request carried (their generation).
//! * Fresh cookies that are refused before the store was ever reached with them are not fetched again in a circle: that
//!   is a state with a name ([`WaitReason::CookiesRefused`]) and a backoff.
//! * The signer answers every trouble with a bare 401, also its own (facts E2): two retries, then the token is doubted
//!   once, then it is a waiting state.
//! * When cookies run out is the signer's word, by the server's clock. Everything else is counted on the steady one.

use std::time::Duration;

use waybill_model::{Now, Reply, Steady, Timestamp, WaitReason};

use crate::backoff::Backoff;
use crate::classify::{self, CookieDecision};

/// What is known of cookies, without their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CookieFacts {
    /// When they run out, read from the policy (facts A8), server time.
    pub expires: Timestamp,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CookieEvent {
    /// Somebody needs them. To be sent before every use.
    Wanted,
    /// The fetch of [`CookieAction::Fetch`] came back.
    Fetched(Reply<CookieFacts>),
    /// The edge refused a request that carried them.
    Refused {
        /// Which ones it carried.
        generation: u64,
    },
    /// The store was reached with them.
    Accepted {
        /// Which ones.
        generation: u64,
    },
    /// A usable token is there, or a newer one.
    SessionReady,
    /// There is none.
    SessionLost(WaitReason),
    /// The time of the last [`CookieAction::WakeAt`] is reached.
    TimeReached,
    /// The computer woke up.
    Woke,
    /// The network changed.
    NetworkBack,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieAction {
    /// Fetch cookies, once; then report [`CookieEvent::Fetched`].
    Fetch,
    /// The token may be the reason for the signer's refusals: tell the session.
    DistrustToken,
    /// Report [`CookieEvent::TimeReached`] then. Only the last one given counts.
    WakeAt(Steady),
}

/// What others may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieView {
    /// There are none, and nobody has asked for them since.
    None,
    /// They are being fetched; there are none to use until then.
    Fetching,
    /// They can be used.
    Fresh {
        /// Which ones; counts up with every fetch.
        generation: u64,
    },
    /// They cannot be had at the moment.
    Waiting(WaitReason),
}

/// How long after they were last wanted cookies are renewed in the background.
pub const INTEREST: Duration = Duration::from_secs(3600);
/// Cookies are renewed when less than this, or less than a quarter of their life, is left.
pub const MARGIN: Duration = Duration::from_secs(600);
/// 401s that are retried before the token is doubted (facts E2: "a couple of times").
const RETRIES: u8 = 2;
/// How long a newer token is waited for before the next fetch asks for one itself.
const TOKEN_WAIT: Duration = Duration::from_secs(2);

/// The machine.
#[derive(Clone, Debug)]
pub struct Cookies {
    held: Option<Held>,
    generation: u64,
    fetch: Fetch,
    session: SessionState,
    wanted: Option<Steady>,
    /// Cookies refused by the edge since the store was last reached.
    refusals: u32,
    /// 401s of the signer in a row.
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
    /// Waits for a newer token; the time is for when none comes.
    AwaitingToken(Steady),
    Waiting(WaitReason, Steady),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SessionState {
    /// Not told yet.
    Unknown,
    Ready,
    Lost(WaitReason),
}

impl Cookies {
    /// A machine without cookies. The seed is for the jitter.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
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

    /// Takes one event.
    pub fn handle(&mut self, event: CookieEvent, now: Now) -> Vec<CookieAction> {
        self.now = now;
        let mut actions = Vec::new();
        match event {
            CookieEvent::Wanted => self.wanted = Some(now.steady),
            CookieEvent::Fetched(reply) => self.fetched(reply, &mut actions),
            CookieEvent::Refused { generation } => self.refused(generation),
            CookieEvent::Accepted { generation } => self.accepted(generation),
            CookieEvent::SessionReady => self.session_ready(),
            CookieEvent::SessionLost(reason) => self.session_lost(reason),
            CookieEvent::TimeReached => self.alarm = None,
            CookieEvent::NetworkBack => self.try_now(),
            CookieEvent::Woke => {
                // Whatever counts the time to the alarm may have slept too: it is given again.
                self.alarm = None;
                self.try_now();
            }
        }
        self.fetch_if_due(&mut actions);
        self.set_alarm(&mut actions);
        actions
    }

    /// What others may rely on, as of the last event.
    #[must_use]
    pub fn view(&self) -> CookieView {
        if self.usable() {
            return CookieView::Fresh { generation: self.generation };
        }
        match (self.session, self.fetch) {
            (_, Fetch::InFlight) => CookieView::Fetching,
            (SessionState::Lost(reason), _) | (_, Fetch::Waiting(reason, _)) => CookieView::Waiting(reason),
            (_, Fetch::Retrying(_) | Fetch::AwaitingToken(_)) => CookieView::Fetching,
            (SessionState::Unknown | SessionState::Ready, Fetch::Idle) => CookieView::None,
        }
    }

    fn usable(&self) -> bool {
        self.held.is_some_and(|held| self.now.server < held.expires)
    }

    fn fetched(&mut self, reply: Reply<CookieFacts>, actions: &mut Vec<CookieAction>) {
        if self.fetch != Fetch::InFlight {
            return;
        }
        self.fetch = match classify::cookies_fetch(reply) {
            CookieDecision::Done(facts) => self.received(facts),
            CookieDecision::Unauthorised => self.unauthorised(actions),
            CookieDecision::Again(reason, floor) => Fetch::Waiting(reason, self.now.steady + self.backoff.delay(floor)),
        };
    }

    fn received(&mut self, facts: CookieFacts) -> Fetch {
        self.unauthorised = 0;
        self.token_doubted = false;
        if let SessionState::Lost(WaitReason::SignedOut | WaitReason::DifferentPerson) = self.session {
            // They belong to somebody who is not here any more.
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

    fn unauthorised(&mut self, actions: &mut Vec<CookieAction>) -> Fetch {
        let again = self.now.steady + self.backoff.delay(None);
        self.unauthorised = self.unauthorised.saturating_add(1);
        if self.unauthorised <= RETRIES {
            return Fetch::Retrying(again);
        }
        if !self.token_doubted {
            self.token_doubted = true;
            self.unauthorised = 0;
            actions.push(CookieAction::DistrustToken);
            return Fetch::AwaitingToken(self.now.steady + TOKEN_WAIT);
        }
        Fetch::Waiting(WaitReason::CookiesRefused, again)
    }

    fn refused(&mut self, generation: u64) {
        if generation != self.generation || self.held.is_none() {
            return;
        }
        self.held = None;
        self.refusals = self.refusals.saturating_add(1);
        if self.refusals > 1 && self.fetch == Fetch::Idle {
            self.fetch = self.wait_refused();
        }
    }

    fn wait_refused(&mut self) -> Fetch {
        Fetch::Waiting(WaitReason::CookiesRefused, self.now.steady + self.backoff.delay(None))
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
        // With the session for the moment out of reach, cookies stay good. They do not outlive their person's session.
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

    /// The network or the time changed: what waits tries at once.
    fn try_now(&mut self) {
        self.fetch = match self.fetch {
            Fetch::Waiting(reason, _) => Fetch::Waiting(reason, self.now.steady),
            Fetch::Retrying(_) => Fetch::Retrying(self.now.steady),
            kept @ (Fetch::Idle | Fetch::InFlight | Fetch::AwaitingToken(_)) => kept,
        };
    }

    fn fetch_if_due(&mut self, actions: &mut Vec<CookieAction>) {
        if self.session != SessionState::Ready {
            return;
        }
        let due = match self.fetch {
            Fetch::InFlight => false,
            Fetch::Idle => self.is_wanted() && self.held.is_none_or(|held| held.renew_at() <= self.now.server),
            // Whoever wanted them is still waiting, however long that takes.
            Fetch::Retrying(at) | Fetch::AwaitingToken(at) | Fetch::Waiting(_, at) => at <= self.now.steady,
        };
        if due {
            self.fetch = Fetch::InFlight;
            actions.push(CookieAction::Fetch);
        }
    }

    fn is_wanted(&self) -> bool {
        self.wanted.is_some_and(|at| self.now.steady.since(at) < INTEREST)
    }

    fn set_alarm(&mut self, actions: &mut Vec<CookieAction>) {
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
            actions.extend(next.map(CookieAction::WakeAt));
        }
    }
}

impl Held {
    fn renew_at(&self) -> Timestamp {
        let life = self.expires.since(self.obtained);
        self.expires - MARGIN.min(life / 4)
    }
}

#[cfg(test)]
#[path = "cookies_tests.rs"]
mod tests;
