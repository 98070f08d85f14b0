//! The sandbox's control address, as `docs/sandbox.md` describes it.

use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

use reqwest::Method;
use reqwest::blocking::{Client, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::harness::browser::client;
use crate::{Error, Fault, Result, until};

#[derive(Clone, Deserialize)]
pub(crate) struct ControlAddress {
    url: String,
    token: String,
}

/// What is to be seen and changed of a sandbox from outside.
#[derive(Clone)]
pub struct Control {
    client: Client,
    address: ControlAddress,
}

/// A stored object.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Object {
    /// `USER/CONSIGNMENT/FILE`.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Hex.
    pub sha256: String,
}

/// One request in the sandbox's log.
#[derive(Clone, Debug, Deserialize)]
pub struct Logged {
    /// `sign_in`, `api`, `upload` or `website`.
    pub role: String,
    /// HTTP method.
    pub method: String,
    /// Path and what may be known of the query.
    pub path: String,
    /// Status of the reply; none where no reply was sent.
    pub status: Option<u16>,
    /// Bytes of the body that arrived.
    pub bytes: u64,
    /// The API's operation, such as `startUpload`.
    #[serde(default)]
    pub operation: Option<String>,
    /// Which fault was at work.
    #[serde(default)]
    pub note: Option<String>,
}

/// Something that proves who somebody is, or what they may do.
#[derive(Clone, Debug, Deserialize)]
pub struct IssuedSecret {
    /// The name of the field or the cookie, such as `refresh_token`.
    pub kind: String,
    /// What nobody else may read.
    pub value: String,
}

/// A consignment as the API's database has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consignment {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// `ready`, `uploading`, `checking`, ...
    pub state: String,
    /// The folder that was named at the start of the upload.
    pub parent_folder: Option<String>,
    /// Statuses.
    pub statuses: Vec<Status>,
    /// Files and folders.
    pub files: Vec<RegisteredFile>,
}

/// A status of a consignment.
#[derive(Clone, Debug, Deserialize)]
pub struct Status {
    /// `Upload`, `ClientChecks`, ...
    #[serde(rename = "type")]
    pub kind: String,
    /// `InProgress`, `Completed`, ...
    pub value: String,
}

/// A row of a consignment.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisteredFile {
    /// Its id, the end of the object's key.
    pub file_id: String,
    /// What the client called it.
    pub match_id: Option<String>,
    /// `File` or `Folder`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The original path.
    pub path: String,
    /// SHA-256 that the client gave, hex.
    pub checksum: Option<String>,
    /// Bytes that the client gave.
    pub size: Option<u64>,
}

impl Consignment {
    /// Returns a status's value; `None` where it is not set.
    #[must_use]
    pub fn status(&self, kind: &str) -> Option<&str> {
        self.statuses.iter().find(|status| status.kind == kind).map(|status| status.value.as_str())
    }
}

impl Logged {
    /// Returns whether this sent a part, or a whole file, and was answered well.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        let is_part_or_file = !self.path.contains('?') || self.path.contains("partNumber=");
        self.role == "upload" && self.method == "PUT" && is_part_or_file && self.status == Some(200)
    }
}

#[derive(Deserialize)]
struct Standing {
    id: u64,
    fired: u64,
}

impl Control {
    pub(crate) fn new(address: &ControlAddress) -> Result<Self> {
        Ok(Self { client: client()?, address: address.clone() })
    }

    /// Returns what is stored.
    ///
    /// # Errors
    /// As for all of these: the sandbox does not answer as documented.
    pub fn objects(&self) -> Result<Vec<Object>> {
        self.read("/objects")
    }

    /// Returns the bytes of a stored object.
    ///
    /// # Errors
    /// No such object, or no answer.
    pub fn object(&self, key: &str) -> Result<impl Read + use<>> {
        self.send(Method::GET, &format!("/objects/{key}"), None)
    }

    /// Returns the request log, oldest first.
    ///
    /// # Errors
    /// No answer.
    pub fn requests(&self) -> Result<Vec<Logged>> {
        self.read("/requests")
    }

    /// Returns every token, code, cookie, verifier and password that went over the roles' addresses since the start.
    ///
    /// # Errors
    /// No answer.
    pub fn secrets(&self) -> Result<Vec<IssuedSecret>> {
        self.read("/secrets")
    }

    /// Waits until a role has nothing in hand any more: what a process that has ended had asked for is in the log then.
    ///
    /// # Errors
    /// Requests keep coming, or a connection stays open, for longer than `patience`.
    pub fn wait_quiet(&self, role: crate::Role, patience: Duration) -> Result<()> {
        #[derive(Deserialize)]
        struct Traffic {
            connections: u64,
            requests: u64,
        }
        until("quiet at a role", patience, || {
            let traffic: BTreeMap<String, Traffic> = self.read("/traffic")?;
            let of_role = traffic
                .get(role.name())
                .ok_or_else(|| Error::unexpected("the sandbox reports nothing about a role"))?;
            Ok((of_role.connections == 0 && of_role.requests == 0).then_some(()))
        })
    }

    /// Returns a consignment.
    ///
    /// # Errors
    /// No such consignment, or no answer.
    pub fn consignment(&self, id: &str) -> Result<Consignment> {
        self.read(&format!("/consignments/{id}"))
    }

    /// Moves the sandbox's clock: tokens, cookies, sessions and uploads age with it.
    ///
    /// # Errors
    /// No answer.
    pub fn move_clock(&self, seconds: i64) -> Result<()> {
        self.send(Method::POST, "/clock", Some(&json!({"advance_seconds": seconds}))).map(drop)
    }

    /// Sets how long tokens and cookies live from now on.
    ///
    /// # Errors
    /// No answer.
    pub fn set_lives(&self, access_token_seconds: u32, cookie_seconds: u32) -> Result<()> {
        let lives = json!({"access_token_seconds": access_token_seconds, "cookie_seconds": cookie_seconds});
        self.send(Method::POST, "/lives", Some(&lives)).map(drop)
    }

    /// Ends all sessions of a person.
    ///
    /// # Errors
    /// No answer.
    pub fn end_sessions(&self, username: &str) -> Result<()> {
        self.send(Method::POST, "/sessions/end", Some(&json!({"username": username}))).map(drop)
    }

    /// Replaces the signing keys of a role; what the old ones signed becomes invalid at once.
    ///
    /// # Errors
    /// No answer.
    pub fn rotate_keys(&self, role: crate::Role) -> Result<()> {
        self.send(Method::POST, "/keys/rotate", Some(&json!({"role": role, "drop_old": true}))).map(drop)
    }

    /// Gives a role a new signing key; the old ones still verify.
    ///
    /// # Errors
    /// No answer.
    pub fn add_key(&self, role: crate::Role) -> Result<()> {
        self.send(Method::POST, "/keys/rotate", Some(&json!({"role": role}))).map(drop)
    }

    /// Disables or enables a person's account.
    ///
    /// # Errors
    /// No such person, or no answer.
    pub fn set_enabled(&self, username: &str, enabled: bool) -> Result<()> {
        self.send(Method::POST, &format!("/people/{username}"), Some(&json!({"enabled": enabled}))).map(drop)
    }

    /// Sets a fault and returns its number.
    ///
    /// # Errors
    /// The sandbox does not know such a fault, or does not answer.
    pub fn set(&self, fault: &Fault) -> Result<u64> {
        #[derive(Deserialize)]
        struct Set {
            id: u64,
        }
        let set: Set = json_of(self.send(Method::POST, "/faults", Some(&fault.to_json()))?)?;
        Ok(set.id)
    }

    /// Removes a fault.
    ///
    /// # Errors
    /// No such fault, or no answer.
    pub fn remove(&self, fault: u64) -> Result<()> {
        self.send(Method::DELETE, &format!("/faults/{fault}"), None).map(drop)
    }

    /// Removes all faults.
    ///
    /// # Errors
    /// No answer.
    pub fn clear_faults(&self) -> Result<()> {
        self.send(Method::DELETE, "/faults", None).map(drop)
    }

    /// Returns how many requests a fault has met.
    ///
    /// # Errors
    /// No such fault, or no answer.
    pub fn fired(&self, fault: u64) -> Result<u64> {
        let all: Vec<Standing> = self.read("/faults")?;
        let found = all.iter().find(|standing| standing.id == fault);
        found.map(|standing| standing.fired).ok_or_else(|| Error::unexpected("the sandbox has forgotten a fault"))
    }

    /// Waits until a fault has met this many requests.
    ///
    /// # Errors
    /// It does not within `patience`.
    pub fn wait_fired(&self, fault: u64, times: u64, patience: Duration) -> Result<()> {
        until("a request that the fault meets", patience, || Ok((self.fired(fault)? >= times).then_some(())))
    }

    fn read<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        json_of(self.send(Method::GET, path, None)?)
    }

    fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response> {
        let what = format!("{method} {path} at the control address");
        let mut request =
            self.client.request(method, format!("{}{path}", self.address.url)).bearer_auth(&self.address.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().map_err(Error::http(&*what))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let text = response.text().map_err(Error::http(&*what))?;
        Err(Error::unexpected(format!("{what}: {status}: {text}")))
    }
}

fn json_of<T: DeserializeOwned>(response: Response) -> Result<T> {
    response.json().map_err(Error::http("reading the control address's answer"))
}
