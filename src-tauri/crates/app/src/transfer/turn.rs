//! One transfer at a time sends: they share one address, one budget of requests and one disk.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Where turns are waited for.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Semaphore>);

/// Whoever holds it may send; dropped, the next one may.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_next_one_has_its_turn_when_the_first_lets_go() {
        let turns = Turns::new();
        let first = turns.wait().await;
        let mut second = std::pin::pin!(turns.wait());
        assert!(futures_poll(second.as_mut()).await.is_none());
        drop(first);
        assert!(futures_poll(second.as_mut()).await.is_some());
    }

    async fn futures_poll<F: Future + Unpin>(future: F) -> Option<F::Output> {
        tokio::select! { biased; output = future => Some(output), () = tokio::task::yield_now() => None }
    }
}
