//! The checks of a handed-over consignment: antivirus, then checksums, then file formats.
//!
//! Their progress follows the sandbox's clock: each takes a third of `check_seconds`. What they find is real: the
//! SHA-256 of every stored object is compared with the one the client declared, a missing object makes the checks fail
//! as the real ones do if S3 has nothing for them, and the EICAR test file counts as a virus.
//!
//! Crash behaviour: start, stage and findings are in the database. A comparison that a kill interrupted is made again
//! by [`Checks::resume`], which every role calls before it looks at consignments. Stages are recorded when a role
//! looks, not by a timer.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::statuses::{self, StatusKind, StatusValue};
use super::{files, tables};
use crate::db::Db;
use crate::realm::Realm;
use crate::store::{self, Store};

/// SHA-256 of the EICAR test file of 68 bytes, which every virus scanner reports.
const EICAR: &str = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";

/// Stages as they are in the database.
const STARTED: i64 = 0;
const SCANNED: i64 = 1;
const SUMMED: i64 = 2;
const ENDED: i64 = 3;

/// The checks of all consignments.
pub(crate) struct Checks {
    realm: Arc<Realm>,
    store: Arc<Store>,
    /// How long the three checks take together.
    seconds: u32,
    /// The consignments whose files this process is comparing.
    comparing: Mutex<HashSet<Uuid>>,
}

/// The outcome of asking for the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Triggered {
    Started,
    /// The upload is already over, so nothing was started: a repeat is harmless.
    AlreadyDone,
    /// Nothing was ever uploaded.
    NoUpload,
}

/// How many files each check has processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    pub antivirus: i64,
    pub checksum: i64,
    pub ffid: i64,
}

impl Checks {
    pub(crate) fn new(realm: Arc<Realm>, store: Arc<Store>, seconds: u32) -> Self {
        Self { realm, store, seconds, comparing: Mutex::default() }
    }

    /// Starts the checks and sets Upload to Completed, unless the upload is already over.
    pub(crate) fn trigger(self: &Arc<Self>, consignment: Uuid) -> rusqlite::Result<Triggered> {
        let now = self.realm.clock.now();
        let outcome = self.realm.db.with(|db| {
            let transaction = db.transaction()?;
            let upload = statuses::get(&transaction, consignment, StatusKind::Upload)?;
            let outcome = match upload.map(|status| status.value) {
                None => Triggered::NoUpload,
                Some(StatusValue::Completed | StatusValue::CompletedWithIssues) => Triggered::AlreadyDone,
                Some(StatusValue::InProgress | StatusValue::Failed) => {
                    begin(&transaction, consignment, now)?;
                    Triggered::Started
                }
            };
            transaction.commit()?;
            Ok(outcome)
        })?;
        if outcome == Triggered::Started {
            self.resume()?;
        }
        Ok(outcome)
    }

    /// Records that the person gave up the upload. Harmless if the upload is already over.
    pub(crate) fn give_up(&self, consignment: Uuid) -> rusqlite::Result<()> {
        let now = self.realm.clock.now();
        self.realm.db.with(|db| {
            let upload = statuses::get(db, consignment, StatusKind::Upload)?;
            if upload.is_some_and(|status| status.value == StatusValue::InProgress) {
                statuses::update(db, consignment, StatusKind::Upload, StatusValue::CompletedWithIssues, now)?;
            }
            Ok(())
        })
    }

    /// Records the stages that the clock has passed, and starts the comparisons that nobody is making.
    pub(crate) fn resume(self: &Arc<Self>) -> rusqlite::Result<()> {
        for consignment in self.advance()? {
            if self.comparing.lock().insert(consignment) {
                let checks = Arc::clone(self);
                // A comparison that fails is made again the next time a role looks.
                tokio::task::spawn_blocking(move || {
                    if let Err(error) = checks.compare(consignment) {
                        tracing::error!(%error, "the files of a consignment could not be compared");
                    }
                    checks.comparing.lock().remove(&consignment);
                });
            }
        }
        Ok(())
    }

    /// Records the stages that the clock has passed, and returns the consignments whose files are still to be compared.
    pub(super) fn advance(&self) -> rusqlite::Result<Vec<Uuid>> {
        let now = self.realm.clock.now();
        self.realm.db.with(|db| {
            let pending = pending(db)?;
            if pending.is_empty() {
                return Ok(Vec::new());
            }
            let transaction = db.transaction()?;
            for checks in pending.iter().filter(|checks| checks.compared) {
                settle(&transaction, checks, phase(checks, now, self.seconds), now)?;
            }
            transaction.commit()?;
            Ok(pending.iter().filter(|checks| !checks.compared).map(|checks| checks.consignment).collect())
        })
    }

    /// Returns how far the checks of a consignment are.
    pub(crate) fn progress(&self, consignment: Uuid) -> rusqlite::Result<Progress> {
        let now = self.realm.clock.now();
        self.realm.db.with(|db| progress(db, consignment, now, self.seconds))
    }

    /// Returns the database that all consignments are in.
    pub(super) fn db(&self) -> &Db {
        &self.realm.db
    }

    /// Returns whether nothing is left to compare.
    #[cfg(test)]
    pub(crate) fn compared(&self) -> rusqlite::Result<bool> {
        self.realm.db.with(|db| Ok(pending(db)?.iter().all(|checks| checks.compared)))
    }

    /// Compares every stored object with what was declared for it.
    fn compare(&self, consignment: Uuid) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let rows = self.realm.db.with(|db| {
            let owner = tables::by_id(db, consignment)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?.user_id;
            let filter = files::Filter { kind: Some(files::FILE.to_owned()), ..files::Filter::default() };
            Ok((owner, files::list(db, consignment, &filter, None)?))
        })?;
        let (owner, rows) = rows;
        let folder = format!("{owner}/{consignment}");
        let known = store::known_sha256(&self.store, &folder)?;
        let mut findings = Vec::new();
        for row in rows {
            let key = format!("{folder}/{}", row.id);
            let sha256 = match known.get(&key) {
                None => None,
                Some(Some(sha256)) => Some(sha256.clone()),
                Some(None) => store::sha256_of(&self.store, &key)?,
            };
            let verdict = match sha256 {
                None => "missing",
                Some(sha256) if sha256 == EICAR => "virus",
                Some(sha256) if row.checksum.as_deref() != Some(sha256.as_str()) => "mismatch",
                Some(_) => continue,
            };
            findings.push((row.id, verdict));
        }
        self.realm.db.with(|db| {
            let transaction = db.transaction()?;
            transaction.execute("delete from verdicts where consignment_id = ?1", [consignment.to_string()])?;
            for (file, verdict) in &findings {
                transaction
                    .prepare_cached("insert into verdicts (file_id, consignment_id, verdict) values (?1, ?2, ?3)")?
                    .execute(params![file.to_string(), consignment.to_string(), verdict])?;
            }
            transaction
                .execute("update checks set compared = 1 where consignment_id = ?1", [consignment.to_string()])?;
            transaction.commit()
        })?;
        Ok(())
    }
}

/// Returns how far the checks of a consignment are, `seconds` being what they take together.
fn progress(db: &Connection, consignment: Uuid, now: DateTime<Utc>, seconds: u32) -> rusqlite::Result<Progress> {
    let Some(checks) = find(db, consignment)? else {
        return seeded_progress(db, consignment);
    };
    let total = files::count(db, consignment)?;
    let missing = verdicts(db, consignment, "missing")?;
    let ended = checks.stage == ENDED;
    let (scanned, summed, identified) = if ended { (1.0, 1.0, 1.0) } else { phase(&checks, now, seconds) };
    let share = |of: f64| {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "a share of at most `total` rows"
        )]
        let rows = (total as f64 * of).floor() as i64;
        rows
    };
    if missing > 0 {
        return Ok(Progress { antivirus: share(scanned).min(total - missing), ..Progress::default() });
    }
    // Without findings the later checks have nothing to report.
    let found = |of| if checks.compared { share(of) } else { 0 };
    Ok(Progress { antivirus: share(scanned), checksum: found(summed), ffid: found(identified) })
}

/// Returns whether every file has passed all three checks.
pub(crate) fn all_succeeded(db: &Connection, consignment: Uuid) -> rusqlite::Result<bool> {
    let total = files::count(db, consignment)?;
    let (good, other): (i64, i64) = db
        .prepare_cached(
            "select coalesce(sum(file_statuses.kind in ('Antivirus', 'ChecksumMatch', 'FFID') and value = 'Success'), 0),
                    coalesce(sum(value <> 'Success'), 0)
             from file_statuses join files on files.id = file_id where consignment_id = ?1 and files.kind = 'File'",
        )?
        .query_row([consignment.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(total > 0 && good == 3 * total && other == 0)
}

struct Row {
    consignment: Uuid,
    started: DateTime<Utc>,
    stage: i64,
    compared: bool,
}

fn begin(db: &Connection, consignment: Uuid, now: DateTime<Utc>) -> rusqlite::Result<()> {
    db.execute(
        "insert into checks (consignment_id, started_ms, stage, compared) values (?1, ?2, ?3, 0)
         on conflict (consignment_id) do update set started_ms = ?2, stage = ?3, compared = 0",
        params![consignment.to_string(), now.timestamp_millis(), STARTED],
    )?;
    for kind in [StatusKind::ServerAntivirus, StatusKind::ServerChecksum, StatusKind::ServerFfid] {
        statuses::put(db, consignment, kind, StatusValue::InProgress, now)?;
    }
    statuses::update(db, consignment, StatusKind::Upload, StatusValue::Completed, now)?;
    Ok(())
}

fn pending(db: &Connection) -> rusqlite::Result<Vec<Row>> {
    let mut statement = db.prepare_cached("select * from checks where stage < ?1")?;
    let rows = statement.query_map([ENDED], read)?;
    rows.collect()
}

fn find(db: &Connection, consignment: Uuid) -> rusqlite::Result<Option<Row>> {
    db.prepare_cached("select * from checks where consignment_id = ?1")?
        .query_row([consignment.to_string()], read)
        .optional()
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        consignment: tables::uuid(row, "consignment_id")?,
        started: DateTime::from_timestamp_millis(row.get("started_ms")?).unwrap_or_default(),
        stage: row.get("stage")?,
        compared: row.get("compared")?,
    })
}

/// Returns how much of each of the three checks the clock has passed, from 0 to 1.
fn phase(checks: &Row, now: DateTime<Utc>, seconds: u32) -> (f64, f64, f64) {
    let third = TimeDelta::milliseconds(i64::from(seconds) * 1_000 / 3);
    let share = |starts: TimeDelta| {
        let passed = now.signed_duration_since(checks.started) - starts;
        if third.is_zero() {
            return 1.0;
        }
        #[allow(clippy::cast_precision_loss, reason = "milliseconds of a few hours at most")]
        let share = passed.num_milliseconds() as f64 / third.num_milliseconds() as f64;
        share.clamp(0.0, 1.0)
    };
    (share(TimeDelta::zero()), share(third), share(third + third))
}

/// Records what a passed stage found.
fn settle(db: &Connection, checks: &Row, phase: (f64, f64, f64), now: DateTime<Utc>) -> rusqlite::Result<()> {
    let id = checks.consignment;
    let over = [phase.0 >= 1.0, phase.1 >= 1.0, phase.2 >= 1.0];
    let mut stage = checks.stage;
    if stage == STARTED && over[0] {
        if verdicts(db, id, "missing")? > 0 {
            statuses::put(db, id, StatusKind::ServerAntivirus, StatusValue::Failed, now)?;
            statuses::put(db, id, StatusKind::ClientChecks, StatusValue::Failed, now)?;
            return set_stage(db, id, ENDED);
        }
        record(db, id, "Antivirus", "virus", "VirusDetected")?;
        server_status(db, id, StatusKind::ServerAntivirus, verdicts(db, id, "virus")?, now)?;
        stage = SCANNED;
    }
    if stage == SCANNED && over[1] {
        record(db, id, "ChecksumMatch", "mismatch", "Mismatch")?;
        server_status(db, id, StatusKind::ServerChecksum, verdicts(db, id, "mismatch")?, now)?;
        stage = SUMMED;
    }
    if stage == SUMMED && over[2] {
        record(db, id, "FFID", "", "")?;
        server_status(db, id, StatusKind::ServerFfid, 0, now)?;
        let issues = verdicts(db, id, "virus")? + verdicts(db, id, "mismatch")?;
        server_status(db, id, StatusKind::ClientChecks, issues, now)?;
        stage = ENDED;
    }
    if stage == checks.stage { Ok(()) } else { set_stage(db, id, stage) }
}

fn set_stage(db: &Connection, consignment: Uuid, stage: i64) -> rusqlite::Result<()> {
    db.execute("update checks set stage = ?2 where consignment_id = ?1", params![consignment.to_string(), stage])?;
    Ok(())
}

fn server_status(
    db: &Connection,
    consignment: Uuid,
    kind: StatusKind,
    issues: i64,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let value = if issues > 0 { StatusValue::CompletedWithIssues } else { StatusValue::Completed };
    statuses::put(db, consignment, kind, value, now)
}

/// Gives every file a status of this type: `bad` if the comparison came to `verdict`, otherwise Success.
fn record(db: &Connection, consignment: Uuid, kind: &str, verdict: &str, bad: &str) -> rusqlite::Result<()> {
    db.execute(
        "insert or replace into file_statuses (file_id, kind, value)
         select files.id, ?2, case when verdicts.verdict = ?3 then ?4 else 'Success' end
         from files left join verdicts on verdicts.file_id = files.id
         where files.consignment_id = ?1 and files.kind = 'File'",
        params![consignment.to_string(), kind, verdict, bad],
    )?;
    Ok(())
}

fn verdicts(db: &Connection, consignment: Uuid, verdict: &str) -> rusqlite::Result<i64> {
    db.prepare_cached("select count(*) from verdicts where consignment_id = ?1 and verdict = ?2")?
        .query_row([consignment.to_string().as_str(), verdict], |row| row.get(0))
}

/// Returns the progress of a sample consignment in a later state: as many rows as have a status.
fn seeded_progress(db: &Connection, consignment: Uuid) -> rusqlite::Result<Progress> {
    let count = |kind: &str| {
        db.prepare_cached(
            "select count(*) from file_statuses join files on files.id = file_id
             where consignment_id = ?1 and file_statuses.kind = ?2",
        )?
        .query_row([consignment.to_string().as_str(), kind], |row| row.get(0))
    };
    Ok(Progress { antivirus: count("Antivirus")?, checksum: count("ChecksumMatch")?, ffid: count("FFID")? })
}
