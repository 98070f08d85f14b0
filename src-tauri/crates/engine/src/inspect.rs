//! Every state that the machines can be in, for tests that show which ones they have visited.
//!
//! Only with the feature `inspect`, which nothing that people install has.

/// Declares [`State`] and the list of all.
macro_rules! states {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// A state of one part of a machine. A machine is in several at a time.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum State {
            $($(#[$doc])* $name),+
        }

        impl State {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];
        }
    };
}

states! {
    /// The work of the phase is still to start.
    StageEntering,
    /// It stops as soon as it starts.
    StageEnteringToStop,
    /// The work of the phase has started.
    StageWorking,
    /// The phase waits for a person.
    StageStopped,
    /// The record of another phase is under way.
    StageLeaving,
    /// The same, and that phase stops at once.
    StageLeavingToStop,
    /// The same, and that phase is cancelled at once.
    StageLeavingToCancel,
    /// The person has paused it, and the journal holds that.
    Paused,
    /// The record of a pause, or of its end, is under way.
    PauseRecording,
    /// The same, and the person has changed their mind since.
    PauseChangedMind,
    /// The person has given up, and the journal holds that.
    GivenUp,
    /// The record of giving up is under way.
    GivingUpRecording,
    /// No order to send is given.
    SendOrderNone,
    /// It was given before the totals of the check were known.
    SendOrderEarly,
    /// It is given, and the folder is still to be compared.
    SendOrderToCompare,
    /// It is given.
    SendOrderGiven,
    /// It is void, because the folder has changed.
    SendOrderVoid,
    /// The intent of `startUpload` is recorded.
    StartRecorded,
    /// `startUpload` may have been acted on.
    StartMaybeDone,
    /// The intent of the registration is on its way into the journal.
    RegisterRecording,
    /// It is recorded.
    RegisterRecorded,
    /// The registration may have been acted on.
    RegisterMaybeDone,
    /// Records are on their way into the journal.
    RecordsPending,
    /// The journal's disk is full.
    RecordsDiskFull,
    /// The journal has refused a record for another reason.
    RecordsRefused,
    /// It waits for the network or the service.
    WaitsForNetwork,
    /// The same, and one request is in flight to see whether the wait is over.
    WaitsAndTries,
    /// A probe is in flight.
    Probing,
    /// There is no usable session.
    SessionLost,
    /// The folder is gone.
    FolderGone,
    /// The folder is back, and left alone for a moment.
    FolderResting,
    /// The budget holds requests back.
    BudgetSpent,
    /// A call is planned.
    CallPlanned,
    /// A walk or check is in progress.
    CallWalk,
    /// The folder is being compared.
    CallCompare,
    /// Files are being read.
    CallHash,
    /// `startUpload` is in flight.
    CallStart,
    /// Statuses and counts are being read.
    CallTruth,
    /// `addFilesAndMetadata` is in flight.
    CallRegister,
    /// Match ids are being read.
    CallMatches,
    /// The checks' progress is being read.
    CallChecks,
    /// The receipt is being written.
    CallReceipt,
    /// There may be more items to load.
    LoadDue,
    /// Items have been requested from the journal.
    LoadAsked,
    /// The same, and the queue has changed since.
    LoadStale,
    /// Every item has been loaded.
    LoadDone,
    /// The totals are kept up to date.
    CountKept,
    /// They must be counted.
    CountDue,
    /// They are being counted.
    CountAsked,
    /// They have been counted.
    CountFresh,
    /// Fewer requests than allowed run in parallel.
    PaceReduced,
    /// The line is slow.
    LineSlow,
    /// Broken requests wait for the probe.
    BrokenKept,
    /// A whole file needs the intent of its request.
    PutNeedsIntent,
    /// That intent is being recorded.
    PutIntending,
    /// The request may go out.
    PutReady,
    /// It is in flight.
    PutFlying,
    /// An upload is to be created.
    Create,
    /// The request for that is in flight.
    Creating,
    /// The upload is being recorded.
    Beginning,
    /// Parts are sent.
    Parts,
    /// The completion needs its intent.
    CompleteNeedsIntent,
    /// That intent is being recorded.
    CompleteIntending,
    /// The completion may go out.
    CompleteReady,
    /// It is in flight.
    CompleteFlying,
    /// The end of the upload is being recorded.
    Abandoning,
    /// The loss of its parts is being recorded.
    Forgetting,
    /// The end of the item is being recorded.
    Closing,
    /// The item will be set aside.
    FateSetAside,
    /// Its upload will be restarted.
    FateRestart,
    /// Its parts will be sent again.
    FateResend,
    /// A part may be sent.
    PartOpen,
    /// A part is in flight.
    PartFlying,
    /// A part is being recorded.
    PartRecording,
    /// The journal holds a part.
    PartHeld,
    /// The intent of a completion is recorded.
    CompletionRecorded,
    /// A completion may have been acted on.
    CompletionMaybeDone,
    /// The keychain has not been read.
    SessionLoading,
    /// Nobody is signed in.
    SessionSignedOut,
    /// A session is held, and nothing is under way.
    SessionIdle,
    /// A refresh is in flight.
    SessionRefreshing,
    /// Another refresh is waited for.
    SessionWaiting,
    /// The token is distrusted.
    SessionDistrusted,
    /// The reply to a refresh of an earlier session is still to come.
    SessionStaleRefresh,
    /// A pass is held.
    PermitHeld,
    /// No pass is being fetched.
    PermitIdle,
    /// A pass is being fetched.
    PermitInFlight,
    /// A fetch is repeated after a 401.
    PermitRetrying,
    /// A newer token is waited for.
    PermitAwaitingToken,
    /// Another fetch is waited for.
    PermitWaiting,
    /// The session is not known.
    PermitSessionUnknown,
    /// There is a usable session.
    PermitSessionReady,
    /// There is no usable session.
    PermitSessionLost,
}

/// A set of states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct States(u128);

impl States {
    /// Adds a state.
    pub fn add(&mut self, state: State) {
        self.0 |= 1 << (state as u8);
    }

    /// Adds a state if it is so.
    pub fn add_if(&mut self, is_so: bool, state: State) {
        if is_so {
            self.add(state);
        }
    }

    /// Adds all of another set.
    pub fn add_all(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether a state is among them.
    #[must_use]
    pub fn contains(self, state: State) -> bool {
        self.0 & (1 << (state as u8)) != 0
    }

    /// Returns the states.
    pub fn iter(self) -> impl Iterator<Item = State> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let index = usize::try_from(rest.trailing_zeros()).ok()?;
            rest &= rest.wrapping_sub(1);
            State::ALL.get(index).copied()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_own_place_in_a_set() {
        let mut all = States::default();
        for state in State::ALL {
            assert!(!all.contains(*state), "{state:?}");
            all.add(*state);
        }
        assert!(all.iter().eq(State::ALL.iter().copied()));
        assert_eq!(States::default().iter().count(), 0);
    }
}
