//! When cookies are fetched.
