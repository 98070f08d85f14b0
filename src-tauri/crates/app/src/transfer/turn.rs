//! One transfer at a time sends: all share one address, one budget of requests and one disk.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use waybill_engine::transfer::View;
pub(super) use waybill_engine::transfer::{lets_go, wants_turn};

use crate::interface::TurnState;

/// The queue for turns.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Semaphore>);

/// The holder may send; when it is dropped, the next one may.
pub(crate) struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }

    pub(crate) async fn wait(&self) -> Turn {
        // The semaphore is never closed.
        Turn { _permit: Arc::clone(&self.0).acquire_owned().await.ok() }
    }
}

/// How a transfer stands with its own turn.
pub(super) enum OwnTurn {
    None,
    /// It waits for its turn, which will come.
    Asked,
    Held(#[allow(dead_code, reason = "it is the transfer's turn as long as this lives")] Turn),
}

impl OwnTurn {
    pub(super) fn is_held(&self) -> bool {
        match self {
            Self::Held(_) => true,
            Self::None | Self::Asked => false,
        }
    }

    /// Returns what people see of it.
    pub(super) fn state(&self, view: &View) -> TurnState {
        match self {
            Self::Held(_) => TurnState::Has,
            Self::None | Self::Asked if wants_turn(view) => TurnState::Waits,
            Self::None | Self::Asked => TurnState::None,
        }
    }
}

#[cfg(test)]
mod tests;
