//! Where the sandbox answers otherwise than Keycloak, and why it stays so. `docs/sandbox.md` has the same table.

/// A difference that stays.
pub(crate) struct Known {
    /// The case.
    pub(crate) case: &'static str,
    /// The step of the case.
    pub(crate) step: &'static str,
    /// Why.
    pub(crate) why: &'static str,
}

/// All of them.
pub(crate) const KNOWN: [Known; 0] = [];
