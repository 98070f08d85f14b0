//! A sandbox as a separate process.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;

use serde::Deserialize;

use crate::harness::control::{Control, ControlAddress};
use crate::{Error, Group, PATIENCE, Result, program};

/// A running `waybill-sandbox`, started by `waybill sandbox`. It is killed when this is dropped.
pub struct Sandbox {
    dir: PathBuf,
    args: Vec<String>,
    process: Option<Group>,
    ready: Ready,
    control: Control,
}

/// Somebody who can sign in.
#[derive(Clone, Deserialize)]
pub struct Account {
    /// User name.
    pub username: String,
    /// Password; empty where people sign in elsewhere and the sandbox knows none.
    #[serde(default)]
    pub password: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("username", &self.username).finish_non_exhaustive()
    }
}

/// Where the four roles are.
#[derive(Clone, Debug, Deserialize)]
pub struct Addresses {
    /// The sign-in page.
    pub sign_in: String,
    /// The API.
    pub api: String,
    /// The upload domain.
    pub upload: String,
    /// The website.
    pub website: String,
}

/// A consignment of the first user.
#[derive(Clone, Debug, Deserialize)]
pub struct Listed {
    /// Such as `TDR-2026-ABC`.
    pub reference: String,
    /// Its id.
    pub id: String,
    /// The state it had when the sandbox started.
    pub state: String,
}

#[derive(Deserialize)]
struct Ready {
    event: String,
    service: PathBuf,
    ca: PathBuf,
    addresses: Addresses,
    users: Vec<Account>,
    consignments: Vec<Listed>,
    control: ControlAddress,
}

impl Sandbox {
    /// Starts one with all its state in `dir` and further options such as `--cookie-seconds 5`.
    ///
    /// # Errors
    /// It does not become ready.
    pub fn start(dir: impl Into<PathBuf>, args: &[&str]) -> Result<Self> {
        let dir = dir.into();
        let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
        let (process, ready) = launch(&dir, &args)?;
        let control = Control::new(&ready.control)?;
        Ok(Self { dir, args, process: Some(process), ready, control })
    }

    /// Kills it with SIGKILL, if it still runs.
    ///
    /// # Errors
    /// It cannot be killed.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            process.process().kill().map_err(Error::io(&self.dir))?;
            process.wait()?;
        }
        Ok(())
    }

    /// Starts it again on the same folder: the same addresses, people, consignments and objects.
    ///
    /// # Errors
    /// It does not become ready, or not at the same addresses.
    pub fn restart(&mut self) -> Result<()> {
        self.kill()?;
        let (process, ready) = launch(&self.dir, &self.args)?;
        self.process = Some(process);
        self.control = Control::new(&ready.control)?;
        if ready.addresses.upload != self.ready.addresses.upload {
            return Err(Error::unexpected("the sandbox came back at another address"));
        }
        self.ready = ready;
        Ok(())
    }

    /// Returns what is to be seen and changed from outside.
    #[must_use]
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Returns the service profile.
    #[must_use]
    pub fn profile(&self) -> &Path {
        &self.ready.service
    }

    /// Returns the certificate authority of the roles over TLS.
    #[must_use]
    pub fn ca(&self) -> &Path {
        &self.ready.ca
    }

    /// Returns where the roles are.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.ready.addresses
    }

    /// Returns the people; the first owns the consignments.
    #[must_use]
    pub fn users(&self) -> &[Account] {
        &self.ready.users
    }

    /// Returns the first user's consignments in the states they had at the start.
    #[must_use]
    pub fn consignments(&self) -> &[Listed] {
        &self.ready.consignments
    }

    /// Returns the first user.
    ///
    /// # Errors
    /// There are no people.
    pub fn first_user(&self) -> Result<&Account> {
        self.users().first().ok_or_else(|| Error::unexpected("the sandbox has no users"))
    }

    /// Returns the `nth` consignment, from 0, of those in this state.
    ///
    /// # Errors
    /// There are not so many.
    pub fn consignment(&self, state: &str, nth: usize) -> Result<&Listed> {
        let mut fitting = self.consignments().iter().filter(|listed| listed.state == state);
        fitting.nth(nth).ok_or_else(|| Error::unexpected(format!("no consignment number {nth} in state {state}")))
    }
}

fn launch(dir: &Path, args: &[String]) -> Result<(Group, Ready)> {
    let mut command = Command::new(program()?);
    command.arg("sandbox").arg("--dir").arg(dir).args(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = Group::start(&mut command)?;
    let ready = ready_line(process.process())?;
    Ok((process, ready))
}

fn ready_line(process: &mut Child) -> Result<Ready> {
    let (Some(stdout), Some(mut stderr)) = (process.stdout.take(), process.stderr.take()) else {
        return Err(Error::unexpected("the sandbox has no output"));
    };
    let (first, line) = mpsc::channel();
    // Both streams are read to their end, or the sandbox would block once a pipe is full.
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(std::result::Result::ok) {
            // Only the first line is waited for.
            let _unread = first.send(line);
        }
    });
    let errors = thread::spawn(move || {
        let mut text = Vec::new();
        // What could be read up to a fault is what there is.
        let _count = stderr.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    });
    match line.recv_timeout(PATIENCE) {
        Ok(line) => match serde_json::from_str::<Ready>(&line) {
            Ok(ready) if ready.event == "ready" => Ok(ready),
            Ok(ready) => Err(Error::unexpected(format!("the sandbox began with the event {}", ready.event))),
            Err(error) => Err(Error::unexpected(format!("the sandbox's first line is no ready line: {error}"))),
        },
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let said = errors.join().unwrap_or_default();
            Err(Error::unexpected(format!("the sandbox ended before it was ready: {}", said.trim())))
        }
        Err(mpsc::RecvTimeoutError::Timeout) => Err(Error::TimedOut {
            waiting_for: "the sandbox's ready line".to_owned(),
            patience: PATIENCE,
            seen: "it runs and prints nothing".to_owned(),
        }),
    }
}
