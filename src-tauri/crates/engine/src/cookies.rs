//! The cookies' machine: when the upload domain's cookies are fetched, and what a refusal by the edge means.
//!
//! Owner: the one task that owns the cookies. Nothing is journaled: after a start, new cookies are fetched.
//!
//! Invariants:
//! * Single flight: there is never a second [`CookieAction::Fetch`] before the [`CookieEvent::Fetched`] of the first.
//! * A refusal counts only against the cookies that the refused request carried (their generation).
//! * Fresh cookies that are refused before the store was ever reached with them are not fetched in a hot loop: that is
//!   a waiting state ([`WaitReason::CookiesRefused`]) with a backoff.
//! * The signer answers every problem with a bare 401, including its own (facts E2). It is retried twice, then the
//!   token is doubted once, then it becomes a waiting state.
//! * When cookies expire is decided by the signer, on the server's clock. Everything else is measured on the steady
//!   clock.

use std::time::Duration;

use waybill_model::{Now, Reply, Steady, Timestamp, WaitReason};

use crate::backoff::Backoff;
use crate::classify::{self, CookieDecision};

/// What is known of cookies, without their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CookieFacts {
    /// When they expire, in server time, as read from the policy (facts A8).
    pub expires: Timestamp,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CookieEvent {
    /// Somebody needs them. This must be sent before every use.
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
    /// There is no usable session.
    SessionLost(WaitReason),
    /// The time of the last [`CookieAction::WakeAt`] has come.
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
    /// Report to the session that its token may be the reason for the signer's refusals.
    DistrustToken,
    /// Report [`CookieEvent::TimeReached`] at this time. Only the last such action counts.
    WakeAt(Steady),
}

/// What other tasks may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieView {
    /// There are none, and nobody has asked for any.
    None,
    /// They are being fetched, and until then there are none to use.
    Fetching,
    /// They can be used.
    Fresh {
        /// Which ones. The number grows with every fetch.
        generation: u64,
    },
    /// They cannot be fetched at the moment.
    Waiting(WaitReason),
}

/// How long cookies are renewed in the background after they were last wanted.
pub const INTEREST: Duration = Duration::from_secs(3600);
/// Cookies are renewed when less than this, or less than a quarter of their lifetime, is left.
pub const MARGIN: Duration = Duration::from_secs(600);
/// How often a 401 is retried before the token is doubted (facts E2: "a couple of times").
const RETRIES: u8 = 2;
/// How long to wait for a newer token before the next fetch.
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

impl Cookies {
    /// Returns a machine without cookies. The seed determines the jitter.
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

    /// Handles one event.
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
            // They belong to somebody who is no longer signed in.
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
        // While the session is only out of reach, the cookies stay good. They do not outlive the session itself.
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

    fn fetch_if_due(&mut self, actions: &mut Vec<CookieAction>) {
        if self.session != SessionState::Ready {
            return;
        }
        let due = match self.fetch {
            Fetch::InFlight => false,
            Fetch::Idle => self.is_wanted() && self.held.is_none_or(|held| held.renew_at() <= self.now.server),
            // Whoever wanted them is still waiting, however long it takes.
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
mod tests;
