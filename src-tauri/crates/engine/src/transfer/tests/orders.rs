//! Orders of the person while earlier ones are still on their way into a journal that may refuse them.

use proptest::prelude::*;
use waybill_model::{Code, Phase, Record, TransferRecord};

use super::bench::*;

/// The journal cannot take the oldest record.
fn refuse(bench: &mut Bench, code: Code) -> RecordId {
    let (id, _) = bench.waiting.remove(0);
    bench.give(Event::NotRecorded(id, code));
    id
}

fn by_hand(phase: Phase) -> Bench {
    let mut bench = Bench::new(Restored { set_aside: 1, ..restored(phase) }, settings());
    bench.by_hand = true;
    bench.give(Event::Started);
    bench
}

#[test]
fn a_phase_that_the_journal_refuses_is_left_after_resume() {
    let mut bench = by_hand(Phase::Walking);
    bench.give(Event::CheckDone(CheckTotals { items: 3, ..CheckTotals::default() }));
    let id = refuse(&mut bench, Code::DataFolderUnusable);
    assert_eq!((bench.phase(), bench.hold()), (Phase::Walking, Hold::Stopped(Code::DataFolderUnusable)));
    bench.give(Event::Resume);
    assert_eq!(bench.waiting, [(id, Record::Transfer(TransferRecord::Phase(Phase::Checked)))]);
    bench.take_record();
    assert_eq!((bench.phase(), bench.hold()), (Phase::Checked, Hold::Running));
}

#[test]
fn a_pause_that_the_journal_refused_holds_until_resume() {
    let mut bench = by_hand(Phase::Sending);
    bench.give(Event::Pause).give(Event::GiveUp);
    refuse(&mut bench, Code::DataFolderUnusable);
    while !bench.waiting.is_empty() {
        bench.take_record();
    }
    // The withdrawal of the pause is still to be recorded, so the service is not informed yet.
    assert_eq!((bench.phase(), bench.hold()), (Phase::Sending, Hold::Paused));
    bench.give(Event::Resume);
    while !bench.waiting.is_empty() {
        bench.take_record();
    }
    assert_eq!(bench.phase(), Phase::HandingOver);
}

#[test]
fn a_changed_folder_is_shown_even_if_the_journal_refused_a_record() {
    let mut bench = by_hand(Phase::Hashing);
    let changed = Restored { hashed: false, ..restored(Phase::Hashing) };
    bench.machine = Transfer::new(changed, settings(), START);
    bench.give(Event::Started).give(Event::FolderCompared(Ok(false)));
    bench.take_record();
    bench.give(Event::CheckDone(CheckTotals { items: 3, ..CheckTotals::default() })).give(Event::Pause);
    bench.take_record();
    refuse(&mut bench, Code::DataFolderUnusable);
    bench.give(Event::Resume);
    while !bench.waiting.is_empty() {
        bench.take_record();
    }
    assert_eq!((bench.phase(), bench.hold()), (Phase::Checked, Hold::Stopped(Code::FolderChanged)));
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Give(Word),
    Take,
    Refuse(Code),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Pause,
    Resume,
    TryAgain,
    GiveUp,
    Cancel,
}

fn step() -> impl Strategy<Value = Step> {
    let word = prop_oneof![
        3 => Just(Word::Pause),
        3 => Just(Word::Resume),
        2 => Just(Word::TryAgain),
        1 => Just(Word::GiveUp),
        1 => Just(Word::Cancel),
    ];
    prop_oneof![
        3 => word.prop_map(Step::Give),
        3 => Just(Step::Take),
        1 => prop_oneof![Just(Code::DiskFull), Just(Code::DataFolderUnusable)].prop_map(Step::Refuse),
    ]
}

/// At most one phase and one pause may be under way.
fn check_waiting(bench: &Bench) {
    let waiting = |which: fn(&Record) -> bool| bench.waiting.iter().filter(|(_, record)| which(record)).count();
    assert!(waiting(|record| matches!(record, Record::Transfer(TransferRecord::Phase(_)))) <= 1, "{:?}", bench.waiting);
    assert!(
        waiting(|record| matches!(record, Record::Transfer(TransferRecord::Paused(_)))) <= 1,
        "{:?}",
        bench.waiting
    );
}

proptest! {
    #[test]
    fn orders_settle_in_any_sequence_and_whatever_the_journal_refuses(
        phase in prop_oneof![Just(Phase::Starting), Just(Phase::Settling)],
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let mut bench = by_hand(phase);
        let mut last_pause = None;
        let (mut gave_up, mut cancelled) = (false, false);
        for step in steps {
            let over = bench.phase().is_final();
            match step {
                Step::Give(word) => {
                    let event = match word {
                        Word::Pause => Event::Pause,
                        Word::Resume => Event::Resume,
                        Word::TryAgain => Event::TryAgain,
                        Word::GiveUp => Event::GiveUp,
                        Word::Cancel => Event::Cancel,
                    };
                    gave_up |= word == Word::GiveUp && !over;
                    cancelled |= word == Word::Cancel;
                    if !over && matches!(word, Word::Pause | Word::Resume) {
                        last_pause = Some(word);
                    }
                    bench.give(event);
                }
                Step::Take if !bench.waiting.is_empty() => bench.take_record(),
                Step::Refuse(code) if !bench.waiting.is_empty() => {
                    refuse(&mut bench, code);
                }
                Step::Take | Step::Refuse(_) => {}
            }
            check_waiting(&bench);
        }
        // From here on the journal takes everything, and the person's last order stands.
        let event = if last_pause == Some(Word::Pause) { Event::Pause } else { Event::Resume };
        for event in [Event::Resume, event] {
            bench.give(event);
            while !bench.waiting.is_empty() {
                bench.take_record();
                check_waiting(&bench);
            }
        }
        let view = bench.machine.view();
        if cancelled {
            prop_assert_eq!(view.phase, Phase::Cancelled);
        } else if gave_up {
            prop_assert!(view.given_up);
            prop_assert_eq!(view.phase, Phase::HandingOver);
        } else {
            prop_assert_eq!(view.hold == Hold::Paused, last_pause == Some(Word::Pause), "{:?}", view);
        }
    }
}
