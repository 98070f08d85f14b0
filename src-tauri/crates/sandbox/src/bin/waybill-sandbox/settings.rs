//! What the command line says, as options of the sandbox. Reads the files that it names.

use std::path::{Path, PathBuf};

use waybill_sandbox::{CookieKey, ObjectStore, Options, SignIn};

use crate::arguments::Run;
use crate::failed::{Failed, Problem};

/// Returns the options that the command line gives, and the defaults elsewhere.
pub(crate) fn options(run: &Run) -> Result<Options, Failed> {
    let mut options = Options::new(&run.dir);
    set(&mut options.access_token_seconds, run.access_token_seconds);
    set(&mut options.session_idle_seconds, run.session_idle_seconds);
    set(&mut options.session_max_seconds, run.session_max_seconds);
    set(&mut options.cookie_seconds, run.cookie_seconds);
    set(&mut options.check_seconds, run.check_seconds);
    set(&mut options.api_body_bytes, run.api_body_bytes);
    set(&mut options.files, run.files);
    set(&mut options.file_bytes, run.file_bytes);
    set(&mut options.transfer_bytes, run.transfer_bytes);
    set(&mut options.request_limit, run.request_limit);
    set(&mut options.request_window_seconds, run.request_window_seconds);
    set(&mut options.seed, run.seed);
    set(&mut options.repeat_complete, run.repeat_complete.map(Into::into));
    options.rotate_refresh_tokens = !run.no_refresh_rotation;
    options.first_batch_quirk = run.first_batch_quirk;
    options.cookie_keys = cookie_keys(run)?;
    options.sign_in = sign_in(run)?;
    options.store = store(run)?;
    Ok(options)
}

fn sign_in(run: &Run) -> Result<Option<SignIn>, Failed> {
    let Some(issuer) = run.sign_in.clone() else { return Ok(None) };
    let website_secret = match &run.sign_in_secret {
        Some(file) => {
            read(file, "Give the file that holds the secret of the realm's client \"tdr\".")?.trim().to_owned()
        }
        None => SignIn::TEST_SECRET.to_owned(),
    };
    Ok(Some(SignIn { issuer, website_secret }))
}

fn store(run: &Run) -> Result<Option<ObjectStore>, Failed> {
    const NEXT: &str = "Give a file with the access key on its first line and the secret key on its second.";
    let (Some(store), Some(file)) = (&run.store, &run.store_keys) else {
        return Ok(run.store.clone());
    };
    let text = read(file, NEXT)?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    match (lines.next(), lines.next(), lines.next()) {
        (Some(access), Some(secret), None) => Ok(Some(store.clone().signed(access, secret, &run.store_region))),
        _ => Err(Failed::new(Problem::Usage, format!("{} does not hold two keys", file.display()), NEXT)),
    }
}

/// Pairs each key with the id in the same position.
fn cookie_keys(run: &Run) -> Result<Vec<CookieKey>, Failed> {
    let (pems, ids) = (&run.cookie_key, &run.key_pair_id);
    if pems.len() != ids.len() {
        let detail = "each --cookie-key needs its own --key-pair-id";
        return Err(Failed::new(Problem::Usage, detail, "Give as many ids as keys."));
    }
    let key = |(pem, id): (&PathBuf, &String)| CookieKey { key_pair_id: id.clone(), pem: pem.clone() };
    Ok(pems.iter().zip(ids).map(key).collect())
}

fn read(file: &Path, next: &str) -> Result<String, Failed> {
    std::fs::read_to_string(file)
        .map_err(|error| Failed::new(Problem::Usage, format!("{}: {error}", file.display()), next))
}

fn set<T>(option: &mut T, wanted: Option<T>) {
    if let Some(value) = wanted {
        *option = value;
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use waybill_sandbox::RepeatComplete;

    use super::*;
    use crate::arguments::Cli;

    fn parsed(line: &str) -> Result<Options, Failed> {
        options(&Cli::try_parse_from(line.split_whitespace()).unwrap().run.unwrap())
    }

    #[test]
    fn a_store_has_its_keys_from_a_file_with_two_lines() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("keys");
        let with_keys = |text: &str| {
            std::fs::write(&file, text).unwrap();
            let line = "waybill-sandbox --dir d --store http://127.0.0.1:9/b --store-keys";
            parsed(&format!("{line} {}", file.display())).map(|options| options.store)
        };
        let bucket: ObjectStore = "http://127.0.0.1:9/b".parse().unwrap();
        assert_eq!(with_keys("access\nsecret\n").unwrap(), Some(bucket.signed("access", "secret", "us-east-1")));
        assert_eq!(with_keys("access\n").unwrap_err().problem(), Problem::Usage);
        assert!(Cli::try_parse_from(["waybill-sandbox", "--dir", "d", "--store", "http://192.0.2.1/b"]).is_err());
    }

    #[test]
    fn a_cookie_key_without_its_own_id_is_a_mistake() {
        let line = "waybill-sandbox --dir d --cookie-key a.pem --cookie-key b.pem --key-pair-id K1";
        assert_eq!(parsed(line).unwrap_err().problem(), Problem::Usage);
        assert!(Cli::try_parse_from("waybill-sandbox --dir d --cookie-key a.pem".split_whitespace()).is_err());
    }

    #[test]
    fn without_flags_the_defaults_are_those_of_the_sandbox() {
        assert_eq!(format!("{:?}", parsed("waybill-sandbox --dir d").unwrap()), format!("{:?}", Options::new("d")));
    }

    #[test]
    fn every_flag_reaches_its_option() {
        let options = parsed(
            "waybill-sandbox --dir d --access-token-seconds 1 --session-idle-seconds 2 --session-max-seconds 3 \
             --no-refresh-rotation --cookie-seconds 4 --check-seconds 5 --api-body-bytes 6 --files 7 --file-bytes 8 \
             --transfer-bytes 9 --request-limit 10 --request-window-seconds 11 --repeat-complete precondition \
             --first-batch-quirk --seed 12 --cookie-key a.pem --key-pair-id K1 --cookie-key b.pem --key-pair-id K2 \
             --sign-in http://127.0.0.1:1/realms/tdr --store http://127.0.0.1:2/bucket",
        )
        .unwrap();
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
