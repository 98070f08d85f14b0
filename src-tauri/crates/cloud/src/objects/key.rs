//! Keys of objects.

use std::fmt;

use waybill_model::{ConsignmentId, FileId, UserId};

/// The key of one object: `{user}/{consignment}/{file}` (facts E5, E11). Lower-case UUIDs, hence nothing to escape.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// The key under which TDR's cookies allow a file to be put: `user` must be the `user_id` claim (facts A2, D9).
    #[must_use]
    pub fn new(user: UserId, consignment: ConsignmentId, file: FileId) -> Self {
        Self(format!("{user}/{consignment}/{file}"))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
