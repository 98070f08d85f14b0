//! The session's machine: when the token is refreshed, and when a person has to sign in.
//!
//! Owner: the one task that owns the token. Nothing is journaled. What survives is the refresh token in the keychain,
//! with which [`SessionEvent::Loaded`] starts again.
//!
//! Invariants:
//! * Single flight: there is never a second [`SessionAction::Refresh`] before the [`SessionEvent::Refreshed`] of the
//!   first. With rotation, a second refresh with the same token would end the session (facts D5).
//! * Only the sign-in address ends a session (`invalid_grant`). A clock never does, since it may be wrong.
//! * Times are steady: the service says how long its tokens live, and they live that long by any clock.
//! * A session that was wanted within the last hour is kept alive: it is refreshed before the access token and the
//!   refresh token expire. [`SessionEvent::Wanted`] must be sent before every use of the token or of anything obtained
//!   with it, so that a long transfer, which needs no token for hours, still has a session at its end.

use std::time::Duration;

use waybill_model::{Code, Reply, Steady, UserId, WaitReason};

use crate::backoff::Backoff;
use crate::classify::{self, RefreshDecision};

/// What is known of a session, without its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionFacts {
    /// Whose it is.
    pub person: UserId,
    /// When the tokens were requested, so that they may seem to expire a little early but never late.
    pub obtained: Steady,
    /// How long the access token lives from then on; zero before the first.
    pub access_life: Duration,
    /// How long the refresh token lives, if that is known.
    pub refresh_life: Option<Duration>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// The keychain was read.
    Loaded(Option<SessionFacts>),
    /// A person has signed in.
    SignedIn(SessionFacts),
    /// The refresh of [`SessionAction::Refresh`] came back. What it brought has been saved, unless it was started
    /// before a sign-in or a sign-out: that must not overwrite newer tokens.
    Refreshed(Reply<SessionFacts>),
    /// Somebody needs the token, or something that was obtained with it.
    Wanted,
    /// A 401 came with the current token.
    Distrusted,
    /// The person signed out.
    SignedOut,
    /// The time of the last [`SessionAction::WakeAt`] has come.
    TimeReached,
    /// The computer woke up.
    Woke,
    /// The network changed.
    NetworkBack,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionAction {
    /// Refresh the token, once; save what comes; then report [`SessionEvent::Refreshed`].
    Refresh,
    /// From now on, use the tokens that came with this event. Tokens that come without this action must not be used:
    /// they belong to a session that a sign-in or a sign-out has replaced.
    Use,
    /// Forget the tokens, in memory and in the keychain.
    Forget,
    /// Report [`SessionEvent::TimeReached`] at this time. Only the last such action counts.
    WakeAt(Steady),
}

/// What other tasks may rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionView {
    /// The keychain has not been read yet.
    Loading,
    /// Nobody is signed in. The code says why, unless the person signed out.
    SignedOut(Option<Code>),
    /// The token can be used.
    Ready,
    /// The token cannot be used until there is a new one, which `Wanted` fetches.
    Refreshing,
    /// The refresh token is good as far as is known, but no new token can be fetched at the moment.
    Waiting(WaitReason),
}

/// How long a session is kept alive after it was last wanted.
pub const INTEREST: Duration = Duration::from_secs(3600);
/// The access token is refreshed when less than this, or less than a quarter of its lifetime, is left.
pub const ACCESS_MARGIN: Duration = Duration::from_secs(60);
/// How many refreshes in a row may fail before that is a wait. With the delays between them it takes 3.5 seconds at most.
const QUIET: u32 = 3;
/// A token that was used for this long before it was distrusted was a good one.
const PROVEN: Duration = Duration::from_secs(60);

/// The machine.
#[derive(Clone, Debug)]
pub struct Session {
    state: State,
    /// How many replies are still to come, and to be ignored, of refreshes started before a sign-in or a sign-out.
    stale_refreshes: u32,
    wanted: Option<Steady>,
    backoff: Backoff,
    now: Steady,
    alarm: Option<Steady>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Loading,
    SignedOut(Option<Code>),
    Held(Held),
}

#[derive(Clone, Copy, Debug)]
struct Held {
    facts: SessionFacts,
    /// A 401 came with this token.
    distrusted: bool,
    refresh: Refresh,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refresh {
    Idle,
    InFlight,
    /// Waits for another attempt.
    Waiting(WaitReason, Steady),
}

impl Session {
    /// Returns a machine that waits for the keychain. The seed determines the jitter.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            state: State::Loading,
            stale_refreshes: 0,
            wanted: None,
            backoff: Backoff::new(seed),
            now: Steady::PAST,
            alarm: None,
        }
    }

    /// Handles one event.
    pub fn handle(&mut self, event: SessionEvent, now: Steady) -> Vec<SessionAction> {
        self.now = now;
        let mut actions = Vec::new();
        match event {
            SessionEvent::Loaded(facts) => self.loaded(facts),
            SessionEvent::SignedIn(facts) => self.signed_in(facts, &mut actions),
            SessionEvent::Refreshed(reply) => self.refreshed(reply, &mut actions),
            SessionEvent::Wanted => self.wanted = Some(now),
            SessionEvent::Distrusted => self.distrusted(),
            SessionEvent::SignedOut => self.signed_out(&mut actions),
            SessionEvent::TimeReached => self.alarm = None,
            SessionEvent::NetworkBack => self.try_now(),
            SessionEvent::Woke => {
                // The timer behind the alarm may have slept too, so the alarm is set again.
                self.alarm = None;
                self.try_now();
            }
        }
        self.refresh_if_due(&mut actions);
        self.set_alarm(&mut actions);
        actions
    }

    /// Returns what other tasks may rely on, as of the last event.
    #[must_use]
    pub fn view(&self) -> SessionView {
        match self.state {
            State::Loading => SessionView::Loading,
            State::SignedOut(code) => SessionView::SignedOut(code),
            State::Held(held) if held.usable(self.now) => SessionView::Ready,
            State::Held(held) => match held.refresh {
                Refresh::Idle | Refresh::InFlight => SessionView::Refreshing,
                Refresh::Waiting(reason, _) if self.may_pass(reason) => SessionView::Refreshing,
                Refresh::Waiting(reason, _) => SessionView::Waiting(reason),
            },
        }
    }

    /// Whether the refresh may be tried again before its failure is reported to those who wait for a token.
    fn may_pass(&self, reason: WaitReason) -> bool {
        let passing = [WaitReason::ServiceFailed, WaitReason::SlowDown, WaitReason::SignInUnreachable];
        self.backoff.attempt() <= QUIET && passing.contains(&reason)
    }

    /// Returns whose session it is.
    #[must_use]
    pub fn person(&self) -> Option<UserId> {
        match self.state {
            State::Held(held) => Some(held.facts.person),
            State::Loading | State::SignedOut(_) => None,
        }
    }

    fn loaded(&mut self, facts: Option<SessionFacts>) {
        match self.state {
            State::Loading => {
                self.state = facts.map_or(State::SignedOut(None), |facts| State::Held(Held::new(facts)));
            }
            State::SignedOut(_) | State::Held(_) => {}
        }
    }

    fn signed_in(&mut self, facts: SessionFacts, actions: &mut Vec<SessionAction>) {
        self.leave_refresh_behind();
        self.backoff.reset();
        self.wanted = Some(self.now);
        self.state = State::Held(Held::new(facts));
        actions.push(SessionAction::Use);
    }

    fn signed_out(&mut self, actions: &mut Vec<SessionAction>) {
        self.leave_refresh_behind();
        self.state = State::SignedOut(None);
        actions.push(SessionAction::Forget);
    }

    fn refreshed(&mut self, reply: Reply<SessionFacts>, actions: &mut Vec<SessionAction>) {
        if self.stale_refreshes > 0 {
            self.stale_refreshes -= 1;
            if let State::SignedOut(_) = self.state {
                // The reply may have been saved before the person's order was known.
                actions.push(SessionAction::Forget);
            }
            return;
        }
        let State::Held(held) = &mut self.state else { return };
        if held.refresh != Refresh::InFlight {
            return;
        }
        match classify::refresh(reply) {
            RefreshDecision::Done(facts) => {
                let proven = facts.obtained.since(held.facts.obtained) >= PROVEN;
                if proven || !held.distrusted {
                    self.backoff.reset();
                }
                self.state = State::Held(Held::new(facts));
                actions.push(SessionAction::Use);
            }
            RefreshDecision::SignIn(code) => {
                self.state = State::SignedOut(Some(code));
                actions.push(SessionAction::Forget);
            }
            RefreshDecision::Again(reason, floor) => {
                held.refresh = Refresh::Waiting(reason, self.now + self.backoff.delay(floor));
            }
        }
    }

    fn distrusted(&mut self) {
        let State::Held(held) = &mut self.state else { return };
        if held.distrusted {
            return;
        }
        held.distrusted = true;
        self.wanted = Some(self.now);
        // The token is refused as soon as it arrives, and refreshing it again and again would not help.
        if held.refresh == Refresh::Idle && self.now.since(held.facts.obtained) < PROVEN {
            let delay = self.backoff.delay(None);
            if self.backoff.attempt() > 1 {
                held.refresh = Refresh::Waiting(WaitReason::ServiceFailed, self.now + delay);
            }
        }
    }

    /// Tries at once, because the network or the time changed.
    fn try_now(&mut self) {
        if let State::Held(held) = &mut self.state
            && let Refresh::Waiting(reason, _) = held.refresh
        {
            held.refresh = Refresh::Waiting(reason, self.now);
        }
        if self.wanted.is_some() {
            self.wanted = Some(self.now);
        }
    }

    fn refresh_if_due(&mut self, actions: &mut Vec<SessionAction>) {
        let wanted = self.is_wanted();
        let State::Held(held) = &mut self.state else { return };
        let due = match held.refresh {
            Refresh::InFlight => false,
            Refresh::Idle => wanted && held.refresh_at() <= self.now,
            // Whoever wanted it is still waiting, however long it takes.
            Refresh::Waiting(_, at) => at <= self.now,
        };
        if due && self.stale_refreshes == 0 {
            held.refresh = Refresh::InFlight;
            actions.push(SessionAction::Refresh);
        }
    }

    fn is_wanted(&self) -> bool {
        self.wanted.is_some_and(|at| self.now.since(at) < INTEREST)
    }

    fn leave_refresh_behind(&mut self) {
        if let State::Held(held) = self.state
            && held.refresh == Refresh::InFlight
        {
            self.stale_refreshes += 1;
        }
    }

    fn set_alarm(&mut self, actions: &mut Vec<SessionAction>) {
        let next = match self.state {
            State::Loading | State::SignedOut(_) => None,
            State::Held(held) => held.next_change(self.now, self.is_wanted()),
        };
        if next != self.alarm {
            self.alarm = next;
            actions.extend(next.map(SessionAction::WakeAt));
        }
    }
}

impl Held {
    fn new(facts: SessionFacts) -> Self {
        Self { facts, distrusted: false, refresh: Refresh::Idle }
    }

    fn usable(&self, now: Steady) -> bool {
        !self.distrusted && now < self.access_expires()
    }

    fn access_expires(&self) -> Steady {
        self.facts.obtained + self.facts.access_life
    }

    /// Returns when a refresh is due, if the session is wanted.
    fn refresh_at(&self) -> Steady {
        if self.distrusted {
            return Steady::PAST;
        }
        let SessionFacts { obtained, access_life, refresh_life, .. } = self.facts;
        let access = access_life - ACCESS_MARGIN.min(access_life / 4);
        let session = refresh_life.map(|life| life - life / 4);
        obtained + session.map_or(access, |session| access.min(session))
    }

    /// Returns when something changes by itself: the token expires or a refresh is due.
    fn next_change(&self, now: Steady, wanted: bool) -> Option<Steady> {
        let expiry = self.usable(now).then_some(self.access_expires());
        let attempt = match self.refresh {
            Refresh::Idle if wanted => Some(self.refresh_at()),
            Refresh::Waiting(_, at) => Some(at),
            Refresh::Idle | Refresh::InFlight => None,
        };
        [expiry, attempt].into_iter().flatten().filter(|at| *at > now).min()
    }
}

#[cfg(feature = "inspect")]
impl Session {
    /// Returns the states that the machine is in.
    #[must_use]
    pub fn inspect(&self) -> crate::inspect::States {
        use crate::inspect::{State as Visited, States};
        let mut states = States::default();
        states.add_if(self.stale_refreshes > 0, Visited::SessionStaleRefresh);
        match self.state {
            State::Loading => states.add(Visited::SessionLoading),
            State::SignedOut(_) => states.add(Visited::SessionSignedOut),
            State::Held(held) => {
                states.add_if(held.distrusted, Visited::SessionDistrusted);
                states.add(match held.refresh {
                    Refresh::Idle => Visited::SessionIdle,
                    Refresh::InFlight => Visited::SessionRefreshing,
                    Refresh::Waiting(..) => Visited::SessionWaiting,
                });
            }
        }
        states
    }
}

#[cfg(test)]
mod tests;
