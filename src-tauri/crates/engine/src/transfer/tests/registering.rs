use std::time::Duration;

use waybill_model::{
    BodyKind, Code, LocalFault, NoAnswerKind, NotDone, Phase, Record, Reply, StatusValue, TransferRecord, WaitReason,
};

use super::bench::*;
use crate::classify::samples::refused;

const IN_PROGRESS: Option<StatusValue> = Some(StatusValue::InProgress);

fn lost<T>() -> Reply<T> {
    silent(NoAnswerKind::Reset, true)
}

fn unsent<T>() -> Reply<T> {
    silent(NoAnswerKind::Connect, false)
}

/// `startUpload` of three items is in flight.
fn starting() -> Bench {
    let mut bench = Bench::started(Phase::Starting, 3);
    assert_eq!(bench.asked(), [Action::ReadTruth]);
    bench.give(truth(None, 0));
    assert_eq!(bench.recorded(), [Record::Transfer(TransferRecord::StartIntended(START.server))]);
    assert_eq!(bench.asked(), [Action::StartUpload]);
    bench
}

/// `addFilesAndMetadata` of three items is in flight.
fn registering() -> Bench {
    let mut bench = Bench::started(Phase::Registering, 3);
    assert_eq!(bench.recorded(), [Record::Transfer(TransferRecord::RegisterIntended(START.server))]);
    assert_eq!(bench.asked(), [Action::Register]);
    bench
}

/// The truth is being read after the registration's reply was lost.
fn registration_lost() -> Bench {
    let mut bench = registering();
    bench.give(Event::RegisterReplied(lost()));
    assert_eq!(bench.asked(), [Action::Probe]);
    bench.give(Event::Probed { other: true, upload: true });
    bench.wait_for_action(Duration::from_secs(1));
    assert_eq!(bench.asked(), [Action::ReadTruth]);
    bench
}

#[test]
fn both_calls_wait_for_their_intent_to_be_recorded() {
    let mut bench = Bench::started(Phase::Starting, 3);
    bench.asked();
    bench.by_hand = true;
    bench.give(truth(None, 0));
    assert_eq!(bench.asked(), []);
    assert_eq!(bench.waiting.len(), 1);
    bench.take_record();
    assert_eq!(bench.asked(), [Action::StartUpload]);
    bench.give(Event::StartReplied(Ok(())));
    bench.take_record();
    assert_eq!((bench.phase(), bench.asked()), (Phase::Registering, vec![]));
    bench.take_record();
    assert_eq!(bench.journal.last(), Some(&Record::Transfer(TransferRecord::RegisterIntended(START.server))));
    assert_eq!(bench.asked(), [Action::Register]);
}

#[test]
fn an_untroubled_registration_ends_in_sending() {
    let mut bench = starting();
    bench.give(Event::StartReplied(Ok(())));
    assert_eq!(bench.asked(), [Action::Register]);
    bench.give(Event::RegisterReplied(Ok(matched(3))));
    assert_eq!((bench.phase(), bench.asked()), (Phase::Confirming, vec![Action::ReadTruth]));
    bench.give(truth(IN_PROGRESS, 3));
    assert_eq!(bench.phase(), Phase::Sending);
}

#[test]
fn an_upload_started_by_someone_else_is_left_alone() {
    for (upload, files) in [
        (IN_PROGRESS, 0),
        (None, 1),
        (Some(StatusValue::Completed), 3),
        (Some(StatusValue::Failed), 0),
        (Some(StatusValue::Other), 0),
    ] {
        let mut bench = Bench::started(Phase::Starting, 3);
        bench.give(truth(upload, files));
        assert_eq!(bench.hold(), Hold::Stopped(Code::UploadedElsewhere), "{upload:?} {files}");
        assert_eq!(bench.recorded(), []);
    }
}

#[test]
fn after_a_lost_start_reply_the_truth_is_read() {
    let mut bench = starting();
    bench.give(Event::StartReplied(lost()));
    assert_eq!(bench.asked(), [Action::Probe]);
    bench.give(Event::Probed { other: true, upload: true });
    bench.wait_for_action(Duration::from_secs(1));
    assert_eq!(bench.asked(), [Action::ReadTruth]);
    bench.give(truth(IN_PROGRESS, 0));
    assert_eq!(bench.phase(), Phase::Registering);
}

#[test]
fn a_start_without_effect_is_repeated_under_the_same_intent() {
    let mut bench = starting();
    bench.give(Event::StartReplied(lost())).give(Event::Probed { other: true, upload: true });
    bench.asked();
    bench.wait_for_action(Duration::from_secs(1));
    bench.asked();
    bench.give(truth(None, 0));
    assert!(bench.wait_for_action(Duration::from_secs(10)) >= Duration::from_secs(1), "not in a ignore_delays");
    assert_eq!(bench.asked(), [Action::StartUpload]);
    assert_eq!(bench.recorded(), [], "the intent stands");
    // The first call is acted on after all, and its upload is ours.
    bench.give(Event::StartReplied(json(200, "INVALID_CONSIGNMENT_STATE")));
    bench.wait_for_action(Duration::from_secs(10));
    assert_eq!(bench.asked(), [Action::ReadTruth]);
    bench.give(truth(IN_PROGRESS, 0));
    assert_eq!(bench.phase(), Phase::Registering);
}

#[test]
fn the_intent_of_a_start_that_never_went_out_is_withdrawn() {
    let mut bench = starting();
    bench.give(Event::StartReplied(unsent()));
    assert_eq!(bench.recorded(), [Record::Transfer(TransferRecord::StartNotDone)]);
    assert_eq!(bench.waits_for(), Some(WaitReason::ApiUnreachable));
    bench.asked();
    bench.give(Event::Probed { other: false, upload: false });
    assert_eq!(bench.waits_for(), Some(WaitReason::Offline));
    bench.wait_for_action(Duration::from_secs(1));
    // Somebody else may have started in between.
    assert_eq!(bench.asked(), [Action::ReadTruth]);
    bench.give(truth(IN_PROGRESS, 0));
    assert_eq!(bench.hold(), Hold::Stopped(Code::UploadedElsewhere));
}

#[test]
fn a_wrong_state_without_our_own_call_means_someone_else() {
    let mut bench = starting();
    bench.give(Event::StartReplied(json(200, "INVALID_CONSIGNMENT_STATE")));
    assert_eq!(bench.hold(), Hold::Stopped(Code::UploadedElsewhere));
    assert_eq!(bench.recorded(), [Record::Transfer(TransferRecord::StartNotDone)]);
    // Resuming does not make it ours.
    bench.asked();
    bench.give(Event::Resume);
    assert_eq!(bench.asked(), [Action::ReadTruth]);
    bench.give(truth(IN_PROGRESS, 0));
    assert_eq!(bench.hold(), Hold::Stopped(Code::UploadedElsewhere));
}

#[test]
fn someone_elses_consignment_stops_with_its_own_code() {
    let mut bench = starting();
    bench.give(Event::StartReplied(json(200, "NOT_AUTHORISED")));
    assert_eq!(bench.hold(), Hold::Stopped(Code::ConsignmentUnknown));
    let mut bench = registering();
    bench.give(Event::RegisterReplied(json(200, "INVALID_INPUT_DATA")));
    assert_eq!(bench.hold(), Hold::Stopped(Code::ServiceRefused));
    assert_eq!(bench.recorded(), [Record::Transfer(TransferRecord::RegisterNotDone)]);
}

#[test]
fn after_a_crash_the_truth_decides_whose_start_it_was() {
    let begin = |upload, files| {
        let mut bench =
            Bench::new(Restored { start_intended: Some(START.server), ..restored(Phase::Starting) }, settings());
        bench.give(Event::Started);
        assert_eq!(bench.asked(), [Action::ReadTruth]);
        bench.give(truth(upload, files));
        bench
    };
    assert_eq!(begin(IN_PROGRESS, 0).phase(), Phase::Registering);
    assert_eq!(begin(None, 0).asked(), [Action::StartUpload]);
    assert_eq!(begin(IN_PROGRESS, 2).hold(), Hold::Stopped(Code::UploadedElsewhere));
    assert_eq!(begin(Some(StatusValue::Completed), 0).hold(), Hold::Stopped(Code::UploadedElsewhere));
}

#[test]
fn a_start_that_always_fails_is_not_repeated_in_a_hot_loop() {
    let mut bench = starting();
    let mut calls = 0;
    let end = bench.now.steady + Duration::from_secs(120);
    bench.give(Event::StartReplied(bare(500)));
    while bench.now.steady < end {
        bench.wait_for_action(Duration::from_secs(60));
        for action in bench.asked() {
            if action == Action::ReadTruth {
                bench.give(truth(None, 0));
            } else {
                assert_eq!(action, Action::StartUpload);
                calls += 1;
                bench.give(Event::StartReplied(bare(500)));
            }
        }
    }
    assert!((8..25).contains(&calls), "{calls} calls in two minutes");
}

#[test]
fn a_registration_without_reply_is_recognised_by_its_count() {
    let mut bench = registration_lost();
    bench.give(truth(IN_PROGRESS, 2));
    bench.wait_for_action(Duration::from_secs(10));
    assert_eq!(bench.asked(), [Action::ReadTruth]);
    bench.give(truth(IN_PROGRESS, 3));
    assert_eq!(bench.asked(), [Action::ReadMatches]);
    bench.give(Event::MatchesRead(Ok(matched(3))));
    assert_eq!((bench.phase(), bench.asked()), (Phase::Confirming, vec![Action::ReadTruth]));
    bench.give(truth(IN_PROGRESS, 3));
    assert_eq!(bench.phase(), Phase::Sending);
    assert!(!bench.recorded().contains(&Record::Transfer(TransferRecord::RegisterNotDone)));
}

#[test]
fn a_registration_is_repeated_only_once_the_api_has_dropped_the_first() {
    let mut bench = registration_lost();
    let lost_at = bench.now.steady;
    loop {
        bench.give(truth(IN_PROGRESS, 0));
        if bench.actions.is_empty() {
            bench.wait_for_action(Duration::from_secs(60));
        }
        if bench.asked() == [Action::Register] {
            break;
        }
    }
    let waited = bench.now.steady.since(lost_at);
    assert!(waited >= Duration::from_secs(API_SECONDS - 1), "{waited:?}");
    assert_eq!(
        bench.recorded(),
        [
            Record::Transfer(TransferRecord::RegisterNotDone),
            Record::Transfer(TransferRecord::RegisterIntended(bench.now.server))
        ]
    );
}

#[test]
fn a_registration_that_stays_incomplete_stops() {
    let mut bench = registration_lost();
    bench.pass(Duration::from_secs(API_SECONDS + 1));
    bench.give(truth(IN_PROGRESS, 2));
    assert_eq!(bench.hold(), Hold::Stopped(Code::MatchIdsMissing));
    // Resuming reads the truth again; it does not register again.
    bench.asked();
    bench.give(Event::Resume);
    assert_eq!(bench.asked(), [Action::ReadTruth]);
}

#[test]
fn after_an_unclear_registration_reply_the_truth_is_read() {
    for reply in [
        refused(500, "", BodyKind::Other, false),
        bare(502),
        bare(504),
        bare(503),
        html(200),
        silent(NoAnswerKind::Garbled, true),
        silent(NoAnswerKind::TimedOut, true),
        json(200, ""),
        Err(NotDone::NotSent(LocalFault::CalledOff)),
    ] {
        let mut bench = registering();
        bench.give(Event::RegisterReplied(reply.clone()));
        if bench.asked() == [Action::Probe] {
            bench.give(Event::Probed { other: true, upload: true });
        }
        if bench.actions.is_empty() {
            bench.wait_for_action(Duration::from_secs(2));
        }
        assert_eq!((bench.asked(), bench.recorded()), (vec![Action::ReadTruth], vec![]), "{reply:?}");
    }
}

#[test]
fn a_registration_that_never_went_out_is_repeated_with_a_new_intent() {
    for reply in
        [unsent(), html(403), bare(429), Err(NotDone::NotSent(LocalFault::Blocked(WaitReason::SignedOut))), bare(401)]
    {
        let mut bench = registering();
        bench.give(Event::RegisterReplied(reply.clone()));
        assert_eq!(bench.recorded(), [Record::Transfer(TransferRecord::RegisterNotDone)], "{reply:?}");
        if bench.asked() == [Action::Probe] {
            bench.give(Event::Probed { other: true, upload: true });
        }
        if bench.actions.is_empty() {
            bench.wait_for_action(Duration::from_secs(70));
        }
        assert_eq!(bench.asked(), [Action::Register], "{reply:?}");
        assert_eq!(
            bench.recorded(),
            [Record::Transfer(TransferRecord::RegisterIntended(bench.now.server))],
            "{reply:?}"
        );
    }
}

#[test]
fn a_registration_over_the_api_limit_stops_with_its_own_code() {
    let mut bench = registering();
    bench.give(Event::RegisterReplied(bare(413)));
    assert_eq!(bench.hold(), Hold::Stopped(Code::RegistrationTooLarge));
}

#[test]
fn after_a_local_failure_the_truth_is_read_before_registering_again() {
    // What could not be stored may be the ids of a registration that succeeded.
    let mut bench = registering();
    bench.give(Event::RegisterReplied(Err(NotDone::NotSent(LocalFault::Blocked(WaitReason::DiskFull)))));
    assert_eq!((bench.waits_for(), bench.recorded()), (Some(WaitReason::DiskFull), vec![]));
    bench.wait_for_action(Duration::from_secs(1));
    assert_eq!(bench.asked(), [Action::ReadTruth]);

    let broken = LocalFault::Impossible(Code::JournalCorrupt, String::new());
    let mut bench = registering();
    bench.give(Event::RegisterReplied(Err(NotDone::NotSent(broken))));
    assert_eq!((bench.hold(), bench.recorded()), (Hold::Stopped(Code::JournalCorrupt), vec![]));
    bench.give(Event::Resume);
    assert_eq!(bench.asked(), [Action::ReadTruth]);
    bench.give(truth(IN_PROGRESS, 3));
    assert_eq!(bench.asked(), [Action::ReadMatches]);
}

#[test]
fn an_old_intent_is_renewed_before_the_call() {
    let mut bench = Bench::new(restored(Phase::Registering), settings());
    bench.by_hand = true;
    bench.give(Event::Started).give(Event::SessionLost(WaitReason::SignedOut));
    bench.take_record();
    assert_eq!(
        (bench.recorded(), bench.asked()),
        (vec![Record::Transfer(TransferRecord::RegisterIntended(START.server))], vec![])
    );
    bench.pass(Duration::from_secs(3600)).give(Event::SessionReady);
    assert_eq!(bench.asked(), []);
    bench.take_record();
    assert_eq!(bench.recorded(), [Record::Transfer(TransferRecord::RegisterIntended(bench.now.server))]);
    assert_eq!(bench.asked(), [Action::Register]);
}

#[test]
fn after_a_crash_with_an_intent_nothing_is_registered_blindly() {
    let restored = Restored {
        register_intended: Some(START.server),
        progress: waybill_model::Progress { items_total: 3, ..Default::default() },
        ..restored(Phase::Registering)
    };
    let mut bench = Bench::new(restored.clone(), settings());
    bench.give(Event::Started);
    assert_eq!(bench.asked(), [Action::ReadTruth]);
    bench.give(truth(IN_PROGRESS, 3));
    assert_eq!(bench.asked(), [Action::ReadMatches]);

    let mut bench = Bench::new(restored, settings());
    bench.give(Event::Started);
    bench.asked();
    bench.give(truth(IN_PROGRESS, 0));
    assert_eq!(bench.asked(), [], "the dead machine's call may still be at work");
    bench.wait_for_action(Duration::from_secs(10));
    bench.pass(Duration::from_secs(API_SECONDS));
    bench.asked();
    bench.give(truth(IN_PROGRESS, 0));
    assert_eq!(bench.asked(), [Action::Register]);
}

#[test]
fn a_good_reply_to_the_registration_is_confirmed_by_the_count() {
    // Facts E6: the reply waits for the first batch of rows only.
    let mut bench = registering();
    bench.give(Event::RegisterReplied(Ok(matched(3))));
    bench.asked();
    bench.give(truth(IN_PROGRESS, 1));
    assert_eq!((bench.phase(), bench.asked()), (Phase::Confirming, vec![]));
    bench.wait_for_action(Duration::from_secs(10));
    assert_eq!(bench.asked(), [Action::ReadTruth]);
    bench.pass(Duration::from_secs(API_SECONDS)).give(truth(IN_PROGRESS, 1));
    assert_eq!(bench.hold(), Hold::Stopped(Code::MatchIdsMissing));
}

#[test]
fn not_a_byte_is_sent_before_every_item_has_its_file_id() {
    let mut bench = registering();
    bench.give(Event::RegisterReplied(Ok(matched(2))));
    bench.asked();
    bench.give(truth(IN_PROGRESS, 3));
    assert_eq!(bench.asked(), [Action::ReadMatches]);
    bench.give(Event::MatchesRead(Ok(matched(2))));
    bench.wait_for_action(Duration::from_secs(10));
    assert_eq!(bench.asked(), [Action::ReadMatches]);
    bench.give(Event::MatchesRead(Ok(matched(3))));
    assert_eq!(bench.phase(), Phase::Sending);
}

#[test]
fn more_files_than_ours_make_the_registration_unclear() {
    let surplus = Registration { matched: 3, surplus: 1 };
    let mut bench = registering();
    bench.give(Event::RegisterReplied(Ok(surplus)));
    assert_eq!(bench.hold(), Hold::Stopped(Code::RegistrationUnclear));
    let mut bench = registering();
    bench.give(Event::RegisterReplied(Ok(matched(3)))).give(truth(IN_PROGRESS, 4));
    assert_eq!(bench.hold(), Hold::Stopped(Code::RegistrationUnclear));
    let mut bench = registration_lost();
    bench.give(truth(IN_PROGRESS, 6));
    assert_eq!(bench.hold(), Hold::Stopped(Code::RegistrationUnclear));
}

#[test]
fn nothing_is_registered_into_an_upload_that_has_ended() {
    let mut bench = registration_lost();
    bench.give(truth(Some(StatusValue::CompletedWithIssues), 0));
    assert_eq!(bench.hold(), Hold::Stopped(Code::UploadedElsewhere));
}

#[test]
fn calls_wait_for_a_session_and_resume_with_it_at_once() {
    let mut bench = Bench::new(restored(Phase::Starting), settings());
    bench.give(Event::SessionLost(WaitReason::SignedOut)).give(Event::Started);
    assert_eq!((bench.asked(), bench.waits_for()), (vec![], Some(WaitReason::SignedOut)));
    bench.give(Event::SessionReady);
    assert_eq!((bench.asked(), bench.hold()), (vec![Action::ReadTruth], Hold::Running));
}

#[test]
fn a_repeated_reply_is_ignored() {
    let mut bench = starting();
    bench.give(Event::StartReplied(Ok(())));
    bench.give(Event::StartReplied(json(200, "INVALID_CONSIGNMENT_STATE")));
    assert_eq!((bench.phase(), bench.hold()), (Phase::Registering, Hold::Running));
    bench.give(truth(Some(StatusValue::Completed), 9));
    assert_eq!(bench.hold(), Hold::Running);
}

#[test]
fn a_network_that_comes_back_is_used_at_once() {
    let mut bench = Bench::started(Phase::Starting, 3);
    bench.asked();
    for _ in 0..6 {
        bench.give(Event::TruthRead(unsent()));
        bench.give(Event::Probed { other: false, upload: false });
        bench.asked();
        bench.give(Event::NetworkBack);
        assert_eq!(bench.asked(), [Action::ReadTruth]);
    }
    assert_eq!(bench.waits_for(), Some(WaitReason::Offline));
    bench.give(truth(None, 0));
    assert_eq!((bench.hold(), bench.asked()), (Hold::Running, vec![Action::StartUpload]));
}

/// A start whose reply was lost, and what is read back: an upload for this folder, with so many files.
fn start_read_back(folder: Option<&str>, files: u64) -> Bench {
    let mut bench = Bench::started(Phase::Starting, 3);
    bench.asked();
    bench.give(truth(None, 0));
    assert_eq!(bench.asked(), [Action::StartUpload]);
    bench.give(Event::StartReplied(silent(NoAnswerKind::Reset, true)));
    bench.give(Event::Probed { other: true, upload: true });
    bench.asked();
    bench.wait_for_action(Duration::from_secs(10));
    assert_eq!(bench.asked(), [Action::ReadTruth]);
    let parent_folder = folder.map(str::to_owned);
    let upload = Some(StatusValue::InProgress);
    bench.give(Event::TruthRead(Ok(waybill_model::ServerTruth { upload, total_files: files, parent_folder })));
    bench
}

#[test]
fn a_start_for_another_folder_is_not_taken_for_ours() {
    let bench = start_read_back(Some("Somebody else's"), 0);
    assert_eq!((bench.phase(), bench.hold()), (Phase::Starting, Hold::Stopped(Code::UploadedElsewhere)));
    for folder in [None, Some("Records")] {
        assert_eq!(start_read_back(folder, 0).phase(), Phase::Registering);
    }
}

#[test]
fn after_a_start_that_was_read_back_nobody_elses_files_are_taken_for_ours() {
    let mut bench = start_read_back(Some("Records"), 0);
    assert_eq!(bench.asked(), [Action::ReadTruth], "it may be another computer's");
    bench.give(truth(Some(StatusValue::InProgress), 3));
    assert_eq!(bench.hold(), Hold::Stopped(Code::UploadedElsewhere));

    let mut bench = start_read_back(Some("Records"), 0);
    bench.asked();
    bench.give(truth(Some(StatusValue::InProgress), 0));
    assert_eq!(bench.asked(), [Action::Register]);
}
