//! Follows one transfer: decides what to report, when to ask the person, and when the command ends. Pure.
//!
//! Snapshots may be skipped (only the newest is seen), and the effect of a command shows only in a later one. So
//! everything here that must happen once has its own latch.

use std::time::{Duration, Instant};

use waybill_app::{Command, Hold, TransferSnapshot};
use waybill_model::{Code, End, Measure, Phase, PhaseGroup, SendGiven, WaitReason};
use waybill_words as words;

use crate::events::{Event, HoldWord, Progress, State, Waiting};
use crate::quantity::utc;

/// Progress is reported at most this often.
const EVERY: Duration = Duration::from_millis(250);

/// What the command wants of the transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// To upload it.
    Finish(Wishes),
    /// To pause it.
    Pause,
    /// To end it on this computer.
    Cancel,
    /// To end it, and report that to TDR.
    GiveUp,
}

/// How a transfer is followed to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wishes {
    /// Whether the person agreed beforehand that files may be left out.
    pub(crate) accept_left_out: bool,
    /// How many findings that leave an item out an earlier command agreed to, according to the journal.
    pub(crate) agreed: u64,
    /// Whether to try items that were set aside once more.
    pub(crate) retry: bool,
    /// Whether to wait until TDR's own checks have finished.
    pub(crate) wait_for_checks: bool,
    /// How long to wait without anything advancing.
    pub(crate) patience: Option<Duration>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// Report this event.
    Say(Box<Event>),
    /// Show what the check found.
    ShowCheck,
    /// Ask whether files may be left out, and pass the answer to [`Follower::answered`].
    Ask,
    /// Send this command to the transfer.
    Tell(Command),
    /// A sign-in is required.
    SignIn,
    /// There is nothing more to do.
    End(Ending),
}

/// How the transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Everything is uploaded and TDR's checks have finished.
    Uploaded {
        /// Whether TDR's checks found no problems; `None` if that is not known.
        checks_good: Option<bool>,
    },
    /// Everything is uploaded and handed over; TDR's checks continue.
    HandedOver,
    /// Paused.
    Paused,
    /// TDR has recorded that the upload failed.
    GivenUp,
    /// It ended on this computer.
    Cancelled,
    /// It stopped and needs a person to act.
    Stopped(Code),
    /// This many more items than were agreed to would be left out: they were lost after the check.
    LostSinceCheck(u64),
    /// It waited longer than the command allows, for what the code names.
    Blocked(Code),
}

/// The furthest that a transfer has come. A folder that is walked again, or a wait that comes and goes, is no advance.
#[derive(Clone, Debug, Default)]
struct Furthest {
    phase: Option<Phase>,
    counts: [u64; 7],
}

impl Furthest {
    /// Returns whether the transfer has come further than before.
    fn advances(&mut self, seen: &TransferSnapshot) -> bool {
        let checks = seen.service_checks.map_or(0, |checks| checks.antivirus + checks.checksum + checks.format);
        let counts = [
            seen.walked.files + seen.walked.folders,
            seen.hashed.items_done,
            seen.hashed.bytes_done,
            seen.sent.items_done,
            seen.sent.bytes_done,
            seen.set_aside,
            checks,
        ];
        let mut advances = self.phase.is_none_or(|furthest| seen.phase > furthest);
        self.phase = self.phase.max(Some(seen.phase));
        for (furthest, now) in self.counts.iter_mut().zip(counts) {
            advances |= now > *furthest;
            *furthest = now.max(*furthest);
        }
        advances
    }
}

/// The latches for one stay in [`Phase::Checked`].
#[derive(Clone, Copy, Debug, Default)]
struct CheckVisit {
    shown: bool,
    told: bool,
    /// What would be left out, when the person was asked.
    asked: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Latch {
    /// To do when the time comes.
    Armed,
    /// Done, but its effect does not show yet.
    Told,
    /// Its effect shows, or it was never wanted.
    Over,
}

/// Follows one transfer.
#[derive(Debug)]
pub(crate) struct Follower {
    goal: Goal,
    last_state: Option<(Phase, HoldWord, Option<Code>)>,
    last_progress: Option<(Progress, Instant)>,
    last_read: Option<(u64, Instant)>,
    read_rate: u64,
    furthest: Furthest,
    /// Since when something is waited for and nothing has advanced. A wait that comes and goes does not end it.
    waiting_since: Option<Instant>,
    visit: CheckVisit,
    /// How many items the advance agreement covers: those that the check showed. Any others were lost since.
    agreed: Option<u64>,
    pause: Latch,
    retry: Latch,
    ended: bool,
}

impl Follower {
    /// Starts following. `resumed` says that the transfer was paused and has just been told to resume.
    pub(crate) fn new(goal: Goal, resumed: bool) -> Self {
        let retry = match goal {
            Goal::Finish(Wishes { retry: true, .. }) => Latch::Armed,
            Goal::Finish(_) | Goal::Pause | Goal::Cancel | Goal::GiveUp => Latch::Over,
        };
        Self {
            goal,
            last_state: None,
            last_progress: None,
            last_read: None,
            read_rate: 0,
            furthest: Furthest::default(),
            waiting_since: None,
            visit: CheckVisit::default(),
            agreed: None,
            pause: if resumed { Latch::Told } else { Latch::Over },
            retry,
            ended: false,
        }
    }

    /// Examines the newest snapshot. Call it at every change and a few times a second.
    pub(crate) fn look(&mut self, seen: &TransferSnapshot, now: Instant) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.ended {
            return steps;
        }
        self.tell_progress(seen, now, &mut steps);
        self.tell_state(seen, &mut steps);
        match self.goal {
            Goal::Finish(wishes) => self.towards_finish(seen, wishes, now, &mut steps),
            Goal::Pause | Goal::Cancel | Goal::GiveUp => self.towards_stop(seen, &mut steps),
        }
        steps
    }

    /// Records the person's answer to [`Step::Ask`].
    pub(crate) fn answered(&mut self, agreed: bool) -> Step {
        if agreed {
            self.visit.told = true;
            let agreed = self.visit.asked.unwrap_or(0);
            Step::Tell(Command::Send { agreed, given: SendGiven::AfterALook })
        } else {
            self.end(Ending::Stopped(Code::LeavesOut))
        }
    }

    fn end(&mut self, ending: Ending) -> Step {
        self.ended = true;
        Step::End(ending)
    }

    fn towards_finish(&mut self, seen: &TransferSnapshot, wishes: Wishes, now: Instant, steps: &mut Vec<Step>) {
        if seen.phase != Phase::Checked {
            self.visit = CheckVisit::default();
        }
        if seen.phase == Phase::Hashing {
            // If this command showed no check, an earlier one did.
            self.agreed.get_or_insert(wishes.agreed);
        }
        if seen.phase != Phase::Settling && self.retry == Latch::Told {
            self.retry = Latch::Over;
        }
        if let Some(ending) = final_ending(seen) {
            return steps.push(self.end(ending));
        }
        if seen.phase == Phase::BeingChecked && !wishes.wait_for_checks {
            return steps.push(self.end(Ending::HandedOver));
        }
        if self.furthest.advances(seen) {
            self.waiting_since = None;
        }
        if let Some(code) = waited_for(seen)
            && self.loses_patience(wishes, now)
        {
            return steps.push(self.end(Ending::Blocked(code)));
        }
        match seen.hold {
            Hold::Running => {
                self.goes_on();
                if seen.phase == Phase::Checked {
                    self.at_check(seen, wishes, steps);
                }
            }
            Hold::Paused => {
                if self.pause != Latch::Told {
                    steps.push(self.end(Ending::Paused));
                }
            }
            Hold::Waiting { reason, .. } => self.wait(reason, steps),
            Hold::Stopped(code) => {
                self.goes_on();
                self.at_stop(seen, code, wishes, steps);
            }
        }
    }

    fn goes_on(&mut self) {
        self.pause = Latch::Over;
    }

    fn loses_patience(&mut self, wishes: Wishes, now: Instant) -> bool {
        let since = *self.waiting_since.get_or_insert(now);
        wishes.patience.is_some_and(|patience| now.duration_since(since) >= patience)
    }

    fn show_check(&mut self, steps: &mut Vec<Step>) {
        if !self.visit.shown {
            self.visit.shown = true;
            steps.push(Step::ShowCheck);
        }
    }

    /// Before the totals are known, as right after a start, there is nothing to show and nothing to agree to.
    fn at_check(&mut self, seen: &TransferSnapshot, wishes: Wishes, steps: &mut Vec<Step>) {
        if seen.check_totals.is_none() {
            return;
        }
        self.show_check(steps);
        if !self.visit.told {
            self.visit.told = true;
            self.agreed = Some(left_out(seen));
            let agreed = if wishes.accept_left_out { left_out(seen) } else { 0 };
            steps.push(Step::Tell(Command::Send { agreed, given: SendGiven::StraightAfterTheCheck }));
        }
    }

    fn at_stop(&mut self, seen: &TransferSnapshot, code: Code, wishes: Wishes, steps: &mut Vec<Step>) {
        let phase = seen.phase;
        if phase == Phase::Checked {
            self.show_check(steps);
            if code != Code::LeavesOut {
                return steps.push(self.end(Ending::Stopped(code)));
            }
            return self.at_left_out(left_out(seen), wishes, steps);
        }
        if phase == Phase::Settling && code == Code::ItemsSetAside {
            match self.retry {
                Latch::Armed => {
                    self.retry = Latch::Told;
                    return steps.push(Step::Tell(Command::TryAgain));
                }
                Latch::Told => return,
                Latch::Over => {}
            }
        }
        steps.push(self.end(Ending::Stopped(code)));
    }

    /// Agreeing or asking once is enough: the next snapshots may still show the stop.
    fn at_left_out(&mut self, left_out: u64, wishes: Wishes, steps: &mut Vec<Step>) {
        if !wishes.accept_left_out {
            if self.visit.asked != Some(left_out) {
                self.visit.asked = Some(left_out);
                steps.push(Step::Ask);
            }
            return;
        }
        match self.agreed {
            None => {
                self.agreed = Some(left_out);
                let given = SendGiven::StraightAfterTheCheck;
                steps.push(Step::Tell(Command::Send { agreed: left_out, given }));
            }
            Some(agreed) if left_out > agreed => steps.push(self.end(Ending::LostSinceCheck(left_out - agreed))),
            Some(_) => {}
        }
    }

    fn wait(&mut self, reason: WaitReason, steps: &mut Vec<Step>) {
        self.pause = Latch::Over;
        if reason == WaitReason::DifferentPerson {
            return steps.push(self.end(Ending::Stopped(Code::DifferentPerson)));
        }
        if reason == WaitReason::SignedOut {
            steps.push(Step::SignIn);
        }
    }

    fn towards_stop(&mut self, seen: &TransferSnapshot, steps: &mut Vec<Step>) {
        if let Some(ending) = final_ending(seen) {
            return steps.push(self.end(ending));
        }
        match seen.hold {
            Hold::Paused if self.goal == Goal::Pause => steps.push(self.end(Ending::Paused)),
            Hold::Waiting { reason: WaitReason::SignedOut, .. } if self.goal == Goal::GiveUp => {
                steps.push(Step::SignIn);
            }
            Hold::Waiting { reason: WaitReason::DifferentPerson, .. } if self.goal == Goal::GiveUp => {
                steps.push(self.end(Ending::Stopped(Code::DifferentPerson)));
            }
            // A stop from before the command is what the person wants to resume from.
            Hold::Running | Hold::Paused | Hold::Waiting { .. } | Hold::Stopped(_) => {}
        }
    }

    fn tell_state(&mut self, seen: &TransferSnapshot, steps: &mut Vec<Step>) {
        let (hold, reason) = match seen.hold {
            Hold::Running => (HoldWord::Running, None),
            Hold::Paused => (HoldWord::Paused, None),
            Hold::Waiting { reason, .. } => (HoldWord::Waiting, Some(reason.code())),
            Hold::Stopped(code) => (HoldWord::Stopped, Some(code)),
        };
        if self.last_state == Some((seen.phase, hold, reason)) {
            return;
        }
        let last_reason = self.last_state.and_then(|(_, hold, reason)| reason.filter(|_| hold == HoldWord::Waiting));
        self.last_state = Some((seen.phase, hold, reason));
        let transfer = seen.id.to_string();
        let consignment = seen.destination.clone();
        steps.push(say(Event::State(State { transfer, consignment, phase: seen.phase, hold, reason })));
        if let Hold::Waiting { reason, since, next_try } = seen.hold
            && last_reason != Some(reason.code())
        {
            let sentence = words::in_terminal(reason.code());
            // A sign-in has started by itself by then.
            let next = if reason == WaitReason::SignedOut { words::cli::sign_in_to_continue() } else { sentence.next };
            steps.push(say(Event::Waiting(Waiting {
                transfer: Some(seen.id.to_string()),
                reason: reason.code(),
                since: Some(utc(since)),
                next_try: next_try.map(utc),
                message: sentence.what.to_owned(),
                next: next.to_owned(),
            })));
        }
    }

    fn tell_progress(&mut self, seen: &TransferSnapshot, now: Instant, steps: &mut Vec<Step>) {
        let current = self.progress(seen, seen.phase, now);
        let last_phase = self.last_progress.as_ref().map(|(progress, _)| progress.phase);
        if last_phase != Some(seen.phase) {
            self.close_phases(seen, now, steps);
        }
        let Some(current) = current else { return };
        let due = match &self.last_progress {
            Some((last, at)) => last.phase != current.phase || (*last != current && now.duration_since(*at) >= EVERY),
            None => true,
        };
        if due {
            self.say_progress(current, now, steps);
        }
    }

    /// Reports the end of the phase that was just left, and the end of sending if it was too quick to be seen.
    fn close_phases(&mut self, seen: &TransferSnapshot, now: Instant, steps: &mut Vec<Step>) {
        // What a transfer that is cancelled had done is not reported as its end.
        let (reading_is_over, sending_is_over) = match seen.phase.group() {
            PhaseGroup::Preparing | PhaseGroup::Over(End::Cancelled) => (false, false),
            PhaseGroup::Opening => (true, false),
            PhaseGroup::Sending => (true, seen.phase == Phase::Settling),
            PhaseGroup::Closing | PhaseGroup::Over(End::Finished | End::GivenUp) => (true, true),
        };
        let last = self.last_progress.as_ref().map(|(progress, _)| progress.clone());
        if let Some(last) = &last {
            let closing = match last.phase.measure() {
                Some(Measure::Found) => self.progress(seen, Phase::Walking, now),
                // The totals of reading disappear with the phase; the next phase starts when everything has been read.
                Some(Measure::Read) if reading_is_over => Some(Progress {
                    items_done: last.items_total,
                    bytes_done: last.bytes_total,
                    bytes_per_second: 0,
                    ..last.clone()
                }),
                Some(Measure::Checked) => self.progress(seen, Phase::BeingChecked, now),
                Some(Measure::Read | Measure::Sent) | None => None,
            };
            if let Some(closing) = closing.filter(|closing| closing != last) {
                self.say_progress(closing, now, steps);
            }
        }
        let told_sending = last.is_some_and(|last| last.phase == Phase::BeingChecked);
        if sending_is_over && !told_sending {
            let sent = self.progress(seen, Phase::Sending, now).map(|sent| Progress { bytes_per_second: 0, ..sent });
            if let Some(sent) = sent.filter(|sent| self.last_progress.as_ref().is_none_or(|(last, _)| last != sent)) {
                self.say_progress(sent, now, steps);
            }
        }
    }

    fn say_progress(&mut self, progress: Progress, now: Instant, steps: &mut Vec<Step>) {
        self.last_progress = Some((progress.clone(), now));
        steps.push(say(Event::Progress(progress)));
    }

    fn progress(&mut self, seen: &TransferSnapshot, phase: Phase, now: Instant) -> Option<Progress> {
        let of = |numbers: waybill_model::Progress, bytes_per_second: u64| Progress {
            transfer: Some(seen.id.to_string()),
            phase,
            items_done: numbers.items_done,
            items_total: numbers.items_total,
            bytes_done: numbers.bytes_done,
            bytes_total: numbers.bytes_total,
            bytes_per_second,
        };
        match phase.measure() {
            Some(Measure::Found) => Some(of(
                waybill_model::Progress {
                    items_done: seen.walked.files,
                    items_total: seen.walked.files,
                    bytes_done: seen.walked.bytes,
                    bytes_total: seen.walked.bytes,
                },
                0,
            )),
            Some(Measure::Read) => (seen.hashed.items_total > 0).then(|| of(seen.hashed, self.reading(seen, now))),
            // In Settling nothing is sent.
            Some(Measure::Sent) => (phase == Phase::Sending).then(|| of(seen.sent, seen.bytes_per_second)),
            Some(Measure::Checked) => seen.service_checks.map(|checks| {
                let items_done = checks.antivirus.min(checks.checksum).min(checks.format);
                let items_total = checks.total_files;
                of(waybill_model::Progress { items_done, items_total, ..Default::default() }, 0)
            }),
            None => None,
        }
    }

    /// The reading speed in bytes a second, measured once a second.
    fn reading(&mut self, seen: &TransferSnapshot, now: Instant) -> u64 {
        let bytes = seen.hashed.bytes_done;
        match self.last_read {
            None => self.last_read = Some((bytes, now)),
            Some((before, at)) => {
                let span = now.duration_since(at);
                if span >= Duration::from_secs(1) {
                    let rate = u128::from(bytes.saturating_sub(before)) * 1000 / span.as_millis();
                    self.read_rate = u64::try_from(rate).unwrap_or(u64::MAX);
                    self.last_read = Some((bytes, now));
                }
            }
        }
        self.read_rate
    }
}

/// Returns what is waited for: a blocker, the person at the hand-over page, or the service's own checks. A lost
/// registration is waited for in any case, because that is soon over and has to be waited for by the next command too.
fn waited_for(seen: &TransferSnapshot) -> Option<Code> {
    match (seen.hold, seen.phase) {
        (Hold::Waiting { reason: WaitReason::RegistrationInDoubt | WaitReason::DifferentPerson, .. }, _) => None,
        (Hold::Waiting { reason, .. }, _) => Some(reason.code()),
        (Hold::Running, Phase::HandingOver) => Some(Code::HandOverNeeded),
        (Hold::Running, Phase::BeingChecked) => Some(Code::ChecksUnfinished),
        (Hold::Running | Hold::Paused | Hold::Stopped(_), _) => None,
    }
}

fn say(event: Event) -> Step {
    Step::Say(Box::new(event))
}

fn final_ending(seen: &TransferSnapshot) -> Option<Ending> {
    match seen.phase.group() {
        PhaseGroup::Over(End::Finished) if seen.service_checks.is_some_and(|checks| checks.could_not_run()) => {
            Some(Ending::Stopped(Code::ChecksFailed))
        }
        PhaseGroup::Over(End::Finished) => {
            Some(Ending::Uploaded { checks_good: seen.service_checks.map(|checks| checks.all_succeeded) })
        }
        PhaseGroup::Over(End::GivenUp) => Some(Ending::GivenUp),
        PhaseGroup::Over(End::Cancelled) => Some(Ending::Cancelled),
        PhaseGroup::Preparing | PhaseGroup::Opening | PhaseGroup::Sending | PhaseGroup::Closing => None,
    }
}

/// Returns how many findings leave an item out, according to the snapshot.
fn left_out(seen: &TransferSnapshot) -> u64 {
    seen.check_totals.map_or(0, |check| check.left_out)
}

#[cfg(test)]
mod tests;
