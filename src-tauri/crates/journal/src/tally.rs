//! The counts of a transfer, kept as its items change: a progress bar must not count a million rows.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use crate::error::Fault;
use crate::rows::{Count, StateKind, Totals};
use crate::stored::amount;

/// What one item contributes to the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// Its state.
    pub(crate) kind: StateKind,
    /// Its size.
    pub(crate) bytes: u64,
    /// Bytes of its acknowledged parts; they count only while it is ready.
    pub(crate) part_bytes: u64,
    /// It has a file id.
    pub(crate) matched: bool,
}

impl Totals {
    /// Adds an item to the counts.
    pub(crate) fn enter(&mut self, share: Share) {
        let count = self.count_mut(share.kind);
        count.items += 1;
        count.bytes += share.bytes;
        if share.kind == StateKind::Ready {
            self.part_bytes += share.part_bytes;
            self.unmatched += u64::from(!share.matched);
        }
    }

    /// Removes an item from the counts.
    ///
    /// # Errors
    /// [`Fault::Refused`] if it cannot have been counted.
    pub(crate) fn leave(&mut self, share: Share) -> Result<(), Fault> {
        let wrong = || Fault::Refused("the journal's counts do not fit its items".to_owned());
        let less = |from: u64, by: u64| from.checked_sub(by).ok_or_else(wrong);
        let count = self.count_mut(share.kind);
        *count = Count { items: less(count.items, 1)?, bytes: less(count.bytes, share.bytes)? };
        if share.kind == StateKind::Ready {
            self.part_bytes = less(self.part_bytes, share.part_bytes)?;
            self.unmatched = less(self.unmatched, u64::from(!share.matched))?;
        }
        Ok(())
    }

    fn count_mut(&mut self, kind: StateKind) -> &mut Count {
        match kind {
            StateKind::Found => &mut self.found,
            StateKind::LeftOut => &mut self.left_out,
            StateKind::Ready => &mut self.ready,
            StateKind::Sent => &mut self.sent,
            StateKind::SetAside => &mut self.set_aside,
        }
    }
}

/// Reads the counts of the transfer with this key.
pub(crate) fn load(conn: &Connection, key: i64) -> rusqlite::Result<Totals> {
    let mut statement = conn.prepare_cached("SELECT * FROM tallies WHERE transfer = ?1")?;
    statement.query_row([key], read).optional().map(Option::unwrap_or_default)
}

/// Writes the counts of the transfer with this key.
pub(crate) fn store(conn: &Connection, key: i64, totals: &Totals) -> Result<(), Fault> {
    let mut statement = conn.prepare_cached(
        "INSERT OR REPLACE INTO tallies VALUES (:transfer, :found_items, :found_bytes, :left_out_items, \
         :left_out_bytes, :ready_items, :ready_bytes, :sent_items, :sent_bytes, :set_aside_items, :set_aside_bytes, \
         :part_bytes, :unmatched)",
    )?;
    statement.execute(named_params! {
        ":transfer": key,
        ":found_items": i64::try_from(totals.found.items)?,
        ":found_bytes": i64::try_from(totals.found.bytes)?,
        ":left_out_items": i64::try_from(totals.left_out.items)?,
        ":left_out_bytes": i64::try_from(totals.left_out.bytes)?,
        ":ready_items": i64::try_from(totals.ready.items)?,
        ":ready_bytes": i64::try_from(totals.ready.bytes)?,
        ":sent_items": i64::try_from(totals.sent.items)?,
        ":sent_bytes": i64::try_from(totals.sent.bytes)?,
        ":set_aside_items": i64::try_from(totals.set_aside.items)?,
        ":set_aside_bytes": i64::try_from(totals.set_aside.bytes)?,
        ":part_bytes": i64::try_from(totals.part_bytes)?,
        ":unmatched": i64::try_from(totals.unmatched)?,
    })?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Totals> {
    let count = |items: &str, bytes: &str| {
        Ok::<_, rusqlite::Error>(Count { items: amount(row, items)?, bytes: amount(row, bytes)? })
    };
    Ok(Totals {
        found: count("found_items", "found_bytes")?,
        left_out: count("left_out_items", "left_out_bytes")?,
        ready: count("ready_items", "ready_bytes")?,
        sent: count("sent_items", "sent_bytes")?,
        set_aside: count("set_aside_items", "set_aside_bytes")?,
        part_bytes: amount(row, "part_bytes")?,
        unmatched: amount(row, "unmatched")?,
    })
}
