//! The owner's side of the store: what it held when it was last read, and what is being saved there.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use waybill_cloud::StoredSession;
use waybill_model::{Failure, Person, Secret};

use super::kept::Kept;

/// Who waits for a sign-in.
pub(super) type SignInAnswer = oneshot::Sender<Result<Person, Failure>>;

/// The result of saving a session outside a refresh.
pub(super) struct Saved {
    generation: u64,
    session: Option<StoredSession>,
    outcome: Result<(), Failure>,
    /// Whoever waits for the sign-in that it belongs to.
    pub(super) answers: Vec<SignInAnswer>,
}

/// A session that the store has not taken.
struct Unsaved {
    session: StoredSession,
    next_try: Instant,
}

pub(super) struct Saving {
    kept: Arc<Kept>,
    /// Counts sign-ins and sign-outs: what was started under an earlier number belongs to a session that is no more.
    generation: u64,
    /// The refresh token that the store held when it was last read.
    seen: Option<Secret>,
    /// The saving that runs, or ran last.
    running: Option<JoinHandle<()>>,
    unsaved: Option<Unsaved>,
    /// The time between two attempts to save a session.
    again: Duration,
}

impl Saving {
    pub(super) fn new(kept: Kept, again: Duration) -> Self {
        let generation = kept.next_generation();
        Self { kept: Arc::new(kept), generation, seen: None, running: None, unsaved: None, again }
    }

    pub(super) fn kept(&self) -> &Arc<Kept> {
        &self.kept
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) fn seen(&self) -> Option<&Secret> {
        self.seen.as_ref()
    }

    pub(super) fn set_seen(&mut self, seen: Option<Secret>) {
        self.seen = seen;
    }

    pub(super) fn take_seen(&mut self) -> Option<Secret> {
        self.seen.take()
    }

    /// Hands over the saving that runs to the caller, who waits for it: an older session must not be saved after a
    /// newer one.
    pub(super) fn take_running(&mut self) -> Option<JoinHandle<()>> {
        self.running.take()
    }

    /// Drops what was not saved.
    pub(super) fn forget_unsaved(&mut self) {
        self.unsaved = None;
    }

    /// Leaves the session: what still runs for it counts for nothing.
    pub(super) fn leave_session(&mut self) {
        self.unsaved = None;
        self.generation = self.kept.next_generation();
    }

    /// Saves the session of a person who has just signed in. `report` is called when the session is kept: the program
    /// may end then.
    pub(super) fn save_sign_in<M: Send + 'static>(
        &mut self,
        session: Option<StoredSession>,
        answers: Vec<SignInAnswer>,
        messages: mpsc::UnboundedSender<M>,
        report: fn(Saved) -> M,
    ) {
        let (kept, generation) = (Arc::clone(&self.kept), self.generation);
        self.running = Some(tokio::spawn(async move {
            let outcome = match session.clone() {
                Some(session) => kept.save_sign_in(generation, session).await,
                None => Ok(()),
            };
            let _ended = messages.send(report(Saved { generation, session, outcome, answers }));
        }));
    }

    /// Saves a session that the store has not taken: at the next opportunity, but not at every one.
    pub(super) fn save_again<M: Send + 'static>(
        &mut self,
        messages: &mpsc::UnboundedSender<M>,
        report: fn(Saved) -> M,
    ) {
        let busy = self.running.as_ref().is_some_and(|running| !running.is_finished());
        let due = self.unsaved.as_ref().filter(|unsaved| unsaved.next_try <= Instant::now());
        let Some(unsaved) = due.filter(|_| !busy) else { return };
        let (session, seen) = (unsaved.session.clone(), self.seen.clone());
        let (kept, generation, messages) = (Arc::clone(&self.kept), self.generation, messages.clone());
        self.running = Some(tokio::spawn(async move {
            let outcome = kept.save_again(generation, session.clone(), seen).await;
            let (session, answers) = (Some(session), Vec::new());
            let _ended = messages.send(report(Saved { generation, session, outcome, answers }));
        }));
    }

    /// Takes note of the result of a saving; `held` is the refresh token in memory. Returns the failure if it is news.
    pub(super) fn saved(&mut self, saved: &Saved, held: Option<&Secret>) -> Option<Failure> {
        let session = saved.session.clone().filter(|_| saved.generation == self.generation)?;
        if let Err(failure) = &saved.outcome {
            return self.not_saved(session, failure.clone());
        }
        let newer = self.unsaved.as_ref().is_some_and(|unsaved| unsaved.session != session);
        if !newer {
            self.unsaved = None;
            // A refresh in between has read the store since.
            if held == Some(&session.refresh) {
                self.seen = Some(session.refresh);
            }
        }
        None
    }

    /// Keeps a session for the next attempt. Returns the failure if it is news.
    pub(super) fn not_saved(&mut self, session: StoredSession, failure: Failure) -> Option<Failure> {
        tracing::warn!(%failure, "the session could not be saved");
        let news = self.unsaved.is_none().then_some(failure);
        self.unsaved = Some(Unsaved { session, next_try: Instant::now() + self.again });
        news
    }
}
