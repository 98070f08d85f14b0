//! The findings of the self-test as data: the window makes sentences of them itself. [`Detail`] prints the same
//! sentences for the command line and the support bundle.

use std::fmt;

use serde::Serialize;
use waybill_cloud::Seen;
use waybill_model::{Code, Failure};
use waybill_words::{amount, self_test as words};

use crate::interface::SessionKind;

/// The findings of the self-test, in the order in which things are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelfTest {
    /// One finding for each topic.
    pub findings: Vec<Finding>,
}

impl SelfTest {
    /// Returns the first blocker and its code.
    #[must_use]
    pub fn blocker(&self) -> Option<(&Finding, Code)> {
        self.findings.iter().find_map(|finding| Some((finding, finding.code()?)))
    }

    /// Returns whether everything could be tested. Without a proxy, there is nothing to test.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let missing = |finding: &Finding| finding.verdict == Verdict::NotTested && finding.detail != Detail::NoProxy;
        !self.findings.iter().any(missing)
    }
}

/// What the self-test examines, in the order in which things are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename = "SelfTestTopic", rename_all = "snake_case")]
pub enum Topic {
    /// Whether the data folder can be written to.
    DataFolder,
    /// Free space on the disk of the data folder.
    Disk,
    /// The proxy for the addresses, where one is used.
    Proxy,
    /// The certificates of the addresses, and the authorities that the profile names.
    Certificates,
    /// The sign-in address.
    SignIn,
    /// The address of the consignment API.
    Api,
    /// The upload address.
    Upload,
    /// The website.
    Website,
    /// This computer's clock.
    Clock,
    /// Where the session is kept.
    SessionStore,
}

impl Topic {
    /// Every topic, in order.
    pub const ALL: [Self; 10] = [
        Self::DataFolder,
        Self::Disk,
        Self::Proxy,
        Self::Certificates,
        Self::SignIn,
        Self::Api,
        Self::Upload,
        Self::Website,
        Self::Clock,
        Self::SessionStore,
    ];

    /// Returns its word for programs, the same in every language.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::DataFolder => "data_folder",
            Self::Disk => "disk",
            Self::Proxy => "proxy",
            Self::Certificates => "certificates",
            Self::SignIn => "sign_in",
            Self::Api => "api",
            Self::Upload => "upload",
            Self::Website => "website",
            Self::Clock => "clock",
            Self::SessionStore => "session_store",
        }
    }

    /// Returns its name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DataFolder => words::topics_data_folder(),
            Self::Disk => words::topics_disk(),
            Self::SignIn => words::topics_sign_in(),
            Self::Api => words::topics_api(),
            Self::Upload => words::topics_upload(),
            Self::Website => words::topics_website(),
            Self::Proxy => words::topics_proxy(),
            Self::Certificates => words::topics_certificates(),
            Self::Clock => words::topics_clock(),
            Self::SessionStore => words::topics_session_store(),
        }
    }
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was tested, and nothing is wrong.
    Works,
    /// It works now and may not for long.
    Warns,
    /// It prevents transfers.
    Fails(Code),
    /// Unknown: it could not be tested. The detail says why.
    NotTested,
}

/// One topic of the self-test and its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub topic: Topic,
    /// How it ended.
    pub verdict: Verdict,
    /// What was seen.
    pub detail: Detail,
}

impl Finding {
    pub(super) fn well(topic: Topic, detail: Detail) -> Self {
        Self { topic, verdict: Verdict::Works, detail }
    }

    pub(super) fn not_tested(topic: Topic, detail: Detail) -> Self {
        Self { topic, verdict: Verdict::NotTested, detail }
    }

    pub(super) fn failed(topic: Topic, failure: Failure) -> Self {
        let detail = Detail::System(failure.detail.unwrap_or_default());
        Self { topic, verdict: Verdict::Fails(failure.code), detail }
    }

    /// Returns what is wrong, if anything.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self.verdict {
            Verdict::Fails(code) => Some(code),
            Verdict::Works | Verdict::Warns | Verdict::NotTested => None,
        }
    }
}

/// What was observed, or why nothing was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The folder that can be written to.
    Folder {
        /// Where it is.
        path: String,
    },
    /// Free space on a disk.
    Room {
        /// Bytes that are free for this account.
        free: u64,
        /// Bytes below which it warns.
        wanted: u64,
    },
    /// A step that is needed for all addresses.
    Addresses {
        /// The number of addresses where it succeeded.
        well: u32,
        /// The number of addresses tried; the others were not reached.
        of: u32,
    },
    /// The proxy that lets requests through.
    Proxy {
        /// Without user name and password.
        address: String,
        /// The number of addresses that it lets requests through to.
        well: u32,
        /// The number of addresses that use it.
        of: u32,
    },
    /// One address.
    Address {
        /// Without query.
        address: String,
        /// What came back.
        seen: Seen,
        /// Milliseconds until the response or the failure.
        ms: u64,
    },
    /// The clock.
    Clock {
        /// The service's time minus this computer's, in seconds: negative if this computer is ahead.
        seconds_slow: i64,
    },
    /// Where the session is kept.
    Session {
        /// The location.
        store: SessionKind,
        /// Who is signed in.
        person: Option<String>,
    },
    /// The system's own message, or what a failure was about. Empty if nothing is known.
    System(String),
    /// Not tested: no request could be made.
    NoRequest,
    /// Not tested: no proxy is set.
    NoProxy,
    /// Not tested: no encrypted address was reached.
    NoCertificateSeen,
    /// Not tested: no response gave the time.
    NoAnswer,
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { path } => f.write_str(&words::folder(path)),
            Self::Room { free, wanted } if free >= wanted => f.write_str(&words::room(&megabytes(*free))),
            Self::Room { free, wanted } => {
                let (free, wanted) = (megabytes(*free), megabytes(*wanted));
                f.write_str(&words::room_short(words::RoomShort { free: &free, wanted: &wanted }))
            }
            Self::Addresses { well, of } if well == of => f.write_str(&words::certificates(u64::from(*of))),
            Self::Addresses { well, of } => {
                let (all, trusted) = (u64::from(*of), u64::from(*well));
                f.write_str(&words::certificates_some(words::CertificatesSome { all, trusted }))
            }
            Self::Proxy { address, well, of } => {
                let (all, reached) = (u64::from(*of), u64::from(*well));
                f.write_str(&words::proxy(words::Proxy { address, all, reached }))
            }
            Self::Address { address, seen, ms } => {
                let (answer, milliseconds) = (&*seen.to_string(), *ms);
                f.write_str(&words::address(words::Address { address, answer, milliseconds }))
            }
            Self::Clock { seconds_slow } => f.write_str(&clock(*seconds_slow)),
            Self::Session { store, person } => {
                let store = match store {
                    SessionKind::Keychain => words::kept_keychain(),
                    SessionKind::Memory => words::kept_memory(),
                    SessionKind::File => words::kept_file(),
                };
                match person {
                    Some(person) => write!(f, "{store} {}", words::person(person)),
                    None => write!(f, "{store} {}", words::nobody()),
                }
            }
            Self::System(words) => f.write_str(words),
            Self::NoRequest => f.write_str(words::no_request()),
            Self::NoProxy => f.write_str(words::no_proxy()),
            Self::NoCertificateSeen => f.write_str(words::no_certificate()),
            Self::NoAnswer => f.write_str(words::no_answer()),
        }
    }
}

/// Returns a number of bytes in whole megabytes.
fn megabytes(bytes: u64) -> String {
    amount::megabytes(&amount::count(bytes / 1_000_000))
}

/// Says how far this computer's clock is off: in seconds below two minutes, as in the window.
fn clock(seconds_slow: i64) -> String {
    const SECONDS_IN_WORDS: u64 = 120;
    let (off, is_slow) = (seconds_slow.unsigned_abs(), seconds_slow > 0);
    match (off, is_slow) {
        (0, _) => words::clock_right().to_owned(),
        (1..SECONDS_IN_WORDS, true) => words::clock_slow_seconds(off),
        (1..SECONDS_IN_WORDS, false) => words::clock_fast_seconds(off),
        (_, true) => words::clock_slow_minutes((off + 30) / 60),
        (_, false) => words::clock_fast_minutes((off + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_offsets_and_shares_of_addresses_are_written_in_plain_words() {
        let clock = |seconds_slow| Detail::Clock { seconds_slow }.to_string();
        let said = ["It agrees with the service’s time.", "It is 1 second fast.", "It is 5 minutes slow."];
        assert_eq!([clock(0), clock(-1), clock(300)], said);
        let all = Detail::Addresses { well: 4, of: 4 }.to_string();
        assert_eq!(all, "This computer trusts the certificates of all 4 addresses.");
        let some = Detail::Addresses { well: 2, of: 4 }.to_string();
        assert!(some.starts_with("This computer trusts the certificates of 2 of the 4 addresses."), "{some}");
        let room = Detail::Room { free: 1_500_000_000, wanted: 2_000_000_000 }.to_string();
        assert_eq!(room, "1,500 MB free. For a large folder Waybill needs 2,000 MB on this disk.");
        let session = Detail::Session { store: SessionKind::Memory, person: Some("Priya".to_owned()) }.to_string();
        assert_eq!(session, "You stay signed in until Waybill stops. You are signed in as Priya.");
    }
}
