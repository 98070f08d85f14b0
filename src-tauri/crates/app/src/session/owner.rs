//! The owner's task: handles one message after another, and nothing in it takes time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use waybill_cloud::{StoredSession, Tokens};
use waybill_engine::session::{Session, SessionAction, SessionEvent, SessionView};
use waybill_model::{Code, Failure, Now, Person, Secret};

use super::held::Held;
use super::kept::Kept;
use super::refreshing::{Plan, Refreshed, newest, refresh_once};
use super::saving::{Saved, Saving, SignInAnswer};
use super::server::SignInServer;
use super::{Access, NoAccess, SessionHandle};
use crate::clock::sleep_until;
use crate::interface::{Notice, SessionState};

/// A message to the owner.
pub(super) enum Message {
    Want(oneshot::Sender<Result<Access, NoAccess>>),
    SignIn { time_limit: Duration, answer: SignInAnswer },
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

/// How long to wait for others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// For another process that uses the stored session.
    pub(super) lock: Duration,
    /// For the service to confirm that a session has ended.
    pub(super) ending: Duration,
    /// Between two attempts to save a session.
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
        held: Held::default(),
        saving: Saving::new(kept, patience.save_again),
        outside: Outside { notices, publish, messages: messages.clone() },
        ending_patience: patience.ending,
        refreshing: None,
        waiters: Vec::new(),
        signing_in: None,
        wake_at: None,
    };
    tokio::spawn(owner.run(inbox));
    SessionHandle::new(messages, state)
}

struct SigningIn {
    cancel: CancellationToken,
    answers: Vec<SignInAnswer>,
}

/// Everybody who hears from the owner, itself included.
struct Outside {
    notices: mpsc::UnboundedSender<Notice>,
    publish: watch::Sender<SessionState>,
    messages: mpsc::UnboundedSender<Message>,
}

struct Owner<S> {
    machine: Session,
    server: Arc<S>,
    held: Held,
    saving: Saving,
    outside: Outside,
    /// How long a sign-out waits for the service to confirm the end of the session.
    ending_patience: Duration,
    /// Calls off the refresh that runs.
    refreshing: Option<CancellationToken>,
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
                if self.held.access().is_some_and(|access| access.token == token) {
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
                SessionAction::Use => self.held.use_arrived(),
                SessionAction::Refresh => self.begin_refresh(),
                SessionAction::Forget => self.forget(),
                SessionAction::WakeAt(at) => self.wake_at = Some(Instant::now() + at.since(now.steady)),
            }
        }
        // Tokens that the machine did not want are dropped.
        self.held.drop_arrived();
        if self.refreshing.is_none() {
            self.saving.save_again(&self.outside.messages, Message::Saved);
        }
        self.settle();
    }

    fn settle(&mut self) {
        let answer = match (self.machine.view(), self.held.access()) {
            (SessionView::Ready, Some(access)) => Some(Ok(access)),
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
        let state = match (self.machine.view(), self.held.person()) {
            _ if self.signing_in.is_some() => SessionState::SigningIn,
            (SessionView::Loading, _) => SessionState::Loading,
            (SessionView::SignedOut(code), _) => SessionState::SignedOut(code),
            (SessionView::Waiting(reason), Some(person)) => SessionState::Waiting(person.clone(), reason),
            (SessionView::Ready | SessionView::Refreshing, Some(person)) => SessionState::SignedIn(person.clone()),
            (SessionView::Ready | SessionView::Refreshing | SessionView::Waiting(_), None) => {
                SessionState::SignedOut(None)
            }
        };
        self.outside.publish.send_if_modified(|current| {
            let changed = *current != state;
            *current = state;
            changed
        });
    }

    fn begin_load(&self) {
        let (kept, messages) = (Arc::clone(self.saving.kept()), self.outside.messages.clone());
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
            self.saving.set_seen(Some(stored.refresh.clone()));
            self.held.restore(stored, now)
        });
        self.step(SessionEvent::Loaded(facts));
    }

    fn begin_refresh(&mut self) {
        let called_off = CancellationToken::new();
        self.refreshing = Some(called_off.clone());
        let plan = Plan {
            generation: self.saving.generation(),
            person: self.held.person().map(|person| person.user_id),
            held: self.held.refresh().cloned(),
            seen: self.saving.seen().cloned(),
            called_off,
        };
        let (server, kept) = (Arc::clone(&self.server), Arc::clone(self.saving.kept()));
        let (saving, messages) = (self.saving.take_running(), self.outside.messages.clone());
        tokio::spawn(async move {
            if let Some(saving) = saving {
                // An older session must not be saved after the new one.
                let _saved = saving.await;
            }
            let refreshed = refresh_once(server.as_ref(), &kept, plan).await;
            // The owner may have ended meanwhile; what was saved is saved.
            let _ended = messages.send(Message::Refreshed(Box::new(refreshed)));
        });
    }

    fn refreshed(&mut self, refreshed: Refreshed) {
        let Refreshed { generation, reply, seen, unsaved } = refreshed;
        if generation == self.saving.generation() {
            self.refreshing = None;
            self.saving.set_seen(seen);
            match (&reply, unsaved) {
                (_, Some((session, failure))) => {
                    let news = self.saving.not_saved(session, failure);
                    self.tell_not_kept(news);
                }
                (Ok(_), None) => self.saving.forget_unsaved(),
                (Err(_), None) => {}
            }
        }
        let reply = reply.map(|tokens| self.held.arrive(tokens));
        self.step(SessionEvent::Refreshed(reply));
    }

    fn begin_sign_in(&mut self, time_limit: Duration, answer: SignInAnswer) {
        if let Some(signing_in) = &mut self.signing_in {
            signing_in.answers.push(answer);
            return;
        }
        let cancel = CancellationToken::new();
        self.signing_in = Some(SigningIn { cancel: cancel.clone(), answers: vec![answer] });
        let server = Arc::clone(&self.server);
        let (notices, messages) = (self.outside.notices.clone(), self.outside.messages.clone());
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
        let session = self.saving.kept().session_of(&tokens);
        let facts = self.held.arrive(tokens);
        self.step(SessionEvent::SignedIn(facts));
        self.saving.save_sign_in(session, answers, self.outside.messages.clone(), Message::Saved);
    }

    fn saved(&mut self, saved: Saved) {
        let news = self.saving.saved(&saved, self.held.refresh());
        self.tell_not_kept(news);
        for answer in saved.answers {
            let outcome = self.held.person().cloned().ok_or_else(|| Failure::from(Code::SignInNeeded));
            let _gone = answer.send(outcome);
        }
    }

    /// Shows the person at once that they are signed out; store and service follow in the background.
    fn sign_out(&mut self, answer: oneshot::Sender<Result<(), Failure>>) {
        let (held, seen) = (self.held.take_refresh(), self.saving.take_seen());
        self.leave_session();
        self.held.forget_tokens();
        self.step(SessionEvent::SignedOut);
        let person = self.held.take_person();
        let (server, kept) = (Arc::clone(&self.server), Arc::clone(self.saving.kept()));
        let (generation, patience, now) = (self.saving.generation(), self.ending_patience, self.now());
        tokio::spawn(async move {
            let (stored, removed) = kept.remove(generation).await;
            let ending = tokio::spawn(async move {
                let (theirs, stored) = stored.map(|stored| (stored.person, stored.refresh)).unzip();
                let (person, refresh) = (person.or(theirs), newest(held, seen.as_ref(), stored));
                if let (Some(person), Some(refresh)) = (person, refresh) {
                    end_there(server.as_ref(), &only_refresh(person, refresh, now)).await;
                }
            });
            // It continues as long as the program runs.
            let _slow = tokio::time::timeout(patience, ending).await;
            // Whoever asked may have gone.
            let _gone = answer.send(removed);
        });
    }

    /// Leaves the session: what still runs for it counts for nothing.
    fn leave_session(&mut self) {
        if let Some(called_off) = self.refreshing.take() {
            called_off.cancel();
        }
        self.saving.leave_session();
    }

    fn forget(&mut self) {
        self.held.forget_tokens();
        self.saving.forget_unsaved();
        let ended: Vec<Secret> = [self.held.take_refresh(), self.saving.take_seen()].into_iter().flatten().collect();
        if ended.is_empty() {
            return;
        }
        let kept = Arc::clone(self.saving.kept());
        tokio::spawn(async move {
            if let Err(failure) = kept.remove_ended(&ended).await {
                tracing::warn!(%failure, "the ended session could not be removed");
            }
        });
    }

    fn tell_not_kept(&self, news: Option<Failure>) {
        if let Some(failure) = news {
            self.tell(Notice::SessionNotKept(failure));
        }
    }

    fn tell(&self, notice: Notice) {
        let _ending = self.outside.notices.send(notice);
    }

    fn now(&self) -> Now {
        self.server.now()
    }
}

/// Best effort: the session is forgotten here in any case, and expires at the service by itself.
async fn end_there(server: &impl SignInServer, tokens: &Tokens) {
    if !matches!(server.end_session(tokens).await, Ok(())) {
        tracing::warn!("the service did not confirm the end of the session");
    }
}

/// Returns the tokens needed to end a session.
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
