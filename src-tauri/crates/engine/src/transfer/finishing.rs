//! `Settling`, `HandingOver` and `BeingChecked`: from the last byte to the receipt, or to giving up.

use waybill_model::{CheckProgress, Code, Phase, PhaseGroup, Reply, StatusValue, TransferRecord, WaitReason};

use super::calls::Call;
use super::{Action, Transfer};
use crate::classify::{self, ReadDecision, Trouble};
use crate::route;

impl Transfer {
    /// Waits for the person to decide. After a crash in the middle of trying again, nothing is set aside any more.
    pub(super) fn enter_settling(&mut self) {
        if self.set_aside == 0 {
            self.advance();
        } else {
            self.stop(Code::ItemsSetAside);
        }
    }

    /// Opens the page, also after every start of the program: opening it again does no harm (facts E9), and the person
    /// may have closed it too early.
    pub(super) fn enter_handing_over(&mut self) {
        self.actions.push(Action::OpenHandOver { upload_failed: self.give_up_order.is_held() });
        self.poll(Call::ReadChecks);
    }

    pub(super) fn enter_being_checked(&mut self) {
        self.calls.plan(Call::ReadChecks, self.now.steady);
    }

    pub(super) fn checks_read(&mut self, reply: Reply<CheckProgress>) {
        if !self.answered(Call::ReadChecks) {
            return;
        }
        match classify::api_read(reply) {
            ReadDecision::Done(checks) => {
                self.waits.over();
                self.checks = Some(checks);
                self.judge_checks(checks);
            }
            ReadDecision::Again(trouble) => self.call_after(trouble, Call::ReadChecks),
            ReadDecision::Stop(code) => self.stop(code),
        }
    }

    fn judge_checks(&mut self, checks: CheckProgress) {
        let handed_over = matches!(
            checks.statuses.upload,
            Some(StatusValue::Completed | StatusValue::CompletedWithIssues | StatusValue::Failed)
        );
        // Without an upload on the server, there is nothing to report to it.
        let told = handed_over || checks.statuses.upload.is_none();
        // Giving up after the page was opened may be too late: then TDR has the upload and checks it.
        let too_late = checks.statuses.upload == Some(StatusValue::Completed);
        if self.phase == Phase::HandingOver && self.give_up_order.is_held() && told && !too_late {
            self.calls.plan(Call::WriteReceipt, self.now.steady);
        } else if self.phase == Phase::HandingOver && handed_over {
            self.advance();
        } else if self.phase == Phase::BeingChecked && (checks.finished() || checks.could_not_run()) {
            self.calls.plan(Call::WriteReceipt, self.now.steady);
        } else {
            self.poll(Call::ReadChecks);
        }
    }

    /// Ends the transfer. The receipt is about the upload, so it is written even if TDR's checks could not run; it then
    /// says so.
    pub(super) fn receipt_written(&mut self, result: Result<(), Code>) {
        if !self.answered(Call::WriteReceipt) {
            return;
        }
        if result.is_ok() {
            self.waits.over();
        }
        match result {
            Ok(()) if self.give_up_order.is_held() && self.phase != Phase::BeingChecked => self.go_to(Phase::GivenUp),
            Ok(()) => self.advance(),
            Err(Code::DiskFull) => self.call_after(Trouble::Wait(WaitReason::DiskFull), Call::WriteReceipt),
            Err(code) => self.stop(code),
        }
    }

    pub(super) fn try_again(&mut self) {
        let possible = self.phase.group() == PhaseGroup::Sending && !self.stage.is_leaving();
        if possible && self.set_aside > 0 && !self.give_up_order.is_wanted() {
            self.stage.lift();
            self.record(TransferRecord::AllBackInQueue);
        }
    }

    pub(super) fn all_back_in_queue(&mut self) {
        self.set_aside = 0;
        self.sending.load_again();
        if self.phase == Phase::Settling && !self.stage.is_leaving() {
            self.advance();
        }
    }

    /// Gives up, which is possible between Starting, when the service may learn of the upload, and the hand-over.
    pub(super) fn give_up(&mut self) {
        let possible = match self.phase.group() {
            PhaseGroup::Opening | PhaseGroup::Sending => true,
            PhaseGroup::Closing => self.phase == Phase::HandingOver,
            PhaseGroup::Preparing | PhaseGroup::Over(_) => false,
        };
        let too_late = self.stage.next_phase().is_some_and(|next| next >= Phase::BeingChecked);
        if !possible || too_late || self.give_up_order.want(true).is_none() {
            return;
        }
        self.stage.lift();
        self.want_pause(false);
        self.forget_calls_but_start();
        self.call_off_all();
        self.record(TransferRecord::GivenUp);
    }

    pub(super) fn give_up_recorded(&mut self) {
        if self.give_up_order.recorded().is_none() {
            self.stage.restart();
        }
    }

    /// Whether the person has given up and the hand-over has not started.
    pub(super) fn is_giving_up(&self) -> bool {
        let before = match self.phase.group() {
            PhaseGroup::Preparing | PhaseGroup::Opening | PhaseGroup::Sending => true,
            PhaseGroup::Closing => self.phase == Phase::HandingOver && !self.give_up_order.is_held(),
            PhaseGroup::Over(_) => false,
        };
        self.give_up_order.is_wanted() && before
    }

    /// Closes the upload as failed once nothing is in flight, so that the receipt lists everything that was sent, and
    /// the service does not start the upload after it was informed that the upload has failed.
    pub(super) fn give_up_when_quiet(&mut self) {
        let recorded = self.give_up_order.is_held() && !self.stage.is_leaving() && self.records.is_empty();
        let concluding = self.stopped().is_some() || self.calls.is_wanted(Call::WriteReceipt);
        let in_flight = self.sending.in_flight() > 0 || self.calls.is_in_flight(Call::StartUpload);
        if !self.started || !recorded || concluding || in_flight {
            return;
        }
        if let Some(phase) = route::after_giving_up(self.settings.route, self.phase) {
            self.conclude(phase);
        }
    }
}
