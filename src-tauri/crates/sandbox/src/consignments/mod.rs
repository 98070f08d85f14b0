//! Consignments (stub while the frame is built).

use uuid::Uuid;

use crate::state::Shared;

/// A line of the ready line's `consignments`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Overview {
    pub reference: String,
    pub id: Uuid,
    pub state: String,
}

/// Makes the seeded consignments when there are none.
pub(crate) fn seed(_shared: &Shared) -> rusqlite::Result<()> {
    Ok(())
}

/// The consignments of a person, in the order they were made.
pub(crate) fn overview(_shared: &Shared, _user: Uuid) -> rusqlite::Result<Vec<Overview>> {
    Ok(Vec::new())
}
