//! The one thread that writes.
//!
//! Commits together all that arrived while it was busy, each list of writes in its own savepoint, so that one sync of
//! the disk serves many and a bad list fails alone. If a commit fails as a whole (a full disk), every list is tried by
//! itself, and what fits is written. Nobody gets an answer before the commit.

use std::path::PathBuf;
use std::sync::mpsc::Receiver;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
#[cfg(feature = "kill-points")]
use waybill_kill_points::reached;

use crate::apply::apply_all;
use crate::change::Write;
use crate::error::{Fault, JournalError, explain, explain_sql};
use crate::file;
use crate::lock::OwnerLock;

/// The most lists of writes in one commit.
const GROUP: usize = 256;

/// Who waits for the outcome.
pub(crate) type Answer = Box<dyn FnOnce(Result<(), JournalError>) + Send>;

/// A list of writes and who waits for it.
pub(crate) struct Job {
    pub(crate) writes: Vec<Write>,
    pub(crate) answer: Answer,
}

/// A message to the writer.
pub(crate) enum Message {
    Write(Job),
    /// Finish, and answer when the folder is free.
    Close(Answer),
}

pub(crate) struct Writer {
    dir: PathBuf,
    file: PathBuf,
    /// `None` after the disk failed under it, until it is reopened.
    conn: Option<Connection>,
    /// Damage was found: nothing more is written.
    damage: Option<JournalError>,
    /// Released after the connection has ended.
    lock: OwnerLock,
}

impl Writer {
    pub(crate) fn new(dir: PathBuf, conn: Connection, lock: OwnerLock) -> Self {
        let file = file::path_in(&dir);
        Self { dir, file, conn: Some(conn), damage: None, lock }
    }

    /// Writes until it is ordered to end, or until no sender is left.
    pub(crate) fn run(mut self, messages: &Receiver<Message>) {
        let mut closing = None;
        while closing.is_none() {
            let mut group = Vec::new();
            match messages.recv() {
                Ok(Message::Write(job)) => group.push(job),
                Ok(Message::Close(answer)) => closing = Some(answer),
                Err(_) => break,
            }
            while closing.is_none() && group.len() < GROUP {
                match messages.try_recv() {
                    Ok(Message::Write(job)) => group.push(job),
                    Ok(Message::Close(answer)) => closing = Some(answer),
                    Err(_) => break,
                }
            }
            self.commit(group);
        }
        let result = self.end();
        if let Some(answer) = closing {
            answer(result);
        }
    }

    /// Commits a group and answers every job in it.
    fn commit(&mut self, group: Vec<Job>) {
        let mut outcomes = self.try_group(&group);
        if group.len() > 1 && outcomes.is_err() && self.damage.is_none() {
            let each = group.iter().map(|job| self.try_group(std::slice::from_ref(job)));
            outcomes = Ok(each.map(|outcome| outcome.and_then(|mut one| one.pop().unwrap_or(Ok(())))).collect());
        }
        match outcomes {
            Ok(outcomes) => group.into_iter().zip(outcomes).for_each(|(job, outcome)| (job.answer)(outcome)),
            Err(error) => group.into_iter().for_each(|job| (job.answer)(Err(error.clone()))),
        }
    }

    /// One transaction. `Err`: nothing of it was kept.
    fn try_group(&mut self, group: &[Job]) -> Result<Vec<Result<(), JournalError>>, JournalError> {
        if let Some(damage) = &self.damage {
            return Err(damage.clone());
        }
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => file::open_again(&self.dir)?,
        };
        let result = transaction(&conn, group);
        if result.is_err() && !conn.is_autocommit() {
            // The error that led here is the one to report; a connection that cannot roll back is not used again.
            drop(conn.execute_batch("ROLLBACK"));
        }
        let result = result.map_err(|fault| explain(&self.file, fault)).map(|outcomes| {
            let explained = outcomes.into_iter().map(|outcome| outcome.map_err(|fault| explain(&self.file, fault)));
            explained.collect::<Vec<_>>()
        });
        self.keep(conn, &result);
        result
    }

    /// Keeps the connection, unless the disk failed under it or damage was found.
    fn keep(&mut self, conn: Connection, result: &Result<Vec<Result<(), JournalError>>, JournalError>) {
        let errors = match result {
            Ok(outcomes) => outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect(),
            Err(error) => vec![error],
        };
        let damage = errors.iter().find(|error| matches!(error, JournalError::Corrupt { .. }));
        let failed = errors.iter().any(|error| matches!(error, JournalError::Unusable { .. }));
        if let Some(damage) = damage {
            tracing::error!(error = %damage, "the journal is damaged; nothing is written to it any more");
            self.damage = Some((*damage).clone());
        }
        if damage.is_some() || failed {
            leave_as_is(conn);
        } else if conn.is_autocommit() {
            self.conn = Some(conn);
        }
    }

    /// Copies the log back, ends the connection and frees the folder.
    fn end(self) -> Result<(), JournalError> {
        let Self { file, conn, damage, lock, .. } = self;
        let result = match (conn, damage) {
            (_, Some(damage)) => Err(damage),
            (None, None) => Ok(()),
            (Some(conn), None) => close(conn).map_err(|error| explain_sql(&file, &error)),
        };
        drop(lock);
        result
    }
}

/// Applies every job in its own savepoint and commits. `Err`: nothing of it was kept.
fn transaction(conn: &Connection, group: &[Job]) -> Result<Vec<Result<(), Fault>>, Fault> {
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let mut outcomes = Vec::with_capacity(group.len());
    for job in group {
        conn.prepare_cached("SAVEPOINT job")?.execute([])?;
        let outcome = apply_all(conn, &job.writes);
        if let Err(fault) = outcome {
            if conn.is_autocommit() {
                // SQLite has rolled everything back (sqlite.org/lang_transaction.html, "Response To Errors").
                return Err(fault);
            }
            conn.prepare_cached("ROLLBACK TO job")?.execute([])?;
            outcomes.push(Err(fault));
        } else {
            outcomes.push(Ok(()));
        }
        conn.prepare_cached("RELEASE job")?.execute([])?;
    }
    reached("journal: before a commit");
    conn.execute_batch("COMMIT")?;
    reached("journal: after a commit");
    Ok(outcomes)
}

/// An instant at which a test may kill this process.
#[cfg(not(feature = "kill-points"))]
fn reached(_instant: &str) {}

/// Ends a connection without copying the log back.
fn leave_as_is(conn: Connection) {
    let kept = conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    let ended = conn.close().map_err(|(_, error)| error);
    if let Err(error) = kept.map(drop).and(ended) {
        tracing::warn!(%error, "a connection to the journal could not be closed cleanly");
    }
}

fn close(conn: Connection) -> rusqlite::Result<()> {
    // Readers still running are not waited for: the next owner copies the log back.
    conn.busy_timeout(std::time::Duration::ZERO)?;
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    conn.close().map_err(|(_, error)| error)
}

#[cfg(test)]
mod tests;
