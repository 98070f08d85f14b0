//! Which notifications a person gets, and when. Pure: time comes from outside.
//!
//! Told are: that they must sign in, that something waits for more than a few minutes and why, that something stopped and
//! needs them, that it is done. Each once, and nothing to a person who has the window before them.

use std::collections::BTreeMap;
use std::time::Duration;

use waybill_app::{Hold, Snapshot, TransferSnapshot};
use waybill_model::{Code, Phase, TransferId, WaitReason, words};

use crate::views;

/// A notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notification {
    /// What it is about.
    pub(crate) transfer: TransferId,
    pub(crate) title: String,
    pub(crate) body: String,
}

/// What has been told, and since when things wait.
#[derive(Debug, Default)]
pub(crate) struct Attention {
    seen: BTreeMap<TransferId, Seen>,
}

/// A short wait is nobody's business.
const WAITS_LONG: Duration = Duration::from_secs(180);
/// The window may not be there yet, and the person before it.
const START_LONG: Duration = Duration::from_secs(10);
/// A sign-in page that is open already may end the wait at once.
const SIGN_IN_LONG: Duration = Duration::from_secs(10);

#[derive(Debug)]
struct Seen {
    matter: Matter,
    since: Duration,
    told: bool,
    /// It was so when this program first looked: the person who has just started it sees for themselves.
    from_start: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Matter {
    Nothing,
    Waits(WaitReason),
    Stopped(Code),
    SetAside,
    HandOver,
    Done,
}

impl Attention {
    /// `elapsed`: time since the program started. To be called with each snapshot, and every few seconds without one while
    /// [it waits](Self::waits_for_time).
    pub(crate) fn look(&mut self, snapshot: &Snapshot, in_front: bool, elapsed: Duration) -> Vec<Notification> {
        self.seen.retain(|id, _| snapshot.transfers.contains_key(id));
        snapshot.transfers.values().filter_map(|now| self.look_at(now, in_front, elapsed)).collect()
    }

    /// Whether something will have to be told unless it changes.
    pub(crate) fn waits_for_time(&self) -> bool {
        self.seen.values().any(|seen| !seen.told && patience(seen.matter).is_some())
    }

    fn look_at(&mut self, now: &TransferSnapshot, in_front: bool, elapsed: Duration) -> Option<Notification> {
        let matter = matter(now);
        let Some(seen) = self.seen.get_mut(&now.id) else {
            // What was over before this program looked is no news.
            self.seen.insert(now.id, Seen { matter, since: elapsed, told: matter == Matter::Done, from_start: true });
            return None;
        };
        if seen.matter != matter {
            *seen = Seen { matter, since: elapsed, told: false, from_start: false };
        }
        let patience = patience(matter)?.max(if seen.from_start { START_LONG } else { Duration::ZERO });
        if seen.told || elapsed.saturating_sub(seen.since) < patience {
            return None;
        }
        seen.told = true;
        if in_front { None } else { tell(now, matter) }
    }
}

fn matter(now: &TransferSnapshot) -> Matter {
    match (now.hold, now.phase) {
        (_, Phase::Finished) => Matter::Done,
        (_, Phase::GivenUp | Phase::Cancelled) | (Hold::Paused, _) => Matter::Nothing,
        (Hold::Waiting { reason, .. }, _) => Matter::Waits(reason),
        (Hold::Stopped(code), _) => Matter::Stopped(code),
        (Hold::Running, Phase::Settling) => Matter::SetAside,
        (Hold::Running, Phase::HandingOver) => Matter::HandOver,
        (
            Hold::Running,
            Phase::Walking
            | Phase::Checked
            | Phase::Hashing
            | Phase::Starting
            | Phase::Registering
            | Phase::Confirming
            | Phase::Sending
            | Phase::BeingChecked,
        ) => Matter::Nothing,
    }
}

/// How long a matter must last to be told; `None` for what is never told.
fn patience(matter: Matter) -> Option<Duration> {
    match matter {
        Matter::Nothing => None,
        Matter::Waits(WaitReason::SignedOut | WaitReason::DifferentPerson) => Some(SIGN_IN_LONG),
        Matter::Waits(_) => Some(WAITS_LONG),
        Matter::Stopped(_) | Matter::SetAside | Matter::HandOver | Matter::Done => Some(Duration::ZERO),
    }
}

fn tell(now: &TransferSnapshot, matter: Matter) -> Option<Notification> {
    let reference = &now.consignment;
    let (title, body) = match matter {
        Matter::Nothing => return None,
        Matter::Waits(reason) => {
            let sentence = words::sentence(reason.code());
            (views::waiting(reason).to_owned(), format!("{reference}: {} {}", sentence.what, sentence.next))
        }
        Matter::Stopped(code) => {
            let sentence = words::sentence(code);
            ("Waybill needs you to go on".to_owned(), format!("{reference}: {} {}", sentence.what, sentence.next))
        }
        Matter::SetAside => (
            "Some files could not be sent".to_owned(),
            format!("{reference}: open Waybill to try them again or to give up."),
        ),
        Matter::HandOver => (
            "All files are sent".to_owned(),
            format!("{reference}: finish on the TDR website, which starts The National Archives' checks."),
        ),
        Matter::Done => {
            ("Your receipt is ready".to_owned(), format!("{reference} is uploaded. You can close Waybill."))
        }
    };
    Some(Notification { transfer: now.id, title, body })
}

#[cfg(test)]
mod tests {
    use waybill_model::Timestamp;

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
    fn a_short_wait_is_nobodys_business_and_a_long_one_is_told_once() {
        let mut attention = Attention::default();
        let offline = waits(WaitReason::Offline);
        for second in [0, 10, 100, 179] {
            assert_eq!(attention.look(&offline, false, at(second)), []);
            assert!(attention.waits_for_time(), "{second}");
        }
        let told = attention.look(&offline, false, at(180));
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].title, "Waiting for the network");
        assert_eq!(told[0].transfer, transfer(1, Phase::Sending, Hold::Running).id);
        assert!(told[0].body.starts_with("TDR-2026-1: "), "{}", told[0].body);
        assert!(!attention.waits_for_time(), "all is told");
        assert_eq!(attention.look(&offline, false, at(4_000)), []);
        assert_eq!(attention.look(&sending(), false, at(4_001)), []);
        assert!(!attention.waits_for_time(), "nothing waits");
        assert_eq!(attention.look(&offline, false, at(4_002)), []);
        assert_eq!(attention.look(&offline, false, at(4_190)).len(), 1, "a new wait is a new matter");
    }

    #[test]
    fn a_person_who_must_sign_in_hears_of_it_soon() {
        let mut attention = Attention::default();
        let signed_out = waits(WaitReason::SignedOut);
        assert_eq!(attention.look(&signed_out, false, at(0)), []);
        let told = attention.look(&signed_out, false, at(10));
        assert_eq!(told[0].title, "Sign in to go on");
    }

    #[test]
    fn whoever_has_the_window_before_them_is_told_nothing_also_not_later() {
        let mut attention = Attention::default();
        let signed_out = waits(WaitReason::SignedOut);
        attention.look(&signed_out, true, at(0));
        assert_eq!(attention.look(&signed_out, true, at(10)), []);
        assert_eq!(attention.look(&signed_out, false, at(20)), []);
    }

    #[test]
    fn done_is_told_when_it_happens_and_not_when_it_was_so_before() {
        let done = snapshot_of([transfer(1, Phase::Finished, Hold::Running)]);
        let mut attention = Attention::default();
        assert_eq!(attention.look(&done, false, at(0)), []);
        let mut attention = Attention::default();
        attention.look(&sending(), false, at(0));
        assert_eq!(attention.look(&done, false, at(1))[0].title, "Your receipt is ready");
        assert_eq!(attention.look(&done, false, at(2)), []);
    }

    #[test]
    fn what_was_so_at_the_start_is_told_once_the_person_has_had_time_to_see_it() {
        let set_aside = snapshot_of([transfer(1, Phase::Settling, Hold::Running)]);
        let mut attention = Attention::default();
        assert_eq!(attention.look(&set_aside, false, at(0)), []);
        assert_eq!(attention.look(&set_aside, false, at(9)), [], "the window is on its way");
        assert_eq!(attention.look(&set_aside, false, at(10)).len(), 1);
        let mut attention = Attention::default();
        attention.look(&set_aside, false, at(0));
        assert_eq!(attention.look(&set_aside, true, at(10)), []);
        assert_eq!(attention.look(&set_aside, false, at(20)), []);
    }

    #[test]
    fn what_stopped_says_what_happened_and_what_to_do() {
        let mut attention = Attention::default();
        attention.look(&sending(), false, at(0));
        let stopped = snapshot_of([transfer(1, Phase::Sending, Hold::Stopped(Code::ConsignmentUnknown))]);
        let told = attention.look(&stopped, false, at(1));
        let sentence = words::sentence(Code::ConsignmentUnknown);
        assert!(told[0].body.contains(sentence.what) && told[0].body.contains(sentence.next));
    }

    #[test]
    fn a_pause_is_the_persons_own_doing() {
        let mut attention = Attention::default();
        attention.look(&sending(), false, at(0));
        let paused = snapshot_of([transfer(1, Phase::Sending, Hold::Paused)]);
        assert_eq!(attention.look(&paused, false, at(100_000)), []);
    }
}
