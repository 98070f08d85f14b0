//! How a file is divided: sent whole in one request, or in parts.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::PartNumber;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The rules for dividing files, with sizes in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRules {
    /// Files smaller than this are sent in one PutObject.
    pub single_put_below: u64,
    /// The size of a part, unless the file would then need more than 10,000 parts.
    pub part_size: u64,
}

impl PartRules {
    /// S3's minimum size for every part except the last (AWS, "Amazon S3 multipart upload limits").
    pub const MIN_PART: u64 = 5 * MIB;
    /// S3's maximum size for a part and for a single PUT.
    pub const MAX_PART: u64 = 5 * GIB;
}

impl Default for PartRules {
    /// Uses 8 MiB parts and sends files under 16 MiB whole, because up to that size one request is faster than three.
    fn default() -> Self {
        Self { single_put_below: 16 * MIB, part_size: 8 * MIB }
    }
}

/// The division of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PartPlan {
    /// One PutObject.
    Single {
        /// Size of the file in bytes.
        size: u64,
    },
    /// A multipart upload.
    Multipart {
        /// Size of the file in bytes.
        size: u64,
        /// Size of every part except the last, in bytes.
        part_size: u64,
        /// Number of parts, 1 to 10,000.
        parts: u16,
    },
}

/// A byte range of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub len: u64,
}

/// Why a file cannot be divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PartPlanError {
    /// More than 10,000 parts of 5 GiB.
    #[error("a file of {0} bytes is larger than 10,000 parts of 5 GiB")]
    TooLarge(u64),
    /// A part size outside 5 MiB to 5 GiB, or a single PUT over 5 GiB.
    #[error("parts must be between 5 MiB and 5 GiB")]
    BadRules,
}

impl PartPlan {
    /// Plans the parts of a file of `size` bytes.
    ///
    /// The part size is the configured one, or the smallest whole number of MiB for which 10,000 parts are enough.
    ///
    /// # Errors
    /// Returns [`PartPlanError::TooLarge`] over 10,000 x 5 GiB, and [`PartPlanError::BadRules`] if the rules break S3's
    /// limits.
    pub fn new(size: u64, rules: PartRules) -> Result<Self, PartPlanError> {
        let allowed = PartRules::MIN_PART..=PartRules::MAX_PART;
        if !allowed.contains(&rules.part_size) || rules.single_put_below > PartRules::MAX_PART {
            return Err(PartPlanError::BadRules);
        }
        if size == 0 || size < rules.single_put_below {
            return Ok(Self::Single { size });
        }
        let needed = size.div_ceil(u64::from(PartNumber::MAX)).next_multiple_of(MIB);
        let part_size = rules.part_size.max(needed);
        if part_size > PartRules::MAX_PART {
            return Err(PartPlanError::TooLarge(size));
        }
        let parts = u16::try_from(size.div_ceil(part_size)).map_err(|_| PartPlanError::TooLarge(size))?;
        Ok(Self::Multipart { size, part_size, parts })
    }

    /// Returns the size of the file in bytes.
    #[must_use]
    pub fn size(self) -> u64 {
        match self {
            Self::Single { size } | Self::Multipart { size, .. } => size,
        }
    }

    /// Returns how many requests carry the file's bytes: 1 for a single PUT.
    #[must_use]
    pub fn count(self) -> u16 {
        match self {
            Self::Single { .. } => 1,
            Self::Multipart { parts, .. } => parts,
        }
    }

    /// Returns the byte range of a part, or `None` for a number beyond the last. A single PUT has one part, the whole
    /// file.
    #[must_use]
    pub fn range(self, part: PartNumber) -> Option<ByteRange> {
        let (size, part_size) = match self {
            Self::Single { size } => (size, size),
            Self::Multipart { size, part_size, .. } => (size, part_size),
        };
        if part.get() > self.count() {
            return None;
        }
        let offset = u64::from(part.get() - 1) * part_size;
        Some(ByteRange { offset, len: part_size.min(size - offset) })
    }

    /// Returns all parts in order, with their byte ranges.
    pub fn ranges(self) -> impl Iterator<Item = (PartNumber, ByteRange)> {
        (1..=self.count()).filter_map(move |number| {
            let part = PartNumber::new(number)?;
            Some((part, self.range(part)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_cover_the_file_once_and_keep_within_the_limits_of_the_store(
            size in prop_oneof![0..64 * MIB, 0..50_000 * GIB],
            part_size in PartRules::MIN_PART..64 * MIB,
        ) {
            let rules = PartRules { single_put_below: 2 * part_size, part_size };
            let plan = PartPlan::new(size, rules).unwrap();
            prop_assert!(plan.count() >= 1 && plan.count() <= PartNumber::MAX);
            let mut next = 0;
            let mut last = None;
            for (part, range) in plan.ranges() {
                prop_assert_eq!(range.offset, next);
                prop_assert!(range.len <= PartRules::MAX_PART);
                if part.get() < plan.count() {
                    prop_assert!(range.len >= PartRules::MIN_PART);
                }
                next += range.len;
                last = Some(part);
            }
            prop_assert_eq!(next, size);
            prop_assert_eq!(last.map(PartNumber::get), Some(plan.count()));
            prop_assert!(plan.count() == PartNumber::MAX || plan.range(PartNumber::new(plan.count() + 1).unwrap()).is_none());
        }
    }

    #[test]
    fn plans_at_the_limits_of_the_rules_and_the_store() {
        let rules = PartRules::default();
        assert_eq!(PartPlan::new(0, rules), Ok(PartPlan::Single { size: 0 }));
        assert_eq!(PartPlan::new(16 * MIB - 1, rules), Ok(PartPlan::Single { size: 16 * MIB - 1 }));
        assert_eq!(PartPlan::new(16 * MIB, rules).unwrap().count(), 2);
        assert_eq!(PartPlan::new(10_000 * 8 * MIB, rules).unwrap().count(), 10_000);
        let one_more = PartPlan::new(10_000 * 8 * MIB + 1, rules).unwrap();
        assert_eq!(one_more.range(PartNumber::FIRST).unwrap().len, 9 * MIB);
        assert_eq!(PartPlan::new(50_000 * GIB, rules).unwrap().count(), 10_000);
        assert_eq!(PartPlan::new(50_000 * GIB + 1, rules), Err(PartPlanError::TooLarge(50_000 * GIB + 1)));
        let small = PartRules { single_put_below: 0, part_size: PartRules::MIN_PART - 1 };
        assert_eq!(PartPlan::new(1, small), Err(PartPlanError::BadRules));
    }
}
