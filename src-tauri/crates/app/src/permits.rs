//! The one owner of the pass with which requests upload.
//!
//! Requests ask for the pass of the moment; renewing runs beside them and restarts nothing. A pass lives in memory only:
//! after a crash a new one is fetched. Each kind of permit has an owner, since a transfer keeps the way that it was started
//! with, even if the profile changes later.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use waybill_cloud::{Pass, fetch_cookies};
use waybill_engine::permit::{self as engine, PermitAction, PermitEvent, PermitFacts, PermitView, Source};
use waybill_model::service::Permit;
use waybill_model::{LocalFault, NotDone, Reply, Secret, WaitReason};

use crate::clock::sleep_until;
use crate::connection::Connection;
use crate::interface::SessionState;
use crate::session::{Access, SessionHandle};

/// A pass, and how many had been fetched by then.
#[derive(Clone)]
pub(crate) struct Current {
    pub(crate) pass: Arc<Pass>,
    pub(crate) generation: u64,
}

/// Speaks to the owner.
#[derive(Clone)]
pub(crate) struct PermitHandle {
    messages: mpsc::UnboundedSender<Message>,
}

enum Message {
    Want(oneshot::Sender<Result<Current, WaitReason>>),
    Refused(u64),
    Accepted(u64),
    Woke,
    NetworkBack,
    Fetched(Reply<Pass>, Option<Secret>),
}

impl PermitHandle {
    /// Returns the pass of the moment.
    pub(crate) async fn current(&self) -> Result<Current, WaitReason> {
        let (answer, reply) = oneshot::channel();
        self.send(Message::Want(answer));
        reply.await.unwrap_or(Err(WaitReason::SignedOut))
    }

    /// The edge refused a request that carried it.
    pub(crate) fn refused(&self, generation: u64) {
        self.send(Message::Refused(generation));
    }

    /// The store was reached with it.
    pub(crate) fn accepted(&self, generation: u64) {
        self.send(Message::Accepted(generation));
    }

    pub(crate) fn woke(&self) {
        self.send(Message::Woke);
    }

    pub(crate) fn network_back(&self) {
        self.send(Message::NetworkBack);
    }

    fn send(&self, message: Message) {
        // An owner that has ended needs no message.
        let _ended = self.messages.send(message);
    }
}

/// The owners that are at work, by the permit that they own.
pub(crate) struct Permits {
    connection: Arc<Connection>,
    session: SessionHandle,
    seed: u64,
    running: Vec<(Permit, PermitHandle)>,
}

impl Permits {
    pub(crate) fn new(connection: Arc<Connection>, session: SessionHandle, seed: u64) -> Self {
        Self { connection, session, seed, running: Vec::new() }
    }

    /// Returns the owner of a permit; starts it for the first transfer that needs it.
    pub(crate) fn of(&mut self, permit: &Permit) -> PermitHandle {
        if let Some((_, handle)) = self.running.iter().find(|(known, _)| known == permit) {
            return handle.clone();
        }
        let handle = start(permit.clone(), Arc::clone(&self.connection), self.session.clone(), self.seed);
        self.running.push((permit.clone(), handle.clone()));
        handle
    }
}

fn source_of(permit: &Permit) -> Source {
    match permit {
        Permit::Cookies => Source::Service,
        Permit::Token { .. } => Source::Session,
    }
}

/// Starts the owner.
fn start(permit: Permit, connection: Arc<Connection>, session: SessionHandle, seed: u64) -> PermitHandle {
    let (messages, inbox) = mpsc::unbounded_channel();
    let owner = Owner {
        machine: engine::Permits::new(source_of(&permit), seed),
        permit,
        connection,
        session,
        messages: messages.clone(),
        pass: None,
        last_token: None,
        waiters: Vec::new(),
        wake_at: None,
    };
    tokio::spawn(owner.run(inbox));
    PermitHandle { messages }
}

struct Owner {
    machine: engine::Permits,
    permit: Permit,
    connection: Arc<Connection>,
    session: SessionHandle,
    messages: mpsc::UnboundedSender<Message>,
    pass: Option<Arc<Pass>>,
    /// The token of the last fetch.
    last_token: Option<Secret>,
    waiters: Vec<oneshot::Sender<Result<Current, WaitReason>>>,
    wake_at: Option<Instant>,
}

impl Owner {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Message>) {
        let mut session = self.session.state();
        loop {
            let wake = self.wake_at;
            tokio::select! {
                message = inbox.recv() => match message {
                    Some(message) => self.take(message),
                    None => break,
                },
                () = sleep_until(wake) => {
                    self.wake_at = None;
                    self.step(PermitEvent::TimeReached);
                }
                changed = session.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    let event = match &*session.borrow_and_update() {
                        SessionState::SignedIn(_) => PermitEvent::SessionReady,
                        SessionState::Waiting(_, reason) => PermitEvent::SessionLost(*reason),
                        SessionState::SignedOut(_) | SessionState::SigningIn => PermitEvent::SessionLost(WaitReason::SignedOut),
                        SessionState::Loading => continue,
                    };
                    self.step(event);
                }
            }
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Want(answer) => {
                self.waiters.push(answer);
                self.step(PermitEvent::Wanted);
            }
            Message::Refused(generation) => self.step(PermitEvent::Refused { generation }),
            Message::Accepted(generation) => self.step(PermitEvent::Accepted { generation }),
            Message::Woke => self.step(PermitEvent::Woke),
            Message::NetworkBack => self.step(PermitEvent::NetworkBack),
            Message::Fetched(reply, token) => {
                self.last_token = token;
                let now = self.connection.clock.now().server;
                let reply = reply.map(|pass| {
                    let facts = PermitFacts { expires: pass.expires(now) };
                    self.pass = Some(Arc::new(pass));
                    facts
                });
                self.step(PermitEvent::Fetched(reply));
            }
        }
    }

    fn step(&mut self, event: PermitEvent) {
        let now = self.connection.clock.now();
        for action in self.machine.handle(event, now) {
            match action {
                PermitAction::Fetch => self.fetch(),
                PermitAction::DistrustToken => {
                    if let Some(token) = self.last_token.clone() {
                        self.session.distrust(token);
                    }
                }
                PermitAction::WakeAt(at) => self.wake_at = Some(Instant::now() + at.since(now.steady)),
            }
        }
        self.settle();
    }

    fn settle(&mut self) {
        let answer = match (self.machine.view(), &self.pass) {
            (PermitView::Fresh { generation }, Some(pass)) => Ok(Current { pass: Arc::clone(pass), generation }),
            (PermitView::Waiting(reason), _) => Err(reason),
            (PermitView::Fresh { .. }, None) | (PermitView::None | PermitView::Fetching, _) => return,
        };
        for waiter in self.waiters.drain(..) {
            // Whoever asked may have gone.
            let _gone = waiter.send(answer.clone());
        }
    }

    fn fetch(&self) {
        let connection = Arc::clone(&self.connection);
        let session = self.session.clone();
        let messages = self.messages.clone();
        let permit = self.permit.clone();
        tokio::spawn(async move {
            let (reply, token) = match session.access().await {
                Ok(access) => (pass_of(&permit, &connection, &access).await, Some(access.token)),
                Err(none) => (Err(NotDone::NotSent(LocalFault::Blocked(none.reason()))), None),
            };
            let _ended = messages.send(Message::Fetched(reply, token));
        });
    }
}

async fn pass_of(permit: &Permit, connection: &Connection, access: &Access) -> Reply<Pass> {
    match permit {
        Permit::Cookies => fetch_cookies(&connection.net, &access.token).await,
        Permit::Token { header, scheme } => Ok(Pass::of_token(header, *scheme, &access.token, access.expires)?),
    }
}

#[cfg(test)]
mod tests;
