//! The upload domain's edge (first without behaviour).

use std::sync::Arc;

use crate::state::Shared;

/// Everything at the upload domain.
pub(crate) fn router(_shared: Arc<Shared>) -> axum::Router {
    axum::Router::new()
}
