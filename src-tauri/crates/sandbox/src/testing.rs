//! A sandbox's shared state without its listeners, for tests that call a role's router or the store directly.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs1v15::SigningKey;
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use serde_json::json;
use tempfile::TempDir;

use crate::at_work::AtWork;
use crate::clock::Clock;
use crate::consignments;
use crate::db::Db;
use crate::faults::Faults;
use crate::keys::Keys;
use crate::log::RequestLog;
use crate::options::Options;
use crate::people::{People, Person};
use crate::state::{Addresses, Lives, Shared};
use crate::{sign_in, store};

/// Keys take a while to make, so that all tests of a process use the same.
static KEYS: LazyLock<TempDir> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    Keys::open(dir.path()).unwrap();
    dir
});

/// Shared state in a folder that lives as long as this.
pub(crate) struct Bench {
    pub shared: Arc<Shared>,
    dir: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Options)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut options = Options::new(dir.path());
        change(&mut options);
        Self { shared: open(options), dir }
    }

    /// The same sandbox after a kill: nothing but its folder is left.
    pub(crate) fn restarted(self) -> Self {
        let options = self.shared.options.clone();
        drop(self.shared);
        Self { shared: open(options), dir: self.dir }
    }

    /// One of the seeded people.
    pub(crate) fn person(&self, username: &str) -> Person {
        self.shared.people.by_username(username).unwrap()
    }

    /// An access token as the sign-in role signs it.
    pub(crate) fn token(&self, person: &Person) -> String {
        let key = self.shared.keys.sign_in.signing();
        let mut claims = person.claims();
        claims.insert("iss".into(), json!(self.shared.issuer()));
        claims.insert("aud".into(), json!(["tdr-fe"]));
        claims.insert("typ".into(), json!("Bearer"));
        claims.insert("jti".into(), json!("test"));
        claims.insert("iat".into(), json!(self.shared.clock.epoch_seconds()));
        claims.insert("exp".into(), json!(self.shared.clock.epoch_seconds() + 300));
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": key.id });
        let part = |value: String| URL_SAFE_NO_PAD.encode(value);
        let signed = format!("{}.{}", part(header.to_string()), part(serde_json::Value::Object(claims).to_string()));
        let signature = SigningKey::<Sha256>::new(key.private.clone()).sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

fn open(options: Options) -> Arc<Shared> {
    let db = Db::open(&options.dir.join("sandbox.sqlite")).unwrap();
    let at = |last: u8| SocketAddr::from(([127, 0, 0, last], 4_000));
    let addresses = Addresses { sign_in: at(1), api: at(2), upload: at(3), website: at(4), control: at(5) };
    let shared = Shared {
        clock: Clock::open(&db).unwrap(),
        faults: Faults::new(),
        log: RequestLog::default(),
        at_work: AtWork::default(),
        people: People::open(&db).unwrap(),
        keys: Keys::open(KEYS.path()).unwrap(),
        lives: Lives::open(&db, &options).unwrap(),
        elsewhere: None,
        remote_store: None,
        checks: consignments::Running::default(),
        addresses: OnceLock::from(addresses),
        dir: options.dir.clone(),
        db,
        options,
    };
    sign_in::prepare(&shared).unwrap();
    store::prepare(&shared).unwrap();
    consignments::seed(&shared).unwrap();
    Arc::new(shared)
}
