//! Tests of the follower. Each is a short sequence of snapshots.

use waybill_app::{FolderCount, TurnState};
use waybill_model::{CheckProgress, Progress as Numbers, Timestamp};

use super::*;

const ALL_WISHES_OFF: Wishes =
    Wishes { accept_left_out: false, agreed: 0, retry: false, wait_for_checks: true, patience: None };

fn snapshot(phase: Phase, hold: Hold) -> TransferSnapshot {
    TransferSnapshot {
        id: "aaaa0000-0000-4000-8000-000000000001".parse().unwrap(),
        destination: "TDR-2026-ABC".to_owned(),
        folder_name: "Folder".into(),
        phase,
        hold,
        given_up: false,
        turn: TurnState::None,
        walked: FolderCount { files: 3, bytes: 30, folders: 1 },
        hashed: Numbers::default(),
        sent: Numbers { items_done: 0, items_total: 3, bytes_done: 0, bytes_total: 30 },
        bytes_per_second: 0,
        current: None,
        check_totals: Some(waybill_app::CheckTotals::default()),
        set_aside: 0,
        service_checks: None,
        receipt_dir: None,
    }
}

fn waiting(reason: WaitReason) -> Hold {
    Hold::Waiting { reason, since: Timestamp(0), next_try: None }
}

fn finisher(wishes: Wishes) -> Follower {
    Follower::new(Goal::Finish(wishes), false)
}

/// Returns the steps that report nothing.
fn acts(steps: Vec<Step>) -> Vec<Step> {
    steps.into_iter().filter(|step| !matches!(step, Step::Say(_))).collect()
}

fn events(steps: &[Step]) -> impl Iterator<Item = &Event> {
    steps.iter().filter_map(|step| if let Step::Say(event) = step { Some(event.as_ref()) } else { None })
}

fn progress_of(steps: &[Step]) -> Vec<Progress> {
    events(steps)
        .filter_map(|event| if let Event::Progress(progress) = event { Some(progress.clone()) } else { None })
        .collect()
}

#[test]
fn a_checked_transfer_is_shown_and_sent_once() {
    let now = Instant::now();
    let mut follower = finisher(ALL_WISHES_OFF);
    let checked = snapshot(Phase::Checked, Hold::Running);
    let send = Step::Tell(Command::Send { agreed: 0, given: SendGiven::StraightAfterTheCheck });
    assert_eq!(acts(follower.look(&checked, now)), [Step::ShowCheck, send]);
    assert_eq!(acts(follower.look(&checked, now)), []);
}

#[test]
fn files_that_would_be_left_out_are_asked_about_once_and_a_yes_sends() {
    let now = Instant::now();
    let mut follower = finisher(ALL_WISHES_OFF);
    follower.look(&snapshot(Phase::Checked, Hold::Running), now);
    let stopped = snapshot(Phase::Checked, Hold::Stopped(Code::LeavesOut));
    assert_eq!(acts(follower.look(&stopped, now)), [Step::Ask]);
    assert_eq!(acts(follower.look(&stopped, now)), []);
    assert_eq!(follower.answered(true), Step::Tell(Command::Send { agreed: 0, given: SendGiven::AfterALook }));
    assert_eq!(acts(follower.look(&stopped, now)), []);
    assert_eq!(acts(follower.look(&snapshot(Phase::Hashing, Hold::Running), now)), []);
    // Reading found more that would be left out, which is a new question.
    assert_eq!(acts(follower.look(&stopped, now)), [Step::ShowCheck, Step::Ask]);
    assert_eq!(follower.answered(false), Step::End(Ending::Stopped(Code::LeavesOut)));
    assert_eq!(follower.look(&stopped, now), []);
}

#[test]
fn nothing_is_agreed_to_before_the_totals_of_the_check_are_known() {
    let now = Instant::now();
    let mut follower = finisher(Wishes { accept_left_out: true, ..ALL_WISHES_OFF });
    let restored = TransferSnapshot { check_totals: None, ..snapshot(Phase::Checked, Hold::Running) };
    assert_eq!(acts(follower.look(&restored, now)), []);
    assert_eq!(acts(follower.look(&snapshot(Phase::Walking, Hold::Running), now)), []);
    let checked = TransferSnapshot { hold: Hold::Running, ..stopped_with(2) };
    let send = Step::Tell(Command::Send { agreed: 2, given: SendGiven::StraightAfterTheCheck });
    assert_eq!(acts(follower.look(&checked, now)), [Step::ShowCheck, send]);
}

#[test]
fn an_answer_agrees_to_the_number_that_was_asked_about() {
    let now = Instant::now();
    let mut follower = finisher(ALL_WISHES_OFF);
    let send = |agreed| Step::Tell(Command::Send { agreed, given: SendGiven::AfterALook });
    assert_eq!(acts(follower.look(&stopped_with(2), now)), [Step::ShowCheck, Step::Ask]);
    assert_eq!(follower.answered(true), send(2));
    // The check has another number by now, which is another question.
    assert_eq!(acts(follower.look(&stopped_with(1), now)), [Step::Ask]);
    assert_eq!(follower.answered(true), send(1));
}

#[test]
fn agreeing_beforehand_asks_nothing() {
    let now = Instant::now();
    let mut follower = finisher(Wishes { accept_left_out: true, ..ALL_WISHES_OFF });
    let send = |agreed| Step::Tell(Command::Send { agreed, given: SendGiven::StraightAfterTheCheck });
    assert_eq!(acts(follower.look(&snapshot(Phase::Checked, Hold::Running), now)), [Step::ShowCheck, send(0)]);
    assert_eq!(acts(follower.look(&stopped_with(0), now)), [], "an old snapshot");
    // A command that finds the transfer stopped agrees to what it shows.
    let mut follower = finisher(Wishes { accept_left_out: true, ..ALL_WISHES_OFF });
    assert_eq!(acts(follower.look(&stopped_with(2), now)), [Step::ShowCheck, send(2)]);
    assert_eq!(acts(follower.look(&stopped_with(2), now)), []);
}

#[test]
fn agreeing_beforehand_covers_nothing_that_is_lost_after_the_check() {
    let now = Instant::now();
    let end = Step::End(Ending::LostSinceCheck(1));
    let wishes = Wishes { accept_left_out: true, ..ALL_WISHES_OFF };
    let follower = || finisher(wishes);
    let checked = TransferSnapshot { hold: Hold::Running, ..stopped_with(1) };

    let mut seen_reading = follower();
    assert!(acts(seen_reading.look(&checked, now)).len() == 2, "shown and agreed to");
    assert_eq!(acts(seen_reading.look(&snapshot(Phase::Hashing, Hold::Running), now)), []);
    assert_eq!(acts(seen_reading.look(&stopped_with(2), now)), [Step::ShowCheck, end.clone()]);

    // No snapshot between showed the reading.
    let mut quick = follower();
    assert!(acts(quick.look(&checked, now)).len() == 2, "shown and agreed to");
    assert_eq!(acts(quick.look(&stopped_with(2), now)), std::slice::from_ref(&end));

    // The check was shown by a command that was killed.
    let mut later = finisher(Wishes { agreed: 4, ..wishes });
    assert_eq!(acts(later.look(&snapshot(Phase::Hashing, Hold::Running), now)), []);
    assert_eq!(acts(later.look(&stopped_with(5), now)), [Step::ShowCheck, end]);
}

fn stopped_with(left_out: u64) -> TransferSnapshot {
    let check_totals = Some(waybill_app::CheckTotals { items: 3, bytes: 30, left_out, blocked: None });
    TransferSnapshot { check_totals, ..snapshot(Phase::Checked, Hold::Stopped(Code::LeavesOut)) }
}

#[test]
fn a_check_that_blocks_ends_the_command_with_its_code() {
    let mut follower = finisher(Wishes { accept_left_out: true, ..ALL_WISHES_OFF });
    let stopped = snapshot(Phase::Checked, Hold::Stopped(Code::TooManyFiles));
    let steps = acts(follower.look(&stopped, Instant::now()));
    assert_eq!(steps, [Step::ShowCheck, Step::End(Ending::Stopped(Code::TooManyFiles))]);
}

#[test]
fn a_pause_by_another_person_ends_the_command_but_the_old_one_does_not() {
    let now = Instant::now();
    let paused = snapshot(Phase::Sending, Hold::Paused);
    let mut resumed = Follower::new(Goal::Finish(ALL_WISHES_OFF), true);
    assert_eq!(acts(resumed.look(&paused, now)), []);
    assert_eq!(acts(resumed.look(&snapshot(Phase::Sending, Hold::Running), now)), []);
    assert_eq!(acts(resumed.look(&paused, now)), [Step::End(Ending::Paused)]);
    assert_eq!(acts(finisher(ALL_WISHES_OFF).look(&paused, now)), [Step::End(Ending::Paused)]);
}

#[test]
fn what_was_set_aside_is_tried_again_only_when_asked_and_only_once() {
    let now = Instant::now();
    let settling = snapshot(Phase::Settling, Hold::Stopped(Code::ItemsSetAside));
    let end = Step::End(Ending::Stopped(Code::ItemsSetAside));
    assert_eq!(acts(finisher(ALL_WISHES_OFF).look(&settling, now)), std::slice::from_ref(&end));
    let mut retrying = finisher(Wishes { retry: true, ..ALL_WISHES_OFF });
    assert_eq!(acts(retrying.look(&settling, now)), [Step::Tell(Command::TryAgain)]);
    assert_eq!(acts(retrying.look(&settling, now)), []);
    assert_eq!(acts(retrying.look(&snapshot(Phase::Sending, Hold::Running), now)), []);
    assert_eq!(acts(retrying.look(&settling, now)), [end]);
}

/// As a run of snapshots, the last of which ends it.
fn ends_with(seconds: u64, snapshots: &[(u64, TransferSnapshot)]) -> Vec<Step> {
    let start = Instant::now();
    let mut follower = finisher(Wishes { patience: Some(Duration::from_secs(seconds)), ..ALL_WISHES_OFF });
    let mut last = Vec::new();
    for (at, snapshot) in snapshots {
        assert_eq!(last, [], "it ended before {at} s");
        last = acts(follower.look(snapshot, start + Duration::from_secs(*at)));
    }
    last
}

#[test]
fn patience_ends_with_the_name_of_the_blocker_and_starts_anew_at_an_advance() {
    let offline = snapshot(Phase::Sending, waiting(WaitReason::Offline));
    let mut further = offline.clone();
    further.sent.bytes_done = 1;
    let blocked = [Step::End(Ending::Blocked(Code::Offline))];
    assert_eq!(ends_with(10, &[(0, offline.clone()), (9, offline.clone()), (10, offline.clone())]), blocked);
    let advanced = [(0, offline.clone()), (9, further.clone()), (18, further.clone()), (19, further)];
    assert_eq!(ends_with(10, &advanced), blocked);
    let mut patient = finisher(ALL_WISHES_OFF);
    let start = Instant::now();
    patient.look(&offline, start);
    assert_eq!(acts(patient.look(&offline, start + Duration::from_secs(1_000_000))), []);
}

#[test]
fn patience_ends_although_a_wait_comes_and_goes_and_the_folder_is_walked_again() {
    let running = snapshot(Phase::Sending, Hold::Running);
    let gone = snapshot(Phase::Sending, waiting(WaitReason::FolderGone));
    let flapping =
        [(0, running.clone()), (1, gone.clone()), (2, running.clone()), (6, gone.clone()), (8, running), (11, gone)];
    assert_eq!(ends_with(10, &flapping), [Step::End(Ending::Blocked(Code::FolderGone))]);

    let walked = |files: u64, hold| TransferSnapshot {
        walked: FolderCount { files, bytes: files, folders: 1 },
        ..snapshot(Phase::Walking, hold)
    };
    let gone = || waiting(WaitReason::FolderGone);
    let again =
        [(0, walked(9, gone())), (5, walked(3, Hold::Running)), (7, walked(8, gone())), (10, walked(9, gone()))];
    assert_eq!(ends_with(10, &again), [Step::End(Ending::Blocked(Code::FolderGone))]);
}

#[test]
fn patience_covers_the_hand_over_and_the_services_checks() {
    for (phase, code) in [(Phase::HandingOver, Code::HandOverNeeded), (Phase::BeingChecked, Code::ChecksUnfinished)] {
        let seen = snapshot(phase, Hold::Running);
        assert_eq!(
            ends_with(10, &[(0, seen.clone()), (9, seen.clone()), (10, seen)]),
            [Step::End(Ending::Blocked(code))]
        );
    }
    let sending = snapshot(Phase::Sending, Hold::Running);
    assert_eq!(ends_with(10, &[(0, sending.clone()), (1_000, sending)]), [], "a slow line is no wait");
    let doubt = snapshot(Phase::Registering, waiting(WaitReason::RegistrationInDoubt));
    assert_eq!(ends_with(10, &[(0, doubt.clone()), (180, doubt)]), [], "the next command would start to wait again");
}

#[test]
fn a_lost_session_asks_for_a_sign_in_and_somebody_else_ends_it() {
    let now = Instant::now();
    let mut follower = finisher(ALL_WISHES_OFF);
    assert_eq!(acts(follower.look(&snapshot(Phase::Sending, waiting(WaitReason::SignedOut)), now)), [Step::SignIn]);
    let other = snapshot(Phase::Sending, waiting(WaitReason::DifferentPerson));
    assert_eq!(acts(follower.look(&other, now)), [Step::End(Ending::Stopped(Code::DifferentPerson))]);
}

#[test]
fn without_waiting_for_the_checks_it_ends_once_handed_over() {
    let now = Instant::now();
    let checking = snapshot(Phase::BeingChecked, Hold::Running);
    let mut quick = finisher(Wishes { wait_for_checks: false, ..ALL_WISHES_OFF });
    assert_eq!(acts(quick.look(&checking, now)), [Step::End(Ending::HandedOver)]);
    let mut patient = finisher(ALL_WISHES_OFF);
    assert_eq!(acts(patient.look(&checking, now)), []);
    let checks = Some(CheckProgress { all_succeeded: true, ..Default::default() });
    let done = TransferSnapshot { service_checks: checks, ..snapshot(Phase::Finished, Hold::Running) };
    assert_eq!(acts(patient.look(&done, now)), [Step::End(Ending::Uploaded { checks_good: Some(true) })]);
    assert_eq!(patient.look(&done, now), []);
}

#[test]
fn a_state_is_told_once_and_a_wait_with_its_reason() {
    let now = Instant::now();
    let mut follower = finisher(ALL_WISHES_OFF);
    let offline = snapshot(Phase::Sending, waiting(WaitReason::Offline));
    let words = |steps: &[Step]| {
        let state =
            |event: &Event| if let Event::State(state) = event { Some(format!("{:?}", state.hold)) } else { None };
        let wait =
            |event: &Event| if let Event::Waiting(waiting) = event { Some(waiting.reason.to_string()) } else { None };
        events(steps).filter_map(|event| state(event).or_else(|| wait(event))).collect::<Vec<_>>()
    };
    assert_eq!(words(&follower.look(&offline, now)), ["Waiting", "offline"]);
    assert_eq!(words(&follower.look(&offline, now)), Vec::<String>::new());
    let vpn = snapshot(Phase::Sending, waiting(WaitReason::UploadUnreachable));
    assert_eq!(words(&follower.look(&vpn, now)), ["Waiting", "upload_unreachable"]);
    assert_eq!(words(&follower.look(&snapshot(Phase::Sending, Hold::Running), now)), ["Running"]);
    assert_eq!(words(&follower.look(&vpn, now)), ["Waiting", "upload_unreachable"]);
}

#[test]
fn progress_is_told_at_most_four_times_a_second_and_once_at_the_end_of_sending() {
    let start = Instant::now();
    let mut follower = finisher(ALL_WISHES_OFF);
    let mut told = 0;
    for step in 0..100_u64 {
        let sent = Numbers { items_done: 0, items_total: 3, bytes_done: step, bytes_total: 100 };
        let seen = TransferSnapshot { sent, ..snapshot(Phase::Sending, Hold::Running) };
        told += progress_of(&follower.look(&seen, start + Duration::from_millis(step * 20))).len();
    }
    assert!((7..=8).contains(&told), "{told} in two seconds");
    let all = Numbers { items_done: 3, items_total: 3, bytes_done: 100, bytes_total: 100 };
    let over = TransferSnapshot { sent: all, ..snapshot(Phase::HandingOver, Hold::Running) };
    let last = progress_of(&follower.look(&over, start + Duration::from_millis(2001)));
    assert_eq!(last.len(), 1);
    assert_eq!((last[0].phase, last[0].items_done, last[0].bytes_done), (Phase::Sending, 3, 100));
    assert_eq!(progress_of(&follower.look(&over, start + Duration::from_millis(2002))), []);
}

#[test]
fn sending_too_quick_to_be_seen_is_told_at_its_end_all_the_same() {
    let now = Instant::now();
    let mut follower = finisher(ALL_WISHES_OFF);
    follower.look(&snapshot(Phase::Walking, Hold::Running), now);
    let all = Numbers { items_done: 3, items_total: 3, bytes_done: 30, bytes_total: 30 };
    let over = TransferSnapshot { sent: all, ..snapshot(Phase::Finished, Hold::Running) };
    let told = progress_of(&follower.look(&over, now));
    assert_eq!(told.last().map(|progress| (progress.phase, progress.items_done)), Some((Phase::Sending, 3)));
}

#[test]
fn reading_ends_with_everything_read_although_its_numbers_are_gone() {
    let now = Instant::now();
    let mut follower = finisher(ALL_WISHES_OFF);
    let hashed = Numbers { items_done: 2, items_total: 3, bytes_done: 20, bytes_total: 30 };
    follower.look(&TransferSnapshot { hashed, ..snapshot(Phase::Hashing, Hold::Running) }, now);
    let told = progress_of(&follower.look(&snapshot(Phase::Starting, Hold::Running), now));
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].phase, told[0].items_done, told[0].bytes_done), (Phase::Hashing, 3, 30));
}

#[test]
fn reading_has_a_speed_of_its_own() {
    let start = Instant::now();
    let mut follower = finisher(ALL_WISHES_OFF);
    let at = |bytes_done, millis| {
        let hashed = Numbers { items_done: 0, items_total: 1, bytes_done, bytes_total: 10_000 };
        (TransferSnapshot { hashed, ..snapshot(Phase::Hashing, Hold::Running) }, start + Duration::from_millis(millis))
    };
    for ((seen, now), rate) in [(at(0, 0), 0), (at(1_000, 500), 0), (at(4_000, 2_000), 2_000)] {
        assert_eq!(progress_of(&follower.look(&seen, now))[0].bytes_per_second, rate);
    }
}

#[test]
fn stopping_ends_when_the_transfer_has_taken_it() {
    let now = Instant::now();
    let set_aside = snapshot(Phase::Settling, Hold::Stopped(Code::ItemsSetAside));
    let mut giving_up = Follower::new(Goal::GiveUp, false);
    assert_eq!(acts(giving_up.look(&set_aside, now)), []);
    let signed_out = snapshot(Phase::HandingOver, waiting(WaitReason::SignedOut));
    assert_eq!(acts(giving_up.look(&signed_out, now)), [Step::SignIn]);
    let given_up = snapshot(Phase::GivenUp, Hold::Running);
    assert_eq!(acts(giving_up.look(&given_up, now)), [Step::End(Ending::GivenUp)]);
    let mut pausing = Follower::new(Goal::Pause, false);
    assert_eq!(acts(pausing.look(&snapshot(Phase::Sending, Hold::Running), now)), []);
    assert_eq!(acts(pausing.look(&snapshot(Phase::Sending, Hold::Paused), now)), [Step::End(Ending::Paused)]);
    let cancelled = snapshot(Phase::Cancelled, Hold::Running);
    assert_eq!(acts(Follower::new(Goal::Cancel, false).look(&cancelled, now)), [Step::End(Ending::Cancelled)]);
}
