//! The self-test: what works, what prevents transfers, and what could not be tested, by name.

mod finding;

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use waybill_cloud::{Examination, FileStore, Keychain, Net, OnlyFor, Outcome, TokenStore};
use waybill_model::{Code, Failure, Role, ServiceProfile};

use crate::interface::{Config, SessionKind};

pub use finding::{Detail, Finding, SelfTest, Topic, Verdict};

/// The addresses that a service can have, in the order in which they are needed.
const ADDRESSES: [(Topic, Role); 4] = [
    (Topic::SignIn, Role::SignIn),
    (Topic::Api, Role::Api),
    (Topic::Upload, Role::Upload),
    (Topic::Website, Role::Website),
];

/// The greatest clock difference, in seconds, that is not worth reporting.
pub(crate) const CLOCK_TOLERANCE: i64 = 120;
/// A keychain that does not answer within this time is reported.
const KEYCHAIN_PATIENCE: Duration = Duration::from_secs(5);

/// Between two looks at an address.
const BREATH: Duration = Duration::from_secs(1);

/// Below this, in bytes, there may be no room for the list of a large folder's files, its log and its receipt.
const ROOM_WANTED: u64 = 500_000_000;
/// Below this, in bytes, hardly anything can be written: a transfer would wait at once.
const ROOM_NEEDED: u64 = 20_000_000;

/// Examines everything that a transfer needs. Sends one request to each address that the service's way of uploading
/// uses, all at once, so that a silent address does not delay the others. Does not sign anyone in.
pub async fn examine(config: &Config) -> SelfTest {
    let mut findings =
        vec![data_folder(&config.data_dir), room(&config.data_dir, fs4::available_space(&config.data_dir))];
    match Net::new(Arc::clone(&config.profile), config.ca_pem.as_deref(), &config.proxy) {
        Ok(net) => findings.extend(of_network(&net).await),
        Err(failure) => {
            findings.push(Finding::failed(Topic::Certificates, failure));
            let addresses = addresses_of(&config.profile).map(|(topic, _)| topic);
            let others = [Topic::Proxy].into_iter().chain(addresses).chain([Topic::Clock]);
            findings.extend(others.map(|topic| Finding::not_tested(topic, Detail::NoRequest)));
        }
    }
    findings.push(session_store(config).await);
    SelfTest { findings }
}

async fn of_network(net: &Net) -> Vec<Finding> {
    let needed = &net.profile().way;
    let [one, two, three, four] = ADDRESSES.map(|(topic, role)| async move {
        if !needed.needs(role) {
            return None;
        }
        Some((topic, look(net, role).await?))
    });
    let seen: Vec<_> = <[_; 4]>::from(tokio::join!(one, two, three, four)).into_iter().flatten().collect();
    let mut findings = vec![proxy(&seen), certificates(&seen)];
    findings.extend(seen.iter().map(|(topic, address)| of_address(*topic, address)));
    let by_certificate = seen.iter().any(|(_, address)| failure_of(address.tls) == Some(Code::ClockWrong));
    findings.push(match clock(net.clock_offset_ms()) {
        // No address said its time, since no certificate is valid by this clock.
        Finding { verdict: Verdict::NotTested, .. } if by_certificate => {
            Finding::failed(Topic::Clock, Code::ClockWrong.into())
        }
        found => found,
    });
    findings
}

/// Examines an address, and once more if the service failed or hung up, which may pass in a moment.
async fn look(net: &Net, role: Role) -> Option<Examination> {
    let first = waybill_cloud::examine(net, role).await?;
    match failure_of(first.http) {
        Some(Code::ServiceFailed | Code::SignInUnreachable | Code::ApiUnreachable | Code::UploadUnreachable) => {
            tokio::time::sleep(BREATH).await;
            waybill_cloud::examine(net, role).await
        }
        Some(_) | None => Some(first),
    }
}

/// Returns the addresses that the service's way of uploading uses.
fn addresses_of(profile: &ServiceProfile) -> impl Iterator<Item = (Topic, Role)> {
    ADDRESSES.into_iter().filter(|(_, role)| profile.way.needs(*role))
}

/// Tests whether the folder can be written to. Free space is tested separately.
fn data_folder(folder: &Path) -> Finding {
    match waybill_files::make_folder(folder).map_err(|error| unwritable(folder, &error)).and_then(|()| writable(folder))
    {
        Ok(()) => Finding::well(Topic::DataFolder, Detail::Folder { path: folder.display().to_string() }),
        Err(failure) => Finding::failed(Topic::DataFolder, failure),
    }
}

/// Checks that an existing folder can be written to. A folder that does not exist is made when something is written.
///
/// # Errors
/// [`Code::DiskFull`] or [`Code::DataFolderUnusable`], with the folder.
pub fn writable(folder: &Path) -> Result<(), Failure> {
    let probe = folder.join(".write-test");
    let written = waybill_files::create(&probe).and_then(|mut file| file.write_all(b"waybill"));
    // Whether or not it could be written: nothing of it stays.
    let _absent = std::fs::remove_file(&probe);
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(unwritable(folder, &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn unwritable(folder: &Path, error: &std::io::Error) -> Failure {
    let full = error.kind() == std::io::ErrorKind::StorageFull;
    let code = if full { Code::DiskFull } else { Code::DataFolderUnusable };
    Failure::new(code, format!("{}: {error}", folder.display()))
}

/// `free`: the bytes that are free for this account on the disk of the folder.
fn room(folder: &Path, free: std::io::Result<u64>) -> Finding {
    let topic = Topic::Disk;
    match free {
        Err(error) => Finding::not_tested(topic, Detail::System(format!("{}: {error}", folder.display()))),
        Ok(free) => {
            let detail = Detail::Room { free, wanted: ROOM_WANTED };
            let verdict = match free {
                0..ROOM_NEEDED => Verdict::Fails(Code::DiskFull),
                ROOM_NEEDED..ROOM_WANTED => Verdict::Warns,
                ROOM_WANTED.. => Verdict::Works,
            };
            Finding { topic, verdict, detail }
        }
    }
}

fn of_address(topic: Topic, seen: &Examination) -> Finding {
    let steps = [seen.dns, seen.proxy, seen.connect, seen.tls, seen.http];
    let verdict = steps.into_iter().find_map(failure_of).map_or(Verdict::Works, Verdict::Fails);
    Finding { topic, verdict, detail: detail_of(seen) }
}

fn detail_of(seen: &Examination) -> Detail {
    let ms = u64::try_from(seen.elapsed.as_millis()).unwrap_or(u64::MAX);
    Detail::Address { address: seen.address.to_string(), seen: seen.seen.clone(), ms }
}

/// Tests whether the proxy lets requests through. Without a proxy, there is nothing to test.
fn proxy(seen: &[(Topic, Examination)]) -> Finding {
    let topic = Topic::Proxy;
    let Some(via) = seen.iter().find_map(|(_, address)| address.via.clone()) else {
        return Finding::not_tested(topic, Detail::NoProxy);
    };
    let through = seen.iter().filter(|(_, address)| address.via.is_some());
    let found = of_step(topic, seen, |address| address.proxy, Detail::NoAnswer);
    if let Detail::Addresses { well, .. } = found.detail {
        return Finding::well(topic, Detail::Proxy { address: via, well, of: count(through.count()) });
    }
    found
}

fn certificates(seen: &[(Topic, Examination)]) -> Finding {
    // Other TLS faults are reported at the address.
    let step = |address: &Examination| match address.tls {
        Outcome::Failed(code) if code != Code::CertificateUntrusted => Outcome::Skipped,
        outcome @ (Outcome::Failed(_) | Outcome::Well | Outcome::Skipped) => outcome,
    };
    of_step(Topic::Certificates, seen, step, Detail::NoCertificateSeen)
}

/// Tests a step that all addresses need: the first address where it failed names the blocker. A step that no address
/// reached is not tested: the obstacle is reported at the address.
fn of_step(
    topic: Topic,
    seen: &[(Topic, Examination)],
    step: impl Fn(&Examination) -> Outcome,
    nowhere: Detail,
) -> Finding {
    let failed = seen.iter().find_map(|(_, address)| Some((failure_of(step(address))?, address)));
    let well = seen.iter().filter(|(_, address)| step(address) == Outcome::Well).count();
    match failed {
        Some((code, address)) => Finding { topic, verdict: Verdict::Fails(code), detail: detail_of(address) },
        None if well == 0 => Finding::not_tested(topic, nowhere),
        None => Finding::well(topic, Detail::Addresses { well: count(well), of: count(seen.len()) }),
    }
}

fn count(addresses: usize) -> u32 {
    u32::try_from(addresses).unwrap_or(u32::MAX)
}

fn failure_of(step: Outcome) -> Option<Code> {
    match step {
        Outcome::Failed(code) => Some(code),
        Outcome::Well | Outcome::Skipped => None,
    }
}

/// `offset_ms`: the service's time minus this computer's, if a response gave it.
fn clock(offset_ms: Option<i64>) -> Finding {
    let Some(offset_ms) = offset_ms else { return Finding::not_tested(Topic::Clock, Detail::NoAnswer) };
    let seconds_slow = offset_ms / 1000;
    let well = seconds_slow.abs() <= CLOCK_TOLERANCE;
    let verdict = if well { Verdict::Works } else { Verdict::Fails(Code::ClockWrong) };
    Finding { topic: Topic::Clock, verdict, detail: Detail::Clock { seconds_slow } }
}

async fn session_store(config: &Config) -> Finding {
    let topic = Topic::SessionStore;
    let store = store_over(config, |keychain| keychain.with_patience(KEYCHAIN_PATIENCE));
    let loaded = tokio::task::spawn_blocking(move || store.load()).await;
    let store = config.session;
    match loaded {
        Ok(Ok(Some(session))) => Finding::well(topic, Detail::Session { store, person: Some(session.person.name) }),
        Ok(Ok(None)) => Finding::well(topic, Detail::Session { store, person: None }),
        Ok(Err(failure)) => Finding::failed(topic, failure),
        Err(_) => Finding::failed(topic, Code::Internal.into()),
    }
}

/// Opens the store that the configuration names.
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

#[cfg(test)]
mod tests;
