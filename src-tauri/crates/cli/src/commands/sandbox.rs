//! `sandbox`: the service's side on this computer, until a signal comes.

use waybill_model::{Code, Failure};
use waybill_sandbox::{CookieKey, Options, RepeatComplete};

use super::done;
use crate::arguments::{self, RepeatedCompletion};
use crate::console::Console;
use crate::events::Done;
use crate::failed::Failed;
use crate::interrupt::Interrupt;

/// Runs the sandbox. Prints its ready line, which is JSON with and without `--json`, once every address answers.
pub(super) async fn run(console: &mut Console, arguments: &arguments::Sandbox) -> Result<Done, Failed> {
    let mut interrupt = Interrupt::listen().map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
    let sandbox = waybill_sandbox::Sandbox::start(options(arguments)?).await.map_err(|error| failed(&error))?;
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
        Error::CookieKey { .. } => failed(Code::Usage).next("Give a key as `openssl genrsa 2048` makes it."),
        // The sandbox's errors may grow.
        Error::Profile(_) | _ => failed(Code::Internal),
    }
}

fn options(arguments: &arguments::Sandbox) -> Result<Options, Failed> {
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
    options.cookie_keys = cookie_keys(arguments)?;
    Ok(options)
}

/// Each key with the id that was given at the same place.
fn cookie_keys(arguments: &arguments::Sandbox) -> Result<Vec<CookieKey>, Failed> {
    let (pems, ids) = (&arguments.cookie_key, &arguments.key_pair_id);
    if pems.len() != ids.len() {
        return Err(Failed::usage("each --cookie-key needs a --key-pair-id of its own"));
    }
    let key = |(pem, id): (&std::path::PathBuf, &String)| CookieKey { key_pair_id: id.clone(), pem: pem.clone() };
    Ok(pems.iter().zip(ids).map(key).collect())
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
        options(&arguments).unwrap()
    }

    #[test]
    fn a_cookie_key_without_an_id_of_its_own_is_a_mistake() {
        let line = "waybill sandbox --dir d --cookie-key a.pem --cookie-key b.pem --key-pair-id K1";
        let Command::Sandbox(arguments) = Cli::try_parse_from(line.split_whitespace()).unwrap().command else {
            panic!("another command");
        };
        assert_eq!(options(&arguments).unwrap_err().code(), Code::Usage);
        assert!(Cli::try_parse_from("waybill sandbox --dir d --cookie-key a.pem".split_whitespace()).is_err());
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
             --first-batch-quirk --seed 12 --cookie-key a.pem --key-pair-id K1 --cookie-key b.pem --key-pair-id K2",
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
            cookie_keys: vec![
                CookieKey { key_pair_id: "K1".to_owned(), pem: "a.pem".into() },
                CookieKey { key_pair_id: "K2".to_owned(), pem: "b.pem".into() },
            ],
        };
        assert_eq!(format!("{options:?}"), format!("{wanted:?}"));
    }
}
