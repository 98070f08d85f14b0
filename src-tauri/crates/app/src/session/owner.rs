//! The owner's task: one message after another, and nothing that takes time in between.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use waybill_cloud::{StoredSession, Tokens};
use waybill_engine::session::{Session, SessionAction, SessionEvent, SessionFacts, SessionView};
use waybill_model::{Code, Failure, Now, Person, Secret};

use super::kept::Kept;
use super::refreshing::{Plan, Refreshed, newest, refresh_once};
use super::server::SignInServer;
use super::{Access, NoAccess, SessionHandle};
use crate::interface::{Notice, SessionState};

/// What the owner hears.
pub(super) enum Message {
    Want(oneshot::Sender<Result<Access, NoAccess>>),
    SignIn { time_limit: Duration, answer: oneshot::Sender<Result<Person, Failure>> },
    CancelSignIn,
    SignOut(oneshot::Sender<Result<(), Failure>>),
    Distrust(Secret),
    Woke,
    Touch,
    Loaded(Result<Option<StoredSession>, Failure>),
    SignInEnded(Result<Tokens, Failure>),
    Refreshed(Box<Refreshed>),
    Saved(Saved),
}

/// What came of saving a session beside the refreshes.
pub(super) struct Saved {
    generation: u64,
    session: Option<StoredSession>,
    outcome: Result<(), Failure>,
    /// Whoever waits for the sign-in that it was.
    answers: Vec<oneshot::Sender<Result<Person, Failure>>>,
}

/// How long is waited for what is not the session's own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Another process that is at the stored session.
    pub(super) lock: Duration,
    /// The service's word that a session has ended there.
    pub(super) ending: Duration,
    /// Between two tries to save a session.
    pub(super) save_again: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { lock: Duration::from_secs(60), ending: Duration::from_secs(20), save_again: Duration::from_secs(30) }
    }
}

/// Starts the owner.
pub(super) fn start<S: SignInServer>(
    server: Arc<S>,
    kept: Kept,
    notices: mpsc::UnboundedSender<Notice>,
    seed: u64,
    patience: Patience,
) -> SessionHandle {
    let (messages, inbox) = mpsc::unbounded_channel();
    let (publish, state) = watch::channel(SessionState::Loading);
    let owner = Owner {
        machine: Session::new(seed),
        server,
        generation: kept.next_generation(),
        kept: Arc::new(kept),
        patience,
        notices,
        publish,
        messages: messages.clone(),
        tokens: None,
        person: None,
        refresh: None,
        seen: None,
        arrived: None,
        refreshing: None,
        saving: None,
        unsaved: None,
        waiters: Vec::new(),
        signing_in: None,
        wake_at: None,
    };
    tokio::spawn(owner.run(inbox));
    SessionHandle::new(messages, state)
}

struct SigningIn {
    cancel: CancellationToken,
    answers: Vec<oneshot::Sender<Result<Person, Failure>>>,
}

/// A session that the store has not taken.
struct Unsaved {
    session: StoredSession,
    next_try: Instant,
}

struct Owner<S> {
    machine: Session,
    server: Arc<S>,
    kept: Arc<Kept>,
    /// Counts sign-ins and sign-outs: what was begun under an earlier number belongs to a session that is no more.
    generation: u64,
    patience: Patience,
    notices: mpsc::UnboundedSender<Notice>,
    publish: watch::Sender<SessionState>,
    messages: mpsc::UnboundedSender<Message>,
    tokens: Option<Tokens>,
    person: Option<Person>,
    /// The newest refresh token.
    refresh: Option<Secret>,
    /// The refresh token that the store held when it was last looked at.
    seen: Option<Secret>,
    /// Tokens that the machine has not judged yet.
    arrived: Option<Tokens>,
    /// Calls off the refresh that runs.
    refreshing: Option<CancellationToken>,
    /// The saving that runs, or ran last.
    saving: Option<JoinHandle<()>>,
    unsaved: Option<Unsaved>,
    waiters: Vec<oneshot::Sender<Result<Access, NoAccess>>>,
    signing_in: Option<SigningIn>,
    wake_at: Option<Instant>,
}

impl<S: SignInServer> Owner<S> {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Message>) {
        self.begin_load();
        loop {
            let wake = self.wake_at;
            let message = tokio::select! {
                message = inbox.recv() => message,
                () = sleep_until(wake) => {
                    self.wake_at = None;
                    self.step(SessionEvent::TimeReached);
                    continue;
                }
            };
            let Some(message) = message else { break };
            self.take(message);
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Want(answer) => {
                self.waiters.push(answer);
                self.step(SessionEvent::Wanted);
            }
            Message::SignIn { time_limit, answer } => self.begin_sign_in(time_limit, answer),
            Message::CancelSignIn => {
                if let Some(signing_in) = &self.signing_in {
                    signing_in.cancel.cancel();
                }
            }
            Message::SignInEnded(result) => self.end_sign_in(result),
            Message::SignOut(answer) => self.sign_out(answer),
            Message::Distrust(token) => {
                if self.tokens.as_ref().is_some_and(|tokens| tokens.access == token) {
                    self.step(SessionEvent::Distrusted);
                }
            }
            Message::Touch => self.step(SessionEvent::Wanted),
            Message::Woke => self.step(SessionEvent::Woke),
            Message::Loaded(loaded) => self.loaded(loaded),
            Message::Refreshed(refreshed) => self.refreshed(*refreshed),
            Message::Saved(saved) => self.saved(saved),
        }
    }

    fn step(&mut self, event: SessionEvent) {
        let now = self.now();
        for action in self.machine.handle(event, now.steady) {
            match action {
                SessionAction::Use => self.use_arrived(),
                SessionAction::Refresh => self.begin_refresh(),
                SessionAction::Forget => self.forget(),
                SessionAction::WakeAt(at) => self.wake_at = Some(Instant::now() + at.since(now.steady)),
            }
        }
        // What the machine did not want is of no use to anybody.
        self.arrived = None;
        self.save_again();
        self.settle();
    }

    fn settle(&mut self) {
        let answer = match (self.machine.view(), &self.tokens) {
            (SessionView::Ready, Some(tokens)) => {
                Some(Ok(Access { token: tokens.access.clone(), person: tokens.person.clone() }))
            }
            (SessionView::SignedOut(code), _) => Some(Err(NoAccess::SignedOut(code.unwrap_or(Code::SignInNeeded)))),
            (SessionView::Waiting(reason), _) => Some(Err(NoAccess::Waiting(reason))),
            (SessionView::Ready, None) | (SessionView::Loading | SessionView::Refreshing, _) => None,
        };
        if let Some(answer) = answer {
            for waiter in self.waiters.drain(..) {
                // Whoever asked may have gone.
                let _gone = waiter.send(answer.clone());
            }
        }
        let state = match (self.machine.view(), &self.person) {
            _ if self.signing_in.is_some() => SessionState::SigningIn,
            (SessionView::Loading, _) => SessionState::Loading,
            (SessionView::SignedOut(code), _) => SessionState::SignedOut(code),
            (SessionView::Waiting(reason), Some(person)) => SessionState::Waiting(person.clone(), reason),
            (SessionView::Ready | SessionView::Refreshing, Some(person)) => SessionState::SignedIn(person.clone()),
            (SessionView::Ready | SessionView::Refreshing | SessionView::Waiting(_), None) => {
                SessionState::SignedOut(None)
            }
        };
        self.publish.send_if_modified(|current| {
            let changed = *current != state;
            *current = state;
            changed
        });
    }

    fn begin_load(&self) {
        let kept = Arc::clone(&self.kept);
        let messages = self.messages.clone();
        tokio::spawn(async move {
            let loaded = kept.load().await;
            let _ended = messages.send(Message::Loaded(loaded));
        });
    }

    fn loaded(&mut self, loaded: Result<Option<StoredSession>, Failure>) {
        if self.machine.view() != SessionView::Loading {
            // Somebody has signed in or out meanwhile.
            return;
        }
        let stored = loaded.unwrap_or_else(|failure| {
            self.tell(Notice::SessionNotKept(failure));
            None
        });
        let now = self.now();
        let facts = stored.map(|stored| {
            let facts = SessionFacts {
                person: stored.person.user_id,
                obtained: now.steady,
                // There is no access token yet.
                access_life: Duration::ZERO,
                refresh_life: stored.refresh_expires.map(|at| at.since(now.server)),
            };
            self.person = Some(stored.person);
            self.seen = Some(stored.refresh.clone());
            self.refresh = Some(stored.refresh);
            facts
        });
        self.step(SessionEvent::Loaded(facts));
    }

    fn use_arrived(&mut self) {
        if let Some(tokens) = self.arrived.take() {
            self.person = Some(tokens.person.clone());
            self.refresh.clone_from(&tokens.refresh);
            self.tokens = Some(tokens);
        }
    }

    fn begin_refresh(&mut self) {
        let called_off = CancellationToken::new();
        self.refreshing = Some(called_off.clone());
        let plan =
            Plan { generation: self.generation, held: self.refresh.clone(), seen: self.seen.clone(), called_off };
        let (server, kept) = (Arc::clone(&self.server), Arc::clone(&self.kept));
        let saving = self.saving.take();
        let messages = self.messages.clone();
        tokio::spawn(async move {
            if let Some(saving) = saving {
                // An older session must not be saved after the one that comes now.
                let _saved = saving.await;
            }
            let refreshed = refresh_once(server.as_ref(), &kept, plan).await;
            // The owner may have ended meanwhile; what was saved is saved.
            let _ended = messages.send(Message::Refreshed(Box::new(refreshed)));
        });
    }

    fn refreshed(&mut self, refreshed: Refreshed) {
        let Refreshed { generation, reply, seen, unsaved } = refreshed;
        if generation == self.generation {
            self.refreshing = None;
            self.seen = seen;
            match (&reply, unsaved) {
                (_, Some((session, failure))) => self.not_saved(session, failure),
                (Ok(_), None) => self.unsaved = None,
                (Err(_), None) => {}
            }
        }
        let reply = reply.map(|tokens| {
            let facts = facts_of(&tokens);
            self.arrived = Some(tokens);
            facts
        });
        self.step(SessionEvent::Refreshed(reply));
    }

    fn begin_sign_in(&mut self, time_limit: Duration, answer: oneshot::Sender<Result<Person, Failure>>) {
        if let Some(signing_in) = &mut self.signing_in {
            signing_in.answers.push(answer);
            return;
        }
        let cancel = CancellationToken::new();
        self.signing_in = Some(SigningIn { cancel: cancel.clone(), answers: vec![answer] });
        let server = Arc::clone(&self.server);
        let notices = self.notices.clone();
        let messages = self.messages.clone();
        tokio::spawn(async move {
            let show = |url: &url::Url| {
                // Nobody listens when the program is ending.
                let _ending = notices.send(Notice::SignInUrl(url.clone()));
            };
            let result = server.sign_in(show, time_limit, &cancel).await;
            let _ended = messages.send(Message::SignInEnded(result));
        });
        self.settle();
    }

    fn end_sign_in(&mut self, result: Result<Tokens, Failure>) {
        let answers = self.signing_in.take().map(|signing_in| signing_in.answers).unwrap_or_default();
        let tokens = match result {
            Ok(tokens) => tokens,
            Err(failure) => {
                self.settle();
                for answer in answers {
                    let _gone = answer.send(Err(failure.clone()));
                }
                return;
            }
        };
        self.leave_session();
        let (facts, session) = (facts_of(&tokens), self.kept.session_of(&tokens));
        self.arrived = Some(tokens);
        self.step(SessionEvent::SignedIn(facts));
        let (kept, generation) = (Arc::clone(&self.kept), self.generation);
        let messages = self.messages.clone();
        // Whoever signed in hears of it when the session is kept: the program may end then.
        self.saving = Some(tokio::spawn(async move {
            let outcome = match session.clone() {
                Some(session) => kept.save_sign_in(generation, session).await,
                None => Ok(()),
            };
            let _ended = messages.send(Message::Saved(Saved { generation, session, outcome, answers }));
        }));
    }

    fn saved(&mut self, saved: Saved) {
        let Saved { generation, session, outcome, answers } = saved;
        if let Some(session) = session.filter(|_| generation == self.generation) {
            match outcome {
                Err(failure) => self.not_saved(session, failure),
                Ok(()) => {
                    let newer = self.unsaved.as_ref().is_some_and(|unsaved| unsaved.session != session);
                    if !newer {
                        self.unsaved = None;
                        // A refresh that came between has looked since.
                        if self.refresh.as_ref() == Some(&session.refresh) {
                            self.seen = Some(session.refresh);
                        }
                    }
                }
            }
        }
        for answer in answers {
            let outcome = self.person.clone().ok_or_else(|| Failure::from(Code::SignInNeeded));
            let _gone = answer.send(outcome);
        }
    }

    fn not_saved(&mut self, session: StoredSession, failure: Failure) {
        tracing::warn!(%failure, "the session could not be saved");
        if self.unsaved.is_none() {
            self.tell(Notice::SessionNotKept(failure));
        }
        self.unsaved = Some(Unsaved { session, next_try: Instant::now() + self.patience.save_again });
    }

    /// The store has not taken a session: it is asked again at the next opportunity, but not at every one.
    fn save_again(&mut self) {
        let busy = self.refreshing.is_some() || self.saving.as_ref().is_some_and(|saving| !saving.is_finished());
        let due = self.unsaved.as_ref().filter(|unsaved| unsaved.next_try <= Instant::now());
        let Some(unsaved) = due.filter(|_| !busy) else { return };
        let (session, seen) = (unsaved.session.clone(), self.seen.clone());
        let (kept, generation) = (Arc::clone(&self.kept), self.generation);
        let messages = self.messages.clone();
        self.saving = Some(tokio::spawn(async move {
            let outcome = kept.save_again(generation, session.clone(), seen).await;
            let session = Some(session);
            let _ended = messages.send(Message::Saved(Saved { generation, session, outcome, answers: Vec::new() }));
        }));
    }

    /// The person sees it at once; the store and the service are told beside it.
    fn sign_out(&mut self, answer: oneshot::Sender<Result<(), Failure>>) {
        let (held, seen) = (self.refresh.take(), self.seen.take());
        self.leave_session();
        self.tokens = None;
        self.step(SessionEvent::SignedOut);
        let person = self.person.take();
        let (server, kept) = (Arc::clone(&self.server), Arc::clone(&self.kept));
        let (generation, patience, now) = (self.generation, self.patience.ending, self.now());
        tokio::spawn(async move {
            let (stored, removed) = kept.remove(generation).await;
            let ending = tokio::spawn(async move {
                let (theirs, stored) = stored.map(|stored| (stored.person, stored.refresh)).unzip();
                let (person, refresh) = (person.or(theirs), newest(held, seen.as_ref(), stored));
                if let (Some(person), Some(refresh)) = (person, refresh) {
                    end_there(server.as_ref(), &only_refresh(person, refresh, now)).await;
                }
            });
            // It goes on while the program does.
            let _slow = tokio::time::timeout(patience, ending).await;
            // Whoever asked may have gone.
            let _gone = answer.send(removed);
        });
    }

    /// What runs for the session of the moment belongs to nobody from here on.
    fn leave_session(&mut self) {
        if let Some(called_off) = self.refreshing.take() {
            called_off.cancel();
        }
        self.unsaved = None;
        self.generation = self.kept.next_generation();
    }

    fn forget(&mut self) {
        self.tokens = None;
        self.unsaved = None;
        let ended: Vec<Secret> = [self.refresh.take(), self.seen.take()].into_iter().flatten().collect();
        if ended.is_empty() {
            return;
        }
        let kept = Arc::clone(&self.kept);
        tokio::spawn(async move {
            if let Err(failure) = kept.remove_ended(&ended).await {
                tracing::warn!(%failure, "the ended session could not be removed");
            }
        });
    }

    fn tell(&self, notice: Notice) {
        let _ending = self.notices.send(notice);
    }

    fn now(&self) -> Now {
        self.server.now()
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// Best effort: the session is forgotten here in any case, and ends at the service by its own time.
async fn end_there(server: &impl SignInServer, tokens: &Tokens) {
    if !matches!(server.end_session(tokens).await, Ok(())) {
        tracing::warn!("the service did not confirm the end of the session");
    }
}

/// As much as it takes to end a session.
fn only_refresh(person: Person, refresh: Secret, now: Now) -> Tokens {
    Tokens {
        access: Secret::new(String::new()),
        refresh: Some(refresh),
        id: None,
        obtained: now,
        access_expires: now.server,
        refresh_expires: None,
        person,
    }
}

fn facts_of(tokens: &Tokens) -> SessionFacts {
    SessionFacts {
        person: tokens.person.user_id,
        obtained: tokens.obtained.steady,
        access_life: tokens.access_expires.since(tokens.obtained.server),
        refresh_life: tokens.refresh_expires.map(|at| at.since(tokens.obtained.server)),
    }
}
