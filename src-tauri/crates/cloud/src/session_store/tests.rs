use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use waybill_model::Code;

use super::keychain::Entries;
use super::*;

fn session(refresh: usize, id: Option<usize>) -> StoredSession {
    StoredSession {
        service: "sandbox".to_owned(),
        addresses: "waybill https://issuer.example/".to_owned(),
        person: Person {
            user_id: "7f9fbd5a-0000-4000-8000-000000000001".parse().unwrap(),
            name: "Ölga \"O\" Example".to_owned(),
            email: None,
            body: Some("MOCK1".to_owned()),
            standard_user: true,
            judgment_user: false,
        },
        refresh: Secret::new("r".repeat(refresh)),
        refresh_expires: Some(Timestamp(1_700_000_000_000)),
        id: id.map(|length| Secret::new("i".repeat(length))),
    }
}

/// Entries with the same size limit as Windows'.
#[derive(Default)]
struct Vault(Mutex<HashMap<String, Vec<u8>>>);

impl Entries for Vault {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        Ok(self.0.lock().unwrap().get(name).cloned().map(Zeroizing::new))
    }

    fn set(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        assert!(content.len() <= 2_560, "{} bytes are too many for an entry", content.len());
        self.0.lock().unwrap().insert(name.to_owned(), content.to_vec());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<bool, Failure> {
        Ok(self.0.lock().unwrap().remove(name).is_some())
    }
}

fn keeps_one_session(store: &dyn TokenStore) {
    assert_eq!(store.load(), Ok(None));
    assert_eq!(store.clear(), Ok(()));
    for kept in [session(900, Some(900)), session(20, None), session(30, Some(1))] {
        assert_eq!(store.save(&kept), Ok(()));
        assert_eq!(store.load(), Ok(Some(kept)));
    }
    assert_eq!(store.clear(), Ok(()));
    assert_eq!(store.load(), Ok(None));
}

#[test]
fn another_service_of_the_same_name_gets_no_session() {
    let profile = waybill_model::service::builtin("tdr").unwrap();
    let kept = StoredSession { service: "tdr".to_owned(), addresses: addresses_of(&profile), ..session(20, None) };
    let dir = tempfile::tempdir().unwrap();
    let store = |profile: &ServiceProfile| OnlyFor::new(profile, Box::new(FileStore::new(dir.path(), "tdr")));
    store(&profile).save(&kept).unwrap();
    assert_eq!(store(&profile).load(), Ok(Some(kept)));
    let elsewhere = || "https://elsewhere.example/".parse().unwrap();
    for other in [
        ServiceProfile { issuer: elsewhere(), ..profile.clone() },
        ServiceProfile { api_url: Some(elsewhere()), ..profile.clone() },
        ServiceProfile { upload_url: elsewhere(), ..profile.clone() },
        ServiceProfile { website_url: Some(elsewhere()), ..profile.clone() },
        ServiceProfile { api_url: None, ..profile.clone() },
        ServiceProfile { client_id: "other".to_owned(), ..profile },
    ] {
        assert_eq!(store(&other).load(), Ok(None));
    }
}

#[test]
fn the_addresses_of_a_kept_session_are_written_as_they_always_were() {
    let tdr = waybill_model::service::builtin("tdr").unwrap();
    let before = "waybill https://auth.tdr.nationalarchives.gov.uk/realms/tdr https://api.tdr.nationalarchives.gov.uk/graphql \
                  https://upload.tdr.nationalarchives.gov.uk/ https://tdr.nationalarchives.gov.uk/";
    assert_eq!(addresses_of(&tdr), before, "people would be signed out");
    let bare = ServiceProfile { api_url: None, website_url: None, ..tdr };
    let marked = "waybill https://auth.tdr.nationalarchives.gov.uk/realms/tdr - \
                  https://upload.tdr.nationalarchives.gov.uk/ -";
    assert_eq!(addresses_of(&bare), marked);
}

#[test]
fn every_store_keeps_the_latest_session_until_it_is_cleared() {
    let dir = tempfile::tempdir().unwrap();
    keeps_one_session(&Memory::default());
    keeps_one_session(&FileStore::new(dir.path(), "sandbox"));
    keeps_one_session(&Keychain::over("sandbox", Arc::new(Vault::default())));
}

#[test]
fn the_file_is_its_owners_only_and_what_is_no_session_of_the_service_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileStore::new(dir.path(), "sandbox");
    store.save(&session(10, None)).unwrap();
    store.save(&session(11, None)).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(store.path()).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let names: Vec<_> = dir.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["session-sandbox.json"]);
    std::fs::copy(store.path(), dir.path().join("session-tdr.json")).unwrap();
    assert_eq!(FileStore::new(dir.path(), "tdr").load(), Ok(None));
    std::fs::write(store.path(), "{\"version\":1,").unwrap();
    assert_eq!(store.load(), Ok(None));
    std::fs::write(store.path(), "{\"version\":2}").unwrap();
    assert_eq!(store.load(), Ok(None));
}

#[test]
fn a_file_left_by_an_interrupted_write_does_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileStore::new(dir.path(), "sandbox");
    store.save(&session(10, None)).unwrap();
    std::fs::write(dir.path().join("session-sandbox.json.new"), "{\"ver").unwrap();
    assert_eq!(store.load(), Ok(Some(session(10, None))));
    store.save(&session(12, None)).unwrap();
    assert_eq!(store.load(), Ok(Some(session(12, None))));
}

#[test]
fn a_missing_folder_is_reported_as_unusable() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileStore::new(&dir.path().join("gone"), "sandbox");
    assert_eq!(store.load(), Ok(None));
    assert_eq!(store.save(&session(1, None)).unwrap_err().code, Code::DataFolderUnusable);
}

#[test]
fn a_long_session_is_cut_and_only_the_id_token_is_given_up() {
    let vault = Arc::new(Vault::default());
    let store = Keychain::over("sandbox", vault.clone());
    store.save(&session(1_000, Some(2_000))).unwrap();
    assert_eq!(store.load(), Ok(Some(session(1_000, None))));
    assert_eq!(vault.0.lock().unwrap().len(), 1);
    store.save(&session(6_000, Some(2_000))).unwrap();
    assert_eq!(store.load(), Ok(Some(session(6_000, None))));
    assert_eq!(vault.0.lock().unwrap().len(), 3);
    store.save(&session(3_000, None)).unwrap();
    assert_eq!(store.load(), Ok(Some(session(3_000, None))));
    assert_eq!(vault.0.lock().unwrap().len(), 2);
    assert_eq!(store.save(&session(100_000, None)).unwrap_err().code, Code::KeychainUnavailable);
    store.clear().unwrap();
    assert!(vault.0.lock().unwrap().is_empty());
}

#[test]
fn pieces_of_two_writes_are_never_combined() {
    let vault = Arc::new(Vault::default());
    let store = Keychain::over("sandbox", vault.clone());
    store.save(&session(4_000, None)).unwrap();
    let old = vault.0.lock().unwrap().get("sandbox.1").cloned().unwrap();
    store.save(&session(4_100, None)).unwrap();
    assert_eq!(store.load(), Ok(Some(session(4_100, None))));
    vault.0.lock().unwrap().insert("sandbox.1".to_owned(), old);
    assert_eq!(store.load(), Ok(None));
    vault.0.lock().unwrap().insert("sandbox".to_owned(), b"something else".to_vec());
    assert_eq!(store.load(), Ok(None));
}

/// A keychain that prompts a person who is not there.
struct Hangs;

impl Entries for Hangs {
    fn get(&self, _name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        loop {
            std::thread::park();
        }
    }

    fn set(&self, _name: &str, _content: &[u8]) -> Result<(), Failure> {
        Ok(())
    }

    fn remove(&self, _name: &str) -> Result<bool, Failure> {
        Ok(false)
    }
}

#[test]
fn a_keychain_that_does_not_answer_is_unavailable() {
    let store = Keychain::over("sandbox", Arc::new(Hangs)).with_patience(Duration::from_millis(50));
    assert_eq!(store.load().unwrap_err().code, Code::KeychainUnavailable);
}

#[tokio::test]
async fn the_lock_is_held_by_one_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let first = SessionLock::acquire(dir.path()).await.unwrap();
    let mut second = std::pin::pin!(SessionLock::acquire(dir.path()));
    assert!(tokio::time::timeout(Duration::from_millis(200), &mut second).await.is_err());
    drop(first);
    assert!(second.await.is_ok());
    assert!(SessionLock::acquire(dir.path()).await.is_ok());
}

#[tokio::test]
async fn a_lock_that_another_holds_for_too_long_is_reported_as_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let _first = SessionLock::acquire(dir.path()).await.unwrap();
    let failure = SessionLock::acquire_within(dir.path(), Duration::from_millis(50)).await.unwrap_err();
    assert_eq!(failure.code, Code::JournalInUse);
}

#[tokio::test]
async fn a_lock_in_a_missing_folder_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let failure = SessionLock::acquire(&dir.path().join("gone")).await.unwrap_err();
    assert_eq!(failure.code, Code::DataFolderUnusable);
}

#[test]
fn a_session_shows_no_secret_when_printed() {
    let shown = format!("{:?}", session(40, Some(40)));
    assert!(!shown.contains("rrr") && !shown.contains("iii"), "{shown}");
}
