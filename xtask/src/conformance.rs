//! `cargo xtask conformance PART`: compares a part of the sandbox with an independent implementation.
//!
//! Each part has a module whose `ensure` downloads what is missing into the cache folder, and a target of the
//! whole-system tests that needs the feature `conformance`. The target finds everything through environment variables.
//! It fails if something is missing, so nothing is skipped silently.

use clap::ValueEnum;

use crate::clients;
use crate::downloads::Prepared;
use crate::error::Result;
use crate::keycloak;
use crate::step::{self, step};
use crate::stores;
use crate::workspace::{self, Metadata, Network, Scope};

/// An independent implementation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Part {
    /// Keycloak: compared with the sandbox's sign-in, and in its place
    Keycloak,
    /// `LocalStack` and `MinIO`: compared with the sandbox's object store, and in its place
    Stores,
    /// Amazon's signers and SDK, rclone and curl: uploads to the sandbox
    Clients,
}

impl Part {
    /// All parts.
    pub(crate) const ALL: [Self; 3] = [Self::Clients, Self::Stores, Self::Keycloak];

    /// Returns a description of its tests.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Keycloak => "Sign-in, compared with Keycloak",
            Self::Stores => "The object store, compared with LocalStack and MinIO",
            Self::Clients => "The upload domain, used by Amazon's signers, its SDK, rclone and curl",
        }
    }

    /// Returns the target of its tests.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::Keycloak => "keycloak",
            Self::Stores => "stores",
            Self::Clients => "clients",
        }
    }

    /// Installs everything that the tests need.
    ///
    /// # Errors
    /// Something cannot be installed, or must not be.
    pub(crate) fn prepare(self, network: Network) -> Result<Prepared> {
        match self {
            Self::Keycloak => keycloak::ensure(network),
            Self::Stores => stores::ensure(network),
            Self::Clients => clients::ensure(network),
        }
    }

    /// Runs the tests with what was prepared.
    ///
    /// # Errors
    /// A test fails or does not compile.
    pub(crate) fn check(self, scope: Scope, metadata: &Metadata, network: Network, prepared: &Prepared) -> Result {
        step(self.title(), || {
            let mut command = workspace::tests(scope, network);
            command.args(["--test", self.target()]).env("WAYBILL_BIN", metadata.program("waybill"));
            prepared.apply_to(&mut command);
            step::run(&mut command)
        })
    }
}

/// Sets one part up and runs its tests.
///
/// # Errors
/// It cannot be set up, or a test fails.
pub(crate) fn run(part: Part, network: Network) -> Result {
    let metadata = workspace::metadata(network)?;
    let prepared = part.prepare(network)?;
    step("Building waybill and waybill-sandbox", || {
        // These tests need both programs, so compiling them also builds those, with the features that all tests share.
        step::run(workspace::tests(Scope::Everything, network).args(["--no-run", "--test", "cli", "--test", "program"]))
    })?;
    part.check(Scope::Everything, &metadata, network, &prepared)
}

/// Downloads everything that the tests of these parts need, without running them.
///
/// # Errors
/// Something cannot be set up.
pub(crate) fn set_up(parts: &[Part]) -> Result {
    let parts = if parts.is_empty() { &Part::ALL } else { parts };
    parts.iter().try_for_each(|part| part.prepare(Network::Allowed).map(drop))
}
