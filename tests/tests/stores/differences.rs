//! Where a store does other than S3 is documented to do: the one table, mirrored in `docs/sandbox.md`.
//!
//! A case that is in the table has to show exactly what the table says, so that an entry does not outlive its difference.

/// One difference.
pub(crate) struct Difference {
    /// As the suite names it.
    pub(crate) store: &'static str,
    /// The case's name.
    pub(crate) case: &'static str,
    /// What the store shows instead.
    pub(crate) shows: &'static str,
}

const fn localstack(case: &'static str, shows: &'static str) -> Difference {
    Difference { store: "LocalStack", case, shows }
}

const fn minio(case: &'static str, shows: &'static str) -> Difference {
    Difference { store: "MinIO", case, shows }
}

pub(crate) const ALL: &[Difference] = &[];
