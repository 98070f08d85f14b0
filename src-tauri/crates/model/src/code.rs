//! What can go wrong, as one enum: a stable code for scripts and the UI, and whether retrying helps.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Whether, and when, retrying can resolve a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryClass {
    /// It resolves itself: wait, then resume; no attempt is used up.
    Waits,
    /// Worth another attempt.
    Temporary,
    /// A person has to do something before work can resume.
    NeedsPerson,
    /// Retrying never helps.
    Permanent,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $class:ident;)*) => {
        /// What went wrong. The text form (`as_str`) is part of the interface, because scripts and the UI rely on it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "specta", derive(specta::Type))]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* #[serde(rename = $text)] $name,)* }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the stable text form, in snake case.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Returns whether retrying can resolve it.
            #[must_use]
            pub fn retry(self) -> RetryClass {
                match self { $(Self::$name => RetryClass::$class,)* }
            }
        }
    };
}

codes! {
    // Service profile
    /// The service profile cannot be read.
    ProfileUnreadable = "profile_unreadable", NeedsPerson;
    /// The file of the service's own certificate authorities, named in its profile, cannot be read.
    CaFileUnreadable = "ca_file_unreadable", NeedsPerson;
    /// The service profile has a mistake; the detail gives the line and key.
    ProfileMalformed = "profile_malformed", NeedsPerson;
    /// The service profile has an `http` address that is not loopback.
    ProfileInsecure = "profile_insecure", NeedsPerson;
    /// No built-in service has that name.
    ServiceUnknown = "service_unknown", NeedsPerson;

    // Folder
    /// Nothing exists at the path.
    FolderMissing = "folder_missing", NeedsPerson;
    /// The path is a file, not a folder.
    FolderIsFile = "folder_is_file", NeedsPerson;
    /// The folder cannot be listed.
    FolderUnreadable = "folder_unreadable", NeedsPerson;
    /// The folder has disappeared.
    FolderGone = "folder_gone", Waits;
    /// Nothing in the folder can be sent.
    NothingToSend = "nothing_to_send", NeedsPerson;
    /// The folder's own name cannot be sent (not Unicode, or the root of a disk).
    FolderNameUnusable = "folder_name_unusable", NeedsPerson;

    // Check: the whole transfer
    /// More files than the service accepts in one transfer.
    TooManyFiles = "too_many_files", NeedsPerson;
    /// More bytes than the service accepts in one transfer.
    TransferTooLarge = "transfer_too_large", NeedsPerson;
    /// The list of files would be larger than the service's API accepts in one call.
    RegistrationTooLarge = "registration_too_large", NeedsPerson;
    /// Some files would not be sent, and nobody has agreed to that.
    LeavesOut = "leaves_out", NeedsPerson;
    /// The folder is not the one that was checked: a file in it is missing, or has another size or date.
    AnotherFolder = "another_folder", NeedsPerson;
    /// Something was added to or removed from the folder after it was checked.
    FolderChanged = "folder_changed", NeedsPerson;

    // Check and sending: one item
    /// A name that the service excludes, such as `Thumbs.db`.
    ExcludedName = "excluded_name", Permanent;
    /// The data folder of a Waybill: it may contain a session, and is never read or sent.
    WaybillData = "waybill_data", Permanent;
    /// An empty file.
    EmptyFile = "empty_file", Permanent;
    /// A file or folder that this account is not allowed to read.
    Unreadable = "unreadable", NeedsPerson;
    /// A file that another program has locked.
    Locked = "locked", NeedsPerson;
    /// A symbolic link, junction or other file system link.
    Link = "link", Permanent;
    /// A device, socket or pipe.
    SpecialFile = "special_file", Permanent;
    /// A name that is not Unicode.
    NameNotUnicode = "name_not_unicode", Permanent;
    /// Two names in one folder that differ only in case or in Unicode form.
    NamesDifferInCase = "names_differ_in_case", Permanent;
    /// A date before 1970 or in the future, which no record has.
    UnlikelyDate = "unlikely_date", Permanent;
    /// A path longer than the service accepts.
    PathTooLong = "path_too_long", Permanent;
    /// A file larger than the service accepts.
    FileTooLarge = "file_too_large", Permanent;
    /// A format that the service is known to reject, recognised by its extension.
    RefusedFormat = "refused_format", Permanent;
    /// The file has changed since it was checked.
    ChangedAfterChecking = "changed_after_checking", NeedsPerson;
    /// The file has disappeared since it was checked.
    FileGone = "file_gone", NeedsPerson;
    /// The store rejected the content twice: what is read differs from what was checked.
    ContentDiffers = "content_differs", NeedsPerson;
    /// The store says that it holds an object under this key, although it was not asked to refuse one that exists.
    ObjectExists = "object_exists", Permanent;
    /// The store's reply was lost, and sending the file again might store it twice.
    MaybeStored = "maybe_stored", NeedsPerson;
    /// The store rejected the request.
    StoreRefused = "store_refused", Permanent;
    /// The store failed too often for this file.
    StoreFailed = "store_failed", Temporary;

    // Consignment
    /// The consignment does not exist or belongs to another person (TDR does not distinguish the two).
    ConsignmentUnknown = "consignment_unknown", NeedsPerson;
    /// The service needs a consignment for each transfer, and none was given.
    ConsignmentNeeded = "consignment_needed", NeedsPerson;
    /// A consignment was given, but the service has no consignments.
    NoConsignments = "no_consignments", NeedsPerson;
    /// The transfer agreement is not complete.
    NeedsAgreement = "needs_agreement", NeedsPerson;
    /// Files are being, or have been, uploaded to it from elsewhere.
    UploadedElsewhere = "uploaded_elsewhere", NeedsPerson;
    /// A transfer from this computer to it has ended, either uploaded or given up.
    ConsignmentUsed = "consignment_used", Permanent;
    /// A court judgment, which must be sent through the website.
    Judgment = "judgment", NeedsPerson;
    /// The consignment is complete.
    ConsignmentDone = "consignment_done", Permanent;
    /// The service did not register every file.
    MatchIdsMissing = "match_ids_missing", NeedsPerson;
    /// The service holds more files than were registered.
    RegistrationUnclear = "registration_unclear", NeedsPerson;
    /// It is not certain yet whether the service registered the files: the reply was lost.
    RegistrationInDoubt = "registration_in_doubt", Waits;
    /// Everything is sent, and nobody has opened the page that hands it over.
    HandOverNeeded = "hand_over_needed", NeedsPerson;
    /// Everything is handed over, and the service's own checks have not ended.
    ChecksUnfinished = "checks_unfinished", Waits;
    /// The service's own checks could not be run.
    ChecksFailed = "checks_failed", NeedsPerson;
    /// Some files could not be sent; the transfer is still open.
    ItemsSetAside = "items_set_aside", NeedsPerson;

    // Session
    /// Nobody is signed in, or the session has ended.
    SignInNeeded = "sign_in_needed", NeedsPerson;
    /// The sign-in page rejected the sign-in.
    SignInRefused = "sign_in_refused", NeedsPerson;
    /// The person did not return from the sign-in page in time, or cancelled the sign-in.
    SignInAbandoned = "sign_in_abandoned", NeedsPerson;
    /// The response from the sign-in page does not belong to this sign-in.
    SignInMismatch = "sign_in_mismatch", NeedsPerson;
    /// No port could be opened to receive the response to the sign-in.
    SignInNoPort = "sign_in_no_port", NeedsPerson;
    /// Somebody other than the person who started the transfer is signed in.
    DifferentPerson = "different_person", NeedsPerson;
    /// The account has no transferring body, or lacks a required claim.
    AccountIncomplete = "account_incomplete", NeedsPerson;
    /// The keychain cannot be used.
    KeychainUnavailable = "keychain_unavailable", NeedsPerson;

    // Network
    /// No address of the service answers.
    Offline = "offline", Waits;
    /// Only the upload address does not answer.
    UploadUnreachable = "upload_unreachable", Waits;
    /// Only the API address does not answer.
    ApiUnreachable = "api_unreachable", Waits;
    /// Only the sign-in address does not answer.
    SignInUnreachable = "sign_in_unreachable", Waits;
    /// The certificate of an address is not trusted.
    CertificateUntrusted = "certificate_untrusted", NeedsPerson;
    /// The proxy refuses the request.
    ProxyRefused = "proxy_refused", NeedsPerson;
    /// The proxy requires a sign-in.
    ProxySignIn = "proxy_sign_in", NeedsPerson;
    /// The proxy cannot be reached, or does not open a connection in time.
    ProxyUnreachable = "proxy_unreachable", Waits;
    /// A web page arrived instead of data, from a captive portal, a proxy or a firewall.
    UnexpectedPage = "unexpected_page", Waits;
    /// The service's firewall is blocking requests temporarily.
    Firewall = "firewall", Waits;
    /// The service asked Waybill to slow down.
    SlowDown = "slow_down", Waits;
    /// The sign-in address's discovery document cannot be used: it names another issuer, or addresses elsewhere.
    SignInUnusable = "sign_in_unusable", NeedsPerson;
    /// The address does not belong to the service.
    HostNotAllowed = "host_not_allowed", Permanent;
    /// The upload address rejects a newly issued pass.
    PermitRefused = "permit_refused", NeedsPerson;
    /// The service failed.
    ServiceFailed = "service_failed", Temporary;
    /// The service rejected the request, or its answer could not be understood.
    ServiceRefused = "service_refused", Permanent;
    /// This computer's clock is far from the service's.
    ClockWrong = "clock_wrong", NeedsPerson;

    // This computer
    /// Another Waybill is using the data folder.
    JournalInUse = "journal_in_use", NeedsPerson;
    /// The journal cannot be read.
    JournalCorrupt = "journal_corrupt", NeedsPerson;
    /// The journal was written by a newer version.
    JournalNewer = "journal_newer", NeedsPerson;
    /// The disk with the data folder is full.
    DiskFull = "disk_full", Waits;
    /// This program, or this computer, has too many files open.
    TooManyOpenFiles = "too_many_open_files", Temporary;
    /// The data folder, or a file in it, cannot be used.
    DataFolderUnusable = "data_folder_unusable", NeedsPerson;
    /// A file or folder that the person chose cannot be written.
    OutputUnwritable = "output_unwritable", NeedsPerson;
    /// A file with different content already exists at the location, and is kept.
    OutputExists = "output_exists", NeedsPerson;
    /// The system cannot open a file or show it in its folder.
    NotOpened = "not_opened", NeedsPerson;
    /// Text cannot be put on the clipboard.
    NotCopied = "not_copied", NeedsPerson;
    /// The system does not allow the program to change whether it starts with the computer.
    AutostartRefused = "autostart_refused", NeedsPerson;
    /// The window's settings file exists but cannot be read.
    SettingsUnreadable = "settings_unreadable", NeedsPerson;

    // Transfer
    /// No transfer matches.
    TransferUnknown = "transfer_unknown", NeedsPerson;
    /// More than one transfer matches.
    TransferAmbiguous = "transfer_ambiguous", NeedsPerson;
    /// The transfer is not in a state in which that can be done.
    NotPossibleNow = "not_possible_now", NeedsPerson;
    /// Paused by the person.
    Paused = "paused", NeedsPerson;
    /// Cancelled by the person.
    Cancelled = "cancelled", Permanent;
    /// The command line was not understood.
    Usage = "usage", NeedsPerson;
    /// A fault in the program itself.
    Internal = "internal", Permanent;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A failure on its way to a person: the code and what it concerns.
///
/// The sentence for people is not included; [`words`](crate::words) provides it for each code.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[error("{code}{}", .detail.as_deref().map(|text| format!(": {text}")).unwrap_or_default())]
pub struct Failure {
    /// What went wrong.
    pub code: Code,
    /// What it concerns: a path, an address without its query, or a key and a line. Never a secret.
    pub detail: Option<String>,
}

impl Failure {
    /// Creates a failure with what it concerns.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: Some(detail.into()) }
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self { code, detail: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_unique_text_that_parses_back() {
        let mut seen = std::collections::BTreeSet::new();
        for &code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{code} twice");
            let json = serde_json::to_string(&code).unwrap();
            assert_eq!(json, format!("\"{code}\""));
            assert_eq!(serde_json::from_str::<Code>(&json).unwrap(), code);
        }
    }

    #[test]
    fn a_failure_is_serialised_as_its_code_and_detail() {
        let failure = Failure::new(Code::FolderMissing, "/a");
        assert_eq!(serde_json::to_string(&failure).unwrap(), r#"{"code":"folder_missing","detail":"/a"}"#);
        let failure = Failure::from(Code::Offline);
        assert_eq!(serde_json::to_string(&failure).unwrap(), r#"{"code":"offline","detail":null}"#);
    }

    /// Returns how many variants serde lists when it rejects an unknown one.
    fn variants<T: serde::de::DeserializeOwned>() -> usize {
        let error = serde_json::from_str::<T>("\"no such word\"").err().unwrap().to_string();
        error.split_once("expected one of").unwrap().1.split(',').count()
    }

    #[test]
    fn the_lists_of_all_values_are_complete() {
        assert_eq!(variants::<crate::Phase>(), crate::Phase::ALL.len());
        assert_eq!(variants::<crate::WaitReason>(), crate::WaitReason::ALL.len());
        assert_eq!(variants::<crate::FindingKind>(), crate::FindingKind::ALL.len());
        assert_eq!(variants::<crate::ConsignmentState>(), crate::ConsignmentState::ALL.len());
    }
}
