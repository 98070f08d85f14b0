//! How others speak to a transfer's task.

use tokio::sync::{mpsc, oneshot};
use waybill_model::{Code, Failure};

use crate::interface::Command;

/// Speaks to a transfer's task.
#[derive(Clone)]
pub(crate) struct TransferHandle {
    messages: mpsc::UnboundedSender<Message>,
}

pub(super) enum Message {
    Tell(Command, oneshot::Sender<Result<(), Failure>>),
    End(oneshot::Sender<()>),
}

impl TransferHandle {
    pub(super) fn new(messages: mpsc::UnboundedSender<Message>) -> Self {
        Self { messages }
    }

    pub(crate) async fn tell(&self, command: Command) -> Result<(), Failure> {
        let (answer, reply) = oneshot::channel();
        let ended = || Failure::from(Code::NotPossibleNow);
        self.messages.send(Message::Tell(command, answer)).map_err(|_| ended())?;
        reply.await.map_err(|_| ended())?
    }

    /// Calls off what is in flight and waits for the journal.
    pub(crate) async fn end(&self) {
        let (answer, reply) = oneshot::channel();
        if self.messages.send(Message::End(answer)).is_ok() {
            // A task that ended by itself has nothing left to do.
            let _ended = reply.await;
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.messages.is_closed()
    }
}
