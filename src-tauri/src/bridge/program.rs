//! What is asked of the program beside the journal: the service, folders, settings, the self-test.

use serde::{Deserialize, Serialize};
use specta::Type;
use waybill_app::{
    ConsignmentEntry, SelfTestDetail as Detail, SelfTestFinding, SelfTestTopic, SelfTestVerdict, SessionKind,
};
use waybill_model::{Code, ConsignmentState, Phase};

use super::snapshot::ServiceChecks;

/// What this program is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct About {
    pub(crate) name: String,
    pub(crate) version: String,
    /// `null` where the service's profile cannot be used; the snapshot's `blocked` says why.
    pub(crate) service: Option<Service>,
    /// Such as `linux x86_64`.
    pub(crate) platform: String,
    pub(crate) data_folder: String,
    pub(crate) log_folder: String,
}

/// The service that files are sent to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct Service {
    /// The name of its profile.
    pub(crate) name: String,
    /// For people.
    pub(crate) title: String,
    /// The host of its website; `null` if it has none.
    pub(crate) website: Option<String>,
    /// The host that files are sent to.
    pub(crate) upload: String,
    /// What a folder is sent to.
    pub(crate) destination: Destination,
    /// Its limits on one transfer.
    pub(crate) max_files: u64,
    pub(crate) max_file_bytes: u64,
    pub(crate) max_transfer_bytes: u64,
}

/// What a folder is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Destination {
    /// A consignment, which the person chooses from their list.
    Consignment,
    /// The service itself, which has no consignments.
    Service,
}

/// One consignment of the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct ConsignmentLine {
    pub(crate) reference: String,
    pub(crate) series: Option<String>,
    /// As the service writes it (ISO 8601).
    pub(crate) created: Option<String>,
    pub(crate) state: ConsignmentState,
    /// Why no new upload can start; `null` when it can, or when it is `here`.
    pub(crate) refusal: Option<Code>,
    /// Files registered so far.
    pub(crate) files: u64,
    /// The transfer into it on this computer.
    pub(crate) here: Option<Here>,
}

/// A page of the service's website, without its address: that is made in the program.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Type)]
#[serde(tag = "at", rename_all = "snake_case")]
pub(crate) enum WebsitePlace {
    /// Its first page.
    Home,
    /// Where a listed consignment continues.
    Consignment { reference: String },
    /// Where a transfer of this computer stands there.
    Transfer { transfer: String },
}

/// A transfer of this computer, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct Here {
    pub(crate) transfer: String,
    pub(crate) phase: Phase,
    /// Of the bytes acknowledged.
    pub(crate) per_mille: u16,
    /// A person has paused it.
    pub(crate) paused: bool,
    /// How the service's own checks stood when they were read last.
    pub(crate) checks: Option<ServiceChecks>,
}

/// A folder that the person chose or dropped, and that was there and readable. Only by its token can it be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct Offer {
    /// The folder's own name.
    pub(crate) name: String,
    /// The whole path, to be shown.
    pub(crate) path: String,
    pub(crate) token: String,
}

/// The transfer of a folder into a consignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct Opened {
    pub(crate) transfer: String,
    /// It existed before and resumes.
    pub(crate) existed: bool,
}

/// What a person can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub(crate) struct Settings {
    /// Hold sleep off while sending on mains power.
    pub(crate) keep_awake: bool,
    /// Start with the computer and resume.
    pub(crate) start_with_computer: bool,
    /// Bytes a second, at least 25,000; `null` for none.
    pub(crate) speed_limit: Option<u64>,
    /// Tell through the system's notifications.
    pub(crate) notifications: bool,
}

/// One thing of the self-test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct SelfTestLine {
    pub(crate) what: SelfTestTopic,
    pub(crate) outcome: SelfTestOutcome,
    /// What is wrong, where it fails.
    pub(crate) code: Option<Code>,
    pub(crate) detail: SelfTestDetail,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SelfTestOutcome {
    /// It was looked at, and nothing is wrong.
    Works,
    /// It works now and may not for long.
    Warns,
    /// It prevents a transfer.
    Fails,
    /// It could not be looked at; the detail says why.
    NotTested,
}

/// What was seen, or why nothing was. Not sentences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(tag = "seen", rename_all = "snake_case")]
pub(crate) enum SelfTestDetail {
    /// The folder that can be written to.
    Folder { path: String },
    /// Bytes that are free, and below which there is a warning.
    Room { free: u64, wanted: u64 },
    /// At so many of the addresses it went well; the others were not reached.
    Addresses { well: u32, of: u32 },
    /// The proxy, without user name and password, and to how many of the addresses behind it it lets through.
    Proxy { address: String, well: u32, of: u32 },
    /// An address, its answer or what went wrong in technical words, and the milliseconds until then.
    Address { address: String, answer: String, ms: u64 },
    /// The service's time minus this computer's.
    Clock { seconds_slow: i64 },
    /// Where the session is kept, and who is signed in.
    Session { store: SessionKind, person: Option<String> },
    /// The system's own words; may be empty.
    System { words: String },
    /// Not tested: no request could be made.
    NoRequest,
    /// Not tested: no proxy is set.
    NoProxy,
    /// Not tested: no address that is encrypted was reached.
    NoCertificateSeen,
    /// Not tested: no address answered with its time.
    NoAnswer,
}

impl From<ConsignmentEntry> for ConsignmentLine {
    fn from(entry: ConsignmentEntry) -> Self {
        let here = entry.here.map(|here| Here {
            transfer: here.transfer.to_string(),
            phase: here.phase,
            per_mille: here.per_mille,
            paused: here.paused,
            checks: here.checks.map(Into::into),
        });
        let refusal = if here.is_some() { None } else { entry.state.refusal() };
        Self {
            reference: entry.consignment.reference.to_string(),
            series: entry.consignment.series,
            created: entry.consignment.created,
            state: entry.state,
            refusal,
            files: entry.consignment.total_files,
            here,
        }
    }
}

impl From<SelfTestFinding> for SelfTestLine {
    fn from(finding: SelfTestFinding) -> Self {
        let outcome = match finding.verdict {
            SelfTestVerdict::Works => SelfTestOutcome::Works,
            SelfTestVerdict::Warns => SelfTestOutcome::Warns,
            SelfTestVerdict::Fails(_) => SelfTestOutcome::Fails,
            SelfTestVerdict::NotTested => SelfTestOutcome::NotTested,
        };
        Self { what: finding.topic, outcome, code: finding.code(), detail: finding.detail.into() }
    }
}

impl From<Detail> for SelfTestDetail {
    fn from(detail: Detail) -> Self {
        match detail {
            Detail::Folder { path } => Self::Folder { path },
            Detail::Room { free, wanted } => Self::Room { free, wanted },
            Detail::Addresses { well, of } => Self::Addresses { well, of },
            Detail::Proxy { address, well, of } => Self::Proxy { address, well, of },
            Detail::Address { address, seen, ms } => Self::Address { address, answer: seen.to_string(), ms },
            Detail::Clock { seconds_slow } => Self::Clock { seconds_slow },
            Detail::Session { store, person } => Self::Session { store, person },
            Detail::System(words) => Self::System { words },
            Detail::NoRequest => Self::NoRequest,
            Detail::NoProxy => Self::NoProxy,
            Detail::NoCertificateSeen => Self::NoCertificateSeen,
            Detail::NoAnswer => Self::NoAnswer,
        }
    }
}
