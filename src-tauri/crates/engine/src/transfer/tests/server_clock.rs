//! A server clock that jumps, because it is known better or is wrong, makes nothing wait longer or come earlier.

use std::time::Duration;

use waybill_model::service::RequestBudget;
use waybill_model::{BodyKind, Code, NoAnswerKind, NotDone, Phase, Refusal, StatusValue, WaitReason};

use super::bench::*;

/// By how many hours it jumps.
const JUMPS: [i64; 4] = [-30, -1, 1, 30];
const API: Duration = Duration::from_secs(API_SECONDS);
const IN_PROGRESS: Option<StatusValue> = Some(StatusValue::InProgress);

/// Lets the clock jump and something unrelated happen. Returns what was asked for then.
fn jump(bench: &mut Bench, hours: i64) -> Vec<Action> {
    bench.set_server_clock(hours).give(Event::Turn(true));
    bench.asked()
}

#[test]
fn the_next_look_at_the_checks_comes_in_its_time() {
    for hours in JUMPS {
        let mut bench = Bench::started(Phase::BeingChecked, 2);
        bench.asked();
        bench.give(Event::ChecksRead(Ok(checks(Some(StatusValue::Completed), false))));
        assert_eq!(jump(&mut bench, hours), []);
        assert_eq!(bench.wait_for_action(Duration::from_secs(1)), Duration::from_secs(1));
        assert_eq!(bench.asked(), [Action::ReadChecks]);
    }
}

#[test]
fn a_wait_for_the_network_tries_in_its_time_and_shows_when_it_began() {
    for hours in JUMPS {
        let mut bench = sending((0..4).map(small).collect());
        for put in bench.requests() {
            bench.reply(put, silent(NoAnswerKind::Connect, false));
        }
        bench.give(Event::Probed { other: false, upload: false });
        bench.asked();
        let alarm = bench.alarm;
        assert_eq!(jump(&mut bench, hours), []);
        assert_eq!(bench.alarm, alarm);
        let began = bench.now.server;
        bench.wait_for_action(Duration::from_secs(1));
        assert_eq!(bench.requests().len(), 1, "one tries");
        let Hold::Waiting { since, .. } = bench.hold() else { panic!("{:?}", bench.hold()) };
        assert_eq!(since, began, "by the clock of now");
    }
}

#[test]
fn a_small_file_and_parts_are_tried_again_in_their_time() {
    for hours in JUMPS {
        let mut bench = sending(vec![small(0)]);
        let put = bench.request();
        bench.reply(put, store(400, "IncompleteBody"));
        assert_eq!(jump(&mut bench, hours), []);
        bench.wait_for_action(Duration::from_secs(1));
        assert_eq!(bench.request().op, Op::PutObject);

        let mut bench = sending(vec![large(0, 2)]);
        let create = bench.request();
        bench.created(create, None);
        for sent in bench.requests() {
            bench.reply(sent, store(400, "IncompleteBody"));
        }
        assert_eq!(jump(&mut bench, hours), []);
        let mut sent = Vec::new();
        while sent.len() < 2 {
            bench.wait_for_action(Duration::from_secs(1));
            sent.extend(bench.requests());
        }
        assert!(sent.iter().all(|request| matches!(request.op, Op::UploadPart(_))), "{sent:?}");
    }
}

#[test]
fn a_full_disk_is_asked_again_in_time() {
    for hours in JUMPS {
        let mut bench = sending(vec![small(0)]);
        let put = bench.request();
        bench.by_hand = true;
        bench.stored(put);
        let (id, record) = bench.waiting.remove(0);
        bench.give(Event::NotRecorded(id, Code::DiskFull));
        let alarm = bench.alarm;
        jump(&mut bench, hours);
        assert_eq!((bench.waiting.len(), bench.alarm), (0, alarm));
        bench.pass_to_alarm();
        assert_eq!(bench.waiting, [(id, record)]);
    }
}

/// Reads the truth until the registration is called again. Returns how long that takes.
fn until_registered_again(bench: &mut Bench, hours: i64) -> Duration {
    let begin = bench.now.steady;
    loop {
        bench.set_server_clock(hours).give(truth(IN_PROGRESS, 0));
        if bench.actions.is_empty() {
            bench.wait_for_action(Duration::from_secs(60));
        }
        if bench.asked() == [Action::Register] {
            return bench.now.steady.since(begin);
        }
    }
}

#[test]
fn a_lost_registration_is_repeated_when_the_api_has_certainly_dropped_it() {
    for hours in JUMPS {
        let mut bench = Bench::started(Phase::Registering, 3);
        bench.give(Event::RegisterReplied(silent(NoAnswerKind::Reset, true)));
        bench.give(Event::Probed { other: true, upload: true });
        bench.asked();
        let waited = until_registered_again(&mut bench, hours);
        assert!((API..API + Duration::from_secs(10)).contains(&waited), "{waited:?}");
    }
}

#[test]
fn an_intent_of_an_earlier_life_counts_from_this_one_whatever_time_it_holds() {
    for hours in JUMPS {
        let intended = START.server + Duration::from_secs(3600 * 40);
        for register_intended in [Some(START.server), Some(intended), Some(waybill_model::Timestamp(0))] {
            let progress = waybill_model::Progress { items_total: 3, ..Default::default() };
            let restored = Restored { register_intended, progress, ..restored(Phase::Registering) };
            let mut bench = Bench::new(restored, settings());
            bench.give(Event::Started);
            bench.asked();
            let waited = until_registered_again(&mut bench, hours);
            assert!((API..API + Duration::from_secs(10)).contains(&waited), "{waited:?}");
        }
    }
}

#[test]
fn a_wait_that_was_asked_for_keeps_its_length() {
    for hours in JUMPS {
        let mut bench = sending((0..8).map(small).collect());
        for put in bench.requests() {
            let slow_down = Refusal {
                status: 503,
                code: Some("SlowDown".to_owned()),
                message: None,
                from_store: true,
                body: BodyKind::Xml,
                retry_after: Some(Duration::from_secs(600)),
                date: None,
            };
            bench.reply(put, Err(NotDone::Refused(slow_down)));
        }
        assert_eq!(jump(&mut bench, hours), []);
        assert_eq!(bench.waits_for(), Some(WaitReason::SlowDown));
        let waited = bench.wait_for_action(Duration::from_secs(3600));
        assert!(waited >= Duration::from_secs(600) && waited < Duration::from_secs(602), "{waited:?}");
    }
}

#[test]
fn requests_that_died_in_a_sleep_are_called_off_by_their_real_age() {
    for hours in JUMPS {
        let mut bench = sending(vec![small(0)]);
        let put = bench.request();
        assert_eq!(jump(&mut bench, hours), []);
        bench.give(Event::Woke);
        assert_eq!(bench.asked(), [], "a moment old");
        bench.now = bench.now + Duration::from_secs(90);
        bench.give(Event::Woke);
        assert_eq!(bench.asked(), [Action::CallOff(put.token)]);
    }
}

#[test]
fn a_jump_gives_no_new_budget_and_takes_none() {
    for hours in JUMPS {
        let budget = RequestBudget { limit: 2, window_seconds: 300, share_percent: 100 };
        let mut bench = sending_with((0..4).map(small).collect(), Settings { budget, ..settings() });
        let put = bench.request();
        bench.stored(put);
        assert_eq!(jump(&mut bench, hours), []);
        let waited = bench.wait_for_action(Duration::from_secs(302));
        assert!(waited >= Duration::from_secs(100), "{waited:?}");
    }
}
