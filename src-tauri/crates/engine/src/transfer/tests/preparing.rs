use waybill_model::{Code, Phase, Record, SendGiven, TransferRecord, WaitReason};

use super::bench::*;

fn checked(totals: CheckTotals) -> Bench {
    let mut bench = Bench::started(Phase::Walking, 0);
    assert_eq!(bench.asked(), [Action::WalkAndCheck]);
    bench.give(Event::WalkDone(Ok(()))).give(Event::CheckDone(totals));
    assert_eq!(bench.phase(), Phase::Checked);
    bench
}

fn good() -> CheckTotals {
    CheckTotals { items: 3, bytes: 30, left_out: 0, blocked: None }
}

#[test]
fn nothing_happens_before_the_machine_is_started() {
    let mut bench = Bench::new(restored(Phase::Walking), settings());
    bench.give(Event::NetworkBack).give(Event::TimeReached);
    assert_eq!(bench.asked(), []);
    bench.give(Event::Started);
    assert_eq!(bench.asked(), [Action::WalkAndCheck]);
}

#[test]
fn a_phase_is_entered_only_when_the_journal_holds_it() {
    let mut bench = Bench::started(Phase::Walking, 0);
    bench.by_hand = true;
    bench.give(Event::CheckDone(good()));
    assert_eq!(bench.phase(), Phase::Walking);
    bench.take_record();
    assert_eq!(bench.phase(), Phase::Checked);
    assert_eq!(bench.recorded(), [Record::Transfer(TransferRecord::Phase(Phase::Checked))]);
}

#[test]
fn after_the_check_the_person_decides() {
    let mut bench = checked(good());
    assert_eq!(bench.asked(), []);
    assert_eq!(bench.hold(), Hold::Running);
    assert_eq!(bench.machine.view().progress.items_total, 3);
    bench.give(Event::Send { agreed: 0, given: SendGiven::StraightAfterTheCheck });
    assert_eq!(bench.phase(), Phase::Hashing);
    assert_eq!(bench.asked(), [Action::Hash]);
}

#[test]
fn send_before_the_check_is_done_is_remembered() {
    let mut bench = Bench::started(Phase::Walking, 0);
    bench.give(Event::Send { agreed: 0, given: SendGiven::StraightAfterTheCheck }).give(Event::CheckDone(good()));
    assert_eq!(bench.phase(), Phase::Hashing);
}

#[test]
fn consent_does_not_override_what_blocks_the_transfer() {
    let mut bench = checked(CheckTotals { blocked: Some(Code::TooManyFiles), ..good() });
    bench.give(Event::Send { agreed: 1, given: SendGiven::StraightAfterTheCheck });
    assert_eq!((bench.phase(), bench.hold()), (Phase::Checked, Hold::Stopped(Code::TooManyFiles)));
}

#[test]
fn an_empty_transfer_is_not_started() {
    let mut bench = checked(CheckTotals::default());
    bench.give(Event::Send { agreed: 1, given: SendGiven::StraightAfterTheCheck });
    assert_eq!((bench.phase(), bench.hold()), (Phase::Checked, Hold::Stopped(Code::NothingToSend)));
}

#[test]
fn leaving_files_out_needs_the_persons_word() {
    let mut bench = checked(CheckTotals { left_out: 1, ..good() });
    bench.give(Event::Send { agreed: 0, given: SendGiven::StraightAfterTheCheck });
    assert_eq!((bench.phase(), bench.hold()), (Phase::Checked, Hold::Stopped(Code::LeavesOut)));
    bench.give(Event::Send { agreed: 1, given: SendGiven::StraightAfterTheCheck });
    assert_eq!((bench.phase(), bench.hold()), (Phase::Hashing, Hold::Running));
}

#[test]
fn an_agreement_to_another_number_than_the_checks_sends_nothing() {
    for (agreed, phase, hold) in [
        (1, Phase::Checked, Hold::Stopped(Code::LeavesOut)),
        (3, Phase::Checked, Hold::Stopped(Code::LeavesOut)),
        (2, Phase::Hashing, Hold::Running),
    ] {
        let mut bench = checked(CheckTotals { left_out: 2, ..good() });
        bench.give(Event::Send { agreed, given: SendGiven::StraightAfterTheCheck });
        assert_eq!((bench.phase(), bench.hold()), (phase, hold), "{agreed}");
        let mut early = Bench::started(Phase::Walking, 0);
        early.give(Event::Send { agreed, given: SendGiven::AfterALook });
        early.give(Event::CheckDone(CheckTotals { left_out: 2, ..good() }));
        assert_eq!((early.phase(), early.hold()), (phase, hold), "{agreed}, before the check was done");
    }
}

#[test]
fn a_file_found_unreadable_while_hashing_needs_the_persons_word() {
    let mut bench = checked(good());
    bench.give(Event::Send { agreed: 0, given: SendGiven::StraightAfterTheCheck });
    bench.give(Event::HashDone(Ok(HashTotals { items: 2, bytes: 20, left_out: 1 })));
    assert_eq!((bench.phase(), bench.hold()), (Phase::Checked, Hold::Stopped(Code::LeavesOut)));
    assert_eq!(bench.machine.view().check_totals.map(|check| (check.items, check.left_out)), Some((2, 1)));
    bench.asked();
    bench.give(Event::Send { agreed: 1, given: SendGiven::StraightAfterTheCheck });
    assert_eq!(bench.asked(), [Action::Hash]);
    bench.give(Event::HashDone(Ok(HashTotals { items: 2, bytes: 20, left_out: 1 })));
    assert_eq!(bench.phase(), Phase::Starting);
}

#[test]
fn an_agreement_covers_what_the_check_showed_and_nothing_else() {
    let mut bench = checked(CheckTotals { left_out: 1, ..good() });
    bench.give(Event::Send { agreed: 1, given: SendGiven::StraightAfterTheCheck });
    bench.give(Event::HashDone(Ok(HashTotals { items: 2, bytes: 20, left_out: 1 })));
    assert_eq!(bench.phase(), Phase::Starting);
    assert_eq!(bench.machine.view().progress.items_total, 2);

    let mut bench = checked(CheckTotals { left_out: 1, ..good() });
    bench.give(Event::Send { agreed: 1, given: SendGiven::StraightAfterTheCheck });
    bench.give(Event::HashDone(Ok(HashTotals { items: 1, bytes: 10, left_out: 2 })));
    assert_eq!((bench.phase(), bench.hold()), (Phase::Checked, Hold::Stopped(Code::LeavesOut)));
    assert_eq!(bench.machine.view().check_totals.map(|check| check.left_out), Some(2));
}

#[test]
fn agreeing_where_nothing_is_left_out_covers_no_later_loss() {
    let mut bench = checked(good());
    bench.give(Event::Send { agreed: 1, given: SendGiven::StraightAfterTheCheck });
    bench.give(Event::HashDone(Ok(HashTotals { items: 2, bytes: 20, left_out: 1 })));
    assert_eq!((bench.phase(), bench.hold()), (Phase::Checked, Hold::Stopped(Code::LeavesOut)));
}

#[test]
fn an_agreement_survives_a_restart_with_its_number() {
    for (left_out, phase) in [(1, Phase::Starting), (2, Phase::Checked)] {
        let restored = Restored { accepted_left_out: 1, ..restored(Phase::Hashing) };
        let mut bench = Bench::new(restored, settings());
        bench.give(Event::Started);
        bench.give(Event::HashDone(Ok(HashTotals { items: 2, bytes: 20, left_out })));
        assert_eq!(bench.phase(), phase);
    }
}

#[test]
fn nothing_is_started_when_hashing_leaves_no_files() {
    let mut bench = checked(CheckTotals { items: 1, left_out: 1, ..good() });
    bench.give(Event::Send { agreed: 1, given: SendGiven::StraightAfterTheCheck });
    bench.give(Event::HashDone(Ok(HashTotals { items: 0, bytes: 0, left_out: 1 })));
    assert_eq!((bench.phase(), bench.hold()), (Phase::Checked, Hold::Stopped(Code::NothingToSend)));
}

#[test]
fn a_folder_that_vanishes_during_the_walk_is_waited_for() {
    let mut bench = Bench::started(Phase::Walking, 0);
    bench.asked();
    bench.give(Event::WalkDone(Err(Code::FolderGone)));
    assert_eq!(bench.asked(), [Action::AwaitFolder]);
    assert_eq!(bench.waits_for(), Some(WaitReason::FolderGone));
    bench.give(Event::FolderBack);
    assert_eq!(bench.asked(), [Action::WalkAndCheck]);
    assert_eq!(bench.hold(), Hold::Running);
}

#[test]
fn an_unreadable_folder_stops_the_walk_until_resume() {
    let mut bench = Bench::started(Phase::Walking, 0);
    bench.asked();
    bench.give(Event::WalkDone(Err(Code::FolderUnreadable)));
    assert_eq!(bench.hold(), Hold::Stopped(Code::FolderUnreadable));
    bench.give(Event::Resume);
    assert_eq!(bench.asked(), [Action::WalkAndCheck]);
}

#[test]
fn hashing_waits_for_the_folder_and_restarts() {
    let mut bench = Bench::started(Phase::Hashing, 3);
    assert_eq!(bench.asked(), [Action::Hash]);
    bench.give(Event::HashDone(Err(Code::FolderGone)));
    assert_eq!(bench.asked(), [Action::AwaitFolder]);
    bench.give(Event::FolderBack);
    assert_eq!(bench.asked(), [Action::Hash]);
    bench.give(Event::HashDone(Err(Code::RegistrationTooLarge)));
    assert_eq!(bench.hold(), Hold::Stopped(Code::RegistrationTooLarge));
}

#[test]
fn work_that_ends_with_the_folder_restarts_with_it() {
    for (phase, work) in [(Phase::Walking, Action::WalkAndCheck), (Phase::Hashing, Action::Hash)] {
        let mut bench = Bench::started(phase, 3);
        assert_eq!(bench.asked(), std::slice::from_ref(&work));
        bench.give(Event::FolderGone);
        assert_eq!((bench.asked(), bench.waits_for()), (vec![Action::AwaitFolder], Some(WaitReason::FolderGone)));
        bench.give(Event::FolderGone);
        assert_eq!(bench.asked(), []);
        bench.give(Event::FolderBack);
        assert_eq!(bench.asked(), [work]);
    }
}

#[test]
fn work_ended_by_a_pause_restarts_however_late_its_end_is_reported() {
    let mut bench = Bench::started(Phase::Hashing, 3);
    bench.asked();
    bench.give(Event::Pause).give(Event::Resume);
    assert_eq!(bench.asked(), []);
    bench.give(Event::HashDone(Err(Code::Paused)));
    assert_eq!((bench.asked(), bench.hold()), (vec![Action::Hash], Hold::Running));
    bench.give(Event::Pause).give(Event::HashDone(Err(Code::Paused)));
    assert_eq!((bench.asked(), bench.hold()), (vec![], Hold::Paused));
    bench.give(Event::Resume);
    assert_eq!(bench.asked(), [Action::Hash]);
}

#[test]
fn cancelling_before_the_start_ends_the_transfer() {
    let mut bench = Bench::new(restored(Phase::Sending), settings());
    bench.give(Event::Cancel);
    assert_eq!((bench.phase(), bench.asked()), (Phase::Cancelled, vec![Action::Close]));
    bench.give(Event::Started);
    assert_eq!(bench.asked(), []);
}

#[test]
fn cancel_waits_for_the_record_of_another_phase() {
    let mut bench = Bench::started(Phase::Walking, 0);
    bench.asked();
    bench.by_hand = true;
    bench.give(Event::CheckDone(good())).give(Event::Cancel);
    // A full disk must not reverse the order of the two records.
    let (id, _) = bench.waiting.remove(0);
    assert!(bench.waiting.is_empty());
    bench.give(Event::NotRecorded(id, Code::DiskFull));
    bench.pass_to_alarm();
    bench.take_record();
    bench.take_record();
    assert_eq!(
        bench.recorded(),
        [
            Record::Transfer(TransferRecord::Phase(Phase::Checked)),
            Record::Transfer(TransferRecord::Phase(Phase::Cancelled))
        ]
    );
    assert_eq!(bench.phase(), Phase::Cancelled);
}

#[test]
fn the_last_of_pause_and_resume_counts_whatever_the_disk_does() {
    let mut bench = Bench::started(Phase::Hashing, 3);
    bench.asked();
    bench.by_hand = true;
    bench.give(Event::Pause).give(Event::Resume);
    let (id, record) = bench.waiting.remove(0);
    assert_eq!((record, bench.waiting.len()), (Record::Transfer(TransferRecord::Paused(true)), 0));
    bench.give(Event::NotRecorded(id, Code::DiskFull));
    bench.pass_to_alarm();
    bench.take_record();
    bench.take_record();
    assert_eq!(
        bench.recorded(),
        [Record::Transfer(TransferRecord::Paused(true)), Record::Transfer(TransferRecord::Paused(false))]
    );
    assert_eq!(bench.hold(), Hold::Running);
}

#[test]
fn after_a_restart_the_folder_is_checked_again_before_anything_can_be_sent() {
    let mut bench = Bench::started(Phase::Checked, 3);
    assert_eq!(bench.phase(), Phase::Walking);
    assert_eq!(bench.asked(), [Action::WalkAndCheck]);
}

#[test]
fn a_change_before_registration_is_left_to_hashing() {
    let mut bench = Bench::started(Phase::Hashing, 3);
    bench.asked();
    bench.give(Event::ItemChanged(waybill_model::ItemId(1), Code::FileGone));
    assert_eq!((bench.asked(), bench.recorded()), (vec![], vec![]));
}

#[test]
fn a_second_report_of_the_same_work_is_ignored() {
    let mut bench = checked(good());
    bench.give(Event::CheckDone(CheckTotals { items: 99, ..good() }));
    bench.give(Event::HashDone(Ok(HashTotals::default())));
    assert_eq!(bench.machine.view().check_totals, Some(good()));
}

#[test]
fn cancel_is_possible_from_every_phase_that_is_not_final() {
    for phase in Phase::ALL.into_iter().filter(|phase| !phase.is_final()) {
        let mut bench = Bench::started(phase, 3);
        bench.asked();
        bench.give(Event::Cancel);
        assert_eq!((bench.phase(), bench.hold()), (Phase::Cancelled, Hold::Running), "{phase:?}");
        assert_eq!(bench.asked(), [Action::Close], "{phase:?}");
    }
    for phase in [Phase::Finished, Phase::GivenUp] {
        let mut bench = Bench::started(phase, 3);
        assert_eq!(bench.asked(), [Action::Close]);
        bench.give(Event::Cancel).give(Event::Pause).give(Event::GiveUp).give(Event::Resume);
        assert_eq!((bench.phase(), bench.recorded(), bench.asked()), (phase, vec![], vec![]));
    }
}

#[test]
fn a_pause_holds_every_phase_and_survives_a_restart() {
    for phase in [Phase::Walking, Phase::Hashing, Phase::Starting, Phase::Registering, Phase::Sending] {
        let mut bench = Bench::new(Restored { paused: true, ..restored(phase) }, settings());
        bench.give(Event::Started);
        assert_eq!((bench.hold(), bench.asked()), (Hold::Paused, vec![]), "{phase:?}");
        bench.give(Event::Resume);
        assert_eq!(bench.recorded()[0], Record::Transfer(TransferRecord::Paused(false)));
        assert_eq!(bench.asked().len(), 1, "{phase:?}");
        bench.give(Event::Pause);
        assert_eq!(bench.hold(), Hold::Paused);
        assert_eq!(bench.recorded().last(), Some(&Record::Transfer(TransferRecord::Paused(true))));
    }
}

#[test]
fn resuming_waits_until_the_journal_holds_it() {
    let mut bench = Bench::new(Restored { paused: true, ..restored(Phase::Hashing) }, settings());
    bench.give(Event::Started);
    bench.by_hand = true;
    bench.give(Event::Resume);
    assert_eq!((bench.hold(), bench.asked()), (Hold::Paused, vec![]));
    bench.take_record();
    assert_eq!((bench.hold(), bench.asked()), (Hold::Running, vec![Action::Hash]));
}

#[test]
fn the_folder_is_compared_with_the_check_before_it_is_read() {
    let mut bench = checked(good());
    bench.asked();
    bench.give(Event::Send { agreed: 0, given: SendGiven::AfterALook });
    assert_eq!((bench.phase(), bench.asked()), (Phase::Hashing, vec![Action::CompareFolder]));
    bench.give(Event::FolderCompared(Ok(true)));
    assert_eq!(bench.asked(), [Action::Hash]);
    bench.give(Event::Pause).give(Event::HashDone(Err(Code::Paused))).give(Event::Resume);
    assert_eq!(bench.asked(), [Action::Hash], "once is enough");
}

#[test]
fn a_changed_folder_is_checked_again_and_waits_for_the_person() {
    let mut bench = checked(good());
    bench.asked();
    bench.give(Event::Send { agreed: 1, given: SendGiven::AfterALook }).give(Event::FolderCompared(Ok(false)));
    assert_eq!(bench.asked(), [Action::CompareFolder, Action::WalkAndCheck]);
    bench.give(Event::Send { agreed: 1, given: SendGiven::StraightAfterTheCheck });
    bench.give(Event::CheckDone(CheckTotals { items: 6, ..good() }));
    assert_eq!((bench.phase(), bench.hold()), (Phase::Checked, Hold::Stopped(Code::FolderChanged)));
    assert_eq!((bench.asked(), bench.machine.view().check_totals.map(|check| check.items)), (vec![], Some(6)));
    bench.give(Event::Send { agreed: 0, given: SendGiven::AfterALook });
    assert_eq!((bench.hold(), bench.asked()), (Hold::Running, vec![Action::CompareFolder]));
    bench.give(Event::FolderCompared(Ok(true)));
    assert_eq!(bench.asked(), [Action::Hash]);
}

#[test]
fn a_folder_that_changes_during_its_check_is_sent_after_a_check_without_changes() {
    let restless = || CheckTotals { blocked: Some(Code::FolderChanged), ..good() };
    let send = || Event::Send { agreed: 0, given: SendGiven::StraightAfterTheCheck };
    let mut bench = Bench::started(Phase::Walking, 0);
    bench.give(send()).give(Event::CheckDone(restless()));
    bench.asked();
    for totals in [restless(), good()] {
        assert_eq!((bench.phase(), bench.hold()), (Phase::Checked, Hold::Stopped(Code::FolderChanged)));
        bench.give(send());
        assert_eq!((bench.phase(), bench.asked()), (Phase::Walking, vec![Action::WalkAndCheck]));
        bench.give(Event::CheckDone(totals));
        assert_eq!((bench.hold(), bench.asked()), (Hold::Stopped(Code::FolderChanged), vec![]));
    }
    bench.give(send());
    assert_eq!((bench.phase(), bench.asked()), (Phase::Hashing, vec![Action::Hash]));
}

#[test]
fn agreeing_to_what_hashing_found_compares_and_reads_nothing_twice() {
    let mut bench = checked(good());
    bench.give(Event::Send { agreed: 0, given: SendGiven::AfterALook }).give(Event::FolderCompared(Ok(true)));
    bench.give(Event::HashDone(Ok(HashTotals { items: 2, bytes: 20, left_out: 1 })));
    bench.asked();
    bench.give(Event::Send { agreed: 1, given: SendGiven::AfterALook });
    assert_eq!(bench.asked(), [Action::CompareFolder]);
    bench.give(Event::FolderCompared(Ok(true)));
    assert_eq!(bench.asked(), [Action::Hash]);
}

#[test]
fn after_a_restart_the_folder_is_compared_unless_a_file_was_read() {
    for (hashed, first) in [(false, Action::CompareFolder), (true, Action::Hash)] {
        let mut bench = Bench::new(Restored { hashed, ..restored(Phase::Hashing) }, settings());
        bench.give(Event::Started);
        assert_eq!(bench.asked(), [first]);
    }
}

#[test]
fn a_comparison_ended_by_the_folder_or_a_pause_restarts() {
    let mut bench = Bench::new(Restored { hashed: false, ..restored(Phase::Hashing) }, settings());
    bench.give(Event::Started);
    bench.asked();
    bench.give(Event::FolderGone);
    assert_eq!((bench.asked(), bench.waits_for()), (vec![Action::AwaitFolder], Some(WaitReason::FolderGone)));
    bench.give(Event::FolderBack);
    assert_eq!(bench.asked(), [Action::CompareFolder]);
    bench.give(Event::Pause).give(Event::FolderCompared(Err(Code::Paused))).give(Event::Resume);
    assert_eq!(bench.asked(), [Action::CompareFolder]);
    bench.give(Event::FolderCompared(Err(Code::FolderUnreadable)));
    assert_eq!(bench.hold(), Hold::Stopped(Code::FolderUnreadable));
    bench.give(Event::Resume);
    assert_eq!(bench.asked(), [Action::CompareFolder]);
}

#[test]
fn a_repeated_send_is_decided_once() {
    let mut bench = checked(CheckTotals { left_out: 1, ..good() });
    bench.by_hand = true;
    let send = || Event::Send { agreed: 1, given: SendGiven::StraightAfterTheCheck };
    bench.give(send()).give(send());
    assert_eq!(bench.waiting.len(), 2, "{:?}", bench.waiting);
    bench.by_hand = false;
    bench.give(Event::TimeReached).give(Event::HashDone(Ok(HashTotals::default())));
    assert_eq!(bench.hold(), Hold::Stopped(Code::NothingToSend));
}

#[test]
fn sending_during_the_next_check_sends_nothing_unseen() {
    let mut bench = checked(good());
    bench.give(Event::Send { agreed: 1, given: SendGiven::AfterALook }).give(Event::FolderCompared(Ok(false)));
    bench.asked();
    bench.by_hand = true;
    bench.give(Event::CheckDone(good())).give(Event::Send { agreed: 1, given: SendGiven::StraightAfterTheCheck });
    bench.take_record();
    assert_eq!((bench.phase(), bench.hold()), (Phase::Checked, Hold::Stopped(Code::FolderChanged)));
    assert_eq!((bench.waiting.len(), bench.asked()), (0, vec![]));
}
