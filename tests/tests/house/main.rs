//! The rules of the house: which crate may know which, and that what the code refers to exists.

#![allow(clippy::unwrap_used, reason = "this is all test code, also where it is in no test function")]

mod directions;
mod facts;
