use std::time::Duration;

use waybill_model::{Acknowledgement, Code, ItemId, LocalFault, NoAnswerKind, Phase, Reply, Timestamp};

use super::bench::*;

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

fn acknowledged(item: u64, how: Acknowledgement, at: Timestamp) -> Record {
    let etag = (how == Acknowledgement::Reply).then(etag);
    Record::Acknowledged { item: ItemId(item), how, etag, at }
}

fn set_aside(item: u64, code: Code) -> Record {
    Record::SetAside { item: ItemId(item), code }
}

fn part_acknowledged(item: u64, number: u16) -> Record {
    Record::PartAcknowledged { item: ItemId(item), part: part(number), etag: etag() }
}

/// The next request, after whatever delay.
fn next_request(bench: &mut Bench) -> Request {
    if bench.actions.is_empty() {
        bench.wait_for_action(Duration::from_secs(120));
    }
    bench.request()
}

/// A request of one item is answered so and so; the probe, if one is asked for, finds everything in order.
fn answer(bench: &mut Bench, request: Request, reply: Reply<waybill_model::Stored>) {
    bench.reply(request, reply);
    if bench.actions == [Action::Probe] {
        bench.asked();
        bench.give(Event::Probed { api: true, upload: true });
    }
}

/// One large item whose upload is begun and whose parts, but the completion, are done. Aborted in a week.
fn ready_to_complete() -> Bench {
    let mut bench = sending(vec![large(0, 2)]);
    let create = bench.request();
    bench.created(create, Some(START + WEEK));
    for request in bench.requests() {
        bench.stored(request);
    }
    assert_eq!(bench.recorded().last(), Some(&Record::CompletionAttempted(ItemId(0))));
    bench
}

#[test]
fn a_small_file_goes_as_one_put_with_its_intent_first() {
    let mut bench = sending(vec![small(0)]);
    assert_eq!(bench.recorded(), [Record::PutAttempted(ItemId(0))]);
    let put = bench.request();
    assert_eq!((put.item, put.op), (ItemId(0), Op::PutObject));
    bench.stored(put);
    assert_eq!(bench.recorded()[0], acknowledged(0, Acknowledgement::Reply, START));
    assert_eq!(bench.phase(), Phase::HandingOver);
    let progress = bench.machine.view().progress;
    assert_eq!((progress.items_done, progress.bytes_done), (1, 10));
}

#[test]
fn no_request_goes_out_before_its_intent_is_in_the_journal() {
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
fn a_large_file_goes_in_parts_and_is_completed_when_the_journal_holds_all() {
    let mut bench = sending(vec![large(0, 3)]);
    let create = bench.request();
    assert_eq!(create.op, Op::CreateUpload);
    bench.by_hand = true;
    bench.created(create, Some(START + WEEK));
    assert_eq!(bench.requests(), [], "no part before the journal knows the upload");
    bench.take_record();
    let parts = bench.requests();
    assert_eq!(
        parts.iter().map(|request| request.op).collect::<Vec<_>>(),
        [Op::UploadPart(part(1)), Op::UploadPart(part(2)), Op::UploadPart(part(3))]
    );
    for request in parts {
        bench.stored(request);
    }
    bench.take_record();
    assert_eq!(bench.machine.view().progress.bytes_done, PART);
    bench.take_record();
    assert_eq!(bench.requests(), []);
    bench.take_record();
    assert_eq!(bench.machine.view().progress.bytes_done, 2 * PART + 1);
    assert_eq!(bench.requests(), [], "the completion's intent comes first");
    bench.take_record();
    let complete = bench.request();
    assert_eq!(complete.op, Op::CompleteUpload);
    bench.stored(complete);
    bench.take_record();
    let progress = bench.machine.view().progress;
    assert_eq!((progress.items_done, progress.bytes_done), (1, 2 * PART + 1));
}

#[test]
fn after_a_restart_only_the_missing_parts_are_sent() {
    let upload = UploadWork { abort_at: None, acknowledged: vec![part(1), part(3)], completion_attempted: false };
    let mut bench = sending(vec![ItemWork { upload: Some(upload), ..large(0, 4) }]);
    let ops: Vec<_> = bench.requests().iter().map(|request| request.op).collect();
    assert_eq!(ops, [Op::UploadPart(part(2)), Op::UploadPart(part(4))]);
}

#[test]
fn parts_and_whole_files_run_side_by_side_but_never_more_than_allowed() {
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
fn the_window_is_refilled_and_memory_does_not_grow_with_the_items() {
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
fn exists_after_a_lost_reply_of_our_own_is_done() {
    let mut bench = sending(vec![small(0)]);
    let put = bench.request();
    answer(&mut bench, put, silent(NoAnswerKind::Reset, true));
    let again = next_request(&mut bench);
    bench.recorded();
    let at = bench.now;
    bench.reply(again, store(412, "PreconditionFailed"));
    assert_eq!(bench.recorded()[0], acknowledged(0, Acknowledgement::ExistsAfterOwnAttempt, at));
}

#[test]
fn exists_after_an_attempt_of_an_earlier_life_is_done() {
    let mut bench = sending(vec![ItemWork { put_attempted: true, ..small(0) }]);
    assert_eq!(bench.recorded(), [], "the intent stands already");
    let put = bench.request();
    bench.reply(put, store(412, "PreconditionFailed"));
    assert_eq!(bench.recorded()[0], acknowledged(0, Acknowledgement::ExistsAfterOwnAttempt, START));
}

#[test]
fn exists_without_an_attempt_of_our_own_is_set_aside() {
    let mut bench = sending(vec![small(0)]);
    let put = bench.request();
    // The edge's refusal is no attempt: the store never saw it.
    bench.reply(put, edge(403, "AccessDenied"));
    let again = next_request(&mut bench);
    bench.recorded();
    bench.reply(again, store(412, "PreconditionFailed"));
    assert_eq!(bench.recorded()[0], set_aside(0, Code::ObjectExists));
    assert_eq!((bench.phase(), bench.hold()), (Phase::Settling, Hold::Stopped(Code::ItemsSetAside)));
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
fn a_conflicting_completion_begins_a_new_upload_with_every_part() {
    let mut bench = ready_to_complete();
    let complete = bench.request();
    bench.reply(complete, store(409, "ConditionalRequestConflict"));
    assert_eq!(bench.recorded(), [Record::UploadAbandoned(ItemId(0))]);
    assert_eq!(bench.machine.view().progress.bytes_done, 0, "parts of a lost upload do not count");
    let create = bench.request();
    assert_eq!(create.op, Op::CreateUpload);
    bench.created(create, None);
    assert_eq!(bench.requests().len(), 2);
}

#[test]
fn an_upload_gone_after_a_lost_completion_was_completed() {
    let mut bench = ready_to_complete();
    let complete = bench.request();
    answer(&mut bench, complete, silent(NoAnswerKind::TimedOut, true));
    let again = next_request(&mut bench);
    assert_eq!(again.op, Op::CompleteUpload);
    let at = bench.now;
    bench.reply(again, store(404, "NoSuchUpload"));
    assert_eq!(bench.recorded()[0], acknowledged(0, Acknowledgement::UploadGoneAfterOwnCompletion, at));
    assert_eq!(bench.phase(), Phase::HandingOver);
}

#[test]
fn an_upload_gone_after_a_completion_of_an_earlier_life_was_completed_unless_it_aged_away() {
    let work = |abort_at| {
        let acknowledged = vec![part(1), part(2)];
        ItemWork { upload: Some(UploadWork { abort_at, acknowledged, completion_attempted: true }), ..large(0, 2) }
    };
    let mut bench = sending(vec![work(Some(START + WEEK))]);
    let complete = bench.request();
    assert_eq!(complete.op, Op::CompleteUpload);
    bench.reply(complete, store(404, "NoSuchUpload"));
    assert_eq!(bench.recorded()[0], acknowledged(0, Acknowledgement::UploadGoneAfterOwnCompletion, START));

    // Without a date nobody knows: the bytes go again, and "exists" tells that it was done.
    let mut bench = sending(vec![work(None)]);
    let complete = bench.request();
    bench.reply(complete, store(404, "NoSuchUpload"));
    assert_eq!(bench.recorded(), [Record::UploadAbandoned(ItemId(0))]);
    let create = bench.request();
    bench.created(create, None);
    for request in bench.requests() {
        bench.stored(request);
    }
    let complete = bench.request();
    bench.recorded();
    bench.reply(complete, store(412, "PreconditionFailed"));
    assert_eq!(bench.recorded()[0], acknowledged(0, Acknowledgement::ExistsAfterOwnAttempt, START));
}

#[test]
fn an_upload_past_its_date_is_not_asked_about() {
    let upload = UploadWork { abort_at: Some(START), acknowledged: vec![part(1)], completion_attempted: false };
    let progress = waybill_model::Progress { items_total: 1, bytes_total: PART + 1, bytes_done: PART, items_done: 0 };
    let mut bench = Bench::new(Restored { progress, ..restored(Phase::Sending) }, settings());
    bench.give(Event::Started).asked();
    bench.load(vec![ItemWork { upload: Some(upload), ..large(0, 2) }]);
    assert_eq!(bench.recorded(), [Record::UploadAbandoned(ItemId(0))]);
    assert_eq!(bench.request().op, Op::CreateUpload);
    assert_eq!(bench.machine.view().progress.bytes_done, 0);
}

#[test]
fn an_upload_that_is_gone_in_the_middle_is_begun_anew_once_nothing_is_in_flight() {
    let mut bench = sending(vec![large(0, 3)]);
    let create = bench.request();
    bench.created(create, None);
    let parts = bench.requests();
    bench.recorded();
    bench.reply(parts[0], store(404, "NoSuchUpload"));
    assert_eq!(bench.asked(), [Action::CallOff(parts[1].token), Action::CallOff(parts[2].token)]);
    assert_eq!(bench.recorded(), []);
    bench.reply(parts[1], Reply::NotSent(LocalFault::CalledOff)).stored(parts[2]);
    assert_eq!(bench.recorded(), [Record::UploadAbandoned(ItemId(0))], "a part of a lost upload is not recorded");
    assert_eq!(bench.request().op, Op::CreateUpload);
}

#[test]
fn an_upload_that_is_lost_again_and_again_is_set_aside() {
    let mut bench = sending(vec![large(0, 2)]);
    for _ in 0..4 {
        let create = bench.request();
        bench.created(create, None);
        for request in bench.requests() {
            bench.reply(request, store(404, "NoSuchUpload"));
        }
    }
    assert_eq!(bench.hold(), Hold::Stopped(Code::ItemsSetAside));
    assert!(bench.recorded().contains(&set_aside(0, Code::StoreFailed)));
}

#[test]
fn parts_that_the_store_has_forgotten_are_all_sent_again_in_the_same_upload() {
    let mut bench = ready_to_complete();
    let complete = bench.request();
    bench.reply(complete, store(400, "InvalidPart"));
    assert_eq!(bench.recorded(), [Record::PartsForgotten(ItemId(0))]);
    assert_eq!(bench.machine.view().progress.bytes_done, 0);
    let ops: Vec<_> = bench.requests().iter().map(|request| request.op).collect();
    assert_eq!(ops, [Op::UploadPart(part(1)), Op::UploadPart(part(2))]);
}

#[test]
fn a_store_that_never_knows_the_parts_ends_with_the_item_set_aside() {
    let mut bench = sending(vec![large(0, 2)]);
    let mut requests = 0;
    while bench.phase() == Phase::Sending {
        for request in bench.requests() {
            requests += 1;
            match request.op {
                Op::CreateUpload => bench.created(request, None),
                Op::CompleteUpload => bench.reply(request, store(400, "InvalidPart")),
                Op::UploadPart(_) | Op::PutObject => bench.stored(request),
            };
        }
        assert!(requests < 200, "no end");
    }
    assert_eq!(bench.hold(), Hold::Stopped(Code::ItemsSetAside));
}

#[test]
fn parts_too_small_for_the_store_end_with_the_item_set_aside() {
    let mut bench = sending(vec![large(0, 2)]);
    while bench.phase() == Phase::Sending {
        for request in bench.requests() {
            match request.op {
                Op::CreateUpload => bench.created(request, None),
                Op::CompleteUpload => bench.reply(request, store(400, "EntityTooSmall")),
                Op::UploadPart(_) | Op::PutObject => bench.stored(request),
            };
        }
    }
    let records = bench.recorded();
    assert!(records.contains(&set_aside(0, Code::StoreRefused)));
    assert_eq!(records.iter().filter(|record| **record == Record::UploadAbandoned(ItemId(0))).count(), 3);
}

#[test]
fn content_that_differs_is_sent_once_more_and_then_set_aside() {
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
fn a_part_whose_content_differs_twice_sets_the_item_aside_and_leaves_its_upload_alone() {
    let mut bench = sending(vec![large(0, 2)]);
    let create = bench.request();
    bench.created(create, None);
    let parts = bench.requests();
    bench.stored(parts[1]).reply(parts[0], store(400, "BadDigest"));
    let again = next_request(&mut bench);
    assert_eq!(again.op, Op::UploadPart(part(1)));
    bench.recorded();
    bench.reply(again, store(400, "BadDigest"));
    assert_eq!(bench.recorded()[0], set_aside(0, Code::ContentDiffers));
}

#[test]
fn trouble_with_a_file_sets_it_aside_and_the_rest_goes_on() {
    for (fault, code) in [
        (LocalFault::FileGone, Code::FileGone),
        (LocalFault::FileChanged, Code::ChangedAfterChecking),
        (LocalFault::Unreadable(String::new()), Code::Unreadable),
        (LocalFault::Locked(String::new()), Code::Locked),
    ] {
        let mut bench = sending(vec![small(0), small(1)]);
        let puts = bench.requests();
        bench.recorded();
        bench.reply(puts[0], Reply::NotSent(fault));
        assert_eq!(bench.recorded(), [set_aside(0, code)]);
        bench.stored(puts[1]);
        let view = bench.machine.view();
        assert_eq!((view.set_aside, view.progress.items_done), (1, 1));
        assert_eq!((view.phase, view.hold), (Phase::Settling, Hold::Stopped(Code::ItemsSetAside)));
    }
}

#[test]
fn an_item_whose_parts_cannot_be_read_is_set_aside_after_the_parts_in_flight() {
    let mut bench = sending(vec![large(0, 3)]);
    let create = bench.request();
    bench.created(create, None);
    let parts = bench.requests();
    bench.recorded();
    bench.reply(parts[0], Reply::NotSent(LocalFault::FileChanged));
    assert_eq!(bench.asked(), [Action::CallOff(parts[1].token), Action::CallOff(parts[2].token)]);
    bench.stored(parts[1]);
    assert_eq!(bench.recorded(), [part_acknowledged(0, 2)], "what the store has is true");
    bench.reply(parts[2], Reply::NotSent(LocalFault::CalledOff));
    assert_eq!(bench.recorded()[0], set_aside(0, Code::ChangedAfterChecking));
}

#[test]
fn a_file_that_changes_while_it_is_sent_is_called_off_and_set_aside() {
    let mut bench = sending(vec![small(0), small(1)]);
    let puts = bench.requests();
    bench.recorded();
    bench.give(Event::ItemChanged(ItemId(0)));
    assert_eq!(bench.asked(), [Action::CallOff(puts[0].token)]);
    assert_eq!(bench.recorded(), []);
    bench.reply(puts[0], Reply::NotSent(LocalFault::CalledOff));
    assert_eq!(bench.recorded(), [set_aside(0, Code::ChangedAfterChecking)]);
}

#[test]
fn a_file_that_changes_after_its_last_byte_was_taken_is_sent() {
    let mut bench = sending(vec![small(0)]);
    let put = bench.request();
    bench.recorded();
    bench.give(Event::ItemChanged(ItemId(0)));
    bench.stored(put);
    assert_eq!(bench.recorded()[0], acknowledged(0, Acknowledgement::Reply, START));
    assert_eq!(bench.phase(), Phase::HandingOver);
    bench.give(Event::ItemChanged(ItemId(0)));
    assert_eq!(bench.machine.view().set_aside, 0);
}

#[test]
fn the_stores_own_refusals_set_items_aside_and_three_in_a_row_stop() {
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
fn refusals_by_the_edge_spend_no_attempt_and_make_no_hot_loop() {
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
fn an_error_of_the_items_own_is_tried_eight_times() {
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
fn each_part_has_its_own_attempts() {
    let mut bench = sending(vec![large(0, 3)]);
    let create = bench.request();
    bench.created(create, None);
    let mut failures = std::collections::BTreeMap::new();
    while bench.phase() == Phase::Sending {
        if bench.actions.is_empty() {
            bench.wait_for_action(Duration::from_secs(120));
        }
        for request in bench.requests() {
            let failed: &mut u32 = failures.entry(format!("{:?}", request.op)).or_default();
            if *failed < 7 && request.op != Op::CompleteUpload {
                *failed += 1;
                bench.reply(request, store(400, "IncompleteBody"));
            } else {
                bench.stored(request);
            }
        }
    }
    assert_eq!(failures.values().sum::<u32>(), 21);
    assert_eq!((bench.phase(), bench.machine.view().set_aside), (Phase::HandingOver, 0));
}

#[test]
fn one_file_that_always_breaks_the_connection_is_set_aside_and_the_rest_goes_on() {
    let mut bench = sending((0..20).map(small).collect());
    let mut requests = bench.requests();
    while bench.phase() == Phase::Sending {
        if requests.is_empty() {
            requests = vec![next_request(&mut bench)];
        }
        for request in std::mem::take(&mut requests) {
            if request.item == ItemId(5) {
                bench.reply(request, silent(NoAnswerKind::Reset, true));
                bench.give(Event::Probed { api: true, upload: true });
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
fn an_answer_to_a_request_that_is_not_known_is_ignored() {
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
fn an_item_that_is_not_accounted_for_is_never_lost_without_a_word() {
    let mut bench = Bench::started(Phase::Sending, 2);
    bench.asked();
    bench.load(vec![small(0)]);
    let put = bench.request();
    bench.stored(put);
    assert_eq!((bench.phase(), bench.hold()), (Phase::Sending, Hold::Stopped(Code::Internal)));
    bench.give(Event::Resume);
    assert_eq!(bench.asked(), [Action::LoadItems { after: None, limit: 256 }]);
}
