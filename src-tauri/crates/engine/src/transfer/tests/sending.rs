use waybill_model::{
    Acknowledgement, Code, ItemId, ItemRecord, LocalFault, NoAnswerKind, NotDone, Phase, Progress, Record,
};

use super::bench::*;

#[test]
fn a_small_file_is_one_put_after_its_intent() {
    let mut bench = sending(vec![small(0)]);
    assert_eq!(bench.recorded(), [Record::Item(ItemId(0), ItemRecord::PutAttempted)]);
    let put = bench.request();
    assert_eq!((put.item, put.op), (ItemId(0), Op::PutObject));
    bench.stored(put);
    assert_eq!(bench.recorded()[0], acknowledged(0, Acknowledgement::Reply, START.server));
    assert_eq!(bench.phase(), Phase::HandingOver);
    let progress = bench.machine.view().progress;
    assert_eq!((progress.items_done, progress.bytes_done), (1, 10));
}

#[test]
fn no_request_goes_out_before_its_intent_is_recorded() {
    let mut bench = Bench::started(Phase::Sending, 1);
    bench.asked();
    bench.by_hand = true;
    bench.load(vec![small(0)]);
    assert_eq!((bench.requests(), bench.waiting.len()), (vec![], 1));
    bench.take_record();
    let put = bench.request();
    bench.stored(put);
    assert_eq!(bench.machine.view().progress.items_done, 0, "not before the journal has it");
    bench.take_record();
    assert_eq!(bench.machine.view().progress.items_done, 1);
}

#[test]
fn parts_and_files_are_sent_in_parallel_up_to_the_limit() {
    let mut bench = sending(vec![large(0, 2), small(1), small(2), small(3), small(4)]);
    let first = bench.requests();
    let ops: Vec<_> = first.iter().map(|request| (request.item.0, request.op)).collect();
    assert_eq!(ops, [(0, Op::CreateUpload), (1, Op::PutObject), (2, Op::PutObject), (3, Op::PutObject)]);
    assert_eq!(bench.machine.view().in_flight, 4);
    bench.created(first[0], None);
    assert_eq!(bench.request().item, ItemId(4), "while the journal takes the upload, the slot is used");
    bench.stored(first[1]);
    assert_eq!(bench.request().op, Op::UploadPart(part(1)), "first in, first out");
    bench.stored(first[2]);
    assert_eq!(bench.request().op, Op::UploadPart(part(2)));
    assert_eq!(bench.machine.view().in_flight, 4);
}

#[test]
fn memory_does_not_grow_with_the_number_of_items() {
    let mut bench = Bench::started(Phase::Sending, 1000);
    assert_eq!(bench.asked(), [Action::LoadItems { after: None, limit: 256 }]);
    bench.give(Event::ItemsLoaded { items: (0..256).map(small).collect(), last: false });
    let mut loaded = 256;
    let mut requests = bench.requests();
    while let Some(request) = requests.pop() {
        bench.stored(request);
        for action in bench.asked() {
            requests.extend(as_request(&action));
            if let Action::LoadItems { after, limit } = action {
                assert_eq!(after, Some(ItemId(loaded - 1)));
                let next = (loaded + u64::from(limit)).min(1000);
                bench.give(Event::ItemsLoaded { items: (loaded..next).map(small).collect(), last: next == 1000 });
                loaded = next;
            }
            assert!(bench.machine.sending.items.len() <= 256);
        }
        requests.extend(bench.requests());
    }
    assert_eq!(bench.machine.view().progress.items_done, 1000);
    assert_eq!(bench.phase(), Phase::HandingOver);
}

#[test]
fn already_exists_after_a_lost_reply_is_done() {
    let mut bench = sending(vec![small(0)]);
    let put = bench.request();
    answer(&mut bench, put, silent(NoAnswerKind::Reset, true));
    let again = next_request(&mut bench);
    bench.recorded();
    let at = bench.now.server;
    bench.reply(again, store(412, "PreconditionFailed"));
    assert_eq!(bench.recorded()[0], acknowledged(0, Acknowledgement::ExistsAfterOwnAttempt, at));
}

#[test]
fn already_exists_after_an_attempt_before_a_restart_is_done() {
    let mut bench = sending(vec![ItemWork { put_attempted: true, ..small(0) }]);
    assert_eq!(bench.recorded(), [], "the intent stands already");
    let put = bench.request();
    bench.reply(put, store(412, "PreconditionFailed"));
    assert_eq!(bench.recorded()[0], acknowledged(0, Acknowledgement::ExistsAfterOwnAttempt, START.server));
}

#[test]
fn already_exists_at_the_first_attempt_is_done_too() {
    let mut bench = sending(vec![small(0)]);
    let put = bench.request();
    bench.recorded();
    bench.reply(put, store(412, "PreconditionFailed"));
    assert_eq!(bench.recorded()[0], acknowledged(0, Acknowledgement::ExistsAfterOwnAttempt, START.server));
    assert_eq!(bench.phase(), Phase::HandingOver);
}

#[test]
fn a_conflicting_put_is_sent_again() {
    let mut bench = sending(vec![small(0)]);
    let put = bench.request();
    bench.reply(put, store(409, "ConditionalRequestConflict"));
    let again = next_request(&mut bench);
    bench.stored(again);
    assert_eq!(bench.phase(), Phase::HandingOver);
}

#[test]
fn different_content_is_sent_once_more_and_then_set_aside() {
    for code in ["BadDigest", "XAmzContentSHA256Mismatch"] {
        let mut bench = sending(vec![small(0)]);
        let put = bench.request();
        bench.reply(put, store(400, code));
        let again = next_request(&mut bench);
        bench.recorded();
        bench.reply(again, store(400, code));
        assert_eq!(bench.recorded()[0], set_aside(0, Code::ContentDiffers), "{code}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_set_aside_and_the_rest_is_sent() {
    for (fault, code) in [
        (LocalFault::FileGone, Code::FileGone),
        (LocalFault::FileChanged, Code::ChangedAfterChecking),
        (LocalFault::Unreadable(String::new()), Code::Unreadable),
        (LocalFault::Locked(String::new()), Code::Locked),
    ] {
        let mut bench = sending(vec![small(0), small(1)]);
        let puts = bench.requests();
        bench.recorded();
        bench.reply(puts[0], Err(NotDone::NotSent(fault)));
        assert_eq!(bench.recorded(), [set_aside(0, code)]);
        bench.stored(puts[1]);
        let view = bench.machine.view();
        assert_eq!((view.set_aside, view.progress.items_done), (1, 1));
        assert_eq!((view.phase, view.hold), (Phase::Settling, Hold::Stopped(Code::ItemsSetAside)));
    }
}

#[test]
fn a_file_that_changes_while_being_sent_is_set_aside() {
    let mut bench = sending(vec![small(0), small(1)]);
    let puts = bench.requests();
    bench.recorded();
    bench.give(Event::ItemChanged(ItemId(0), Code::FileGone));
    assert_eq!(bench.asked(), [Action::CallOff(puts[0].token)]);
    assert_eq!(bench.recorded(), []);
    bench.reply(puts[0], Err(NotDone::NotSent(LocalFault::CalledOff)));
    assert_eq!(bench.recorded(), [set_aside(0, Code::FileGone)]);
}

#[test]
fn a_file_that_changes_after_it_arrived_counts_as_sent() {
    let mut bench = sending(vec![small(0)]);
    let put = bench.request();
    bench.recorded();
    bench.give(Event::ItemChanged(ItemId(0), Code::FileGone));
    bench.stored(put);
    assert_eq!(bench.recorded()[0], acknowledged(0, Acknowledgement::Reply, START.server));
    assert_eq!(bench.phase(), Phase::HandingOver);
    bench.give(Event::ItemChanged(ItemId(0), Code::FileGone));
    assert_eq!(bench.machine.view().set_aside, 0);
}

#[test]
fn refusals_by_the_store_set_items_aside_and_three_in_a_row_stop() {
    let mut bench = sending((0..8).map(small).collect());
    let puts = bench.requests();
    bench.recorded();
    for put in &puts[..3] {
        bench.reply(*put, store(403, "AccessDenied"));
    }
    assert_eq!(bench.hold(), Hold::Stopped(Code::StoreRefused));
    let sent_since = bench.requests();
    assert_eq!(sent_since.len(), 2, "nothing new after the third");
    for request in puts[3..].iter().chain(&sent_since) {
        bench.stored(*request);
    }
    assert_eq!(bench.requests(), []);
    bench.give(Event::Resume);
    for request in bench.requests() {
        bench.stored(request);
    }
    assert_eq!((bench.machine.view().set_aside, bench.machine.view().progress.items_done), (3, 5));
    assert_eq!(bench.phase(), Phase::Settling);
}

#[test]
fn refusals_by_the_edge_spend_no_attempt_and_cause_no_hot_loop() {
    let mut bench = sending(vec![small(0)]);
    for _ in 0..20 {
        let put = next_request(&mut bench);
        bench.reply(put, edge(403, "AccessDenied"));
        assert!(bench.actions.is_empty(), "not at once");
    }
    assert_eq!(bench.machine.view().set_aside, 0);
    let put = next_request(&mut bench);
    bench.stored(put);
    assert_eq!(bench.phase(), Phase::HandingOver);
}

#[test]
fn an_error_of_one_item_is_tried_eight_times() {
    for reply in [store(400, "RequestTimeout"), store(500, "InternalError"), store(403, "SignatureDoesNotMatch")] {
        let mut bench = sending(vec![small(0)]);
        let mut attempts = 0;
        while bench.phase() == Phase::Sending {
            let put = next_request(&mut bench);
            attempts += 1;
            bench.reply(put, reply.clone());
        }
        assert_eq!(attempts, 8, "{reply:?}");
        assert!(bench.recorded().contains(&set_aside(0, Code::StoreFailed)));
    }
}

#[test]
fn a_file_that_always_breaks_the_connection_is_set_aside() {
    let mut bench = sending((0..20).map(small).collect());
    let mut requests = bench.requests();
    while bench.phase() == Phase::Sending {
        if requests.is_empty() {
            requests = vec![next_request(&mut bench)];
        }
        for request in std::mem::take(&mut requests) {
            if request.item == ItemId(5) {
                bench.reply(request, silent(NoAnswerKind::Reset, true));
                bench.give(Event::Probed { other: true, upload: true });
            } else {
                bench.stored(request);
            }
        }
        requests = bench.requests();
    }
    let view = bench.machine.view();
    assert_eq!((view.set_aside, view.progress.items_done), (1, 19));
    assert!(bench.recorded().contains(&set_aside(5, Code::StoreFailed)));
}

#[test]
fn a_reply_to_an_unknown_request_is_ignored() {
    let mut bench = sending(vec![small(0)]);
    let put = bench.request();
    bench.stored(Request { token: RequestToken(99), ..put });
    assert_eq!(bench.machine.view().progress.items_done, 0);
    bench.stored(put).stored(put);
    assert_eq!(bench.machine.view().progress.items_done, 1);
    bench.give(Event::Recorded(RecordId(999)));
    bench.give(Event::NotRecorded(RecordId(999), Code::DiskFull));
    assert_eq!(bench.hold(), Hold::Running);
}

#[test]
fn an_item_that_is_not_accounted_for_is_never_silently_lost() {
    let mut bench = Bench::started(Phase::Sending, 2);
    bench.asked();
    bench.load(vec![small(0)]);
    let put = bench.request();
    bench.stored(put);
    assert_eq!(bench.asked(), [Action::LoadItems { after: None, limit: 256 }], "it may have been overlooked");
    bench.load(Vec::new());
    assert_eq!((bench.phase(), bench.hold()), (Phase::Sending, Hold::Stopped(Code::Internal)));
    bench.give(Event::Resume);
    assert_eq!(bench.asked(), [Action::LoadItems { after: None, limit: 256 }]);
    bench.load(vec![small(1)]);
    let put = bench.request();
    bench.stored(put);
    assert_eq!(bench.phase(), Phase::HandingOver);
}

#[test]
fn only_the_journals_own_count_ends_sending() {
    let mut bench = Bench::started(Phase::Sending, 3);
    bench.asked();
    bench.load(vec![small(0), small(1)]);
    bench.counted = Some(Progress { items_done: 2, items_total: 2, bytes_done: 20, bytes_total: 20 });
    for put in bench.requests() {
        bench.stored(put);
    }
    assert_eq!(bench.phase(), Phase::HandingOver);
    assert_eq!(bench.machine.view().progress.items_total, 2);
}

#[test]
fn a_count_taken_while_a_record_is_under_way_is_repeated() {
    let mut bench = Bench::started(Phase::Sending, 1);
    bench.asked();
    bench.load(vec![small(0)]);
    let put = bench.request();
    bench.reply(put, store(400, "RequestTimeout"));
    bench.by_hand = true;
    bench.give(Event::ItemsCounted { progress: Progress::default(), set_aside: 0 });
    assert_eq!(bench.machine.view().progress.items_total, 1, "nobody asked for this one");
    let put = next_request(&mut bench);
    bench.stored(put);
    assert_eq!(bench.phase(), Phase::Sending, "the acknowledgement is not in the journal yet");
    bench.take_record();
    bench.give(Event::Pause);
    bench.count();
    assert_eq!(bench.phase(), Phase::Sending, "the pause is on its way into the journal");
    bench.take_record();
    bench.give(Event::Resume).take_record();
    bench.count();
    bench.take_record();
    assert_eq!(bench.phase(), Phase::HandingOver);
}
