//! `doctor`: tests what a transfer needs and names the first blocker.

use waybill_model::{Code, Failure, words};

use super::done_saying;
use crate::console::Console;
use crate::events::{self, Done, Event};
use crate::exit::Exit;
use crate::failed::Failed;
use crate::setup::Setup;

/// Tests everything; ends as blocked by the first thing that is in the way.
pub(super) async fn examine(console: &mut Console, setup: &Setup) -> Result<Done, Failed> {
    let tests = waybill_app::examine(&setup.config(false)?).await;
    for test in &tests.findings {
        console.say(&Event::SelfTest(events::SelfTest {
            what: test.what.to_owned(),
            ok: test.ok,
            code: test.code,
            detail: test.detail.clone(),
            next: test.code.map(|code| words::sentence(code).next.to_owned()),
        }));
    }
    match tests.blocker() {
        None => Ok(done_saying("Nothing is in the way.")),
        Some(test) => {
            let code = test.code.unwrap_or(Code::Internal);
            Err(Failed::new(Failure::new(code, format!("{}: {}", test.what, test.detail))).exit_as(Exit::Blocked))
        }
    }
}
