//! What TDR's checks found in which file, in TDR's own words.
//!
//! Read from the service on demand: the statuses belong to the service, and may change there. The paths come from the
//! journal, which knows every file by the id that TDR gave it. Memory holds [`MOST`] rows for any size of the
//! transfer; all findings are counted. Once, when the checks have ended, everything is written to the journal
//! ([`keep`]) for the receipt. A reading that ends early, even with the program, counts for nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use waybill_cloud::{FILES_PER_PAGE, StatusPage};
use waybill_journal::{Change, FailedCheck, Journal, Reader, TransferRow, Write};
use waybill_model::{CheckProgress, Code, Failure, FileId, NotDone, Timestamp, TransferId};

use crate::connection::Connection;
use crate::consignments::read_failure;
use crate::session::SessionHandle;

/// The most rows that are kept.
const MOST: usize = 10_000;

/// What the checks of one transfer found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckFailures {
    /// Files with at least one finding.
    pub files: u64,
    /// How many files each finding has: by check and result, as TDR names them (such as `Antivirus`, `VirusDetected`).
    pub groups: BTreeMap<(String, String), u64>,
    /// One row for each file and finding, in TDR's order; at most 10,000.
    pub rows: Vec<CheckFailure>,
}

/// One finding about one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckFailure {
    /// The file's path with the folder's own name; TDR's id of the file if it is not one of ours.
    pub path: String,
    /// Which check, as TDR names it: the type of the status.
    pub check: String,
    /// The result, as TDR names it: the value of the status.
    pub result: String,
}

/// Reads what the checks of a transfer found.
///
/// # Errors
/// `transfer_unknown`; `not_possible_now` for a transfer to another service; `different_person`; `sign_in_needed`; a
/// failure of the network or the service.
pub(crate) async fn read(
    connection: &Connection,
    session: &SessionHandle,
    data_dir: PathBuf,
    id: TransferId,
) -> Result<CheckFailures, Failure> {
    let (row, most, dir) = blocking(move || {
        let unknown = || Failure::new(Code::TransferUnknown, id.to_string());
        let reader = Reader::open(&data_dir)?.ok_or_else(unknown)?;
        let row = reader.transfer(id)?.ok_or_else(unknown)?;
        let most = most_pages(&reader, &row)?;
        Ok((row, most, data_dir))
    })
    .await?;
    if row.service != connection.profile().name {
        return Err(Failure::new(Code::NotPossibleNow, waybill_words::detail::other_service(&row.service)));
    }
    let mut found = Found::default();
    for page in 0..most {
        let StatusPage { entries, last } = page_of(connection, session, &row, page).await?;
        found.take(entries);
        if last {
            return blocking(move || found.with_paths(&dir, id)).await;
        }
    }
    Err(endless(most))
}

/// Returns in how many files the checks of a transfer had found something when they ended; `None` before that, and if
/// it could not be read.
///
/// # Errors
/// A journal that cannot be read.
pub fn files_with_problems(reader: &Reader, row: &TransferRow) -> Result<Option<u64>, Failure> {
    match row.checks.filter(|checks| !row.given_up && checks.finished()) {
        Some(checks) if checks.all_succeeded => Ok(Some(0)),
        Some(_) if reader.check_failures_read(row.id)?.is_some() => Ok(Some(reader.files_with_check_failures(row.id)?)),
        Some(_) | None => Ok(None),
    }
}

/// Returns whether the receipt can name the files with findings: the checks have ended, and not all succeeded.
pub(crate) fn tells_of_files(row: &TransferRow) -> bool {
    let found = |checks: CheckProgress| checks.finished() && !checks.could_not_run() && !checks.all_succeeded;
    !row.given_up && row.checks.is_some_and(found)
}

/// Reads everything that the checks of a transfer found into the journal.
///
/// # Errors
/// The same as for [`read`], and those of the journal.
pub(crate) async fn keep(
    connection: &Connection,
    session: &SessionHandle,
    journal: &Journal,
    row: &TransferRow,
    now: Timestamp,
) -> Result<(), Failure> {
    let write = |change| journal.write(vec![Write { transfer: row.id, change }]);
    let (reading, of) = (journal.clone(), row.clone());
    let most = blocking(move || most_pages(&reading.reader()?, &of)).await?;
    write(Change::ForgetCheckFailures).await?;
    for page in 0..most {
        let StatusPage { entries, last } = page_of(connection, session, row, page).await?;
        write(Change::AddCheckFailures(failed(entries))).await?;
        if last {
            return Ok(write(Change::CheckFailuresRead(now)).await?);
        }
    }
    Err(endless(most))
}

/// Returns more pages than the consignment has: the limit for a server that never sends an empty one.
fn most_pages(reader: &Reader, row: &TransferRow) -> Result<u32, Failure> {
    let counted = row.checks.map_or(0, |checks| checks.total_files);
    let files = reader.totals(row.id)?.progress().items_total.max(counted);
    // The last full page may be followed by an empty one.
    let pages = files.div_ceil(u64::from(FILES_PER_PAGE)).saturating_add(2);
    Ok(u32::try_from(pages).unwrap_or(u32::MAX))
}

fn endless(most: u32) -> Failure {
    Failure::new(Code::ServiceFailed, format!("more than {most} pages of files"))
}

fn failed(files: Vec<(FileId, Vec<(String, String)>)>) -> Vec<FailedCheck> {
    let bad = files.into_iter().flat_map(|(file, statuses)| {
        let bad = statuses.into_iter().filter(|(_, value)| is_failure(value));
        bad.map(move |(check, result)| FailedCheck { file, check, result })
    });
    bad.collect()
}

/// Reads a page with a token that the service has not refused.
async fn page_of(
    connection: &Connection,
    session: &SessionHandle,
    row: &TransferRow,
    page: u32,
) -> Result<StatusPage, Failure> {
    let none = || Failure::new(Code::NotPossibleNow, row.destination());
    let consignment = row.target.consignment().map(|consignment| consignment.id).ok_or_else(none)?;
    let mut distrusted = false;
    let mut reading = connection.reading();
    loop {
        let access = session.access().await.map_err(|none| Failure::from(none.code()))?;
        if access.person.user_id != row.person.user_id {
            return Err(Failure::new(Code::DifferentPerson, row.destination()));
        }
        match connection.api.file_statuses(&access.token, consignment, page).await {
            Ok(page) => return Ok(page),
            Err(NotDone::Refused(refusal)) if refusal.status == 401 && !distrusted => {
                distrusted = true;
                session.distrust(access.token);
            }
            Err(not_done) => match reading.again(&not_done) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(read_failure(not_done)),
            },
        }
    }
}

/// What was found so far, by TDR's ids.
#[derive(Default)]
struct Found {
    failures: CheckFailures,
    ids: Vec<FileId>,
}

impl Found {
    fn take(&mut self, files: Vec<(FileId, Vec<(String, String)>)>) {
        for (id, statuses) in files {
            let mut bad = statuses.into_iter().filter(|(_, value)| is_failure(value)).peekable();
            self.failures.files += u64::from(bad.peek().is_some());
            for (check, result) in bad {
                *self.failures.groups.entry((check.clone(), result.clone())).or_default() += 1;
                if self.ids.len() < MOST {
                    self.ids.push(id);
                    self.failures.rows.push(CheckFailure { path: id.to_string(), check, result });
                }
            }
        }
    }

    fn with_paths(mut self, data_dir: &Path, transfer: TransferId) -> Result<CheckFailures, Failure> {
        if let Some(reader) = Reader::open(data_dir)? {
            for (row, id) in self.failures.rows.iter_mut().zip(self.ids) {
                if let Some(path) = reader.path_of_file(transfer, id)? {
                    row.path = path.to_string();
                }
            }
        }
        Ok(self.failures)
    }
}

/// Facts E7 and E8: of the values that TDR has for a file, these three report nothing wrong. An unknown value is shown:
/// hiding it would report a file as good that TDR does not.
fn is_failure(value: &str) -> bool {
    !matches!(value, "Success" | "Completed" | "InProgress")
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Code::Internal.into()))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use waybill_model::Phase;

    use super::*;
    use crate::samples::{Sample, write_journal};

    fn file(number: u128, statuses: &[(&str, &str)]) -> (FileId, Vec<(String, String)>) {
        let owned = statuses.iter().map(|(check, result)| ((*check).to_owned(), (*result).to_owned()));
        // As the samples number them.
        (FileId(Uuid::from_u128(0xf11e_0000 + number)), owned.collect())
    }

    #[test]
    fn only_failed_checks_are_reported_by_path_in_tdrs_words() {
        let sample = Sample { number: 1, phase: Phase::Finished, paused: false, items: 3, sent: 3, findings: 0 };
        let dir = tempfile::tempdir().unwrap();
        write_journal(dir.path(), &[sample]).unwrap();
        let mut found = Found::default();
        found.take(vec![
            file(0, &[("Antivirus", "Success"), ("ChecksumMatch", "Success"), ("FFID", "Success")]),
            file(1, &[("Antivirus", "VirusDetected"), ("ChecksumMatch", "Mismatch"), ("Upload", "Completed")]),
            file(2, &[("FFID", "SomethingNew"), ("Redaction", "InProgress")]),
        ]);
        found.take(vec![file(99, &[("FFID", "Zip")])]);
        let told = found.with_paths(dir.path(), sample.id()).unwrap();
        let rows: Vec<_> = told.rows.iter().map(|row| (&*row.path, &*row.check, &*row.result)).collect();
        assert_eq!(
            rows[..3],
            [
                ("folder 1/file 1.txt", "Antivirus", "VirusDetected"),
                ("folder 1/file 1.txt", "ChecksumMatch", "Mismatch"),
                ("folder 1/file 2.txt", "FFID", "SomethingNew"),
            ]
        );
        assert_eq!(rows[3].1, "FFID", "a file that is not one of ours is reported too");
        assert_eq!((told.files, told.groups.len()), (3, 4));
    }

    #[test]
    fn findings_beyond_those_shown_are_counted() {
        let mut found = Found::default();
        for page in 0..12 {
            found.take((0..1_000).map(|number| file(page * 1_000 + number, &[("FFID", "Zip")])).collect());
        }
        assert_eq!((found.failures.files, found.failures.rows.len()), (12_000, MOST));
        assert_eq!(found.failures.groups[&("FFID".to_owned(), "Zip".to_owned())], 12_000);
    }
}
