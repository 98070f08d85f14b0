//! Time limits of one request, on tokio's clock.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use waybill_model::{NoAnswer, NoAnswerKind};

use super::pace::Activity;

/// How long silence may last.
///
/// A body may take as long as it likes while bytes move; a slow line is no fault (facts B2: no limit is known).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest time in which no byte of a body moves, in either direction.
    pub idle: Duration,
    /// The longest time from the last byte sent to the first of the answer.
    pub answer: Duration,
    /// The same for the consignment API, which works for minutes on a large registration (facts E3: 180 s).
    pub api_answer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { idle: Duration::from_secs(60), answer: Duration::from_secs(120), api_answer: Duration::from_secs(200) }
    }
}

/// A limit has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Elapsed {
    /// No byte of the request's body has moved for too long.
    Idle,
    /// The request was sent and no answer came.
    NoAnswer,
}

impl Elapsed {
    pub(super) fn into_no_answer(self) -> NoAnswer {
        let detail = match self {
            Self::Idle => "no byte of the request moved for too long",
            Self::NoAnswer => "the request was sent and no answer came",
        };
        NoAnswer { kind: NoAnswerKind::TimedOut, maybe_received: true, detail: detail.to_owned() }
    }
}

/// Runs `work` until it ends, its body has not moved for `idle`, or its answer has not come for `answer` after the last
/// byte.
pub(super) async fn limited<F: Future>(
    work: F,
    activity: &Activity,
    idle: Duration,
    answer: Duration,
) -> Result<F::Output, Elapsed> {
    let mut work = std::pin::pin!(work);
    loop {
        let (deadline, elapsed) = match activity.finished() {
            Some(at) => (at + answer, Elapsed::NoAnswer),
            None => (activity.last_moved() + idle, Elapsed::Idle),
        };
        if Instant::now() >= deadline {
            return Err(elapsed);
        }
        tokio::select! {
            biased;
            output = &mut work => return Ok(output),
            () = sleep_until(deadline) => {}
        }
    }
}
