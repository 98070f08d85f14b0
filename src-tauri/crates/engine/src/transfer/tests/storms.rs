//! No failure makes a storm: every loop of the program spends an attempt or waits.
//!
//! Everything that a machine asks for is answered at once, without any time passing, by one failure or by two in turn,
//! for a long simulated time. Between two moments of the steady clock it may ask for a bounded number of things only,
//! and over an hour for a number that no service would call an attack. What would go round in a circle without time
//! and without spending an attempt fails here.

use std::collections::VecDeque;
use std::time::Duration;

use waybill_model::{
    Code, LocalFault, NoAnswerKind, NotDone, Now, Phase, Progress, Reply, ServerTruth, StatusValue, Steady, UserId,
    WaitReason,
};

use super::bench::*;
use crate::permit::{PermitAction, PermitEvent, PermitFacts, PermitView, Permits, Source};
use crate::session::{Session, SessionAction, SessionEvent, SessionFacts};

/// Items of the transfers here.
const ITEMS: u64 = 7;
/// The most that may be asked for at one moment: each item's first request and a few more for each, the probes and the
/// readings of the journal.
const AT_ONCE: usize = 40;
/// The most in an hour in which nothing works: fewer than TDR's firewall accepts in five minutes (facts B10).
const IN_AN_HOUR: usize = 5_000;
const HOUR: Duration = Duration::from_secs(3_600);
/// Two failures in turn are driven for this long.
const A_WHILE: Duration = Duration::from_secs(600);

/// Every kind of failure that a request can have.
fn failures() -> Vec<NotDone> {
    const SILENCES: [NoAnswerKind; 11] = [
        NoAnswerKind::Dns,
        NoAnswerKind::Connect,
        NoAnswerKind::CertificateUntrusted,
        NoAnswerKind::ClockWrong,
        NoAnswerKind::Tls,
        NoAnswerKind::ProxyRefused,
        NoAnswerKind::ProxySignIn,
        NoAnswerKind::ProxyUnreachable,
        NoAnswerKind::Reset,
        NoAnswerKind::TimedOut,
        NoAnswerKind::Garbled,
    ];
    let silences = SILENCES.into_iter().flat_map(|kind| [silent(kind, false), silent(kind, true)]);
    let statuses = [400, 401, 403, 404, 405, 408, 409, 412, 413, 429, 500, 502, 503, 504];
    let refusals = statuses.into_iter().flat_map(|status| [bare(status), html(status), json(status, "X")]);
    let codes =
        ["SlowDown", "NoSuchUpload", "BadDigest", "InvalidPart", "AccessDenied", "InternalError", "PreconditionFailed"];
    let stores = codes.into_iter().flat_map(|code| [store(400, code), store(503, code), edge(403, code)]);
    let locals = [
        LocalFault::FileGone,
        LocalFault::FileChanged,
        LocalFault::Unreadable("EIO".to_owned()),
        LocalFault::Locked(String::new()),
        LocalFault::Unreachable("ESTALE".to_owned()),
        LocalFault::FolderGone,
        LocalFault::CalledOff,
        LocalFault::Impossible(Code::OutputUnwritable, String::new()),
    ];
    let blocked = WaitReason::ALL.map(LocalFault::Blocked);
    let locals = locals.into_iter().chain(blocked).map(|fault| Err(NotDone::from(fault)));
    let all: Vec<Reply<()>> =
        silences.chain(refusals).chain(stores).chain([html(200), bare(200)]).chain(locals).collect();
    all.into_iter().filter_map(Result::err).collect()
}

/// How the world behaves beside the failures.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// What a probe finds.
    probed: (bool, bool),
    /// What can be read of the service is read, and says that nothing of ours has arrived.
    reads: bool,
    /// The disk of the journal is full.
    is_full: bool,
}

struct Storm<'a> {
    machine: Transfer,
    now: Now,
    way: Way,
    failures: &'a [&'a NotDone],
    /// Which failure is next.
    turn: usize,
    events: VecDeque<Event>,
    alarm: Option<Steady>,
    at_once: usize,
    total: usize,
}

impl Storm<'_> {
    fn failure<T>(&mut self) -> Reply<T> {
        self.turn += 1;
        Err(self.failures[self.turn % self.failures.len()].clone())
    }

    fn local_failure<T>(&mut self) -> Result<T, Code> {
        self.turn += 1;
        // A folder that is there for a moment, and a disk that is full.
        Err([Code::FolderGone, Code::FolderGone, Code::DiskFull][self.turn % 3])
    }

    fn truth(&mut self) -> Reply<ServerTruth> {
        if !self.way.reads {
            return self.failure();
        }
        let upload = (self.machine.view().phase != Phase::Starting).then_some(StatusValue::InProgress);
        Ok(ServerTruth { upload, total_files: 0, parent_folder: None })
    }

    /// Answers at once.
    fn act(&mut self, action: &Action) {
        let answer = match action {
            Action::WakeAt(at) => return self.alarm = Some(*at),
            Action::Record(id, _) if self.way.is_full => Event::NotRecorded(*id, Code::DiskFull),
            Action::Record(id, _) => return self.events.push_back(Event::Recorded(*id)),
            Action::CallOff(_) | Action::Close => return,
            Action::OpenHandOver { .. } | Action::KeepLine { .. } => {
                self.at_once += 1;
                return;
            }
            Action::AwaitFolder => Event::FolderBack,
            Action::WalkAndCheck => Event::WalkDone(self.local_failure()),
            Action::CompareFolder => Event::FolderCompared(self.local_failure()),
            Action::Hash => Event::HashDone(self.local_failure()),
            Action::StartUpload => Event::StartReplied(self.failure()),
            Action::ReadTruth => Event::TruthRead(self.truth()),
            Action::Register => Event::RegisterReplied(self.failure()),
            Action::ReadMatches => Event::MatchesRead(self.failure()),
            Action::LoadItems { .. } => {
                let items = (0..ITEMS).map(|item| if item % 3 == 2 { large(item, 3) } else { small(item) }).collect();
                Event::ItemsLoaded { items, last: true }
            }
            Action::CountItems => {
                let view = self.machine.view();
                Event::ItemsCounted { progress: view.progress, set_aside: view.set_aside }
            }
            Action::Request(request) => {
                let reply = match request.op {
                    Op::CreateUpload => ObjectReply::Created(self.failure()),
                    Op::PutObject | Op::UploadPart(_) | Op::CompleteUpload => ObjectReply::Stored(self.failure()),
                };
                Event::ObjectReplied { token: request.token, reply }
            }
            Action::Probe => Event::Probed { other: self.way.probed.0, upload: self.way.probed.1 },
            Action::ReadChecks if self.way.reads => Event::ChecksRead(Ok(checks(Some(StatusValue::InProgress), false))),
            Action::ReadChecks => Event::ChecksRead(self.failure()),
            Action::WriteReceipt => Event::ReceiptWritten(Err(Code::DiskFull)),
        };
        self.at_once += 1;
        self.total += 1;
        self.events.push_back(answer);
    }

    /// Lets it continue for so long, or until nothing more happens.
    fn blow(mut self, phase: Phase, span: Duration) {
        self.events.push_back(Event::Started);
        let end = self.now.steady + span;
        while self.now.steady < end {
            while let Some(event) = self.events.pop_front() {
                for action in self.machine.handle(event, self.now) {
                    self.act(&action);
                }
                assert!(self.at_once <= AT_ONCE, "a storm in {phase:?}: {:?}, {:?}", self.failures, self.way);
            }
            let Some(at) = self.alarm.take().filter(|at| *at > self.now.steady) else { break };
            self.now = self.now + at.since(self.now.steady);
            self.at_once = 0;
            self.events.push_back(Event::TimeReached);
        }
        assert!(
            self.total <= IN_AN_HOUR,
            "{} in an hour in {phase:?}: {:?}, {:?}",
            self.total,
            self.failures,
            self.way
        );
    }
}

fn storm(phase: Phase, way: Way, failures: &[&NotDone], span: Duration) {
    let progress = Progress { items_total: ITEMS, bytes_total: ITEMS * 10, ..Progress::default() };
    let machine = Transfer::new(Restored { progress, ..restored(phase) }, settings(), START);
    let events = VecDeque::new();
    let storm = Storm { machine, now: START, way, failures, turn: 0, events, alarm: None, at_once: 0, total: 0 };
    storm.blow(phase, span);
}

const WAYS: [Way; 4] = [
    Way { probed: (true, true), reads: false, is_full: false },
    Way { probed: (true, false), reads: true, is_full: false },
    Way { probed: (false, false), reads: true, is_full: false },
    Way { probed: (true, true), reads: true, is_full: true },
];

#[test]
fn no_failure_makes_a_storm_in_any_phase_alone_or_in_turn_with_another() {
    let failures = failures();
    for phase in Phase::ALL.into_iter().filter(|phase| !phase.is_final()) {
        // Where nothing is asked of the network, its failures make no difference.
        let of_network: Vec<&NotDone> =
            failures.iter().take(if phase.needs().service { usize::MAX } else { 1 }).collect();
        for way in WAYS {
            for failure in &of_network {
                storm(phase, way, &[failure], HOUR);
            }
        }
        let pairs = of_network.iter().step_by(if phase == Phase::Sending { 3 } else { 9 });
        for (first, way) in pairs.clone().zip(WAYS.into_iter().cycle()) {
            for second in pairs.clone() {
                storm(phase, way, &[first, second], A_WHILE);
            }
        }
    }
}

fn facts(now: Steady) -> SessionFacts {
    let person = UserId("00000000-0000-4000-8000-000000000001".parse().unwrap());
    SessionFacts { person, obtained: now, access_life: Duration::from_secs(300), refresh_life: None }
}

/// Everybody wants the token all the time and finds that it is refused; the refresh fails, or brings another such token.
fn refreshes(answer: &impl Fn(Steady) -> Reply<SessionFacts>) -> (usize, usize) {
    let (mut session, mut now) = (Session::new(7), START.steady);
    let mut events =
        VecDeque::from([SessionEvent::Loaded(Some(SessionFacts { access_life: Duration::ZERO, ..facts(now) }))]);
    let (mut most, mut total, mut alarm) = (0, 0, None);
    while now < START.steady + HOUR {
        let mut at_once = 0;
        while let Some(event) = events.pop_front() {
            for action in session.handle(event, now) {
                match action {
                    SessionAction::Refresh => {
                        at_once += 1;
                        events.extend([SessionEvent::Refreshed(answer(now)), SessionEvent::Wanted]);
                    }
                    SessionAction::Use => events.push_back(SessionEvent::Distrusted),
                    SessionAction::Forget => {}
                    SessionAction::WakeAt(at) => alarm = Some(at),
                }
            }
            assert!(at_once <= AT_ONCE, "a storm of refreshes");
        }
        (most, total) = (at_once.max(most), total + at_once);
        now = alarm.take().filter(|at| *at > now).unwrap_or(now + Duration::from_secs(1));
        events.extend([SessionEvent::TimeReached, SessionEvent::Wanted, SessionEvent::Distrusted]);
    }
    (most, total)
}

#[test]
fn a_session_whose_tokens_are_all_refused_asks_for_new_ones_ever_more_rarely() {
    for failure in failures() {
        let (most, total) = refreshes(&|_| Err(failure.clone()));
        assert!(most <= 4 && total <= IN_AN_HOUR, "{most} at once, {total} in an hour: {failure:?}");
    }
    let (most, total) = refreshes(&|now| Ok(facts(now)));
    assert!(most <= 4 && total <= IN_AN_HOUR, "{most} at once, {total} in an hour: refused tokens");
}

/// Everybody wants a pass all the time and finds that it is refused; the signer fails, or gives another such pass.
fn fetches(source: Source, answer: &impl Fn(Now) -> Reply<PermitFacts>) -> (usize, usize) {
    let (mut permits, mut now) = (Permits::new(source, 7), START);
    let mut events = VecDeque::from([PermitEvent::SessionReady, PermitEvent::Wanted]);
    let (mut most, mut total, mut alarm) = (0, 0, None);
    while now.steady < START.steady + HOUR {
        let mut at_once = 0;
        while let Some(event) = events.pop_front() {
            let before = permits.view();
            for action in permits.handle(event, now) {
                match action {
                    PermitAction::Fetch => {
                        at_once += 1;
                        events.extend([PermitEvent::Fetched(answer(now)), PermitEvent::Wanted]);
                    }
                    // The token is replaced by one that is no better.
                    PermitAction::DistrustToken => events.push_back(PermitEvent::SessionReady),
                    PermitAction::WakeAt(at) => alarm = Some(at),
                }
            }
            if let PermitView::Fresh { generation } = permits.view()
                && permits.view() != before
            {
                events.push_back(PermitEvent::Refused { generation });
            }
            assert!(at_once <= AT_ONCE, "a storm at the signer");
        }
        (most, total) = (at_once.max(most), total + at_once);
        let next = alarm.take().filter(|at| *at > now.steady).map_or(Duration::from_secs(1), |at| at.since(now.steady));
        now = now + next;
        events.extend([PermitEvent::TimeReached, PermitEvent::Wanted]);
    }
    (most, total)
}

#[test]
fn a_pass_that_is_always_refused_is_fetched_ever_more_rarely() {
    for source in [Source::Service, Source::Session] {
        for failure in failures() {
            let (most, total) = fetches(source, &|_| Err(failure.clone()));
            assert!(most <= 4 && total <= IN_AN_HOUR, "{most} at once, {total} in an hour: {failure:?}");
        }
        let fresh = |now: Now| Ok(PermitFacts { expires: (now + HOUR).server });
        let (most, total) = fetches(source, &fresh);
        assert!(most <= 4 && total <= IN_AN_HOUR, "{most} at once, {total} in an hour: refused passes");
    }
}
