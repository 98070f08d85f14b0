//! Computes what the tray and the taskbar show from a snapshot. Pure.

use waybill_app::{Hold, SessionState, Snapshot, TransferSnapshot, TurnState};
use waybill_model::{Code, Measure, Phase, PhaseGroup, WaitReason};
use waybill_words as words;
use waybill_words::{hold, tray as menu};

/// The tray's menu and tooltip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TrayView {
    /// The state in a few words.
    pub(crate) state: String,
    /// The progress of the transfer shown, if it has any.
    pub(crate) progress: Option<String>,
    /// Something that can be paused is running.
    pub(crate) can_pause: bool,
    /// Something is paused.
    pub(crate) can_resume: bool,
}

/// The program's icon on the taskbar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taskbar {
    pub(crate) bar: Bar,
    /// Some transfer needs the person, whether or not it is the one on the bar.
    pub(crate) urgent: bool,
}

/// Progress of the transfer that is being sent, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Bar {
    /// No bar.
    #[default]
    Clear,
    /// Per cent done.
    Running(u8),
    /// Per cent done of a transfer that is paused, waiting or stopped.
    Held(u8),
}

/// Returns whether it continues by itself, now or after a wait: closing the window must not end it.
pub(crate) fn is_busy(now: &TransferSnapshot) -> bool {
    if now.turn == TurnState::Waits {
        return true;
    }
    let by_itself = match now.hold {
        Hold::Running | Hold::Waiting { .. } => true,
        Hold::Paused | Hold::Stopped(_) => false,
    };
    by_itself && now.phase.has_work()
}

/// Returns whether it is being sent, so that quitting would stop it. This includes a transfer that the person has sent
/// but that waits for its turn; not one that only waits for its folder to be checked.
pub(crate) fn is_sending(now: &TransferSnapshot) -> bool {
    is_busy(now)
        && match now.phase.group() {
            PhaseGroup::Preparing => now.phase == Phase::Hashing,
            PhaseGroup::Opening => true,
            PhaseGroup::Sending => now.phase == Phase::Sending,
            PhaseGroup::Closing | PhaseGroup::Over(_) => false,
        }
}

/// Returns whether anything is being sent now, rather than waiting.
pub(crate) fn transmits(snapshot: &Snapshot) -> bool {
    snapshot.transfers.values().any(|now| is_sending(now) && now.hold == Hold::Running && now.turn != TurnState::Waits)
}

/// Returns whether anything continues by itself.
pub(crate) fn any_busy(snapshot: &Snapshot) -> bool {
    snapshot.transfers.values().any(is_busy)
}

/// Returns how many transfers are being sent.
pub(crate) fn sending(snapshot: &Snapshot) -> u32 {
    u32::try_from(snapshot.transfers.values().filter(|now| is_sending(now)).count()).unwrap_or(u32::MAX)
}

/// Returns what the tray shows for a snapshot.
pub(crate) fn tray(snapshot: &Snapshot) -> TrayView {
    let shown = foremost(snapshot);
    let all = || snapshot.transfers.values();
    let (state, progress) = match shown {
        None => (without_transfer(&snapshot.session).to_owned(), None),
        Some(now) if now.turn == TurnState::Waits => (queued_behind(ahead(snapshot)), progress_of(now)),
        Some(now) => {
            let queued = all().filter(|now| now.turn == TurnState::Waits).count();
            (and_queued(state_of(now), queued), progress_of(now))
        }
    };
    TrayView { state, progress, can_pause: all().any(can_pause), can_resume: all().any(is_paused) }
}

/// `ahead` is the folder of the transfer that has the turn, if known.
fn queued_behind(ahead: Option<&str>) -> String {
    ahead.map_or_else(|| hold::queued().to_owned(), hold::queued_behind)
}

/// Returns a state, and how many transfers wait for their turn behind it.
fn and_queued(state: &str, queued: usize) -> String {
    if queued == 0 { state.to_owned() } else { menu::and_queued(queued as u64, state) }
}

/// Returns the folder of the transfer that has the turn.
fn ahead(snapshot: &Snapshot) -> Option<&str> {
    let first = snapshot.transfers.values().find(|now| now.turn == TurnState::Has)?;
    Some(&first.folder_name)
}

/// Returns whether it is doing something that can be paused here: the service and its website continue without this
/// program.
pub(crate) fn can_pause(now: &TransferSnapshot) -> bool {
    let is_here = match now.phase.group() {
        PhaseGroup::Preparing | PhaseGroup::Opening | PhaseGroup::Sending => true,
        PhaseGroup::Closing | PhaseGroup::Over(_) => false,
    };
    is_here && is_busy(now)
}

/// Returns whether it waits for the person to resume it.
pub(crate) fn is_paused(now: &TransferSnapshot) -> bool {
    now.hold == Hold::Paused && now.turn != TurnState::Waits && !now.phase.is_final()
}

/// Returns what the taskbar shows for a snapshot.
pub(crate) fn taskbar(snapshot: &Snapshot) -> Taskbar {
    Taskbar {
        bar: foremost(snapshot).map(bar).unwrap_or_default(),
        urgent: snapshot.transfers.values().any(needs_person),
    }
}

fn bar(now: &TransferSnapshot) -> Bar {
    let per_cent = u8::try_from(share(now).unwrap_or(0) / 10).unwrap_or(100);
    match (now.hold, now.phase) {
        // Everything has been sent, or nothing will be.
        (_, Phase::HandingOver | Phase::BeingChecked | Phase::Finished | Phase::GivenUp | Phase::Cancelled) => {
            Bar::Clear
        }
        _ if now.turn == TurnState::Waits => Bar::Held(per_cent),
        (Hold::Stopped(_) | Hold::Paused | Hold::Waiting { .. }, _) | (_, Phase::Settling) => Bar::Held(per_cent),
        (Hold::Running, Phase::Hashing | Phase::Sending) => Bar::Running(per_cent),
        (Hold::Running, Phase::Walking | Phase::Checked | Phase::Starting | Phase::Registering | Phase::Confirming) => {
            Bar::Clear
        }
    }
}

/// Returns whether it waits for the person to do something, here or on the service's website.
fn needs_person(now: &TransferSnapshot) -> bool {
    if now.phase.is_final() || now.turn == TurnState::Waits {
        return false;
    }
    match (now.hold, now.phase) {
        (Hold::Stopped(_), _) | (_, Phase::Settling) | (Hold::Running, Phase::HandingOver) => true,
        (Hold::Waiting { reason: WaitReason::SignedOut | WaitReason::DifferentPerson, .. }, _) => true,
        (Hold::Running | Hold::Paused | Hold::Waiting { .. }, _) => false,
    }
}

/// Returns the transfer that matters most now: one that is being sent, else one that waits for something or for its
/// turn, else one that stopped, else one that has been sent, else any that is not over.
fn foremost(snapshot: &Snapshot) -> Option<&TransferSnapshot> {
    let open = snapshot.transfers.values().filter(|now| !now.phase.is_final());
    open.min_by_key(|now| {
        let rank = match (now.hold, now.phase) {
            _ if now.turn == TurnState::Waits => 2,
            (Hold::Stopped(_), _) => 3,
            (Hold::Paused, _) => 7,
            (Hold::Running | Hold::Waiting { .. }, Phase::HandingOver) => 4,
            (Hold::Running | Hold::Waiting { .. }, Phase::BeingChecked) => 5,
            (Hold::Running, _) if is_busy(now) => 0,
            (Hold::Waiting { .. }, _) => 1,
            (Hold::Running, _) => 6,
        };
        (rank, std::cmp::Reverse(now.phase))
    })
}

fn without_transfer(session: &SessionState) -> &'static str {
    match session {
        SessionState::SignedOut(_) => menu::signed_out(),
        SessionState::SigningIn => menu::signing_in(),
        SessionState::Loading | SessionState::SignedIn(_) | SessionState::Waiting(..) => menu::nothing(),
    }
}

fn state_of(now: &TransferSnapshot) -> &'static str {
    match now.hold {
        Hold::Paused => hold::paused(),
        Hold::Waiting { reason, .. } => words::waiting(reason),
        // The person is asked about files; nothing is wrong with the transfer itself.
        Hold::Stopped(Code::ItemsSetAside | Code::LeavesOut | Code::FolderChanged | Code::NothingToSend) => {
            words::phase(now.phase)
        }
        Hold::Stopped(_) => hold::stopped(),
        Hold::Running => words::phase(now.phase),
    }
}

fn progress_of(now: &TransferSnapshot) -> Option<String> {
    let share = share(now)?;
    Some(menu::progress(u64::from(share / 10), &now.destination))
}

/// Returns the per mille done of the current step; `None` if it cannot be measured.
fn share(now: &TransferSnapshot) -> Option<u16> {
    match now.phase.measure() {
        Some(Measure::Read) => Some(now.hashed.per_mille()),
        Some(Measure::Sent) => Some(now.sent.per_mille()),
        Some(Measure::Found | Measure::Checked) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use waybill_model::{Progress, Timestamp};

    use super::*;
    use crate::testing::{snapshot_of, transfer};

    fn waits(reason: WaitReason) -> Hold {
        Hold::Waiting { reason, since: Timestamp(0), next_try: None }
    }

    fn bar_alone(bar: Bar) -> Taskbar {
        Taskbar { bar, urgent: false }
    }

    fn half_sent(number: u8, hold: Hold) -> TransferSnapshot {
        let sent = Progress { items_done: 1, items_total: 2, bytes_done: 50, bytes_total: 100 };
        TransferSnapshot { sent, ..transfer(number, Phase::Sending, hold) }
    }

    #[test]
    fn with_nothing_to_do_the_tray_says_so_and_offers_no_pause_or_resume() {
        let view = tray(&Snapshot::default());
        assert_eq!(view, TrayView { state: "Nothing is being sent".to_owned(), ..TrayView::default() });
        let signed_out = Snapshot { session: SessionState::SignedOut(None), ..Snapshot::default() };
        assert_eq!(tray(&signed_out).state, "Not signed in");
        assert_eq!(taskbar(&signed_out), Taskbar::default());
    }

    #[test]
    fn waiting_for_the_turn_or_the_network_does_not_keep_the_computer_awake() {
        let offline = transfer(1, Phase::Sending, waits(WaitReason::Offline));
        let mut next = transfer(2, Phase::Sending, Hold::Running);
        assert!(transmits(&snapshot_of([offline.clone(), next.clone()])));
        next.turn = TurnState::Waits;
        assert!(!transmits(&snapshot_of([offline, next])));
    }

    #[test]
    fn a_transfer_that_is_being_sent_is_shown_before_all_others() {
        let sending = half_sent(1, Hold::Running);
        let paused = transfer(2, Phase::Sending, Hold::Paused);
        let checked = transfer(3, Phase::Checked, Hold::Running);
        let snapshot = snapshot_of([checked, paused, sending]);
        let view = tray(&snapshot);
        assert_eq!((view.state.as_str(), view.progress.as_deref()), ("Sending", Some("TDR-2026-1: 50%")));
        assert!(view.can_pause && view.can_resume);
        assert_eq!(taskbar(&snapshot), bar_alone(Bar::Running(50)));
    }

    #[test]
    fn what_needs_the_person_is_distinguished_from_what_ends_by_itself() {
        let of = |hold| snapshot_of([transfer(1, Phase::Sending, hold)]);
        assert_eq!(taskbar(&of(waits(WaitReason::Offline))), bar_alone(Bar::Held(0)));
        assert_eq!(taskbar(&of(waits(WaitReason::SignedOut))), Taskbar { bar: Bar::Held(0), urgent: true });
        assert_eq!(taskbar(&of(Hold::Stopped(Code::ServiceRefused))), Taskbar { bar: Bar::Held(0), urgent: true });
        assert_eq!(tray(&of(waits(WaitReason::SignedOut))).state, words::waiting(WaitReason::SignedOut));
        assert_eq!(tray(&of(Hold::Stopped(Code::ServiceRefused))).state, "Stopped");
    }

    #[test]
    fn sending_is_shown_before_closing_and_the_mark_shows_that_a_person_is_needed() {
        let handed_over = transfer(1, Phase::HandingOver, Hold::Running);
        let being_checked = transfer(2, Phase::BeingChecked, Hold::Running);
        let of = |first: &TransferSnapshot, hold| snapshot_of([first.clone(), half_sent(3, hold)]);
        for hold in [Hold::Running, waits(WaitReason::Offline)] {
            let beside_checks = of(&being_checked, hold);
            assert_eq!(tray(&beside_checks).progress.as_deref(), Some("TDR-2026-3: 50%"), "{hold:?}");
            assert!(!taskbar(&beside_checks).urgent, "the checks need nobody");
            let beside_hand_over = of(&handed_over, hold);
            assert_eq!(tray(&beside_hand_over).progress.as_deref(), Some("TDR-2026-3: 50%"), "{hold:?}");
            assert!(taskbar(&beside_hand_over).urgent, "the website wants a click");
            assert_eq!(taskbar(&beside_checks).bar, taskbar(&beside_hand_over).bar);
        }
        let beside_stop = of(&transfer(1, Phase::Sending, Hold::Stopped(Code::ServiceRefused)), Hold::Running);
        assert_eq!(taskbar(&beside_stop), Taskbar { bar: Bar::Running(50), urgent: true });
        let both = snapshot_of([handed_over, being_checked.clone()]);
        assert_eq!(tray(&both).state, "Handing over");
        assert!(!tray(&both).can_pause, "nothing of it is done here");
        assert_eq!(taskbar(&both), Taskbar { bar: Bar::Clear, urgent: true });
        assert_eq!(taskbar(&snapshot_of([being_checked])), Taskbar::default());
        let paused = transfer(1, Phase::HandingOver, Hold::Paused);
        assert!(!taskbar(&snapshot_of([paused])).urgent, "a pause is the person's own doing");
    }

    #[test]
    fn files_set_aside_need_the_person_and_are_not_called_a_stop() {
        let settling = transfer(1, Phase::Settling, Hold::Stopped(Code::ItemsSetAside));
        assert!(!is_busy(&settling), "it resumes when the person has decided");
        let snapshot = snapshot_of([settling]);
        assert_eq!(tray(&snapshot).state, "Some files could not be sent");
        assert_eq!(taskbar(&snapshot), Taskbar { bar: Bar::Held(0), urgent: true });
        let asks_again = snapshot_of([transfer(1, Phase::Checked, Hold::Stopped(Code::LeavesOut))]);
        assert_eq!(tray(&asks_again).state, "Checked, not sent yet");
    }

    #[test]
    fn what_waits_for_its_turn_is_shown_after_what_has_it_and_counts_as_sending() {
        let sending = TransferSnapshot { turn: TurnState::Has, ..transfer(1, Phase::Sending, Hold::Running) };
        let queued = |hold| TransferSnapshot { turn: TurnState::Waits, ..transfer(2, Phase::Hashing, hold) };
        let both = snapshot_of([sending.clone(), queued(Hold::Running)]);
        assert_eq!(tray(&both).state, "Sending, and 1 more is waiting for its turn");
        assert_eq!(taskbar(&both), bar_alone(Bar::Running(0)));
        assert_eq!(super::sending(&both), 2, "it would be sent, and quitting puts that off");
        let only_checked = TransferSnapshot { phase: Phase::Checked, ..queued(Hold::Running) };
        assert_eq!(super::sending(&snapshot_of([sending.clone(), only_checked])), 1);
        // Between two turns no transfer has it.
        let alone = snapshot_of([queued(Hold::Running)]);
        assert_eq!((tray(&alone).state.as_str(), taskbar(&alone)), ("Waiting for its turn", bar_alone(Bar::Held(0))));
        let stopped = snapshot_of([sending, queued(Hold::Stopped(Code::LeavesOut))]);
        assert_eq!(ahead(&stopped), Some("Records"));
        let view = tray(&snapshot_of([queued(Hold::Paused)]));
        assert!(view.can_pause && !view.can_resume, "it has been resumed already");
    }

    #[test]
    fn only_what_continues_by_itself_keeps_the_program_running_without_a_window() {
        let busy = |phase, hold| is_busy(&transfer(1, phase, hold));
        assert!(busy(Phase::Sending, Hold::Running) && busy(Phase::Sending, waits(WaitReason::Offline)));
        assert!(busy(Phase::BeingChecked, Hold::Running));
        assert!(!busy(Phase::Sending, Hold::Paused) && !busy(Phase::Checked, Hold::Running));
        assert!(!busy(Phase::Finished, Hold::Running) && !busy(Phase::Settling, Hold::Stopped(Code::ItemsSetAside)));
        let being_checked = transfer(1, Phase::BeingChecked, Hold::Running);
        assert!(!is_sending(&being_checked), "quitting stops nothing that TDR does");
        let of = |hold| snapshot_of([transfer(1, Phase::Sending, hold)]);
        assert!(transmits(&of(Hold::Running)) && !transmits(&of(waits(WaitReason::SignedOut))));
    }
}
