//! The self-test: what works, and what stands in the way, by name.

use std::sync::Arc;
use std::time::Duration;

use waybill_cloud::{Examination, FileStore, Keychain, Net, OnlyFor, Outcome, TokenStore};
use waybill_model::{Code, Failure, NoAnswer, NoAnswerKind, Role};

use crate::interface::{Config, SessionKind};

/// What the self-test found, in the order in which things are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelfTest {
    /// One finding for each thing looked at.
    pub findings: Vec<Finding>,
}

impl SelfTest {
    /// The first thing that stands in the way.
    #[must_use]
    pub fn blocker(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| !finding.ok)
    }
}

/// What the self-test looks at, in the order in which things are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The data folder.
    DataFolder,
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
    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DataFolder => "Data folder",
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

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub topic: Topic,
    /// What, for people.
    pub what: &'static str,
    /// Whether it works.
    pub ok: bool,
    /// What is wrong.
    pub code: Option<Code>,
    /// What exactly: an address, a time, the system's words.
    pub detail: String,
}

/// The addresses of the service, in the order in which they are needed.
const ADDRESSES: [(Topic, Role); 4] = [
    (Topic::SignIn, Role::SignIn),
    (Topic::Api, Role::Api),
    (Topic::Upload, Role::Upload),
    (Topic::Website, Role::Website),
];

/// The greatest difference of clocks, in seconds, that is not worth a word.
pub(crate) const CLOCK_TOLERANCE: i64 = 120;
/// A keychain that does not answer at once is worth a word here.
const KEYCHAIN_PATIENCE: Duration = Duration::from_secs(5);

/// Looks at everything that a transfer needs. Sends one request to each address of the service, and signs nobody in.
pub async fn examine(config: &Config) -> SelfTest {
    let mut findings = vec![data_folder(config)];
    match Net::new(Arc::clone(&config.profile), config.ca_pem.as_deref()) {
        Ok(net) => {
            let mut seen = Vec::new();
            for (topic, role) in ADDRESSES {
                seen.push((topic, waybill_cloud::examine(&net, role).await));
            }
            findings.extend([proxy(&seen), certificates(&seen)]);
            findings.extend(seen.iter().map(|(topic, address)| of_address(*topic, address)));
            findings.push(clock(&net));
        }
        Err(failure) => findings.push(failed(Topic::Certificates, failure)),
    }
    findings.push(session_store(config).await);
    SelfTest { findings }
}

fn finding(topic: Topic, code: Option<Code>, detail: String) -> Finding {
    Finding { topic, what: topic.name(), ok: code.is_none(), code, detail }
}

fn failed(topic: Topic, failure: Failure) -> Finding {
    finding(topic, Some(failure.code), failure.detail.unwrap_or_default())
}

fn data_folder(config: &Config) -> Finding {
    let probe = config.data_dir.join(".write-test");
    let written = std::fs::create_dir_all(&config.data_dir).and_then(|()| std::fs::write(&probe, b"waybill"));
    // Whether or not it could be written: nothing of it stays.
    let _absent = std::fs::remove_file(&probe);
    match written {
        Ok(()) => finding(Topic::DataFolder, None, config.data_dir.display().to_string()),
        Err(error) => {
            let full = error.kind() == std::io::ErrorKind::StorageFull;
            let code = if full { Code::DiskFull } else { Code::DataFolderUnusable };
            failed(Topic::DataFolder, Failure::new(code, format!("{}: {error}", config.data_dir.display())))
        }
    }
}

fn of_address(topic: Topic, seen: &Examination) -> Finding {
    let steps = [seen.dns, seen.proxy, seen.connect, seen.tls, seen.http];
    let code = steps.into_iter().find_map(failure_of);
    finding(topic, code, format!("{}: {} ({} ms)", seen.address, seen.detail, seen.elapsed.as_millis()))
}

fn proxy(seen: &[(Topic, Examination)]) -> Finding {
    let well = |count: usize| match count {
        0 => "not looked at: no address was found".to_owned(),
        count => format!("in the way at none of {count} addresses"),
    };
    of_step(Topic::Proxy, seen, |address| address.proxy, well)
}

fn certificates(seen: &[(Topic, Examination)]) -> Finding {
    let well = |count: usize| match count {
        0 => "not looked at: no encrypted address was reached".to_owned(),
        count => format!("trusted at {count} of {} addresses", seen.len()),
    };
    // What else can go wrong with encryption is named at the address.
    let step = |address: &Examination| match address.tls {
        Outcome::Failed(code) if code != Code::CertificateUntrusted => Outcome::Skipped,
        outcome @ (Outcome::Failed(_) | Outcome::Well | Outcome::Skipped) => outcome,
    };
    of_step(Topic::Certificates, seen, step, well)
}

/// One step on the way to all addresses: the first of them at which it failed names the blocker. A step that no address
/// came to is neither good nor bad: what stood before it is named at the address.
fn of_step(
    topic: Topic,
    seen: &[(Topic, Examination)],
    step: impl Fn(&Examination) -> Outcome,
    well: impl Fn(usize) -> String,
) -> Finding {
    let failed = seen.iter().find_map(|(_, address)| Some((failure_of(step(address))?, address)));
    match failed {
        Some((code, address)) => finding(topic, Some(code), format!("{}: {}", address.address, address.detail)),
        None => finding(topic, None, well(seen.iter().filter(|(_, address)| step(address) == Outcome::Well).count())),
    }
}

fn failure_of(step: Outcome) -> Option<Code> {
    match step {
        Outcome::Failed(code) => Some(code),
        Outcome::Well | Outcome::Skipped => None,
    }
}

fn clock(net: &Net) -> Finding {
    match net.clock_offset_ms() {
        None => finding(Topic::Clock, None, "not compared: no address answered".to_owned()),
        Some(offset) => {
            let seconds = offset / 1000;
            let ok = seconds.abs() <= CLOCK_TOLERANCE;
            let code = (!ok).then_some(Code::ClockWrong);
            let side = if seconds < 0 { "fast" } else { "slow" };
            finding(Topic::Clock, code, format!("{} s {side}", seconds.abs()))
        }
    }
}

async fn session_store(config: &Config) -> Finding {
    let topic = Topic::SessionStore;
    let store = store_over(config, |keychain| keychain.with_patience(KEYCHAIN_PATIENCE));
    let described = store.describe();
    let loaded = tokio::task::spawn_blocking(move || store.load()).await;
    match loaded {
        Ok(Ok(Some(session))) => finding(topic, None, format!("{described}: signed in as {}", session.person.name)),
        Ok(Ok(None)) => finding(topic, None, format!("{described}: nobody is signed in")),
        Ok(Err(failure)) => failed(topic, failure),
        Err(_) => failed(topic, Code::Internal.into()),
    }
}

/// The store that the configuration names.
pub(crate) fn open_store(config: &Config) -> Box<dyn TokenStore> {
    store_over(config, |keychain| keychain)
}

fn store_over(config: &Config, keychain: impl FnOnce(Keychain) -> Keychain) -> Box<dyn TokenStore> {
    let store: Box<dyn TokenStore> = match config.session {
        SessionKind::Keychain => Box::new(keychain(Keychain::new(&config.profile.name))),
        SessionKind::Memory => Box::new(waybill_cloud::Memory::default()),
        SessionKind::File => Box::new(FileStore::new(&config.data_dir, &config.profile.name)),
    };
    Box::new(OnlyFor::new(&config.profile, store))
}

/// The code under which a person meets a silence.
pub(crate) fn code_of_silence(silence: &NoAnswer, unreachable: Code) -> Code {
    match silence.kind {
        NoAnswerKind::CertificateUntrusted => Code::CertificateUntrusted,
        NoAnswerKind::ProxyRefused => Code::ProxyRefused,
        NoAnswerKind::Garbled => Code::UnexpectedPage,
        NoAnswerKind::Dns
        | NoAnswerKind::Connect
        | NoAnswerKind::Tls
        | NoAnswerKind::Reset
        | NoAnswerKind::TimedOut => unreachable,
    }
}

#[cfg(test)]
mod tests {
    use waybill_model::SafeUrl;

    use super::*;

    /// An address at which one step failed, or none.
    fn seen(topic: Topic, role: Role, failed: Option<(usize, Code)>) -> (Topic, Examination) {
        let step = |number: usize| match failed {
            Some((at, code)) if at == number => Outcome::Failed(code),
            Some((at, _)) if at < number => Outcome::Skipped,
            Some(_) | None => Outcome::Well,
        };
        let address = SafeUrl(format!("https://{}.example/", topic.name().replace(' ', "-")).parse().unwrap());
        let examination = Examination {
            role,
            address,
            dns: step(0),
            proxy: step(1),
            connect: step(2),
            tls: step(3),
            http: step(4),
            elapsed: Duration::from_millis(12),
            clock_offset_ms: None,
            detail: "what was seen".to_owned(),
        };
        (topic, examination)
    }

    fn all(failed: [Option<(usize, Code)>; 4]) -> Vec<(Topic, Examination)> {
        ADDRESSES.into_iter().zip(failed).map(|((topic, role), failed)| seen(topic, role, failed)).collect()
    }

    #[test]
    fn a_proxy_that_refuses_is_named_with_the_address_that_it_refuses() {
        let refused = all([None, None, Some((1, Code::ProxyRefused)), Some((1, Code::ProxyRefused))]);
        let found = proxy(&refused);
        assert_eq!((found.ok, found.code), (false, Some(Code::ProxyRefused)));
        assert_eq!(found.detail, "https://upload-address.example/: what was seen");
        assert!(certificates(&refused).ok, "whoever does not get through has seen no certificate");
        assert_eq!(certificates(&refused).detail, "trusted at 2 of 4 addresses");
    }

    #[test]
    fn a_certificate_is_named_and_other_faults_of_encryption_are_the_addresss_own() {
        let untrusted = all([Some((3, Code::CertificateUntrusted)), None, None, None]);
        assert_eq!(certificates(&untrusted).code, Some(Code::CertificateUntrusted));
        assert!(proxy(&untrusted).ok);
        let broken = all([Some((3, Code::SignInUnreachable)), None, None, None]);
        assert!(certificates(&broken).ok);
        assert_eq!(of_address(Topic::SignIn, &broken[0].1).code, Some(Code::SignInUnreachable));
    }

    #[test]
    fn what_nobody_came_to_is_not_called_well() {
        let nowhere = all([Some((0, Code::Offline)); 4]);
        assert_eq!(proxy(&nowhere).detail, "not looked at: no address was found");
        assert!(certificates(&nowhere).detail.starts_with("not looked at"));
        let everywhere = all([None; 4]);
        assert_eq!(proxy(&everywhere).detail, "in the way at none of 4 addresses");
        assert_eq!(certificates(&everywhere).detail, "trusted at 4 of 4 addresses");
    }
}
