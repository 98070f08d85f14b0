//! `transfers` and `show`: list what the journal contains, even while another process runs transfers.

use waybill_app::library::{ItemFilter, ItemRow, Reader, Totals, TransferRow};
use waybill_app::receipt;
use waybill_model::{CheckProgress, Failure, ItemState, Target, Timestamp};
use waybill_words::{self as words, cli};

use super::done;
use crate::console::Console;
use crate::events::{Checks, Done, Event, Item, ItemWord, Transfer};
use crate::failed::Failed;
use crate::findings::{self, Extent, OfTransfer};
use crate::problems;
use crate::quantity::{local, percent, size, utc};
use crate::setup::Setup;
use crate::table::{Side, Table};

/// Items fetched at a time.
const PAGE: u32 = 1_000;

/// Lists the transfers on this computer, newest first.
pub(super) fn list(console: &mut Console, setup: &Setup) -> Result<Done, Failed> {
    let reader = setup.reader()?;
    let rows = match &reader {
        Some(reader) => reader.transfers().map_err(Failure::from)?,
        None => Vec::new(),
    };
    let mut table = Table::new(&[
        (destination(rows.iter().map(|row| &row.target)), Side::Left),
        (cli::table_folder(), Side::Left),
        (cli::table_state(), Side::Left),
        (cli::table_sent(), Side::Right),
        (cli::table_started(), Side::Left),
        (cli::table_id(), Side::Left),
    ]);
    let mut events = Vec::new();
    if let Some(reader) = &reader {
        for row in rows {
            let totals = reader.totals(row.id).map_err(Failure::from)?;
            let id = row.id.to_string();
            table.row(&[
                row.destination().to_owned(),
                row.folder_name.clone(),
                state(&row).to_owned(),
                percent(totals.progress().per_mille()),
                local(row.created),
                id.get(..8).unwrap_or(&id).to_owned(),
            ]);
            events.push(event(reader, row, &totals)?);
        }
    }
    console.list(&events, &table, cli::no_transfers());
    Ok(done())
}

/// Shows one transfer, its files and its findings.
pub(super) fn show(
    console: &mut Console,
    setup: &Setup,
    wanted: &str,
    items: bool,
    with_findings: bool,
) -> Result<Done, Failed> {
    let (reader, row) = setup.find(wanted)?;
    let id = row.id;
    let totals = reader.totals(id).map_err(Failure::from)?;
    if console.is_json() {
        console.say(&event(&reader, row, &totals)?);
    } else {
        for line in sentences(&row, &totals, waybill_app::files_with_problems(&reader, &row)?) {
            console.line(&line);
        }
    }
    problems::show(console, &reader, id)?;
    if items {
        show_items(console, &reader, id)?;
    }
    if with_findings {
        let groups = findings::show(console, Some(id), &OfTransfer { reader: &reader, id }, Extent::All)?;
        if groups.is_empty() {
            console.line(cli::no_findings());
        }
    }
    Ok(Done { transfer: Some(id.to_string()), ..done() })
}

/// Returns the heading of the column for the destination of these transfers.
fn destination<'a>(targets: impl IntoIterator<Item = &'a Target>) -> &'static str {
    let all_consignments = targets.into_iter().all(|target| match target {
        Target::Consignment(_) => true,
        Target::Folder => false,
    });
    if all_consignments { cli::table_consignment() } else { cli::table_destination() }
}

fn state(row: &TransferRow) -> &'static str {
    if row.paused && !row.phase.is_final() { words::hold::paused() } else { words::phase(row.phase) }
}

fn left_out(reader: &Reader, row: &TransferRow) -> Result<u64, Failure> {
    let counts = reader.finding_counts(row.id)?;
    let not_sent = |kind: waybill_model::FindingKind| match kind.effect() {
        waybill_model::Effect::LeavesOut | waybill_model::Effect::LeavesOutUnasked => true,
        waybill_model::Effect::Blocks | waybill_model::Effect::Warns => false,
    };
    Ok(counts.into_iter().filter(|(kind, _, _)| not_sent(*kind)).map(|(_, count, _)| count).sum())
}

fn event(reader: &Reader, row: TransferRow, totals: &Totals) -> Result<Event, Failure> {
    let left_out = left_out(reader, &row)?;
    let files_with_problems = waybill_app::files_with_problems(reader, &row)?;
    let progress = totals.progress();
    let website = receipt::website(&row);
    Ok(Event::Transfer(Box::new(Transfer {
        transfer: row.id.to_string(),
        consignment: row.destination().to_owned(),
        website,
        service: row.service,
        folder: row.folder.display().to_string(),
        person: row.person.name,
        created: utc(row.created),
        phase: row.phase,
        paused: row.paused,
        items_total: progress.items_total,
        items_done: progress.items_done,
        bytes_total: progress.bytes_total,
        bytes_done: progress.bytes_done,
        set_aside: totals.set_aside.items,
        left_out,
        last_hold: row.last_hold,
        handed_over: row.target.consignment().and(row.handed_over).map(utc),
        finished: row.finished.map(utc),
        checks: row.checks.map(checks),
        files_with_problems,
        receipt: row.receipt_dir.map(|dir| dir.display().to_string()),
    })))
}

fn checks(progress: CheckProgress) -> Checks {
    Checks {
        files: progress.total_files,
        antivirus: progress.antivirus,
        checksum: progress.checksum,
        format: progress.format,
        all_succeeded: progress.all_succeeded,
    }
}

/// Returns the service's name, and the address of its website if that is known.
fn service_of(row: &TransferRow) -> String {
    match receipt::website(row) {
        Some(website) => format!("{}, {website}", row.service),
        None => row.service.clone(),
    }
}

/// Prints a description of one transfer for people.
fn sentences(row: &TransferRow, totals: &Totals, problems: Option<u64>) -> Vec<String> {
    let progress = totals.progress();
    let mut rows: Vec<(&str, String)> = vec![
        (destination([&row.target]), row.destination().to_owned()),
        (cli::table_folder(), row.folder.display().to_string()),
        (cli::table_service(), service_of(row)),
        (cli::table_person(), row.person.name.clone()),
        (cli::table_state(), state(row).to_owned()),
        (
            cli::table_sent(),
            cli::table_sent_of(cli::TableSentOf {
                files: &cli::done_of(cli::DoneOf { done: progress.items_done, total: progress.items_total }),
                done: &size(progress.bytes_done),
                all: &size(progress.bytes_total),
            }),
        ),
    ];
    if totals.set_aside.items > 0 {
        rows.push((cli::table_set_aside(), cli::files(totals.set_aside.items)));
    }
    if totals.left_out.items > 0 {
        rows.push((cli::table_left_out(), cli::files(totals.left_out.items)));
    }
    if let Some(checks) = row.checks {
        let of = |done: u64| cli::done_of(cli::DoneOf { done, total: checks.total_files });
        let each = cli::table_each_check(cli::TableEachCheck {
            antivirus: &of(checks.antivirus),
            checksum: &of(checks.checksum),
            format: &of(checks.format),
        });
        rows.push((cli::table_checks(), each));
    }
    if let Some(files) = problems.filter(|files| *files > 0) {
        rows.push((cli::table_problems(), cli::files(files)));
    }
    let times: [(&str, Option<Timestamp>); 3] = [
        (cli::table_started(), Some(row.created)),
        (cli::table_handed_over(), row.target.consignment().and(row.handed_over)),
        (cli::table_ended(), row.finished),
    ];
    rows.extend(times.into_iter().filter_map(|(name, time)| Some((name, local(time?)))));
    if let Some(dir) = &row.receipt_dir {
        rows.push((cli::table_receipt(), dir.display().to_string()));
    }
    rows.push((cli::table_id(), row.id.to_string()));
    rows.into_iter().map(|(name, text)| format!("{name:22}{}", crate::escape::text(&text))).collect()
}

fn show_items(console: &mut Console, reader: &Reader, id: waybill_model::TransferId) -> Result<(), Failed> {
    let mut after = None;
    while !console.is_closed() {
        let page = reader.items(id, ItemFilter::ALL, after, PAGE).map_err(Failure::from)?;
        let Some(last) = page.last() else { break };
        after = Some(last.item);
        for row in page {
            let item = item(&row);
            if console.is_json() {
                console.say(&Event::Item(item));
            } else {
                console.line(&item_line(&item));
            }
        }
    }
    Ok(())
}

fn item(row: &ItemRow) -> Item {
    let (state, code) = match row.state {
        ItemState::Found => (ItemWord::Found, None),
        ItemState::Ready => (ItemWord::Ready, None),
        ItemState::Sent(_) => (ItemWord::Sent, None),
        ItemState::SetAside(code) => (ItemWord::SetAside, Some(code)),
        ItemState::LeftOut(code) => (ItemWord::LeftOut, Some(code)),
    };
    Item {
        path: row.path.to_string(),
        state,
        code,
        size: row.identity.size,
        modified: utc(row.identity.modified()),
        sha256: row.sha256.as_ref().map(ToString::to_string),
        acknowledged: row.acknowledged_at.map(utc),
    }
}

/// Formats one file as a line: state, checksum, size, path. Files are not in a table, because a million rows cannot
/// wait for their columns.
fn item_line(item: &Item) -> String {
    let state = match item.state {
        ItemWord::Found => cli::item_found(),
        ItemWord::Ready => cli::item_ready(),
        ItemWord::Sent => cli::item_sent(),
        ItemWord::SetAside => cli::item_set_aside(),
        ItemWord::LeftOut => cli::item_left_out(),
    };
    let checksum = item.sha256.as_deref().unwrap_or("-");
    let why = item.code.map(|code| format!("  {}", words::what(code))).unwrap_or_default();
    format!("{state:17}  {checksum:64}  {:>12}  {}{why}", size(item.size), crate::escape::text(&item.path))
}

#[cfg(test)]
mod tests {
    use waybill_model::Code;

    use super::*;
    use crate::commands::samples::consignment;

    #[test]
    fn what_goes_into_no_consignment_has_a_destination() {
        let consignment = Target::Consignment(consignment());
        assert_eq!(destination([]), "Consignment");
        assert_eq!(destination([&consignment]), "Consignment");
        assert_eq!(destination([&Target::Folder]), "Destination");
        assert_eq!(destination([&consignment, &Target::Folder]), "Destination");
    }

    #[test]
    fn a_file_in_a_line_says_why_it_was_not_sent() {
        let item = Item {
            path: "F/a\u{1b}b".into(),
            state: ItemWord::SetAside,
            code: Some(Code::FileGone),
            size: 10,
            modified: utc(Timestamp(0)),
            sha256: None,
            acknowledged: None,
        };
        let line = item_line(&item);
        assert!(line.starts_with("could not be sent  -"), "{line}");
        assert!(line.ends_with("F/a\\u{1b}b  The file is no longer there."), "{line}");
    }
}
