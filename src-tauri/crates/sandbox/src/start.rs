//! Starting and stopping a sandbox.

use std::fs::{self, File, TryLockError};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::db::Db;
use crate::keys::Keys;
use crate::listen::{self, Endpoint};
use crate::options::{CookieKey, Options};
use crate::people::People;
use crate::ready::{Ready, ReadyAddresses, ReadyConsignment, ReadyControl, ReadyUser};
use crate::realm::Realm;
use crate::role::{Addresses, Role};
use crate::roles::{Replacements, Roles, RolesError};
use crate::sign_in::{Elsewhere, Unusable};
use crate::trusted_keys::Useless;
use crate::{consignments, files, profile, random, store, tls};

/// A running sandbox. Dropping it stops it without waiting.
pub struct Sandbox {
    ready: Ready,
    stop: CancellationToken,
    tasks: TaskTracker,
    _lock: File,
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another sandbox uses the folder.
    #[error("another sandbox is running in {}", dir.display())]
    Busy {
        /// The folder.
        dir: PathBuf,
    },
    /// An address of an earlier start is taken.
    #[error("{what} cannot listen at {address}: {source}")]
    Address {
        /// Which role.
        what: &'static str,
        /// Where it listened before, or should listen now.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A file in the folder cannot be made, read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The database in the folder cannot be used.
    #[error("the sandbox's database cannot be used: {0}")]
    Db(#[from] rusqlite::Error),
    /// A key given for the upload domain is of no use.
    #[error("the key {} from {} cannot be used: {source}", key.key_pair_id, key.pem.display())]
    CookieKey {
        /// Which one.
        key: CookieKey,
        /// What is wrong with it.
        source: io::Error,
    },
    /// The realm that is to take the place of sign-in is of no use.
    #[error("people cannot sign in at {issuer}: {source}")]
    SignIn {
        /// The address given.
        issuer: String,
        /// What is wrong with it.
        source: Unusable,
    },
    /// The S3 server that is to take the place of the object store is of no use.
    #[error("objects cannot be stored at {address}: {source}")]
    Store {
        /// The address given.
        address: String,
        /// What is wrong with it.
        source: io::Error,
    },
    /// The service profile cannot be written.
    #[error("the service profile cannot be written: {0}")]
    Profile(#[from] toml::ser::Error),
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("ready", &self.ready).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Starts a sandbox and returns once every address accepts connections.
    ///
    /// # Errors
    /// When the folder is in use by another sandbox or cannot be written, or an address of an earlier start is taken.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let dir = absolute(&options.dir)?;
        let lock = lock(&dir)?;
        let sign_in = match &options.sign_in {
            Some(realm) => Some(
                Elsewhere::find(realm)
                    .await
                    .map_err(|source| Error::SignIn { issuer: realm.issuer.clone(), source })?,
            ),
            None => None,
        };
        let store = match &options.store {
            Some(address) => Some(
                store::Remote::open(address.clone())
                    .await
                    .map_err(|source| Error::Store { address: address.to_string(), source })?,
            ),
            None => None,
        };
        let replacements = Replacements { sign_in, store };
        let (addresses, listeners) = Listeners::bind(&dir).await?;
        let work_dir = dir.clone();
        let opened = tokio::task::spawn_blocking(move || open(options, &work_dir, addresses, replacements)).await;
        let (roles, tls, ready) = opened.map_err(|error| at(&dir, io::Error::other(error)))??;

        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let serve = |endpoint| listen::serve(endpoint, Arc::clone(&roles.traffic), stop.clone(), &tasks);
        for (role, listener) in listeners.roles {
            let tls = role.is_tls().then(|| tls.clone());
            serve(Endpoint { listener, tls, role: Some(role), router: roles.router(role) });
        }
        let router = roles.control(&ready.control.token);
        serve(Endpoint { listener: listeners.control, tls: None, role: None, router });
        roles.checks.resume()?;
        tasks.close();
        Ok(Self { ready, stop, tasks, _lock: lock })
    }

    /// Returns what there is to know about this sandbox.
    #[must_use]
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Closes every connection and address, and returns when the last is closed.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Opens everything that blocks: the database, the keys, the certificates, the profile.
fn open(
    options: Options,
    dir: &Path,
    addresses: Addresses,
    replacements: Replacements,
) -> Result<(Roles, TlsAcceptor, Ready), Error> {
    let db_path = dir.join("sandbox.sqlite");
    files::make_private_database(&db_path).map_err(|source| at(&db_path, source))?;
    let db = Db::open(&db_path)?;
    let ips: Vec<IpAddr> = (1..=4).map(|last| IpAddr::from([127, 0, 0, last])).collect();
    let tls = tls::server_config(dir, &ips).map_err(|source| at(dir, source))?;
    let keys = Keys::open(dir).map_err(|source| at(dir, source))?;
    keys.upload.trust(&options.cookie_keys).map_err(|Useless { key, source }| Error::CookieKey { key, source })?;
    let realm = Realm { clock: Clock::open(&db)?, people: People::open(&db)?, keys, db };
    let roles = Roles::open(realm, dir.to_owned(), addresses, options, replacements).map_err(|error| match error {
        RolesError::Db(error) => Error::Db(error),
        RolesError::Io(source) => at(dir, source),
    })?;
    let service = dir.join("service.toml");
    let text = profile::text(&roles.options, &roles.addresses, roles.sign_in.issuer())?;
    files::write_public(&service, text.as_bytes()).map_err(|source| at(&service, source))?;
    let ready = ready(&roles, dir, service)?;
    Ok((roles, TlsAcceptor::from(tls), ready))
}

fn ready(roles: &Roles, dir: &Path, service: PathBuf) -> Result<Ready, Error> {
    let token = control_token(&roles.realm.db)?;
    let people = roles.realm.people.all()?;
    let consignments = match people.first() {
        Some(first) => consignments::overview(&roles.checks, first.user_id)?,
        None => Vec::new(),
    };
    let (addresses, elsewhere) = (&roles.addresses, roles.sign_in.elsewhere());
    Ok(Ready {
        event: "ready",
        service,
        ca: dir.join("ca.pem"),
        addresses: ReadyAddresses {
            sign_in: elsewhere.map_or_else(|| addresses.url(Role::SignIn), |elsewhere| elsewhere.address().to_owned()),
            api: addresses.url(Role::Api),
            upload: addresses.url(Role::Upload),
            website: addresses.url(Role::Website),
        },
        users: people
            .into_iter()
            .map(|person| ReadyUser {
                username: person.username,
                password: elsewhere.is_none().then_some(person.password),
            })
            .collect(),
        consignments: consignments
            .into_iter()
            .map(|overview| ReadyConsignment { reference: overview.reference, id: overview.id, state: overview.state })
            .collect(),
        control: ReadyControl { url: format!("http://{}", addresses.control), token },
    })
}

/// Returns the token of the control address, made at the first start and kept.
fn control_token(db: &Db) -> rusqlite::Result<String> {
    const TOKEN: &str = "control_token";
    if let Some(token) = db.setting(TOKEN)? {
        return Ok(token);
    }
    let token = random::token(24);
    db.set_setting(TOKEN, &token)?;
    Ok(token)
}

fn absolute(dir: &Path) -> Result<PathBuf, Error> {
    files::make_dir(dir).map_err(|source| at(dir, source))?;
    std::path::absolute(dir).map_err(|source| at(dir, source))
}

fn lock(dir: &Path) -> Result<File, Error> {
    let path = dir.join("sandbox.lock");
    let file =
        File::options().create(true).truncate(false).write(true).open(&path).map_err(|source| at(&path, source))?;
    files::make_private(&path).map_err(|source| at(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Busy { dir: dir.to_owned() }),
        Err(TryLockError::Error(source)) => Err(at(&path, source)),
    }
}

fn at(path: &Path, source: io::Error) -> Error {
    Error::Io { path: path.to_owned(), source }
}

/// Every address, bound but not yet accepting.
struct Listeners {
    roles: Vec<(Role, TcpListener)>,
    control: TcpListener,
}

impl Listeners {
    /// Binds the addresses kept in `dir`, else new ones that are kept from then on.
    async fn bind(dir: &Path) -> Result<(Addresses, Self), Error> {
        let path = dir.join("addresses.json");
        let kept = match fs::read(&path) {
            Ok(text) => Some(serde_json::from_slice::<Addresses>(&text).map_err(|error| at(&path, error.into()))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(at(&path, error)),
        };
        let mut roles = Vec::new();
        let mut found = Vec::new();
        for (role, last) in Role::ALL.into_iter().zip(1_u8..) {
            let wanted = kept.as_ref().map(|addresses| addresses.socket(role));
            let listener = listen_at(role.name(), wanted, last).await?;
            found.push(local_address(role.name(), &listener)?);
            roles.push((role, listener));
        }
        let control = listen_at("control", kept.as_ref().map(|addresses| addresses.control), 1).await?;
        let control_address = local_address("control", &control)?;
        let [sign_in, api, upload, website] = found[..] else {
            return Err(at(&path, io::Error::other("not every role has an address")));
        };
        let addresses = Addresses { sign_in, api, upload, website, control: control_address };
        if kept.is_none() {
            let text = serde_json::to_vec_pretty(&addresses).map_err(|error| at(&path, error.into()))?;
            files::write_public(&path, &text).map_err(|source| at(&path, source))?;
        }
        Ok((addresses, Self { roles, control }))
    }
}

/// Listens at the address it had before, else at a free port of 127.0.0.`last`, else (as on macOS, which knows only
/// 127.0.0.1 unless told otherwise) at a free port of 127.0.0.1.
async fn listen_at(what: &'static str, kept: Option<SocketAddr>, last: u8) -> Result<TcpListener, Error> {
    let own = SocketAddr::from(([127, 0, 0, last], 0));
    let address = kept.unwrap_or(own);
    let error = |address, source| Error::Address { what, address, source };
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(source) if kept.is_some() || last == 1 => Err(error(address, source)),
        Err(_) => {
            let fallback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            TcpListener::bind(fallback).await.map_err(|source| error(fallback, source))
        }
    }
}

fn local_address(what: &'static str, listener: &TcpListener) -> Result<SocketAddr, Error> {
    let unknown = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    listener.local_addr().map_err(|source| Error::Address { what, address: unknown, source })
}
