//! What keeps a transfer from going on, and what to do about it: the sentences of notifications. Pure.

use waybill_model::Code;

/// What happened, and what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    /// What happened.
    pub(crate) what: &'static str,
    /// What to do next.
    pub(crate) next: &'static str,
}

/// The sentence for a code that a transfer waits or stops with. What has none of its own sends the person to the window, which
/// has one for every code.
pub(crate) fn sentence(code: Code) -> Sentence {
    let own = SENTENCES.iter().find(|(of, _, _)| *of == code);
    own.map_or(OF_THE_WINDOW, |(_, what, next)| Sentence { what, next })
}

/// For codes that no transfer waits or stops with, should one do so all the same.
const OF_THE_WINDOW: Sentence =
    Sentence { what: "A transfer cannot continue.", next: "Open Waybill to see why, and what you can do." };

const WAIT: &str = "You do not need to do anything. Waybill continues by itself.";
const NEW_CONSIGNMENT: &str = "Start a new consignment on the TDR website.";
const SPLIT: &str = "Split the folder and use one consignment for each part.";
const TELL: &str = "Tell The National Archives, then start a new consignment.";
const ANOTHER_FOLDER: &str = "Open Waybill and choose another folder.";

const SENTENCES: &[(Code, &str, &str)] = &[
    // What it waits for.
    (
        Code::Offline,
        "The service cannot be reached.",
        "Check that you are connected to your network. Waybill continues by itself.",
    ),
    (
        Code::UploadUnreachable,
        "The upload address does not answer.",
        "Check that your VPN is connected. Waybill continues by itself.",
    ),
    (Code::ApiUnreachable, "The service’s main address does not answer.", WAIT),
    (Code::SignInUnreachable, "The sign-in address does not answer.", WAIT),
    (
        Code::SignInNeeded,
        "You are not signed in.",
        "Open Waybill and sign in. Your transfer continues from where it stopped.",
    ),
    (
        Code::DifferentPerson,
        "This transfer was begun by somebody else.",
        "Open Waybill and sign in as the person who began it.",
    ),
    (Code::SlowDown, "The service asked Waybill to slow down.", WAIT),
    (Code::Firewall, "The service’s firewall is blocking requests for a while.", WAIT),
    (
        Code::UnexpectedPage,
        "A web page came instead of an answer from the service.",
        "Open your browser. Your network may want you to sign in.",
    ),
    (
        Code::CertificateUntrusted,
        "This computer does not trust the service’s certificate.",
        "Ask your IT team. They may need to install a certificate.",
    ),
    (
        Code::ProxyRefused,
        "Your organisation’s proxy refused the connection.",
        "Ask your IT team to allow the addresses of the service.",
    ),
    (
        Code::CookiesRefused,
        "The upload address does not accept the permission to upload.",
        "Wait a few minutes. If it does not go away, tell The National Archives.",
    ),
    (
        Code::ServiceFailed,
        "The service has a problem.",
        "Waybill tries again by itself. If it does not go away, tell The National Archives.",
    ),
    (
        Code::FolderGone,
        "The folder is not reachable.",
        "Connect the drive or the network it is on. Waybill continues by itself.",
    ),
    (Code::DiskFull, "The disk is full.", "Make some room on the disk. Waybill continues by itself."),
    // The folder.
    (Code::FolderMissing, "The folder is not there.", "Put it back, or open Waybill and choose another folder."),
    (Code::FolderIsFile, "That is a file, not a folder.", "Open Waybill and choose the folder that holds the file."),
    (
        Code::FolderUnreadable,
        "The folder cannot be opened.",
        "Ask for permission to read it, or open Waybill and choose another folder.",
    ),
    (Code::NothingToSend, "There is nothing in the folder that can be sent.", ANOTHER_FOLDER),
    (
        Code::FolderNameUnusable,
        "The folder’s name cannot be sent.",
        "Put the files into a folder with an ordinary name, then open Waybill and choose that folder.",
    ),
    // The check.
    (Code::TooManyFiles, "There are more files than the service takes in one transfer.", SPLIT),
    (Code::TransferTooLarge, "There is more data than the service takes in one transfer.", SPLIT),
    (
        Code::RegistrationTooLarge,
        "The list of files is longer than the service takes in one go.",
        "Split the folder, or use shorter folder names.",
    ),
    (
        Code::FolderChanged,
        "The folder has changed since it was checked.",
        "Open Waybill to look at what will be sent, then send it.",
    ),
    (
        Code::LeavesOut,
        "Some files will not be sent.",
        "Open Waybill to read the list, then agree to leave them out or choose another folder.",
    ),
    // One file.
    (
        Code::ContentDiffers,
        "The file does not read the same way twice.",
        "Ask your IT team to check the disk, then open Waybill and try again.",
    ),
    (
        Code::ObjectExists,
        "The service already holds something in this file’s place.",
        "Open Waybill to give up this transfer, and tell The National Archives.",
    ),
    (
        Code::StoreRefused,
        "The upload service refused the file.",
        "Open Waybill and try again. If it happens again, tell The National Archives.",
    ),
    (Code::StoreFailed, "The upload service failed for this file too often.", "Open Waybill and try again later."),
    // The consignment.
    (
        Code::ConsignmentUnknown,
        "You do not have a consignment with that reference.",
        "Open Waybill and choose one from your list of consignments.",
    ),
    (
        Code::NeedsAgreement,
        "The transfer agreement is not complete.",
        "Complete it on the TDR website, then open Waybill and try again.",
    ),
    (
        Code::UploadedElsewhere,
        "Files have already been uploaded to this consignment from somewhere else.",
        NEW_CONSIGNMENT,
    ),
    (Code::ConsignmentUsed, "A transfer from this computer into this consignment is over.", NEW_CONSIGNMENT),
    (Code::Judgment, "Court judgments cannot be sent with Waybill.", "Send it on the TDR website."),
    (Code::ConsignmentDone, "This consignment is finished.", NEW_CONSIGNMENT),
    (Code::MatchIdsMissing, "The service did not register every file.", TELL),
    (Code::RegistrationUnclear, "The service has a different list of files from the one that was sent.", TELL),
    (Code::ChecksFailed, "The service could not check the files.", "Look at the consignment on the TDR website."),
    (
        Code::ItemsSetAside,
        "Some files could not be sent. Everything else has been sent.",
        "Open Waybill to try those files again, or to give up the transfer.",
    ),
    // The account and the service.
    (
        Code::AccountIncomplete,
        "Your account is not set up to transfer records.",
        "Ask The National Archives to complete your account.",
    ),
    (
        Code::HostNotAllowed,
        "Waybill only talks to the addresses of its service.",
        "Ask your IT team to check how the service is set up.",
    ),
    (
        Code::ServiceRefused,
        "The service refused.",
        "Open Waybill and try again. If it happens again, tell The National Archives.",
    ),
    (Code::ClockWrong, "This computer’s clock is wrong.", "Set the clock, or ask your IT team."),
    // This computer.
    (
        Code::JournalCorrupt,
        "Waybill’s journal cannot be read. Nothing has been deleted.",
        "Open Waybill to see where it is. Keep that folder, and ask your IT team.",
    ),
    (
        Code::DataFolderUnusable,
        "Waybill cannot write to its data folder.",
        "Ask your IT team to check the folder’s permissions.",
    ),
    (Code::OutputUnwritable, "The file cannot be written there.", "Open Waybill to see which file it is."),
    (
        Code::OutputExists,
        "There is another file of that name. It has not been changed.",
        "Open Waybill to see which file it is, then move it away.",
    ),
    (
        Code::Internal,
        "Something went wrong inside Waybill.",
        "Open Waybill and try again. If it happens again, save a support bundle and send it to your IT team.",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use waybill_model::WaitReason;

    use super::*;
    use crate::testing::{messages, string_after};

    /// No transfer waits or stops with these.
    const OF_NO_TRANSFER: &[Code] = &[
        // There is no controller, or none that runs transfers.
        Code::ProfileUnreadable,
        Code::CaFileUnreadable,
        Code::ProfileMalformed,
        Code::ProfileInsecure,
        Code::ServiceUnknown,
        Code::JournalInUse,
        Code::JournalNewer,
        // One file is left out or set aside, and the others are sent.
        Code::ExcludedName,
        Code::EmptyFile,
        Code::Unreadable,
        Code::Locked,
        Code::Link,
        Code::SpecialFile,
        Code::NameNotUnicode,
        Code::NamesDifferInCase,
        Code::PathTooLong,
        Code::FileTooLarge,
        Code::RefusedFormat,
        Code::ChangedAfterChecking,
        Code::FileGone,
        // Seen by the self-test; a transfer waits for the address behind it.
        Code::ProxyUnreachable,
        // A sign-in ended; transfers wait for the next one.
        Code::SignInRefused,
        Code::SignInAbandoned,
        Code::SignInMismatch,
        Code::SignInNoPort,
        Code::KeychainUnavailable,
        // Something was asked of the program and could not be done.
        Code::NotOpened,
        Code::NotCopied,
        Code::AutostartRefused,
        Code::SettingsUnreadable,
        Code::TransferUnknown,
        Code::TransferAmbiguous,
        Code::NotPossibleNow,
        Code::Usage,
        // The person's own doing.
        Code::Paused,
        Code::Cancelled,
    ];

    #[test]
    fn every_code_that_a_transfer_stops_with_has_one_sentence_of_its_own() {
        for &code in Code::ALL {
            let sentences = SENTENCES.iter().filter(|(of, _, _)| *of == code).count();
            assert_eq!(sentences, usize::from(!OF_NO_TRANSFER.contains(&code)), "{code}");
        }
    }

    #[test]
    fn every_reason_for_waiting_has_a_sentence_of_its_own() {
        let reasons = WaitReason::ALL.iter().map(|reason| serde_json::to_value(reason).unwrap());
        let reasons: Vec<WaitReason> = reasons.map(|reason| serde_json::from_value(reason).unwrap()).collect();
        let said: BTreeSet<&str> = reasons.iter().map(|reason| sentence(reason.code()).what).collect();
        assert_eq!(said.len(), reasons.len(), "{said:?}");
        assert!(!said.contains(OF_THE_WINDOW.what));
    }

    #[test]
    fn no_sentence_speaks_to_a_terminal() {
        for &code in Code::ALL {
            let Sentence { what, next } = sentence(code);
            for text in [what, next] {
                for word in ["waybill ", "--", "`", "'", "!", "lease", "go on", "goes on"] {
                    assert!(!text.contains(word), "{code}: {text}");
                }
                assert!(text.ends_with('.') && text.chars().count() <= 120, "{code}: {text}");
            }
        }
    }

    #[test]
    fn what_happened_reads_as_it_does_in_the_window() {
        let text = messages("codes.ts");
        let record = |line: &str| {
            let (key, record) = line.trim().split_once(": {")?;
            Some((key.to_owned(), string_after(record, " what: ")?))
        };
        // A longer record has its words on lines of their own.
        let joined = text.replace(": {\n   ", ": {");
        let window: BTreeMap<String, String> = joined.lines().filter_map(record).collect();
        assert_eq!(window.len(), Code::ALL.len());
        for (code, what, _) in SENTENCES {
            assert_eq!(Some(*what), window.get(code.as_str()).map(String::as_str), "{code}");
        }
    }
}
