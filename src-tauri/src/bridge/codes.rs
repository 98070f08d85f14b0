//! The program's error codes on their way to the page.

use serde::Serialize;
use specta::datatype::{DataType, Enum, Variant};
use specta::{Type, Types};
use waybill_model::{Code, Failure};

/// What went wrong, as a word. The page has a sentence and a next step for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(transparent)]
pub(crate) struct ErrorCode(#[specta(type = AnyCode)] pub(crate) Code);

/// The union of all codes. It follows the model by itself, which is why it is not derived.
struct AnyCode;

impl Type for AnyCode {
    fn definition(_: &mut Types) -> DataType {
        let mut union = Enum::default();
        union.variants = Code::ALL.iter().map(|code| (code.as_str().into(), Variant::unit())).collect();
        union.into()
    }
}

/// Every code.
pub(super) fn all() -> Vec<ErrorCode> {
    Code::ALL.iter().copied().map(ErrorCode).collect()
}

/// Why something cannot be done or shown. The words for it are the page's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub(crate) struct Problem {
    /// The code, as the command line has it, too.
    pub(crate) code: ErrorCode,
    /// What it was about, such as a file. Not a sentence.
    pub(crate) detail: Option<String>,
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self { code: ErrorCode(failure.code), detail: failure.detail }
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Failure::from(code).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_crosses_as_its_code_and_what_it_was_about() {
        let problem = Problem::from(Failure::new(Code::FolderMissing, "/a"));
        assert_eq!(serde_json::to_string(&problem).unwrap(), r#"{"code":"folder_missing","detail":"/a"}"#);
        let problem = Problem::from(Code::Offline);
        assert_eq!(serde_json::to_string(&problem).unwrap(), r#"{"code":"offline","detail":null}"#);
    }
}
