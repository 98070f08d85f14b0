//! Decides which notifications a person gets, and when. Pure: time is passed in.
//!
//! A person is notified that they must sign in, that something has waited for more than a few minutes and why, that
//! something stopped and needs them, and that a transfer is done. Each is sent once, and not while the window is in
//! front.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use waybill_app::{Hold, Snapshot, TransferSnapshot, TurnState};
use waybill_model::{Code, End, Phase, PhaseGroup, TransferId, WaitReason};
use waybill_words as words;
use waybill_words::notification;

/// A notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notification {
    /// The transfer it is about.
    pub(crate) transfer: TransferId,
    pub(crate) title: String,
    pub(crate) body: String,
}

/// What has been reported, and since when transfers have been waiting.
#[derive(Debug, Default)]
pub(crate) struct Notifications {
    seen: BTreeMap<TransferId, Seen>,
}

/// Shorter waits are not worth a notification.
const WAITS_LONG: Duration = Duration::from_secs(180);
/// At the start, the window may still be opening.
const START_LONG: Duration = Duration::from_secs(10);
/// A sign-in page that is already open may soon end the wait.
const SIGN_IN_LONG: Duration = Duration::from_secs(10);

#[derive(Debug)]
struct Seen {
    matter: Matter,
    since: Duration,
    /// Since when it has been waiting, for any reason. An unstable network changes the reason all the time.
    waits_since: Duration,
    /// What has been reported since then, or about this matter.
    told: BTreeSet<Told>,
    /// This was already so when the program started, and the person who started it can see it.
    from_start: bool,
}

/// What is reported once. One notification covers all waits that end by themselves; one that needs the person is
/// reported separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    EndsByItself,
    Needs(WaitReason),
    /// The website is needed, to hand over or to give up.
    Website,
    Matter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Matter {
    Nothing,
    Waits(WaitReason),
    Stopped(Code),
    SetAside,
    HandOver,
    GiveUp,
    Done(Checks),
}

/// How the service's own checks ended, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Checks {
    Good,
    Bad,
    CouldNotRun,
    NotKnown,
}

impl Notifications {
    /// Returns the notifications that are due. `elapsed` is the time since the program started. Call it with each
    /// snapshot, and every few seconds without one while [it waits](Self::waits_for_time).
    pub(crate) fn look(&mut self, snapshot: &Snapshot, in_front: bool, elapsed: Duration) -> Vec<Notification> {
        self.seen.retain(|id, _| snapshot.transfers.contains_key(id));
        snapshot.transfers.values().filter_map(|now| self.look_at(now, in_front, elapsed)).collect()
    }

    /// Returns whether a notification will become due if nothing changes.
    pub(crate) fn waits_for_time(&self) -> bool {
        self.seen.values().any(|seen| seen.patience().is_some() && !seen.told.contains(&told(seen.matter)))
    }

    fn look_at(&mut self, now: &TransferSnapshot, in_front: bool, elapsed: Duration) -> Option<Notification> {
        let matter = matter(now);
        match self.seen.get_mut(&now.id) {
            Some(seen) => {
                seen.becomes(matter, now.phase, elapsed);
                let is_news = seen.is_due(elapsed) && seen.told.insert(told(matter)) && !in_front;
                if is_news { tell(now, matter) } else { None }
            }
            None => {
                self.seen.insert(now.id, Seen::from_start(matter, elapsed));
                None
            }
        }
    }
}

impl Seen {
    fn from_start(matter: Matter, elapsed: Duration) -> Self {
        // A transfer that was already over when the program started is not news.
        let told = if let Matter::Done(_) = matter { BTreeSet::from([Told::Matter]) } else { BTreeSet::new() };
        Self { matter, since: elapsed, waits_since: elapsed, told, from_start: true }
    }

    fn becomes(&mut self, matter: Matter, phase: Phase, elapsed: Duration) {
        if self.matter == matter {
            return;
        }
        let is_same_news = match (self.matter, matter) {
            (Matter::Waits(_), Matter::Waits(_)) | (Matter::Done(_), Matter::Done(_)) => true,
            (
                Matter::Nothing
                | Matter::Waits(_)
                | Matter::Stopped(_)
                | Matter::SetAside
                | Matter::HandOver
                | Matter::GiveUp
                | Matter::Done(_),
                _,
            ) => false,
        };
        if !is_same_news {
            // An unstable network does not make the website's page news again.
            self.told.retain(|told| *told == Told::Website && phase == Phase::HandingOver);
            self.waits_since = elapsed;
        }
        (self.matter, self.since, self.from_start) = (matter, elapsed, false);
    }

    /// How long the matter must last before it is reported; `None` if it never is.
    fn patience(&self) -> Option<Duration> {
        let at_start = if self.from_start { START_LONG } else { Duration::ZERO };
        patience(self.matter).map(|patience| patience.max(at_start))
    }

    fn is_due(&self, elapsed: Duration) -> bool {
        let lasts = |since: Duration| elapsed.saturating_sub(since);
        let waits_long = matches!(self.matter, Matter::Waits(_)) && lasts(self.waits_since) >= WAITS_LONG;
        waits_long || self.patience().is_some_and(|patience| lasts(self.since) >= patience)
    }
}

fn matter(now: &TransferSnapshot) -> Matter {
    match (now.hold, now.phase.group()) {
        (_, PhaseGroup::Over(End::Finished)) => Matter::Done(checks(now)),
        // It continues by itself, and its hold is from before it waited for its turn.
        _ if now.turn == TurnState::Waits => Matter::Nothing,
        (_, PhaseGroup::Over(End::GivenUp | End::Cancelled)) | (Hold::Paused, _) => Matter::Nothing,
        (Hold::Waiting { reason, .. }, _) => Matter::Waits(reason),
        // The engine stops there for the person to decide: nothing is wrong with the transfer.
        (Hold::Stopped(Code::ItemsSetAside), _) => Matter::SetAside,
        (Hold::Stopped(code), _) => Matter::Stopped(code),
        (Hold::Running, PhaseGroup::Closing) if now.phase == Phase::BeingChecked => Matter::Nothing,
        (Hold::Running, PhaseGroup::Closing) if now.given_up => Matter::GiveUp,
        (Hold::Running, PhaseGroup::Closing) => Matter::HandOver,
        // Settling runs only for the moment in which the person's decision is recorded.
        (Hold::Running, PhaseGroup::Preparing | PhaseGroup::Opening | PhaseGroup::Sending) => Matter::Nothing,
    }
}

fn checks(now: &TransferSnapshot) -> Checks {
    match now.service_checks {
        Some(checks) if checks.could_not_run() => Checks::CouldNotRun,
        Some(checks) if checks.finished() && checks.all_succeeded => Checks::Good,
        Some(checks) if checks.finished() => Checks::Bad,
        Some(_) | None => Checks::NotKnown,
    }
}

/// How long a matter must last before it is reported; `None` if it never is.
fn patience(matter: Matter) -> Option<Duration> {
    match matter {
        Matter::Nothing => None,
        Matter::Waits(WaitReason::SignedOut | WaitReason::DifferentPerson) => Some(SIGN_IN_LONG),
        Matter::Waits(_) => Some(WAITS_LONG),
        Matter::Stopped(_) | Matter::SetAside | Matter::HandOver | Matter::GiveUp | Matter::Done(_) => {
            Some(Duration::ZERO)
        }
    }
}

fn told(matter: Matter) -> Told {
    match matter {
        Matter::Waits(
            WaitReason::Offline
            | WaitReason::UploadUnreachable
            | WaitReason::ApiUnreachable
            | WaitReason::SignInUnreachable
            | WaitReason::SlowDown
            | WaitReason::ProxyUnreachable
            | WaitReason::Firewall
            | WaitReason::PermitRefused
            | WaitReason::RegistrationInDoubt
            | WaitReason::ServiceFailed,
        ) => Told::EndsByItself,
        Matter::Waits(
            reason @ (WaitReason::SignedOut
            | WaitReason::DifferentPerson
            | WaitReason::UnexpectedPage
            | WaitReason::CertificateUntrusted
            | WaitReason::ClockWrong
            | WaitReason::ProxyRefused
            | WaitReason::ProxySignIn
            | WaitReason::FolderGone
            | WaitReason::DiskFull),
        ) => Told::Needs(reason),
        Matter::HandOver | Matter::GiveUp => Told::Website,
        Matter::Nothing | Matter::Stopped(_) | Matter::SetAside | Matter::Done(_) => Told::Matter,
    }
}

/// Returns text that the service made as it can stand in a notification. Desktops of Linux read the body as markup, with
/// links (freedesktop.org, Desktop Notifications, "Markup").
fn of_others(text: &str) -> String {
    let shown = words::visible(text);
    if cfg!(target_os = "linux") {
        shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    } else {
        shown
    }
}

fn tell(now: &TransferSnapshot, matter: Matter) -> Option<Notification> {
    let reference = &of_others(&now.destination);
    let in_full = |code: Code| {
        let sentence = words::in_notification(code);
        notification::code(notification::Code { reference, what: sentence.what, next: sentence.next })
    };
    let (title, body) = match matter {
        Matter::Nothing => return None,
        Matter::Waits(reason) => (words::waiting(reason), in_full(reason.code())),
        Matter::Stopped(code) => (notification::stopped(), in_full(code)),
        Matter::SetAside => (words::phase(Phase::Settling), in_full(Code::ItemsSetAside)),
        Matter::HandOver => (notification::hand_over(), notification::hand_over_body(reference)),
        Matter::GiveUp => (notification::give_up(), notification::give_up_body(reference)),
        Matter::Done(Checks::Good) => (notification::receipt(), notification::receipt_body(reference)),
        Matter::Done(Checks::NotKnown) => {
            (notification::receipt(), notification::receipt_body_checks_unknown(reference))
        }
        Matter::Done(Checks::Bad) => (notification::problems(), notification::problems_body(reference)),
        Matter::Done(Checks::CouldNotRun) => (notification::not_run(), notification::not_run_body(reference)),
    };
    Some(Notification { transfer: now.id, title: title.to_owned(), body })
}

#[cfg(test)]
mod tests {
    use waybill_model::{CheckProgress, ConsignmentStatuses, StatusValue, Timestamp};

    use super::*;
    use crate::testing::{snapshot_of, transfer};

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn waits(reason: WaitReason) -> Snapshot {
        let hold = Hold::Waiting { reason, since: Timestamp(0), next_try: None };
        snapshot_of([transfer(1, Phase::Sending, hold)])
    }

    fn sending() -> Snapshot {
        snapshot_of([transfer(1, Phase::Sending, Hold::Running)])
    }

    #[test]
    fn a_short_wait_is_not_reported_and_a_long_one_is_reported_once() {
        let mut notifications = Notifications::default();
        let offline = waits(WaitReason::Offline);
        for second in [0, 10, 100, 179] {
            assert_eq!(notifications.look(&offline, false, at(second)), []);
            assert!(notifications.waits_for_time(), "{second}");
        }
        let told = notifications.look(&offline, false, at(180));
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].title, "Waiting for the network");
        assert_eq!(told[0].transfer, transfer(1, Phase::Sending, Hold::Running).id);
        assert!(told[0].body.starts_with("TDR-2026-1: "), "{}", told[0].body);
        assert!(!notifications.waits_for_time(), "everything has been said");
        assert_eq!(notifications.look(&offline, false, at(4_000)), []);
        assert_eq!(notifications.look(&sending(), false, at(4_001)), []);
        assert!(!notifications.waits_for_time(), "nothing waits");
        assert_eq!(notifications.look(&offline, false, at(4_002)), []);
        assert_eq!(notifications.look(&offline, false, at(4_190)).len(), 1, "a new wait is a new matter");
    }

    #[test]
    fn a_notification_holds_no_markup_of_others() {
        let mut notifications = Notifications::default();
        let mut stopped = transfer(1, Phase::Sending, Hold::Stopped(Code::ServiceFailed));
        stopped.destination = "<a href=\"https://evil.example\">&\u{202e}\n</a>".to_owned();
        notifications.look(&sending(), false, at(0));
        let told = notifications.look(&snapshot_of([stopped]), false, at(10));
        let body = &told[0].body;
        assert!(!body.contains(words::is_control), "{body}");
        assert!(!cfg!(target_os = "linux") || !body.contains(['<', '>']) && body.contains("&lt;a href"), "{body}");
    }

    #[test]
    fn a_need_to_sign_in_is_reported_soon() {
        let mut notifications = Notifications::default();
        let signed_out = waits(WaitReason::SignedOut);
        assert_eq!(notifications.look(&signed_out, false, at(0)), []);
        let told = notifications.look(&signed_out, false, at(10));
        assert_eq!(told[0].title, words::waiting(WaitReason::SignedOut));
        assert!(told[0].body.contains("Open Waybill and sign in."), "{}", told[0].body);
    }

    #[test]
    fn an_unstable_network_is_reported_once_after_a_long_wait() {
        let mut notifications = Notifications::default();
        notifications.look(&sending(), false, at(0));
        let [offline, vpn] = [WaitReason::Offline, WaitReason::UploadUnreachable].map(waits);
        let seconds = (10..=400).step_by(10);
        let told = seconds.filter(|second| {
            let now = if (second / 10) % 2 == 0 { &offline } else { &vpn };
            !notifications.look(now, false, at(*second)).is_empty()
        });
        assert_eq!(told.collect::<Vec<_>>(), [190]);
    }

    #[test]
    fn what_needs_the_person_is_reported_even_after_an_ordinary_wait_was() {
        let mut notifications = Notifications::default();
        notifications.look(&sending(), false, at(0));
        let [offline, full, signed_out] = [WaitReason::Offline, WaitReason::DiskFull, WaitReason::SignedOut].map(waits);
        notifications.look(&offline, false, at(10));
        assert_eq!(notifications.look(&offline, false, at(190)).len(), 1);
        assert_eq!(notifications.look(&full, false, at(200))[0].title, words::waiting(WaitReason::DiskFull));
        assert_eq!(notifications.look(&offline, false, at(201)), []);
        assert_eq!(notifications.look(&full, false, at(202)), []);
        assert_eq!(notifications.look(&signed_out, false, at(210)).len(), 1);
    }

    #[test]
    fn a_sign_in_needed_during_a_wait_is_reported_soon_but_not_at_once() {
        let mut notifications = Notifications::default();
        notifications.look(&sending(), false, at(0));
        let [offline, signed_out] = [WaitReason::Offline, WaitReason::SignedOut].map(waits);
        notifications.look(&offline, false, at(10));
        assert_eq!(notifications.look(&signed_out, false, at(100)), []);
        assert_eq!(notifications.look(&signed_out, false, at(109)), []);
        assert_eq!(notifications.look(&signed_out, false, at(110)).len(), 1);
    }

    #[test]
    fn the_result_of_the_checks_is_not_reported_a_second_time() {
        let mut notifications = Notifications::default();
        notifications.look(&sending(), false, at(0));
        let done = snapshot_of([transfer(1, Phase::Finished, Hold::Running)]);
        assert_eq!(notifications.look(&done, false, at(1)).len(), 1);
        let mut known = transfer(1, Phase::Finished, Hold::Running);
        known.service_checks = Some(CheckProgress { all_succeeded: true, ..CheckProgress::default() });
        assert_eq!(notifications.look(&snapshot_of([known]), false, at(2)), []);
    }

    #[test]
    fn nothing_is_reported_while_the_window_is_in_front_nor_afterwards() {
        let mut notifications = Notifications::default();
        let signed_out = waits(WaitReason::SignedOut);
        notifications.look(&signed_out, true, at(0));
        assert_eq!(notifications.look(&signed_out, true, at(10)), []);
        assert_eq!(notifications.look(&signed_out, false, at(20)), []);
    }

    #[test]
    fn done_is_reported_when_it_happens_and_not_if_it_was_so_before() {
        let done = snapshot_of([transfer(1, Phase::Finished, Hold::Running)]);
        let mut notifications = Notifications::default();
        assert_eq!(notifications.look(&done, false, at(0)), []);
        let mut notifications = Notifications::default();
        notifications.look(&sending(), false, at(0));
        assert_eq!(notifications.look(&done, false, at(1))[0].title, "Your receipt is ready");
        assert_eq!(notifications.look(&done, false, at(2)), []);
    }

    #[test]
    fn a_receipt_is_good_news_only_if_the_services_checks_ended_well() {
        let found = |all_succeeded, client_checks, server_ffid| CheckProgress {
            total_files: 1,
            antivirus: 1,
            checksum: 1,
            format: 1,
            statuses: ConsignmentStatuses { client_checks, server_ffid, ..ConsignmentStatuses::default() },
            all_succeeded,
        };
        let told = |checks: Option<CheckProgress>| {
            let mut notifications = Notifications::default();
            notifications.look(&sending(), false, at(0));
            let mut done = transfer(1, Phase::Finished, Hold::Running);
            done.service_checks = checks;
            notifications.look(&snapshot_of([done]), false, at(1)).remove(0)
        };
        let completed = Some(StatusValue::Completed);
        let good = told(Some(found(true, completed, completed)));
        assert_eq!(good.title, "Your receipt is ready");
        assert_eq!(good.body, "TDR-2026-1 is uploaded. You can close Waybill.");
        let bad = told(Some(found(false, completed, completed)));
        let not_run = told(Some(found(false, Some(StatusValue::Failed), None)));
        assert_eq!((bad.title.as_str(), not_run.title.as_str()), (words::ended::problems(), words::ended::not_run()));
        for news in [bad, not_run, told(None)] {
            assert!(!news.body.contains("can close") && news.body.to_lowercase().contains("open waybill"), "{news:?}");
        }
    }

    #[test]
    fn what_was_so_at_the_start_is_reported_once_there_was_time_to_see_it() {
        let set_aside = snapshot_of([transfer(1, Phase::Settling, Hold::Stopped(Code::ItemsSetAside))]);
        let mut notifications = Notifications::default();
        assert_eq!(notifications.look(&set_aside, false, at(0)), []);
        assert_eq!(notifications.look(&set_aside, false, at(9)), [], "the window is on its way");
        assert_eq!(notifications.look(&set_aside, false, at(10)).len(), 1);
        let mut notifications = Notifications::default();
        notifications.look(&set_aside, false, at(0));
        assert_eq!(notifications.look(&set_aside, true, at(10)), []);
        assert_eq!(notifications.look(&set_aside, false, at(20)), []);
    }

    #[test]
    fn files_set_aside_are_reported_as_a_question_in_the_windows_words() {
        let mut notifications = Notifications::default();
        notifications.look(&sending(), false, at(0));
        let asked = snapshot_of([transfer(1, Phase::Settling, Hold::Stopped(Code::ItemsSetAside))]);
        let told = notifications.look(&asked, false, at(1));
        assert_eq!(told[0].title, "Some files could not be sent");
        assert!(told[0].body.contains("Open Waybill"), "{}", told[0].body);
        let decided = snapshot_of([transfer(1, Phase::Settling, Hold::Running)]);
        assert_eq!(notifications.look(&decided, false, at(2)), [], "what the person decided is on its way");
    }

    #[test]
    fn a_stop_is_reported_with_what_happened_and_what_to_do() {
        let mut notifications = Notifications::default();
        notifications.look(&sending(), false, at(0));
        let stopped = snapshot_of([transfer(1, Phase::Sending, Hold::Stopped(Code::ConsignmentUnknown))]);
        let told = notifications.look(&stopped, false, at(1));
        let sentence = words::in_notification(Code::ConsignmentUnknown);
        assert!(told[0].body.contains(sentence.what) && told[0].body.contains(sentence.next));
    }

    #[test]
    fn what_waits_for_its_turn_asks_for_nothing_until_it_has_it() {
        let mut notifications = Notifications::default();
        notifications.look(&sending(), false, at(0));
        let mut queued = transfer(1, Phase::HandingOver, Hold::Running);
        queued.turn = TurnState::Waits;
        assert_eq!(notifications.look(&snapshot_of([queued.clone()]), false, at(1_000)), []);
        queued.turn = TurnState::None;
        assert_eq!(notifications.look(&snapshot_of([queued]), false, at(1_001)).len(), 1);
    }

    fn handing_over(hold: Hold, given_up: bool) -> Snapshot {
        snapshot_of([TransferSnapshot { given_up, ..transfer(1, Phase::HandingOver, hold) }])
    }

    #[test]
    fn the_hand_over_is_reported_once_however_often_the_network_drops() {
        let mut notifications = Notifications::default();
        notifications.look(&sending(), false, at(0));
        let wanted = handing_over(Hold::Running, false);
        assert_eq!(notifications.look(&wanted, false, at(1))[0].title, "All files have been sent");
        let offline =
            handing_over(Hold::Waiting { reason: WaitReason::Offline, since: Timestamp(0), next_try: None }, false);
        for (minute, between) in [(1, &offline), (2, &handing_over(Hold::Paused, false))] {
            assert_eq!(notifications.look(between, false, at(minute * 60)), []);
            assert_eq!(notifications.look(&wanted, false, at(minute * 60 + 1)), [], "{minute}");
        }
        notifications.look(&offline, false, at(200));
        assert_eq!(notifications.look(&offline, false, at(380)).len(), 1, "a long wait is another matter");
        notifications.look(&sending(), false, at(400));
        assert_eq!(notifications.look(&wanted, false, at(401)).len(), 1, "it was sent once more");
    }

    #[test]
    fn a_transfer_that_was_given_up_is_not_reported_as_sent() {
        let mut notifications = Notifications::default();
        notifications.look(&sending(), false, at(0));
        let told = notifications.look(&handing_over(Hold::Running, true), false, at(1));
        assert_eq!(told[0].title, notification::give_up());
        assert!(told[0].body.starts_with("TDR-2026-1: ") && told[0].body.contains("not complete"), "{}", told[0].body);
        notifications.look(&handing_over(Hold::Paused, true), false, at(2));
        assert_eq!(notifications.look(&handing_over(Hold::Running, true), false, at(3)), []);
    }

    #[test]
    fn a_pause_is_not_reported() {
        let mut notifications = Notifications::default();
        notifications.look(&sending(), false, at(0));
        let paused = snapshot_of([transfer(1, Phase::Sending, Hold::Paused)]);
        assert_eq!(notifications.look(&paused, false, at(100_000)), []);
    }
}
