//! `sandbox`: the service's side on this computer, until a signal comes.

use waybill_model::{Code, Failure};
use waybill_sandbox::{Options, RepeatComplete};

use super::done;
use crate::arguments::{self, RepeatedCompletion};
use crate::console::Console;
use crate::events::Done;
use crate::failed::Failed;
use crate::interrupt::Interrupt;

/// Runs the sandbox. Prints its ready line, which is JSON with and without `--json`, once every address answers.
pub(super) async fn run(console: &mut Console, arguments: &arguments::Sandbox) -> Result<Done, Failed> {
    let mut interrupt = Interrupt::listen().map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
    let sandbox = waybill_sandbox::Sandbox::start(options(arguments)).await.map_err(|error| failed(&error))?;
    let ready = serde_json::to_string(sandbox.ready())
        .map_err(|error| Failure::new(Code::Internal, format!("the ready line: {error}")))?;
    console.raw(format!("{ready}\n").as_bytes());
    interrupt.heard().await;
    sandbox.stop().await;
    Ok(done())
}

fn failed(error: &waybill_sandbox::Error) -> Failed {
    use waybill_sandbox::Error;
    let detail = error.to_string();
    let failed = |code| Failed::new(Failure::new(code, detail.clone()));
    match error {
        Error::Busy { .. } => failed(Code::DataFolderUnusable).next("Use that sandbox, or another folder with --dir."),
        Error::Address { .. } => {
            failed(Code::DataFolderUnusable).next("Close the program that uses the address, or use another folder.")
        }
        Error::Io { .. } => {
            failed(Code::DataFolderUnusable).next("Check the folder's permissions, or use another one.")
        }
        Error::Db(_) => failed(Code::DataFolderUnusable).next("Use another folder with --dir."),
        // The sandbox's errors may grow.
        Error::Profile(_) | _ => failed(Code::Internal),
    }
}

fn options(arguments: &arguments::Sandbox) -> Options {
    let mut options = Options::new(&arguments.dir);
    set(&mut options.access_token_seconds, arguments.access_token_seconds);
    set(&mut options.session_idle_seconds, arguments.session_idle_seconds);
    set(&mut options.session_max_seconds, arguments.session_max_seconds);
    set(&mut options.cookie_seconds, arguments.cookie_seconds);
    set(&mut options.check_seconds, arguments.check_seconds);
    set(&mut options.api_body_bytes, arguments.api_body_bytes);
    set(&mut options.files, arguments.files);
    set(&mut options.file_bytes, arguments.file_bytes);
    set(&mut options.transfer_bytes, arguments.transfer_bytes);
    set(&mut options.request_limit, arguments.request_limit);
    set(&mut options.request_window_seconds, arguments.request_window_seconds);
    set(&mut options.seed, arguments.seed);
    set(&mut options.repeat_complete, arguments.repeat_complete.map(repeated));
    options.rotate_refresh_tokens = !arguments.no_refresh_rotation;
    options.first_batch_quirk = arguments.first_batch_quirk;
    options
}

fn set<T>(option: &mut T, wanted: Option<T>) {
    if let Some(value) = wanted {
        *option = value;
    }
}

fn repeated(answer: RepeatedCompletion) -> RepeatComplete {
    match answer {
        RepeatedCompletion::Ok => RepeatComplete::Ok200,
        RepeatedCompletion::Precondition => RepeatComplete::Precondition412,
        RepeatedCompletion::NoSuchUpload => RepeatComplete::NoSuchUpload404,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::{Cli, Command};

    fn parsed(line: &str) -> Options {
        let Command::Sandbox(arguments) = Cli::try_parse_from(line.split_whitespace()).unwrap().command else {
            panic!("another command");
        };
        options(&arguments)
    }

    #[test]
    fn without_flags_the_defaults_are_the_sandboxs_own() {
        assert_eq!(format!("{:?}", parsed("waybill sandbox --dir d")), format!("{:?}", Options::new("d")));
    }

    #[test]
    fn every_flag_reaches_its_option() {
        let options = parsed(
            "waybill sandbox --dir d --access-token-seconds 1 --session-idle-seconds 2 --session-max-seconds 3 \
             --no-refresh-rotation --cookie-seconds 4 --check-seconds 5 --api-body-bytes 6 --files 7 --file-bytes 8 \
             --transfer-bytes 9 --request-limit 10 --request-window-seconds 11 --repeat-complete precondition \
             --first-batch-quirk --seed 12",
        );
        let wanted = Options {
            dir: "d".into(),
            access_token_seconds: 1,
            session_idle_seconds: 2,
            session_max_seconds: 3,
            rotate_refresh_tokens: false,
            cookie_seconds: 4,
            check_seconds: 5,
            api_body_bytes: 6,
            files: 7,
            file_bytes: 8,
            transfer_bytes: 9,
            request_limit: 10,
            request_window_seconds: 11,
            repeat_complete: RepeatComplete::Precondition412,
            first_batch_quirk: true,
            seed: 12,
        };
        assert_eq!(format!("{options:?}"), format!("{wanted:?}"));
    }
}
