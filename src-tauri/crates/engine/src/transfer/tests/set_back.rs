//! A clock that goes back by an hour: nothing waits longer for it, and nothing that was asked for is cut short.

use std::time::Duration;

use waybill_model::{BodyKind, Code, NoAnswerKind, NotDone, Phase, Refusal, StatusValue, WaitReason};

use super::bench::*;

const HOUR: Duration = Duration::from_secs(3600);
const IN_PROGRESS: Option<StatusValue> = Some(StatusValue::InProgress);

/// The alarm comes, by a clock that was put back meanwhile.
fn alarm_after_set_back(bench: &mut Bench) {
    bench.now = bench.alarm.take().unwrap() - HOUR;
    bench.give(Event::TimeReached);
}

#[test]
fn the_next_look_at_the_checks_is_not_put_off() {
    let mut bench = Bench::started(Phase::BeingChecked, 2);
    bench.asked();
    bench.give(Event::ChecksRead(Ok(checks(Some(StatusValue::Completed), false))));
    assert_eq!(bench.asked(), []);
    alarm_after_set_back(&mut bench);
    assert_eq!(bench.asked(), [Action::ReadChecks]);
}

#[test]
fn a_wait_for_the_network_is_not_put_off() {
    let mut bench = sending((0..4).map(small).collect());
    for put in bench.requests() {
        bench.reply(put, silent(NoAnswerKind::Connect, false));
    }
    bench.give(Event::Probed { api: false, upload: false });
    bench.asked();
    alarm_after_set_back(&mut bench);
    assert_eq!(bench.requests().len(), 1, "one tries");
    let Hold::Waiting { since, .. } = bench.hold() else { panic!("{:?}", bench.hold()) };
    assert!(since <= bench.now, "a wait begins in the past");
}

#[test]
fn retries_of_files_and_parts_are_not_put_off() {
    let mut bench = sending(vec![small(0)]);
    let put = bench.request();
    bench.reply(put, store(400, "IncompleteBody"));
    alarm_after_set_back(&mut bench);
    assert_eq!(bench.request().op, Op::PutObject);

    let mut bench = sending(vec![large(0, 2)]);
    let create = bench.request();
    bench.created(create, Some(START + HOUR * 2));
    for sent in bench.requests() {
        bench.reply(sent, store(400, "IncompleteBody"));
    }
    let mut sent = Vec::new();
    alarm_after_set_back(&mut bench);
    while sent.len() < 2 {
        sent.extend(bench.requests());
        if sent.len() < 2 {
            bench.wait_for_action(Duration::from_secs(1));
        }
    }
    assert!(sent.iter().all(|request| matches!(request.op, Op::UploadPart(_))), "{sent:?}");
}

#[test]
fn a_full_disk_is_retried_in_time() {
    let mut bench = sending(vec![small(0)]);
    let put = bench.request();
    bench.by_hand = true;
    bench.stored(put);
    let (id, record) = bench.waiting.remove(0);
    bench.give(Event::NotRecorded(id, Code::DiskFull));
    alarm_after_set_back(&mut bench);
    assert_eq!(bench.waiting, [(id, record)]);
}

#[test]
fn a_lost_registration_settles_no_later() {
    let mut bench = Bench::started(Phase::Registering, 3);
    bench.give(Event::RegisterReplied(silent(NoAnswerKind::Reset, true)));
    bench.give(Event::Probed { api: true, upload: true });
    bench.asked();
    alarm_after_set_back(&mut bench);
    let begin = bench.now;
    while bench.asked() != [Action::Register] {
        bench.give(truth(IN_PROGRESS, 0));
        if bench.actions.is_empty() {
            bench.wait_for_action(Duration::from_secs(60));
        }
    }
    let waited = bench.now.since(begin);
    let api = Duration::from_secs(API_SECONDS);
    assert!(waited + Duration::from_secs(1) >= api && waited <= api + Duration::from_secs(10), "{waited:?}");
}

#[test]
fn a_wait_that_was_asked_for_keeps_its_length() {
    let mut bench = sending((0..8).map(small).collect());
    for put in bench.requests() {
        let slow_down = Refusal {
            status: 503,
            code: Some("SlowDown".to_owned()),
            message: None,
            from_store: true,
            body: BodyKind::Xml,
            retry_after: Some(Duration::from_secs(600)),
        };
        bench.reply(put, Err(NotDone::Refused(slow_down)));
    }
    bench.now = bench.now - HOUR;
    bench.give(Event::ClockSet);
    assert_eq!(bench.waits_for(), Some(WaitReason::SlowDown));
    let waited = bench.wait_for_action(HOUR);
    assert!(waited >= Duration::from_secs(600) && waited < Duration::from_secs(602), "{waited:?}");
}

#[test]
fn requests_that_died_in_a_sleep_are_called_off_by_their_real_age() {
    let mut bench = sending(vec![small(0)]);
    let put = bench.request();
    bench.now = bench.now - HOUR;
    bench.give(Event::ClockSet);
    bench.now = bench.now + Duration::from_secs(90);
    bench.give(Event::Woke);
    assert_eq!(bench.asked(), [Action::CallOff(put.token)]);
}
