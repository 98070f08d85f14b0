//! What once stood still, was counted wrongly or went out again. Found by the simulation of whole transfers.

use std::time::Duration;

use waybill_model::{Code, ItemId, ItemRecord, LocalFault, NoAnswerKind, NotDone, Phase, Record, WaitReason};

use super::bench::*;

const MINUTE: Duration = Duration::from_secs(60);

/// The API does not answer, and a request is out to see whether it does again.
fn trying() -> Bench {
    let mut bench = Bench::started(Phase::Starting, 3);
    bench.asked();
    bench.give(Event::TruthRead(silent(NoAnswerKind::Reset, true)));
    bench.give(Event::Probed { other: false, upload: true });
    bench.asked();
    bench.wait_for_action(MINUTE);
    assert_eq!(bench.asked(), [Action::ReadTruth]);
    bench
}

#[test]
fn a_token_that_is_refused_during_a_wait_is_followed_by_another_request() {
    let mut bench = trying();
    bench.give(Event::TruthRead(json(401, "")));
    bench.wait_for_action(MINUTE);
    assert_eq!(bench.asked(), [Action::ReadTruth]);
}

#[test]
fn resume_asks_again_after_a_stop_that_came_during_a_wait() {
    let mut bench = trying();
    bench.give(Event::TruthRead(json(400, "")));
    assert_eq!(bench.hold(), Hold::Stopped(Code::ServiceRefused));
    bench.give(Event::Resume);
    assert_eq!(bench.asked(), [Action::ReadTruth]);
}

#[test]
fn a_registration_waits_for_its_folder_and_is_made_when_it_is_back() {
    let mut bench = Bench::started(Phase::Registering, 3);
    assert_eq!(bench.asked(), [Action::Register]);
    bench.give(Event::RegisterReplied(Err(NotDone::NotSent(LocalFault::FolderGone))));
    assert_eq!((bench.asked(), bench.waits_for()), (vec![Action::AwaitFolder], Some(WaitReason::FolderGone)));
    assert!(lets_go(&bench.machine), "another transfer may be sent meanwhile");
    bench.give(Event::Turn(false)).pass(MINUTE);
    assert_eq!(bench.asked(), []);
    bench.give(Event::FolderBack);
    assert!(wants_turn(&bench.machine.view()));
    bench.give(Event::Turn(true));
    assert_eq!(bench.asked(), [Action::Register]);
}

#[test]
fn a_wait_for_the_own_person_ends_when_they_are_signed_in() {
    let mut bench = sending(vec![small(0), small(1)]);
    let puts = bench.requests();
    for put in puts {
        bench.reply(put, Err(NotDone::NotSent(LocalFault::Blocked(WaitReason::DifferentPerson))));
    }
    assert!(!lets_go(&bench.machine), "it is tried again, for which it needs the turn");
    bench.give(Event::SessionLost(WaitReason::DifferentPerson));
    assert!(lets_go(&bench.machine));
    bench.give(Event::Turn(false)).pass(MINUTE);
    bench.give(Event::SessionReady);
    assert!(wants_turn(&bench.machine.view()), "{:?}", bench.hold());
    bench.give(Event::Turn(true));
    assert_eq!(bench.requests().len(), 2);
}

#[test]
fn a_folder_that_is_back_is_read_although_the_network_is_due_as_well() {
    let mut bench = sending(vec![small(0), small(1)]);
    let puts = bench.requests();
    // A folder that comes and goes is left alone longer each time.
    for _ in 0..6 {
        bench.give(Event::FolderGone).give(Event::FolderBack).pass(MINUTE);
    }
    bench.give(Event::FolderGone);
    for put in puts {
        bench.reply(put, silent(NoAnswerKind::Connect, false));
    }
    bench.give(Event::Probed { other: false, upload: false }).give(Event::FolderBack).pass(Duration::from_secs(1));
    bench.asked();
    assert_eq!(bench.waits_for(), Some(WaitReason::FolderGone), "the network is due, the folder is not");
    bench.wait_for_action(MINUTE);
    assert_eq!(bench.requests().len(), 1);
}

#[test]
fn the_completion_of_parts_that_were_sent_again_has_its_own_intent() {
    let mut bench = sending(vec![large(0, 2)]);
    let create = bench.request();
    bench.created(create, None);
    for request in bench.requests() {
        bench.stored(request);
    }
    let complete = bench.request();
    bench.reply(complete, store(400, "InvalidPart"));
    bench.recorded();
    for request in bench.requests() {
        bench.stored(request);
    }
    let attempted = Record::Item(ItemId(0), ItemRecord::CompletionAttempted);
    assert_eq!(bench.recorded().last(), Some(&attempted), "the journal has forgotten the first with the parts");
    assert_eq!(bench.request().op, Op::CompleteUpload);
}

#[test]
fn parts_of_a_file_that_is_set_aside_count_again_once_it_is_back() {
    let mut bench = sending(vec![large(0, 3), small(1)]);
    let requests = bench.requests();
    bench.created(requests[0], None);
    let part = bench.requests()[0];
    bench.stored(part);
    assert_eq!(bench.machine.view().progress.bytes_done, PART);
    bench.by_hand = true;
    bench.give(Event::ItemChanged(ItemId(0), Code::ChangedAfterChecking));
    for request in bench.asked().iter().filter_map(called_off) {
        let reply = ObjectReply::not_sent(Op::PutObject, LocalFault::CalledOff);
        bench.give(Event::ObjectReplied { token: request, reply });
    }
    bench.take_record();
    assert_eq!(bench.machine.view().progress.bytes_done, 0, "as the journal counts");
    bench.give(Event::TryAgain);
    bench.take_record();
    assert!(bench.machine.sending.is_counting(), "its parts count again");
}

fn called_off(action: &Action) -> Option<RequestToken> {
    if let Action::CallOff(token) = action { Some(*token) } else { None }
}

#[test]
fn a_file_that_ends_while_the_next_are_read_is_not_sent_again() {
    let mut bench = sending(vec![small(0), small(1)]);
    let puts = bench.requests();
    bench.reply(puts[0], Err(NotDone::NotSent(LocalFault::FileGone)));
    bench.give(Event::TryAgain);
    assert_eq!(bench.asked(), [Action::LoadItems { after: None, limit: 255 }]);
    // The journal is read before it holds the end of the second file, and the answer comes after that.
    bench.stored(puts[1]);
    let attempted = |item| ItemWork { put_attempted: true, ..small(item) };
    bench.load(vec![attempted(0), attempted(1)]);
    let items: Vec<_> = bench.requests().iter().map(|request| request.item).collect();
    assert_eq!(items, [ItemId(0)]);
}
