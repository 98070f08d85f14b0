//! Key pairs from elsewhere, and what is signed with them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use waybill_system_tests::{Error, Result};

use crate::tools;

/// A key pair with the id that the edge knows it by.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) id: &'static str,
    /// A file in PEM.
    pub(crate) private: PathBuf,
    /// A file in PEM.
    pub(crate) public: PathBuf,
    /// PKCS #1 for RSA, the point for ECDSA.
    pub(crate) raw: Vec<u8>,
    pub(crate) is_rsa: bool,
}

/// The pairs of one test.
pub(crate) struct Pairs {
    /// RSA, in PKCS #1.
    pub(crate) first: Pair,
    /// RSA, in PKCS #8.
    pub(crate) second: Pair,
    /// ECDSA on P-256, in SEC 1.
    pub(crate) curve: Pair,
    /// RSA, and unknown to the edge.
    pub(crate) stranger: Pair,
}

#[derive(Deserialize)]
struct Made {
    private: PathBuf,
    public: PathBuf,
    raw: String,
}

impl Pairs {
    /// Makes them in this folder.
    pub(crate) fn make(folder: &Path) -> Result<Self> {
        let mut made: BTreeMap<String, Made> = tools::node("keys.mjs", None, &json!({ "folder": folder }))?;
        let mut pair = |name: &str, id, is_rsa| {
            let Made { private, public, raw } =
                made.remove(name).ok_or_else(|| Error::unexpected(format!("no key named {name} was made")))?;
            let raw = STANDARD.decode(raw).map_err(|error| Error::unexpected(error.to_string()))?;
            Ok(Pair { id, private, public, raw, is_rsa })
        };
        Ok(Self {
            first: pair("first", "KFIRSTRSA", true)?,
            second: pair("second", "KSECONDRSA", true)?,
            curve: pair("curve", "KCURVE", false)?,
            stranger: pair("stranger", "KSTRANGER", true)?,
        })
    }

    /// Those that the edge knows.
    pub(crate) fn trusted(&self) -> [&Pair; 3] {
        [&self.first, &self.second, &self.curve]
    }

    /// Returns the sandbox's options that tell it their public halves.
    pub(crate) fn options(&self) -> Vec<String> {
        let options = self.trusted().map(|pair| option(&pair.public, pair.id));
        options.into_iter().flatten().collect()
    }
}

/// Returns the sandbox's options for one key.
pub(crate) fn option(pem: &Path, id: &str) -> [String; 4] {
    ["--cookie-key".to_owned(), pem.to_string_lossy().into_owned(), "--key-pair-id".to_owned(), id.to_owned()]
}

/// Returns what Amazon's signer for JavaScript makes: for cookies an object, for a URL a string.
pub(crate) fn sign_with_node(wishes: &[Value]) -> Result<Vec<Value>> {
    tools::node("sign.mjs", None, &json!({ "wishes": wishes }))
}

/// Returns the signed URLs that Amazon's signer for Python makes.
pub(crate) fn sign_with_python(wishes: &[Value]) -> Result<Vec<String>> {
    tools::python("sign.py", &json!({ "wishes": wishes }))
}
