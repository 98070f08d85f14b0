//! The handle on the controller.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use waybill_model::{Code, ConsignmentReference, Failure, Person, TransferId};
use waybill_source::Folder;

use crate::check_failures::CheckFailures;
use crate::interface::{Command, ConsignmentEntry, Notice, Opened, Snapshot};
use crate::throttle::Throttle;

/// Notices in the order in which they were sent; none is dropped.
pub type Notices = mpsc::UnboundedReceiver<Notice>;

/// A handle on the controller. Clones share one controller; it ends with [`Handle::shutdown`] or the last handle.
#[derive(Clone)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
    snapshots: watch::Receiver<Snapshot>,
    throttle: Throttle,
}

pub(crate) type Answer<T> = oneshot::Sender<Result<T, Failure>>;

pub(crate) enum Request {
    SignIn { time_limit: Duration, answer: Answer<Person> },
    CancelSignIn,
    SignOut { answer: Answer<()> },
    WhoAmI { answer: Answer<Option<Person>> },
    Consignments { answer: Answer<Vec<ConsignmentEntry>> },
    CheckFailures { transfer: TransferId, answer: Answer<CheckFailures> },
    Open { folder: Folder, consignment: Option<ConsignmentReference>, answer: Answer<Opened> },
    Run { transfer: TransferId, answer: Answer<()> },
    Relocate { transfer: TransferId, folder: Folder, answer: Answer<()> },
    Leave { transfer: TransferId, answer: Answer<()> },
    Tell { transfer: TransferId, command: Command, answer: Answer<()> },
    Shutdown { answer: Answer<()> },
}

impl Handle {
    pub(crate) fn new(
        requests: mpsc::Sender<Request>,
        snapshots: watch::Receiver<Snapshot>,
        throttle: Throttle,
    ) -> Self {
        Self { requests, snapshots, throttle }
    }

    /// Limits how fast bytes of files are sent, in bytes per second over all transfers; `None` for no limit. Applies at
    /// once, also to what is being sent, until it is changed or the controller ends. A limit below 25,000 is raised to
    /// that: at lower speeds, servers give up on a request.
    pub fn limit_speed(&self, bytes_per_second: Option<u64>) {
        self.throttle.set(bytes_per_second);
    }

    /// Returns the newest snapshot, and a way to wait for the next.
    #[must_use]
    pub fn snapshots(&self) -> watch::Receiver<Snapshot> {
        self.snapshots.clone()
    }

    /// Signs in. Sends [`Notice::SignInUrl`], then waits for the browser to come back.
    ///
    /// # Errors
    /// [`Code::SignInRefused`], [`Code::SignInAbandoned`], [`Code::AccountIncomplete`], a network's failure.
    pub async fn sign_in(&self, time_limit: Duration) -> Result<Person, Failure> {
        self.ask(|answer| Request::SignIn { time_limit, answer }).await
    }

    /// Calls off a sign-in that is waiting for the browser.
    pub async fn cancel_sign_in(&self) {
        // A controller that has ended has no sign-in to call off.
        let _gone = self.requests.send(Request::CancelSignIn).await;
    }

    /// Ends the session here and at the service.
    ///
    /// # Errors
    /// The token store's failure. A service that does not answer is no failure: the session is forgotten here all the
    /// same.
    pub async fn sign_out(&self) -> Result<(), Failure> {
        self.ask(|answer| Request::SignOut { answer }).await
    }

    /// Returns who is signed in, with a session that the service has confirmed if it can be reached.
    ///
    /// # Errors
    /// The token store's failure.
    pub async fn who_am_i(&self) -> Result<Option<Person>, Failure> {
        self.ask(|answer| Request::WhoAmI { answer }).await
    }

    /// Returns the person's consignments, newest first.
    ///
    /// # Errors
    /// [`Code::SignInNeeded`], a network's or the service's failure.
    pub async fn consignments(&self) -> Result<Vec<ConsignmentEntry>, Failure> {
        self.ask(|answer| Request::Consignments { answer }).await
    }

    /// Returns what TDR's checks found in which file of a transfer, as the service has it now.
    ///
    /// # Errors
    /// [`Code::TransferUnknown`], [`Code::NotPossibleNow`] for a transfer of another service, [`Code::DifferentPerson`],
    /// [`Code::SignInNeeded`], a network's or the service's failure.
    pub async fn check_failures(&self, transfer: TransferId) -> Result<CheckFailures, Failure> {
        self.ask(|answer| Request::CheckFailures { transfer, answer }).await
    }

    /// Starts the transfer of a folder into a consignment, or resumes the existing one. The walk and the check run by
    /// themselves; then it waits in [`waybill_model::Phase::Checked`] for [`Command::Send`]. A service that knows no
    /// consignments takes none.
    ///
    /// # Errors
    /// A folder or a consignment that cannot be used (each with its own code).
    pub async fn open(&self, folder: Folder, consignment: Option<ConsignmentReference>) -> Result<Opened, Failure> {
        self.ask(|answer| Request::Open { folder, consignment, answer }).await
    }

    /// Resumes a transfer in the journal. A pause by the person is kept; see [`Command::Resume`].
    ///
    /// # Errors
    /// [`Code::TransferUnknown`].
    pub async fn run(&self, transfer: TransferId) -> Result<(), Failure> {
        self.ask(|answer| Request::Run { transfer, answer }).await
    }

    /// Records that the folder of a transfer is elsewhere now, and resumes the transfer. The folder must have the same
    /// name and hold the files that were checked, with the same paths, sizes and dates.
    ///
    /// # Errors
    /// [`Code::AnotherFolder`] with the first difference, [`Code::TransferUnknown`], [`Code::NotPossibleNow`] for a
    /// transfer that has ended or belongs to another service.
    pub async fn relocate(&self, transfer: TransferId, folder: Folder) -> Result<(), Failure> {
        self.ask(|answer| Request::Relocate { transfer, folder, answer }).await
    }

    /// Ends this process's work on a transfer; the journal keeps its state. Another transfer may have its turn.
    ///
    /// # Errors
    /// A controller that has ended. A transfer that is not running is no failure.
    pub async fn leave(&self, transfer: TransferId) -> Result<(), Failure> {
        self.ask(|answer| Request::Leave { transfer, answer }).await
    }

    /// Sends an order to a running transfer.
    ///
    /// # Errors
    /// [`Code::TransferUnknown`], [`Code::NotPossibleNow`].
    pub async fn tell(&self, transfer: TransferId, command: Command) -> Result<(), Failure> {
        self.ask(|answer| Request::Tell { transfer, command, answer }).await
    }

    /// Stops everything cleanly: requests in flight are called off, the journal is flushed and released.
    ///
    /// # Errors
    /// The journal's failure.
    pub async fn shutdown(&self) -> Result<(), Failure> {
        self.ask(|answer| Request::Shutdown { answer }).await
    }

    async fn ask<T>(&self, request: impl FnOnce(Answer<T>) -> Request) -> Result<T, Failure> {
        let (answer, reply) = oneshot::channel();
        let gone = || Failure::new(Code::Internal, "the controller has ended");
        self.requests.send(request(answer)).await.map_err(|_| gone())?;
        reply.await.map_err(|_| gone())?
    }
}
