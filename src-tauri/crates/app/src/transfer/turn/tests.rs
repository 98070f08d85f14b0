use waybill_engine::route::Route;
use waybill_engine::transfer::{Action, CheckTotals, Event, HashTotals, Hold, RecordId, Restored, Settings, Transfer};
use waybill_model::service::{RequestBudget, UploadWay};
use waybill_model::{Code, LocalFault, NotDone, Now, Phase, Progress, SendGiven, Steady, Timestamp, WaitReason};

use super::*;

fn view(phase: Phase, hold: Hold) -> View {
    let (progress, set_aside, in_flight, given_up) = (Progress::default(), 0, 0, false);
    View { phase, hold, given_up, progress, set_aside, in_flight, check_totals: None, service_checks: None }
}

#[test]
fn a_transfer_that_waits_for_the_person_or_is_handed_over_needs_no_turn() {
    let of = |phase, hold| OwnTurn::None.state(&view(phase, hold));
    assert_eq!(of(Phase::Sending, Hold::Running), TurnState::Waits);
    assert_eq!(of(Phase::Checked, Hold::Running), TurnState::Waits, "it has to be checked again");
    let check_totals = Some(CheckTotals::default());
    assert_eq!(OwnTurn::None.state(&View { check_totals, ..view(Phase::Checked, Hold::Running) }), TurnState::None);
    assert_eq!(of(Phase::Sending, Hold::Paused), TurnState::None);
    assert_eq!(of(Phase::Sending, Hold::Stopped(Code::StoreRefused)), TurnState::None);
    for phase in [Phase::Settling, Phase::HandingOver, Phase::BeingChecked, Phase::Cancelled] {
        assert_eq!(of(phase, Hold::Running), TurnState::None, "{phase:?}");
    }
    assert_eq!(OwnTurn::None.state(&View { given_up: true, ..view(Phase::Sending, Hold::Running) }), TurnState::None);
    let held = OwnTurn::Held(Turn { _permit: None });
    assert_eq!(held.state(&view(Phase::Sending, Hold::Paused)), TurnState::Has, "something is in flight");
}

/// A machine whose folder was walked and checked.
fn checked() -> Transfer {
    let restored = Restored {
        folder_name: "Records".to_owned(),
        phase: Phase::Walking,
        paused: false,
        start_intended: None,
        register_intended: None,
        hashed: false,
        given_up: false,
        progress: Progress::default(),
        set_aside: 0,
        accepted_left_out: 0,
        bytes_per_second: None,
        seed: 1,
    };
    let budget = RequestBudget { limit: 10_000, window_seconds: 300, share_percent: 50 };
    let way = UploadWay::tdr();
    let (route, repeat) = (Route::of(&way), way.repeat());
    let settings = Settings { parallel: 1, budget, api_request_seconds: 180, route, repeat };
    let mut machine = Transfer::new(restored, settings, NOW);
    machine.handle(Event::Started, NOW);
    assert!(!lets_go(&machine), "it walks");
    record(&mut machine, Event::CheckDone(CheckTotals { items: 1, bytes: 1, left_out: 0, blocked: None }));
    machine
}

const NOW: Now = Now { server: Timestamp(1_000_000), steady: Steady::from_second(1) };

/// Returns what the machine asks to be recorded for this event.
fn wanted(machine: &mut Transfer, event: Event) -> Vec<RecordId> {
    let actions = machine.handle(event, NOW);
    actions.iter().filter_map(|action| if let Action::Record(id, _) = action { Some(*id) } else { None }).collect()
}

/// Passes on the event, and confirms everything that it asks to be recorded.
fn record(machine: &mut Transfer, event: Event) {
    let mut records = wanted(machine, event);
    while let Some(id) = records.pop() {
        records.extend(wanted(machine, Event::Recorded(id)));
    }
}

#[test]
fn an_order_to_send_or_resume_keeps_the_turn_until_the_journal_has_it() {
    let mut machine = checked();
    assert!(lets_go(&machine), "it is the person's turn now");
    let records = wanted(&mut machine, Event::Send { agreed: 0, given: SendGiven::StraightAfterTheCheck });
    assert!(!lets_go(&machine), "it was ordered to send");
    for id in records {
        machine.handle(Event::Recorded(id), NOW);
    }
    assert_eq!((machine.view().phase, lets_go(&machine)), (Phase::Hashing, false));
    record(&mut machine, Event::Pause);
    assert!(lets_go(&machine));
    let records = wanted(&mut machine, Event::Resume);
    assert!(!lets_go(&machine), "it was ordered to resume");
    for id in records {
        machine.handle(Event::Recorded(id), NOW);
    }
    assert_eq!((machine.view().hold, lets_go(&machine)), (Hold::Running, false));
}

#[test]
fn a_transfer_waiting_for_a_person_keeps_the_turn_until_the_last_reply() {
    let mut machine = checked();
    record(&mut machine, Event::Send { agreed: 0, given: SendGiven::StraightAfterTheCheck });
    record(&mut machine, Event::HashDone(Ok(HashTotals { items: 1, bytes: 1, left_out: 0 })));
    assert_eq!(machine.view().phase, Phase::Starting, "what the service holds is read");
    machine.handle(Event::SessionLost(WaitReason::DifferentPerson), NOW);
    assert!(matches!(machine.view().hold, Hold::Waiting { reason: WaitReason::DifferentPerson, .. }));
    assert!(!lets_go(&machine), "the answer may be that the service cannot be reached");
    let refused = Err(NotDone::NotSent(LocalFault::Blocked(WaitReason::DifferentPerson)));
    record(&mut machine, Event::TruthRead(refused));
    assert!(lets_go(&machine));
}

#[tokio::test]
async fn the_next_transfer_gets_its_turn_when_the_first_lets_go() {
    let turns = Turns::new();
    let first = turns.wait().await;
    let mut second = std::pin::pin!(turns.wait());
    assert!(futures_poll(second.as_mut()).await.is_none());
    drop(first);
    assert!(futures_poll(second.as_mut()).await.is_some());
}

async fn futures_poll<F: Future + Unpin>(future: F) -> Option<F::Output> {
    tokio::select! { biased; output = future => Some(output), () = tokio::task::yield_now() => None }
}
