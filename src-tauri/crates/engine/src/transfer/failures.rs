//! What a failed request to the store means for the whole transfer: where the trouble lies, and what waits.

use waybill_model::{Code, ItemId, Role, WaitReason};

use super::item::Item;
use super::sending::{Broken, Lateness};
use super::{Action, Op, RequestToken, Transfer};
use crate::classify::{FIREWALL_FLOOR, RequestFailure, unreachable};

/// After this many consecutive refusals by the store the machine stops: the trouble is then the service, not the files.
const REFUSALS: u8 = 3;

impl Transfer {
    pub(super) fn request_failed(
        &mut self,
        token: RequestToken,
        id: ItemId,
        op: Op,
        was_try: bool,
        lateness: Lateness,
        failure: RequestFailure,
    ) {
        let now = self.now.steady;
        match failure {
            RequestFailure::Again => {
                self.store_reached(was_try);
                self.with_item(id, |item| item.spend(op, now));
            }
            RequestFailure::Differs => {
                self.store_reached(was_try);
                self.with_item(id, |item| item.differs(op, now));
            }
            RequestFailure::RefreshPermit => {
                // Whether a fresh pass helps is decided by their own machine. The delay only prevents a hot loop here.
                self.with_item(id, |item| item.delay(op, now));
                if was_try {
                    self.waits.prolong(now);
                }
            }
            RequestFailure::Unreachable => {
                self.with_item(id, |item| item.delay(op, now));
                self.sending.streak.failed(id);
                self.silence(was_try);
            }
            RequestFailure::Broken => {
                self.sending.broken.push(Broken { item: id, op, lateness });
                self.sending.streak.failed(id);
                self.silence(was_try);
            }
            RequestFailure::Wait(reason) => {
                let floor = (reason == WaitReason::Firewall).then_some(FIREWALL_FLOOR);
                self.waits.enter(reason, floor, was_try, now);
            }
            RequestFailure::SlowDown(floor) => {
                let next = self.sending.next_token();
                self.sending.pace.slow_down(token, next);
                self.waits.enter(WaitReason::SlowDown, floor, was_try, now);
            }
            RequestFailure::Failed { .. } => self.failed(id, op, was_try, lateness),
            RequestFailure::SetAside(code) => self.refused(id, code, was_try),
            RequestFailure::FileSilent(code) => {
                self.try_was_inconclusive(was_try);
                self.with_item(id, |item| item.was_silent(op, code, now));
            }
            RequestFailure::FolderGone => {
                self.try_was_inconclusive(was_try);
                // The folder may answer again at once, and be gone at the next request.
                self.with_item(id, |item| item.delay(op, now));
                self.folder_gone();
            }
            RequestFailure::CalledOff => self.try_was_inconclusive(was_try),
            RequestFailure::Stop(code) => {
                self.try_was_inconclusive(was_try);
                self.stop(code);
            }
        }
    }

    /// Takes a request that ended although nobody called it off: what carried it out has failed, and may fail each time.
    pub(super) fn ended_early(&mut self, id: ItemId, op: Op, was_try: bool) {
        let now = self.now.steady;
        self.try_was_inconclusive(was_try);
        self.with_item(id, |item| item.spend(op, now));
    }

    /// Pauses everything until the probe shows the cause.
    fn silence(&mut self, was_try: bool) {
        self.waits.enter(unreachable(Role::Upload), None, was_try, self.now.steady);
        if self.waits.probe() {
            self.actions.push(Action::Probe);
        }
    }

    pub(super) fn probed_while_sending(&mut self, other: bool, upload: bool) {
        let broken = std::mem::take(&mut self.sending.broken);
        let now = self.now.steady;
        if !upload {
            self.name_silence(Role::Upload, other);
            return;
        }
        let (late, broken): (Vec<_>, Vec<_>) = broken.into_iter().partition(|broken| self.was_late(*broken));
        if !late.is_empty() && broken.is_empty() {
            // The line is slow, and no file is to blame.
            self.sending.streak.broken();
        }
        for Broken { item, op, .. } in late {
            self.with_item(item, |item| item.delay(op, now));
        }
        self.report_line();
        if self.sending.streak.is_general() {
            return;
        }
        // The address answers, so the wait had no reason, and the broken connections count against the items.
        self.waits.lift();
        for Broken { item: id, op, .. } in broken {
            self.with_item(id, |item| item.spend(op, now));
            self.call_off_useless(id);
        }
    }

    /// Whether a request failed because the line is slow, and sending more slowly may help. An item has that excuse a
    /// number of times, since one that no gateway ever lets through must come to an end.
    fn was_late(&mut self, broken: Broken) -> bool {
        let excused = self.sending.items.get(&broken.item).is_some_and(Item::may_be_late);
        let late = excused && self.sending.slows_down(broken.lateness);
        if late && let Some(item) = self.sending.items.get_mut(&broken.item) {
            item.was_late();
        }
        late
    }

    /// Takes a failure of the service: it counts against the item, unless several items fail.
    fn failed(&mut self, id: ItemId, op: Op, was_try: bool, lateness: Lateness) {
        let now = self.now.steady;
        // A gateway that forwards slowly gives up by itself and answers 504.
        if self.was_late(Broken { item: id, op, lateness }) {
            self.store_reached(was_try);
            self.with_item(id, |item| item.delay(op, now));
            return self.report_line();
        }
        self.sending.streak.failed(id);
        if self.sending.streak.is_general() {
            self.with_item(id, |item| item.delay(op, now));
            self.waits.enter(WaitReason::ServiceFailed, None, was_try, now);
        } else {
            self.store_reached(was_try);
            self.with_item(id, |item| item.spend(op, now));
        }
    }

    fn refused(&mut self, id: ItemId, code: Code, was_try: bool) {
        self.with_item(id, |item| item.set_aside(code));
        if code != Code::StoreRefused && code != Code::ObjectExists {
            // A file that cannot be read is not a sign that the network works.
            self.try_was_inconclusive(was_try);
            return;
        }
        self.store_reached(was_try);
        if code == Code::StoreRefused {
            self.sending.refused_in_a_row = self.sending.refused_in_a_row.saturating_add(1);
            if self.sending.refused_in_a_row >= REFUSALS {
                self.stop(Code::StoreRefused);
            }
        }
    }

    fn try_was_inconclusive(&mut self, was_try: bool) {
        if was_try {
            self.waits.try_was_inconclusive(self.now.steady);
        }
    }

    fn with_item(&mut self, id: ItemId, change: impl FnOnce(&mut Item)) {
        if let Some(item) = self.sending.items.get_mut(&id) {
            change(item);
        }
    }
}
