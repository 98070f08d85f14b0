//! What the program ends with when it does not end well: codes, sentences and exit codes as `waybill` has them.

use std::fmt;
use std::process::ExitCode;

use serde_json::json;
use waybill_sandbox::Error;

/// The exit code after a second signal.
pub(crate) const INTERRUPTED: i32 = 5;

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The command line, or a file it names, is wrong.
    Usage,
    /// The sandbox's folder, or an address that it had before, cannot be used.
    FolderUnusable,
    /// A file cannot be written where it was asked for.
    OutputUnwritable,
    /// A fault of the program itself.
    Internal,
}

impl Problem {
    /// Returns the code that scripts read.
    fn code(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::FolderUnusable => "data_folder_unusable",
            Self::OutputUnwritable => "output_unwritable",
            Self::Internal => "internal",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Usage => "The sandbox cannot start with these options.",
            Self::FolderUnusable => "The sandbox cannot start in this folder.",
            Self::OutputUnwritable => "The file cannot be written there.",
            Self::Internal => "Something went wrong inside the sandbox.",
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::FolderUnusable | Self::OutputUnwritable => 7,
            Self::Internal => 70,
        }
    }

    /// Returns how the program ends.
    pub(crate) fn exit(self) -> ExitCode {
        self.number().into()
    }
}

/// What went wrong and what to do next. As text it is what people read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    problem: Problem,
    detail: String,
    next: String,
}

impl Failed {
    pub(crate) fn new(problem: Problem, detail: impl Into<String>, next: impl Into<String>) -> Self {
        Self { problem, detail: detail.into(), next: next.into() }
    }

    /// Describes a fault of the program itself.
    pub(crate) fn internal(detail: impl Into<String>) -> Self {
        Self::new(Problem::Internal, detail, "Try again. If it happens again, report it.")
    }

    /// Describes a command line that clap cannot read.
    pub(crate) fn misunderstood(error: &clap::Error) -> Self {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        let detail = first.strip_prefix("error: ").unwrap_or(first);
        Self::new(Problem::Usage, detail, "Run 'waybill-sandbox --help'.")
    }

    /// Returns how the program ends.
    pub(crate) fn exit(&self) -> ExitCode {
        self.problem.exit()
    }

    #[cfg(test)]
    pub(crate) fn problem(&self) -> Problem {
        self.problem
    }

    /// Returns the last line of `--json`.
    pub(crate) fn to_json(&self) -> String {
        json!({
            "event": "error",
            "code": self.problem.code(),
            "message": self.problem.message(),
            "next": self.next,
            "detail": self.detail,
            "exit": self.problem.number(),
        })
        .to_string()
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A path may contain control sequences for the terminal.
        let safe = |text: &str| -> String {
            text.chars().map(|c| if c.is_control() { c.escape_unicode().to_string() } else { c.to_string() }).collect()
        };
        let Self { problem, detail, next } = self;
        writeln!(f, "error: {} ({}) [{}]", problem.message(), safe(detail), problem.code())?;
        writeln!(f, "  {}", safe(next))
    }
}

impl From<&Error> for Failed {
    fn from(error: &Error) -> Self {
        let (problem, next) = match error {
            Error::Busy { .. } => (Problem::FolderUnusable, "Use that sandbox, or another folder with --dir."),
            Error::Address { .. } => {
                (Problem::FolderUnusable, "Close the program that uses the address, or use another folder with --dir.")
            }
            Error::Io { .. } => {
                (Problem::FolderUnusable, "Check the folder's permissions, or use another folder with --dir.")
            }
            Error::Db(_) => (Problem::FolderUnusable, "Use another folder with --dir."),
            Error::CookieKey { .. } => (Problem::Usage, "Use a key such as `openssl genrsa 2048` makes."),
            Error::SignIn { .. } => {
                (Problem::Usage, "Give the issuer of a running realm, such as http://127.0.0.1:8080/realms/tdr.")
            }
            Error::Store { .. } => {
                (Problem::Usage, "Start that server and create the bucket first, and give its keys with --store-keys.")
            }
            // The sandbox's errors may grow.
            Error::Profile(_) | _ => return Self::internal(error.to_string()),
        };
        Self::new(problem, error.to_string(), next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_scripts_are_given_the_same_facts() {
        let failed = Failed::from(&Error::Busy { dir: "/tmp/a\u{1b}b".into() });
        assert_eq!(
            failed.to_string(),
            "error: The sandbox cannot start in this folder. (another sandbox is running in /tmp/a\\u{1b}b) \
             [data_folder_unusable]\n  Use that sandbox, or another folder with --dir.\n"
        );
        let json: serde_json::Value = serde_json::from_str(&failed.to_json()).unwrap();
        assert_eq!((json["event"].as_str(), json["exit"].as_u64()), (Some("error"), Some(7)));
        assert_eq!(json["detail"], "another sandbox is running in /tmp/a\u{1b}b");
    }
}
