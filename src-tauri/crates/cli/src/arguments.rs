//! The command line as clap reads it. `docs/command-line.md` describes it for readers.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Send digital records to The National Archives, from the command line.
#[derive(Debug, Parser)]
#[command(name = "waybill", version, about, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Exit codes: 0 done, 2 usage, 3 sign-in needed, 4 refused by the check, 5 interrupted and resumable,
6 refused by the service, 7 blocked (the message names by what), 70 internal.";

/// What holds for every command.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// The service: tdr, tdr-staging, tdr-integration, or the file of a service profile
    #[arg(long, global = true, env = "WAYBILL_SERVICE", value_name = "NAME|FILE", help_heading = "Everywhere")]
    pub(crate) service: Option<String>,

    /// Where the journal, the receipts and the log are kept
    #[arg(long, global = true, env = "WAYBILL_DATA_DIR", value_name = "DIR", help_heading = "Everywhere")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Print one JSON object a line instead of text
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) json: bool,

    /// Print errors and the result, nothing else
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    pub(crate) quiet: bool,

    /// Where the session is kept between commands
    #[arg(long, global = true, value_enum, default_value = "keychain", help_heading = "Everywhere")]
    pub(crate) session: SessionChoice,

    /// Print addresses that need a browser instead of opening them
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) no_browser: bool,

    /// Write the log to standard error, twice for more of it
    #[arg(long, short, global = true, action = clap::ArgAction::Count, help_heading = "Everywhere")]
    pub(crate) verbose: u8,
}

/// Where the session is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SessionChoice {
    /// In the keychain of the system
    Keychain,
    /// Nowhere: it ends with the command
    Memory,
    /// In a file that only your account can read; whoever can read it can act as you
    File,
}

impl SessionChoice {
    /// As it is written on the command line.
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
    /// Sign in with the browser
    SignIn {
        /// Seconds to wait for the browser to come back
        #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..))]
        time_limit: u32,
    },
    /// End the session, here and at the service
    SignOut,
    /// Say who is signed in
    Whoami,
    /// List your consignments
    Consignments,
    /// Look through a folder and say what would be sent and what would not; sends nothing
    Check {
        /// The folder
        folder: PathBuf,
    },
    /// Send a folder into a consignment, or go on with it
    Send {
        /// The folder
        folder: PathBuf,
        /// The consignment's reference, such as TDR-2026-ABC
        #[arg(long, value_name = "REF")]
        consignment: String,
        #[command(flatten)]
        way: Way,
    },
    /// Go on with transfers that were interrupted, paused or stopped
    Resume {
        /// Which one: its id, the beginning of its id, or its consignment's reference [default: the only one]
        #[arg(conflicts_with = "all")]
        transfer: Option<String>,
        /// All transfers into this service that are not finished
        #[arg(long)]
        all: bool,
        /// Try the files that were set aside again
        #[arg(long)]
        retry: bool,
        #[command(flatten)]
        way: Way,
    },
    /// List the transfers of this computer
    Transfers,
    /// Show one transfer
    Show {
        /// Its id, the beginning of its id, or its consignment's reference
        transfer: String,
        /// List its files
        #[arg(long)]
        items: bool,
        /// List what the check found
        #[arg(long)]
        findings: bool,
    },
    /// Pause a transfer; also one that another waybill runs
    Pause {
        /// Its id, the beginning of its id, or its consignment's reference
        transfer: String,
    },
    /// Cancel a transfer; also one that another waybill runs
    Cancel {
        /// Its id, the beginning of its id, or its consignment's reference
        transfer: String,
        /// Tell the service that the upload failed; the consignment cannot be used again
        #[arg(long)]
        give_up: bool,
    },
    /// Write a transfer's receipt
    Receipt {
        /// Its id, the beginning of its id, or its consignment's reference
        transfer: String,
        /// In which form; several with commas
        #[arg(long, value_enum, value_delimiter = ',', required = true)]
        format: Vec<ReceiptFormat>,
        /// Into which folder; made when it is missing
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Test everything that a transfer needs, and name what is in the way
    Doctor,
    /// Run the sandbox: the service's side on this computer, to try Waybill without an account
    #[command(disable_help_flag = true)]
    Sandbox {
        /// What waybill-sandbox is started with; try --help
        #[arg(value_name = "OPTIONS", trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Print the completion script for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Write the manual pages for `man` into a folder
    Manual {
        /// The folder; made when it is missing
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

/// How a transfer is followed.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Way {
    /// Agree that files are left out, without being asked
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
    /// End once the files are handed over, without waiting for the service's own checks
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Wait this many seconds for a network, a drive or a sign-in at the most [default: as long as it takes]
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
    /// A table
    Csv,
    /// For programs
    Json,
    /// manifest-sha256.txt as BagIt has it
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
    fn clap_finds_nothing_wrong_with_the_definition() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_may_stand_before_and_after_the_command() {
        for line in ["waybill --json --service s.toml whoami", "waybill whoami --service s.toml --json"] {
            let cli = read(line).unwrap();
            assert!(cli.global.json);
            assert_eq!(cli.global.service.as_deref(), Some("s.toml"));
        }
    }

    #[test]
    fn the_session_is_kept_in_the_keychain_unless_it_is_said() {
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
    fn a_receipt_may_be_asked_for_in_several_forms_at_once() {
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
    fn a_time_limit_of_nothing_is_refused() {
        assert!(read("waybill send f --consignment R --time-limit 0").is_err());
        assert!(read("waybill send f --consignment R --time-limit 1").is_ok());
    }
}
