//! The one owner of the tokens.
//!
//! Everybody who needs a token asks here; one refresh runs at a time, across processes too, and the new refresh token
//! is saved before the new access token is used. A crash between the service's answer and the saving loses the session
//! where refresh tokens rotate: then a person signs in again, and the transfer goes on.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use waybill_cloud::{SessionLock, StoredSession, TokenStore, Tokens, addresses_of, end_session, refresh, sign_in};
use waybill_engine::session::{Session, SessionAction, SessionEvent, SessionFacts, SessionView};
use waybill_model::{Code, Failure, LocalFault, Person, Reply, Secret, ServiceProfile, Timestamp, WaitReason};

use crate::connection::Connection;
use crate::interface::{Notice, SessionState};

/// A token, and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) token: Secret,
    pub(crate) person: Person,
}

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAccess {
    /// A person has to sign in.
    SignedOut(Code),
    /// It ends by itself.
    Waiting(WaitReason),
}

impl NoAccess {
    pub(crate) fn reason(self) -> WaitReason {
        match self {
            Self::SignedOut(_) => WaitReason::SignedOut,
            Self::Waiting(reason) => reason,
        }
    }

    pub(crate) fn code(self) -> Code {
        match self {
            Self::SignedOut(code) => code,
            Self::Waiting(reason) => reason.code(),
        }
    }
}

/// Speaks to the owner.
#[derive(Clone)]
pub(crate) struct SessionHandle {
    messages: mpsc::UnboundedSender<Message>,
    state: watch::Receiver<SessionState>,
}

enum Message {
    Want(oneshot::Sender<Result<Access, NoAccess>>),
    SignIn { time_limit: Duration, answer: oneshot::Sender<Result<Person, Failure>> },
    CancelSignIn,
    SignOut(oneshot::Sender<Result<(), Failure>>),
    Distrust(Secret),
    Woke,
    Touch,
    SignInEnded(Result<Tokens, Failure>),
    Refreshed(Reply<Tokens>),
}

impl SessionHandle {
    /// A token that is good for at least the next minute.
    pub(crate) async fn access(&self) -> Result<Access, NoAccess> {
        let (answer, reply) = oneshot::channel();
        let gone = NoAccess::SignedOut(Code::SignInNeeded);
        self.messages.send(Message::Want(answer)).map_err(|_| gone)?;
        reply.await.map_err(|_| gone)?
    }

    pub(crate) async fn sign_in(&self, time_limit: Duration) -> Result<Person, Failure> {
        let (answer, reply) = oneshot::channel();
        self.send(Message::SignIn { time_limit, answer });
        reply.await.unwrap_or_else(|_| Err(Code::Internal.into()))
    }

    pub(crate) fn cancel_sign_in(&self) {
        self.send(Message::CancelSignIn);
    }

    pub(crate) async fn sign_out(&self) -> Result<(), Failure> {
        let (answer, reply) = oneshot::channel();
        self.send(Message::SignOut(answer));
        reply.await.unwrap_or_else(|_| Err(Code::Internal.into()))
    }

    /// The service answered 401 to this token. A late word about a token that is not used any more changes nothing.
    pub(crate) fn distrust(&self, token: Secret) {
        self.send(Message::Distrust(token));
    }

    /// A transfer runs: the session is wanted, also while no token is.
    pub(crate) fn touch(&self) {
        self.send(Message::Touch);
    }

    pub(crate) fn woke(&self) {
        self.send(Message::Woke);
    }

    pub(crate) fn state(&self) -> watch::Receiver<SessionState> {
        self.state.clone()
    }

    fn send(&self, message: Message) {
        // An owner that has ended has nothing to be told.
        let _ended = self.messages.send(message);
    }
}

/// Starts the owner.
pub(crate) fn start(
    connection: Arc<Connection>,
    store: Box<dyn TokenStore>,
    lock_dir: std::path::PathBuf,
    notices: mpsc::UnboundedSender<Notice>,
    seed: u64,
) -> SessionHandle {
    let (messages, inbox) = mpsc::unbounded_channel();
    let (publish, state) = watch::channel(SessionState::Loading);
    let owner = Owner {
        machine: Session::new(seed),
        connection,
        store: Arc::from(store),
        lock_dir,
        notices,
        publish,
        messages: messages.clone(),
        tokens: None,
        person: None,
        refresh: None,
        waiters: Vec::new(),
        signing_in: None,
        wake_at: None,
    };
    tokio::spawn(owner.run(inbox));
    SessionHandle { messages, state }
}

struct SigningIn {
    cancel: CancellationToken,
    answers: Vec<oneshot::Sender<Result<Person, Failure>>>,
}

struct Owner {
    machine: Session,
    connection: Arc<Connection>,
    store: Arc<dyn TokenStore>,
    lock_dir: std::path::PathBuf,
    notices: mpsc::UnboundedSender<Notice>,
    publish: watch::Sender<SessionState>,
    messages: mpsc::UnboundedSender<Message>,
    tokens: Option<Tokens>,
    person: Option<Person>,
    refresh: Option<Secret>,
    waiters: Vec<oneshot::Sender<Result<Access, NoAccess>>>,
    signing_in: Option<SigningIn>,
    wake_at: Option<Instant>,
}

impl Owner {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Message>) {
        self.load().await;
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
            self.take(message).await;
        }
    }

    async fn load(&mut self) {
        let store = Arc::clone(&self.store);
        let loaded = tokio::task::spawn_blocking(move || store.load()).await;
        let stored = match loaded {
            Ok(Ok(stored)) => stored,
            Ok(Err(failure)) => {
                self.tell(Notice::SessionNotKept(failure));
                None
            }
            Err(_) => None,
        };
        let now = self.now();
        let facts = stored.map(|stored| {
            let facts = SessionFacts {
                person: stored.person.user_id,
                obtained: now,
                access_expires: now,
                refresh_expires: stored.refresh_expires,
            };
            self.person = Some(stored.person);
            self.refresh = Some(stored.refresh);
            facts
        });
        self.step(SessionEvent::Loaded(facts));
    }

    async fn take(&mut self, message: Message) {
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
            Message::SignInEnded(result) => self.end_sign_in(result).await,
            Message::SignOut(answer) => {
                let result = self.sign_out().await;
                self.step(SessionEvent::SignedOut);
                // Whoever asked may have gone.
                let _gone = answer.send(result);
            }
            Message::Distrust(token) => {
                if self.tokens.as_ref().is_some_and(|tokens| tokens.access == token) {
                    self.step(SessionEvent::Distrusted);
                }
            }
            Message::Touch => self.step(SessionEvent::Wanted),
            Message::Woke => self.step(SessionEvent::Woke),
            Message::Refreshed(reply) => {
                let reply = match reply {
                    Reply::Done(tokens) => {
                        let facts = facts_of(&tokens);
                        self.keep(tokens).await;
                        Reply::Done(facts)
                    }
                    Reply::Refused(refusal) => Reply::Refused(refusal),
                    Reply::NoAnswer(silence) => Reply::NoAnswer(silence),
                    Reply::NotSent(fault) => Reply::NotSent(fault),
                };
                self.step(SessionEvent::Refreshed(reply));
            }
        }
    }

    fn step(&mut self, event: SessionEvent) {
        let now = self.now();
        for action in self.machine.handle(event, now) {
            match action {
                SessionAction::Refresh => self.begin_refresh(),
                SessionAction::Forget => self.forget(),
                SessionAction::WakeAt(at) => self.wake_at = Some(Instant::now() + at.since(now)),
            }
        }
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

    fn begin_refresh(&mut self) {
        let connection = Arc::clone(&self.connection);
        let store = Arc::clone(&self.store);
        let lock_dir = self.lock_dir.clone();
        let held = self.refresh.clone();
        let messages = self.messages.clone();
        tokio::spawn(async move {
            let reply = refresh_once(&connection, store, lock_dir, held).await;
            // The owner may have ended meanwhile; what was saved is saved.
            let _ended = messages.send(Message::Refreshed(reply));
        });
    }

    fn begin_sign_in(&mut self, time_limit: Duration, answer: oneshot::Sender<Result<Person, Failure>>) {
        if let Some(signing_in) = &mut self.signing_in {
            signing_in.answers.push(answer);
            return;
        }
        let cancel = CancellationToken::new();
        self.signing_in = Some(SigningIn { cancel: cancel.clone(), answers: vec![answer] });
        let connection = Arc::clone(&self.connection);
        let notices = self.notices.clone();
        let messages = self.messages.clone();
        tokio::spawn(async move {
            let result = match connection.provider().await {
                Reply::Done(provider) => {
                    let clock = connection.clock.clone();
                    let show = |url: &url::Url| {
                        // Nobody listens when the program is ending.
                        let _ending = notices.send(Notice::SignInUrl(url.clone()));
                    };
                    let now = move || clock.now();
                    sign_in(&connection.net, provider, now, show, time_limit, cancel.cancelled()).await
                }
                Reply::Refused(refusal) => {
                    Err(Failure::new(Code::SignInUnreachable, format!("discovery answered {}", refusal.status)))
                }
                Reply::NoAnswer(silence) => {
                    Err(Failure::new(crate::doctor::code_of_silence(&silence, Code::SignInUnreachable), silence.detail))
                }
                Reply::NotSent(fault) => Err(Failure::new(Code::HostNotAllowed, format!("{fault:?}"))),
            };
            let _ended = messages.send(Message::SignInEnded(result));
        });
        self.settle();
    }

    async fn end_sign_in(&mut self, result: Result<Tokens, Failure>) {
        let answers = self.signing_in.take().map(|signing_in| signing_in.answers).unwrap_or_default();
        let outcome = match result {
            Ok(tokens) => {
                let person = tokens.person.clone();
                let facts = facts_of(&tokens);
                self.keep(tokens).await;
                self.step(SessionEvent::SignedIn(facts));
                Ok(person)
            }
            Err(failure) => {
                self.settle();
                Err(failure)
            }
        };
        for answer in answers {
            let _gone = answer.send(outcome.clone());
        }
    }

    async fn sign_out(&mut self) -> Result<(), Failure> {
        let tokens = self.tokens.clone().or_else(|| self.stored_as_tokens());
        if let (Some(tokens), Reply::Done(provider)) = (tokens, self.connection.provider().await) {
            // Best effort: the session is forgotten here in any case, and ends at the service by its own time.
            if !matches!(end_session(&self.connection.net, provider, &tokens).await, Reply::Done(())) {
                tracing::warn!("the service did not confirm the end of the session");
            }
        }
        self.tokens = None;
        self.person = None;
        self.refresh = None;
        let store = Arc::clone(&self.store);
        tokio::task::spawn_blocking(move || store.clear()).await.unwrap_or(Ok(()))
    }

    fn stored_as_tokens(&self) -> Option<Tokens> {
        let now = self.now();
        Some(Tokens {
            access: Secret::new(String::new()),
            refresh: Some(self.refresh.clone()?),
            id: None,
            obtained: now,
            access_expires: now,
            refresh_expires: None,
            person: self.person.clone()?,
        })
    }

    fn forget(&mut self) {
        self.tokens = None;
        self.refresh = None;
        let store = Arc::clone(&self.store);
        tokio::task::spawn_blocking(move || {
            if let Err(failure) = store.clear() {
                tracing::warn!(%failure, "the ended session could not be removed");
            }
        });
    }

    /// Takes new tokens into use. Refreshed ones are saved already; this saves those of a sign-in.
    async fn keep(&mut self, tokens: Tokens) {
        if let Some(failure) = save(&self.store, self.connection.profile(), &tokens).await {
            self.tell(Notice::SessionNotKept(failure));
        }
        self.person = Some(tokens.person.clone());
        self.refresh.clone_from(&tokens.refresh);
        self.tokens = Some(tokens);
    }

    fn tell(&self, notice: Notice) {
        let _ending = self.notices.send(notice);
    }

    fn now(&self) -> Timestamp {
        self.connection.clock.now()
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn facts_of(tokens: &Tokens) -> SessionFacts {
    SessionFacts {
        person: tokens.person.user_id,
        obtained: tokens.obtained,
        access_expires: tokens.access_expires,
        refresh_expires: tokens.refresh_expires,
    }
}

/// One refresh, alone among all processes: under the lock the store is read again, for another process may have
/// refreshed since; the new token is saved before the lock is let go.
async fn refresh_once(
    connection: &Connection,
    store: Arc<dyn TokenStore>,
    lock_dir: std::path::PathBuf,
    held: Option<Secret>,
) -> Reply<Tokens> {
    let lock = match SessionLock::acquire(&lock_dir).await {
        Ok(lock) => Some(lock),
        Err(failure) => {
            tracing::warn!(%failure, "refreshing without the lock between processes");
            None
        }
    };
    let reading = Arc::clone(&store);
    let Ok(stored) = tokio::task::spawn_blocking(move || reading.load()).await else {
        return Reply::NotSent(LocalFault::CalledOff);
    };
    let newest = stored.ok().flatten().map(|stored| stored.refresh).or(held);
    let Some(token) = newest else {
        return Reply::NotSent(LocalFault::Blocked(WaitReason::SignedOut));
    };
    let reply = match connection.provider().await {
        Reply::Done(provider) => refresh(&connection.net, provider, &token, connection.clock.now()).await,
        Reply::Refused(refusal) => Reply::Refused(refusal),
        Reply::NoAnswer(silence) => Reply::NoAnswer(silence),
        Reply::NotSent(fault) => Reply::NotSent(fault),
    };
    if let Reply::Done(tokens) = &reply
        && let Some(failure) = save(&store, connection.profile(), tokens).await
    {
        tracing::warn!(%failure, "the refreshed session could not be saved");
    }
    drop(lock);
    reply
}

async fn save(store: &Arc<dyn TokenStore>, profile: &ServiceProfile, tokens: &Tokens) -> Option<Failure> {
    let session = StoredSession {
        service: profile.name.clone(),
        addresses: addresses_of(profile),
        person: tokens.person.clone(),
        refresh: tokens.refresh.clone()?,
        refresh_expires: tokens.refresh_expires,
        id: tokens.id.clone(),
    };
    let store = Arc::clone(store);
    tokio::task::spawn_blocking(move || store.save(&session)).await.ok()?.err()
}
