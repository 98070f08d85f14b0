//! The self-test: what works, and what stands in the way, by name.

use std::sync::Arc;
use std::time::Duration;

use waybill_cloud::{FileStore, Keychain, Net, OnlyFor, Outcome, TokenStore};
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
    /// The certificate authorities that the profile names.
    Certificates,
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
            Self::Clock => "Clock",
            Self::Certificates => "Certificates",
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

/// The greatest difference of clocks, in seconds, that is not worth a word.
pub(crate) const CLOCK_TOLERANCE: i64 = 120;
/// A keychain that does not answer at once is worth a word here.
const KEYCHAIN_PATIENCE: Duration = Duration::from_secs(5);

/// Looks at everything that a transfer needs. Sends one request to each address of the service, and signs nobody in.
pub async fn examine(config: &Config) -> SelfTest {
    let mut findings = vec![data_folder(config)];
    match Net::new(Arc::clone(&config.profile), config.ca_pem.as_deref()) {
        Ok(net) => {
            for (topic, role) in [
                (Topic::SignIn, Role::SignIn),
                (Topic::Api, Role::Api),
                (Topic::Upload, Role::Upload),
                (Topic::Website, Role::Website),
            ] {
                findings.push(address(&net, topic, role).await);
            }
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

async fn address(net: &Net, topic: Topic, role: Role) -> Finding {
    let seen = waybill_cloud::examine(net, role).await;
    let steps = [seen.dns, seen.proxy, seen.connect, seen.tls, seen.http];
    let code = steps.into_iter().find_map(|step| match step {
        Outcome::Failed(code) => Some(code),
        Outcome::Well | Outcome::Skipped => None,
    });
    let detail = format!("{}: {} ({} ms)", seen.address, seen.detail, seen.elapsed.as_millis());
    finding(topic, code, detail)
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
