//! The formats of the journal's file, and the migration from each to the next.
//!
//! One file for each step, with its own old types: a released step is never edited, and uses none of the current types,
//! which keep changing. The format is in `PRAGMA user_version`.

mod v1;
mod v2;
mod v3;
mod v4;
mod v5;
mod v6;

use rusqlite::Connection;

/// Marks the file as ours: `WAYB`.
pub(crate) const APPLICATION_ID: i32 = 0x5741_5942;

/// The newest format that is known here. The words stored in columns (states, phases, codes) belong to the format: a
/// new word that an older program could meet needs a new format.
pub(crate) const KNOWN: u32 = 6;

/// Migrates a file from the previous format to this one.
type Step = fn(&Connection) -> rusqlite::Result<()>;

/// In order; the last one leads to [`KNOWN`].
const STEPS: [(u32, Step); 6] =
    [(1, v1::apply), (2, v2::apply), (3, v3::apply), (4, v4::apply), (5, v5::apply), (6, v6::apply)];

/// Migrates a file of format `from` (0: a new one) to format [`KNOWN`], each step in its own transaction.
pub(crate) fn migrate(conn: &Connection, from: u32) -> rusqlite::Result<()> {
    for (to, step) in &STEPS {
        if *to > from {
            let transaction = conn.unchecked_transaction()?;
            step(&transaction)?;
            transaction.pragma_update(None, "user_version", to)?;
            transaction.commit()?;
        }
    }
    Ok(())
}
