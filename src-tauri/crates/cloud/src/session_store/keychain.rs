//! The system's keychain: Keychain Services, Credential Manager, Secret Service.
//!
//! An entry can be 2,560 bytes on Windows, which may be too small for Keycloak's tokens. The ID token is therefore
//! dropped if it does not fit, and a session that is still too long is split into several entries. The first entry is
//! written last. It states how many entries there are and which write they belong to; entries of two writes are never
//! combined.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use keyring::v1::{Entry, Error};
use waybill_model::{Code, Failure};
use zeroize::Zeroizing;

use super::{StoredSession, TokenStore};

const APPLICATION: &str = "waybill";
/// Below Windows' limit of 2,560 bytes, with room for the header of each piece.
const ROOM: usize = 2_400;
const MOST_PIECES: usize = 8;
/// A keychain may ask the person for a password while it is locked, or whether an updated program may read the entry.
/// People need time, but a keychain that hangs must not block the program for ever.
const PATIENCE: Duration = Duration::from_secs(120);

/// Stores the session in the system's keychain.
pub struct Keychain {
    service: String,
    entries: Arc<dyn Entries>,
    patience: Duration,
}

impl Keychain {
    /// Opens the keychain entry of one service, named by its profile.
    #[must_use]
    pub fn new(service: &str) -> Self {
        Self::over(service, Arc::new(System))
    }

    pub(super) fn over(service: &str, entries: Arc<dyn Entries>) -> Self {
        Self { service: service.to_owned(), entries, patience: PATIENCE }
    }

    /// Returns the same store with a different limit for one call to the keychain (two minutes by default).
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    fn name(&self, piece: usize) -> String {
        if piece == 0 { self.service.clone() } else { format!("{}.{piece}", self.service) }
    }

    fn get(&self, piece: usize) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        let name = self.name(piece);
        self.on_own_thread(move |entries| entries.get(&name))
    }

    fn set(&self, piece: usize, content: Vec<u8>) -> Result<(), Failure> {
        let (name, content) = (self.name(piece), Zeroizing::new(content));
        self.on_own_thread(move |entries| entries.set(&name, &content))
    }

    fn remove(&self, piece: usize) -> Result<bool, Failure> {
        let name = self.name(piece);
        self.on_own_thread(move |entries| entries.remove(&name))
    }

    fn on_own_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Entries) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let entries = Arc::clone(&self.entries);
        let (sender, receiver) = mpsc::sync_channel(1);
        std::thread::Builder::new()
            .name("keychain".to_owned())
            .spawn(move || {
                // The caller has stopped waiting, so a late result is dropped.
                let _late = sender.send(work(entries.as_ref()));
            })
            .map_err(|error| Failure::new(Code::KeychainUnavailable, error.to_string()))?;
        receiver
            .recv_timeout(self.patience)
            .map_err(|_| Failure::new(Code::KeychainUnavailable, format!("no answer within {:?}", self.patience)))?
    }
}

impl TokenStore for Keychain {
    fn load(&self) -> Result<Option<StoredSession>, Failure> {
        let Some(first) = self.get(0)? else { return Ok(None) };
        let Some((mark, begin)) = Mark::read(&first) else { return Ok(None) };
        let mut text = Zeroizing::new(begin.to_vec());
        for piece in 1..mark.pieces {
            let Some(content) = self.get(piece)? else { return Ok(None) };
            match Mark::read(&content) {
                Some((same, rest)) if same == mark => text.extend_from_slice(rest),
                Some(_) | None => return Ok(None),
            }
        }
        Ok(StoredSession::from_json(&text, &self.service))
    }

    fn save(&self, session: &StoredSession) -> Result<(), Failure> {
        let mut text = session.to_json()?;
        if text.len() > ROOM {
            text = StoredSession { id: None, ..session.clone() }.to_json()?;
        }
        let pieces: Vec<&[u8]> = text.chunks(ROOM).collect();
        if pieces.len() > MOST_PIECES {
            let what = format!("the session of {} bytes is too long for the keychain", text.len());
            return Err(Failure::new(Code::KeychainUnavailable, what));
        }
        let before = self.get(0)?.as_deref().and_then(|first| Some(Mark::read(first)?.0));
        let writing = before.map_or(0, |mark| mark.writing.wrapping_add(1));
        let mark = Mark { pieces: pieces.len(), writing };
        for (piece, content) in pieces.iter().enumerate().rev() {
            self.set(piece, mark.before(content))?;
        }
        for piece in pieces.len()..before.map_or(0, |mark| mark.pieces) {
            self.remove(piece)?;
        }
        Ok(())
    }

    fn clear(&self) -> Result<(), Failure> {
        self.remove(0)?;
        for piece in 1..MOST_PIECES {
            if !self.remove(piece)? {
                break;
            }
        }
        Ok(())
    }
}

/// The header of each piece: how many pieces there are, and which write they belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark {
    pieces: usize,
    writing: u32,
}

impl Mark {
    fn before(self, content: &[u8]) -> Vec<u8> {
        let mut marked = format!("waybill1 {} {}\n", self.pieces, self.writing).into_bytes();
        marked.extend_from_slice(content);
        marked
    }

    fn read(piece: &[u8]) -> Option<(Self, &[u8])> {
        let end = piece.iter().position(|&byte| byte == b'\n')?;
        let (line, rest) = piece.split_at_checked(end)?;
        let mut words = std::str::from_utf8(line).ok()?.split(' ');
        let (name, pieces, writing) = (words.next()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let fits = name == "waybill1" && (1..=MOST_PIECES).contains(&pieces);
        fits.then_some((Self { pieces, writing }, rest.get(1..)?))
    }
}

/// Entries by name.
pub(super) trait Entries: Send + Sync {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure>;
    fn set(&self, name: &str, content: &[u8]) -> Result<(), Failure>;
    /// Returns whether there was one.
    fn remove(&self, name: &str) -> Result<bool, Failure>;
}

struct System;

impl System {
    fn entry(name: &str) -> Result<Entry, Failure> {
        Entry::new(APPLICATION, name).map_err(|error| unavailable(&error))
    }
}

impl Entries for System {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        match Self::entry(name)?.get_secret() {
            Ok(content) => Ok(Some(Zeroizing::new(content))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(unavailable(&error)),
        }
    }

    fn set(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        Self::entry(name)?.set_secret(content).map_err(|error| unavailable(&error))
    }

    fn remove(&self, name: &str) -> Result<bool, Failure> {
        match Self::entry(name)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

/// Returns the error's text, except for errors that may contain the secret itself (such as `BadEncoding`).
fn unavailable(error: &Error) -> Failure {
    let what = match error {
        Error::PlatformFailure(cause) | Error::NoStorageAccess(cause) => cause.to_string(),
        Error::NoDefaultStore => "this system has no keychain that can be used".to_owned(),
        Error::TooLong(name, limit) => format!("{name} is longer than {limit}"),
        Error::NoEntry
        | Error::BadEncoding(_)
        | Error::BadDataFormat(..)
        | Error::BadStoreFormat(_)
        | Error::Invalid(..)
        | Error::Ambiguous(_)
        | Error::NotSupportedByStore(_)
        | _ => "the keychain refused".to_owned(),
    };
    Failure::new(Code::KeychainUnavailable, what)
}
