//! Walking, Checked and Hashing: everything before the service hears of it.

use waybill_model::{Code, Phase, Progress};

use super::calls::Call;
use super::{Action, CheckTotals, HashTotals, Record, Transfer};

impl Transfer {
    pub(super) fn enter_walking(&mut self) {
        self.check = None;
        self.calls.plan(Call::WalkAndCheck, self.now);
    }

    /// The numbers of the check are not journaled, and a folder may change while nobody looks: after a start of the
    /// program the folder is walked again before anything can be sent.
    pub(super) fn enter_checked(&mut self) {
        if self.check.is_none() {
            self.go_to(Phase::Walking);
        } else if self.stop_on_entry.is_some() {
            // That came to light after the person's word.
            self.send = None;
        } else if let Some(accept_left_out) = self.send.take() {
            // The walk ended after the person's word.
            self.decide_send(accept_left_out, false);
        }
    }

    /// What was added to the folder since the check would be sent nowhere and be named nowhere. Once a file has been read it does
    /// not belong to the transfer any more.
    pub(super) fn enter_hashing(&mut self) {
        self.calls.plan(if self.look_again { Call::LookAgain } else { Call::Hash }, self.now);
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
        if std::mem::take(&mut self.folder_changed) {
            self.stop_on_entry = Some(Code::FolderChanged);
        }
        self.advance();
    }

    pub(super) fn send_wanted(&mut self, accept_left_out: bool, look_again: bool) {
        if self.phase == Phase::Checked && self.check.is_some() {
            // What was told twice is decided once.
            if self.next_phase.is_none() {
                self.stopped = None;
                self.stop_on_entry = None;
                self.entered = true;
                self.decide_send(accept_left_out, look_again);
            }
        } else if matches!(self.phase, Phase::Walking | Phase::Checked) {
            self.send = Some(accept_left_out);
        }
    }

    fn decide_send(&mut self, accept_left_out: bool, look_again: bool) {
        let Some(check) = self.check else { return };
        if let Some(code) = check.blocked {
            self.stop(code);
        } else if check.items == 0 {
            self.stop(Code::NothingToSend);
        } else if check.left_out > 0 && !accept_left_out {
            self.stop(Code::LeavesOut);
        } else {
            self.look_again = look_again;
            self.accepted_left_out = accept_left_out;
            if accept_left_out {
                self.record(Record::AcceptedLeftOut);
            }
            self.advance();
        }
    }

    /// A folder that holds other things than were checked is checked anew, and the person sees that before anything is sent.
    pub(super) fn looked_again(&mut self, result: Result<bool, Code>) {
        if !self.calls.answered(Call::LookAgain) {
            return;
        }
        match result {
            Ok(same) => {
                self.look_again = false;
                if same {
                    self.enter_hashing();
                } else {
                    self.folder_changed = true;
                    self.go_to(Phase::Walking);
                }
            }
            Err(code) => self.local_failure(code, Call::LookAgain),
        }
    }

    /// Nothing is silently left out: what turns out unreadable only now, or in a hashing that ended early, goes back to
    /// the person, unless they have said that some files may be left out.
    pub(super) fn hash_done(&mut self, result: Result<HashTotals, Code>) {
        if !self.calls.answered(Call::Hash) {
            return;
        }
        let totals = match result {
            Ok(totals) => totals,
            Err(code) => return self.local_failure(code, Call::Hash),
        };
        self.progress = Progress { items_total: totals.items, bytes_total: totals.bytes, ..Progress::default() };
        if totals.items == 0 || totals.left_out > 0 && !self.accepted_left_out {
            let HashTotals { items, bytes, left_out } = totals;
            self.check = Some(CheckTotals { items, bytes, left_out, blocked: None });
            self.stop_on_entry = Some(if totals.items == 0 { Code::NothingToSend } else { Code::LeavesOut });
            self.go_to(Phase::Checked);
        } else {
            self.advance();
        }
    }

    /// The folder is not reachable. Work that reads all of it ends with that, and begins again when the folder is back.
    pub(super) fn folder_gone(&mut self) {
        if self.waits.folder_gone(self.now) {
            self.actions.push(Action::AwaitFolder);
        }
        for call in [Call::WalkAndCheck, Call::LookAgain, Call::Hash] {
            if self.calls.answered(call) {
                self.calls.plan(call, self.now);
            }
        }
    }

    fn local_failure(&mut self, code: Code, call: Call) {
        if code == Code::FolderGone {
            self.folder_gone();
            self.calls.plan(call, self.now);
        } else if code == Code::Paused {
            // It ended for a pause, which may be over by now.
            self.calls.plan(call, self.now);
        } else {
            self.stop(code);
        }
    }
}
