//! The consignment API (stub while the frame is built).

use std::sync::Arc;

use crate::state::Shared;

/// `/graphql`.
pub(crate) fn router(_shared: Arc<Shared>) -> axum::Router {
    axum::Router::new()
}
