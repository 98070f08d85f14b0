//! The tests: many histories, those that once failed, and faults that must be found.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Instant;

use waybill_engine::inspect::State;
use waybill_engine::route::{self, Route};
use waybill_journal::InMemory;
use waybill_model::Phase;
use waybill_model::service::{Closing, Opening};

use crate::visits::Visits;
use crate::world::{Outcome, Sabotage, World};

/// How many steps the test command takes.
const STEPS: u64 = 3_000_000;

/// Seeds of histories that once failed, and what was wrong.
const ONCE_FAILED: [(u64, &str); 6] = [
    (113, "parts of a file that is set aside counted until the next start"),
    (380, "a file that ended while the next ones were read was sent again"),
    (1_341, "a token refused, or a stop, during a wait left nothing that tries again"),
    (1_010_799, "the completion of parts that were sent again went out without its intent"),
    (6_164_090, "an upload that had expired counted as completed, on a computer whose clock was days slow"),
    (5_087_982, "the service started the upload after it was informed that the person had given up"),
];

/// Seeds of histories that visit what the others hardly ever do.
const RARE: [(u64, State); 1] = [(1_010_799, State::FateResend)];

/// States that these histories cannot reach, and why.
const STATES_NOT_REACHED: [(State, &str); 0] = [];

/// Pairs of a phase and an event that cannot meet, and why.
const PAIRS_NOT_REACHED: [(Phase, &str, &str); 0] = [];

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

fn run(seed: u64, db: &Rc<InMemory>, visits: &mut Visits, sabotage: Sabotage) -> Result<Outcome, String> {
    let mut world = World::new(seed, db, visits, sabotage);
    if std::env::var_os("WAYBILL_TRACE").is_some() {
        world.trace = Some(Vec::new());
    }
    world.run()
}

fn empty_journal() -> Rc<InMemory> {
    Rc::new(InMemory::new().unwrap())
}

#[test]
fn millions_of_steps_of_random_histories_keep_every_promise() {
    let steps = number("WAYBILL_SOAK_STEPS").unwrap_or(STEPS);
    let first = number("WAYBILL_SOAK_SEED").unwrap_or(1);
    let db = empty_journal();
    let mut visits = Visits::new();
    let (mut all, mut runs, started) = (Outcome::default(), 0, Instant::now());
    let mut seeds = RARE.into_iter().map(|(seed, _)| seed).chain((0..).map(|run| first.wrapping_add(run)));
    while all.steps < steps {
        let Some(seed) = seeds.next() else { break };
        let outcome = run(seed, &db, &mut visits, Sabotage::None);
        let outcome = outcome.unwrap_or_else(|breach| panic!("seed {seed}: {breach}"));
        all.add(&outcome);
        runs += 1;
    }
    println!("{runs} runs from seed {first}, {all}, in {:?}", started.elapsed());
    println!("{} pairs of a state and an event, {} transitions", visits.pairs(), visits.transitions.len());
    if steps >= STEPS {
        everything_was_visited(&visits);
    }
}

/// Every state, every phase with every event, and every step from phase to phase.
fn everything_was_visited(visits: &Visits) {
    let named: BTreeSet<State> = STATES_NOT_REACHED.into_iter().map(|(state, _)| state).collect();
    let missed: BTreeSet<State> = visits.states_missed().into_iter().collect();
    assert_eq!(missed, named, "states that were not visited, and those that cannot be");
    let named: BTreeSet<(Phase, &str)> =
        PAIRS_NOT_REACHED.into_iter().map(|(phase, event, _)| (phase, event)).collect();
    assert_eq!(visits.phases_missed(), named, "pairs that were not visited, and those that cannot be");
    let known = transitions();
    let visited: BTreeSet<(Phase, Phase)> = visits.transitions.keys().copied().collect();
    assert_eq!(visited, known, "the steps from phase to phase that were taken, and those that are known");
}

/// The steps from phase to phase: those of the engine's table in both ways, and those beside it.
fn transitions() -> BTreeSet<(Phase, Phase)> {
    let tdr = Route { opening: Opening::Registration, closing: Closing::WebsitePage };
    let straight = Route { opening: Opening::None, closing: Closing::None };
    let mut known = BTreeSet::from([
        // The check's numbers are not kept, or the folder has changed.
        (Phase::Checked, Phase::Walking),
        (Phase::Hashing, Phase::Walking),
        // More had to be left out than was agreed.
        (Phase::Hashing, Phase::Checked),
        // Something is set aside.
        (Phase::Sending, Phase::Settling),
        // The person has given up, and the service has been informed.
        (Phase::HandingOver, Phase::GivenUp),
    ]);
    for phase in Phase::ALL.into_iter().filter(|phase| !phase.is_final()) {
        known.insert((phase, Phase::Cancelled));
        for way in [tdr, straight] {
            known.insert((phase, route::after(way, phase)));
            known.extend(route::after_giving_up(way, phase).map(|next| (phase, next)));
        }
    }
    // What is not opened has nothing to be given up before the first byte, and is not closed either.
    for opening in [Phase::Starting, Phase::Registering, Phase::Confirming] {
        known.remove(&(opening, Phase::GivenUp));
    }
    known
}

#[test]
fn histories_that_once_failed_keep_every_promise() {
    let db = empty_journal();
    let mut visits = Visits::new();
    for (seed, what) in ONCE_FAILED {
        let outcome = run(seed, &db, &mut visits, Sabotage::None);
        outcome.unwrap_or_else(|breach| panic!("seed {seed} ({what}): {breach}"));
    }
}

/// Returns what is found when this fault is put in, in one of the first histories.
fn found(sabotage: Sabotage) -> String {
    let db = empty_journal();
    let mut visits = Visits::new();
    let found = (1..400).find_map(|seed| run(seed, &db, &mut visits, sabotage).err());
    found.unwrap_or_else(|| panic!("{sabotage:?} is not found"))
}

#[test]
fn faults_of_the_program_or_the_world_are_found() {
    let faults = [
        (Sabotage::JournalLosesParts, ["an acknowledged part again", "was promised", "promised are", "the journal"]),
        (Sabotage::RegistersTwice, ["repeated without proof"; 4]),
        (Sabotage::StartsAgain, ["repeated without proof"; 4]),
        (Sabotage::StoreForgets, ["is reported as sent"; 4]),
        (Sabotage::ProgressRunsAhead, ["promised are", "passes its end", "progress fell", "progress"]),
        (Sabotage::NeverWaits, ["a storm", "in one window", "after the faults had stopped", "no end"]),
        (Sabotage::AlarmsAreLost, ["no end", "nothing will ever happen", "no end", "no end"]),
        (Sabotage::BudgetIsTooLarge, ["in one window"; 4]),
        (Sabotage::RecordsAreNotAwaited, ["without its intent", "was promised", "before its upload", "the journal"]),
    ];
    for (sabotage, signs) in faults {
        let breach = found(sabotage);
        println!("{sabotage:?}: {breach}");
        assert!(signs.iter().any(|sign| breach.contains(sign)), "{sabotage:?} was found as: {breach}");
    }
}
