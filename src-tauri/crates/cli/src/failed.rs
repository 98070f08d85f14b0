//! The failure of a command, before it is shown to the person.

use waybill_model::{Code, Failure, TransferId};

use crate::events::{Event, Problem};
use crate::exit::Exit;

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    failure: Failure,
    exit: Exit,
    message: Option<String>,
    next: Option<String>,
    transfer: Option<TransferId>,
    did_you_mean: Box<[String]>,
}

impl Failed {
    /// Uses the exit code that belongs to `code`.
    pub(crate) fn new(failure: Failure) -> Self {
        Self {
            exit: Exit::of(failure.code),
            failure,
            message: None,
            next: None,
            transfer: None,
            did_you_mean: Box::default(),
        }
    }

    /// The command line is invalid.
    pub(crate) fn usage(detail: impl Into<String>) -> Self {
        Self::new(Failure::new(Code::Usage, detail))
    }

    /// Replaces the table's description of the failure with one that fits better.
    pub(crate) fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// Replaces the table's advice on what to do next with advice that fits better.
    pub(crate) fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// Replaces the exit code that belongs to the failure's code.
    pub(crate) fn exit_as(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// Adds the transfer that the failure concerns.
    pub(crate) fn of_transfer(mut self, transfer: TransferId) -> Self {
        self.transfer = Some(transfer);
        self
    }

    /// Adds what may have been meant by something in the command line that is not known.
    pub(crate) fn did_you_mean(mut self, suggestions: Vec<String>) -> Self {
        self.did_you_mean = suggestions.into();
        self
    }

    /// Returns the exit code of the program.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// Returns the failure's code.
    pub(crate) fn code(&self) -> Code {
        self.failure.code
    }

    /// Prints the last line of `--json`, or the message for people.
    pub(crate) fn event(&self) -> Event {
        let sentence = waybill_words::at_end_in_terminal(self.failure.code);
        Event::Error(Problem {
            code: self.failure.code,
            message: self.message.clone().unwrap_or_else(|| sentence.what.to_owned()),
            next: self.next.clone().unwrap_or_else(|| sentence.next.to_owned()),
            detail: self.failure.detail.clone(),
            transfer: self.transfer.map(|id| id.to_string()),
            did_you_mean: self.did_you_mean.to_vec(),
            exit: self.exit.number(),
        })
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self::new(failure)
    }
}

impl From<Code> for Failed {
    fn from(code: Code) -> Self {
        Self::new(code.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_happened_what_it_was_about_and_what_to_do() {
        let failed = Failed::new(Failure::new(Code::FolderMissing, "/nowhere"));
        let Event::Error(problem) = failed.event() else { panic!("not an error") };
        assert_eq!(problem.code, Code::FolderMissing);
        assert_eq!(problem.message, "The folder cannot be found.");
        assert_eq!(problem.next, "Check the path and try again.");
        assert_eq!(problem.detail.as_deref(), Some("/nowhere"));
        assert_eq!(problem.exit, 2);
    }

    #[test]
    fn a_command_that_is_over_promises_nothing() {
        for code in Code::ALL {
            let Event::Error(problem) = Failed::from(*code).event() else { panic!("not an error") };
            assert!(!problem.next.contains("automatically"), "{code}: {}", problem.next);
        }
    }

    #[test]
    fn better_words_and_another_exit_replace_those_of_the_table() {
        let failed = Failed::from(Code::Offline).exit_as(Exit::Interrupted).saying("Oh.").next("Run it again.");
        let Event::Error(problem) = failed.event() else { panic!("not an error") };
        assert_eq!((problem.message.as_str(), problem.next.as_str()), ("Oh.", "Run it again."));
        assert_eq!(problem.exit, 5);
    }
}
