//! What keeps the machine waiting: the network, the session, the folder, and the request budget.
//!
//! These are states, not errors: no attempt is spent in them. A network wait is over when something comes through.

use std::time::Duration;

use waybill_model::service::RequestBudget;
use waybill_model::{Needs, Now, Steady, WaitReason};

use super::Hold;
use crate::backoff::Backoff;
use crate::budget::Budget;

/// The budget holds requests back for a second now and then so that they go out evenly. Only what is longer than this
/// is shown as a wait.
const PACE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Waits {
    network: Option<Wait>,
    backoff: Backoff,
    probing: bool,
    session: Option<(WaitReason, Steady)>,
    folder: Option<FolderWait>,
    folder_backoff: Backoff,
    budget: Budget,
    /// Since when and until when the budget holds a request back.
    spent: Option<(Steady, Steady)>,
}

/// The folder is gone, or is back and left alone for a moment longer: one that comes and goes must not be read all the
/// time.
#[derive(Clone, Copy, Debug)]
struct FolderWait {
    since: Steady,
    is_back: bool,
    not_before: Steady,
}

#[derive(Clone, Copy, Debug)]
struct Wait {
    reason: WaitReason,
    since: Steady,
    next_try: Steady,
    /// A request is in flight to show whether the wait is over.
    trying: bool,
}

impl Waits {
    pub(super) fn new(seed: u64, budget: RequestBudget) -> Self {
        Self {
            network: None,
            backoff: Backoff::new(seed),
            probing: false,
            session: None,
            folder: None,
            folder_backoff: Backoff::new(seed ^ 4),
            budget: Budget::new(budget),
            spent: None,
        }
    }

    /// Starts to wait, or continues after a failed try. Failures of requests that were already in flight change
    /// nothing, except that a `Retry-After` is respected.
    pub(super) fn enter(&mut self, reason: WaitReason, floor: Option<Duration>, was_try: bool, now: Steady) {
        match &mut self.network {
            Some(wait) if !was_try => {
                wait.next_try = wait.next_try.max(now + floor.unwrap_or_default());
            }
            Some(wait) => {
                if wait.reason != reason {
                    wait.since = now;
                }
                wait.reason = reason;
                wait.next_try = now + self.backoff.delay(floor);
                wait.trying = false;
            }
            None => {
                let next_try = now + self.backoff.delay(floor);
                self.network = Some(Wait { reason, since: now, next_try, trying: false });
            }
        }
    }

    /// Ends the wait, because a request got through. The next wait starts with a short delay.
    pub(super) fn over(&mut self) {
        self.network = None;
        self.backoff.reset();
    }

    /// Ends the wait, which had no reason. The delays of the next one are not reset.
    pub(super) fn lift(&mut self) {
        self.network = None;
    }

    /// Notes a late reply to a request from before the wait. It ends a wait for the network, but not one that the
    /// service asked for.
    pub(super) fn late_success(&mut self) {
        if self.network.is_some_and(|wait| is_of_network(wait.reason)) {
            self.over();
        }
    }

    /// Notes that the try showed nothing, so that another one may go out at once.
    pub(super) fn try_was_inconclusive(&mut self, now: Steady) {
        if let Some(wait) = &mut self.network {
            wait.trying = false;
            wait.next_try = now;
        }
    }

    /// Continues the same wait, because the try was refused for another reason.
    pub(super) fn prolong(&mut self, now: Steady) {
        if let Some(wait) = &mut self.network {
            wait.trying = false;
            wait.next_try = now + self.backoff.delay(None);
        }
    }

    /// Gives the wait a better name.
    pub(super) fn rename(&mut self, reason: WaitReason) {
        if let Some(wait) = &mut self.network {
            wait.reason = reason;
        }
    }

    /// Makes a wait that may be over due at once.
    pub(super) fn try_now(&mut self, now: Steady) {
        if let Some(wait) = &mut self.network
            && wait.reason != WaitReason::Firewall
        {
            wait.next_try = wait.next_try.min(now);
        }
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.network.is_some()
    }

    pub(super) fn reason(&self) -> Option<WaitReason> {
        self.network.map(|wait| wait.reason)
    }

    /// Returns the number of consecutive failures.
    pub(super) fn failures(&self) -> u32 {
        self.backoff.attempt()
    }

    /// Returns a delay for which no wait is shown.
    pub(super) fn quiet_delay(&mut self) -> Duration {
        self.backoff.delay(None)
    }

    /// Whether a request may go out. During a wait, only one at a time may, when it is due.
    pub(super) fn allows_request(&self, now: Steady) -> bool {
        let network = self.network.is_none_or(|wait| !wait.trying && wait.next_try <= now);
        network && self.session.is_none() && !self.probing
    }

    /// Whether nothing is waited for, or the wait is due for another try.
    pub(super) fn is_due(&self, now: Steady) -> bool {
        self.network.is_none_or(|wait| wait.next_try <= now)
    }

    /// Notes that the one request of the wait is in flight.
    pub(super) fn tried(&mut self) {
        if let Some(wait) = &mut self.network {
            wait.trying = true;
        }
    }

    /// Takes one request from the budget.
    pub(super) fn take_budget(&mut self, now: Steady) -> bool {
        match self.budget.take(now) {
            Ok(()) => {
                self.spent = None;
                true
            }
            Err(until) => {
                let since = self.spent.map_or(now, |(since, _)| since);
                self.spent = Some((since, until));
                false
            }
        }
    }

    /// Starts a probe, unless one is in flight.
    pub(super) fn probe(&mut self) -> bool {
        !std::mem::replace(&mut self.probing, true)
    }

    /// Notes that the probe came back. Returns whether one was in flight.
    pub(super) fn probed(&mut self) -> bool {
        std::mem::replace(&mut self.probing, false)
    }

    pub(super) fn session_lost(&mut self, reason: WaitReason, now: Steady) {
        let since = self.session.filter(|(known, _)| *known == reason).map_or(now, |(_, since)| since);
        self.session = Some((reason, since));
    }

    /// Notes that the transfer's person has a usable session. That ends a wait for it, also one that a request started.
    pub(super) fn session_ready(&mut self, now: Steady) {
        self.session = None;
        if self.reason() == Some(WaitReason::DifferentPerson) {
            self.lift();
        }
        self.try_now(now);
    }

    /// Notes that the folder is gone. Returns whether its return must be watched for.
    pub(super) fn folder_gone(&mut self, now: Steady) -> bool {
        match &mut self.folder {
            Some(wait) => std::mem::replace(&mut wait.is_back, false),
            None => {
                // The first time, the folder is read as soon as it is back.
                let first = self.folder_backoff.attempt() == 0;
                let delay = self.folder_backoff.delay(None);
                let not_before = if first { now } else { now + delay };
                self.folder = Some(FolderWait { since: now, is_back: false, not_before });
                true
            }
        }
    }

    /// Notes that the folder answers. It is read when it has been left alone long enough.
    pub(super) fn folder_back(&mut self, now: Steady) {
        if let Some(wait) = &mut self.folder {
            wait.is_back = true;
        }
        self.end_folder_wait(now);
    }

    /// Ends the wait for a folder that is back, once it has been left alone long enough.
    pub(super) fn end_folder_wait(&mut self, now: Steady) {
        self.folder = self.folder.filter(|wait| !wait.is_back || wait.not_before > now);
    }

    /// Notes that something of the folder could be read: the next wait is short again.
    pub(super) fn folder_read(&mut self) {
        self.folder_backoff.reset();
    }

    pub(super) fn is_folder_gone(&self) -> bool {
        self.folder.is_some()
    }

    pub(super) fn shown(&self, needs: Needs, now: Now) -> Option<Hold> {
        let waiting = |reason, since, next_try| Some(Hold::waiting(reason, since, next_try, now));
        if let Some(wait) = self.folder.filter(|_| needs.folder) {
            return waiting(WaitReason::FolderGone, wait.since, wait.is_back.then_some(wait.not_before));
        }
        if let Some((reason, since)) = self.session.filter(|_| needs.service) {
            return waiting(reason, since, None);
        }
        if let Some(wait) = self.network {
            return waiting(wait.reason, wait.since, Some(wait.next_try));
        }
        let is_long = |(since, until): &(Steady, Steady)| *until > now.steady && until.since(*since) >= PACE;
        let (since, until) = self.spent.filter(|spent| needs.service && is_long(spent))?;
        waiting(WaitReason::SlowDown, since, Some(until))
    }

    /// Returns when the next of the waits changes by itself.
    pub(super) fn due(&self, now: Steady) -> Option<Steady> {
        let network = self.network.filter(|wait| !wait.trying).map(|wait| wait.next_try);
        let budget = self.spent.map(|(_, until)| until);
        let folder = self.folder.filter(|wait| wait.is_back).map(|wait| wait.not_before);
        // A request needs both the network and the budget, so the later of the two counts.
        // One that is due already, and is held up by the folder, must not hide when the folder has been left alone.
        network.max(budget).into_iter().chain(folder).filter(|at| *at > now).min()
    }
}

fn is_of_network(reason: WaitReason) -> bool {
    match reason {
        WaitReason::Offline
        | WaitReason::UploadUnreachable
        | WaitReason::ApiUnreachable
        | WaitReason::SignInUnreachable
        | WaitReason::UnexpectedPage
        | WaitReason::CertificateUntrusted
        | WaitReason::ClockWrong
        | WaitReason::ProxyRefused
        | WaitReason::ProxySignIn
        | WaitReason::ProxyUnreachable
        | WaitReason::ServiceFailed => true,
        WaitReason::SignedOut
        | WaitReason::DifferentPerson
        | WaitReason::SlowDown
        | WaitReason::Firewall
        | WaitReason::PermitRefused
        | WaitReason::RegistrationInDoubt
        | WaitReason::FolderGone
        | WaitReason::DiskFull => false,
    }
}

#[cfg(feature = "inspect")]
impl Waits {
    pub(super) fn inspect(&self, states: &mut crate::inspect::States) {
        use crate::inspect::State;
        states.add_if(self.network.is_some_and(|wait| !wait.trying), State::WaitsForNetwork);
        states.add_if(self.network.is_some_and(|wait| wait.trying), State::WaitsAndTries);
        states.add_if(self.probing, State::Probing);
        states.add_if(self.session.is_some(), State::SessionLost);
        states.add_if(self.folder.is_some_and(|wait| !wait.is_back), State::FolderGone);
        states.add_if(self.folder.is_some_and(|wait| wait.is_back), State::FolderResting);
        states.add_if(self.spent.is_some(), State::BudgetSpent);
    }
}
