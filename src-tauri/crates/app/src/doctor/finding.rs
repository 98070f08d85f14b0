//! What the self-test finds, as data: the window has its own words for it. [`Detail`] prints as the command line and the support
//! bundle have it.

use std::fmt;

use serde::Serialize;
use waybill_model::{Code, Failure};

use crate::interface::SessionKind;

/// What the self-test found, in the order in which things are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelfTest {
    /// One finding for each thing.
    pub findings: Vec<Finding>,
}

impl SelfTest {
    /// The first thing that stands in the way, and its code.
    #[must_use]
    pub fn blocker(&self) -> Option<(&Finding, Code)> {
        self.findings.iter().find_map(|finding| Some((finding, finding.code()?)))
    }

    /// Whether everything could be looked at. Where no proxy is set, there is none to look at.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let missing = |finding: &Finding| finding.verdict == Verdict::NotTested && finding.detail != Detail::NoProxy;
        !self.findings.iter().any(missing)
    }
}

/// What the self-test looks at, in the order in which things are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename = "SelfTestTopic", rename_all = "snake_case")]
pub enum Topic {
    /// Whether the data folder can be written to.
    DataFolder,
    /// Room on the disk of the data folder.
    Disk,
    /// The proxy on the way to the addresses, where one is used.
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

    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DataFolder => "Data folder",
            Self::Disk => "Room on the disk",
            Self::SignIn => "Sign-in address",
            Self::Api => "Service address",
            Self::Upload => "Upload address",
            Self::Website => "Website address",
            Self::Proxy => "Proxy",
            Self::Certificates => "Certificates",
            Self::Clock => "Clock",
            Self::SessionStore => "Session store",
        }
    }
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was looked at, and nothing is wrong.
    Works,
    /// It works now and may not for long.
    Warns,
    /// It stands in the way.
    Fails(Code),
    /// Nothing is known: it could not be looked at. The detail says why.
    NotTested,
}

/// One thing of the test.
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

    /// What is wrong, where something is.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self.verdict {
            Verdict::Fails(code) => Some(code),
            Verdict::Works | Verdict::Warns | Verdict::NotTested => None,
        }
    }
}

/// What was seen, or why nothing was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The folder that can be written to.
    Folder {
        /// Where it is.
        path: String,
    },
    /// Room on a disk.
    Room {
        /// Bytes that are free for this account.
        free: u64,
        /// Bytes below which it warns.
        wanted: u64,
    },
    /// A step on the way to all addresses.
    Addresses {
        /// At so many of them it went well.
        well: u32,
        /// Of so many; the others were not reached.
        of: u32,
    },
    /// The proxy that lets requests through.
    Proxy {
        /// Without user name and password.
        address: String,
        /// It let through to so many addresses.
        well: u32,
        /// Of so many that go through it.
        of: u32,
    },
    /// One address.
    Address {
        /// Without query.
        address: String,
        /// The answer's status, or what went wrong, in technical words.
        seen: String,
        /// Milliseconds to the answer or to the failure.
        ms: u64,
    },
    /// The clock.
    Clock {
        /// The service's time minus this computer's, in seconds: negative where this computer is fast.
        seconds_slow: i64,
    },
    /// Where the session is kept.
    Session {
        /// The place.
        store: SessionKind,
        /// Who is signed in.
        person: Option<String>,
    },
    /// The system's own words, or what a failure was about. Empty where nothing is known.
    System(String),
    /// Not tested: no request could be made.
    NoRequest,
    /// Not tested: no proxy is set.
    NoProxy,
    /// Not tested: no address that is encrypted was reached.
    NoCertificateSeen,
    /// Not tested: no address answered with its time.
    NoAnswer,
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { path } => f.write_str(path),
            Self::Room { free, wanted } => {
                let (free, wanted) = (free / 1_000_000, wanted / 1_000_000);
                write!(f, "{free} MB free; a large folder needs {wanted} MB")
            }
            Self::Addresses { well, of } if well == of => write!(f, "well at all {of} addresses"),
            Self::Addresses { well, of } => write!(f, "well at {well} of {of} addresses; the others were not reached"),
            Self::Proxy { address, well, of } => write!(f, "{address} lets through to {well} of {of} addresses"),
            Self::Address { address, seen, ms } => write!(f, "{address}: {seen} ({ms} ms)"),
            Self::Clock { seconds_slow: 0 } => f.write_str("right to the second"),
            Self::Clock { seconds_slow } => {
                let side = if *seconds_slow < 0 { "fast" } else { "slow" };
                write!(f, "{} s {side}", seconds_slow.abs())
            }
            Self::Session { store, person } => {
                let store = match store {
                    SessionKind::Keychain => "keychain",
                    SessionKind::Memory => "memory, until Waybill ends",
                    SessionKind::File => "file, readable by whoever may read your files",
                };
                match person {
                    Some(person) => write!(f, "{store}; signed in as {person}"),
                    None => write!(f, "{store}; nobody is signed in"),
                }
            }
            Self::System(words) => f.write_str(words),
            Self::NoRequest => f.write_str("no request can be made"),
            Self::NoProxy => f.write_str("no proxy is set"),
            Self::NoCertificateSeen => f.write_str("no encrypted address was reached"),
            Self::NoAnswer => f.write_str("no address told its time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_offsets_and_shares_of_addresses_are_written_in_plain_words() {
        let clock = |seconds_slow| Detail::Clock { seconds_slow }.to_string();
        assert_eq!([clock(0), clock(-1), clock(300)], ["right to the second", "1 s fast", "300 s slow"]);
        assert_eq!(Detail::Addresses { well: 4, of: 4 }.to_string(), "well at all 4 addresses");
        let some = Detail::Addresses { well: 2, of: 4 }.to_string();
        assert_eq!(some, "well at 2 of 4 addresses; the others were not reached");
    }
}
