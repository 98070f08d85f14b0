//! `doctor`: tests what a transfer needs and reports the first blocker.

use waybill_app::SelfTestVerdict;
use waybill_model::Failure;

use super::done_saying;
use crate::console::Console;
use crate::events::{self, Done, Event, TestOutcome};
use crate::exit::Exit;
use crate::failed::Failed;
use crate::setup::Setup;

/// Runs every test. Ends as blocked by the first problem found.
pub(super) async fn examine(console: &mut Console, setup: &Setup) -> Result<Done, Failed> {
    let tests = waybill_app::examine(&setup.config(false)?).await;
    for test in &tests.findings {
        let (outcome, code) = match test.verdict {
            SelfTestVerdict::Works => (TestOutcome::Works, None),
            SelfTestVerdict::Warns => (TestOutcome::Warns, None),
            SelfTestVerdict::Fails(code) => (TestOutcome::Fails, Some(code)),
            SelfTestVerdict::NotTested => (TestOutcome::NotTested, None),
        };
        console.say(&Event::SelfTest(events::SelfTest {
            topic: test.topic.word().to_owned(),
            what: test.topic.name().to_owned(),
            ok: matches!(outcome, TestOutcome::Works | TestOutcome::Warns),
            outcome,
            code,
            detail: test.detail.to_string(),
            next: code.map(|code| waybill_words::at_end_in_terminal(code).next.to_owned()),
        }));
    }
    match tests.blocker() {
        None => Ok(done_saying(if tests.is_complete() {
            waybill_words::cli::no_problem()
        } else {
            waybill_words::cli::no_problem_not_all()
        })),
        Some((test, code)) => {
            let about = format!("{}: {}", test.topic.name(), test.detail);
            Err(Failed::new(Failure::new(code, about)).exit_as(Exit::Blocked))
        }
    }
}
