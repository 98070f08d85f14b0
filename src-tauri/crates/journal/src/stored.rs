//! How the model's values are stored in columns. The representation belongs to the file's format: the model may change,
//! this may not without a migration.

mod json;
mod system_path;
mod way;
mod words;

pub(crate) use json::{
    checks_from_json, checks_to_json, person_from_json, person_to_json, target_from_json, target_to_json,
};
pub(crate) use system_path::{path_from_bytes, path_to_bytes};
pub(crate) use way::{way_from_json, way_to_json};
pub(crate) use words::{
    hold_from_word, kind_number, phase_from_word, phase_to_word, state_from_columns, state_to_columns,
};

use std::hash::Hasher as _;

use fnv::FnvHasher;
use rusqlite::types::Type;
use rusqlite::{Error, Row};
use uuid::Uuid;
use waybill_model::{Crc64Nvme, FileKey, Identity, PartPlan, RelPath, Sha256Digest};

use crate::error::Fault;

/// A value in a column that cannot have been written: damage that SQLite cannot detect.
pub(crate) fn damaged(what: impl Into<String>) -> Error {
    Error::FromSqlConversionFailure(0, Type::Null, what.into().into())
}

/// Reads an amount: never negative.
pub(crate) fn amount(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| damaged(format!("{column} is negative")))
}

pub(crate) fn path(row: &Row<'_>, column: &str) -> rusqlite::Result<RelPath> {
    RelPath::new(row.get::<_, String>(column)?).map_err(|error| damaged(error.to_string()))
}

pub(crate) fn uuid(bytes: &[u8]) -> rusqlite::Result<Uuid> {
    Uuid::from_slice(bytes).map_err(|error| damaged(error.to_string()))
}

pub(crate) fn digest(bytes: &[u8]) -> rusqlite::Result<Sha256Digest> {
    let bytes = bytes.try_into().map_err(|_| damaged("a checksum is not of 32 bytes"))?;
    Ok(Sha256Digest(bytes))
}

/// The columns `size`, `modified_ns`, `modified_seconds`, `volume`, `file`.
pub(crate) struct IdentityColumns {
    pub(crate) size: i64,
    pub(crate) modified_ns: i64,
    pub(crate) modified_seconds: Option<i64>,
    pub(crate) volume: Option<i64>,
    pub(crate) file: Option<i64>,
}

impl TryFrom<Identity> for IdentityColumns {
    type Error = Fault;

    fn try_from(identity: Identity) -> Result<Self, Fault> {
        let (modified_ns, modified_seconds) = modified_to_columns(identity.modified_ns)?;
        Ok(Self {
            size: identity.size.try_into()?,
            modified_ns,
            modified_seconds,
            volume: identity.file_key.map(|key| key.volume.cast_signed()),
            file: identity.file_key.map(|key| key.file.cast_signed()),
        })
    }
}

/// The column `folder_key`: volume and file number.
pub(crate) fn folder_key_to_text(key: FileKey) -> String {
    format!("{}:{}", key.volume, key.file)
}

pub(crate) fn folder_key_from_text(text: &str) -> rusqlite::Result<FileKey> {
    let numbers = text.split_once(':').and_then(|(volume, file)| Some((volume.parse().ok()?, file.parse().ok()?)));
    let (volume, file) = numbers.ok_or_else(|| damaged("the key of a folder is not two numbers"))?;
    Ok(FileKey { volume, file })
}

const SECOND: i128 = 1_000_000_000;

/// The columns `modified_ns` and `modified_seconds`. 64 bits of nanoseconds reach from 1677 to 2262.
fn modified_to_columns(nanoseconds: i128) -> Result<(i64, Option<i64>), Fault> {
    match i64::try_from(nanoseconds) {
        Ok(all) => Ok((all, None)),
        Err(_) => Ok((nanoseconds.rem_euclid(SECOND).try_into()?, Some(nanoseconds.div_euclid(SECOND).try_into()?))),
    }
}

/// Returns the nanoseconds since the epoch.
pub(crate) fn modified_from_columns(modified_ns: i64, modified_seconds: Option<i64>) -> i128 {
    i128::from(modified_seconds.unwrap_or(0)) * SECOND + i128::from(modified_ns)
}

/// The column `part_size`: null for a file that is sent whole.
///
/// # Errors
/// [`Fault::Refused`] if the number of parts does not follow from size and part size.
pub(crate) fn plan_to_column(plan: PartPlan) -> Result<Option<i64>, Fault> {
    match plan {
        PartPlan::Single { .. } => Ok(None),
        PartPlan::Multipart { size, part_size, .. } => {
            if plan_from_columns(size, Some(part_size)) != Some(plan) {
                return Err(Fault::Refused(format!("{plan:?} does not add up")));
            }
            Ok(Some(part_size.try_into()?))
        }
    }
}

/// Returns `None` if the columns cannot be right.
pub(crate) fn plan_from_columns(size: u64, part_size: Option<u64>) -> Option<PartPlan> {
    let Some(part_size) = part_size else { return Some(PartPlan::Single { size }) };
    if part_size == 0 || size == 0 {
        return None;
    }
    let parts = u16::try_from(size.div_ceil(part_size)).ok()?;
    Some(PartPlan::Multipart { size, part_size, parts })
}

pub(crate) fn crcs_to_bytes(crcs: &[Crc64Nvme]) -> Vec<u8> {
    crcs.iter().flat_map(|crc| crc.0.to_be_bytes()).collect()
}

pub(crate) fn crcs_from_bytes(bytes: &[u8]) -> rusqlite::Result<Vec<Crc64Nvme>> {
    let (crcs, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(damaged("the checksums of an item are not of 8 bytes each"));
    }
    Ok(crcs.iter().map(|bytes| Crc64Nvme(u64::from_be_bytes(*bytes))).collect())
}

/// Returns a key that is the same for paths that differ only in case or Unicode form: FNV-1a (64 bits) of
/// [`RelPath::fold_key`]. Different paths may share it: code that groups by it must compare the fold keys themselves.
pub(crate) fn fold_hash(path: &RelPath) -> i64 {
    let text = path.as_str();
    let hash = if text.is_ascii() {
        // The fold key of ASCII is its lower case: it need not be built.
        fnv1a(text.bytes().map(|byte| byte.to_ascii_lowercase()))
    } else {
        fnv1a(path.fold_key().bytes())
    };
    hash.cast_signed()
}

fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    let mut hasher = FnvHasher::default();
    bytes.for_each(|byte| hasher.write(&[byte]));
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use waybill_model::PartRules;

    use super::*;

    #[test]
    fn a_part_plan_survives_its_part_size_column() {
        for size in [0, 1, (16 << 20) - 1, 16 << 20, (80 << 20) + 1, 10_000 * (8 << 20) + 1] {
            let plan = PartPlan::new(size, PartRules::default()).unwrap();
            let column = plan_to_column(plan).unwrap().map(|size| u64::try_from(size).unwrap());
            assert_eq!(plan_from_columns(size, column), Some(plan));
        }
        assert!(plan_to_column(PartPlan::Multipart { size: 10, part_size: 3, parts: 3 }).is_err());
        assert_eq!(plan_from_columns(1 << 40, Some(1)), None);
    }

    #[test]
    fn every_date_survives_its_columns() {
        let limits = [i64::MIN, -1, 0, 1, i64::MAX].map(i128::from);
        let far = [-11_644_473_600_000_000_001, 253_402_300_800_999_999_999, i128::from(i64::MAX) * SECOND + 7];
        for date in limits.into_iter().chain(far) {
            let (nanoseconds, seconds) = modified_to_columns(date).unwrap();
            assert_eq!(modified_from_columns(nanoseconds, seconds), date);
        }
    }

    #[test]
    fn checksums_survive_their_column_in_order() {
        let crcs = vec![Crc64Nvme(u64::MAX), Crc64Nvme(1), Crc64Nvme(0x0102_0304_0506_0708)];
        assert_eq!(crcs_from_bytes(&crcs_to_bytes(&crcs)).unwrap(), crcs);
        assert!(crcs_from_bytes(&[1, 2, 3]).is_err());
    }

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv1a(b"".iter().copied()), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar".iter().copied()), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn the_shortcut_for_ascii_gives_the_hash_of_the_fold_key() {
        for text in ["F/Readme.TXT", "a/=b (1).csv", "F/\u{212a}elvin", "F/U\u{308}ber", "F/\u{dc}BER"] {
            let path = RelPath::new(text).unwrap();
            assert_eq!(fold_hash(&path), fnv1a(path.fold_key().bytes()).cast_signed(), "{text}");
        }
    }
}
