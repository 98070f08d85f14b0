//! What goes into the transfer's machine and what comes out of it.

use waybill_model::{
    CheckProgress, Code, Created, ItemId, LocalFault, Now, PartNumber, PartPlan, Phase, Progress, Record, Reply,
    ServerTruth, Steady, Stored, Timestamp, WaitReason,
};

/// What the journal knows of a transfer when its machine is made, for a new one as for one that goes on after a crash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Where it stood. [`Phase::Walking`] for a new one.
    pub phase: Phase,
    /// The person had paused it.
    pub paused: bool,
    /// `startUpload` was about to be called.
    pub start_intended: Option<Timestamp>,
    /// `addFilesAndMetadata` was about to be called; when.
    pub register_intended: Option<Timestamp>,
    /// Some file has been read: which ones belong to the transfer is settled.
    pub hashed: bool,
    /// The person has given up; the hand-over says `uploadFailed=true`.
    pub given_up: bool,
    /// Items and bytes to be sent in all (known from the check on), and acknowledged so far.
    pub progress: Progress,
    /// Items set aside so far.
    pub set_aside: u64,
    /// The person has agreed that some files are left out.
    pub accepted_left_out: bool,
    /// Seed of the jitter.
    pub seed: u64,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The machine was made; also after every start of the program. Resumes whatever the phase asks for.
    Started,
    /// The walk has ended; everything it found is in the journal.
    WalkDone(Result<(), Code>),
    /// The check has ended.
    CheckDone(CheckTotals),
    /// The person says Send.
    Send {
        /// The person agrees that some files are left out.
        accept_left_out: bool,
        /// Straight on from the check, without a person's look at it: the folder is not compared with it once more.
        straight_on: bool,
    },
    /// The folder was compared with what the check found: whether it holds the same.
    LookedAgain(Result<bool, Code>),
    /// All files are hashed, or set aside.
    HashDone(Result<HashTotals, Code>),
    /// `startUpload` was answered.
    StartReplied(Reply<()>),
    /// Statuses and counts were read back.
    TruthRead(Reply<ServerTruth>),
    /// `addFilesAndMetadata` was answered; the file ids that came are in the journal.
    RegisterReplied(Reply<Registration>),
    /// The match ids were read back; the file ids that came are in the journal.
    MatchesRead(Reply<Registration>),
    /// The next items to send, in order, and whether these are the last.
    ItemsLoaded {
        /// The items.
        items: Vec<ItemWork>,
        /// Nothing comes after them.
        last: bool,
    },
    /// What the journal counted for [`Action::CountItems`].
    ItemsCounted {
        /// Items and bytes acknowledged, and in all.
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
    /// The journal holds the record: now it is true.
    Recorded(RecordId),
    /// The journal could not take the record (disk full); it must be asked again.
    NotRecorded(RecordId, Code),
    /// A watched file changed after it was hashed.
    ItemChanged(ItemId),
    /// The folder is not reachable. A walk, comparison or hashing that runs ends with it, and is asked for again afterwards.
    FolderGone,
    /// The folder is reachable again.
    FolderBack,
    /// A usable session of the transfer's person is there (again).
    SessionReady,
    /// There is none.
    SessionLost(WaitReason),
    /// What a probe of the addresses found: which answer at all.
    Probed {
        /// The API answers.
        api: bool,
        /// The upload address answers.
        upload: bool,
    },
    /// The network changed: try now rather than later.
    NetworkBack,
    /// The computer woke up: time has passed, connections are dead.
    Woke,
    /// The time of the last [`Action::WakeAt`] is reached.
    TimeReached,
    /// The person pauses.
    Pause,
    /// The person goes on.
    Resume,
    /// The person cancels: nothing more is sent, TDR is not told.
    Cancel,
    /// The person asks for another try of all items set aside.
    TryAgain,
    /// The person gives up: TDR is told that the upload failed.
    GiveUp,
    /// Whether it is this transfer's turn to look through its folder, to read it and to send. It is until this says otherwise.
    /// What a person orders meanwhile is taken and recorded at once, and done when the turn has come.
    Turn(bool),
    /// The checks' progress was read.
    ChecksRead(Reply<CheckProgress>),
    /// The receipt is written, or could not be.
    ReceiptWritten(Result<(), Code>),
}

/// What the check found, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckTotals {
    /// Items that will be sent.
    pub items: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Findings that leave an item out and want the person's agreement.
    pub left_out: u64,
    /// A finding that blocks the whole transfer.
    pub blocked: Option<Code>,
}

/// What hashing found, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashTotals {
    /// Items ready to be sent.
    pub items: u64,
    /// Their bytes (files that changed since the check are counted as they are now).
    pub bytes: u64,
    /// Everything that is left out and wants the person's agreement: what the check found, and what turned out to be
    /// unreadable, locked, gone or over a limit since.
    pub left_out: u64,
}

/// What a registration brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registration {
    /// Items that have a file id now.
    pub matched: u64,
    /// File rows with a match id that is none of ours, or a second file id for one item.
    pub surplus: u64,
}

/// One item to send, as the journal holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemWork {
    /// Which one.
    pub item: ItemId,
    /// How it is cut.
    pub plan: PartPlan,
    /// A PutObject of it has been attempted, in this life or an earlier one, without a result in the journal.
    pub put_attempted: bool,
    /// Its multipart upload, if one was begun.
    pub upload: Option<UploadWork>,
}

/// A multipart upload that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadWork {
    /// When the store throws it away.
    pub abort_at: Option<Timestamp>,
    /// Parts that are acknowledged.
    pub acknowledged: Vec<PartNumber>,
    /// A completion has been attempted without a result in the journal.
    pub completion_attempted: bool,
}

/// Names one request among those in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestToken(pub u64);

/// Names one record on its way into the journal.
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
}

/// The four calls that the bucket allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// The whole file.
    PutObject,
    /// Begin a multipart upload.
    CreateUpload,
    /// One part.
    UploadPart(PartNumber),
    /// Put the parts together. The list of parts comes from the journal.
    CompleteUpload,
}

/// The store's answer to a [`Request`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectReply {
    /// To [`Op::PutObject`], [`Op::UploadPart`] and [`Op::CompleteUpload`].
    Stored(Reply<Stored>),
    /// To [`Op::CreateUpload`].
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
    /// Compare the folder with what the check found; then report [`Event::LookedAgain`].
    LookAgain,
    /// Hash whatever is not hashed; then report [`Event::HashDone`].
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
        /// After which item; `None` from the first.
        after: Option<ItemId>,
        /// How many at the most.
        limit: u32,
    },
    /// Count the items in the journal; then report [`Event::ItemsCounted`].
    CountItems,
    /// Send a request to the store.
    Request(Request),
    /// Call off a request that is in flight; its reply will still be reported.
    CallOff(RequestToken),
    /// Find out which addresses answer at all; then report [`Event::Probed`].
    Probe,
    /// Watch for the folder to come back; then report [`Event::FolderBack`].
    AwaitFolder,
    /// Open the website's hand-over page in the person's browser.
    OpenHandOver {
        /// The upload failed: the person gives up.
        upload_failed: bool,
    },
    /// Read how far TDR's checks are.
    ReadChecks,
    /// Write the receipt; then report [`Event::ReceiptWritten`].
    WriteReceipt,
    /// Report [`Event::TimeReached`] then. Only the last one given counts.
    WakeAt(Steady),
    /// Nothing more will happen: stop watching the folder.
    Close,
}

/// Whether a transfer runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It runs.
    Running,
    /// The person has paused it.
    Paused,
    /// It waits, and goes on by itself (or when a person does what the reason says).
    Waiting {
        /// Why.
        reason: WaitReason,
        /// Since when.
        since: Timestamp,
        /// When it tries again, where it does by itself.
        next_try: Option<Timestamp>,
    },
    /// It stopped for a reason that needs a person; another `Resume` tries again.
    Stopped(Code),
}

impl Hold {
    /// A wait, its times as people read them.
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
    /// Whether it runs.
    pub hold: Hold,
    /// The person has given up, or is giving up: TDR is told that the upload failed.
    pub given_up: bool,
    /// Acknowledged items and bytes. Bytes of acknowledged parts of unfinished items count.
    pub progress: Progress,
    /// Items set aside.
    pub set_aside: u64,
    /// Requests in flight.
    pub in_flight: usize,
    /// The check's numbers, from the check on.
    pub check: Option<CheckTotals>,
    /// TDR's checks, once they run.
    pub checks: Option<CheckProgress>,
}
