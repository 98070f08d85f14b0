//! The packages' metadata from Cargo. Pure.

use serde_json::Value;

use super::layout::Package;
use crate::error::{Error, Result};

/// The name of the source package of all packages.
pub(super) const SOURCE: &str = "waybill";
/// The number of times that this version has been packaged.
pub(super) const RELEASE: u32 = 1;

/// The metadata that the packages of one version share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// The version in Cargo's form, such as `0.2.0-beta.1`.
    pub(super) version: String,
    /// An SPDX expression.
    pub(super) licence: String,
    /// `Name <address>`.
    pub(super) maintainer: String,
    pub(super) homepage: String,
    /// The processor architecture.
    pub(super) processor: Processor,
    /// The time of the commit, in seconds since 1970, so that the build is reproducible.
    pub(super) commit_time: u64,
}

/// A processor architecture that packages are built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Processor {
    X86With64Bits,
    ArmWith64Bits,
}

impl Facts {
    /// Reads the metadata from the window's entry in the output of `cargo metadata`.
    ///
    /// # Errors
    /// A field is missing in Cargo.toml, or this processor is not supported.
    pub(super) fn read(package: &Value, architecture: &str, commit_time: u64) -> Result<Self> {
        let text = |field: &str| {
            let text = package[field].as_str().map(str::to_owned);
            text.ok_or_else(|| Error::Wrong(format!("the window's Cargo.toml has no {field}")))
        };
        let maintainer = package["authors"][0].as_str().map(str::to_owned);
        Ok(Self {
            version: text("version")?,
            licence: text("license")?,
            maintainer: maintainer.ok_or_else(|| Error::Wrong("the window's Cargo.toml has no authors".to_owned()))?,
            homepage: text("repository")?,
            processor: Processor::read(architecture)?,
            commit_time,
        })
    }

    /// Returns the version in the form that both Debian and RPM use, in which a beta comes before its release.
    pub(super) fn package_version(&self) -> String {
        self.version.replacen('-', "~", 1).replace('-', ".")
    }

    /// Returns the file name of a package's deb.
    pub(super) fn deb_name(&self, package: Package) -> String {
        format!("{}_{}-{RELEASE}_{}.deb", package.name(), self.package_version(), self.processor.debian())
    }

    /// Returns the file name of a package's rpm.
    pub(super) fn rpm_name(&self, package: Package) -> String {
        format!("{}-{}-{RELEASE}.{}.rpm", package.name(), self.package_version(), self.processor.rpm())
    }

    /// Returns the maintainer's name without the address. LICENSE has the copyright holder and years.
    pub(super) fn authors(&self) -> &str {
        self.maintainer.split('<').next().unwrap_or_default().trim()
    }
}

impl Processor {
    fn read(architecture: &str) -> Result<Self> {
        match architecture {
            "x86_64" => Ok(Self::X86With64Bits),
            "aarch64" => Ok(Self::ArmWith64Bits),
            other => Err(Error::Wrong(format!("packages for {other} are not supported yet"))),
        }
    }

    /// Returns Debian's name for it.
    pub(super) fn debian(self) -> &'static str {
        match self {
            Self::X86With64Bits => "amd64",
            Self::ArmWith64Bits => "arm64",
        }
    }

    /// Returns RPM's name for it.
    pub(super) fn rpm(self) -> &'static str {
        match self {
            Self::X86With64Bits => "x86_64",
            Self::ArmWith64Bits => "aarch64",
        }
    }
}

/// Returns sample metadata for tests.
#[cfg(test)]
pub(super) fn sample() -> Facts {
    Facts {
        version: "0.2.0-beta.1".to_owned(),
        licence: "MIT".to_owned(),
        maintainer: "The Authors <authors@example.org>".to_owned(),
        homepage: "https://example.org/waybill".to_owned(),
        processor: Processor::X86With64Bits,
        commit_time: 1_795_272_873,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_metadata_is_read_from_cargo() {
        let package = json!({
            "version": "0.2.0-beta.1",
            "license": "MIT",
            "authors": ["The Authors <authors@example.org>", "Somebody else"],
            "repository": "https://example.org/waybill",
        });
        assert_eq!(Facts::read(&package, "x86_64", 1_795_272_873).unwrap(), sample());
        assert!(Facts::read(&package, "mips", 0).is_err());
        assert!(Facts::read(&json!({"version": "1.0.0"}), "x86_64", 0).is_err());
    }

    #[test]
    fn a_beta_is_older_than_its_release() {
        let facts = sample();
        assert_eq!(facts.package_version(), "0.2.0~beta.1");
        assert_eq!(facts.deb_name(Package::CommandLine), "waybill_0.2.0~beta.1-1_amd64.deb");
        assert_eq!(facts.rpm_name(Package::Sandbox), "waybill-sandbox-0.2.0~beta.1-1.x86_64.rpm");
        assert_eq!(Facts { version: "1.2.3".to_owned(), ..facts }.package_version(), "1.2.3");
    }

    #[test]
    fn the_authors_are_named_without_their_address() {
        assert_eq!(sample().authors(), "The Authors");
    }
}
