use std::time::Duration;

use waybill_model::{
    Code, LocalFault, NoAnswerKind, NotDone, Phase, Progress, Record, StatusValue, TransferRecord, WaitReason,
};

use super::bench::*;

const IN_PROGRESS: Option<StatusValue> = Some(StatusValue::InProgress);
const COMPLETED: Option<StatusValue> = Some(StatusValue::Completed);
const WITH_ISSUES: Option<StatusValue> = Some(StatusValue::CompletedWithIssues);

fn read(upload: Option<StatusValue>, done: bool) -> Event {
    Event::ChecksRead(Ok(checks(upload, done)))
}

fn handing_over() -> Bench {
    let mut bench = Bench::started(Phase::HandingOver, 2);
    assert_eq!(bench.asked(), [Action::OpenHandOver { upload_failed: false }]);
    bench.wait_for_action(Duration::from_secs(2));
    assert_eq!(bench.asked(), [Action::ReadChecks]);
    bench
}

fn being_checked() -> Bench {
    let mut bench = handing_over();
    bench.give(read(COMPLETED, false));
    assert_eq!((bench.phase(), bench.asked()), (Phase::BeingChecked, vec![Action::ReadChecks]));
    bench
}

/// One item is sent, one is set aside.
fn settling() -> Bench {
    let mut bench = sending(vec![small(0), small(1)]);
    let puts = bench.requests();
    bench.reply(puts[0], Err(NotDone::NotSent(LocalFault::FileGone))).stored(puts[1]);
    assert_eq!((bench.phase(), bench.hold()), (Phase::Settling, Hold::Stopped(Code::ItemsSetAside)));
    bench.asked();
    bench.recorded();
    bench
}

#[test]
fn the_hand_over_is_followed_until_the_service_accepts_it() {
    let mut bench = handing_over();
    bench.give(read(IN_PROGRESS, false));
    assert_eq!(bench.phase(), Phase::HandingOver);
    bench.wait_for_action(Duration::from_secs(10));
    assert_eq!(bench.asked(), [Action::ReadChecks]);
    bench.give(read(COMPLETED, false));
    assert_eq!(bench.phase(), Phase::BeingChecked);
}

#[test]
fn checks_are_followed_and_then_the_receipt_is_written() {
    let mut bench = being_checked();
    let mut delays = Vec::new();
    for _ in 0..6 {
        bench.give(read(COMPLETED, false));
        delays.push(bench.wait_for_action(Duration::from_secs(11)).as_secs());
        assert_eq!(bench.asked(), [Action::ReadChecks]);
    }
    assert_eq!(delays, [1, 2, 4, 8, 10, 10]);
    bench.give(read(COMPLETED, true));
    assert_eq!(bench.asked(), [Action::WriteReceipt]);
    bench.give(Event::ReceiptWritten(Ok(())));
    assert_eq!((bench.phase(), bench.asked()), (Phase::Finished, vec![Action::Close]));
}

#[test]
fn checks_that_cannot_run_still_leave_a_receipt() {
    let mut failed = checks(COMPLETED, false);
    failed.statuses.client_checks = Some(StatusValue::Failed);
    for checks in [failed, checks(WITH_ISSUES, false), checks(Some(StatusValue::Failed), false)] {
        let mut bench = being_checked();
        bench.give(Event::ChecksRead(Ok(checks)));
        assert_eq!(bench.asked(), [Action::WriteReceipt]);
        bench.give(Event::ReceiptWritten(Ok(())));
        assert_eq!(bench.phase(), Phase::Finished);
        assert!(bench.machine.view().service_checks.is_some_and(|checks| checks.could_not_run()));
    }
}

#[test]
fn a_receipt_that_cannot_be_written_is_tried_again() {
    let mut bench = being_checked();
    bench.give(read(COMPLETED, true)).asked();
    bench.give(Event::ReceiptWritten(Err(Code::DiskFull)));
    assert_eq!((bench.waits_for(), bench.asked()), (Some(WaitReason::DiskFull), vec![]));
    bench.wait_for_action(Duration::from_secs(1));
    assert_eq!(bench.asked(), [Action::WriteReceipt]);
    bench.give(Event::ReceiptWritten(Err(Code::OutputUnwritable)));
    assert_eq!(bench.hold(), Hold::Stopped(Code::OutputUnwritable));
    bench.give(Event::Resume);
    assert_eq!(bench.asked(), [Action::ReadChecks]);
    bench.give(read(COMPLETED, true)).give(Event::ReceiptWritten(Ok(())));
    assert_eq!(bench.phase(), Phase::Finished);
}

#[test]
fn trouble_while_following_the_checks_is_waited_out() {
    let mut bench = being_checked();
    bench.give(Event::ChecksRead(silent(NoAnswerKind::Connect, false)));
    assert_eq!((bench.asked(), bench.waits_for()), (vec![Action::Probe], Some(WaitReason::ApiUnreachable)));
    bench.give(Event::Probed { other: false, upload: true });
    assert_eq!(bench.waits_for(), Some(WaitReason::ApiUnreachable));
    bench.wait_for_action(Duration::from_secs(1));
    assert_eq!(bench.asked(), [Action::ReadChecks]);
    bench.give(Event::ChecksRead(html(502)));
    assert_eq!(bench.waits_for(), Some(WaitReason::ServiceFailed));
}

#[test]
fn trying_again_puts_everything_back_in_the_queue() {
    let mut bench = settling();
    bench.give(Event::Resume);
    assert_eq!(bench.hold(), Hold::Stopped(Code::ItemsSetAside), "resuming is not trying again");
    bench.give(Event::TryAgain);
    assert_eq!(
        bench.recorded(),
        [Record::Transfer(TransferRecord::AllBackInQueue), Record::Transfer(TransferRecord::Phase(Phase::Sending))]
    );
    assert_eq!(bench.asked(), [Action::LoadItems { after: None, limit: 256 }]);
    assert_eq!(bench.machine.view().set_aside, 0);
    bench.load(vec![ItemWork { put_attempted: true, ..small(0) }]);
    let put = bench.request();
    bench.stored(put);
    assert_eq!(bench.phase(), Phase::HandingOver);
}

#[test]
fn trying_again_while_other_items_are_being_sent_misses_none() {
    let mut bench = Bench::started(Phase::Sending, 300);
    bench.asked();
    bench.give(Event::ItemsLoaded { items: (0..256).map(small).collect(), last: false });
    let mut requests = bench.requests();
    bench.reply(requests.remove(0), Err(NotDone::NotSent(LocalFault::Locked(String::new()))));
    // Send until the next ones are being loaded; then the person tries again.
    while !bench.actions.iter().any(|action| matches!(action, Action::LoadItems { .. })) {
        requests.extend(bench.requests());
        bench.stored(requests.remove(0));
    }
    requests.extend(bench.requests());
    bench.give(Event::TryAgain);
    bench.give(Event::ItemsLoaded { items: (256..300).map(small).collect(), last: true });
    assert!(bench.asked().contains(&Action::LoadItems { after: None, limit: 129 }));
    let left: Vec<_> = bench.machine.sending.items.keys().map(|item| item.0).collect();
    let missing = (0..300).filter(|item| *item == 0 || *item >= 256).map(small).collect();
    bench.load(missing);
    requests.extend(bench.requests());
    while let Some(put) = requests.pop() {
        bench.stored(put);
        requests.extend(bench.requests());
    }
    assert!(!left.contains(&0));
    assert_eq!(bench.machine.view().progress.items_done, 300);
    assert_eq!(bench.phase(), Phase::HandingOver);
}

#[test]
fn a_crash_after_trying_again_resumes_sending() {
    let mut bench = Bench::started(Phase::Settling, 2);
    assert_eq!((bench.phase(), bench.asked()), (Phase::Sending, vec![Action::LoadItems { after: None, limit: 256 }]));
}

#[test]
fn giving_up_tells_the_service_and_leaves_a_receipt() {
    let mut bench = settling();
    bench.give(Event::GiveUp);
    assert_eq!(
        bench.recorded(),
        [Record::Transfer(TransferRecord::GivenUp), Record::Transfer(TransferRecord::Phase(Phase::HandingOver))]
    );
    assert_eq!(bench.asked(), [Action::OpenHandOver { upload_failed: true }]);
    bench.wait_for_action(Duration::from_secs(2));
    bench.asked();
    bench.give(read(IN_PROGRESS, false));
    assert_eq!(bench.phase(), Phase::HandingOver);
    bench.wait_for_action(Duration::from_secs(10));
    bench.asked();
    bench.give(read(WITH_ISSUES, false));
    assert_eq!(bench.asked(), [Action::WriteReceipt]);
    bench.give(Event::ReceiptWritten(Ok(())));
    assert_eq!((bench.phase(), bench.asked()), (Phase::GivenUp, vec![Action::Close]));
}

#[test]
fn giving_up_while_sending_waits_for_what_is_in_flight() {
    let mut bench = sending((0..9).map(small).collect());
    let puts = bench.requests();
    bench.recorded();
    bench.give(Event::GiveUp);
    assert_eq!(bench.asked().len(), 4);
    assert_eq!((bench.phase(), bench.recorded()), (Phase::Sending, vec![Record::Transfer(TransferRecord::GivenUp)]));
    bench.stored(puts[0]);
    for put in &puts[1..] {
        bench.reply(*put, Err(NotDone::NotSent(LocalFault::CalledOff)));
    }
    assert_eq!((bench.phase(), bench.machine.view().progress.items_done), (Phase::HandingOver, 1));
    assert_eq!(bench.asked(), [Action::OpenHandOver { upload_failed: true }]);
}

#[test]
fn giving_up_is_possible_between_starting_and_the_hand_over() {
    for phase in [Phase::Starting, Phase::Registering, Phase::Confirming, Phase::Sending, Phase::HandingOver] {
        let mut bench = Bench::started(phase, 3);
        bench.asked();
        bench.give(Event::GiveUp);
        assert_eq!(bench.phase(), Phase::HandingOver, "{phase:?}");
        assert_eq!(bench.asked(), [Action::OpenHandOver { upload_failed: true }], "{phase:?}");
    }
    for phase in [Phase::Walking, Phase::Hashing, Phase::BeingChecked] {
        let mut bench = Bench::started(phase, 3);
        bench.recorded();
        bench.give(Event::GiveUp);
        assert_eq!((bench.phase(), bench.recorded()), (phase, vec![]));
    }
}

#[test]
fn giving_up_is_too_late_once_the_service_has_the_upload() {
    let mut bench = handing_over();
    bench.give(Event::GiveUp).asked();
    bench.wait_for_action(Duration::from_secs(2));
    bench.asked();
    bench.give(read(COMPLETED, false));
    assert_eq!(bench.phase(), Phase::BeingChecked);
    bench.give(read(COMPLETED, true)).give(Event::ReceiptWritten(Ok(())));
    assert_eq!(bench.phase(), Phase::Finished);
}

#[test]
fn giving_up_ends_a_pause() {
    let mut bench = Bench::new(Restored { paused: true, ..restored(Phase::Starting) }, settings());
    bench.give(Event::Started).give(Event::GiveUp);
    assert_eq!(
        bench.recorded(),
        [
            Record::Transfer(TransferRecord::Paused(false)),
            Record::Transfer(TransferRecord::GivenUp),
            Record::Transfer(TransferRecord::Phase(Phase::HandingOver))
        ]
    );
    assert_eq!(bench.asked(), [Action::OpenHandOver { upload_failed: true }]);
}

#[test]
fn a_given_up_transfer_without_an_upload_on_the_server_ends() {
    let mut bench = Bench::started(Phase::Starting, 3);
    bench.give(Event::GiveUp).asked();
    bench.wait_for_action(Duration::from_secs(2));
    bench.asked();
    bench.give(read(None, false));
    assert_eq!(bench.asked(), [Action::WriteReceipt]);
}

#[test]
fn giving_up_waits_for_the_reply_of_a_start() {
    let refused = silent(NoAnswerKind::Connect, false);
    let lost = silent(NoAnswerKind::Reset, true);
    for reply in [Ok(()), refused, lost] {
        let mut bench = Bench::started(Phase::Starting, 3);
        bench.give(truth(None, 0)).asked();
        bench.give(Event::GiveUp);
        assert_eq!((bench.phase(), bench.asked()), (Phase::Starting, vec![]), "the service may still start the upload");
        bench.give(Event::StartReplied(reply));
        assert_eq!(bench.phase(), Phase::HandingOver);
        assert_eq!(bench.asked(), [Action::OpenHandOver { upload_failed: true }]);
    }
}

#[test]
fn after_a_crash_a_given_up_transfer_is_handed_over_as_failed() {
    for phase in [Phase::Sending, Phase::Settling, Phase::HandingOver] {
        let progress = Progress { items_total: 3, ..Default::default() };
        let mut bench = Bench::new(Restored { given_up: true, progress, ..restored(phase) }, settings());
        bench.give(Event::Started);
        assert_eq!(bench.asked(), [Action::OpenHandOver { upload_failed: true }], "{phase:?}");
    }
}

#[test]
fn what_is_over_stays_over() {
    let mut bench = Bench::started(Phase::Finished, 3);
    assert_eq!(bench.asked(), [Action::Close]);
    bench.give(Event::Resume).give(Event::TryAgain).give(Event::Woke).give(read(COMPLETED, true));
    assert_eq!((bench.asked(), bench.recorded(), bench.phase()), (vec![], vec![], Phase::Finished));
}

#[test]
fn giving_up_during_a_try_leaves_nothing_waiting_for_ever() {
    let mut bench = Bench::started(Phase::Starting, 2);
    assert_eq!(bench.asked(), [Action::ReadTruth]);
    bench.give(Event::TruthRead(bare(503)));
    bench.wait_for_action(Duration::from_secs(60));
    assert_eq!(bench.asked(), [Action::ReadTruth], "the wait is tried");
    bench.give(Event::GiveUp);
    assert_eq!(bench.asked(), [Action::OpenHandOver { upload_failed: true }]);
    bench.wait_for_action(Duration::from_secs(60));
    assert_eq!(bench.asked(), [Action::ReadChecks]);
}
