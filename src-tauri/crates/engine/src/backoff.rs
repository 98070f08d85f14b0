//! How long to wait.
