//! Identifiers as types of their own, so that one cannot be passed for another.

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
            /// The text as it came.
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
    /// TDR's own id of a consignment (`consignmentid`).
    ConsignmentId
}
uuid_id! {
    /// One local, journaled sending of one folder into one consignment.
    TransferId
}
uuid_id! {
    /// TDR's id of one registered file; the last segment of its object key.
    FileId
}
uuid_id! {
    /// The `user_id` claim: owner of consignments and first segment of every object key.
    UserId
}
text_id! {
    /// A consignment's reference as people see it, such as `TDR-2026-ABC`.
    ConsignmentReference
}
text_id! {
    /// The id of a multipart upload, as CreateMultipartUpload answered it. Opaque.
    UploadId
}
text_id! {
    /// An entity tag as the store answered it, quotes included. Opaque: not an MD5 (facts C3).
    ETag
}

text_id! {
    /// The key of one object in the store.
    ObjectKey
}

impl ObjectKey {
    /// The key of a registered file: `{user}/{consignment}/{file}` (facts E5, E11), where `user` is the `user_id` claim
    /// (facts A2, D9).
    #[must_use]
    pub fn registered(user: UserId, consignment: ConsignmentId, file: FileId) -> Self {
        Self(format!("{user}/{consignment}/{file}"))
    }

    /// The key that Waybill chooses: always the same for an item, and for no other one. `prefix` is that of
    /// [`KeyFrom::Local`](crate::service::KeyFrom::Local).
    #[must_use]
    pub fn local(prefix: &str, user: UserId, transfer: TransferId, item: ItemId) -> Self {
        let prefix = prefix.replace(USER_ID, &user.to_string());
        Self(format!("{prefix}{transfer}/{item}"))
    }
}

/// One file of a transfer, numbered from 0 in the order of the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemId(pub u64);

impl ItemId {
    /// The match id under which this item is registered: its number in decimal.
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

/// The text that ties an item to the `fileId` that TDR gives it (`matchId`, later `uploadMatchId`).
/// A decimal number, hence free of the dots that the load route forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MatchId(u64);

impl MatchId {
    /// The item that carries this match id.
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

    /// Accepts just what [`Display`](fmt::Display) writes.
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
    /// The greatest number that S3 takes.
    pub const MAX: u16 = 10_000;

    /// `None` outside 1 to 10,000.
    #[must_use]
    pub fn new(number: u16) -> Option<Self> {
        (1..=Self::MAX).contains(&number).then_some(Self(number))
    }

    /// The number, 1 to 10,000.
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
    fn a_match_id_reads_back_only_what_it_writes() {
        assert_eq!("17".parse::<MatchId>().unwrap().item(), ItemId(17));
        assert_eq!("0".parse::<MatchId>().unwrap().item(), ItemId(0));
        for wrong in ["017", "+17", "", "17.0", "-1", "x"] {
            assert!(wrong.parse::<MatchId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_key_of_our_own_names_person_transfer_and_item() {
        let (user, transfer) = (UserId(Uuid::from_u128(1)), TransferId(Uuid::from_u128(2)));
        assert_eq!(
            ObjectKey::local("in/{user_id}/", user, transfer, ItemId(3)).as_str(),
            "in/00000000-0000-0000-0000-000000000001/00000000-0000-0000-0000-000000000002/3"
        );
        assert_eq!(ObjectKey::local("", user, transfer, ItemId(3)).as_str(), "00000000-0000-0000-0000-000000000002/3");
    }

    #[test]
    fn part_numbers_stay_within_what_the_store_takes() {
        assert!(PartNumber::new(0).is_none());
        assert!(PartNumber::new(10_001).is_none());
        assert_eq!(PartNumber::new(10_000).map(PartNumber::get), Some(10_000));
        assert!(serde_json::from_str::<PartNumber>("0").is_err());
    }
}
