//! Keycloak as a separate process, with the realms of `tests/keycloak/`.
//!
//! Owner of a copy of the installation, so that no two runs share a database; both are gone when this is dropped. The
//! realm `tdr` is a file as Keycloak imports it; the others contain only what is different.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::blocking::Client;
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::harness::browser::client;
use crate::{Account, Error, Group, Result, Start, start_at_ports, until};

/// The installation, which `cargo xtask conformance keycloak` sets up.
const INSTALLATION: &str = "WAYBILL_KEYCLOAK";
/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);
/// The realm that the others are made from.
const BASE: &str = "tdr";
/// The realms that differ from it.
const OTHERS: [&str; 2] = ["tdr-rotation", "tdr-short"];

/// A running Keycloak.
pub struct Keycloak {
    process: Group,
    base: String,
    admin_password: String,
    log: PathBuf,
    /// Last, so that it goes after the process that uses it.
    _dir: TempDir,
}

impl Keycloak {
    /// Starts one, and returns once the last of its realms answers.
    ///
    /// # Errors
    /// It is not set up, or does not start.
    pub fn start() -> Result<Self> {
        start_at_ports(Self::start_at)
    }

    fn start_at([port, management]: [u16; 2]) -> Result<Start<Self>> {
        let installation = std::env::var_os(INSTALLATION).map(PathBuf::from).ok_or_else(|| {
            Error::unexpected(format!(
                "{INSTALLATION} is not set: `cargo xtask conformance keycloak` and `cargo xtask test` set it"
            ))
        })?;
        let dir = tempfile::tempdir().map_err(io(&std::env::temp_dir()))?;
        let home = dir.path().join("keycloak");
        copy(&installation, &home)?;
        import(&home.join("data/import"))?;
        let log = dir.path().join("log");
        let output = fs::File::create(&log).map_err(io(&log))?;
        let admin_password = format!("{:016x}", RandomState::new().build_hasher().finish());
        let mut command = Command::new(home.join("bin/kc.sh"));
        command
            .args(["start-dev", "--import-realm", "--http-host=127.0.0.1", "--http-management-host=127.0.0.1"])
            .arg(format!("--http-port={port}"))
            .arg(format!("--http-management-port={management}"))
            .env("KC_BOOTSTRAP_ADMIN_USERNAME", "admin")
            .env("KC_BOOTSTRAP_ADMIN_PASSWORD", &admin_password)
            .env("JAVA_OPTS_KC_HEAP", "-Xms128m -Xmx512m")
            .stdin(Stdio::null())
            .stderr(output.try_clone().map_err(io(&log))?)
            .stdout(output);
        let process = Group::start(&mut command)?;
        let base = format!("http://127.0.0.1:{port}");
        let keycloak = Self { process, base, admin_password, log, _dir: dir };
        keycloak.wait_until_ready()
    }

    /// Returns the issuer of a realm.
    #[must_use]
    pub fn issuer(&self, realm: &str) -> String {
        format!("{}/realms/{realm}", self.base)
    }

    /// Returns the address of the administration's interface, and the administrator's password.
    #[must_use]
    pub fn administration(&self) -> (&str, &str) {
        (&self.base, &self.admin_password)
    }

    /// Returns the people of the realm file, the first first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn accounts() -> Result<Vec<Account>> {
        let realm = read(&realms().join(format!("{BASE}.json")))?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let people = realm.get("users").and_then(Value::as_array).into_iter().flatten();
        let account = |person: &Value| Account {
            username: text(&person["username"]),
            password: text(&person["credentials"][0]["value"]),
        };
        Ok(people.map(account).collect())
    }

    /// Returns the person of the realm file with this user name.
    ///
    /// # Errors
    /// There is no such person, or the file cannot be read.
    pub fn account(username: &str) -> Result<Account> {
        let found = Self::accounts()?.into_iter().find(|account| account.username == username);
        found.ok_or_else(|| Error::unexpected(format!("the realm file has no {username}")))
    }

    fn wait_until_ready(mut self) -> Result<Start<Self>> {
        let client = client()?;
        let last = OTHERS[OTHERS.len() - 1];
        let address = format!("{}/.well-known/openid-configuration", self.issuer(last));
        let outcome = until("Keycloak to answer", PATIENCE, || {
            // Check this first, because another program may have taken its port and may answer.
            if self.process.try_wait()?.is_some() {
                return Ok(Some(false));
            }
            Ok(answers(&client, &address).then_some(true))
        });
        match outcome {
            Ok(true) => Ok(Start::Ready(self)),
            Ok(false) => Ok(Start::Ended(self.explain("Keycloak ended"))),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// Returns what went wrong, with the end of what it said.
    fn explain(&self, what: impl std::fmt::Display) -> Error {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let from = log.len().saturating_sub(3_000);
        Error::unexpected(format!("{what}; it said:\n{}", log.get(from..).unwrap_or(&log)))
    }
}

fn answers(client: &Client, address: &str) -> bool {
    client.get(address).send().is_ok_and(|response| response.status().is_success())
}

/// Puts the realms where Keycloak looks for them.
fn import(into: &Path) -> Result<()> {
    let from = realms();
    fs::create_dir_all(into).map_err(io(into))?;
    let base = read(&from.join(format!("{BASE}.json")))?;
    write(&into.join(format!("{BASE}-realm.json")), &base)?;
    for name in OTHERS {
        let mut realm = base.clone();
        realm.extend(read(&from.join(format!("{name}.json")))?);
        // A person's id exists once in all of Keycloak.
        for person in realm.get_mut("users").and_then(Value::as_array_mut).into_iter().flatten() {
            person.as_object_mut().map(|person| person.remove("id"));
        }
        write(&into.join(format!("{name}-realm.json")), &realm)?;
    }
    Ok(())
}

fn realms() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("keycloak")
}

fn read(path: &Path) -> Result<Map<String, Value>> {
    let text = fs::read(path).map_err(io(path))?;
    serde_json::from_slice(&text).map_err(|error| Error::unexpected(format!("{}: {error}", path.display())))
}

fn write(path: &Path, realm: &Map<String, Value>) -> Result<()> {
    let text = serde_json::to_vec(realm).map_err(|error| Error::unexpected(error.to_string()))?;
    fs::write(path, text).map_err(io(path))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).map_err(io(to))?;
    for entry in fs::read_dir(from).map_err(io(from))? {
        let entry = entry.map_err(io(from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().map_err(io(&source))?.is_dir() {
            copy(&source, &target)?;
        } else {
            fs::copy(&source, &target).map_err(io(&source))?;
        }
    }
    Ok(())
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { path, source }
}
