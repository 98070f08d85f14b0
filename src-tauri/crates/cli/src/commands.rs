//! One module for each command, or for a few related commands.

mod account;
mod check;
mod consignments;
mod doctor;
mod manual;
mod receipt;
mod sandbox;
mod send;
mod stop;
mod transfers;

use waybill_app::IgnoredSetting;
use waybill_words::cli;

use crate::arguments::{Cli, Command};
use crate::browser::Browser;
use crate::console::Console;
use crate::events::{self, Done, Event};
use crate::failed::Failed;
use crate::setup::Setup;

/// Runs the command.
///
/// # Errors
/// The failure that ends the command.
pub(crate) async fn run(given: Cli, console: &mut Console) -> Result<Done, Failed> {
    let Cli { global, command } = given;
    let setup = Setup::new(&global)?;
    if uses_settings(&command) {
        for ignored in setup.ignored_settings() {
            console.say(&ignored_setting(&ignored));
        }
    }
    let browser = Browser::new(global.no_browser);
    crate::log::begin(global.verbose, runs_transfers(&command).then(|| setup.data_dir()));
    match command {
        Command::SignIn { time_limit } => account::sign_in(console, &setup, browser, time_limit).await,
        Command::SignOut => account::sign_out(console, &setup, browser).await,
        Command::Whoami => account::who_am_i(console, &setup, browser).await,
        Command::Consignments => consignments::list(console, &setup, browser).await,
        Command::Check { folder } => check::check(console, &setup, &folder).await,
        Command::Send { folder, consignment, way } => {
            send::send(console, &setup, browser, folder, consignment, way).await
        }
        Command::Resume { transfer, all, folder, retry, way } => {
            let wanted = match (transfer, all) {
                (Some(name), _) => send::Wanted::Named(name),
                (None, true) => send::Wanted::All,
                (None, false) => send::Wanted::TheOnlyOne,
            };
            send::resume(console, setup, browser, wanted, folder, send::wishes(way, retry)).await
        }
        Command::Transfers => transfers::list(console, &setup),
        Command::Show { transfer, items, findings } => transfers::show(console, &setup, &transfer, items, findings),
        Command::Pause { transfer } => stop::pause(console, setup, browser, &transfer).await,
        Command::Cancel { transfer, give_up } => stop::cancel(console, setup, browser, &transfer, give_up).await,
        Command::Receipt { transfer, format, out } => receipt::write(console, &setup, &transfer, &format, &out),
        Command::Doctor => doctor::examine(console, &setup).await,
        Command::Sandbox { arguments } => match sandbox::run(&global, arguments).await? {},
        Command::Completions { shell } => Ok(completions(console, shell)),
        Command::Manual { dir } => manual::write(&dir),
    }
}

/// Returns whether the command depends on the settings. The others print what other programs read.
fn uses_settings(command: &Command) -> bool {
    match command {
        Command::Sandbox { .. } | Command::Completions { .. } | Command::Manual { .. } => false,
        Command::SignIn { .. }
        | Command::SignOut
        | Command::Whoami
        | Command::Consignments
        | Command::Check { .. }
        | Command::Send { .. }
        | Command::Resume { .. }
        | Command::Transfers
        | Command::Show { .. }
        | Command::Pause { .. }
        | Command::Cancel { .. }
        | Command::Receipt { .. }
        | Command::Doctor => true,
    }
}

/// Reports a setting that has no effect. A mistyped key would otherwise be noticed by nobody.
fn ignored_setting(ignored: &IgnoredSetting) -> Event {
    let (line, path) = (ignored.line.to_string(), ignored.path.display().to_string());
    let message = if ignored.is_known {
        cli::setting_wrong(cli::SettingWrong { key: &ignored.key, line: &line, path: &path })
    } else {
        cli::setting_unknown(cli::SettingUnknown { key: &ignored.key, line: &line, path: &path })
    };
    Event::Note(events::Note { code: None, message, next: None })
}

/// Returns whether the command may run transfers. If so, it writes a log in the data folder.
fn runs_transfers(command: &Command) -> bool {
    match command {
        Command::Send { .. } | Command::Resume { .. } | Command::Pause { .. } | Command::Cancel { .. } => true,
        Command::SignIn { .. }
        | Command::SignOut
        | Command::Whoami
        | Command::Consignments
        | Command::Check { .. }
        | Command::Transfers
        | Command::Show { .. }
        | Command::Receipt { .. }
        | Command::Doctor
        | Command::Sandbox { .. }
        | Command::Completions { .. }
        | Command::Manual { .. } => false,
    }
}

fn completions(console: &mut Console, shell: clap_complete::Shell) -> Done {
    let mut script = Vec::new();
    let mut command = <Cli as clap::CommandFactory>::command();
    clap_complete::generate(shell, &mut command, "waybill", &mut script);
    console.raw(&script);
    done()
}

/// Reports success without further details.
fn done() -> Done {
    Done { message: None, transfer: None, exit: 0 }
}

/// Reports success with a message.
fn done_saying(message: impl Into<String>) -> Done {
    Done { message: Some(message.into()), ..done() }
}

#[cfg(test)]
mod samples {
    use waybill_model::{Consignment, ConsignmentStatuses};

    /// Returns a consignment of which only the id and the reference are known.
    pub(super) fn consignment() -> Consignment {
        Consignment {
            id: "7f9fbd5a-0000-4000-8000-000000000001".parse().unwrap(),
            reference: "TDR-2026-ABC".into(),
            series: None,
            created: None,
            judgment: false,
            exported: false,
            total_files: 0,
            statuses: ConsignmentStatuses::default(),
        }
    }
}
