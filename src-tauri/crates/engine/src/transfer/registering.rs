//! Starting, Registering and Confirming: the two calls that must not be repeated blindly (facts E6).
//!
//! The intent of each is in the journal before the call. After a lost reply, or a crash with an intent in the journal,
//! the truth is read back first. Not a byte is sent before every item has its file id.

use std::time::Duration;

use waybill_model::{Code, Now, Phase, Reply, ServerTruth, StatusValue, Steady, TransferRecord, WaitReason};

use super::calls::Call;
use super::intent::{Intent, TimedIntent};
use super::{Hold, Registration, Restored, Settings, Transfer};
use crate::classify::{self, CallDecision, ReadDecision};

/// What is known of the two calls.
///
/// When the API has certainly finished or dropped a call is measured on the steady clock alone: with a clock that was
/// wrong when the intent was recorded, or is wrong now, the call might be repeated while the first one is still being
/// processed. So after a crash the recorded time proves nothing; what counts is that everything the dead program sent
/// is older than this one.
#[derive(Debug)]
pub(super) struct Intents {
    /// `startUpload`. Once it may have been acted on, an upload in progress without files is ours.
    start: Intent,
    /// `startUpload` has been called since the start.
    start_called: bool,
    /// The start was not answered but read back: what looks like ours may be another computer's.
    start_read_back: bool,
    /// `addFilesAndMetadata`.
    register: TimedIntent,
    /// What the registration brought, from its reply or as read back.
    registration: Option<Registration>,
    /// When every file row must be there: the reply waits for the first batch of rows only (facts E6).
    confirm_by: Option<Steady>,
}

impl Intents {
    pub(super) fn restored(restored: &Restored, settings: &Settings, now: Steady) -> Self {
        // If the API had received a request when the program died, it finishes it within its request time limit.
        let settled = now + Duration::from_secs(settings.api_request_seconds);
        Self {
            start: Intent::restored(restored.start_intended.is_some()),
            start_called: false,
            start_read_back: false,
            register: TimedIntent::restored(restored.register_intended.is_some(), now, settled),
            registration: None,
            confirm_by: None,
        }
    }

    /// Returns the record that must be in the journal before the call. An old intent is renewed, so that the journal
    /// says when the call was made.
    pub(super) fn missing(&mut self, call: Call, now: Now) -> Option<TransferRecord> {
        match call {
            Call::StartUpload if !self.start.is_recorded() => Some(TransferRecord::StartIntended(now.server)),
            Call::Register if self.register.renew(now.steady) => Some(TransferRecord::RegisterIntended(now.server)),
            Call::StartUpload
            | Call::Register
            | Call::WalkAndCheck
            | Call::CompareFolder
            | Call::Hash
            | Call::ReadTruth
            | Call::ReadMatches
            | Call::ReadChecks
            | Call::WriteReceipt => None,
        }
    }

    pub(super) fn start_recorded(&mut self) {
        self.start.recorded();
    }

    pub(super) fn register_recorded(&mut self) {
        self.register.recorded();
    }
}

impl Transfer {
    /// Reads the truth first: another person may have started an upload, or this transfer before a restart.
    pub(super) fn enter_starting(&mut self) {
        self.calls.plan(Call::ReadTruth, self.now.steady);
    }

    pub(super) fn enter_registering(&mut self) {
        let look_first = self.intents.register.is_recorded() || self.intents.start_read_back;
        let call = if look_first { Call::ReadTruth } else { Call::Register };
        self.calls.plan(call, self.now.steady);
    }

    pub(super) fn enter_confirming(&mut self) {
        self.intents.confirm_by = Some(self.now.steady + self.api_request());
        if self.intents.registration.is_some_and(|registration| registration.surplus > 0) {
            self.stop(Code::RegistrationUnclear);
        } else {
            self.calls.plan(Call::ReadTruth, self.now.steady);
        }
    }

    pub(super) fn start_replied(&mut self, reply: Reply<()>) {
        if !self.answered(Call::StartUpload) {
            return;
        }
        self.intents.start_called = true;
        let decision = classify::start_upload(reply);
        if self.is_giving_up() {
            return self.start_replied_too_late(&decision);
        }
        match decision {
            CallDecision::Done(()) => {
                self.waits.over();
                self.advance();
            }
            CallDecision::Unknown(trouble) => {
                self.intents.start.maybe_done();
                self.call_after(trouble, Call::ReadTruth);
            }
            CallDecision::NotDone(trouble) => {
                self.start_not_done();
                self.call_after(trouble, Call::ReadTruth);
            }
            CallDecision::StateRefused if self.intents.start.may_be_done() => {
                self.waits.over();
                self.poll(Call::ReadTruth);
            }
            CallDecision::StateRefused => {
                self.start_not_done();
                self.stop(Code::UploadedElsewhere);
            }
            CallDecision::Stop(code) => {
                self.start_not_done();
                self.stop(code);
            }
            CallDecision::StopUnknown(code) => {
                self.intents.start.maybe_done();
                self.stop(code);
            }
        }
    }

    /// Notes what the call did. The person has given up, so nothing follows from it.
    fn start_replied_too_late(&mut self, decision: &CallDecision<()>) {
        match decision {
            CallDecision::Done(()) => self.waits.over(),
            CallDecision::Unknown(_) | CallDecision::StopUnknown(_) => self.intents.start.maybe_done(),
            CallDecision::NotDone(_) | CallDecision::StateRefused | CallDecision::Stop(_) => self.start_not_done(),
        }
    }

    /// Notes that this call was certainly not acted on. The intent stays if an earlier call may have been, so that an
    /// upload found later is known to be ours.
    fn start_not_done(&mut self) {
        if self.intents.start.not_done() {
            self.record(TransferRecord::StartNotDone);
        }
    }

    pub(super) fn register_replied(&mut self, reply: Reply<Registration>) {
        if !self.answered(Call::Register) {
            return;
        }
        match classify::register(reply) {
            CallDecision::Done(registration) => {
                self.waits.over();
                self.intents.registration = Some(registration);
                self.advance();
            }
            CallDecision::Unknown(trouble) => {
                self.registration_maybe_done();
                self.call_after(trouble, Call::ReadTruth);
            }
            CallDecision::NotDone(trouble) => {
                self.register_not_done();
                self.call_after(trouble, Call::Register);
            }
            CallDecision::StateRefused => {
                self.register_not_done();
                self.stop(Code::ServiceRefused);
            }
            CallDecision::Stop(code) => {
                self.register_not_done();
                self.stop(code);
            }
            CallDecision::StopUnknown(code) => {
                self.registration_maybe_done();
                self.stop(code);
            }
        }
    }

    fn registration_maybe_done(&mut self) {
        let now = self.now.steady;
        self.intents.register.maybe_done(now, now + self.api_request());
    }

    /// Returns the wait for the time after which the service has certainly acted on a lost registration or dropped it.
    pub(super) fn registration_doubt(&self) -> Option<Hold> {
        let (since, until) = self.intents.register.doubt(self.now.steady)?;
        let waits = self.phase == Phase::Registering && self.started;
        waits.then(|| Hold::waiting(WaitReason::RegistrationInDoubt, since, Some(until), self.now))
    }

    fn register_not_done(&mut self) {
        self.intents.register.not_done();
        self.record(TransferRecord::RegisterNotDone);
    }

    pub(super) fn truth_read(&mut self, reply: Reply<ServerTruth>) {
        if !self.answered(Call::ReadTruth) {
            return;
        }
        match classify::api_read(reply) {
            ReadDecision::Done(truth) => {
                self.waits.over();
                self.judge_truth(&truth);
            }
            ReadDecision::Again(trouble) => self.call_after(trouble, Call::ReadTruth),
            ReadDecision::Stop(code) => self.stop(code),
        }
    }

    fn judge_truth(&mut self, truth: &ServerTruth) {
        if self.phase == Phase::Starting {
            self.judge_start(truth);
        } else if self.phase == Phase::Registering {
            self.judge_registration(truth);
        } else if self.phase == Phase::Confirming {
            self.judge_confirmation(truth);
        }
    }

    fn judge_start(&mut self, truth: &ServerTruth) {
        match (truth.upload, truth.total_files) {
            (None, 0) if self.intents.start_called => self.poll(Call::StartUpload),
            (None, 0) => self.calls.plan(Call::StartUpload, self.now.steady),
            (Some(StatusValue::InProgress), 0) if self.intents.start.may_be_done() && self.names_our_folder(truth) => {
                self.intents.start_read_back = true;
                self.advance();
            }
            (
                None
                | Some(
                    StatusValue::InProgress
                    | StatusValue::Completed
                    | StatusValue::CompletedWithIssues
                    | StatusValue::Failed
                    | StatusValue::Other,
                ),
                _,
            ) => self.stop(Code::UploadedElsewhere),
        }
    }

    /// Whether the upload was started for our folder, as far as the API says. The same person may have another computer.
    fn names_our_folder(&self, truth: &ServerTruth) -> bool {
        truth.parent_folder.as_ref().is_none_or(|named| *named == self.folder_name)
    }

    fn judge_registration(&mut self, truth: &ServerTruth) {
        let settled = self.intents.register.is_settled(self.now.steady);
        let items = self.progress.items_total;
        // Whoever registered files before we called: match ids are counted from 0 everywhere, so theirs would look like ours.
        let of_others = !self.intents.register.is_recorded() && truth.total_files > 0;
        if truth.upload != Some(StatusValue::InProgress) || of_others || !self.names_our_folder(truth) {
            self.stop(Code::UploadedElsewhere);
        } else if truth.total_files > items {
            self.stop(Code::RegistrationUnclear);
        } else if truth.total_files == items {
            self.calls.plan(Call::ReadMatches, self.now.steady);
        } else if !settled {
            self.poll(Call::ReadTruth);
        } else if truth.total_files == 0 {
            self.register_not_done();
            self.calls.plan(Call::Register, self.now.steady);
        } else {
            self.stop(Code::MatchIdsMissing);
        }
    }

    fn judge_confirmation(&mut self, truth: &ServerTruth) {
        let items = self.progress.items_total;
        let complete = self.intents.registration.is_some_and(|registration| registration.matched == items);
        if truth.upload != Some(StatusValue::InProgress) {
            self.stop(Code::UploadedElsewhere);
        } else if truth.total_files > items {
            self.stop(Code::RegistrationUnclear);
        } else if truth.total_files < items {
            self.confirm_later(Call::ReadTruth);
        } else if complete {
            self.advance();
        } else {
            self.calls.plan(Call::ReadMatches, self.now.steady);
        }
    }

    pub(super) fn matches_read(&mut self, reply: Reply<Registration>) {
        if !self.answered(Call::ReadMatches) {
            return;
        }
        match classify::api_read(reply) {
            ReadDecision::Done(registration) => {
                self.waits.over();
                self.intents.registration = Some(registration);
                self.judge_matches(registration);
            }
            ReadDecision::Again(trouble) => self.call_after(trouble, Call::ReadMatches),
            ReadDecision::Stop(code) => self.stop(code),
        }
    }

    fn judge_matches(&mut self, registration: Registration) {
        let complete = registration.matched == self.progress.items_total;
        if registration.surplus > 0 {
            self.stop(Code::RegistrationUnclear);
        } else if self.phase == Phase::Registering || complete {
            // Confirming waits for anything still missing after Registering.
            self.advance();
        } else {
            self.confirm_later(Call::ReadMatches);
        }
    }

    fn confirm_later(&mut self, call: Call) {
        if self.intents.confirm_by.is_some_and(|by| by <= self.now.steady) {
            self.stop(Code::MatchIdsMissing);
        } else {
            self.poll(call);
        }
    }

    fn api_request(&self) -> Duration {
        Duration::from_secs(self.settings.api_request_seconds)
    }
}

#[cfg(feature = "inspect")]
impl Intents {
    pub(super) fn inspect(&self, states: &mut crate::inspect::States) {
        use crate::inspect::State;
        states.add_if(self.start == Intent::Recorded, State::StartRecorded);
        states.add_if(self.start == Intent::MaybeDone, State::StartMaybeDone);
        match self.register {
            TimedIntent::None => {}
            TimedIntent::Recording(_) => states.add(State::RegisterRecording),
            TimedIntent::Recorded(_) => states.add(State::RegisterRecorded),
            TimedIntent::MaybeDone { .. } => states.add(State::RegisterMaybeDone),
        }
    }
}
