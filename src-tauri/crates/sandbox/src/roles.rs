//! The states of all roles of one sandbox, made from its folder.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use axum::{Router, middleware};

use crate::api::{self, Api};
use crate::consignments::Checks;
use crate::control::{self, Control};
use crate::edge::{self, Edge};
use crate::issued;
use crate::options::Options;
use crate::realm::{Lives, Realm};
use crate::role::{Addresses, Role};
use crate::sign_in::{self, Elsewhere, SignIn};
use crate::store::{self, Remote, Store};
use crate::traffic::Traffic;
use crate::website::{self, Website};

/// Every state that requests are answered from.
pub(crate) struct Roles {
    pub options: Options,
    pub addresses: Addresses,
    pub realm: Arc<Realm>,
    pub lives: Arc<Lives>,
    pub sign_in: Arc<SignIn>,
    pub store: Arc<Store>,
    pub checks: Arc<Checks>,
    pub traffic: Arc<Traffic>,
}

/// What takes the place of the sandbox's own parts.
#[derive(Default)]
pub(crate) struct Replacements {
    pub sign_in: Option<Elsewhere>,
    pub store: Option<Remote>,
}

/// Why the roles cannot start.
#[derive(Debug)]
pub(crate) enum RolesError {
    Db(rusqlite::Error),
    /// In the store's folders.
    Io(io::Error),
}

impl From<rusqlite::Error> for RolesError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Db(error)
    }
}

impl Roles {
    /// Makes the states, the tables and the sample consignments; `dir` is an absolute path.
    pub(crate) fn open(
        realm: Realm,
        dir: PathBuf,
        addresses: Addresses,
        options: Options,
        replacements: Replacements,
    ) -> Result<Self, RolesError> {
        let realm = Arc::new(realm);
        let lives = Arc::new(Lives::open(&realm.db, &options)?);
        let sign_in = SignIn::new(Arc::clone(&realm), Arc::clone(&lives), &addresses, &options, replacements.sign_in);
        sign_in::prepare(&realm.db)?;
        let store = Arc::new(Store::new(&realm, dir, &addresses, &options, replacements.store));
        store::prepare(&store).map_err(RolesError::Io)?;
        sign_in.seed()?;
        let checks = Arc::new(Checks::new(Arc::clone(&realm), Arc::clone(&store), options.check_seconds));
        let traffic = Arc::new(Traffic::new(realm.clock.clone()));
        Ok(Self { options, addresses, realm, lives, sign_in: Arc::new(sign_in), store, checks, traffic })
    }

    /// Returns what answers at the address of `role`.
    pub(crate) fn router(&self, role: Role) -> Router {
        let (realm, sign_in, checks) = (Arc::clone(&self.realm), Arc::clone(&self.sign_in), Arc::clone(&self.checks));
        let router = match role {
            Role::SignIn => sign_in::router(sign_in),
            Role::Api => api::router(Api::new(realm, sign_in, checks, &self.addresses, &self.options)),
            Role::Upload => {
                let (lives, store) = (Arc::clone(&self.lives), Arc::clone(&self.store));
                edge::router(Edge::new(realm, lives, sign_in, store, &self.addresses, &self.options))
            }
            Role::Website => website::router(Website { realm, sign_in, checks }),
        };
        router.layer(middleware::from_fn_with_state(self.traffic.secrets.clone(), issued::note))
    }

    /// Returns what answers at the control address, to those who have the token.
    pub(crate) fn control(&self, token: &str) -> Router {
        let control = Control {
            realm: Arc::clone(&self.realm),
            lives: Arc::clone(&self.lives),
            sign_in: Arc::clone(&self.sign_in),
            store: Arc::clone(&self.store),
            checks: Arc::clone(&self.checks),
            traffic: Arc::clone(&self.traffic),
        };
        control::router(control, token)
    }
}
