//! What the suite runs against: Keycloak, or the sandbox's sign-in, each with its realms, its people and its
//! administrator.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::blocking::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use waybill_system_tests::{Account, Error, Keycloak, Result, Role, Sandbox};

use crate::http::{self, failed};

/// A realm by what is special about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Refresh tokens may be used more than once.
    Steady,
    /// Each refresh token works once.
    Rotating,
    /// Tokens and sessions live for seconds.
    Short,
}

/// Lifetime of an access token in the rotating realm, in seconds.
pub(crate) const ROTATING_ACCESS_SECONDS: u64 = 4;
/// Lifetime of an access token in the short realm, in seconds.
pub(crate) const ACCESS_SECONDS: u64 = 2;
/// Lifetime of an unrefreshed session of the short realm.
pub(crate) const IDLE_SECONDS: u64 = 5;
/// Lifetime of a session of the short realm in all.
pub(crate) const MAX_SECONDS: u64 = 12;

/// One of the two.
pub(crate) trait Provider {
    /// Returns its name, for people.
    fn name(&self) -> &'static str;
    /// Returns the issuer of a realm, without a slash at the end.
    fn issuer(&self, kind: Kind) -> String;
    /// Returns the password of a person, whose name is the same in all realms.
    fn account(&self, kind: Kind, username: &str) -> Result<Account>;
    /// Returns how far its clock has gone since this was made: what has passed by itself, and what was made to pass.
    fn time(&self) -> Duration;
    /// Lets time pass in a realm.
    fn pass(&self, kind: Kind, seconds: u64) -> Result<()>;
    /// Lets a code's life pass in the short realm.
    fn pass_life_of_a_code(&self) -> Result<()>;
    /// Ends the sessions of a person, as an administrator can.
    fn end_sessions(&self, kind: Kind, username: &str) -> Result<()>;
    /// Disables or enables a person.
    fn set_enabled(&self, kind: Kind, username: &str, enabled: bool) -> Result<()>;
    /// Makes a new key to sign with; the old ones still verify unless `drop_old`.
    fn rotate_keys(&self, kind: Kind, drop_old: bool) -> Result<()>;
}

/// The sandbox, one for each realm.
pub(crate) struct SandboxSignIn {
    sandboxes: [Sandbox; 3],
    made: Instant,
    /// How far clocks were moved, in seconds.
    moved: AtomicU64,
    _dir: TempDir,
}

impl SandboxSignIn {
    pub(crate) fn start() -> Result<Self> {
        let dir = tempfile::tempdir().map_err(|source| Error::Io { path: std::env::temp_dir(), source })?;
        let start = |name: &str, args: &[&str]| Sandbox::start(dir.path().join(name), args);
        let short = ["--access-token-seconds", "2", "--session-idle-seconds", "5", "--session-max-seconds", "12"];
        let sandboxes = [
            start("steady", &["--no-refresh-rotation"])?,
            start("rotating", &["--access-token-seconds", &ROTATING_ACCESS_SECONDS.to_string()])?,
            start("short", &[&short[..], &["--no-refresh-rotation"]].concat())?,
        ];
        Ok(Self { sandboxes, made: Instant::now(), moved: AtomicU64::new(0), _dir: dir })
    }

    fn of(&self, kind: Kind) -> &Sandbox {
        let [steady, rotating, short] = &self.sandboxes;
        match kind {
            Kind::Steady => steady,
            Kind::Rotating => rotating,
            Kind::Short => short,
        }
    }
}

impl Provider for SandboxSignIn {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn issuer(&self, kind: Kind) -> String {
        format!("{}/realms/tdr", self.of(kind).addresses().sign_in)
    }

    fn account(&self, kind: Kind, username: &str) -> Result<Account> {
        let found = self.of(kind).users().iter().find(|user| user.username == username);
        found.cloned().ok_or_else(|| Error::unexpected(format!("the sandbox has no {username}")))
    }

    fn time(&self) -> Duration {
        self.made.elapsed() + Duration::from_secs(self.moved.load(Ordering::Relaxed))
    }

    fn pass(&self, kind: Kind, seconds: u64) -> Result<()> {
        self.moved.fetch_add(seconds, Ordering::Relaxed);
        let seconds = i64::try_from(seconds).map_err(|error| Error::unexpected(error.to_string()))?;
        self.of(kind).control().move_clock(seconds)
    }

    fn pass_life_of_a_code(&self) -> Result<()> {
        // Keycloak's default, which the sandbox has in all realms.
        const LIFE_SECONDS: i64 = 60;
        self.of(Kind::Short).control().move_clock(LIFE_SECONDS + 1)
    }

    fn end_sessions(&self, kind: Kind, username: &str) -> Result<()> {
        self.of(kind).control().end_sessions(username)
    }

    fn set_enabled(&self, kind: Kind, username: &str, enabled: bool) -> Result<()> {
        self.of(kind).control().set_enabled(username, enabled)
    }

    fn rotate_keys(&self, kind: Kind, drop_old: bool) -> Result<()> {
        let control = self.of(kind).control();
        if drop_old { control.rotate_keys(Role::SignIn) } else { control.add_key(Role::SignIn) }
    }
}

/// Keycloak, administered over its REST interface as its console does it.
pub(crate) struct KeycloakSignIn<'a> {
    server: &'a Keycloak,
    made: Instant,
    client: Client,
    /// The passwords of `tests/keycloak/tdr.json`.
    accounts: Vec<Account>,
}

impl<'a> KeycloakSignIn<'a> {
    pub(crate) fn new(server: &'a Keycloak) -> Result<Self> {
        Ok(Self { server, made: Instant::now(), client: http::client()?, accounts: Keycloak::accounts()? })
    }

    /// Returns one call of the administration's interface below a realm. Each has its own token, as tokens live a
    /// minute.
    fn administer(&self, method: reqwest::Method, kind: Kind, path: &str, body: Option<&Value>) -> Result<Value> {
        let (base, password) = self.server.administration();
        let form =
            [("grant_type", "password"), ("client_id", "admin-cli"), ("username", "admin"), ("password", password)];
        let token = self.client.post(format!("{base}/realms/master/protocol/openid-connect/token")).form(&form);
        let token = http::Reply::read(token.send().map_err(failed("the administrator's sign-in"))?)?;
        let token = token.text("access_token")?;
        let address = format!("{base}/admin/realms/{}{path}", realm(kind));
        let mut request = self.client.request(method, address).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let reply = http::Reply::read(request.send().map_err(failed("Keycloak's administration"))?)?;
        if reply.status >= 300 {
            return Err(Error::unexpected(format!(
                "the administration of Keycloak: {path}: {} {}",
                reply.status, reply.body
            )));
        }
        Ok(reply.json().unwrap_or(Value::Null))
    }

    /// Returns the number of a person's sessions.
    pub(crate) fn sessions(&self, kind: Kind, username: &str) -> Result<usize> {
        let (id, _) = self.person(kind, username)?;
        let sessions = self.administer(reqwest::Method::GET, kind, &format!("/users/{id}/sessions"), None)?;
        Ok(sessions.as_array().map_or(0, Vec::len))
    }

    /// Returns how many events of a type the client `waybill` has caused since they were forgotten.
    pub(crate) fn events(&self, kind: Kind, name: &str) -> Result<usize> {
        let path = format!("/events?client={}&max=1000&type={name}", crate::oidc::CLIENT);
        let events = self.administer(reqwest::Method::GET, kind, &path, None)?;
        Ok(events.as_array().map_or(0, Vec::len))
    }

    /// Forgets all events.
    pub(crate) fn forget_events(&self, kind: Kind) -> Result<()> {
        self.administer(reqwest::Method::DELETE, kind, "/events", None).map(drop)
    }

    fn person(&self, kind: Kind, username: &str) -> Result<(String, Value)> {
        let path = format!("/users?exact=true&username={username}");
        let found = self.administer(reqwest::Method::GET, kind, &path, None)?;
        let person = found.get(0).ok_or_else(|| Error::unexpected(format!("Keycloak has no {username}")))?;
        Ok((text(person, "id"), person.clone()))
    }
}

impl Provider for KeycloakSignIn<'_> {
    fn name(&self) -> &'static str {
        "Keycloak"
    }

    fn issuer(&self, kind: Kind) -> String {
        self.server.issuer(realm(kind))
    }

    fn account(&self, _kind: Kind, username: &str) -> Result<Account> {
        let found = self.accounts.iter().find(|account| account.username == username);
        found.cloned().ok_or_else(|| Error::unexpected(format!("the realm file has no {username}")))
    }

    fn time(&self) -> Duration {
        self.made.elapsed()
    }

    fn pass(&self, _kind: Kind, seconds: u64) -> Result<()> {
        // Nothing is waited for but time itself: Keycloak has no clock that could be moved.
        thread::sleep(Duration::from_secs(seconds));
        Ok(())
    }

    fn pass_life_of_a_code(&self) -> Result<()> {
        // `accessCodeLifespan` of the short realm is 3 seconds.
        self.pass(Kind::Short, 4)
    }

    fn end_sessions(&self, kind: Kind, username: &str) -> Result<()> {
        let (id, _) = self.person(kind, username)?;
        let sessions = self.administer(reqwest::Method::GET, kind, &format!("/users/{id}/sessions"), None)?;
        for session in sessions.as_array().into_iter().flatten() {
            let path = format!("/sessions/{}", text(session, "id"));
            self.administer(reqwest::Method::DELETE, kind, &path, None)?;
        }
        Ok(())
    }

    fn set_enabled(&self, kind: Kind, username: &str, enabled: bool) -> Result<()> {
        let (id, mut person) = self.person(kind, username)?;
        person["enabled"] = json!(enabled);
        self.administer(reqwest::Method::PUT, kind, &format!("/users/{id}"), Some(&person)).map(drop)
    }

    fn rotate_keys(&self, kind: Kind, drop_old: bool) -> Result<()> {
        let list = "/components?type=org.keycloak.keys.KeyProvider";
        let before = self.administer(reqwest::Method::GET, kind, list, None)?;
        let signing: Vec<&Value> = before
            .as_array()
            .into_iter()
            .flatten()
            .filter(|component| component["providerId"] == "rsa-generated")
            .collect();
        let key = json!({
            "name": format!("key {}", signing.len() + 1), "providerId": "rsa-generated",
            "providerType": "org.keycloak.keys.KeyProvider",
            "config": {"priority": [(1_000 + signing.len()).to_string()], "enabled": ["true"], "active": ["true"],
                "algorithm": ["RS256"], "keySize": ["2048"]},
        });
        self.administer(reqwest::Method::POST, kind, "/components", Some(&key))?;
        if drop_old {
            for component in signing {
                let path = format!("/components/{}", text(component, "id"));
                self.administer(reqwest::Method::DELETE, kind, &path, None)?;
            }
        }
        Ok(())
    }
}

fn realm(kind: Kind) -> &'static str {
    match kind {
        Kind::Steady => "tdr",
        Kind::Rotating => "tdr-rotation",
        Kind::Short => "tdr-short",
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
