//! A sandbox without its listeners, for tests that call a role's router or the store directly.

use std::net::SocketAddr;
use std::sync::LazyLock;

use axum::Router;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs1v15::SigningKey;
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding as _, Signer as _};
use serde_json::json;
use tempfile::TempDir;

use crate::clock::Clock;
use crate::db::Db;
use crate::keys::Keys;
use crate::options::Options;
use crate::people::{People, Person};
use crate::realm::Realm;
use crate::role::{Addresses, Role};
use crate::roles::{Replacements, Roles};

/// Keys take a while to make, so all tests of a process use the same.
static KEYS: LazyLock<TempDir> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    Keys::open(dir.path()).unwrap();
    dir
});

/// The states of all roles, in a folder that lives as long as this.
pub(crate) struct Bench {
    pub roles: Roles,
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
        Self { roles: open(options), dir }
    }

    /// Returns the same sandbox after a kill: only its folder is left.
    pub(crate) fn restarted(self) -> Self {
        let options = self.roles.options.clone();
        drop(self.roles);
        Self { roles: open(options), dir: self.dir }
    }

    /// Returns what answers at the address of `role`.
    pub(crate) fn router(&self, role: Role) -> Router {
        self.roles.router(role)
    }

    /// Returns one of the seeded people.
    pub(crate) fn person(&self, username: &str) -> Person {
        self.roles.realm.people.by_username(username).unwrap()
    }

    /// Returns an access token as the sign-in role signs it.
    pub(crate) fn token(&self, person: &Person) -> String {
        let key = self.roles.realm.keys.sign_in.signing();
        let mut claims = person.claims();
        claims.insert("iss".into(), json!(self.roles.sign_in.issuer()));
        claims.insert("aud".into(), json!(["tdr-fe"]));
        claims.insert("typ".into(), json!("Bearer"));
        claims.insert("jti".into(), json!("test"));
        claims.insert("iat".into(), json!(self.roles.realm.clock.epoch_seconds()));
        claims.insert("exp".into(), json!(self.roles.realm.clock.epoch_seconds() + 300));
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": key.id });
        let part = |value: String| URL_SAFE_NO_PAD.encode(value);
        let signed = format!("{}.{}", part(header.to_string()), part(serde_json::Value::Object(claims).to_string()));
        let signature = SigningKey::<Sha256>::new(key.private.clone()).sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

fn open(options: Options) -> Roles {
    let db = Db::open(&options.dir.join("sandbox.sqlite")).unwrap();
    let at = |last: u8| SocketAddr::from(([127, 0, 0, last], 4_000));
    let addresses = Addresses { sign_in: at(1), api: at(2), upload: at(3), website: at(4), control: at(5) };
    let realm = Realm {
        clock: Clock::open(&db).unwrap(),
        people: People::open(&db).unwrap(),
        keys: Keys::open(KEYS.path()).unwrap(),
        db,
    };
    Roles::open(realm, options.dir.clone(), addresses, options, Replacements::default()).unwrap()
}
