//! The one owner of the tokens.
//!
//! Tokens are requested here; one refresh runs at a time, across processes too, and the new refresh token is saved
//! before the new access token is used. Tokens are used when the engine's machine says so: a reply that arrives after a
//! sign-in or a sign-out is dropped. The owner itself waits for nothing: neither for the network nor for a keychain,
//! which may be prompting a person.
//!
//! A crash between the service's reply and the saving loses the session where refresh tokens rotate: then a person
//! signs in again, and the transfer resumes.

mod held;
mod kept;
mod owner;
mod refreshing;
mod saving;
mod server;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use waybill_cloud::TokenStore;
use waybill_model::{Code, Failure, Person, Secret, Timestamp, WaitReason};

use self::kept::Kept;
use self::owner::{Message, Patience};
use crate::connection::Connection;
use crate::interface::{Notice, SessionState};

/// A token, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) token: Secret,
    pub(crate) person: Person,
    /// When the token expires, in server time.
    pub(crate) expires: Timestamp,
}

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAccess {
    /// A person has to sign in.
    SignedOut(Code),
    /// The wait ends by itself.
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

impl SessionHandle {
    fn new(messages: mpsc::UnboundedSender<Message>, state: watch::Receiver<SessionState>) -> Self {
        Self { messages, state }
    }

    /// Returns a token that is valid for at least the next minute.
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

    /// Reports that the service answered 401 to this token. A late report about a token that is no longer used changes
    /// nothing.
    pub(crate) fn distrust(&self, token: Secret) {
        self.send(Message::Distrust(token));
    }

    /// Reports that a transfer runs: it needs the session, even while it needs no token.
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
        // An owner that has ended needs no message.
        let _ended = self.messages.send(message);
    }
}

/// Starts the owner.
pub(crate) fn start(
    connection: Arc<Connection>,
    store: Box<dyn TokenStore>,
    lock_dir: PathBuf,
    notices: mpsc::UnboundedSender<Notice>,
    seed: u64,
) -> SessionHandle {
    let patience = Patience::default();
    let kept = Kept::new(connection.profile(), store, lock_dir, patience.lock);
    owner::start(connection, kept, notices, seed, patience)
}

#[cfg(test)]
mod tests;
