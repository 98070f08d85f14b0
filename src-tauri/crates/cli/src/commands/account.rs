//! `sign-in`, `sign-out`, `whoami`.

use std::time::Duration;

use waybill_model::{Code, Person};
use waybill_words::cli;

use super::{done, done_saying};
use crate::arguments::SessionChoice;
use crate::browser::Browser;
use crate::console::Console;
use crate::events::{self, Done, Event};
use crate::failed::Failed;
use crate::running::Running;
use crate::setup::Setup;

/// Signs in. If a person is already signed in, nothing changes.
pub(super) async fn sign_in(
    console: &mut Console,
    setup: &Setup,
    browser: Browser,
    seconds: u32,
) -> Result<Done, Failed> {
    let service = setup.profile()?.0.name;
    let mut running = Running::start(setup, browser, false).await?;
    let signed_in = running.signed_in(console, Duration::from_secs(seconds.into())).await;
    let not_kept = running.session_not_kept(console);
    let person = running.end_after(console, signed_in).await?;
    console.say(&person_event(person, service, setup.session()));
    // Nothing is left of this sign-in, so that the next command would call it "not signed in".
    if let Some(failure) = not_kept {
        return Err(failure.into());
    }
    if let Some(meaning) = meaning(setup) {
        console.say(&Event::Note(events::Note { code: None, message: meaning, next: None }));
    }
    Ok(done())
}

/// Ends the session, on this computer and at the service.
pub(super) async fn sign_out(console: &mut Console, setup: &Setup, browser: Browser) -> Result<Done, Failed> {
    let mut running = Running::start(setup, browser, false).await?;
    let handle = running.handle.clone();
    let signed_out = running.during(console, async { handle.sign_out().await }).await;
    running.end_after(console, signed_out).await?;
    Ok(done_saying(cli::signed_out()))
}

/// Shows who is signed in.
pub(super) async fn who_am_i(console: &mut Console, setup: &Setup, browser: Browser) -> Result<Done, Failed> {
    let service = setup.profile()?.0.name;
    let mut running = Running::start(setup, browser, false).await?;
    let handle = running.handle.clone();
    let person = running.during(console, async { handle.who_am_i().await }).await;
    let not_kept = running.session_not_kept(console).or_else(|| setup.session_unusable());
    let nobody = || Failed::from(not_kept.unwrap_or_else(|| Code::SignInNeeded.into()));
    let person = running.end_after(console, person).await?.ok_or_else(nobody)?;
    console.say(&person_event(person, service, setup.session()));
    Ok(done())
}

fn person_event(person: Person, service: String, session: SessionChoice) -> Event {
    Event::Person(events::Person {
        name: person.name,
        user_id: person.user_id.to_string(),
        email: person.email,
        body: person.body,
        service,
        kept: session.as_str().to_owned(),
    })
}

/// Explains what the session's storage means for the person, if that is not obvious.
fn meaning(setup: &Setup) -> Option<String> {
    match setup.session() {
        SessionChoice::Keychain => None,
        SessionChoice::Memory => Some(cli::session_memory().to_owned()),
        SessionChoice::File => Some(cli::session_file(&setup.data_dir().display().to_string())),
    }
}
