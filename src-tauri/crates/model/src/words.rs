//! The one table of sentences for the command line: for every code what happened, and what to do next.

use crate::{Code, ConsignmentState, Phase};

/// What happened, and what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// What happened.
    pub what: &'static str,
    /// What to do next.
    pub next: &'static str,
}

/// The sentence for a code.
#[must_use]
pub fn sentence(code: Code) -> Sentence {
    let (what, next) = match code {
        Code::ProfileUnreadable => ("The service profile cannot be read.", "Check the file name after --service."),
        Code::CaFileUnreadable => (
            "The certificate file that the service profile names cannot be read.",
            "Check the path after ca_file in the service profile.",
        ),
        Code::ProfileMalformed => {
            ("The service profile is not right.", "Correct the line named here, or ask whoever gave you the file.")
        }
        Code::ProfileInsecure => {
            ("The service profile has an address without encryption.", "Use an address that begins with https://.")
        }
        Code::ServiceUnknown => (
            "There is no service of that name.",
            "Use tdr, tdr-staging, tdr-integration or the path of a service profile.",
        ),
        Code::FolderMissing => ("There is no folder at that path.", "Check the path and try again."),
        Code::FolderIsFile => ("That is a file, not a folder.", "Choose the folder that holds the file."),
        Code::FolderUnreadable => {
            ("The folder cannot be opened.", "Ask for permission to read it, or choose another folder.")
        }
        Code::FolderGone => {
            ("The folder is not reachable.", "Connect the drive or network it is on. Waybill continues by itself.")
        }
        Code::NothingToSend => {
            ("There is nothing in the folder that can be sent.", "Choose a folder with files in it.")
        }
        Code::FolderNameUnusable => (
            "The folder has a name that cannot be sent.",
            "Put the files into a folder with an ordinary name and choose that.",
        ),
        Code::TooManyFiles => (
            "There are more files than the service takes in one transfer.",
            "Split the folder and use one consignment for each part.",
        ),
        Code::TransferTooLarge => (
            "There is more data than the service takes in one transfer.",
            "Split the folder and use one consignment for each part.",
        ),
        Code::RegistrationTooLarge => (
            "The list of files is longer than the service takes in one go.",
            "Split the folder, or use shorter folder names.",
        ),
        Code::FolderChanged => (
            "The folder has changed since it was checked.",
            "It has been checked again. Read what will be sent, then send it.",
        ),
        Code::LeavesOut => ("Some files would not be sent.", "Read the list. If that is right, say so with --yes."),
        Code::ExcludedName => ("The service leaves out files of this name.", "You do not need to do anything."),
        Code::EmptyFile => {
            ("The file is empty. The service refuses empty files.", "Check whether the file should have content.")
        }
        Code::Unreadable => ("The file cannot be read.", "Ask for permission to read it, then check the folder again."),
        Code::Locked => ("Another program has the file open.", "Close the file in the other program, then try again."),
        Code::Link => {
            ("This is a link. Links are not followed.", "Put the file itself into the folder if it should be sent.")
        }
        Code::SpecialFile => ("This is not an ordinary file.", "Remove it from the folder if it is not needed."),
        Code::NameNotUnicode => (
            "The name has characters that cannot be sent.",
            "Give the file a name in ordinary letters if it should be sent.",
        ),
        Code::NamesDifferInCase => {
            ("Two names differ only in capital letters or accents' form.", "Both are sent. Check that both are meant.")
        }
        Code::PathTooLong => ("The path is too long.", "Use shorter folder names if the file should be sent."),
        Code::FileTooLarge => {
            ("The file is larger than the service takes.", "Ask The National Archives how to send it.")
        }
        Code::RefusedFormat => {
            ("The service refuses files of this kind.", "Unpack it, or ask The National Archives how to send it.")
        }
        Code::ChangedAfterChecking => (
            "The file was changed after it was checked.",
            "Put back the file as it was and try again, or give up this transfer.",
        ),
        Code::FileGone => {
            ("The file is not there any more.", "Put the file back and try again, or give up this transfer.")
        }
        Code::ContentDiffers => ("The file does not read the same twice.", "Check the disk, then try again."),
        Code::ObjectExists => (
            "The service already holds something in this file's place.",
            "Give up this transfer and tell The National Archives.",
        ),
        Code::StoreRefused => {
            ("The upload service refused the file.", "Try again. If it happens again, tell The National Archives.")
        }
        Code::StoreFailed => ("The upload service failed for this file too often.", "Try again later."),
        Code::ConsignmentUnknown => {
            ("There is no such consignment among yours.", "Run 'waybill consignments' to see yours.")
        }
        Code::NeedsAgreement => (
            "The transfer agreement of this consignment is not complete.",
            "Complete it on the TDR website, then try again.",
        ),
        Code::UploadedElsewhere => (
            "Files have already been uploaded into this consignment from elsewhere.",
            "Start a new consignment on the TDR website.",
        ),
        Code::ConsignmentUsed => (
            "A transfer from this computer into this consignment is over.",
            "To send more, start a new consignment on the TDR website.",
        ),
        Code::Judgment => ("Court judgments cannot be sent with Waybill.", "Send it on the TDR website."),
        Code::ConsignmentDone => ("This consignment is finished.", "Start a new consignment on the TDR website."),
        Code::MatchIdsMissing => {
            ("The service did not register every file.", "Tell The National Archives, and start a new consignment.")
        }
        Code::RegistrationUnclear => (
            "The service holds a different list of files than was sent.",
            "Tell The National Archives, and start a new consignment.",
        ),
        Code::ChecksFailed => ("The service could not check the files.", "Look at the consignment on the TDR website."),
        Code::ItemsSetAside => (
            "Some files could not be sent. Everything else is sent.",
            "Try again with 'waybill resume --retry', or give up with 'waybill cancel --give-up'.",
        ),
        Code::SignInNeeded => ("You are not signed in.", "Run 'waybill sign-in'."),
        Code::SignInRefused => {
            ("The sign-in page refused.", "Try again, or ask The National Archives about your account.")
        }
        Code::SignInAbandoned => ("The sign-in was not finished.", "Try again, and finish signing in in the browser."),
        Code::SignInMismatch => {
            ("The browser came back with an answer to another sign-in.", "Close the other sign-in pages and try again.")
        }
        Code::SignInNoPort => (
            "Waybill could not listen for the answer of the sign-in page.",
            "Close the other program that uses the port, or ask your IT team.",
        ),
        Code::DifferentPerson => ("This transfer belongs to somebody else.", "Sign in as the person who began it."),
        Code::AccountIncomplete => {
            ("Your account is not set up for transfers.", "Ask The National Archives to complete your account.")
        }
        Code::KeychainUnavailable => (
            "The keychain of this computer cannot be used.",
            "Use --session memory to stay signed in for this run only, or --session file.",
        ),
        Code::Offline => ("The service cannot be reached.", "Check your network. Waybill continues by itself."),
        Code::UploadUnreachable => {
            ("The upload address does not answer.", "Check your VPN. Waybill continues by itself.")
        }
        Code::ApiUnreachable => {
            ("The service's main address does not answer.", "Wait a little. Waybill continues by itself.")
        }
        Code::SignInUnreachable => {
            ("The sign-in address does not answer.", "Wait a little. Waybill continues by itself.")
        }
        Code::CertificateUntrusted => (
            "The certificate of the service is not trusted on this computer.",
            "Ask your IT team. They may need to install a certificate.",
        ),
        Code::ProxyRefused => {
            ("Your network's proxy refused.", "Ask your IT team to allow the addresses of the service.")
        }
        Code::ProxyUnreachable => (
            "Your network's proxy cannot be reached, or lets no connection through.",
            "Check the proxy's address, or ask your IT team.",
        ),
        Code::UnexpectedPage => (
            "A web page came instead of an answer from the service.",
            "Open a browser: your network may want you to sign in.",
        ),
        Code::Firewall => {
            ("The service's firewall blocks requests for a while.", "Wait a little. Waybill continues by itself.")
        }
        Code::SlowDown => ("The service asked us to slow down.", "Wait a little. Waybill continues by itself."),
        Code::HostNotAllowed => ("Waybill only talks to the addresses of its service.", "Check the service profile."),
        Code::CookiesRefused => (
            "The upload address does not accept our permission to upload.",
            "Wait a little. If this keeps happening, tell The National Archives.",
        ),
        Code::ServiceFailed => ("The service failed.", "Wait a little, then try again."),
        Code::ServiceRefused => ("The service refused.", "Try again. If it happens again, tell The National Archives."),
        Code::ClockWrong => {
            ("This computer's clock is wrong.", "Set the clock. Waybill uses the service's time until then.")
        }
        Code::JournalInUse => ("Another Waybill is running.", "Use that one, or close it first."),
        Code::JournalCorrupt => (
            "Waybill's journal cannot be read. Nothing has been deleted.",
            "Keep the file named here, and start with another --data-dir or move the file away.",
        ),
        Code::JournalNewer => ("Waybill's journal was written by a newer version.", "Install the newest Waybill."),
        Code::DiskFull => ("The disk is full.", "Make some room. Waybill continues by itself."),
        Code::DataFolderUnusable => {
            ("Waybill cannot write to its data folder.", "Check the folder's permissions, or use --data-dir.")
        }
        Code::OutputUnwritable => ("The file cannot be written there.", "Choose another place."),
        Code::OutputExists => (
            "There is another file of that name. It has not been changed.",
            "Choose another folder, or move the file away.",
        ),
        Code::NotOpened => ("The file cannot be opened.", "Open it yourself: its place is named here."),
        Code::NotCopied => ("The text cannot be copied.", "Try again, or select it and copy it yourself."),
        Code::AutostartRefused => (
            "Whether Waybill starts with this computer cannot be changed.",
            "Ask your IT team: they may have set this for you.",
        ),
        Code::SettingsUnreadable => (
            "The settings cannot be read. Nothing has been changed in the file.",
            "Correct the file that is named here, or move it away, then start Waybill again.",
        ),
        Code::TransferUnknown => ("There is no such transfer.", "Run 'waybill transfers' to see them."),
        Code::TransferAmbiguous => {
            ("More than one transfer fits.", "Name one of those that 'waybill transfers' shows.")
        }
        Code::NotPossibleNow => {
            ("That cannot be done with this transfer now.", "Run 'waybill transfers' to see where it stands.")
        }
        Code::Paused => ("The transfer is paused.", "Run 'waybill resume' to continue."),
        Code::Cancelled => ("The transfer is cancelled.", "Start again with 'waybill send'."),
        Code::Usage => ("The command was not understood.", "Run 'waybill help'."),
        Code::Internal => {
            ("Something went wrong inside Waybill.", "Try again. If it happens again, report it with the log file.")
        }
    };
    Sentence { what, next }
}

/// A consignment's state in plain words.
#[must_use]
pub fn consignment_state(state: ConsignmentState) -> &'static str {
    match state {
        ConsignmentState::Ready => "Ready for upload",
        ConsignmentState::NeedsAgreement => "Needs its transfer agreement: finish on the TDR website",
        ConsignmentState::Uploading => "Being uploaded from elsewhere",
        ConsignmentState::Checking => "Being checked",
        ConsignmentState::Checked => "Uploaded and checked",
        ConsignmentState::Failed => "Upload failed: start a new consignment",
        ConsignmentState::Done => "Done",
        ConsignmentState::Judgment => "Judgment: use the TDR website",
    }
}

/// A phase in plain words.
#[must_use]
pub fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Walking => "Looking through the folder",
        Phase::Checked => "Checked, not sent yet",
        Phase::Hashing => "Reading the files",
        Phase::Starting => "Starting the upload",
        Phase::Registering => "Registering the files",
        Phase::Confirming => "Confirming the registration",
        Phase::Sending => "Sending",
        Phase::Settling => "Some files could not be sent",
        Phase::HandingOver => "Handing over to TDR",
        Phase::BeingChecked => "Being checked by TDR",
        Phase::Finished => "Uploaded",
        Phase::GivenUp => "Given up",
        Phase::Cancelled => "Cancelled",
    }
}

/// One of TDR's checks of a file, by the name that TDR gives it; that name itself where it is a new one.
#[must_use]
pub fn service_check(check: &str) -> &str {
    match check {
        "Antivirus" => "Antivirus check",
        "ChecksumMatch" | "ServerChecksum" => "Checksum check",
        "FFID" => "File format check",
        "ClientChecks" => "Checks before the upload",
        "ClientFilePath" => "Check of the path",
        "Redaction" => "Check of redactions",
        other => other,
    }
}

/// What a check of TDR's came to, in words and as TDR names it, such as `Virus found (VirusDetected)`; the name alone where it is
/// a new one.
#[must_use]
pub fn service_result(result: &str) -> String {
    let known = match result {
        "VirusDetected" => "Virus found",
        "Mismatch" => "Checksum differs",
        "PasswordProtected" => "Password-protected",
        "Zip" => "Zip file",
        "NonJudgmentFormat" => "Not a format for judgments",
        "ZeroByteFile" => "Empty file",
        "Failed" => "Check failed",
        other => return other.to_owned(),
    };
    format!("{known} ({result})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_short_sentence_and_a_next_step() {
        for &code in Code::ALL {
            let Sentence { what, next } = sentence(code);
            for text in [what, next] {
                assert!(text.ends_with('.') && text.len() <= 120, "{code}: {text}");
                assert!(text.starts_with(char::is_uppercase), "{code}: {text}");
            }
        }
    }
}
