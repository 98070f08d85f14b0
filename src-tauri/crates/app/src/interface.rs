//! What goes into the controller and what comes out of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use url::Url;
use waybill_engine::transfer::{CheckTotals, Hold};
use waybill_model::{
    CheckProgress, Code, Consignment, ConsignmentState, Failure, Person, Phase, Progress, ProxyChoice, SendGiven,
    ServiceProfile, TransferId, WaitReason, service,
};

use crate::clock::Clock;

/// What the controller needs to start.
#[derive(Clone)]
pub struct Config {
    /// The folder for the journal, receipts and (if so chosen) the session.
    pub data_dir: PathBuf,
    /// The service.
    pub profile: Arc<ServiceProfile>,
    /// Further certificate authorities for the service, PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// The proxy for the service, as set.
    pub proxy: ProxyChoice,
    /// Where the session is kept.
    pub session: SessionKind,
    /// Name and version of the program, for receipts and the owner lock, such as `waybill 0.1.0`.
    pub program: String,
    /// Whether transfers will be run: then the journal is locked for this process.
    pub owns_journal: bool,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The seed of all jitter.
    pub seed: u64,
}

/// Where the session is kept between runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// In the system's keychain.
    Keychain,
    /// Only in memory.
    Memory,
    /// In a file in the data folder that only this account can read. Anyone who can read it can act as the person.
    File,
}

/// Everything that a person may see, sent whole each time it changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The session.
    pub session: SessionState,
    /// The transfers that this process runs or has run.
    pub transfers: BTreeMap<TransferId, TransferSnapshot>,
}

/// The session as people see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SessionState {
    /// Not known yet.
    #[default]
    Loading,
    /// Nobody is signed in.
    SignedOut(Option<Code>),
    /// A sign-in page is open.
    SigningIn,
    /// Somebody is signed in.
    SignedIn(Person),
    /// Somebody is signed in, but the sign-in address does not answer.
    Waiting(Person, WaitReason),
}

/// One running transfer.
#[derive(Clone, Debug, PartialEq)]
pub struct TransferSnapshot {
    /// Which one.
    pub id: TransferId,
    /// What people call the place that it goes into: the consignment's reference, or the name of the service.
    pub destination: String,
    /// The folder's name.
    pub folder_name: String,
    /// Where it stands.
    pub phase: Phase,
    /// Whether it runs.
    pub hold: Hold,
    /// The person has given up, or is giving up: the service learns that the upload failed, and nothing is handed over to be
    /// checked.
    pub given_up: bool,
    /// Its turn: one transfer at a time walks, hashes and sends.
    pub turn: TurnState,
    /// What the walk has found so far.
    pub walked: FolderCount,
    /// Hashing: bytes read so far and in all; otherwise zero.
    pub hashed: Progress,
    /// Sent: acknowledged and in the journal.
    pub sent: Progress,
    /// Bytes per second handed to the network, over the last seconds.
    pub bytes_per_second: u64,
    /// The file being processed.
    pub current: Option<String>,
    /// The check's numbers.
    pub check_totals: Option<CheckTotals>,
    /// Items set aside.
    pub set_aside: u64,
    /// TDR's checks.
    pub service_checks: Option<CheckProgress>,
    /// Where the receipt is.
    pub receipt_dir: Option<PathBuf>,
}

/// Whether a transfer has its turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TurnState {
    /// It needs none: it is paused, stopped, waits for the person, or is past sending.
    #[default]
    None,
    /// It runs, or may.
    Has,
    /// Another transfer has it. This one does nothing until that one releases it, in any phase and with any hold.
    /// Orders are already in the journal.
    Waits,
}

/// What a walk has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub struct FolderCount {
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
    /// Folders.
    pub folders: u64,
}

/// What must not be missed between two snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Open this address to sign in.
    SignInUrl(Url),
    /// Open this address to hand over.
    HandOverUrl {
        /// For which transfer.
        transfer: TransferId,
        /// The address.
        url: Url,
    },
    /// An item was set aside.
    ItemProblem {
        /// Of which transfer.
        transfer: TransferId,
        /// The item's path.
        path: String,
        /// Why.
        code: Code,
    },
    /// A receipt was written.
    Receipt {
        /// Of which transfer.
        transfer: TransferId,
        /// The files.
        files: Vec<PathBuf>,
    },
    /// This computer's clock differs from the service's by this many seconds (positive: the service is ahead).
    ClockOff(i64),
    /// The keychain cannot be used; the session lives in memory only.
    SessionNotKept(Failure),
}

/// A consignment, and what this computer knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsignmentEntry {
    /// As the service reports it.
    pub consignment: Consignment,
    /// Its state: what can be done with it.
    pub state: ConsignmentState,
    /// This computer's transfer into it.
    pub here: Option<HereEntry>,
}

/// This computer's transfer into a consignment, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HereEntry {
    /// Which one.
    pub transfer: TransferId,
    /// Where it stands.
    pub phase: Phase,
    /// How many of its bytes are acknowledged, per mille.
    pub per_mille: u16,
    /// A person has paused it.
    pub paused: bool,
    /// TDR's checks when they were last read.
    pub checks: Option<CheckProgress>,
}

/// The transfer of a folder into a consignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Which one.
    pub id: TransferId,
    /// It existed before, and resumes. `false` also if it had only been checked: it is checked again.
    pub existed: bool,
}

/// What a person can order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case", tag = "command")]
pub enum Command {
    /// Send what the check found.
    Send {
        /// How many findings that leave a file or folder out the person was shown and agrees to; 0 if none. Nothing is
        /// sent where the check has another number.
        agreed: u64,
        /// When the order was given.
        #[serde(default)]
        given: SendGiven,
    },
    /// Stop for now.
    Pause,
    /// Resume.
    Resume,
    /// Try the items that were set aside again.
    TryAgain,
    /// Report to TDR that the upload failed, and end.
    GiveUp,
    /// End here, without reporting to TDR.
    Cancel,
}

/// More bytes than a profile ever has.
const LARGEST_PROFILE: u64 = 1 << 20;
/// More bytes than all certificate authorities of a system together.
const LARGEST_CA_FILE: u64 = 16 << 20;

/// Reads the text of a file that a person or an administrator names, which may be a link. At most `most` bytes.
pub(crate) fn read_text(path: &Path, most: u64) -> std::io::Result<String> {
    let content = waybill_files::read_linked(path, most)?;
    String::from_utf8(content).map_err(|_| std::io::Error::new(std::io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

/// Loads a service profile: a built-in name, or the path of a file. Returns the profile and the PEM of its own
/// certificate authorities.
///
/// # Errors
/// [`Code::ServiceUnknown`], [`Code::ProfileUnreadable`], [`Code::ProfileMalformed`] (line and key in the detail),
/// [`Code::ProfileInsecure`], [`Code::CaFileUnreadable`].
pub fn load_profile(name_or_path: &str) -> Result<(ServiceProfile, Option<Vec<u8>>), Failure> {
    if let Some(profile) = service::builtin(name_or_path) {
        return Ok((profile, None));
    }
    let path = Path::new(name_or_path);
    let looks_like_name = path.extension().is_none() && path.components().count() == 1;
    if looks_like_name && !path.exists() {
        return Err(Failure::new(Code::ServiceUnknown, name_or_path));
    }
    let unreadable =
        |code: Code, path: &Path, error: &std::io::Error| Failure::new(code, format!("{}: {error}", path.display()));
    let text = read_text(path, LARGEST_PROFILE).map_err(|error| unreadable(Code::ProfileUnreadable, path, &error))?;
    let profile = ServiceProfile::from_toml(&text).map_err(|problem| {
        let code = if problem.insecure { Code::ProfileInsecure } else { Code::ProfileMalformed };
        Failure::new(code, format!("{}: {problem}", path.display()))
    })?;
    if service::builtin(&profile.name).is_some() {
        let detail = format!("{}: name: '{}' is built in: a file needs another name", path.display(), profile.name);
        return Err(Failure::new(Code::ProfileMalformed, detail));
    }
    let ca_pem = match &profile.ca_file {
        None => None,
        Some(file) => {
            let file = path.parent().unwrap_or(Path::new("")).join(file);
            let read = waybill_files::read_linked(&file, LARGEST_CA_FILE);
            Some(read.map_err(|error| unreadable(Code::CaFileUnreadable, &file, &error))?)
        }
    };
    Ok((profile, ca_pem))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = r#"name = "ours"
ca_file = "ca.pem"
[sign_in]
issuer = "https://auth.example/realms/tdr"
client_id = "waybill"
[api]
url = "https://api.example/graphql"
[upload]
url = "https://upload.example"
[website]
url = "https://www.example"
"#;

    #[test]
    fn a_missing_certificate_file_is_not_reported_as_a_missing_profile() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ours.toml");
        let named = path.to_str().unwrap();
        assert_eq!(load_profile(named).unwrap_err().code, Code::ProfileUnreadable);
        std::fs::write(&path, PROFILE).unwrap();
        let failure = load_profile(named).unwrap_err();
        assert_eq!(failure.code, Code::CaFileUnreadable);
        assert!(failure.detail.unwrap().contains("ca.pem"));
        std::fs::write(dir.path().join("ca.pem"), "pem").unwrap();
        let (profile, ca_pem) = load_profile(named).unwrap();
        assert_eq!((profile.name.as_str(), ca_pem.as_deref()), ("ours", Some(b"pem".as_slice())));
    }
}
