//! Every sentence that Waybill shows to people.
//!
//! The sentences are in `words/<language>.ftl`, one file for each language, which are compiled into the programs. The
//! window's page uses the same files. From them `cargo xtask words` generates `languages.rs`, `generated.rs` and the
//! page's `generated/words.ts`, with a function for each message. Code that uses a missing message or omits a variable
//! therefore does not compile.
//!
//! Nothing here reads a file, a clock or the environment.

#[rustfmt::skip]
mod generated;
mod language;
#[rustfmt::skip]
mod languages;
#[cfg(test)]
mod tests;
mod visible;

use waybill_model::Code;

pub use generated::*;
pub use language::{choose_language, in_english, language, wanted_in};
pub use visible::{is_control, visible};

/// What happened, and what to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// What happened.
    pub what: &'static str,
    /// What to do next.
    pub next: &'static str,
}

/// Returns what happened, without what to do next.
#[must_use]
pub fn what(code: Code) -> &'static str {
    language::text(&id(code))
}

/// Returns the sentences for a terminal while Waybill retries automatically.
#[must_use]
pub fn in_terminal(code: Code) -> Sentence {
    first_of(code, &["next-terminal", "next"])
}

/// Returns the sentences for a terminal in which the command has ended, so that nothing resumes automatically.
#[must_use]
pub fn at_end_in_terminal(code: Code) -> Sentence {
    first_of(code, &["next-terminal", "next-answer", "next"])
}

/// Returns the sentences for a person who may not be looking at the window.
#[must_use]
pub fn in_notification(code: Code) -> Sentence {
    first_of(code, &["next-notification", "next"])
}

/// Returns the name of one of the service's checks, or `check` itself if it is unknown.
#[must_use]
pub fn service_check(check: &str) -> &str {
    language::find(&format!("serviceCheck-{check}")).unwrap_or(check)
}

/// Returns the result of a check in words, followed by the service's name for it, or only that name if it is unknown.
#[must_use]
pub fn service_result(result: &str) -> String {
    match language::find(&format!("serviceResult-{result}")) {
        Some(words) => format!("{words} ({result})"),
        None => result.to_owned(),
    }
}

fn id(code: Code) -> String {
    format!("code-{code}")
}

fn first_of(code: Code, attributes: &[&str]) -> Sentence {
    let id = id(code);
    let next = attributes.iter().find_map(|attribute| language::find(&format!("{id}.{attribute}")));
    Sentence { what: language::text(&id), next: next.unwrap_or_default() }
}
