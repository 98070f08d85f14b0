//! The stored session, which all Waybill processes on this computer share.
//!
//! Invariants:
//! * It is changed only under the lock between processes, except where the lock's file cannot be created, and when a
//!   person signs out, which must not wait for ever.
//! * Nothing is written for a session that a sign-in or a sign-out in this process has replaced.
//! * What another process has written since is not overwritten, unless a person has just signed in.
//!
//! Crash behaviour: a store replaces a session as a whole or not at all; the lock ends with its process.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;
use waybill_cloud::{SessionLock, StoredSession, TokenStore, Tokens, addresses_of};
use waybill_model::{Code, Failure, Secret, ServiceProfile};

/// How long a sign-out waits for another process that uses the stored session.
const SIGN_OUT_PATIENCE: Duration = Duration::from_secs(5);

/// The store, its lock, and which session of this process it belongs to.
pub(super) struct Kept {
    store: Arc<dyn TokenStore>,
    lock_dir: PathBuf,
    lock_patience: Duration,
    service: String,
    addresses: String,
    generation: AtomicU64,
}

impl Kept {
    pub(super) fn new(
        profile: &ServiceProfile,
        store: Box<dyn TokenStore>,
        lock_dir: PathBuf,
        lock_patience: Duration,
    ) -> Self {
        Self {
            store: Arc::from(store),
            lock_dir,
            lock_patience,
            service: profile.name.clone(),
            addresses: addresses_of(profile),
            generation: AtomicU64::new(0),
        }
    }

    /// Nothing that was started under an earlier number is written any more.
    pub(super) fn next_generation(&self) -> u64 {
        self.generation.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(super) fn is_current(&self, generation: u64) -> bool {
        self.generation.load(Ordering::SeqCst) == generation
    }

    /// Returns what to store of these tokens; without a refresh token there is nothing to store.
    pub(super) fn session_of(&self, tokens: &Tokens) -> Option<StoredSession> {
        Some(StoredSession {
            service: self.service.clone(),
            addresses: self.addresses.clone(),
            person: tokens.person.clone(),
            refresh: tokens.refresh.clone()?,
            refresh_expires: tokens.refresh_expires,
            id: tokens.id.clone(),
        })
    }

    /// Takes the lock between processes; `None` if there can be none.
    ///
    /// # Errors
    /// Another process holds it and does not release it.
    pub(super) async fn lock(&self) -> Result<Option<SessionLock>, Failure> {
        self.lock_within(self.lock_patience).await
    }

    async fn lock_within(&self, patience: Duration) -> Result<Option<SessionLock>, Failure> {
        match SessionLock::acquire_within(&self.lock_dir, patience).await {
            Ok(lock) => Ok(Some(lock)),
            Err(failure) if failure.code == Code::DataFolderUnusable => {
                tracing::warn!(%failure, "without the lock between processes");
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Reads it on a separate thread: a keychain that prompts a person must not keep the program from ending.
    pub(super) async fn load(&self) -> Result<Option<StoredSession>, Failure> {
        let (sender, receiver) = oneshot::channel();
        let store = Arc::clone(&self.store);
        std::thread::Builder::new()
            .name("session-load".to_owned())
            // Nobody may be waiting any more.
            .spawn(move || drop(sender.send(store.load())))
            .map_err(|error| Failure::new(Code::Internal, error.to_string()))?;
        receiver.await.unwrap_or_else(|_| Err(Failure::new(Code::Internal, "the store's thread ended")))
    }

    /// Writes it and releases the lock. The program does not end before it is done.
    pub(super) async fn save(&self, lock: Option<SessionLock>, session: StoredSession) -> Result<(), Failure> {
        let store = Arc::clone(&self.store);
        let saving = tokio::task::spawn_blocking(move || {
            let saved = store.save(&session);
            drop(lock);
            saved
        });
        saving.await.unwrap_or_else(|_| Err(Failure::new(Code::Internal, "the store's thread ended")))
    }

    /// Saves the session of a person who has just signed in.
    pub(super) async fn save_sign_in(&self, generation: u64, session: StoredSession) -> Result<(), Failure> {
        let lock = self.lock().await?;
        if self.is_current(generation) { self.save(lock, session).await } else { Ok(()) }
    }

    /// Saves a session that could not be saved before, unless the store was changed since it held `seen`.
    pub(super) async fn save_again(
        &self,
        generation: u64,
        session: StoredSession,
        seen: Option<Secret>,
    ) -> Result<(), Failure> {
        let lock = self.lock().await?;
        let stored = self.load().await?.map(|stored| stored.refresh);
        let unchanged = stored == seen || stored.as_ref() == Some(&session.refresh);
        if unchanged && self.is_current(generation) { self.save(lock, session).await } else { Ok(()) }
    }

    /// Removes the session that a person has signed out of, and returns it.
    pub(super) async fn remove(&self, generation: u64) -> (Option<StoredSession>, Result<(), Failure>) {
        let patience = self.lock_patience.min(SIGN_OUT_PATIENCE);
        let lock = self.lock_within(patience).await.unwrap_or_else(|failure| {
            // The process that holds it finds, before it writes, that the session is gone.
            tracing::warn!(%failure, "signing out without the lock between processes");
            None
        });
        let stored = self.load().await.ok().flatten();
        if !self.is_current(generation) {
            return (None, Ok(()));
        }
        (stored, self.clear(lock).await)
    }

    /// Removes a session that has ended, if it is one of these and not a newer one.
    pub(super) async fn remove_ended(&self, ended: &[Secret]) -> Result<(), Failure> {
        let lock = self.lock().await?;
        match self.load().await? {
            Some(stored) if ended.contains(&stored.refresh) => self.clear(lock).await,
            Some(_) | None => Ok(()),
        }
    }

    async fn clear(&self, lock: Option<SessionLock>) -> Result<(), Failure> {
        let store = Arc::clone(&self.store);
        let clearing = tokio::task::spawn_blocking(move || {
            let cleared = store.clear();
            drop(lock);
            cleared
        });
        clearing.await.unwrap_or_else(|_| Err(Failure::new(Code::Internal, "the store's thread ended")))
    }
}
