//! Where the sandbox answers otherwise than Keycloak, and why it stays so. `docs/sandbox.md` has the same reasons,
//! which [`undocumented`] holds it to.

use std::path::Path;

use waybill_system_tests::{Error, Result};

/// A difference that stays.
pub(crate) struct Known {
    /// The case.
    pub(crate) case: &'static str,
    /// The step of the case.
    pub(crate) step: &'static str,
    /// Why, in the words of the document.
    pub(crate) why: &'static str,
}

const PROMISES: &str = "The description of the realm promises only what the sandbox does";

/// All of them.
pub(crate) const KNOWN: [Known; 4] = [
    Known { case: "discovery", step: "frontchannel_logout_supported", why: PROMISES },
    Known { case: "discovery", step: "backchannel_logout_supported", why: PROMISES },
    Known { case: "discovery", step: "claims_parameter_supported", why: PROMISES },
    Known { case: "discovery", step: "tls_client_certificate_bound_access_tokens", why: PROMISES },
];

/// Returns the reasons that the document does not give.
///
/// # Errors
/// It cannot be read.
pub(crate) fn undocumented() -> Result<Vec<&'static str>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/sandbox.md");
    let text = std::fs::read_to_string(&path).map_err(|source| Error::Io { path, source })?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(KNOWN.iter().map(|known| known.why).filter(|why| !text.contains(why)).collect())
}
