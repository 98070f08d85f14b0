//! The session's rules, one test each.

use waybill_model::NoAnswerKind;

use super::*;
use crate::classify::samples::{bare, html, json, silent};

const START: Steady = Steady::from_second(1_000_000);

fn person(number: u128) -> UserId {
    UserId(format!("00000000-0000-4000-8000-{number:012}").parse().unwrap())
}

/// Tokens with TDR's lifetimes: 5 minutes for the access token, 60 for the refresh token.
fn facts(obtained: Steady) -> SessionFacts {
    SessionFacts {
        person: person(1),
        obtained,
        access_life: Duration::from_secs(300),
        refresh_life: Some(Duration::from_secs(3600)),
    }
}

struct Bench {
    session: Session,
    now: Steady,
    alarm: Option<Steady>,
    refreshing: bool,
    used: u32,
    forgotten: u32,
}

impl Bench {
    fn new() -> Self {
        Self { session: Session::new(5), now: START, alarm: None, refreshing: false, used: 0, forgotten: 0 }
    }

    fn loaded() -> Self {
        let mut bench = Self::new();
        bench.give(SessionEvent::Loaded(Some(facts(START))));
        bench
    }

    /// Gives an event. Returns whether a refresh was asked for.
    fn give(&mut self, event: SessionEvent) -> bool {
        if let SessionEvent::Refreshed(_) = event {
            self.refreshing = false;
        }
        let mut asked = false;
        for action in self.session.handle(event, self.now) {
            match action {
                SessionAction::Refresh => {
                    assert!(!self.refreshing, "two refreshes at once");
                    self.refreshing = true;
                    asked = true;
                }
                SessionAction::Use => self.used += 1,
                SessionAction::Forget => self.forgotten += 1,
                SessionAction::WakeAt(at) => {
                    assert!(at > self.now);
                    self.alarm = Some(at);
                }
            }
        }
        asked
    }

    fn pass(&mut self, seconds: u64) -> &mut Self {
        self.now = self.now + Duration::from_secs(seconds);
        self
    }

    /// Goes from alarm to alarm until a refresh is asked for. Returns how long that took.
    fn until_refresh(&mut self) -> Duration {
        let begin = self.now;
        loop {
            self.now = self.alarm.take().expect("an alarm");
            if self.give(SessionEvent::TimeReached) {
                return self.now.since(begin);
            }
        }
    }

    fn refreshed(&mut self) -> bool {
        self.give(SessionEvent::Refreshed(Ok(facts(self.now))))
    }

    fn view(&self) -> SessionView {
        self.session.view()
    }
}

#[test]
fn nothing_is_refreshed_before_the_keychain_is_read() {
    let mut bench = Bench::new();
    assert_eq!(bench.view(), SessionView::Loading);
    assert!(!bench.give(SessionEvent::Wanted));
    bench.give(SessionEvent::Loaded(None));
    assert_eq!((bench.view(), bench.session.person()), (SessionView::SignedOut(None), None));
    bench.give(SessionEvent::SignedIn(facts(START)));
    assert_eq!((bench.view(), bench.session.person()), (SessionView::Ready, Some(person(1))));
}

#[test]
fn a_token_with_enough_life_is_not_refreshed() {
    let mut bench = Bench::loaded();
    assert!(!bench.give(SessionEvent::Wanted));
    bench.pass(239);
    assert!(!bench.give(SessionEvent::Wanted));
    assert_eq!(bench.view(), SessionView::Ready);
}

#[test]
fn a_wanted_token_is_refreshed_a_minute_early_and_stays_usable() {
    let mut bench = Bench::loaded();
    bench.give(SessionEvent::Wanted);
    assert_eq!(bench.until_refresh(), Duration::from_secs(240));
    assert_eq!(bench.view(), SessionView::Ready);
    bench.refreshed();
    assert_eq!(bench.until_refresh(), Duration::from_secs(240));
}

#[test]
fn a_short_lived_token_is_refreshed_after_three_quarters_of_its_life() {
    let mut bench = Bench::new();
    let short = SessionFacts { access_life: Duration::from_secs(20), ..facts(START) };
    bench.give(SessionEvent::SignedIn(short));
    assert_eq!(bench.until_refresh(), Duration::from_secs(15));
}

#[test]
fn a_token_that_nobody_wants_is_not_refreshed() {
    let mut bench = Bench::loaded();
    bench.pass(290);
    assert!(!bench.give(SessionEvent::TimeReached));
    bench.pass(20);
    assert!(!bench.give(SessionEvent::TimeReached));
    assert_eq!(bench.view(), SessionView::Refreshing, "not usable");
    assert!(bench.give(SessionEvent::Wanted));
    bench.refreshed();
    assert_eq!(bench.view(), SessionView::Ready);
}

#[test]
fn the_session_is_kept_alive_for_an_hour_after_it_was_last_wanted() {
    let mut bench = Bench::new();
    // If the access token outlives its refresh token, the session still has to be kept alive.
    let life = |obtained| SessionFacts {
        access_life: Duration::from_secs(7200),
        refresh_life: Some(Duration::from_secs(1800)),
        ..facts(obtained)
    };
    bench.give(SessionEvent::SignedIn(life(START)));
    assert_eq!(bench.until_refresh(), Duration::from_secs(1350));
    bench.give(SessionEvent::Refreshed(Ok(life(bench.now))));
    assert_eq!(bench.until_refresh(), Duration::from_secs(1350));
    bench.give(SessionEvent::Refreshed(Ok(life(bench.now))));
    bench.pass(1350);
    assert!(!bench.give(SessionEvent::TimeReached), "the interest has run out");
    assert!(bench.give(SessionEvent::Wanted));
}

#[test]
fn only_one_refresh_is_in_flight_at_a_time() {
    let mut bench = Bench::loaded();
    bench.pass(300);
    assert!(bench.give(SessionEvent::Wanted));
    for event in [
        SessionEvent::Wanted,
        SessionEvent::Distrusted,
        SessionEvent::Woke,
        SessionEvent::NetworkBack,
        SessionEvent::TimeReached,
        SessionEvent::Loaded(Some(facts(START))),
    ] {
        assert!(!bench.give(event));
    }
    assert_eq!(bench.view(), SessionView::Refreshing);
}

#[test]
fn an_ended_session_is_forgotten_and_reported() {
    let mut bench = Bench::loaded();
    bench.pass(300);
    bench.give(SessionEvent::Wanted);
    bench.give(SessionEvent::Refreshed(json(400, "invalid_grant")));
    assert_eq!((bench.view(), bench.forgotten), (SessionView::SignedOut(Some(Code::SignInNeeded)), 1));
    assert_eq!(bench.session.person(), None);
    bench.pass(10_000);
    assert!(!bench.give(SessionEvent::Wanted));
}

#[test]
fn network_trouble_keeps_the_session_and_is_retried() {
    for (reply, reason, quiet) in [
        (silent(NoAnswerKind::Connect, false), WaitReason::SignInUnreachable, 3),
        (silent(NoAnswerKind::Reset, true), WaitReason::SignInUnreachable, 3),
        (bare(502), WaitReason::ServiceFailed, 3),
        (html(200), WaitReason::UnexpectedPage, 0),
    ] {
        let mut bench = Bench::loaded();
        bench.pass(300);
        bench.give(SessionEvent::Wanted);
        let failed_from = bench.now;
        for _ in 0..quiet {
            bench.give(SessionEvent::Refreshed(reply.clone()));
            assert_eq!(bench.view(), SessionView::Refreshing, "it may pass in a moment");
            bench.until_refresh();
        }
        assert!(bench.now.since(failed_from) <= Duration::from_secs(4));
        bench.give(SessionEvent::Refreshed(reply));
        assert_eq!((bench.view(), bench.forgotten), (SessionView::Waiting(reason), 0));
        assert!(bench.until_refresh() <= Duration::from_secs(4));
        bench.refreshed();
        assert_eq!(bench.view(), SessionView::Ready);
    }
}

#[test]
fn a_lost_reply_that_spent_the_token_leads_to_a_new_sign_in() {
    let mut bench = Bench::loaded();
    bench.pass(300);
    bench.give(SessionEvent::Wanted);
    bench.give(SessionEvent::Refreshed(silent(NoAnswerKind::Reset, true)));
    bench.until_refresh();
    bench.give(SessionEvent::Refreshed(json(400, "invalid_grant")));
    assert_eq!(bench.view(), SessionView::SignedOut(Some(Code::SignInNeeded)));
}

#[test]
fn a_token_stays_usable_while_its_refresh_fails_until_it_runs_out() {
    let mut bench = Bench::loaded();
    bench.give(SessionEvent::Wanted);
    bench.until_refresh();
    bench.give(SessionEvent::Refreshed(bare(502)));
    assert_eq!(bench.view(), SessionView::Ready);
    while bench.now < START + Duration::from_secs(300) {
        bench.now = bench.alarm.take().unwrap();
        if bench.give(SessionEvent::TimeReached) {
            bench.give(SessionEvent::Refreshed(bare(502)));
        }
    }
    assert_eq!(bench.view(), SessionView::Waiting(WaitReason::ServiceFailed));
}

#[test]
fn an_hour_without_sign_in_is_no_hot_loop_and_ends_with_the_network() {
    let mut bench = Bench::loaded();
    bench.pass(300);
    bench.give(SessionEvent::Wanted);
    let mut tries = 0;
    while bench.now < START + Duration::from_secs(4000) {
        bench.give(SessionEvent::Refreshed(silent(NoAnswerKind::Dns, false)));
        bench.until_refresh();
        tries += 1;
    }
    assert!((120..500).contains(&tries), "{tries}");
    bench.give(SessionEvent::Refreshed(silent(NoAnswerKind::Dns, false)));
    assert!(bench.give(SessionEvent::NetworkBack));
}

#[test]
fn the_token_is_checked_as_soon_as_the_computer_wakes() {
    let mut bench = Bench::loaded();
    bench.give(SessionEvent::Wanted);
    bench.pass(8 * 3600);
    assert!(bench.give(SessionEvent::Woke));
    assert_eq!(bench.view(), SessionView::Refreshing);
}

#[test]
fn the_clock_alone_never_ends_a_session() {
    let mut bench = Bench::new();
    bench.pass(1_000_000);
    bench.give(SessionEvent::Loaded(Some(facts(START))));
    assert!(bench.give(SessionEvent::Wanted));
    assert_eq!(bench.forgotten, 0);
    bench.refreshed();
    assert_eq!(bench.view(), SessionView::Ready);
}

#[test]
fn a_distrusted_token_is_replaced_at_once() {
    let mut bench = Bench::loaded();
    bench.pass(100);
    assert!(bench.give(SessionEvent::Distrusted));
    assert_eq!(bench.view(), SessionView::Refreshing);
    bench.refreshed();
    assert_eq!(bench.view(), SessionView::Ready);
}

#[test]
fn tokens_refused_on_arrival_are_not_replaced_in_a_hot_loop() {
    let mut bench = Bench::loaded();
    let mut refreshes = 0;
    while bench.now < START + Duration::from_secs(1200) {
        if !bench.give(SessionEvent::Distrusted) {
            bench.until_refresh();
        }
        refreshes += 1;
        bench.refreshed();
        bench.pass(1);
    }
    assert!(refreshes < 150, "{refreshes} in twenty minutes");
    assert!(bench.now > START);
}

#[test]
fn signing_out_forgets_the_session_for_good() {
    let mut bench = Bench::loaded();
    bench.pass(300);
    bench.give(SessionEvent::Wanted);
    bench.give(SessionEvent::SignedOut);
    assert_eq!((bench.view(), bench.forgotten), (SessionView::SignedOut(None), 1));
    bench.refreshed();
    assert_eq!((bench.view(), bench.forgotten), (SessionView::SignedOut(None), 2), "what it saved is forgotten too");
}

#[test]
fn a_refresh_from_before_a_sign_in_is_ignored() {
    let mut bench = Bench::loaded();
    bench.pass(300);
    bench.give(SessionEvent::Wanted);
    let other = SessionFacts { person: person(2), ..facts(bench.now) };
    bench.give(SessionEvent::SignedIn(other));
    assert_eq!((bench.view(), bench.session.person()), (SessionView::Ready, Some(person(2))));
    bench.give(SessionEvent::Refreshed(json(400, "invalid_grant")));
    assert_eq!((bench.view(), bench.forgotten), (SessionView::Ready, 0));
    bench.pass(299);
    assert!(bench.give(SessionEvent::Wanted));
}

#[test]
fn tokens_of_a_replaced_session_are_never_used() {
    let mut bench = Bench::loaded();
    bench.pass(300);
    bench.give(SessionEvent::Wanted);
    bench.refreshed();
    assert_eq!(bench.used, 1);
    bench.pass(300);
    bench.give(SessionEvent::Wanted);
    bench.give(SessionEvent::SignedIn(SessionFacts { person: person(2), ..facts(bench.now) }));
    assert_eq!(bench.used, 2);
    bench.refreshed();
    assert_eq!((bench.used, bench.session.person()), (2, Some(person(2))), "a late answer");
    bench.pass(300);
    bench.give(SessionEvent::Wanted);
    bench.give(SessionEvent::SignedOut);
    bench.refreshed();
    assert_eq!(bench.used, 2, "after a sign-out");
    bench.give(SessionEvent::Refreshed(Ok(facts(bench.now))));
    assert_eq!(bench.used, 2, "one that nobody asked for");
}

#[test]
fn a_new_session_is_not_refreshed_before_the_old_refresh_is_back() {
    let mut bench = Bench::loaded();
    bench.pass(300);
    bench.give(SessionEvent::Wanted);
    bench.give(SessionEvent::SignedIn(facts(bench.now)));
    bench.pass(299);
    assert!(!bench.give(SessionEvent::Wanted), "one is still out");
    assert!(bench.give(SessionEvent::Refreshed(bare(502))));
}
