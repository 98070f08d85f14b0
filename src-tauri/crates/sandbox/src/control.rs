//! The control address (first without routes).

use std::sync::Arc;

use crate::state::Shared;

/// The control address's routes.
pub(crate) fn router(_shared: Arc<Shared>, _token: String) -> axum::Router {
    axum::Router::new()
}
