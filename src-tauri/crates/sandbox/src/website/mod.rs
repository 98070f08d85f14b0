//! The website (stub while the frame is built).

use std::sync::Arc;

use crate::state::Shared;

/// The website's pages.
pub(crate) fn router(_shared: Arc<Shared>) -> axum::Router {
    axum::Router::new()
}
