//! Reading something that a person waits for: what may pass in a moment is tried again a few times, and everything else is
//! the answer at once.
//!
//! For what no machine watches over: the first readings of a command, the list in the window, what signing in needs before
//! it opens a page.

use std::time::Duration;

use waybill_model::{NoAnswerKind, NotDone, Refusal};

use crate::backoff::Backoff;

/// How often a reading is repeated. With the delays between them, a person waits 8 seconds at most, and 4 on average.
const REPEATS: u32 = 4;
/// The longest `Retry-After` that a person is kept waiting for.
const LONGEST: Duration = Duration::from_secs(10);

/// The repeats of one reading.
#[derive(Clone, Debug)]
pub struct Reading {
    backoff: Backoff,
}

impl Reading {
    /// Returns a reading that has not been tried. The seed determines the jitter.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { backoff: Backoff::new(seed) }
    }

    /// Returns how long to wait before it is tried again, or `None` if this is its answer.
    pub fn again(&mut self, not_done: &NotDone) -> Option<Duration> {
        let floor = passing(not_done)?;
        let is_near = floor.is_none_or(|floor| floor <= LONGEST);
        (self.backoff.attempt() < REPEATS && is_near).then(|| self.backoff.delay(floor))
    }
}

/// Whether this may be different in a moment, and the least time to wait. A service that cannot be reached at all is not
/// tried again, so that people learn at once that they are offline.
fn passing(not_done: &NotDone) -> Option<Option<Duration>> {
    match not_done {
        NotDone::Refused(Refusal { status: 501, .. }) => None,
        NotDone::Refused(refusal) if refusal.status >= 500 || matches!(refusal.status, 408 | 429) => {
            Some(refusal.retry_after)
        }
        NotDone::NoAnswer(silence) => match silence.kind {
            NoAnswerKind::Reset | NoAnswerKind::Garbled | NoAnswerKind::Tls => Some(None),
            NoAnswerKind::Dns
            | NoAnswerKind::Connect
            | NoAnswerKind::CertificateUntrusted
            | NoAnswerKind::ClockWrong
            | NoAnswerKind::ProxyRefused
            | NoAnswerKind::ProxySignIn
            | NoAnswerKind::ProxyUnreachable
            | NoAnswerKind::TimedOut => None,
        },
        NotDone::Refused(_) | NotDone::NotSent(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use waybill_model::{LocalFault, Reply};

    use super::*;
    use crate::classify::samples::{bare, html, json, silent};

    fn again(reply: Reply<()>) -> bool {
        Reading::new(1).again(&reply.unwrap_err()).is_some()
    }

    #[test]
    fn what_may_pass_in_a_moment_is_tried_again_and_nothing_else() {
        for status in [500, 502, 503, 504, 429, 408] {
            assert!(again(bare(status)) && again(html(status)), "{status}");
        }
        for kind in [NoAnswerKind::Reset, NoAnswerKind::Garbled] {
            assert!(again(silent(kind, true)), "{kind:?}");
        }
        for kind in [NoAnswerKind::Dns, NoAnswerKind::Connect, NoAnswerKind::ProxyUnreachable, NoAnswerKind::TimedOut] {
            assert!(!again(silent(kind, false)), "{kind:?}");
        }
        for reply in [bare(400), bare(401), html(403), bare(404), bare(501), json(200, "NOT_AUTHORISED"), html(200)] {
            assert!(!again(reply.clone()), "{reply:?}");
        }
        assert!(!again(Err(NotDone::NotSent(LocalFault::CalledOff))));
    }

    #[test]
    fn it_is_tried_five_times_in_all_within_eight_seconds() {
        for seed in 0..50 {
            let mut reading = Reading::new(seed);
            let failed = bare::<()>(502).unwrap_err();
            let waits: Vec<Duration> = std::iter::from_fn(|| reading.again(&failed)).collect();
            assert_eq!(waits.len(), 4);
            assert!(waits.iter().sum::<Duration>() <= Duration::from_secs(8), "{waits:?}");
        }
    }

    #[test]
    fn a_retry_after_is_control_if_it_is_short() {
        let asked = |seconds| {
            let Err(NotDone::Refused(refusal)) = bare::<()>(503) else { panic!() };
            let retry_after = Some(Duration::from_secs(seconds));
            Reading::new(1).again(&NotDone::Refused(Refusal { retry_after, ..refusal }))
        };
        assert!(asked(5).is_some_and(|wait| wait >= Duration::from_secs(5)));
        assert_eq!(asked(60), None);
    }
}
