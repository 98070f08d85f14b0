//! The command line as clap reads it. `docs/command-line.md` describes it for readers.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::typed::path_parser;

/// Send digital records to The National Archives, from the command line.
#[derive(Debug, Parser)]
#[command(name = "waybill", version, about, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    /// The options of every command.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Exit codes: 0 done, 2 usage error, 3 sign-in needed, 4 rejected by the check, 5 interrupted and
resumable, 6 rejected by the service, 7 blocked (the message says why), 70 internal error.";

/// The options of every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// The service to use: tdr, tdr-staging, tdr-integration, or the path of a service profile
    #[arg(long, global = true, env = "WAYBILL_SERVICE", value_name = "NAME|FILE", help_heading = "Global options")]
    pub(crate) service: Option<String>,

    /// Where to keep the journal, receipts and log
    #[arg(long, global = true, env = "WAYBILL_DATA_DIR", value_name = "DIR", value_parser = path_parser(), help_heading = "Global options")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Print one JSON object per line instead of text
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,

    /// Print only errors and the result
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,

    /// Where to keep the session between commands
    #[arg(long, global = true, value_enum, default_value = "keychain", help_heading = "Global options")]
    pub(crate) session: SessionChoice,

    /// Print web addresses instead of opening them in a browser
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) no_browser: bool,

    /// Write the log to standard error; repeat for more detail
    #[arg(long, short, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub(crate) verbose: u8,
}

/// Where the session is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SessionChoice {
    /// In the system's keychain
    Keychain,
    /// Nowhere: the session ends with the command
    Memory,
    /// In a file that only your account can read; anyone who obtains it can act as you
    File,
}

impl SessionChoice {
    /// Returns the word that the command line uses.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::Memory => "memory",
            Self::File => "file",
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sign in using your browser
    SignIn {
        /// How many seconds to wait for you to sign in
        #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..))]
        time_limit: u32,
    },
    /// Sign out, on this computer and at the service
    SignOut,
    /// Show who is signed in
    Whoami,
    /// List your consignments
    Consignments,
    /// Check a folder and list what would and would not be sent; sends nothing
    Check {
        /// The folder to check
        #[arg(value_parser = path_parser())]
        folder: PathBuf,
    },
    /// Send a folder to a consignment, or resume sending it
    Send {
        /// The folder to send
        #[arg(value_parser = path_parser())]
        folder: PathBuf,
        /// The consignment reference, such as TDR-2026-ABC; required unless the service has no consignments
        #[arg(long, value_name = "REF")]
        consignment: Option<String>,
        #[command(flatten)]
        way: Way,
    },
    /// Resume transfers that were interrupted, paused or stopped
    Resume {
        /// The transfer's id, the start of its id, or its consignment reference [default: the only unfinished one]
        #[arg(conflicts_with = "all")]
        transfer: Option<String>,
        /// Resume every unfinished transfer to this service
        #[arg(long)]
        all: bool,
        /// Where the folder is now, if its path has changed
        #[arg(long, value_name = "FOLDER", conflicts_with = "all")]
        folder: Option<PathBuf>,
        /// Try again to send the files that were set aside
        #[arg(long)]
        retry: bool,
        #[command(flatten)]
        way: Way,
    },
    /// List the transfers on this computer
    Transfers,
    /// Show one transfer
    Show {
        /// The transfer's id, the start of its id, or its consignment reference
        transfer: String,
        /// List its files
        #[arg(long)]
        items: bool,
        /// List what the check found
        #[arg(long)]
        findings: bool,
    },
    /// Pause a transfer, even if another Waybill is running it
    Pause {
        /// The transfer's id, the start of its id, or its consignment reference
        transfer: String,
    },
    /// Cancel a transfer, even if another Waybill is running it
    Cancel {
        /// The transfer's id, the start of its id, or its consignment reference
        transfer: String,
        /// Report to the service that the upload failed; the consignment cannot be used again
        #[arg(long)]
        give_up: bool,
    },
    /// Write a transfer's receipt
    Receipt {
        /// The transfer's id, the start of its id, or its consignment reference
        transfer: String,
        /// The format to write; separate several with commas
        #[arg(long, value_enum, value_delimiter = ',', required = true)]
        format: Vec<ReceiptFormat>,
        /// The folder to write to; created if it does not exist
        #[arg(long, value_name = "DIR", value_parser = path_parser())]
        out: PathBuf,
    },
    /// Test everything that a transfer needs, and report any problems
    Doctor,
    /// Run a local copy of the service, to try Waybill without an account
    #[command(disable_help_flag = true)]
    Sandbox {
        /// Options for waybill-sandbox; try --help
        #[arg(value_name = "OPTIONS", trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Print a completion script for your shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the manual pages to a folder
    Manual {
        /// The folder to write to; created if it does not exist
        #[arg(value_name = "DIR", value_parser = path_parser())]
        dir: PathBuf,
    },
}

/// How a transfer is followed.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Way {
    /// Agree to leave files out, without being asked
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
    /// End after the hand-over, without waiting for the service's own checks
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Give up waiting for a network, a drive or a sign-in after this many seconds [default: no limit]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) time_limit: Option<u32>,
}

impl Way {
    /// How long it waits for one blocker.
    pub(crate) fn patience(self) -> Option<Duration> {
        self.time_limit.map(|seconds| Duration::from_secs(seconds.into()))
    }
}

/// The forms of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReceiptFormat {
    /// A page to read and print
    Html,
    /// A spreadsheet
    Csv,
    /// Data for other programs
    Json,
    /// A BagIt manifest, manifest-sha256.txt
    Bagit,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn read(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_definition_of_the_command_line_is_valid() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_work_before_and_after_the_command() {
        for line in ["waybill --json --service s.toml whoami", "waybill whoami --service s.toml --json"] {
            let cli = read(line).unwrap();
            assert!(cli.global.json);
            assert_eq!(cli.global.service.as_deref(), Some("s.toml"));
        }
    }

    #[test]
    fn the_session_is_kept_in_the_keychain_by_default() {
        assert_eq!(read("waybill whoami").unwrap().global.session, SessionChoice::Keychain);
        assert_eq!(read("waybill whoami --session file").unwrap().global.session, SessionChoice::File);
        assert!(read("waybill whoami --session cloud").is_err());
    }

    #[test]
    fn resume_takes_one_transfer_or_all() {
        assert!(read("waybill resume").is_ok());
        assert!(read("waybill resume TDR-2026-ABC --retry").is_ok());
        assert!(read("waybill resume --all").is_ok());
        assert!(read("waybill resume TDR-2026-ABC --all").is_err());
    }

    #[test]
    fn several_receipt_formats_can_be_requested_at_once() {
        let Command::Receipt { format, .. } = read("waybill receipt T --format html,csv --out o").unwrap().command
        else {
            panic!("another command");
        };
        assert_eq!(format, [ReceiptFormat::Html, ReceiptFormat::Csv]);
        assert!(read("waybill receipt T --out o").is_err());
        assert!(read("waybill receipt T --format pdf --out o").is_err());
    }

    #[test]
    fn what_follows_sandbox_is_for_the_sandbox() {
        let given = |line: &str| {
            let Command::Sandbox { arguments } = read(line).unwrap().command else { panic!("another command: {line}") };
            arguments
        };
        assert_eq!(given("waybill sandbox --help"), ["--help"]);
        assert_eq!(given("waybill sandbox --version"), ["--version"]);
        assert_eq!(given("waybill sandbox --dir d --seed 1 --json -v"), ["--dir", "d", "--seed", "1", "--json", "-v"]);
        assert_eq!(given("waybill sandbox completions bash"), ["completions", "bash"]);
        assert!(given("waybill sandbox").is_empty());
        assert!(read("waybill --json sandbox --dir d").unwrap().global.json);
    }

    #[test]
    fn a_time_limit_of_zero_is_rejected() {
        assert!(read("waybill send f --consignment R --time-limit 0").is_err());
        assert!(read("waybill send f --consignment R --time-limit 1").is_ok());
    }
}
