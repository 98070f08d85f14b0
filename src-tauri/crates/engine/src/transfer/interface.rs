//! What goes into a transfer's machine and what comes out of it.

use std::time::Duration;

use waybill_model::{
    CheckProgress, Code, Created, ItemId, LocalFault, Now, PartNumber, PartPlan, Phase, Progress, Record, Reply,
    SendGiven, ServerTruth, Steady, Stored, Timestamp, WaitReason,
};

/// What the journal knows of a transfer when its machine is made, whether it is new or resumes after a crash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The folder's name, which `startUpload` names to the service.
    pub folder_name: String,
    /// Where it stood. [`Phase::Walking`] for a new one.
    pub phase: Phase,
    /// The person had paused it.
    pub paused: bool,
    /// When `startUpload` was about to be called.
    pub start_intended: Option<Timestamp>,
    /// When `addFilesAndMetadata` was about to be called.
    pub register_intended: Option<Timestamp>,
    /// At least one file has been read, so the files of the transfer are settled.
    pub hashed: bool,
    /// The person has given up; the hand-over says `uploadFailed=true`.
    pub given_up: bool,
    /// Items and bytes to be sent in total (known from the check on) and acknowledged so far.
    pub progress: Progress,
    /// Items set aside so far.
    pub set_aside: u64,
    /// How many findings that leave an item out the person has agreed to.
    pub accepted_left_out: u64,
    /// What was learned of the line within the last day, in bytes a second; `None` if nothing says that it is slow.
    pub bytes_per_second: Option<u64>,
    /// Seed of the jitter.
    pub seed: u64,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The machine was made, also after every start of the program. It resumes the work of its phase.
    Started,
    /// The walk has ended; everything it found is in the journal.
    WalkDone(Result<(), Code>),
    /// The check has ended.
    CheckDone(CheckTotals),
    /// The person says Send.
    Send {
        /// How many findings that leave an item out the person was shown and agrees to; 0 if none. Where the check has
        /// another number, nothing is sent: the transfer stops with [`Code::LeavesOut`].
        agreed: u64,
        /// When the order was given.
        given: SendGiven,
    },
    /// The folder was compared with what the check found. True if nothing has changed.
    FolderCompared(Result<bool, Code>),
    /// All files are hashed, or set aside.
    HashDone(Result<HashTotals, Code>),
    /// The reply to `startUpload`.
    StartReplied(Reply<()>),
    /// Statuses and counts were read back.
    TruthRead(Reply<ServerTruth>),
    /// The reply to `addFilesAndMetadata`. The file ids that it brought are in the journal.
    RegisterReplied(Reply<Registration>),
    /// The match ids were read back. The file ids that they brought are in the journal.
    MatchesRead(Reply<Registration>),
    /// The next items to send, in order, and whether these are the last.
    ItemsLoaded {
        /// The items.
        items: Vec<ItemWork>,
        /// No items follow them.
        last: bool,
    },
    /// What the journal counted for [`Action::CountItems`].
    ItemsCounted {
        /// Items and bytes acknowledged, and in total.
        progress: Progress,
        /// Items set aside.
        set_aside: u64,
    },
    /// A request of [`Action::Request`] came back.
    ObjectReplied {
        /// Which one.
        token: RequestToken,
        /// What came.
        reply: ObjectReply,
    },
    /// The journal holds the record, so it is true now.
    Recorded(RecordId),
    /// The journal could not take the record, for example because the disk is full. It must be retried.
    NotRecorded(RecordId, Code),
    /// A watched file changed after it was hashed, or is gone: the code says which.
    ItemChanged(ItemId, Code),
    /// The folder is not reachable. A walk, comparison or hashing in progress ends with it and is requested again
    /// afterwards.
    FolderGone,
    /// The folder is reachable again.
    FolderBack,
    /// The transfer's person has a usable session.
    SessionReady,
    /// There is no usable session.
    SessionLost(WaitReason),
    /// Which addresses answer at all, as a probe found out.
    Probed {
        /// The API answers; in a way of uploading that does without it, the sign-in address.
        other: bool,
        /// The upload address answers.
        upload: bool,
    },
    /// The network changed, so waits may be over.
    NetworkBack,
    /// The computer woke up: time has passed, and connections are dead.
    Woke,
    /// The time of the last [`Action::WakeAt`] has come.
    TimeReached,
    /// The person pauses.
    Pause,
    /// The person resumes.
    Resume,
    /// The person cancels: nothing more is sent, and TDR is not informed.
    Cancel,
    /// The person wants all items that were set aside to be tried again.
    TryAgain,
    /// The person gives up: TDR is informed that the upload failed.
    GiveUp,
    /// Whether it is this transfer's turn to walk its folder, to read it and to send. It has the turn until this event
    /// says otherwise. Orders that a person gives in the meantime are recorded at once and carried out when the turn
    /// comes.
    Turn(bool),
    /// The checks' progress was read.
    ChecksRead(Reply<CheckProgress>),
    /// The receipt is written, or could not be.
    ReceiptWritten(Result<(), Code>),
}

/// Totals of the check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckTotals {
    /// Items that will be sent.
    pub items: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Findings that leave an item out and need the person's agreement.
    pub left_out: u64,
    /// A finding that blocks the whole transfer.
    pub blocked: Option<Code>,
}

/// Totals of hashing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashTotals {
    /// Items ready to be sent.
    pub items: u64,
    /// Their bytes. Files that changed since the check count as they are now.
    pub bytes: u64,
    /// Everything that is left out and needs the person's agreement: what the check found, and what has since turned
    /// out to be unreadable, locked, gone or over a limit.
    pub left_out: u64,
}

/// What a registration brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registration {
    /// Items that have a file id now.
    pub matched: u64,
    /// File rows whose match id is not ours, or a second file id for one item.
    pub surplus: u64,
}

/// One item to send, as the journal holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemWork {
    /// Which one.
    pub item: ItemId,
    /// How it is divided into parts.
    pub plan: PartPlan,
    /// A PutObject has been attempted, before or after the last start, without a result in the journal.
    pub put_attempted: bool,
    /// Its multipart upload, if one was started.
    pub upload: Option<UploadWork>,
}

/// A multipart upload that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadWork {
    /// When the store discards it.
    pub abort_at: Option<Timestamp>,
    /// Parts that are acknowledged.
    pub acknowledged: Vec<PartNumber>,
    /// A completion has been attempted without a result in the journal.
    pub completion_attempted: bool,
}

/// Identifies one request in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestToken(pub u64);

/// Identifies one record on its way into the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(pub u64);

/// One request to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its name.
    pub token: RequestToken,
    /// For which item.
    pub item: ItemId,
    /// What.
    pub op: Op,
    /// How much longer than usual it may take, because the line is slow.
    pub more_time: Duration,
}

/// The four calls that the bucket allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Send the whole file.
    PutObject,
    /// Start a multipart upload.
    CreateUpload,
    /// Send one part.
    UploadPart(PartNumber),
    /// Put the parts together. The list of parts comes from the journal.
    CompleteUpload,
}

/// The store's answer to a [`Request`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectReply {
    /// The reply to [`Op::PutObject`], [`Op::UploadPart`] or [`Op::CompleteUpload`].
    Stored(Reply<Stored>),
    /// The reply to [`Op::CreateUpload`].
    Created(Reply<Created>),
}

impl ObjectReply {
    /// Returns the reply to a request that was not sent.
    #[must_use]
    pub fn not_sent(op: Op, fault: LocalFault) -> Self {
        match op {
            Op::CreateUpload => Self::Created(Err(fault.into())),
            Op::PutObject | Op::UploadPart(_) | Op::CompleteUpload => Self::Stored(Err(fault.into())),
        }
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Walk the folder into the journal; then check; then report [`Event::WalkDone`] and [`Event::CheckDone`].
    WalkAndCheck,
    /// Compare the folder with what the check found; then report [`Event::FolderCompared`].
    CompareFolder,
    /// Hash every file that is not hashed yet; then report [`Event::HashDone`].
    Hash,
    /// Write to the journal; then report [`Event::Recorded`] or [`Event::NotRecorded`]. Records are written in order.
    Record(RecordId, Record),
    /// Call `startUpload`, once.
    StartUpload,
    /// Read the statuses and counts of the consignment.
    ReadTruth,
    /// Call `addFilesAndMetadata`, once, with all items and empty folders.
    Register,
    /// Read back all match ids with their file ids.
    ReadMatches,
    /// Read from the journal the next items that are neither sent nor set aside, after this one.
    LoadItems {
        /// The item to start after; `None` to start with the first.
        after: Option<ItemId>,
        /// How many at most.
        limit: u32,
    },
    /// Count the items in the journal; then report [`Event::ItemsCounted`].
    CountItems,
    /// Send a request to the store.
    Request(Request),
    /// Call off a request that is in flight; its reply will still be reported.
    CallOff(RequestToken),
    /// Keep for a day what was learned of the line; `None` if it is no longer slow. If that fails, it is learned again.
    KeepLine {
        /// Bytes a second that it carries.
        bytes_per_second: Option<u64>,
    },
    /// Find out which addresses answer at all; then report [`Event::Probed`].
    Probe,
    /// Watch for the folder to come back; then report [`Event::FolderBack`].
    AwaitFolder,
    /// Open the website's hand-over page in the person's browser.
    OpenHandOver {
        /// The upload failed: the person gives up.
        upload_failed: bool,
    },
    /// Read the progress of TDR's checks.
    ReadChecks,
    /// Write the receipt; then report [`Event::ReceiptWritten`].
    WriteReceipt,
    /// Report [`Event::TimeReached`] at this time. Only the last such action counts.
    WakeAt(Steady),
    /// Stop watching the folder: nothing more will happen.
    Close,
}

/// Whether a transfer is running and, if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It runs.
    Running,
    /// The person has paused it.
    Paused,
    /// It waits, and resumes by itself or when a person does what the reason calls for.
    Waiting {
        /// Why.
        reason: WaitReason,
        /// Since when.
        since: Timestamp,
        /// When it tries again, if it does so by itself.
        next_try: Option<Timestamp>,
    },
    /// It stopped for a reason that needs a person. `Resume` tries again.
    Stopped(Code),
}

impl Hold {
    /// Returns a wait with its times as people read them.
    pub(super) fn waiting(reason: WaitReason, since: Steady, next_try: Option<Steady>, now: Now) -> Self {
        let next_try = next_try.map(|at| now.server_at(at));
        Self::Waiting { reason, since: now.server_at(since), next_try }
    }
}

/// What a person may see of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Where it stands.
    pub phase: Phase,
    /// Whether it is running.
    pub hold: Hold,
    /// The person has given up, or is giving up: TDR is informed that the upload failed.
    pub given_up: bool,
    /// Acknowledged items and bytes, including acknowledged parts of unfinished items.
    pub progress: Progress,
    /// Items set aside.
    pub set_aside: u64,
    /// Requests in flight.
    pub in_flight: usize,
    /// The totals of the check, once it is done.
    pub check_totals: Option<CheckTotals>,
    /// The progress of TDR's checks, once they run.
    pub service_checks: Option<CheckProgress>,
}
