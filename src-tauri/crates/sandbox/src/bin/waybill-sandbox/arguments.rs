//! The command line as clap reads it. `docs/sandbox.md` describes it for its users.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use waybill_sandbox::{ObjectStore, RepeatComplete};

/// Run the service's side of Transfer Digital Records on this computer, to try Waybill without an account.
#[derive(Debug, Parser)]
#[command(
    name = "waybill-sandbox",
    version,
    about,
    max_term_width = 100,
    after_help = AFTER_HELP,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub(crate) struct Cli {
    /// What to do instead of running the sandbox.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// How to run the sandbox.
    #[command(flatten)]
    pub(crate) run: Option<Run>,
}

const AFTER_HELP: &str = "\
The first line of output says where the sandbox listens and how to sign in. It runs until Ctrl-C.

Exit codes: 0 done, 2 usage, 5 interrupted before it was ready, 7 blocked (the message says why), 70 internal.";

/// What to do instead of running the sandbox.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the manual pages to a folder
    Manual {
        /// The folder to write to; created if it does not exist
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

/// How the sandbox behaves; the defaults are TDR's, as far as they are known.
#[derive(Clone, Debug, Args)]
pub(crate) struct Run {
    /// Where to keep all state; created if it does not exist
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Lifetime of an access token
    #[arg(long, value_name = "SECONDS")]
    pub(crate) access_token_seconds: Option<u32>,
    /// Lifetime of a session that is not refreshed
    #[arg(long, value_name = "SECONDS")]
    pub(crate) session_idle_seconds: Option<u32>,
    /// Longest lifetime of a session
    #[arg(long, value_name = "SECONDS")]
    pub(crate) session_max_seconds: Option<u32>,
    /// Allow refresh tokens to be used more than once
    #[arg(long)]
    pub(crate) no_refresh_rotation: bool,
    /// Lifetime of the upload cookies
    #[arg(long, value_name = "SECONDS")]
    pub(crate) cookie_seconds: Option<u32>,
    /// How long the checks of a consignment take in total
    #[arg(long, value_name = "SECONDS")]
    pub(crate) check_seconds: Option<u32>,
    /// Largest request body that the API accepts
    #[arg(long, value_name = "BYTES")]
    pub(crate) api_body_bytes: Option<u64>,
    /// Most files in a consignment
    #[arg(long, value_name = "FILES")]
    pub(crate) files: Option<u64>,
    /// Largest file
    #[arg(long, value_name = "BYTES")]
    pub(crate) file_bytes: Option<u64>,
    /// Largest transfer
    #[arg(long, value_name = "BYTES")]
    pub(crate) transfer_bytes: Option<u64>,
    /// Requests in one window before the firewall blocks an address
    #[arg(long, value_name = "REQUESTS")]
    pub(crate) request_limit: Option<u32>,
    /// Length of the firewall's window
    #[arg(long, value_name = "SECONDS")]
    pub(crate) request_window_seconds: Option<u32>,
    /// Also trust this key for upload cookies, and sign with it if it is a private key; can be repeated
    #[arg(long, value_name = "PEM", requires = "key_pair_id")]
    pub(crate) cookie_key: Vec<PathBuf>,
    /// The key pair id of the --cookie-key in the same position
    #[arg(long, value_name = "ID", requires = "cookie_key")]
    pub(crate) key_pair_id: Vec<String>,
    /// The reply when an upload is completed a second time
    #[arg(long, value_enum)]
    pub(crate) repeat_complete: Option<RepeatedCompletion>,
    /// Imitate a fault of the API: keep only the first batch of a registration
    #[arg(long)]
    pub(crate) first_batch_quirk: bool,
    /// Let people sign in at a realm of a real Keycloak instead, given by its issuer
    #[arg(long, value_name = "URL")]
    pub(crate) sign_in: Option<String>,
    /// File with the secret of that realm's client "tdr" [default: the secret in tests/keycloak/tdr.json]
    #[arg(long, value_name = "FILE", requires = "sign_in")]
    pub(crate) sign_in_secret: Option<PathBuf>,
    /// Keep objects in a bucket of an S3 server on this computer instead, given by its path-style address
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<ObjectStore>,
    /// File with the server's access key and secret key, one a line [default: requests are anonymous]
    #[arg(long, value_name = "FILE", requires = "store")]
    pub(crate) store_keys: Option<PathBuf>,
    /// Region that requests to the server are signed for
    #[arg(long, value_name = "NAME", requires = "store_keys", default_value = ObjectStore::DEFAULT_REGION)]
    pub(crate) store_region: String,
    /// Make the sample consignments repeatable
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,
    /// Report errors and the end as JSON, like 'waybill --json'
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the log to standard error; repeat for more detail
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// The reply when an upload is completed a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RepeatedCompletion {
    /// 200 with the first result
    Ok,
    /// 412, the object exists
    Precondition,
    /// 404, no such upload
    NoSuchUpload,
}

impl From<RepeatedCompletion> for RepeatComplete {
    fn from(reply: RepeatedCompletion) -> Self {
        match reply {
            RepeatedCompletion::Ok => Self::Ok200,
            RepeatedCompletion::Precondition => Self::Precondition412,
            RepeatedCompletion::NoSuchUpload => Self::NoSuchUpload404,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn read(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn clap_finds_no_fault_in_the_definition() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_folder_is_required_unless_a_command_is_given() {
        assert!(read("waybill-sandbox").is_err());
        assert!(read("waybill-sandbox --seed 1").is_err());
        assert_eq!(read("waybill-sandbox --dir d").unwrap().run.unwrap().dir, PathBuf::from("d"));
        let cli = read("waybill-sandbox completions bash").unwrap();
        assert!(matches!(cli.command, Some(Command::Completions { shell: Shell::Bash })) && cli.run.is_none());
        assert!(read("waybill-sandbox --dir d manual m").is_err());
    }

    #[test]
    fn docs_and_program_have_the_same_options() {
        let document = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/sandbox.md"));
        for option in Cli::command().get_arguments().filter_map(clap::Arg::get_long) {
            assert!(
                document.contains(&format!("`--{option}")) || document.contains(&format!(" --{option}")),
                "{option}"
            );
        }
    }
}
