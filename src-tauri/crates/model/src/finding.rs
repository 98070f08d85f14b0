//! What the check before sending can find.

use serde::{Deserialize, Serialize};

use crate::Code;

/// A service's limits on one transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Maximum number of files in one transfer (TDR: 5,000).
    pub files: u64,
    /// Maximum size of a file in bytes (TDR: 5,000 MB of 1,000,000 bytes).
    pub file_bytes: u64,
    /// Maximum size of a transfer in bytes (TDR: 5,000 MB of 1,000,000 bytes).
    pub transfer_bytes: u64,
    /// Maximum size of an API request in bytes (TDR: Pekko's default, 8 MiB).
    pub api_body_bytes: u64,
    /// Maximum length of a path in characters. TDR states no limit; ours is what exports and file systems can handle.
    pub path_chars: u64,
}

/// What a finding means for the transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing can be sent until it is fixed.
    Blocks,
    /// The item is not sent; the person must agree.
    LeavesOut,
    /// The item is not sent; it is listed, but nobody is asked (names that the service excludes, Waybill's own data).
    LeavesOutUnasked,
    /// The item is sent; the person should know.
    Warns,
}

/// The kinds of findings, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// More files than the service accepts.
    TooManyFiles,
    /// More bytes than the service accepts.
    TransferTooLarge,
    /// A longer list of files than the API accepts.
    RegistrationTooLarge,
    /// Larger than the service accepts.
    FileTooLarge,
    /// Cannot be read.
    Unreadable,
    /// Locked by another program.
    Locked,
    /// Empty.
    EmptyFile,
    /// A format that the service rejects.
    RefusedFormat,
    /// A link.
    Link,
    /// A device, socket or pipe.
    SpecialFile,
    /// A name that is not Unicode.
    NameNotUnicode,
    /// A path that is too long.
    PathTooLong,
    /// Names that differ only in case or Unicode form.
    NamesDifferInCase,
    /// A date before 1970 or in the future.
    UnlikelyDate,
    /// A name that the service excludes.
    ExcludedName,
    /// The data folder of a Waybill.
    WaybillData,
}

impl FindingKind {
    /// All kinds, in order.
    pub const ALL: [Self; 16] = [
        Self::TooManyFiles,
        Self::TransferTooLarge,
        Self::RegistrationTooLarge,
        Self::FileTooLarge,
        Self::Unreadable,
        Self::Locked,
        Self::EmptyFile,
        Self::RefusedFormat,
        Self::Link,
        Self::SpecialFile,
        Self::NameNotUnicode,
        Self::PathTooLong,
        Self::NamesDifferInCase,
        Self::UnlikelyDate,
        Self::ExcludedName,
        Self::WaybillData,
    ];

    /// Returns what it means for the transfer.
    ///
    /// Empty files and rejected formats are left out, because a single one fails the service's checks of the whole
    /// consignment. Names that differ only in case are both sent, spelt as they are, because leaving one out would lose
    /// a record. A date is sent as it is: only the person can know the right one.
    #[must_use]
    pub fn effect(self) -> Effect {
        match self {
            Self::TooManyFiles | Self::TransferTooLarge | Self::RegistrationTooLarge => Effect::Blocks,
            Self::FileTooLarge
            | Self::Unreadable
            | Self::Locked
            | Self::EmptyFile
            | Self::RefusedFormat
            | Self::Link
            | Self::SpecialFile
            | Self::NameNotUnicode
            | Self::PathTooLong => Effect::LeavesOut,
            Self::NamesDifferInCase | Self::UnlikelyDate => Effect::Warns,
            Self::ExcludedName | Self::WaybillData => Effect::LeavesOutUnasked,
        }
    }

    /// Returns the code that represents the kind to people and scripts.
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            Self::TooManyFiles => Code::TooManyFiles,
            Self::TransferTooLarge => Code::TransferTooLarge,
            Self::RegistrationTooLarge => Code::RegistrationTooLarge,
            Self::FileTooLarge => Code::FileTooLarge,
            Self::Unreadable => Code::Unreadable,
            Self::Locked => Code::Locked,
            Self::EmptyFile => Code::EmptyFile,
            Self::RefusedFormat => Code::RefusedFormat,
            Self::Link => Code::Link,
            Self::SpecialFile => Code::SpecialFile,
            Self::NameNotUnicode => Code::NameNotUnicode,
            Self::PathTooLong => Code::PathTooLong,
            Self::NamesDifferInCase => Code::NamesDifferInCase,
            Self::UnlikelyDate => Code::UnlikelyDate,
            Self::ExcludedName => Code::ExcludedName,
            Self::WaybillData => Code::WaybillData,
        }
    }

    /// Returns the kind with this code, if the code belongs to the check.
    #[must_use]
    pub fn from_code(code: Code) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// One finding: a path and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The group.
    pub kind: FindingKind,
    /// The path in displayable form, with replacement characters if a name is not Unicode.
    pub path: String,
    /// The name's raw bytes in hex (on Windows its UTF-16 units), if it is not Unicode.
    pub raw_name: Option<String>,
    /// Whether the path is a folder, in which case the finding covers everything in it.
    pub is_folder: bool,
    /// Size in bytes, if known.
    pub size: Option<u64>,
    /// The details: the system's error, the other name or the limit.
    pub detail: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_code() {
        for kind in FindingKind::ALL {
            assert_eq!(FindingKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(FindingKind::from_code(Code::Internal), None);
    }
}
