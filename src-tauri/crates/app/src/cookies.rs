//! The one owner of the upload domain's cookies.
//!
//! Requests ask for the cookies of the moment; refreshing runs beside them and restarts nothing. Cookies live in
//! memory only: after a crash new ones are fetched.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use waybill_cloud::{Pass, fetch_cookies};
use waybill_engine::cookies::{self as engine, CookieAction, CookieEvent, CookieFacts, CookieView};
use waybill_model::{LocalFault, NotDone, Reply, Secret, WaitReason};

use crate::clock::sleep_until;
use crate::connection::Connection;
use crate::interface::SessionState;
use crate::session::SessionHandle;

/// Cookies, and how many times they had been fetched then.
#[derive(Clone)]
pub(crate) struct Current {
    pub(crate) pass: Arc<Pass>,
    pub(crate) generation: u64,
}

/// Speaks to the owner.
#[derive(Clone)]
pub(crate) struct CookieHandle {
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

impl CookieHandle {
    /// The cookies of the moment.
    pub(crate) async fn current(&self) -> Result<Current, WaitReason> {
        let (answer, reply) = oneshot::channel();
        self.send(Message::Want(answer));
        reply.await.unwrap_or(Err(WaitReason::SignedOut))
    }

    /// The edge refused a request that carried them.
    pub(crate) fn refused(&self, generation: u64) {
        self.send(Message::Refused(generation));
    }

    /// The store was reached with them.
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
        // An owner that has ended has nothing to be told.
        let _ended = self.messages.send(message);
    }
}

/// Starts the owner.
pub(crate) fn start(connection: Arc<Connection>, session: SessionHandle, seed: u64) -> CookieHandle {
    let (messages, inbox) = mpsc::unbounded_channel();
    let owner = Owner {
        machine: engine::Cookies::new(seed),
        connection,
        session,
        messages: messages.clone(),
        cookies: None,
        last_token: None,
        waiters: Vec::new(),
        wake_at: None,
    };
    tokio::spawn(owner.run(inbox));
    CookieHandle { messages }
}

struct Owner {
    machine: engine::Cookies,
    connection: Arc<Connection>,
    session: SessionHandle,
    messages: mpsc::UnboundedSender<Message>,
    cookies: Option<Arc<Pass>>,
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
                    self.step(CookieEvent::TimeReached);
                }
                changed = session.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    let event = match &*session.borrow_and_update() {
                        SessionState::SignedIn(_) => CookieEvent::SessionReady,
                        SessionState::Waiting(_, reason) => CookieEvent::SessionLost(*reason),
                        SessionState::SignedOut(_) | SessionState::SigningIn => CookieEvent::SessionLost(WaitReason::SignedOut),
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
                self.step(CookieEvent::Wanted);
            }
            Message::Refused(generation) => self.step(CookieEvent::Refused { generation }),
            Message::Accepted(generation) => self.step(CookieEvent::Accepted { generation }),
            Message::Woke => self.step(CookieEvent::Woke),
            Message::NetworkBack => self.step(CookieEvent::NetworkBack),
            Message::Fetched(reply, token) => {
                self.last_token = token;
                let reply = reply.map(|cookies| {
                    let facts = CookieFacts { expires: cookies.until };
                    self.cookies = Some(Arc::new(cookies));
                    facts
                });
                self.step(CookieEvent::Fetched(reply));
            }
        }
    }

    fn step(&mut self, event: CookieEvent) {
        let now = self.connection.clock.now();
        for action in self.machine.handle(event, now) {
            match action {
                CookieAction::Fetch => self.fetch(),
                CookieAction::DistrustToken => {
                    if let Some(token) = self.last_token.clone() {
                        self.session.distrust(token);
                    }
                }
                CookieAction::WakeAt(at) => self.wake_at = Some(Instant::now() + at.since(now.steady)),
            }
        }
        self.settle();
    }

    fn settle(&mut self) {
        let answer = match (self.machine.view(), &self.cookies) {
            (CookieView::Fresh { generation }, Some(cookies)) => Ok(Current { pass: Arc::clone(cookies), generation }),
            (CookieView::Waiting(reason), _) => Err(reason),
            (CookieView::Fresh { .. }, None) | (CookieView::None | CookieView::Fetching, _) => return,
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
        tokio::spawn(async move {
            let (reply, token) = match session.access().await {
                Ok(access) => (fetch_cookies(&connection.net, &access.token).await, Some(access.token)),
                Err(none) => (Err(NotDone::NotSent(LocalFault::Blocked(none.reason()))), None),
            };
            let _ended = messages.send(Message::Fetched(reply, token));
        });
    }
}
