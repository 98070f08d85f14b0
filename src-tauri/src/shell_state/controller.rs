//! The controller of this process. It may not exist yet, and may be replaced by one that owns the journal.

use tokio::sync::watch;
use waybill_app::{Handle, Snapshot};
use waybill_model::{Code, Failure};

/// Whether a controller runs in this process.
#[derive(Clone)]
pub(crate) enum ControllerState {
    Starting,
    Running {
        handle: Handle,
        /// Why it may only read; `None` if it owns the journal.
        reads_only: Option<Failure>,
    },
    /// It cannot be started.
    Failed(Failure),
}

/// Holds the controller of this process and reports when it changes.
pub(crate) struct ControllerSlot(watch::Sender<ControllerState>);

impl Default for ControllerSlot {
    fn default() -> Self {
        Self(watch::Sender::new(ControllerState::Starting))
    }
}

impl ControllerSlot {
    pub(crate) fn set(&self, state: ControllerState) {
        self.0.send_replace(state);
    }

    /// Returns the controller as it is now.
    pub(crate) fn now(&self) -> ControllerState {
        self.0.borrow().clone()
    }

    /// Reports every change of the controller.
    pub(crate) fn subscribe(&self) -> watch::Receiver<ControllerState> {
        self.0.subscribe()
    }

    /// Returns the controller's snapshot, which is empty while there is no controller.
    pub(crate) fn snapshot(&self) -> Snapshot {
        match &*self.0.borrow() {
            ControllerState::Running { handle, .. } => handle.snapshots().borrow().clone(),
            ControllerState::Starting | ControllerState::Failed(_) => Snapshot::default(),
        }
    }

    /// Waits until the controller is started and returns a handle on it.
    ///
    /// # Errors
    /// Why there is no controller.
    pub(crate) async fn handle(&self) -> Result<Handle, Failure> {
        match self.started().await? {
            ControllerState::Running { handle, .. } => Ok(handle),
            ControllerState::Failed(failure) => Err(failure),
            ControllerState::Starting => Err(Code::Internal.into()),
        }
    }

    /// Waits until the controller is started and returns a handle that may run transfers.
    ///
    /// # Errors
    /// Why transfers cannot be run, such as `journal_in_use`.
    pub(crate) async fn owner(&self) -> Result<Handle, Failure> {
        match self.started().await? {
            ControllerState::Running { handle, reads_only: None } => Ok(handle),
            ControllerState::Running { reads_only: Some(failure), .. } | ControllerState::Failed(failure) => {
                Err(failure)
            }
            ControllerState::Starting => Err(Code::Internal.into()),
        }
    }

    async fn started(&self) -> Result<ControllerState, Failure> {
        let mut state = self.0.subscribe();
        let started = state.wait_for(|now| !matches!(now, ControllerState::Starting)).await;
        // The sender lives as long as this slot.
        started.map(|now| now.clone()).map_err(|_| Code::Internal.into())
    }
}
