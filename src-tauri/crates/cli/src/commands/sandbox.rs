//! `sandbox`: the service's side on this computer, until a signal comes.

use waybill_model::{Code, Failure};
use waybill_sandbox::{CookieKey, ObjectStore, Options, RepeatComplete, SignIn};

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
        Error::SignIn { .. } => failed(Code::Usage)
            .next("Give the issuer of a realm that is running, such as http://127.0.0.1:8080/realms/tdr."),
        Error::Store { .. } => failed(Code::Usage)
            .next("Start that server and make the bucket first, and give its keys with --store-keys."),
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
    options.sign_in = sign_in(arguments)?;
    options.store = store(arguments)?;
    Ok(options)
}

/// Each key with the id that was given at the same place.
fn sign_in(arguments: &arguments::Sandbox) -> Result<Option<SignIn>, Failed> {
    let Some(issuer) = arguments.sign_in.clone() else { return Ok(None) };
    let website_secret = match &arguments.sign_in_secret {
        Some(file) => std::fs::read_to_string(file)
            .map_err(|error| {
                let failure = Failure::new(Code::Usage, format!("{}: {error}", file.display()));
                Failed::new(failure).next("Give the file that holds the secret of the realm's client \"tdr\".")
            })?
            .trim()
            .to_owned(),
        None => SignIn::TEST_SECRET.to_owned(),
    };
    Ok(Some(SignIn { issuer, website_secret }))
}

fn store(arguments: &arguments::Sandbox) -> Result<Option<ObjectStore>, Failed> {
    let (Some(store), Some(file)) = (&arguments.store, &arguments.store_keys) else {
        return Ok(arguments.store.clone());
    };
    let next = "Give a file with the access key in its first line and the secret key in its second.";
    let unusable = |reason: String| Failed::new(Failure::new(Code::Usage, reason)).next(next);
    let text = std::fs::read_to_string(file).map_err(|error| unusable(format!("{}: {error}", file.display())))?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    match (lines.next(), lines.next(), lines.next()) {
        (Some(access), Some(secret), None) => Ok(Some(store.clone().signed(access, secret, &arguments.store_region))),
        _ => Err(unusable(format!("{} does not hold two keys", file.display()))),
    }
}

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
    fn a_store_has_its_keys_from_a_file_with_two_lines() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("keys");
        let with_keys = |text: &str| {
            std::fs::write(&file, text).unwrap();
            let line = format!("waybill sandbox --dir d --store http://127.0.0.1:9/b --store-keys {}", file.display());
            let Command::Sandbox(arguments) = Cli::try_parse_from(line.split_whitespace()).unwrap().command else {
                panic!("another command");
            };
            options(&arguments).map(|options| options.store)
        };
        let bucket: ObjectStore = "http://127.0.0.1:9/b".parse().unwrap();
        assert_eq!(with_keys("access\nsecret\n").unwrap(), Some(bucket.signed("access", "secret", "us-east-1")));
        assert_eq!(with_keys("access\n").unwrap_err().code(), Code::Usage);
        assert!(Cli::try_parse_from(["waybill", "sandbox", "--dir", "d", "--store", "http://192.0.2.1/b"]).is_err());
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
             --first-batch-quirk --seed 12 --cookie-key a.pem --key-pair-id K1 --cookie-key b.pem --key-pair-id K2 \
             --sign-in http://127.0.0.1:1/realms/tdr --store http://127.0.0.1:2/bucket",
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
            sign_in: Some(SignIn {
                issuer: "http://127.0.0.1:1/realms/tdr".to_owned(),
                website_secret: SignIn::TEST_SECRET.to_owned(),
            }),
            store: Some("http://127.0.0.1:2/bucket".parse().unwrap()),
        };
        assert_eq!(format!("{options:?}"), format!("{wanted:?}"));
    }
}
