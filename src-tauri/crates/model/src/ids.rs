//! Identifiers as distinct types, so that one cannot be passed for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::service::USER_ID;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// Returns the text as received.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

uuid_id! {
    /// TDR's own id for a consignment (`consignmentid`).
    ConsignmentId
}
uuid_id! {
    /// The id of one local, journaled transfer of a folder to a consignment.
    TransferId
}
uuid_id! {
    /// TDR's id for a registered file; the last segment of its object key.
    FileId
}
uuid_id! {
    /// The `user_id` claim: the owner of consignments and the first segment of every object key.
    UserId
}
text_id! {
    /// A consignment's reference as people see it, such as `TDR-2026-ABC`.
    ConsignmentReference
}
text_id! {
    /// The opaque id of a multipart upload, as returned by CreateMultipartUpload.
    UploadId
}
text_id! {
    /// An opaque entity tag as returned by the store, quotes included. It is not an MD5 (facts C3).
    ETag
}

text_id! {
    /// The key of one object in the store.
    ObjectKey
}

impl ObjectKey {
    /// Returns the key of a registered file: `{user}/{consignment}/{file}` (facts E5, E11), where `user` is the
    /// `user_id` claim (facts A2, D9).
    #[must_use]
    pub fn registered(user: UserId, consignment: ConsignmentId, file: FileId) -> Self {
        Self(format!("{user}/{consignment}/{file}"))
    }

    /// Returns the key that Waybill chooses, which is stable and unique for each item. `prefix` is that of
    /// [`KeyFrom::Local`](crate::service::KeyFrom::Local).
    #[must_use]
    pub fn local(prefix: &str, user: UserId, transfer: TransferId, item: ItemId) -> Self {
        let prefix = prefix.replace(USER_ID, &user.to_string());
        Self(format!("{prefix}{transfer}/{item}"))
    }
}

/// One file of a transfer, numbered from 0 in the order in which the folder was walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemId(pub u64);

impl ItemId {
    /// Returns the match id under which this item is registered: its number in decimal.
    #[must_use]
    pub fn match_id(self) -> MatchId {
        MatchId(self.0)
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text that links an item to the `fileId` that TDR assigns (`matchId`, later `uploadMatchId`). A decimal number,
/// so it has none of the dots that the load route forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MatchId(u64);

impl MatchId {
    /// Returns the item with this match id.
    #[must_use]
    pub fn item(self) -> ItemId {
        ItemId(self.0)
    }
}

impl fmt::Display for MatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for MatchId {
    type Err = std::num::ParseIntError;

    /// Accepts exactly what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > 1 && text.starts_with('0') || text.starts_with('+') {
            return "".parse::<u64>().map(Self);
        }
        text.parse().map(Self)
    }
}

/// The number of a part in a multipart upload: 1 to 10,000 (S3 limit).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct PartNumber(u16);

impl PartNumber {
    /// The first part.
    pub const FIRST: Self = Self(1);
    /// The largest number that S3 accepts.
    pub const MAX: u16 = 10_000;

    /// Creates a part number, or returns `None` outside 1 to 10,000.
    #[must_use]
    pub fn new(number: u16) -> Option<Self> {
        (1..=Self::MAX).contains(&number).then_some(Self(number))
    }

    /// Returns the number, 1 to 10,000.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for PartNumber {
    type Error = String;

    fn try_from(number: u16) -> Result<Self, Self::Error> {
        Self::new(number).ok_or_else(|| format!("part number {number} is not between 1 and 10,000"))
    }
}

impl From<PartNumber> for u16 {
    fn from(part: PartNumber) -> Self {
        part.0
    }
}

impl fmt::Display for PartNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_id_parses_only_what_it_writes() {
        assert_eq!("17".parse::<MatchId>().unwrap().item(), ItemId(17));
        assert_eq!("0".parse::<MatchId>().unwrap().item(), ItemId(0));
        for wrong in ["017", "+17", "", "17.0", "-1", "x"] {
            assert!(wrong.parse::<MatchId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_chosen_by_waybill_contains_person_transfer_and_item() {
        let (user, transfer) = (UserId(Uuid::from_u128(1)), TransferId(Uuid::from_u128(2)));
        assert_eq!(
            ObjectKey::local("in/{user_id}/", user, transfer, ItemId(3)).as_str(),
            "in/00000000-0000-0000-0000-000000000001/00000000-0000-0000-0000-000000000002/3"
        );
        assert_eq!(ObjectKey::local("", user, transfer, ItemId(3)).as_str(), "00000000-0000-0000-0000-000000000002/3");
    }

    #[test]
    fn part_numbers_stay_within_the_limits_of_the_store() {
        assert!(PartNumber::new(0).is_none());
        assert!(PartNumber::new(10_001).is_none());
        assert_eq!(PartNumber::new(10_000).map(PartNumber::get), Some(10_000));
        assert!(serde_json::from_str::<PartNumber>("0").is_err());
    }
}
