//! A whole transfer over a gateway that takes in whole requests at once and forwards them slowly.

use std::collections::BTreeMap;

use std::time::Duration;

use super::bench::*;
use crate::line;
use waybill_model::{ItemId, NoAnswerKind, PartPlan, Phase, Steady};

const MIB: u64 = 1 << 20;

/// A gateway between the machine and the store.
struct Gateway {
    /// Bytes a second that it forwards.
    rate: u64,
    /// All requests share the line; otherwise one goes after the other.
    shares: bool,
    /// A request whose client has given up is still forwarded.
    keeps: bool,
    /// It answers 504 to what has waited for this long.
    gives_up: Option<Duration>,
    /// What it still has to forward, in the order of arrival: bytes, times 1,000.
    queue: BTreeMap<RequestToken, u64>,
    /// Whose client still waits: when it came, and until when.
    waiting: BTreeMap<RequestToken, (Request, Steady, Steady)>,
    arrived: u64,
}

impl Gateway {
    fn new(rate: u64) -> Self {
        let (queue, waiting) = (BTreeMap::new(), BTreeMap::new());
        Self { rate, shares: false, keeps: false, gives_up: None, queue, waiting, arrived: 0 }
    }

    fn take(&mut self, request: Request, bytes: u64, now: Steady) {
        self.arrived += bytes;
        self.queue.insert(request.token, bytes * 1_000);
        self.waiting.insert(request.token, (request, now, now + line::USUAL + request.more_time));
    }

    /// Forwards for so many milliseconds.
    fn forward(&mut self, millis: u64) {
        let mut left = self.rate * millis;
        while left > 0 && !self.queue.is_empty() {
            let count = if self.shares { self.queue.len() } else { 1 };
            let sharing = count as u64;
            let least = self.queue.values().take(count).min().copied().unwrap_or(0);
            let each = (left / sharing).min(least.max(1));
            if each == 0 {
                return;
            }
            for rest in self.queue.values_mut().take(count) {
                *rest = rest.saturating_sub(each);
            }
            left -= (each * sharing).min(left);
            let waiting = &self.waiting;
            self.queue.retain(|token, rest| *rest > 0 || waiting.contains_key(token));
            if self.queue.values().any(|rest| *rest == 0) {
                return;
            }
        }
    }

    /// Returns the next request that has an outcome now: forwarded, given up by the gateway, or too late.
    fn outcome(&mut self, now: Steady) -> Option<(Request, Outcome)> {
        let (token, request, outcome) = self.waiting.iter().find_map(|(token, (request, came, until))| {
            let outcome = if !self.queue.contains_key(token) || self.queue[token] == 0 {
                Outcome::Stored
            } else if self.gives_up.is_some_and(|after| now.since(*came) >= after) {
                Outcome::GivenUp
            } else if now >= *until {
                Outcome::Late
            } else {
                return None;
            };
            Some((*token, *request, outcome))
        })?;
        self.waiting.remove(&token);
        if outcome != Outcome::Late || !self.keeps {
            self.queue.remove(&token);
        }
        Some((request, outcome))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Stored,
    GivenUp,
    Late,
}

/// What came of a transfer of about 100 MB.
struct Ended {
    /// The time that it took, compared with that of the bytes alone.
    times: f64,
    /// The bytes that reached the gateway, compared with those of the files.
    sent: f64,
}

/// Sends two files of 48 MiB in parts of 8 MiB and twenty of 200 kB.
fn send(mut gateway: Gateway) -> Ended {
    let plan = PartPlan::Multipart { size: 48 * MIB, part_size: 8 * MIB, parts: 6 };
    let large = (0..2).map(|item| ItemWork { item: ItemId(item), plan, put_attempted: false, upload: None });
    let small = |item| ItemWork {
        item: ItemId(item),
        plan: PartPlan::Single { size: 200_000 },
        put_attempted: false,
        upload: None,
    };
    let items: Vec<ItemWork> = large.chain((2..22).map(small)).collect();
    let total: u64 = items.iter().map(|item| item.plan.size()).sum();
    let plans: BTreeMap<ItemId, PartPlan> = items.iter().map(|item| (item.item, item.plan)).collect();
    let mut bench = sending_with(items, Settings { parallel: 8, ..settings() });
    let began = bench.now.steady;
    let limit = Duration::from_secs(100 * total / gateway.rate + 3_600);
    while bench.phase() == Phase::Sending {
        for action in bench.asked() {
            if let Action::Request(request) = action {
                let bytes = match request.op {
                    Op::PutObject => plans[&request.item].size(),
                    Op::UploadPart(part) => plans[&request.item].range(part).unwrap().len,
                    Op::CreateUpload | Op::CompleteUpload => 0,
                };
                if request.op == Op::CreateUpload {
                    bench.created(request, None);
                } else if request.op == Op::CompleteUpload {
                    bench.stored(request);
                } else {
                    gateway.take(request, bytes, bench.now.steady);
                }
            } else if action == Action::Probe {
                bench.give(Event::Probed { other: true, upload: true });
            } else if let Action::CallOff(token) = action {
                panic!("{token:?} is called off");
            }
        }
        match gateway.outcome(bench.now.steady) {
            Some((request, Outcome::Stored)) => drop(bench.stored(request)),
            Some((request, Outcome::GivenUp)) => drop(bench.reply(request, bare(504))),
            Some((request, Outcome::Late)) => drop(bench.reply(request, silent(NoAnswerKind::TimedOut, true))),
            None if bench.actions.is_empty() => {
                gateway.forward(100);
                bench.pass(Duration::from_millis(100));
            }
            None => {}
        }
        let took = bench.now.steady.since(began);
        assert!(took < limit, "no end after {took:?}: {:?}", bench.machine.view());
    }
    let view = bench.machine.view();
    assert_eq!((view.phase, view.set_aside), (Phase::HandingOver, 0));
    assert_eq!(view.progress.bytes_done, total);
    let times = bench.now.steady.since(began).as_secs_f64() * gateway.rate as f64 / total as f64;
    let ended = Ended { times, sent: gateway.arrived as f64 / total as f64 };
    println!("{} B/s: {:.1} times the time, {:.1} times the bytes", gateway.rate, ended.times, ended.sent);
    ended
}

#[test]
fn a_transfer_ends_at_any_rate_behind_a_gateway_that_takes_in_whole_requests() {
    for rate in [20_000, 60_000, 300_000, 1_000_000, 10_000_000] {
        for (shares, keeps) in [(false, false), (true, false), (false, true), (true, true)] {
            let ended = send(Gateway { shares, keeps, ..Gateway::new(rate) });
            assert!(ended.times < 4.0, "{rate} B/s, shares {shares}, keeps {keeps}: {:.1} times", ended.times);
            assert!(rate < 1_000_000 || ended.sent < 1.01, "{rate} B/s: nothing is sent twice");
        }
    }
}

#[test]
fn a_gateway_that_gives_up_by_itself_is_not_asked_for_more_than_it_can_forward() {
    let gives_up = Some(Duration::from_secs(100));
    for shares in [false, true] {
        send(Gateway { shares, gives_up, ..Gateway::new(300_000) });
    }
}

#[test]
fn what_was_learned_is_kept_and_used_at_the_next_start() {
    let progress = waybill_model::Progress { items_total: 1, bytes_total: 4 * PART, ..Default::default() };
    let restored = Restored { progress, bytes_per_second: Some(100_000), ..restored(Phase::Sending) };
    let mut bench = Bench::new(restored, settings());
    bench.give(Event::Started).asked();
    bench.load(vec![large(0, 4)]);
    let create = bench.request();
    bench.created(create, None);
    let first = bench.request();
    assert!(first.more_time >= Duration::from_secs(100), "one part, and time for it: {first:?}");
    bench.pass(Duration::from_secs(1));
    bench.stored(first);
    assert_eq!(bench.asked()[0], Action::KeepLine { bytes_per_second: None }, "the line is quick today");
}

#[test]
fn a_part_that_no_gateway_lets_through_is_set_aside_in_the_end() {
    let mut bench = sending(vec![large(0, 2)]);
    let create = bench.request();
    bench.created(create, None);
    let mut requests = 0;
    while bench.phase() == Phase::Sending {
        assert!(requests < 200, "for ever");
        for action in bench.asked() {
            if let Action::Request(request) = action {
                requests += 1;
                if request.op == Op::UploadPart(part(1)) {
                    bench.now = bench.now + line::USUAL + request.more_time;
                    bench.reply(request, silent(NoAnswerKind::TimedOut, true));
                } else {
                    bench.stored(request);
                }
            } else if action == Action::Probe {
                bench.give(Event::Probed { other: true, upload: true });
            }
        }
        if bench.actions.is_empty() && bench.phase() == Phase::Sending {
            bench.pass_to_alarm();
        }
    }
    assert_eq!((bench.phase(), bench.machine.view().set_aside), (Phase::Settling, 1));
}
