//! Which of the service's file ids belong to which items.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, params};
use waybill_model::{FileId, ItemId, RelPath, TransferId};

use super::Reader;
use crate::error::JournalError;
use crate::stored;

/// What pairs of item and file id from the service mean, compared with the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// Items that get their file id: to be written as [`Change::FileIds`](crate::Change::FileIds).
    pub fresh: Vec<(ItemId, FileId)>,
    /// Items that already have exactly this file id.
    pub known: u64,
    /// Pairs that cannot be right: an unknown item, or one that was left out or never hashed; a second id for an item;
    /// an id of another item.
    pub surplus: u64,
}

impl Reader {
    /// Returns the path of the item with this file id; `None` if no item has it.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn path_of_file(&self, id: TransferId, file: FileId) -> Result<Option<RelPath>, JournalError> {
        let key = self.key(id)?;
        let mut statement = self.prepare("SELECT path FROM items WHERE transfer = ?1 AND file_id = ?2")?;
        let found = statement.query_row(params![key, file.0.as_bytes().as_slice()], |row| stored::path(row, "path"));
        self.told(found.optional())
    }

    /// Sorts pairs of item and file id from the service. Writes nothing.
    ///
    /// # Errors
    /// See [`Reader`].
    pub fn match_file_ids(&self, id: TransferId, pairs: &[(ItemId, FileId)]) -> Result<Matching, JournalError> {
        let key = self.key(id)?;
        let mut by_item = self.prepare(
            "SELECT file_id, state <> 1 AND sha256 IS NOT NULL FROM items WHERE transfer = ?1 AND item = ?2",
        )?;
        let mut by_id = self.prepare("SELECT 1 FROM items WHERE transfer = ?1 AND file_id = ?2")?;
        let mut matching = Matching::default();
        let mut items: BTreeMap<ItemId, FileId> = BTreeMap::new();
        let mut ids: BTreeMap<FileId, ItemId> = BTreeMap::new();
        for &(item, file_id) in pairs {
            let found = match i64::try_from(item.0) {
                Ok(number) => self.told(
                    by_item
                        .query_row(params![key, number], |row| {
                            let known = row.get_ref(0)?.as_blob_or_null()?.map(stored::uuid).transpose()?;
                            Ok((known.map(FileId), row.get::<_, bool>(1)?))
                        })
                        .optional(),
                )?,
                Err(_) => None,
            };
            match found {
                Some((Some(known), _)) if known == file_id => matching.known += 1,
                Some((None, true)) => {
                    let taken = self.told(by_id.exists(params![key, file_id.0.as_bytes().as_slice()]))?;
                    let twice = items.get(&item).is_some_and(|other| *other != file_id)
                        || ids.get(&file_id).is_some_and(|other| *other != item);
                    if taken || twice {
                        matching.surplus += 1;
                    } else if items.insert(item, file_id).is_none() {
                        ids.insert(file_id, item);
                        matching.fresh.push((item, file_id));
                    }
                }
                Some((Some(_) | None, _)) | None => matching.surplus += 1,
            }
        }
        Ok(matching)
    }
}
