//! When the token is refreshed.
