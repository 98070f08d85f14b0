//! How many requests may go out.
