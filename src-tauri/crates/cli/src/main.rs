//! `waybill`: the controller without a window, for people at a terminal and for scripts.
//!
//! This process owns the journal while it runs a transfer; the controller and its engine make every decision. The code
//! here parses the command line, reports what happens and asks the person when necessary. A kill at any moment loses
//! nothing that was reported as done: `waybill resume` continues.

mod arguments;
mod bars;
mod browser;
mod commands;
mod console;
mod escape;
mod events;
mod exit;
mod failed;
mod findings;
mod follow;
mod follower;
mod interrupt;
mod log;
mod pick;
mod problems;
mod quantity;
mod rendering;
mod running;
mod setup;
mod table;
mod typed;
mod verdict;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser as _};
use waybill_app::core_dumps;
use waybill_model::{Code, Failure};

use crate::arguments::Cli;
use crate::console::Console;
use crate::events::Event;
use crate::exit::Exit;
use crate::failed::Failed;

fn main() -> ExitCode {
    core_dumps::leave_out_secrets(core_dumps::Program::CommandLine);
    waybill_words::choose_language(waybill_app::languages());
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match Cli::try_parse_from(&arguments) {
        Ok(cli) => run(cli).into(),
        Err(error) => explain(&with_usage(error, &arguments), &arguments).into(),
    }
}

fn run(cli: Cli) -> Exit {
    let mut console = Console::new(&cli.global);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let failed = Failed::new(Failure::new(Code::Internal, error.to_string()));
            console.say(&failed.event());
            return failed.exit();
        }
    };
    let outcome = runtime.block_on(Box::pin(commands::run(cli, &mut console)));
    // A thread may still be waiting for an answer at the terminal, which is no longer needed.
    runtime.shutdown_background();
    match outcome {
        Ok(done) => {
            console.say(&Event::Done(done));
            if console.is_lost() {
                console.say_lost();
                return Exit::Blocked;
            }
            Exit::Done
        }
        Err(failed) => {
            console.say(&failed.event());
            failed.exit()
        }
    }
}

/// Replaces clap's usage line, which has the options that were given as if they were required, by the command's own.
fn with_usage(mut error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let mut command = Cli::command();
    command.build();
    for argument in arguments.iter().skip(1).filter_map(|argument| argument.to_str()) {
        if let Some(found) = command.find_subcommand(argument).cloned() {
            command = found;
        }
    }
    let usage = command.render_usage();
    if error.remove(ContextKind::Usage).is_some() {
        error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    }
    error
}

/// Returns what clap thinks was meant: a command, an option or a value, the likeliest first.
fn suggestions(error: &clap::Error) -> Vec<String> {
    let kinds = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let of = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        // The likeliest comes last.
        Some(ContextValue::Strings(texts)) => texts.iter().rev().cloned().collect(),
        Some(_) | None => Vec::new(),
    };
    kinds.into_iter().flat_map(of).collect()
}

/// Help and version count as success; anything else is a usage error, which scripts receive as an event.
fn explain(error: &clap::Error, arguments: &[OsString]) -> Exit {
    let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if !asked_for && arguments.iter().any(|argument| argument == "--json") {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        let failed = Failed::usage(first.strip_prefix("error: ").unwrap_or(first)).did_you_mean(suggestions(error));
        Console::json().say(&failed.event());
        return Exit::Usage;
    }
    // What was given may come from the name of a file; the usual colours are in the message only if it does not.
    let is_control = |argument: &OsString| argument.to_string_lossy().contains(waybill_words::is_control);
    let printed = if !asked_for && arguments.iter().any(is_control) {
        let text = error.to_string();
        text.lines().try_for_each(|line| writeln!(std::io::stderr(), "{}", escape::text(line)))
    } else {
        error.print()
    };
    // If no one can read the output, the exit code still says it.
    let is_lost = printed.is_err_and(|error| error.kind() != std::io::ErrorKind::BrokenPipe);
    match (asked_for, is_lost) {
        (true, false) => Exit::Done,
        (true, true) => Exit::Blocked,
        (false, _) => Exit::Usage,
    }
}
