//! Walking, Checked and Hashing: everything before the service knows of the transfer.

use waybill_model::{Code, Phase, Progress, SendGiven, TransferRecord};

use super::calls::Call;
use super::send_order::SendOrder;
use super::stage::{Stage, Then};
use super::{Action, CheckTotals, HashTotals, Transfer};

impl Transfer {
    pub(super) fn enter_walking(&mut self) {
        self.check = None;
        self.calls.plan(Call::WalkAndCheck, self.now.steady);
    }

    /// The totals of the check are not in the journal, and the folder may change while the program is not running. So
    /// after a start the folder is walked again before anything can be sent.
    pub(super) fn enter_checked(&mut self, stops: bool) {
        if self.check.is_none() {
            self.go_to(Phase::Walking);
        } else if stops {
            // The person did not know of this when they gave the order.
            self.send_order = SendOrder::None;
        } else if let Some(agreed) = self.send_order.take_early() {
            self.decide_send(agreed, SendGiven::StraightAfterTheCheck);
        }
    }

    /// Files added to the folder since the check would be neither sent nor mentioned, so the folder is compared first.
    /// Once a file has been read, later additions are not part of the transfer.
    pub(super) fn enter_hashing(&mut self) {
        self.calls
            .plan(if self.send_order.wants_recheck() { Call::CompareFolder } else { Call::Hash }, self.now.steady);
    }

    pub(super) fn walk_done(&mut self, result: Result<(), Code>) {
        if !self.calls.is_in_flight(Call::WalkAndCheck) {
            return;
        }
        if let Err(code) = result {
            self.calls.answered(Call::WalkAndCheck);
            self.local_failure(code, Call::WalkAndCheck);
        }
    }

    pub(super) fn check_done(&mut self, totals: CheckTotals) {
        if !self.calls.answered(Call::WalkAndCheck) {
            return;
        }
        self.check = Some(totals);
        self.progress = Progress { items_total: totals.items, bytes_total: totals.bytes, ..Progress::default() };
        if totals.blocked == Some(Code::FolderChanged) {
            self.send_order = SendOrder::Void;
        }
        let was_void = self.send_order.take_void();
        self.advance_then(if was_void { Then::Stop(Code::FolderChanged) } else { Then::Work });
    }

    pub(super) fn send_wanted(&mut self, agreed: u64, given: SendGiven) {
        if self.phase == Phase::Checked && self.check.is_some() {
            // A repeated order is decided on once.
            if !self.stage.is_leaving() {
                self.stage = Stage::Working;
                if self.check.is_some_and(|check| check.blocked == Some(Code::FolderChanged)) {
                    self.check_again();
                } else {
                    self.decide_send(agreed, given);
                }
            }
        } else if matches!(self.phase, Phase::Walking | Phase::Checked) {
            self.send_order.give_early(agreed);
        }
    }

    /// An agreement is one to the number that the person was shown.
    fn decide_send(&mut self, agreed: u64, given: SendGiven) {
        let Some(check) = self.check else { return };
        if let Some(code) = check.blocked {
            self.stop(code);
        } else if check.items == 0 {
            self.stop(Code::NothingToSend);
        } else if check.left_out > 0 && check.left_out != agreed {
            self.stop(Code::LeavesOut);
        } else {
            let recheck = given == SendGiven::AfterALook;
            self.send_order = SendOrder::Given { agreed: check.left_out, recheck };
            if check.left_out > 0 {
                self.record(TransferRecord::AcceptedLeftOut(check.left_out));
            }
            self.advance();
        }
    }

    /// A folder that has changed since the check is checked again, and the person sees the result before anything is
    /// sent.
    pub(super) fn folder_compared(&mut self, result: Result<bool, Code>) {
        if !self.calls.answered(Call::CompareFolder) {
            return;
        }
        match result {
            Ok(true) => {
                self.send_order.rechecked();
                self.enter_hashing();
            }
            Ok(false) => self.check_again(),
            Err(code) => self.local_failure(code, Call::CompareFolder),
        }
    }

    /// The person sees the result before anything is sent.
    fn check_again(&mut self) {
        self.send_order = SendOrder::Void;
        self.go_to(Phase::Walking);
    }

    /// Nothing is silently left out: if more files turn out to be unreadable or gone than the person has agreed to, they
    /// are asked again.
    pub(super) fn hash_done(&mut self, result: Result<HashTotals, Code>) {
        if !self.calls.answered(Call::Hash) {
            return;
        }
        let totals = match result {
            Ok(totals) => totals,
            Err(code) => return self.local_failure(code, Call::Hash),
        };
        self.progress = Progress { items_total: totals.items, bytes_total: totals.bytes, ..Progress::default() };
        if totals.items == 0 || !self.send_order.covers(totals.left_out) {
            let HashTotals { items, bytes, left_out } = totals;
            self.check = Some(CheckTotals { items, bytes, left_out, blocked: None });
            let code = if totals.items == 0 { Code::NothingToSend } else { Code::LeavesOut };
            self.leave(Phase::Checked, Then::Stop(code));
        } else {
            self.advance();
        }
    }

    /// The folder is not reachable. Work that reads all of it ends, and restarts when the folder is back.
    pub(super) fn folder_gone(&mut self) {
        if self.waits.folder_gone(self.now.steady) {
            self.actions.push(Action::AwaitFolder);
        }
        for call in [Call::WalkAndCheck, Call::CompareFolder, Call::Hash] {
            if self.calls.answered(call) {
                self.calls.plan(call, self.now.steady);
            }
        }
    }

    fn local_failure(&mut self, code: Code, call: Call) {
        if code == Code::FolderGone {
            self.folder_gone();
            self.calls.plan(call, self.now.steady);
        } else if code == Code::Paused {
            // It ended because of a pause, which may be over by now.
            self.calls.plan(call, self.now.steady);
        } else {
            self.stop(code);
        }
    }
}
