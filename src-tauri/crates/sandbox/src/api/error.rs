//! How the API rejects requests: 200 with a code for what the rules forbid, 500 in plain text for unforeseen failures.

use async_graphql::{Error, ErrorExtensionValues, ErrorExtensions as _, Value};

/// Marks an error as unforeseen; never leaves the sandbox.
pub(super) const UNHANDLED: &str = "unhandled";

/// Why a field has no value. Deliberately without `Display`, so that the conversion below is the only one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Not the caller's, or not there at all: the API answers both alike.
    NotAuthorised(String),
    InvalidConsignmentState(String),
    InvalidInputData(String),
    /// The database failed, for example.
    Unhandled(String),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Unhandled(error.to_string())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let (code, message) = match refusal {
            Refusal::NotAuthorised(message) => ("NOT_AUTHORISED", message),
            Refusal::InvalidConsignmentState(message) => ("INVALID_CONSIGNMENT_STATE", message),
            Refusal::InvalidInputData(message) => ("INVALID_INPUT_DATA", message),
            Refusal::Unhandled(message) => {
                tracing::error!(message, "an API field failed");
                return Self::new(message).extend_with(|_, extensions| extensions.set(UNHANDLED, true));
            }
        };
        Self::new(message).extend_with(|_, extensions| extensions.set("code", code))
    }
}

/// What an error in a response means for the reply as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Belongs in a 200.
    Business,
    Unhandled,
    /// The document or its variables do not fit the schema.
    Validation,
}

/// Tells the errors of resolvers from those of async-graphql itself.
pub(super) fn class(extensions: Option<&ErrorExtensionValues>) -> Class {
    let has =
        |name: &str| extensions.and_then(|extensions| extensions.get(name)).is_some_and(|value| *value != Value::Null);
    if has("code") {
        Class::Business
    } else if has(UNHANDLED) {
        Class::Unhandled
    } else {
        Class::Validation
    }
}
