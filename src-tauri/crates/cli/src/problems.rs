//! Shows the files in which TDR's own checks found a problem: every one for scripts, some for people.
//!
//! They are read from the journal, which records the results as the checks ended. If the journal has none, nothing is
//! shown.

use std::ops::ControlFlow;

use waybill_app::library::Reader;
use waybill_model::{Failure, TransferId};
use waybill_words::{self as words, cli};

use crate::console::Console;
use crate::escape;
use crate::events::{CheckFailure, Event};

/// Lines shown to people. The receipt has all of them.
const SHOWN: u64 = 20;

/// Shows what the checks found in each file.
///
/// # Errors
/// The failure of a journal that cannot be read.
pub(crate) fn show(console: &mut Console, reader: &Reader, id: TransferId) -> Result<(), Failure> {
    if reader.check_failures_read(id)?.is_none() {
        return Ok(());
    }
    let files = reader.files_with_check_failures(id)?;
    if files > 0 && !console.is_json() {
        console.line(&cli::problems_in(files));
    }
    let mut told: u64 = 0;
    reader.each_check_failure(id, &mut |path, failed| {
        if console.is_closed() {
            return ControlFlow::Break(());
        }
        told += 1;
        let file_id = failed.file.to_string();
        let path = path.map_or_else(|| file_id.clone(), |path| path.to_string());
        let failure =
            CheckFailure { transfer: id.to_string(), path, file_id, check: failed.check, result: failed.result };
        if console.is_json() {
            console.say(&Event::CheckFailure(failure));
        } else if told <= SHOWN {
            console.line(&line(&failure));
        }
        ControlFlow::Continue(())
    })?;
    if told > SHOWN && !console.is_json() {
        console.line(&format!("  {}", cli::more_in_receipt(told - SHOWN)));
    }
    Ok(())
}

fn line(failure: &CheckFailure) -> String {
    let (check, result) = (words::service_check(&failure.check), words::service_result(&failure.result));
    let (path, check, result) = (escape::text(&failure.path), escape::text(check), escape::text(&result));
    format!("  {}", cli::problem(cli::Problem { path: &path, check: &check, result: &result }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_the_file_and_what_was_found_in_words_and_in_tdrs_own() {
        let failure = |check: &str, result: &str| CheckFailure {
            transfer: "7c1a2b0e-50f4-4a83-9d2c-3f0a7f5f6a11".to_owned(),
            path: "F/a\u{1b}.zip".to_owned(),
            file_id: "f11e0000-0000-4000-8000-000000000001".to_owned(),
            check: check.to_owned(),
            result: result.to_owned(),
        };
        assert_eq!(line(&failure("FFID", "Zip")), "  F/a\\u{1b}.zip: File format check: Zip file (Zip)");
        assert_eq!(line(&failure("New", "Else\u{1b}")), "  F/a\\u{1b}.zip: New: Else\\u{1b}");
    }
}
