use std::time::Duration;

use waybill_model::{Acknowledgement, Code, ItemId, ItemRecord, LocalFault, NoAnswerKind, NotDone, Phase, Record};

use super::bench::*;

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

fn part_acknowledged(item: u64, number: u16) -> Record {
    Record::Item(ItemId(item), ItemRecord::PartAcknowledged { part: part(number), etag: etag() })
}

/// One large item whose parts are all done but not completed. Its upload is aborted in a week.
fn ready_to_complete() -> Bench {
    let mut bench = sending(vec![large(0, 2)]);
    let create = bench.request();
    bench.created(create, Some(START.server + WEEK));
    for request in bench.requests() {
        bench.stored(request);
    }
    assert_eq!(bench.recorded().last(), Some(&Record::Item(ItemId(0), ItemRecord::CompletionAttempted)));
    bench
}

#[test]
fn a_large_file_is_completed_once_all_parts_are_recorded() {
    let mut bench = sending(vec![large(0, 3)]);
    let create = bench.request();
    assert_eq!(create.op, Op::CreateUpload);
    bench.by_hand = true;
    bench.created(create, Some(START.server + WEEK));
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
fn a_conflicting_completion_restarts_the_upload() {
    let mut bench = ready_to_complete();
    let complete = bench.request();
    bench.reply(complete, store(409, "ConditionalRequestConflict"));
    assert_eq!(bench.recorded(), [Record::Item(ItemId(0), ItemRecord::UploadAbandoned)]);
    assert_eq!(bench.machine.view().progress.bytes_done, 0, "parts of a lost upload do not count");
    let create = bench.request();
    assert_eq!(create.op, Op::CreateUpload);
    bench.created(create, None);
    assert_eq!(bench.requests().len(), 2);
}

#[test]
fn an_upload_missing_after_a_lost_completion_was_completed() {
    let mut bench = ready_to_complete();
    let complete = bench.request();
    answer(&mut bench, complete, silent(NoAnswerKind::TimedOut, true));
    let again = next_request(&mut bench);
    assert_eq!(again.op, Op::CompleteUpload);
    let at = bench.now.server;
    bench.reply(again, dated(store(404, "NoSuchUpload"), at));
    assert_eq!(bench.recorded()[0], acknowledged(0, Acknowledgement::UploadGoneAfterOwnCompletion, at));
    assert_eq!(bench.phase(), Phase::HandingOver);
}

#[test]
fn an_upload_missing_after_a_restart_was_completed_unless_it_expired() {
    let work = |abort_at| {
        let acknowledged = vec![part(1), part(2)];
        ItemWork { upload: Some(UploadWork { abort_at, acknowledged, completion_attempted: true }), ..large(0, 2) }
    };
    let mut bench = sending(vec![work(Some(START.server + WEEK))]);
    let complete = bench.request();
    assert_eq!(complete.op, Op::CompleteUpload);
    bench.reply(complete, dated(store(404, "NoSuchUpload"), START.server));
    assert_eq!(bench.recorded()[0], acknowledged(0, Acknowledgement::UploadGoneAfterOwnCompletion, START.server));

    // Without both dates, or after the end, it may have expired, whatever this computer's clock says. The bytes are sent
    // again, and "already exists" shows that the upload was done.
    let late = START.server + WEEK;
    for (abort_at, date) in [(Some(late), Some(late)), (Some(late), None), (None, Some(START.server))] {
        let mut bench = sending(vec![work(abort_at)]);
        let complete = bench.request();
        let missing = store(404, "NoSuchUpload");
        bench.reply(complete, date.map_or(missing.clone(), |date| dated(missing, date)));
        assert_eq!(bench.recorded(), [Record::Item(ItemId(0), ItemRecord::UploadAbandoned)], "{abort_at:?} {date:?}");
    }
    let mut bench = sending(vec![work(None)]);
    let complete = bench.request();
    bench.reply(complete, store(404, "NoSuchUpload"));
    bench.recorded();
    let create = bench.request();
    bench.created(create, None);
    for request in bench.requests() {
        bench.stored(request);
    }
    let complete = bench.request();
    bench.recorded();
    bench.reply(complete, store(412, "PreconditionFailed"));
    assert_eq!(bench.recorded()[0], acknowledged(0, Acknowledgement::ExistsAfterOwnAttempt, START.server));
}

#[test]
fn an_upload_is_dropped_when_the_store_says_so_and_never_by_a_clock() {
    let upload = UploadWork { abort_at: Some(START.server), acknowledged: vec![part(1)], completion_attempted: false };
    let progress = waybill_model::Progress { items_total: 1, bytes_total: PART + 1, bytes_done: PART, items_done: 0 };
    let mut bench = Bench::new(Restored { progress, ..restored(Phase::Sending) }, settings());
    bench.give(Event::Started).asked();
    bench.set_server_clock(8 * 24).load(vec![ItemWork { upload: Some(upload), ..large(0, 2) }]);
    assert_eq!((bench.recorded(), bench.machine.view().progress.bytes_done), (vec![], PART), "its parts still count");
    let rest = bench.request();
    assert_eq!(rest.op, Op::UploadPart(part(2)), "asked of the store");
    bench.reply(rest, store(404, "NoSuchUpload"));
    assert_eq!(bench.recorded(), [Record::Item(ItemId(0), ItemRecord::UploadAbandoned)]);
    assert_eq!(bench.request().op, Op::CreateUpload);
    assert_eq!(bench.machine.view().progress.bytes_done, 0);
}

#[test]
fn a_missing_upload_is_restarted_once_nothing_is_in_flight() {
    let mut bench = sending(vec![large(0, 3)]);
    let create = bench.request();
    bench.created(create, None);
    let parts = bench.requests();
    bench.recorded();
    bench.reply(parts[0], store(404, "NoSuchUpload"));
    assert_eq!(bench.asked(), [Action::CallOff(parts[1].token), Action::CallOff(parts[2].token)]);
    assert_eq!(bench.recorded(), []);
    bench.reply(parts[1], Err(NotDone::NotSent(LocalFault::CalledOff))).stored(parts[2]);
    assert_eq!(
        bench.recorded(),
        [Record::Item(ItemId(0), ItemRecord::UploadAbandoned)],
        "a part of a lost upload is not recorded"
    );
    assert_eq!(bench.request().op, Op::CreateUpload);
}

#[test]
fn an_item_whose_upload_keeps_vanishing_is_set_aside() {
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
fn forgotten_parts_are_all_sent_again_in_the_same_upload() {
    let mut bench = ready_to_complete();
    let complete = bench.request();
    bench.reply(complete, store(400, "InvalidPart"));
    assert_eq!(bench.recorded(), [Record::Item(ItemId(0), ItemRecord::PartsForgotten)]);
    assert_eq!(bench.machine.view().progress.bytes_done, 0);
    let ops: Vec<_> = bench.requests().iter().map(|request| request.op).collect();
    assert_eq!(ops, [Op::UploadPart(part(1)), Op::UploadPart(part(2))]);
}

#[test]
fn an_item_whose_parts_are_always_forgotten_is_set_aside() {
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
fn an_item_whose_parts_are_too_small_is_set_aside() {
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
    assert_eq!(
        records.iter().filter(|record| **record == Record::Item(ItemId(0), ItemRecord::UploadAbandoned)).count(),
        3
    );
}

#[test]
fn a_part_that_differs_twice_sets_the_item_aside_but_keeps_its_upload() {
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
fn an_unreadable_item_is_set_aside_after_its_parts_in_flight() {
    let mut bench = sending(vec![large(0, 3)]);
    let create = bench.request();
    bench.created(create, None);
    let parts = bench.requests();
    bench.recorded();
    bench.reply(parts[0], Err(NotDone::NotSent(LocalFault::FileChanged)));
    assert_eq!(bench.asked(), [Action::CallOff(parts[1].token), Action::CallOff(parts[2].token)]);
    bench.stored(parts[1]);
    assert_eq!(bench.recorded(), [part_acknowledged(0, 2)], "what the store has is true");
    bench.reply(parts[2], Err(NotDone::NotSent(LocalFault::CalledOff)));
    assert_eq!(bench.recorded()[0], set_aside(0, Code::ChangedAfterChecking));
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
