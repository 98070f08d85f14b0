//! The permit's rules, one test each.

use waybill_model::NoAnswerKind;

use super::*;
use crate::classify::samples::{bare, html, silent};

const START: Now = Now { server: Timestamp(1_700_000_000_000), steady: Steady::from_second(1_000_000) };
/// A pass of TDR's lives 180 minutes.
const LIFE: Duration = Duration::from_secs(180 * 60);

struct Bench {
    permits: Permits,
    now: Now,
    alarm: Option<Steady>,
    fetching: bool,
    distrusts: u32,
}

impl Bench {
    fn new() -> Self {
        Self { permits: Permits::new(Source::Service, 9), now: START, alarm: None, fetching: false, distrusts: 0 }
    }

    /// With a session, and a fetch in flight.
    fn fetching() -> Self {
        let mut bench = Self::new();
        bench.give(PermitEvent::SessionReady);
        assert!(bench.give(PermitEvent::Wanted));
        bench
    }

    fn fresh() -> Self {
        let mut bench = Self::fetching();
        bench.fetched();
        assert_eq!(bench.view(), PermitView::Fresh { generation: 1 });
        bench
    }

    fn give(&mut self, event: PermitEvent) -> bool {
        if let PermitEvent::Fetched(_) = event {
            self.fetching = false;
        }
        let mut asked = false;
        for action in self.permits.handle(event, self.now) {
            match action {
                PermitAction::Fetch => {
                    assert!(!self.fetching, "two fetches at once");
                    self.fetching = true;
                    asked = true;
                }
                PermitAction::DistrustToken => self.distrusts += 1,
                PermitAction::WakeAt(at) => {
                    assert!(at > self.now.steady);
                    self.alarm = Some(at);
                }
            }
        }
        asked
    }

    fn fetched(&mut self) -> bool {
        self.give(PermitEvent::Fetched(Ok(PermitFacts { expires: self.now.server + LIFE })))
    }

    fn unauthorised(&mut self) -> bool {
        self.give(PermitEvent::Fetched(bare(401)))
    }

    fn pass(&mut self, time: Duration) -> &mut Self {
        self.now = self.now + time;
        self
    }

    fn until_fetch(&mut self) -> Duration {
        let begin = self.now.steady;
        loop {
            let alarm = self.alarm.take().expect("an alarm");
            self.now = self.now + alarm.since(self.now.steady);
            if self.give(PermitEvent::TimeReached) {
                return self.now.steady.since(begin);
            }
        }
    }

    fn view(&self) -> PermitView {
        self.permits.view()
    }
}

#[test]
fn a_pass_is_fetched_when_wanted_and_signed_in() {
    let mut bench = Bench::new();
    assert_eq!(bench.view(), PermitView::None);
    assert!(!bench.give(PermitEvent::Wanted), "no session yet");
    assert!(bench.give(PermitEvent::SessionReady));
    assert_eq!(bench.view(), PermitView::Fetching);
    bench.fetched();
    assert_eq!(bench.view(), PermitView::Fresh { generation: 1 });
    assert!(!bench.give(PermitEvent::Wanted));
}

#[test]
fn a_pass_that_nobody_wants_is_not_fetched() {
    let mut bench = Bench::new();
    assert!(!bench.give(PermitEvent::SessionReady));
    assert_eq!(bench.view(), PermitView::None);
}

#[test]
fn a_pass_is_renewed_ten_minutes_early_and_stays_usable() {
    let mut bench = Bench::fresh();
    bench.pass(LIFE - Duration::from_secs(700));
    assert!(!bench.give(PermitEvent::Wanted));
    assert_eq!(bench.until_fetch(), Duration::from_secs(100));
    assert_eq!(bench.view(), PermitView::Fresh { generation: 1 });
    bench.fetched();
    assert_eq!(bench.view(), PermitView::Fresh { generation: 2 });
}

#[test]
fn a_short_lived_pass_is_renewed_after_three_quarters_of_its_life() {
    let mut bench = Bench::fetching();
    bench.give(PermitEvent::Fetched(Ok(PermitFacts { expires: START.server + Duration::from_secs(8) })));
    assert_eq!(bench.until_fetch(), Duration::from_secs(6));
}

#[test]
fn a_pass_that_nobody_wants_any_more_expires() {
    let mut bench = Bench::fresh();
    bench.pass(LIFE);
    assert!(!bench.give(PermitEvent::TimeReached));
    assert_eq!(bench.view(), PermitView::None);
    assert!(bench.give(PermitEvent::Wanted));
    assert_eq!(bench.view(), PermitView::Fetching);
}

#[test]
fn a_refusal_by_the_edge_fetches_a_new_pass_once() {
    let mut bench = Bench::fresh();
    bench.give(PermitEvent::Accepted { generation: 1 });
    assert!(bench.give(PermitEvent::Refused { generation: 1 }));
    assert_eq!(bench.view(), PermitView::Fetching);
    for _ in 0..8 {
        assert!(!bench.give(PermitEvent::Refused { generation: 1 }), "the others that carried them");
    }
    bench.fetched();
    assert!(!bench.give(PermitEvent::Refused { generation: 1 }), "a late one");
    assert_eq!(bench.view(), PermitView::Fresh { generation: 2 });
}

#[test]
fn a_fresh_pass_that_is_refused_again_is_waited_for_without_a_hot_loop() {
    let mut bench = Bench::fresh();
    assert!(bench.give(PermitEvent::Refused { generation: 1 }));
    bench.fetched();
    assert!(!bench.give(PermitEvent::Refused { generation: 2 }));
    assert_eq!(bench.view(), PermitView::Waiting(WaitReason::PermitRefused));
    let mut fetches = 0;
    let mut generation = 2;
    while bench.now.steady < START.steady + Duration::from_secs(1800) {
        bench.until_fetch();
        bench.fetched();
        fetches += 1;
        generation += 1;
        assert!(!bench.give(PermitEvent::Refused { generation }));
    }
    assert!((60..250).contains(&fetches), "{fetches} in half an hour");
    bench.until_fetch();
    bench.fetched();
    bench.give(PermitEvent::Accepted { generation: generation + 1 });
    assert!(bench.give(PermitEvent::Refused { generation: generation + 1 }), "after a success it is a first refusal");
}

#[test]
fn a_bare_401_is_retried_twice_and_then_the_token_is_doubted_once() {
    let mut bench = Bench::fetching();
    for _ in 0..2 {
        assert!(!bench.unauthorised());
        assert_eq!((bench.view(), bench.distrusts), (PermitView::Fetching, 0));
        assert!(bench.until_fetch() <= Duration::from_secs(1));
    }
    assert!(!bench.unauthorised());
    assert_eq!(bench.distrusts, 1);
    assert!(bench.give(PermitEvent::SessionReady), "a newer token is there");
    for _ in 0..2 {
        bench.unauthorised();
        bench.until_fetch();
    }
    bench.unauthorised();
    assert_eq!((bench.view(), bench.distrusts), (PermitView::Waiting(WaitReason::PermitRefused), 1));
    bench.until_fetch();
    bench.fetched();
    assert_eq!(bench.view(), PermitView::Fresh { generation: 1 });
}

#[test]
fn a_pass_does_not_wait_for_ever_for_a_newer_token() {
    let mut bench = Bench::fetching();
    for _ in 0..2 {
        bench.unauthorised();
        bench.until_fetch();
    }
    bench.unauthorised();
    assert_eq!(bench.until_fetch(), TOKEN_WAIT);
}

#[test]
fn a_fetch_is_retried_until_the_pass_comes() {
    let mut bench = Bench::fetching();
    while bench.now.steady < START.steady + Duration::from_secs(8000) {
        bench.give(PermitEvent::Fetched(silent(NoAnswerKind::Connect, false)));
        bench.until_fetch();
    }
    bench.fetched();
    assert_eq!(bench.view(), PermitView::Fresh { generation: 1 });
}

#[test]
fn a_transient_401_is_never_shown() {
    let mut bench = Bench::fetching();
    bench.unauthorised();
    bench.until_fetch();
    bench.fetched();
    assert_eq!((bench.view(), bench.distrusts), (PermitView::Fresh { generation: 1 }, 0));
}

#[test]
fn network_trouble_is_named_and_retried() {
    for (reply, reason) in [
        (silent(NoAnswerKind::Connect, false), WaitReason::UploadUnreachable),
        (html(200), WaitReason::UnexpectedPage),
        (bare(502), WaitReason::ServiceFailed),
        (bare(503), WaitReason::SlowDown),
        (html(403), WaitReason::Firewall),
    ] {
        let mut bench = Bench::fetching();
        bench.give(PermitEvent::Fetched(reply));
        assert_eq!(bench.view(), PermitView::Waiting(reason));
        bench.until_fetch();
        bench.fetched();
        assert_eq!(bench.view(), PermitView::Fresh { generation: 1 });
    }
}

#[test]
fn a_network_that_comes_back_is_used_at_once() {
    for event in [PermitEvent::NetworkBack, PermitEvent::Woke] {
        let mut bench = Bench::fetching();
        bench.give(PermitEvent::Fetched(silent(NoAnswerKind::Dns, false)));
        assert!(bench.give(event));
    }
}

#[test]
fn a_good_pass_stays_usable_while_its_renewal_fails() {
    let mut bench = Bench::fresh();
    bench.pass(LIFE - Duration::from_secs(500));
    assert!(bench.give(PermitEvent::Wanted));
    bench.give(PermitEvent::Fetched(bare(502)));
    assert_eq!(bench.view(), PermitView::Fresh { generation: 1 });
    bench.until_fetch();
    bench.unauthorised();
    assert_eq!(bench.view(), PermitView::Fresh { generation: 1 });
    bench.pass(Duration::from_secs(600));
    bench.give(PermitEvent::TimeReached);
    assert_ne!(bench.view(), PermitView::Fresh { generation: 1 });
}

#[test]
fn without_a_session_a_pass_waits_for_the_same_reason() {
    let mut bench = Bench::new();
    bench.give(PermitEvent::Wanted);
    bench.give(PermitEvent::SessionLost(WaitReason::SignInUnreachable));
    assert_eq!(bench.view(), PermitView::Waiting(WaitReason::SignInUnreachable));
    assert!(bench.give(PermitEvent::SessionReady));
}

#[test]
fn a_pass_ends_with_the_session_of_its_person() {
    for (reason, kept) in [
        (WaitReason::SignedOut, false),
        (WaitReason::DifferentPerson, false),
        (WaitReason::SignInUnreachable, true),
        (WaitReason::ServiceFailed, true),
    ] {
        let mut bench = Bench::fresh();
        bench.give(PermitEvent::SessionLost(reason));
        assert_eq!(bench.view() == PermitView::Fresh { generation: 1 }, kept, "{reason:?}");
    }
    let mut bench = Bench::fetching();
    bench.give(PermitEvent::SessionLost(WaitReason::SignedOut));
    bench.fetched();
    assert_eq!(bench.view(), PermitView::Waiting(WaitReason::SignedOut));
}

#[test]
fn a_pass_expired_on_arrival_is_neither_used_nor_fetched_in_a_hot_loop() {
    let mut bench = Bench::fetching();
    bench.give(PermitEvent::Fetched(Ok(PermitFacts { expires: START.server })));
    assert_eq!(bench.view(), PermitView::Waiting(WaitReason::PermitRefused));
    assert!(!bench.give(PermitEvent::Wanted));
}

/// Changes the server's clock, as it is known, by hours. No time passes.
fn set_by(bench: &mut Bench, hours: i64) {
    bench.now.server = Timestamp(bench.now.server.0 + hours * 3_600_000);
}

#[test]
fn a_server_clock_that_jumps_puts_off_no_fetch_and_hurries_none() {
    for hours in [-30, -1, 1, 30] {
        let mut bench = Bench::fetching();
        bench.give(PermitEvent::Fetched(bare(502)));
        let alarm = bench.alarm;
        set_by(&mut bench, hours);
        assert!(!bench.give(PermitEvent::Wanted), "a wait");
        assert_eq!(bench.alarm, alarm);
        bench.until_fetch();
        bench.unauthorised();
        set_by(&mut bench, hours);
        assert!(!bench.give(PermitEvent::Wanted), "between two tries");
        assert!(bench.until_fetch() <= Duration::from_secs(1));
        while bench.distrusts == 0 {
            bench.unauthorised();
            if bench.distrusts == 0 {
                bench.until_fetch();
            }
        }
        set_by(&mut bench, hours);
        assert!(!bench.give(PermitEvent::Wanted), "a newer token is waited for");
        assert_eq!(bench.until_fetch(), TOKEN_WAIT);
    }
}

#[test]
fn the_interest_lasts_an_hour_whatever_the_servers_clock_does() {
    for hours in [-30, 30] {
        let mut bench = Bench::fetching();
        set_by(&mut bench, hours);
        bench.fetched();
        bench.pass(INTEREST - Duration::from_secs(1)).give(PermitEvent::Refused { generation: 1 });
        assert_eq!(bench.view(), PermitView::Fetching, "still of interest");
        bench.fetched();
        bench.give(PermitEvent::Accepted { generation: 2 });
        assert!(!bench.pass(Duration::from_secs(1)).give(PermitEvent::Refused { generation: 2 }));
    }
}

#[test]
fn a_pass_ends_by_the_servers_clock_as_soon_as_it_is_known() {
    let hour = Duration::from_secs(3600);
    let mut bench = Bench::fresh();
    bench.pass(LIFE - 2 * hour);
    set_by(&mut bench, 1);
    assert!(!bench.give(PermitEvent::Wanted), "the clock was slow: an hour is left");
    assert_eq!(bench.until_fetch(), hour - MARGIN);

    let mut bench = Bench::fresh();
    bench.pass(LIFE);
    set_by(&mut bench, -1);
    assert!(!bench.give(PermitEvent::Wanted), "the clock was fast: an hour is left");
    assert_eq!(bench.view(), PermitView::Fresh { generation: 1 });
    assert_eq!(bench.until_fetch(), hour - MARGIN);
}

#[test]
fn a_refused_access_token_is_doubted_at_once_and_the_next_one_is_fetched() {
    let mut bench = Bench::new();
    bench.permits = Permits::new(Source::Session, 9);
    bench.give(PermitEvent::SessionReady);
    assert!(bench.give(PermitEvent::Wanted));
    bench.fetched();
    assert!(bench.give(PermitEvent::Refused { generation: 1 }), "another one is asked for");
    assert_eq!(bench.distrusts, 1);
    bench.give(PermitEvent::Refused { generation: 1 });
    assert_eq!(bench.distrusts, 1, "a late refusal of the same token changes nothing");
    bench.fetched();
    assert_eq!(bench.view(), PermitView::Fresh { generation: 2 });
    assert!(!bench.give(PermitEvent::Refused { generation: 2 }), "not in a circle");
    assert!(matches!(bench.view(), PermitView::Waiting(_)));
}
