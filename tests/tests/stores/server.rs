//! An object store as a separate process: started on a free port, shared by the tests that need it, and ended with the
//! last.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use reqwest::blocking::Client;
use tempfile::TempDir;
use waybill_system_tests::{Error, Group, Result, Start, start_at_ports, until};

use crate::checksums::md5;
use crate::signing::Signer;
use crate::store::{Proof, Store};
use crate::wire::Request;

/// The one bucket.
const BUCKET: &str = "waybill-conformance";
/// What the processes have as their owner's keys. They listen on loopback and live for minutes.
pub(crate) const ACCESS_KEY: &str = "conformance";
pub(crate) const SECRET_KEY: &str = "conformance-on-loopback";
/// `LocalStack` loads for half a minute on a slow machine.
const PATIENCE: Duration = Duration::from_secs(180);

const VERSIONING: &str = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>";
/// The rule of TDR's bucket.
const LIFECYCLE: &str = "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ID>abort-incomplete-uploads</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>";

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    LocalStack,
    MinIo,
}

/// A running store with its bucket.
pub(crate) struct Server {
    process: Group,
    url: String,
    /// Last, so that it goes after the process that uses it.
    dir: TempDir,
}

static LOCALSTACK: Mutex<Weak<Server>> = Mutex::new(Weak::new());
static MINIO: Mutex<Weak<Server>> = Mutex::new(Weak::new());

impl Server {
    /// Returns the one that runs already, or a new one.
    pub(crate) fn shared(program: Program) -> Result<Arc<Self>> {
        let slot = match program {
            Program::LocalStack => &LOCALSTACK,
            Program::MinIo => &MINIO,
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = slot.upgrade() {
            return Ok(running);
        }
        let server = Arc::new(Self::start(program)?);
        *slot = Arc::downgrade(&server);
        Ok(server)
    }

    /// Returns the bucket as its owner sees it. Each has its own keys.
    pub(crate) fn store(&self, prefix: &str) -> Result<Store> {
        let signer = Signer::new(ACCESS_KEY, SECRET_KEY);
        Ok(Store::new(self.bucket(), client()?, Proof::Signature(signer), prefix.to_owned(), None))
    }

    /// Returns the bucket's address.
    pub(crate) fn bucket(&self) -> String {
        format!("{}/{BUCKET}", self.url)
    }

    fn start(program: Program) -> Result<Self> {
        let server = start_at_ports(|ports| Self::start_at(program, ports))?;
        server.make_bucket(program)?;
        Ok(server)
    }

    fn start_at(program: Program, [port, console]: [u16; 2]) -> Result<Start<Self>> {
        let installation = installation(program)?;
        let dir = tempfile::tempdir().map_err(|source| Error::Io { path: std::env::temp_dir(), source })?;
        let mut command = match program {
            Program::LocalStack => localstack(&installation, port, dir.path()),
            Program::MinIo => minio(&installation, port, console, dir.path()),
        };
        let log = dir.path().join("log.txt");
        let file = std::fs::File::create(&log).map_err(|source| Error::Io { path: log.clone(), source })?;
        let errors = file.try_clone().map_err(|source| Error::Io { path: log.clone(), source })?;
        command.stdin(Stdio::null()).stdout(file).stderr(errors).current_dir(dir.path());
        let process = Group::start(&mut command)?;
        let mut server = Self { process, url: format!("http://127.0.0.1:{port}"), dir };
        let client = client()?;
        let explain = |server: &Self, what: &dyn std::fmt::Display| {
            Error::unexpected(format!("{program:?}: {what}; its log ends\n{}", server.end_of_log()))
        };
        match until("the store to answer", PATIENCE, || server.look(&client)) {
            Ok(None) => Ok(Start::Ready(server)),
            Ok(Some(status)) => Ok(Start::Ended(explain(&server, &format!("it ended with {status}")))),
            Err(error) => Err(explain(&server, &error)),
        }
    }

    /// Returns whether it answers, or how it has ended.
    fn look(&mut self, client: &Client) -> Result<Option<Option<ExitStatus>>> {
        // Check this first, because another program may have taken its port and may answer.
        if let Some(status) = self.process.try_wait()? {
            return Ok(Some(Some(status)));
        }
        // Any reply means that it is running; MinIO replies 503 to everything until it is ready.
        let answer = client.get(&self.url).send();
        Ok(answer.ok().filter(|answer| answer.status() != 503).map(|_| None))
    }

    fn make_bucket(&self, program: Program) -> Result<()> {
        let store = self.store("")?;
        let steps: &[(&str, &str)] = match program {
            Program::LocalStack => &[("", ""), ("versioning", VERSIONING), ("lifecycle", LIFECYCLE)],
            // It refuses a rule that aborts uploads.
            Program::MinIo => &[("", ""), ("versioning", VERSIONING)],
        };
        for &(query, body) in steps {
            let request = Request::new("PUT", "").query(query).header("content-md5", &md5(body.as_bytes())).body(body);
            let answer = store.send(request)?;
            if !answer.is_good() {
                return Err(Error::unexpected(format!("the bucket: {query}: {} {}", answer.said(), answer.body)));
            }
        }
        Ok(())
    }

    fn end_of_log(&self) -> String {
        let text = std::fs::read_to_string(self.dir.path().join("log.txt")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// Returns where the program was put.
fn installation(program: Program) -> Result<PathBuf> {
    let variable = match program {
        Program::LocalStack => "WAYBILL_LOCALSTACK",
        Program::MinIo => "WAYBILL_MINIO",
    };
    std::env::var_os(variable).map(PathBuf::from).ok_or_else(|| {
        Error::unexpected(format!("{variable} is not set: run this with `cargo xtask conformance stores`"))
    })
}

fn localstack(venv: &Path, port: u16, dir: &Path) -> Command {
    let mut command = Command::new(venv.join("bin").join("python"));
    command.args(["-m", "localstack.runtime.main"]).envs([
        ("GATEWAY_SERVER", "hypercorn"),
        ("OVERRIDE_IN_DOCKER", "0"),
        ("SERVICES", "s3"),
        ("EAGER_SERVICE_LOADING", "1"),
        ("DISABLE_EVENTS", "1"),
        ("SKIP_SSL_CERT_DOWNLOAD", "1"),
        ("PERSISTENCE", "0"),
        ("DNS_ADDRESS", "0"),
    ]);
    command.env("GATEWAY_LISTEN", format!("127.0.0.1:{port}")).env("FILESYSTEM_ROOT", dir.join("localstack"));
    command
}

fn minio(program: &Path, port: u16, console: u16, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["server", "--quiet", "--address"]).arg(format!("127.0.0.1:{port}"));
    command.arg("--console-address").arg(format!("127.0.0.1:{console}")).arg(dir.join("minio"));
    // It would ask for newer versions of itself, and keep its settings in the home folder.
    command.env("MINIO_UPDATE", "off").env("MINIO_BROWSER", "off").env("HOME", dir);
    command.env("MINIO_ROOT_USER", ACCESS_KEY).env("MINIO_ROOT_PASSWORD", SECRET_KEY);
    command
}

fn client() -> Result<Client> {
    // Another thread may have chosen already, which is as good.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(120))
        .build()
        .map_err(|source| Error::Http { what: "building a client".to_owned(), source })
}
