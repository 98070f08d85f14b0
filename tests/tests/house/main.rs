//! The rules of the house: which crate may know which, that what the code refers to exists, and that what people read is in
//! the words.

#![allow(clippy::unwrap_used, reason = "this is all test code, also where it is in no test function")]

mod directions;
mod facts;
mod security;
mod sentences;
