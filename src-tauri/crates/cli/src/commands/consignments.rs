//! `consignments`.

use waybill_app::{ConsignmentEntry, HereEntry};
use waybill_model::service::Opening;
use waybill_model::{Code, Phase};
use waybill_words::{self as words, cli as names};

use super::{done, done_saying};
use crate::browser::Browser;
use crate::console::Console;
use crate::events::{self, Done, Event, Here};
use crate::failed::Failed;
use crate::quantity::percent;
use crate::running::Running;
use crate::setup::Setup;
use crate::table::{Side, Table};

/// Lists the person's consignments, newest first.
pub(super) async fn list(console: &mut Console, setup: &Setup, browser: Browser) -> Result<Done, Failed> {
    let (profile, _) = setup.profile()?;
    match profile.way.opening {
        Opening::Registration => {}
        Opening::None => {
            let (none, next) = (names::service_without_consignments(&profile.title), names::send_without_consignment());
            return Ok(done_saying(format!("{none} {next}")));
        }
    }
    let mut running = Running::start(setup, browser, false).await?;
    let handle = running.handle.clone();
    let entries = running.during(console, async { handle.consignments().await }).await;
    let not_kept = running.session_not_kept(console).or_else(|| setup.session_unusable());
    let entries = running.end_after(console, entries).await.map_err(|failed| match (failed.code(), not_kept) {
        (Code::SignInNeeded, Some(failure)) => Failed::from(failure),
        _ => failed,
    })?;
    let mut table = Table::new(&[
        (names::table_reference(), Side::Left),
        (names::table_series(), Side::Left),
        (names::table_state(), Side::Left),
    ]);
    for entry in &entries {
        let series = entry.consignment.series.clone().unwrap_or_else(|| "-".to_owned());
        table.row(&[entry.consignment.reference.to_string(), series, state(entry)]);
    }
    let events: Vec<Event> = entries.into_iter().map(event).collect();
    console.list(&events, &table, names::no_consignments());
    Ok(done())
}

/// Describes the consignment's state in plain words, with the progress of a transfer on this computer.
fn state(entry: &ConsignmentEntry) -> String {
    match &entry.here {
        // The state is named only while the service waits for the rest of the upload.
        Some(here) if here.phase == Phase::Cancelled => words::cancelled_here::name().to_owned(),
        Some(here) if here.phase.is_final() => words::consignment_state_in_terminal(entry.state).to_owned(),
        Some(here) => {
            words::cli::here(words::cli::Here { phase: words::phase(here.phase), share: &percent(here.per_mille) })
        }
        None => words::consignment_state_in_terminal(entry.state).to_owned(),
    }
}

fn event(entry: ConsignmentEntry) -> Event {
    let ConsignmentEntry { consignment, state, here } = entry;
    Event::Consignment(events::Consignment {
        reference: consignment.reference.to_string(),
        id: consignment.id.to_string(),
        state,
        series: consignment.series,
        created: consignment.created,
        files: consignment.total_files,
        here: here.map(|HereEntry { transfer, phase, per_mille, .. }| Here {
            transfer: transfer.to_string(),
            phase,
            per_mille,
        }),
    })
}

#[cfg(test)]
mod tests {
    use waybill_model::ConsignmentState;

    use super::*;
    use crate::commands::samples::consignment;

    #[test]
    fn a_consignment_that_is_filled_from_here_says_how_far_it_is() {
        let mut entry = ConsignmentEntry {
            consignment: consignment(),
            state: ConsignmentState::Uploading,
            here: Some(HereEntry {
                transfer: "aaaa0000-0000-4000-8000-000000000001".parse().unwrap(),
                phase: Phase::Sending,
                per_mille: 430,
                paused: false,
                checks: None,
            }),
        };
        assert_eq!(state(&entry), "On this computer: Sending (43.0%)");
        entry.here.as_mut().unwrap().phase = Phase::Cancelled;
        assert_eq!(state(&entry), "Cancelled on this computer");
        entry.here = None;
        assert_eq!(state(&entry), "Being uploaded elsewhere");
    }
}
