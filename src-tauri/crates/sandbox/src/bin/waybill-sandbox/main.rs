//! `waybill-sandbox`: the sandbox as a separate program.
//!
//! It reads the command line, starts the sandbox, prints the ready line and waits for a signal. `waybill sandbox`
//! starts this program with the same arguments. A sandbox that is killed loses nothing that it acknowledged.

mod arguments;
mod failed;
mod manual;
mod settings;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;
use waybill_sandbox::Sandbox;

use crate::arguments::{Cli, Command, Run};
use crate::failed::{Failed, INTERRUPTED, Problem};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let json = arguments.iter().any(|argument| argument == "--json");
    let outcome = match Cli::try_parse_from(&arguments) {
        Ok(cli) => run(cli),
        Err(error) => {
            let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            if asked_for || !json {
                // When nobody can read it, the exit code still says how it ended.
                let _unseen = error.print();
                return if asked_for { ExitCode::SUCCESS } else { Problem::Usage.exit() };
            }
            Err(Failed::misunderstood(&error))
        }
    };
    match outcome {
        Ok(()) => {
            if json {
                print("{\"event\":\"done\",\"exit\":0}\n");
            }
            ExitCode::SUCCESS
        }
        Err(failed) => {
            if json {
                print(&format!("{}\n", failed.to_json()));
            } else {
                // When nobody can read it, the exit code still says how it ended.
                let _unseen = write!(io::stderr().lock(), "{failed}");
            }
            failed.exit()
        }
    }
}

fn run(cli: Cli) -> Result<(), Failed> {
    match (cli.command, cli.run) {
        (Some(Command::Completions { shell }), _) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "waybill-sandbox", &mut script);
            print(&String::from_utf8_lossy(&script));
            Ok(())
        }
        (Some(Command::Manual { dir }), _) => manual::write(&dir),
        (None, Some(run)) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
            runtime.map_err(|error| Failed::internal(error.to_string()))?.block_on(Box::pin(serve(&run)))
        }
        // Clap asks for --dir first.
        (None, None) => Err(Failed::new(Problem::Usage, "--dir is missing", "Run 'waybill-sandbox --help'.")),
    }
}

/// Runs the sandbox until a signal arrives. Prints the ready line once every address answers.
async fn serve(run: &Run) -> Result<(), Failed> {
    log(run.verbose);
    let stop = listen_for_signals()?;
    let sandbox = Sandbox::start(settings::options(run)?).await.map_err(|error| Failed::from(&error))?;
    let ready = serde_json::to_string(sandbox.ready());
    let ready = ready.map_err(|error| Failed::internal(format!("the ready line: {error}")))?;
    print(&format!("{ready}\n"));
    stop.cancelled().await;
    sandbox.stop().await;
    Ok(())
}

/// Returns what the first signal that asks the program to end (Ctrl-C, SIGTERM or SIGHUP; on Windows also closing the
/// console, signing out and shutting down) cancels. The second one ends the program at once.
fn listen_for_signals() -> Result<CancellationToken, Failed> {
    let stop = CancellationToken::new();
    let first = stop.clone();
    ctrlc::set_handler(move || {
        if first.is_cancelled() {
            std::process::exit(INTERRUPTED);
        }
        first.cancel();
    })
    .map_err(|error| Failed::internal(error.to_string()))?;
    Ok(stop)
}

/// Writes the log to standard error if `-v` was given.
fn log(verbose: u8) {
    if verbose > 0 {
        let level = if verbose > 1 { "debug" } else { "info" };
        let filter = EnvFilter::new(format!("warn,waybill_sandbox={level}"));
        tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false).with_env_filter(filter).init();
    }
}

/// Prints to standard output. A reader that has gone away ends nothing.
fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _unread = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
