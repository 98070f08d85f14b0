//! While another transfer has the turn.

use waybill_model::{Code, Phase, Record, SendGiven, TransferRecord};

use super::bench::*;

/// Another one has the turn.
fn queued(restored: Restored) -> Bench {
    let mut bench = Bench::new(restored, settings());
    bench.give(Event::Turn(false)).give(Event::Started);
    bench
}

#[test]
fn without_its_turn_nothing_is_walked_read_or_sent() {
    // In Checked the folder has to be walked again.
    let needs_turn = |phase: &Phase| phase.needs().turn || *phase == Phase::Checked;
    for phase in Phase::ALL.into_iter().filter(needs_turn) {
        let mut bench = queued(restored(phase));
        bench.give(Event::Resume).give(Event::NetworkBack).give(Event::FolderBack).give(Event::TimeReached);
        assert_eq!((bench.asked(), bench.recorded(), bench.phase()), (vec![], vec![], phase));
        bench.give(Event::Turn(true));
        assert_ne!(bench.asked(), [], "{phase:?}");
    }
}

#[test]
fn phases_that_need_no_turn_proceed_without_it() {
    let mut bench = queued(restored(Phase::BeingChecked));
    assert_eq!(bench.asked(), [Action::ReadChecks]);
    bench = queued(restored(Phase::HandingOver));
    assert_eq!(bench.asked(), [Action::OpenHandOver { upload_failed: false }]);
    bench = queued(Restored { set_aside: 1, ..restored(Phase::Settling) });
    assert_eq!(bench.hold(), Hold::Stopped(Code::ItemsSetAside), "the person is asked");
}

#[test]
fn send_is_recorded_at_once_and_done_when_the_turn_comes() {
    let mut bench = Bench::started(Phase::Walking, 0);
    bench.give(Event::CheckDone(CheckTotals { items: 3, bytes: 30, left_out: 1, blocked: None }));
    bench.give(Event::Turn(false));
    assert_eq!((bench.asked(), bench.recorded().len()), (vec![Action::WalkAndCheck], 1));
    bench.give(Event::Send { agreed: 1, given: SendGiven::StraightAfterTheCheck });
    assert_eq!(
        bench.recorded(),
        [Record::Transfer(TransferRecord::AcceptedLeftOut(1)), Record::Transfer(TransferRecord::Phase(Phase::Hashing))]
    );
    assert_eq!((bench.phase(), bench.asked()), (Phase::Hashing, vec![]));
    bench.give(Event::Pause).give(Event::Turn(true));
    assert_eq!((bench.hold(), bench.asked()), (Hold::Paused, vec![]), "the last word counts");
    bench.give(Event::Resume);
    assert_eq!(bench.asked(), [Action::Hash]);
}

#[test]
fn trying_again_is_recorded_at_once_and_done_when_the_turn_comes() {
    let mut bench = queued(Restored { set_aside: 1, ..restored(Phase::Settling) });
    bench.give(Event::TryAgain);
    assert_eq!(
        bench.recorded(),
        [Record::Transfer(TransferRecord::AllBackInQueue), Record::Transfer(TransferRecord::Phase(Phase::Sending))]
    );
    assert_eq!((bench.phase(), bench.asked()), (Phase::Sending, vec![]));
    bench.give(Event::Turn(true));
    assert_eq!(bench.asked(), [Action::LoadItems { after: None, limit: 256 }]);
}

#[test]
fn what_hashing_found_is_shown_even_without_the_turn() {
    let mut bench = Bench::started(Phase::Hashing, 3);
    bench.give(Event::Pause).give(Event::Turn(false));
    bench.give(Event::HashDone(Ok(HashTotals { items: 2, bytes: 20, left_out: 1 })));
    bench.give(Event::Resume);
    assert_eq!((bench.phase(), bench.hold()), (Phase::Checked, Hold::Stopped(Code::LeavesOut)));
}

#[test]
fn giving_up_needs_no_turn_and_shows_at_once() {
    let mut bench = queued(restored(Phase::Sending));
    assert!(!bench.machine.view().given_up);
    bench.by_hand = true;
    bench.give(Event::GiveUp);
    assert!(bench.machine.view().given_up);
    bench.by_hand = false;
    bench.give(Event::TimeReached);
    assert_eq!(bench.asked(), [Action::OpenHandOver { upload_failed: true }]);
    assert!(queued(Restored { given_up: true, ..restored(Phase::HandingOver) }).machine.view().given_up);
}
