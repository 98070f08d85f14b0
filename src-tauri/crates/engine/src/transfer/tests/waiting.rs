use std::time::Duration;

use waybill_model::service::RequestBudget;
use waybill_model::{
    BodyKind, Code, ItemId, ItemRecord, LocalFault, NoAnswerKind, NotDone, Phase, Record, Refusal, Reply, WaitReason,
};

use super::bench::*;

fn many() -> Vec<ItemWork> {
    (0..40).map(small).collect()
}

fn down<T>() -> Reply<T> {
    silent(NoAnswerKind::Connect, false)
}

/// No request in flight found a connection, and the probe has come back.
fn without_network(api: bool, upload: bool) -> Bench {
    let mut bench = sending(many());
    for put in bench.requests() {
        bench.reply(put, down());
    }
    bench.give(Event::Probed { other: api, upload });
    bench
}

#[test]
fn the_first_silence_is_probed_and_named() {
    let mut bench = sending(many());
    let puts = bench.requests();
    bench.reply(puts[0], down());
    assert_eq!(bench.asked(), [Action::Probe]);
    bench.reply(puts[1], down());
    assert_eq!(bench.asked(), [], "one probe at a time");
    assert_eq!(bench.waits_for(), Some(WaitReason::UploadUnreachable));
    bench.give(Event::Probed { other: false, upload: false });
    assert_eq!(bench.waits_for(), Some(WaitReason::Offline));
    assert_eq!(without_network(true, false).waits_for(), Some(WaitReason::UploadUnreachable));
}

#[test]
fn while_waiting_one_request_tries_and_its_success_ends_the_wait() {
    let mut bench = without_network(false, false);
    bench.asked();
    bench.wait_for_action(Duration::from_secs(60));
    let attempt = bench.request();
    assert_eq!(bench.machine.view().in_flight, 1);
    bench.give(Event::NetworkBack).give(Event::Woke);
    assert_eq!(bench.requests(), [], "one is out already");
    bench.stored(attempt);
    assert_eq!(bench.hold(), Hold::Running);
    assert_eq!(bench.requests().len(), 4);
}

#[test]
fn an_hour_offline_spends_no_attempt() {
    let mut bench = without_network(false, false);
    bench.asked();
    let end = bench.now.steady + Duration::from_secs(3600);
    let mut tries = 0;
    while bench.now.steady < end {
        bench.wait_for_action(Duration::from_secs(60));
        let attempt = bench.request();
        tries += 1;
        bench.reply(attempt, down());
        bench.give(Event::Probed { other: false, upload: false });
        bench.asked();
    }
    assert!((100..600).contains(&tries), "{tries} tries");
    assert_eq!((bench.waits_for(), bench.machine.view().set_aside), (Some(WaitReason::Offline), 0));
    bench.give(Event::NetworkBack);
    let attempt = bench.request();
    bench.stored(attempt);
    assert_eq!(bench.requests().len(), 4);
}

#[test]
fn what_may_end_a_wait_is_tried_at_once() {
    for event in [Event::NetworkBack, Event::Woke, Event::SessionReady, Event::Resume] {
        let mut bench = without_network(false, false);
        bench.asked();
        bench.give(event.clone());
        assert_eq!(bench.requests().len(), 1, "{event:?}");
    }
}

#[test]
fn a_broken_connection_to_a_live_address_spends_an_attempt() {
    let mut bench = sending(vec![small(0)]);
    let put = bench.request();
    bench.reply(put, silent(NoAnswerKind::Reset, true));
    bench.asked();
    bench.give(Event::Probed { other: true, upload: true });
    assert_eq!(bench.hold(), Hold::Running);
    bench.wait_for_action(Duration::from_secs(1));
    let again = bench.request();
    bench.stored(again);
    assert_eq!(bench.phase(), Phase::HandingOver);
}

#[test]
fn failures_across_files_are_waited_out_and_spend_no_attempt() {
    let mut bench = sending(many());
    for put in bench.requests() {
        bench.reply(put, bare(502));
    }
    assert_eq!(bench.waits_for(), Some(WaitReason::ServiceFailed));
    bench.asked();
    for _ in 0..100 {
        if bench.actions.is_empty() {
            bench.wait_for_action(Duration::from_secs(60));
        }
        for put in bench.requests() {
            bench.reply(put, bare(502));
        }
    }
    assert_eq!((bench.waits_for(), bench.machine.view().set_aside), (Some(WaitReason::ServiceFailed), 0));
    bench.wait_for_action(Duration::from_secs(60));
    let put = bench.request();
    bench.stored(put);
    assert_eq!(bench.hold(), Hold::Running);
}

#[test]
fn slow_down_halves_the_pace_and_waits_as_long_as_asked() {
    let mut bench = sending(many());
    let puts = bench.requests();
    let slow_down = Err(NotDone::Refused(Refusal {
        status: 503,
        code: Some("SlowDown".to_owned()),
        message: None,
        from_store: true,
        body: BodyKind::Xml,
        retry_after: Some(Duration::from_secs(20)),
        date: None,
    }));
    for put in puts {
        bench.reply(put, slow_down.clone());
    }
    assert_eq!(bench.waits_for(), Some(WaitReason::SlowDown));
    assert!(bench.wait_for_action(Duration::from_secs(60)) >= Duration::from_secs(20));
    let attempt = bench.request();
    bench.stored(attempt);
    let after = bench.requests();
    assert_eq!(after.len(), 2, "half of four");
    for put in after {
        bench.stored(put);
    }
    let mut in_flight = bench.requests();
    for _ in 0..20 {
        bench.stored(in_flight.remove(0));
        in_flight.extend(bench.requests());
    }
    assert_eq!(in_flight.len(), 4, "regained one by one");
    assert_eq!(bench.machine.view().set_aside, 0);
}

#[test]
fn a_late_success_does_not_end_a_slow_down() {
    let mut bench = sending(many());
    let puts = bench.requests();
    bench.reply(puts[0], store(503, "SlowDown"));
    bench.stored(puts[1]);
    assert_eq!((bench.waits_for(), bench.requests()), (Some(WaitReason::SlowDown), vec![]));
}

#[test]
fn the_request_budget_is_kept_and_waiting_for_it_is_named() {
    let budget = RequestBudget { limit: 10, window_seconds: 60, share_percent: 100 };
    let mut bench = sending_with(many(), Settings { budget, ..settings() });
    let mut sent = 0;
    let mut requests = bench.requests();
    while let Some(put) = requests.pop() {
        sent += 1;
        bench.stored(put);
        requests.extend(bench.requests());
    }
    assert_eq!((sent, bench.waits_for()), (5, Some(WaitReason::SlowDown)));
    // The other five go out evenly until the first five have left the window.
    let waited = bench.wait_for_action(Duration::from_secs(62));
    assert!((Duration::from_secs(10)..=Duration::from_secs(12)).contains(&waited), "{waited:?}");
    assert_eq!((bench.requests().len(), bench.waits_for()), (1, Some(WaitReason::SlowDown)));
}

#[test]
fn a_firewall_page_is_waited_out_for_a_minute() {
    let mut bench = sending(many());
    for put in bench.requests() {
        bench.reply(put, html(403));
    }
    assert_eq!(bench.waits_for(), Some(WaitReason::Firewall));
    bench.give(Event::NetworkBack);
    assert_eq!(bench.requests(), []);
    assert!(bench.wait_for_action(Duration::from_secs(120)) >= Duration::from_secs(60));
}

#[test]
fn every_reply_that_means_waiting_has_its_reason() {
    for (reply, reason) in [
        (html(200), WaitReason::UnexpectedPage),
        (silent(NoAnswerKind::CertificateUntrusted, false), WaitReason::CertificateUntrusted),
        (silent(NoAnswerKind::ProxyRefused, false), WaitReason::ProxyRefused),
        (silent(NoAnswerKind::ProxySignIn, false), WaitReason::ProxySignIn),
        (silent(NoAnswerKind::ProxyUnreachable, false), WaitReason::ProxyUnreachable),
        (silent(NoAnswerKind::ClockWrong, false), WaitReason::ClockWrong),
        (Err(NotDone::NotSent(LocalFault::Blocked(WaitReason::PermitRefused))), WaitReason::PermitRefused),
        (Err(NotDone::NotSent(LocalFault::Blocked(WaitReason::SignedOut))), WaitReason::SignedOut),
        (Err(NotDone::NotSent(LocalFault::Blocked(WaitReason::SignInUnreachable))), WaitReason::SignInUnreachable),
    ] {
        let mut bench = sending(many());
        for put in bench.requests() {
            bench.reply(put, reply.clone());
        }
        assert_eq!(bench.waits_for(), Some(reason));
        bench.give(Event::SessionReady);
        let attempt = bench.request();
        bench.stored(attempt);
        assert_eq!((bench.hold(), bench.machine.view().set_aside), (Hold::Running, 0));
    }
}

#[test]
fn without_a_session_nothing_new_is_sent() {
    let mut bench = sending(many());
    let puts = bench.requests();
    bench.give(Event::SessionLost(WaitReason::DifferentPerson));
    for put in puts {
        bench.stored(put);
    }
    assert_eq!((bench.requests(), bench.waits_for()), (vec![], Some(WaitReason::DifferentPerson)));
    assert_eq!(bench.machine.view().progress.items_done, 4, "what came back is true");
    bench.give(Event::NetworkBack).give(Event::Woke).pass(Duration::from_secs(3600));
    assert_eq!(bench.requests(), []);
    bench.give(Event::SessionReady);
    assert_eq!(bench.requests().len(), 4);
}

#[test]
fn a_folder_that_is_gone_is_waited_for() {
    for event in [Event::FolderGone, Event::NetworkBack] {
        let mut bench = sending(many());
        let puts = bench.requests();
        bench.give(event.clone());
        if event == Event::NetworkBack {
            bench.reply(puts[0], Err(NotDone::NotSent(LocalFault::FolderGone)));
        }
        assert_eq!(bench.asked(), [Action::AwaitFolder]);
        bench.reply(puts[1], Err(NotDone::NotSent(LocalFault::FolderGone)));
        assert_eq!((bench.asked(), bench.waits_for()), (vec![], Some(WaitReason::FolderGone)));
        bench.give(Event::FolderBack);
        assert_eq!(bench.hold(), Hold::Running);
        assert!(!bench.requests().is_empty());
        assert_eq!(bench.machine.view().set_aside, 0);
    }
}

/// Everything is answered at once, and of every four requests so many find a file that does not answer in a folder that
/// does; the others find the folder gone. Returns how many requests went out in an hour.
fn requests_in_an_hour(silent: u64) -> (u64, Bench) {
    let mut bench = sending((0..4).map(small).collect());
    let end = bench.now.steady + Duration::from_secs(3_600);
    let (mut requests, mut at_once) = (0, 0);
    while bench.now.steady < end {
        let asked = bench.asked();
        if asked.is_empty() {
            if bench.alarm.is_none() {
                break;
            }
            bench.pass_to_alarm();
            at_once = 0;
        }
        for action in asked {
            at_once += 1;
            assert!(at_once < 50, "{action:?} in a circle without time: {:?}", bench.machine.view());
            if let Some(request) = as_request(&action) {
                let fault =
                    if requests % 4 < silent { LocalFault::Unreachable(String::new()) } else { LocalFault::FolderGone };
                requests += 1;
                bench.reply(request, Err(NotDone::NotSent(fault)));
            } else if action == Action::AwaitFolder {
                bench.give(Event::FolderBack);
            }
        }
    }
    (requests, bench)
}

#[test]
fn files_that_do_not_answer_in_a_folder_that_does_are_set_aside() {
    let (requests, bench) = requests_in_an_hour(4);
    assert_eq!((requests, bench.machine.view().set_aside), (4 * 8, 4));
    let times = bench.now.steady.since(START.steady);
    assert!(times > Duration::from_secs(20), "a connection may take a moment to come back, not {times:?}");
}

#[test]
fn a_folder_that_comes_and_goes_is_not_asked_all_the_time() {
    for silent in 0..4 {
        let (requests, bench) = requests_in_an_hour(silent);
        assert!(requests < 1_000, "{requests} requests in an hour");
        assert_eq!(silent > 0, bench.machine.view().set_aside > 0);
    }
}

#[test]
fn a_full_disk_is_waited_out_and_the_same_record_retried() {
    let mut bench = sending(vec![small(0), small(1)]);
    let puts = bench.requests();
    bench.by_hand = true;
    bench.stored(puts[0]);
    let (id, record) = bench.waiting.remove(0);
    bench.give(Event::NotRecorded(id, Code::DiskFull));
    assert_eq!((bench.waits_for(), bench.machine.view().progress.items_done), (Some(WaitReason::DiskFull), 0));
    bench.stored(puts[1]);
    let (second, _) = bench.waiting.remove(0);
    bench.give(Event::NotRecorded(second, Code::DiskFull));
    while bench.waiting.is_empty() {
        bench.pass_to_alarm();
    }
    assert_eq!(bench.waiting[0], (id, record));
    assert_eq!(bench.waiting.len(), 2);
    bench.take_record();
    bench.take_record();
    assert_eq!(bench.hold(), Hold::Running);
    assert_eq!(bench.machine.view().progress.items_done, 2);
}

#[test]
fn with_a_full_disk_nothing_new_is_sent() {
    let mut bench = sending(many());
    let puts = bench.requests();
    bench.by_hand = true;
    bench.stored(puts[0]);
    let (id, _) = bench.waiting.remove(0);
    bench.give(Event::NotRecorded(id, Code::DiskFull));
    bench.requests();
    bench.stored(puts[1]);
    assert_eq!(bench.requests(), []);
}

#[test]
fn an_unwritable_journal_stops_and_resume_retries() {
    let mut bench = sending(many());
    let puts = bench.requests();
    bench.by_hand = true;
    bench.stored(puts[0]);
    let (id, record) = bench.waiting.remove(0);
    bench.give(Event::NotRecorded(id, Code::DataFolderUnusable));
    assert_eq!(bench.hold(), Hold::Stopped(Code::DataFolderUnusable));
    bench.waiting.clear();
    bench.give(Event::Resume);
    assert_eq!(bench.waiting[0], (id, record));
}

#[test]
fn a_pause_calls_off_requests_but_counts_what_got_through() {
    let mut bench = sending(many());
    let puts = bench.requests();
    bench.recorded();
    bench.give(Event::Pause);
    assert_eq!(bench.hold(), Hold::Paused);
    let off: Vec<_> = puts.iter().map(|put| Action::CallOff(put.token)).collect();
    assert_eq!(bench.asked(), off);
    bench.stored(puts[0]);
    for put in &puts[1..] {
        bench.reply(*put, Err(NotDone::NotSent(LocalFault::CalledOff)));
    }
    assert_eq!((bench.requests(), bench.machine.view().progress.items_done), (vec![], 1));
    bench.give(Event::NetworkBack).give(Event::Woke).give(Event::SessionReady).pass(Duration::from_secs(99));
    assert_eq!(bench.requests(), []);
    bench.give(Event::Resume);
    let again = bench.requests();
    assert_eq!(again.iter().map(|put| put.item.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
    // The attempt that was called off may have been acted on.
    bench.recorded();
    bench.reply(again[0], store(412, "PreconditionFailed"));
    assert!(matches!(bench.recorded()[0], Record::Item(ItemId(1), ItemRecord::Acknowledged { .. })));
}

#[test]
fn resuming_before_called_off_replies_arrive_sends_nothing_twice() {
    let mut bench = sending(many());
    let puts = bench.requests();
    bench.give(Event::Pause).give(Event::Resume);
    assert_eq!(bench.requests(), []);
    bench.stored(puts[0]);
    assert_eq!(bench.request().item, ItemId(4));
}

#[test]
fn after_a_sleep_only_old_requests_are_called_off() {
    let mut bench = sending(many());
    let old = bench.requests();
    bench.now = bench.now + Duration::from_secs(50);
    bench.stored(old[0]);
    let young = bench.request();
    bench.now = bench.now + Duration::from_secs(20);
    bench.give(Event::Woke);
    let off: Vec<_> = old[1..].iter().map(|put| Action::CallOff(put.token)).collect();
    assert_eq!(bench.asked(), off);
    bench.reply(old[1], Err(NotDone::NotSent(LocalFault::CalledOff)));
    assert_eq!(bench.request().item, old[1].item);
    bench.stored(young);
    assert_eq!(bench.machine.view().progress.items_done, 2);
}

#[test]
fn a_try_that_fails_for_its_file_lets_another_try_at_once() {
    let mut bench = without_network(false, false);
    bench.asked();
    bench.give(Event::NetworkBack);
    let attempt = bench.request();
    bench.reply(attempt, Err(NotDone::NotSent(LocalFault::FileGone)));
    let next = bench.request();
    assert_ne!(next.item, attempt.item);
    bench.stored(next);
    assert_eq!(bench.hold(), Hold::Running);
}

#[test]
fn an_address_outside_the_service_stops_the_transfer() {
    let mut bench = sending(many());
    let puts = bench.requests();
    bench.reply(puts[0], Err(NotDone::NotSent(LocalFault::Impossible(Code::HostNotAllowed, String::new()))));
    assert_eq!((bench.hold(), bench.requests()), (Hold::Stopped(Code::HostNotAllowed), vec![]));
}
